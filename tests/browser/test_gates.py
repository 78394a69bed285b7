"""The Gates page as a person meets it, in Chromium. Numbers are read from the screen and compared with torch.nn run here."""

from __future__ import annotations

import csv
import math
import re
import xml.etree.ElementTree as ElementTree

import pytest
import torch
from PIL import Image

import rnnviz
from rnnviz.figures.numbers import fmt_bits, fmt_prob, fmt_value

CONTRAST = """() => {
  const channel = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const lum = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const pixel = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const parse = colour => {
    pixel.clearRect(0, 0, 1, 1); pixel.fillStyle = colour; pixel.fillRect(0, 0, 1, 1);
    const d = pixel.getImageData(0, 0, 1, 1).data; return [...d.slice(0, 3), d[3] / 255];
  };
  const ground = getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor;
  const behind = e => {
    for (let n = e; n; n = n.parentElement || n.getRootNode().host) {
      const c = parse(getComputedStyle(n).backgroundColor); if (c[3] > 0.99) return c;
    }
    return parse(ground);
  };
  const root = [...document.querySelectorAll('*')].find(e => e.shadowRoot?.querySelector('.stage')).shadowRoot;
  const bad = [];
  for (const e of root.querySelectorAll('*')) {
    const bare = ![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (bare || !e.checkVisibility() || e.disabled || e.tagName === 'OPTION' || e.closest('style, script')) continue;
    const back = behind(e), front = parse(getComputedStyle(e).color);
    const [a, b] = [lum(front.slice(0, 3).map((v, i) => v * front[3] + back[i] * (1 - front[3]))), lum(back)].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) bad.push([e.className, e.textContent.slice(0, 20), (a + 0.05) / (b + 0.05)]);
  }
  return bad; }"""

SENTENCE = "What light through yonder window breaks?"


def by_torch(text, model="shakespeare-lstm"):
    """Every signal (time, unit) of layer 1 and the next-character probabilities, by torch.nn and its documented equations."""
    import oracle

    network = rnnviz.zoo.load(model)
    ids = torch.tensor([network.vocabulary.encode(text).ids])
    with torch.no_grad():
        signals, outputs = oracle.run(network.recurrent, network.embedding(ids)[0])
        expected, _ = network.recurrent(network.embedding(ids))
        assert torch.allclose(outputs, expected[0], atol=1e-5)
        probability = network.readout(expected)[0].softmax(-1)
    return signals[0][0], probability, network.vocabulary


def check_numbers(visitor, text, model="shakespeare-lstm"):
    """Compare every addressed number on screen with torch. Returns how many were compared."""
    signals, probability, vocabulary = by_torch(text, model)
    compared = 0
    for number in visitor.numbers():
        value = float(number["value"])
        if number["signal"] == "probability":
            token = {"␣": " ", "⏎": "\n"}.get(number["token"], number["token"])
            expected = probability[int(number["t"]) - 1, vocabulary.tokens.index(token)].item()
            assert number["text"] == fmt_prob(value)
        elif number["signal"] == "surprise":
            t = int(number["t"])
            expected = -math.log2(probability[t - 2, vocabulary.tokens.index(text[t - 1])].item())
        elif "stat" in number:
            gate = torch.stack([s[number["signal"]] for s in signals])
            if number["stat"] == "half-life":
                expected = math.log(0.5) / gate[:, int(number["unit"]) - 1].double().log().mean().item()
            else:
                expected = ((gate > 0.9) if number["stat"] == "opened" else (gate < 0.1)).float().mean().item()
        else:
            assert (number["layer"], number["direction"]) == ("1", "forward")
            expected = signals[int(number["t"]) - 1][number["signal"]][int(number["unit"]) - 1].item()
            if not number["text"].endswith("%") and number["text"] != number["value"] and re.match(r"^[+−0-9.]+$", number["text"]):
                assert number["text"] == fmt_value(value, signed=not number["signal"].endswith("gate"))
        assert value == pytest.approx(expected, rel=2e-5, abs=2e-6), number
        compared += 1
    return compared


