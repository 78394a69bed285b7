"""The Gates page as a person meets it, in Chromium. Numbers are read from the screen and compared with torch.nn run here."""

from __future__ import annotations

import math
import re

import pytest
import torch

import rnnviz
from rnnviz.figures.numbers import fmt_bits, fmt_prob, fmt_value

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
    visitor = visit("/?t=30")
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
