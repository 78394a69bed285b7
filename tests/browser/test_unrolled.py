"""The unrolled page as a person meets it: play, step, scrub, hover, fold, click through to cell and unit, change a character."""

from __future__ import annotations

import pytest
import torch
from visiting import Visitor, served

import rnnviz


def shown_units(visitor):
    """The panel's numbers: {unit: (t, layer, value)}."""
    return visitor.page.evaluate(
        """() => { const root = [...document.querySelectorAll('*')].find(e => e.shadowRoot?.querySelector('.panel')).shadowRoot;
          return [...root.querySelectorAll('.units [data-signal]')].map(n => ({...n.dataset, text: n.textContent})) }"""
    )


def test_hover_shows_the_full_numbers_without_a_rerun(visit):
    visitor = visit("/unrolled?text=Good%20morrow")
    hidden = rnnviz.run(rnnviz.Recipe(text="Good morrow"))["hidden"]
    visitor.received.clear()
    boxes = [(t, layer) for layer in (1, 2) for t in range(1, 12)]
    for t, layer in [*boxes, (3, 1), (7, 2)]:
        visitor.page.locator(f'.box[data-t="{t}"][data-layer="{layer}"]').hover()
        found = shown_units(visitor)
        assert len(found) == 192
        for number in (found[0], found[57], found[-1]):
            assert (number["t"], number["layer"]) == (str(t), str(layer))
            wanted = hidden.sel(layer=layer, direction="forward", batch=1, time=t, unit=int(number["unit"])).item()
            assert float(number["value"]) == pytest.approx(wanted, abs=1e-7)
    assert not visitor.received, "24 hovers, no rerun"


def test_play_step_scrub_and_keys(visit):
    visitor = visit("/unrolled")
    visitor.received.clear()
    visitor.page.get_by_role("button", name="Play", exact=True).click()
    visitor.page.wait_for_timeout(1500)
    assert not visitor.received, "playing causes no rerun"
    visitor.page.get_by_role("button", name="Pause").click()
    visitor.settled()
    t = int(visitor.counter().split()[2])
    assert t >= 3
    assert visitor.page.get_by_label("t", exact=True).input_value() == str(t)
    visitor.page.get_by_role("button", name="One step on").click()
    assert visitor.counter().startswith(f"t = {t + 1} /")
    visitor.page.get_by_role("slider", name="Timestep").fill("30")
    assert visitor.counter().startswith("t = 30 /")
    assert visitor.page.locator('.column.now[data-column="30"]').count() == 1, "the window follows the playhead"
    visitor.settled()
    assert "t=30" in visitor.page.url
    visitor.page.locator("body").press("End")
    visitor.page.locator("body").press("ArrowLeft")
    assert visitor.counter().startswith("t = 40 /")
    visitor.page.locator("body").press(" ")
    visitor.page.wait_for_timeout(700)
    assert visitor.counter().startswith("t = 41 /")


def test_from_network_to_cell_to_unit_and_back(visit):
    visitor = visit("/unrolled?text=Good%20morrow")
    visitor.page.locator('.box[data-t="5"][data-layer="2"]').click()
    visitor.page.locator("svg.diagram").wait_for()
    visitor.settled()
    assert "/cell" in visitor.page.url
    assert visitor.counter() == "t = 5 / 11"
    assert visitor.page.locator('.equation[data-key="hidden"] .numbers b').get_attribute("data-layer") == "2"
    visitor.page.get_by_role("link", name="Unrolled").click()
    visitor.page.locator("svg.scene").wait_for()
    visitor.settled()
    assert visitor.counter() == "t = 5 / 11", "the place comes along"
    visitor.page.locator('[data-unit-button="17"]').click()
    visitor.page.locator("svg.diagram").wait_for()
    visitor.settled()
    assert visitor.page.get_by_label("Unit", exact=True).input_value() == "17"
    number = visitor.page.locator('.equation[data-key="hidden"] .numbers b')
    assert (number.get_attribute("data-unit"), number.get_attribute("data-t")) == ("17", "5")


def test_enter_on_a_focused_box_opens_it(visit):
    visitor = visit("/unrolled?text=Good%20morrow")
    visitor.page.locator('.box[data-t="4"][data-layer="1"]').focus()
    visitor.page.keyboard.press("Enter")
    visitor.page.locator("svg.diagram").wait_for()
    assert visitor.settled().counter() == "t = 4 / 11"