def test_type_step_click_and_every_number_is_torchs(visit):
    visitor = visit("/gates")
    visitor.type(SENTENCE)
    assert "".join(visitor.tokens()).replace("␣", " ") == SENTENCE
    for _ in range(7):
        visitor.page.keyboard.press("Escape")
        visitor.page.locator(".stage").focus()
        visitor.page.keyboard.press("ArrowRight")
    visitor.settled()
    assert visitor.counter() == f"t = 8 / {len(SENTENCE)}"
    assert visitor.page.get_by_label("t", exact=True).input_value() == "8"
    strip = visitor.page.locator(".strip[data-signal=output_gate]")
    box = strip.bounding_box()
    visitor.page.mouse.click(box["x"] + box["width"] * 19.5 / len(SENTENCE), box["y"] + box["height"] * 0.55)
    visitor.settled()
    assert visitor.counter().startswith("t = 20 /")
    unit = int(visitor.page.get_by_label("Unit", exact=True).input_value())
    says = visitor.page.locator(".says").inner_text()
    assert says.startswith(f"Unit {unit} at t = 20, reading “{SENTENCE[19]}”:".replace(" ”", "␣”").replace("“ ", "“␣"))
    assert f"t={20}" in visitor.page.url
    assert f"unit={unit}" in visitor.page.url
    # the same place is marked in every strip, the token axes, both texts and beside the picture
    assert visitor.page.locator(".row-mark:visible").count() == 6
    assert visitor.page.locator(".text .now").count() == 2
    assert visitor.page.locator(".tokens .now").all_inner_texts() == [SENTENCE[19].replace(" ", "␣")] * 2
    assert visitor.page.locator(".value b").first.get_attribute("data-unit") == str(unit)
    assert check_numbers(visitor, SENTENCE) >= 6 + len(SENTENCE) * 2


@pytest.mark.parametrize("model", ["shakespeare-gru", "shakespeare-rnn"])
def test_other_cells_on_the_same_page(visit, model):
    visitor = visit(f"/gates?model={model}&text=Good%20morrow&t=5&unit=3")
    strips = [s.get_attribute("data-signal") for s in visitor.page.locator(".strip").all()]
    assert strips == (["update_gate", "reset_gate", "candidate", "hidden"] if model.endswith("gru") else ["hidden"])
    assert check_numbers(visitor, "Good morrow", model) > 15


def test_the_printed_sum_adds_up(visit):
    """c = f c + i g as printed: the operands recombine to the result within their rounding."""
    visitor = visit("/gates?text=Good%20morrow&t=6")
    for unit in (1, 7, 30):
        field = visitor.page.get_by_label("Unit", exact=True)
        field.fill(str(unit))
        field.press("Enter")
        visitor.settled()
        says = visitor.page.locator(".says").inner_text().replace("−", "-")
        f, before, i, g, sign, result = re.search(
            r": ([\d.]+) × \(([-+\d.]+)\) \+ ([\d.]+) × \(([-+\d.]+)\) ([=≈]) ([-+\d.]+)\.", says
        ).groups()
        total = float(f) * float(before) + float(i) * float(g)
        assert abs(total - float(result)) <= 0.0005 * (2 + abs(float(before)) + abs(float(g)))
        assert sign == ("=" if f"{total:.3f}" == f"{float(result):.3f}" else "≈")


def test_legends_are_the_domains(visit):
    visitor = visit("/gates")
    text = rnnviz.Recipe().text
    trace = rnnviz.run(rnnviz.Recipe(text=text))
    ends = [item.locator(".ends span").all_inner_texts() for item in visitor.page.locator(".item").all()]
    for strip, (top, middle, bottom) in zip(visitor.page.locator(".strip").all(), ends, strict=True):
        low, high = float(strip.get_attribute("data-min")), float(strip.get_attribute("data-max"))
        array = trace[strip.get_attribute("data-signal")]
        if array.attrs["kind"] == "gate":
            assert (low, high, top, middle, bottom) == (0, 1, "1 open", "½", "0 closed")
            continue
        assert low == -high
        assert middle == "0"
        assert float(top.removeprefix("≥ ").replace("+", "")) == pytest.approx(high, rel=0.005)
        assert float(bottom.removeprefix("≤ ").replace("−", "-")) == pytest.approx(low, rel=0.005)
        assert top.startswith("≥") == (array.sel(layer=1).values.max() > high)


def test_the_first_picture_needs_no_click(visit):
    visitor = visit("/")
    assert visitor.page.locator(".strip canvas").count() == 1
    drawn = visitor.page.locator(".strip canvas").evaluate(
        "c => new Set([...new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)]).size"
    )
    assert drawn > 20, "colours in the heatmap"


def test_stepping_hovering_and_playing_cost_no_rerun(visit):
    visitor = visit("/gates")
    visitor.received.clear()
    box = visitor.page.locator(".strip").first.bounding_box()
    for at in range(24):
        visitor.page.mouse.move(box["x"] + box["width"] * (at + 0.5) / 24, box["y"] + 20)
        assert visitor.page.locator(".tip").is_visible()
    visitor.page.get_by_role("button", name="Play").click()
    visitor.page.wait_for_timeout(1500)
    assert not visitor.received, "frames came back while hovering and playing"
    visitor.page.get_by_role("button", name="Pause").click()
    visitor.settled()
    shown = visitor.counter()
    assert int(shown.split()[2]) >= 3
    assert visitor.page.get_by_label("t", exact=True).input_value() == shown.split()[2]
    assert sum(visitor.received) < 60_000, "a step must not send the picture again"


def test_a_hovered_number_is_exact(visit):
    visitor = visit("/gates?text=Good%20morrow")
    box = visitor.page.locator(".strip[data-signal=cell]").bounding_box()
    visitor.page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.25)
    assert visitor.page.locator(".tip b").get_attribute("data-signal") == "cell"
    assert check_numbers(visitor, "Good morrow") > 20


def test_after_a_key_the_numbers_are_the_playheads_not_the_hovered(visit):
    visitor = visit("/gates?text=Good%20morrow")
    box = visitor.page.locator(".strip").first.bounding_box()
    visitor.page.mouse.move(box["x"] + box["width"] * 0.95, box["y"] + 5)
    visitor.page.locator("body").press("ArrowRight")
    assert visitor.page.locator(".value b").first.get_attribute("data-t") == "2"
    assert " t = 2," in visitor.page.locator(".says").inner_text()


def test_keys_do_nothing_while_typing(visit):
    visitor = visit("/gates?t=3")
    visitor.page.get_by_label("Your text").focus()
    visitor.page.keyboard.press("ArrowRight")
    visitor.page.keyboard.press("Home")
    assert visitor.counter().startswith("t = 3 ")
    visitor.page.locator("input.scrub").focus()
    visitor.page.keyboard.press("ArrowRight")
    assert visitor.counter().startswith("t = 4 ")


def test_a_long_text_is_drawn_and_its_chosen_unit_is_exact(visit):
    text = ("Now is the winter of our discontent made glorious summer by this sun of York; " * 7)[:500]
    visitor = visit("/gates")
    visitor.type(text)
    assert len(visitor.tokens()) == 500
    visitor.page.keyboard.press("Escape")
    visitor.page.locator(".stage").focus()
    visitor.page.keyboard.press("End")
    visitor.page.keyboard.press("ArrowDown")
    visitor.settled()
    assert visitor.counter() == "t = 500 / 500"
    inner = visitor.page.evaluate(
        "() => document.querySelector('[data-testid=stMain]').scrollWidth - document.querySelector('[data-testid=stMain]').clientWidth"
    )
    assert inner <= 1
    unit = int(visitor.page.get_by_label("Unit", exact=True).input_value())
    trace = rnnviz.run(rnnviz.Recipe(text=text))
    for b in visitor.page.locator(".value b").all():
        expected = trace[b.get_attribute("data-signal")].sel(layer=1, direction="forward", batch=1, time=500, unit=unit).item()
        assert float(b.get_attribute("data-value")) == pytest.approx(expected, rel=1e-6)