def test_folding_changes_no_number(visit):
    visitor = visit("/unrolled?text=Good%20morrow&t=4")
    unfolded = shown_units(visitor)
    visitor.page.get_by_role("button", name="Fold into the loop").click()
    visitor.page.wait_for_timeout(700)
    assert visitor.page.locator(".column").count() == 1
    assert visitor.page.locator(".loop").count() >= 2
    assert shown_units(visitor) == unfolded
    visitor.page.locator("body").press("ArrowRight")
    assert {n["t"] for n in shown_units(visitor)} == {"5"}
    visitor.page.get_by_role("button", name="Unfold over time").click()
    visitor.page.wait_for_timeout(700)
    assert visitor.page.locator(".column").count() == 11


@pytest.mark.parametrize("length", [3, 300])
def test_readable_at_3_and_at_300(visit, length):
    text = ("to be or not to be " * 20)[:length]
    visitor = visit(f"/unrolled?text={text.replace(' ', '%20')}")
    columns = visitor.page.locator(".column").count()
    assert columns == min(length, columns)
    assert visitor.page.locator(".minimap").is_visible() == (length > columns)
    size = visitor.page.locator(".token").first.evaluate("n => parseFloat(n.getAttribute('font-size'))")
    assert size >= 16
    if length == 300:
        box = visitor.page.locator(".minimap").bounding_box()
        visitor.page.mouse.click(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2)
        first = int(visitor.page.locator(".column").first.get_attribute("data-column"))
        assert 225 <= first <= 245
        visitor.page.locator("body").press("End")
        assert visitor.page.locator(".column.now").get_attribute("data-column") == "300"


def test_a_changed_character_and_its_cone(visit):
    visitor = visit("/unrolled?text=Good%20morrow&t=6")
    visitor.page.get_by_label("The character to put in").fill("M")
    visitor.page.get_by_role("button", name="Change", exact=True).click()
    visitor.page.locator("[data-change]").first.wait_for()
    visitor.settled()
    a, b = (rnnviz.run(rnnviz.Recipe(text=text))["hidden"] for text in ("Good morrow", "Good Morrow"))
    norms = visitor.page.locator("[data-change]").evaluate_all("nodes => nodes.map(n => ({...n.dataset, text: n.textContent}))")
    assert len(norms) == 22
    for number in norms:
        place = {"layer": int(number["layer"]), "time": int(number["t"]), "direction": "forward", "batch": 1}
        wanted = float(((b.sel(place).astype(float) - a.sel(place).astype(float)) ** 2).sum() ** 0.5)
        assert float(number["change"]) == pytest.approx(wanted, abs=1e-6)
        assert (number["text"] == "0") == (int(number["t"]) < 6)
    assert visitor.page.locator("[data-changed]").get_attribute("data-changed") == "12"
    assert "swap=6.M" in visitor.page.url
    expects = visitor.page.locator('.scene [data-t="6"][data-signal="probability"]')
    assert float(expects.get_attribute("data-value")) == pytest.approx(
        rnnviz.run(rnnviz.Recipe(text="Good Morrow"))["probability"].sel(time=6).max().item()
    )
    visitor.page.get_by_role("radio", name="as it was").click()
    assert float(expects.get_attribute("data-value")) == pytest.approx(
        rnnviz.run(rnnviz.Recipe(text="Good morrow"))["probability"].sel(time=6).max().item()
    )
    visitor.page.get_by_role("button", name="Change it back").click()
    visitor.settled()
    assert visitor.page.locator("[data-change]").count() == 0


def test_a_box_of_what_the_model_wrote_opens_that_very_cell(visit):
    visitor = visit("/unrolled?text=hi&mode=one-to-many&model=tiny-lstm")
    visitor.page.locator('.box[data-t="9"]').hover()
    there = [(n["unit"], n["value"]) for n in shown_units(visitor)]
    visitor.page.locator('.box[data-t="9"]').click()
    visitor.page.locator("svg.diagram").wait_for()
    visitor.settled()
    assert visitor.counter() == "t = 9 / 33"
    found = visitor.page.locator('.matrices [data-signal="hidden"]').evaluate_all("n => n.map(e => [e.dataset.unit, e.dataset.value])")
    assert [tuple(pair) for pair in found] == there


def test_modes_are_drawn_from_the_same_parts(visit):
    visitor = visit("/unrolled?text=Good&mode=many-to-one")
    assert visitor.page.locator('.scene [data-signal="probability"]').count() == 1
    assert visitor.page.locator('.scene [data-signal="probability"]').get_attribute("data-t") == "4"
    visitor = visit("/unrolled?text=Good&mode=one-to-many")
    assert visitor.page.locator(".feedback").count() >= 5
    visitor = visit("/unrolled?text=Good&mode=encoder-decoder")
    speaking = {int(t) for t in visitor.page.locator('.scene [data-signal="probability"]').evaluate_all("n => n.map(e => e.dataset.t)")}
    assert min(speaking) == 4
    assert "encoder" in visitor.page.locator(".scene").inner_html()