def test_unknown_characters_are_named_and_nothing_is_executed(visit):
    visitor = visit("/gates?text=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E%F0%9F%98%80&t=999&model=nope&unit=zero")
    notice = visitor.notice()
    for said in ("no model called “nope”", "t = 999", "unit = zero", "“😀”", "“<”"):
        assert said in notice
    assert visitor.tokens()[0] == "<"
    assert visitor.tokens()[-1] == "😀"
    assert visitor.page.locator("img[src=x]").count() == 0


def test_empty_and_one_character(visit):
    visitor = visit("/gates")
    visitor.type("")
    assert "The text is empty" in visitor.notice()
    assert len(visitor.tokens()) == len(rnnviz.Recipe().text)
    visitor.type("a")
    assert visitor.tokens() == ["a"]
    assert visitor.notice() == ""
    assert "text=a" in visitor.page.url


def test_each_example_changes_the_picture(visit):
    visitor = visit("/gates")
    seen = set()
    for at in range(5):
        visitor.page.get_by_role("button", name="Examples").click()
        visitor.page.locator("[class*=st-key-example-] button").nth(at + 1).click()
        visitor.settled()
        visitor.page.keyboard.press("Escape")
        seen.add("".join(visitor.tokens()))
    assert len(seen) == 5


def test_a_link_brings_back_the_same_view(visit):
    first = visit("/gates")
    first.type("Once more unto the breach")
    first.page.get_by_label("Unit", exact=True).fill("9")
    first.page.get_by_label("Unit", exact=True).press("Enter")
    first.settled()
    first.page.locator(".stage").focus()
    for _ in range(5):
        first.page.keyboard.press("ArrowRight")
    first.settled()
    first.page.mouse.move(5, 400)
    first.page.evaluate("document.activeElement.blur()")
    second = visit(first.page.url.removeprefix(first.address))
    second.page.mouse.move(5, 400)
    assert second.counter() == first.counter() == "t = 6 / 25"
    assert [n["value"] for n in first.numbers()] == [n["value"] for n in second.numbers()]
    a, b = (v.page.locator(".stage").screenshot() for v in (first, second))
    assert difference(a, b) < 0.005


def difference(a, b):
    """Share of pixels that differ between two PNGs."""
    import io

    import numpy as np

    one, two = (np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=int) for png in (a, b))
    assert one.shape == two.shape
    return float((np.abs(one - two).max(axis=-1) > 8).mean())


def test_the_view_survives_pages_back_and_reload(visit):
    visitor = visit("/gates?text=Good%20morrow&t=5&unit=9")
    visitor.page.get_by_test_id("stTopNavLink").first.click()
    visitor.page.get_by_role("heading", name="What does a recurrent network").wait_for()
    assert visitor.settled().counter() == "t = 5 / 11"
    visitor.page.get_by_test_id("stTopNavLink").nth(1).click()
    visitor.page.get_by_role("heading", name="When does the cell keep").wait_for()
    assert visitor.settled().counter() == "t = 5 / 11"
    assert visitor.page.get_by_label("Unit", exact=True).input_value() == "9"
    visitor.page.reload()
    visitor.page.locator(".strip canvas").first.wait_for()
    assert visitor.settled().counter() == "t = 5 / 11"


@pytest.mark.parametrize("kind", ["SVG", "PNG"])
def test_the_picture_as_a_file(visit, tmp_path, kind):
    visitor = visit("/gates?text=Good%20morrow&t=5")
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name=f"Save {kind}").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    if kind == "PNG":
        with Image.open(file) as image:
            assert image.width >= 1600
            assert len(image.convert("RGB").getcolors(1 << 24)) > 50
        return
    root = ElementTree.parse(file).getroot()
    texts = [e.text for e in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "Gates: shakespeare-lstm, layer 1" in texts
    assert "".join(t for t in texts if t and len(t) == 1)[:11] == "Good␣morrow"
    assert {"1 open", "0 closed", "forget gate", "cell state"} <= set(texts)
    assert sum(1 for _ in root.iter("{http://www.w3.org/2000/svg}image")) == 6


def test_the_numbers_as_a_table(visit, tmp_path):
    visitor = visit("/gates?text=Good%20morrow&t=5&unit=9")
    visitor.page.get_by_role("button", name="Export").click()
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name="This layer as CSV").click()
    download.value.save_as(tmp_path / "layer.csv")
    with (tmp_path / "layer.csv").open(encoding="utf-8") as file:
        rows = {(row["time"], row["unit"]): row for row in csv.DictReader(file)}
    for b in visitor.page.locator(".value b").all():
        row = rows[b.get_attribute("data-t"), b.get_attribute("data-unit")]
        assert float(row[b.get_attribute("data-signal")]) == pytest.approx(float(b.get_attribute("data-value")), rel=1e-6)
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name="Trace as netCDF").click()
    download.value.save_as(tmp_path / "trace.nc")
    import xarray

    with xarray.open_dataset(tmp_path / "trace.nc", engine="h5netcdf") as back:
        assert back["forget_gate"].sizes["time"] == 11
    assert "rnnviz.record(model, 'Good morrow')" in visitor.page.get_by_test_id("stCode").inner_text()


def test_every_control_is_reached_by_tab_and_shows_it(visit):
    visitor = visit("/gates?text=Good%20morrow")
    visitor.page.get_by_label("Your text").focus()
    reached = set()
    for _ in range(70):
        visitor.page.keyboard.press("Tab")
        found = visitor.page.evaluate(
            """() => { let e = document.activeElement; while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
              const s = getComputedStyle(e), ring = s.outlineStyle !== 'none' && s.outlineWidth !== '0px';
              return [e.getAttribute('aria-label') || e.textContent.trim().slice(0, 40) || e.id, e.getRootNode() !== document, ring] }"""
        )
        reached.add(found[0])
        if found[1]:
            assert found[2], f"{found[0]} shows no focus ring"
    for wanted in ("First step", "Play", "Timestep", "Speed", "Save SVG", "See it"):
        assert wanted in reached
    assert any(str(label).startswith("forget gate: 9 of") for label in reached)
    for strip in visitor.page.locator(".strip").all():
        assert strip.get_attribute("role") == "img"
        assert strip.get_attribute("aria-label")


def test_on_a_phone(visit):
    visitor = visit("/gates", width=390, height=844)
    sideways = visitor.page.evaluate(
        "() => [document.documentElement, document.querySelector('[data-testid=stMain]')].map(e => e.scrollWidth - e.clientWidth)"
    )
    assert max(sideways) <= 1
    visitor.type("Good morrow")
    assert len(visitor.tokens()) == 11
    for button in visitor.page.locator(".player button, .player select").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 24


def test_on_a_projector(visit):
    visitor = visit("/gates?present=1", width=1024, height=768)
    assert visitor.page.evaluate("() => parseFloat(getComputedStyle(document.documentElement).fontSize)") >= 22
    assert not visitor.page.get_by_test_id("stHeader").is_visible()
    assert visitor.page.get_by_test_id("stSidebar").count() == 0 or not visitor.page.get_by_test_id("stSidebar").is_visible()
    box = visitor.page.locator(".stage").bounding_box()
    assert min(768, box["y"] + box["height"]) - box["y"] >= 0.6 * 768
    assert visitor.page.locator(".cards .card").first.bounding_box()["y"] >= box["y"] + box["height"]


def test_presenting_keeps_everything_in_the_link(visit):
    visitor = visit("/gates?model=shakespeare-lstm&text=Good%20morrow&layer=2&t=4&unit=9&signal=cell")
    visitor.page.get_by_text("Present", exact=True).click()
    visitor.page.locator(".present").wait_for()
    visitor.settled()
    for part in ("present=1", "layer=2", "t=4", "unit=9", "signal=cell", "text=Good+morrow"):
        assert part in visitor.page.url
    visitor.page.reload()
    visitor.page.locator(".present .strip canvas").first.wait_for()
    assert visitor.settled().counter() == "t = 4 / 11"
    assert not visitor.page.get_by_label("Unit", exact=True).is_visible()