def test_a_feed_forward_chain_turns_into_a_loop(visit):
    visitor = visit("/unrolled?text=Good%20morrow&mode=chain")
    weights = visitor.page.locator("[data-weights]").evaluate_all("n => n.map(e => e.dataset.weights)")
    assert len(set(weights)) == 7, "every layer its own"
    own = int(visitor.page.locator("[data-stat=parameters]").get_attribute("data-value"))
    visitor.page.get_by_role("radio", name="all layers share one set").click()
    shared = int(visitor.page.locator("[data-stat=parameters]").get_attribute("data-value"))
    assert own == 8 * shared
    hidden = rnnviz.run(rnnviz.Recipe("tiny-rnn", "Good mor"))["hidden"]
    for number in visitor.page.locator("[data-chain]").evaluate_all("n => n.map(e => ({...e.dataset}))"):
        wanted = hidden.sel(layer=1, direction="forward", batch=1, time=int(number["t"]), unit=int(number["unit"])).item()
        assert float(number["value"]) == pytest.approx(wanted, abs=1e-6)
    visitor.page.get_by_role("radio", name="fold them into a loop").click()
    assert {n["t"] for n in visitor.page.locator("[data-chain]").evaluate_all("n => n.map(e => ({...e.dataset}))")} == {"1"}
    visitor.page.locator("body").press("ArrowRight")
    assert {n["t"] for n in visitor.page.locator("[data-chain]").evaluate_all("n => n.map(e => ({...e.dataset}))")} == {"2"}
    visitor.settled()
    assert "t=2" not in visitor.page.url, "a step of the chain is none of the text"


def test_both_directions_are_drawn_rightly(browser, tmp_path):
    """A bidirectional network: backward arrows point to the past, and a change spreads both ways."""
    with served(tmp_path, "tests/browser/bidirectional_app.py") as address:
        context = browser.new_context(viewport={"width": 1366, "height": 1000})
        visitor = Visitor(context, address).open("/")
        boxes = visitor.page.locator(".box").evaluate_all("n => n.map(e => ({...e.dataset}))")
        assert len(boxes) == 2 * 2 * 6
        flows = visitor.page.locator("[data-flow=hidden]").evaluate_all(
            "n => n.map(e => [+e.getAttribute('x1'), +e.getAttribute('x2'), +e.getAttribute('y1')])"
        )
        rows = {}
        for x1, x2, y in flows:
            rows.setdefault(round(y), set()).add(x2 > x1)
        assert len(rows) == 4
        assert sorted(rows.values(), key=str) == [{False}, {False}, {True}, {True}]
        feeds = visitor.page.locator("[data-feed]").evaluate_all("n => n.map(e => [+e.dataset.feed, +e.dataset.foot, e.getAttribute('d')])")
        assert len(feeds) == 2 * 6
        feet = {layer: foot for layer, foot, _ in feeds}
        assert feet[2] < feet[1] - 100, "the upper layer is fed by the lower one, not by the text"
        assert all(float(d.split()[1]) == pytest.approx(foot + 12) for _, foot, d in feeds)
        names = visitor.page.locator(".scene").text_content()
        assert "→ from the start" in names
        assert "← from the end" in names
        changed = {
            direction: {
                int(n["t"])
                for n in visitor.page.locator(f'[data-change][data-layer="1"][data-direction="{direction}"]').evaluate_all(
                    "n => n.map(e => ({...e.dataset}))"
                )
                if float(n["change"]) > 0
            }
            for direction in ("forward", "backward")
        }
        assert changed == {"forward": {3, 4, 5, 6}, "backward": {1, 2, 3}}
        numbers = visitor.page.locator(".units [data-signal]").evaluate_all("n => n.map(e => ({...e.dataset}))")
        with torch.random.fork_rng(devices=[]):
            torch.random.set_rng_state(torch.Generator().manual_seed(5).get_state())
            network = torch.nn.GRU(3, 4, num_layers=2, bidirectional=True)
        x = torch.randn(6, 1, 3, generator=torch.Generator().manual_seed(1))
        x[2] += 1  # the numbers are those of the changed run
        trace = rnnviz.record(network, x)
        for number in numbers:
            wanted = trace["hidden"].sel(layer=1, direction="forward", batch=1, time=3, unit=int(number["unit"])).item()
            assert float(number["value"]) == pytest.approx(wanted, abs=1e-7)
        visitor.sound()
        context.close()


def test_files_hold_the_picture(visit):
    visitor = visit("/unrolled?text=Good%20morrow")
    with visitor.page.expect_download() as found:
        visitor.page.get_by_role("button", name="Save SVG").click()
    svg = found.value.path().read_text(encoding="utf-8")
    for wanted in ("Unrolled: shakespeare-lstm", "layer 2", "hidden state", "data:image/png"):
        assert wanted in svg