def test_the_browsers_back_button_never_breaks_the_page(visit):
    visitor = visit("/gates")
    visitor.type("Good morrow")
    links = visitor.page.get_by_test_id("stTopNavLink")
    for link in (links.first, links.nth(1)):
        link.click()
        visitor.page.wait_for_timeout(800)
        visitor.settled()
    for go in (visitor.page.go_back, visitor.page.go_back, visitor.page.go_forward):
        go()
        visitor.page.wait_for_timeout(800)
        visitor.settled()
        assert visitor.notice() == ""
        assert visitor.page.get_by_label("Your text").input_value()
        assert visitor.page.locator(".strip canvas").first.is_visible()


def test_showing_all_units_after_paging_shows_all(visit):
    visitor = visit("/gates?text=Good%20morrow")
    visitor.page.get_by_role("button", name="Units further down").click()
    visitor.page.get_by_role("button", name="Units further down").click()
    assert visitor.page.locator(".range").inner_text().startswith("19–27/")
    visitor.page.get_by_role("button", name="View").click()
    visitor.page.get_by_text("all", exact=True).click()
    visitor.settled()
    assert visitor.page.locator(".strip canvas").first.evaluate("c => c.height") > 100
    ink = visitor.page.locator(".strip canvas").first.evaluate(
        "c => { const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let black = 0;"
        " for (let i = 0; i < d.length; i += 4) black += d[i] + d[i + 1] + d[i + 2] === 0; return black }"
    )
    assert ink == 0


def test_with_reduced_motion_nothing_moves_by_itself(visit):
    visitor = visit("/gates", reduced_motion="reduce")
    before = visitor.counter()
    visitor.page.wait_for_timeout(1200)
    assert visitor.counter() == before
    assert visitor.page.locator(".playhead").evaluate("e => getComputedStyle(e).transitionDuration") == "0s"
    visitor.page.locator(".stage").focus()
    visitor.page.keyboard.press("ArrowRight")
    assert visitor.counter().startswith("t = 2 ")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(visit, scheme):
    """Every text of the component has 4.5:1 against what is behind it, measured on rendered colours."""
    visitor = visit("/gates?text=Good%20morrow&t=5", scheme=scheme)
    low = visitor.page.evaluate(CONTRAST)
    assert low == []


def test_light_and_dark_at_a_click(visit):
    visitor = visit("/gates?text=Good%20morrow&t=5")
    ground = "() => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    before = visitor.page.evaluate(ground)
    visitor.page.get_by_role("button", name="Theme").click()
    visitor.page.wait_for_function(f"before => document.querySelector('[data-testid=stApp]') && ({ground})() !== before", arg=before)
    visitor.page.locator(".strip canvas").first.wait_for()
    assert visitor.settled().counter() == "t = 5 / 11"
    assert visitor.page.evaluate(ground) == "rgb(23, 22, 20)"


def test_copy_link(visit):
    visitor = visit("/gates?text=Good%20morrow&t=5", permissions=["clipboard-read", "clipboard-write"])
    visitor.page.get_by_role("button", name="Copy link").click()
    visitor.page.get_by_role("button", name="Copied").wait_for()
    assert visitor.page.evaluate("navigator.clipboard.readText()") == visitor.page.url


def test_try_this_changes_one_letter(visit):
    visitor = visit("/gates")
    visitor.page.get_by_role("button", name="See it").click()
    visitor.settled()
    assert "".join(visitor.tokens()).startswith("The␣men")


def test_numbers_are_written_alike_in_both_languages(visit):
    """components/shared/numbers.js against figures/numbers.py."""
    from rnnviz.components.base import HERE

    visitor = visit("/gates?text=a")
    script = (HERE / "shared" / "numbers.js").read_text(encoding="utf-8")
    values = [0, 1, 0.5, 0.0004, 0.001, 0.9995, 0.99951, 0.009, -0.213, 0.4175, -0.0001, 12.3456, 0.0625]
    found = visitor.page.evaluate(
        f"values => {{ {script}; return values.map(v => [fmtValue(v), fmtValue(v, false), fmtProb(v), fmtBits(v)]) }}", values
    )
    for value, (signed, unsigned, probability, bits) in zip(values, found, strict=True):
        assert signed == fmt_value(value), value
        assert unsigned == fmt_value(value, signed=False), value
        assert bits == fmt_bits(value), value
        if 0 <= value <= 1:
            assert probability == fmt_prob(value), value
