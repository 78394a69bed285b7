"""The cell page as a person meets it: the printed equations add up, hovering links, a dragged gate changes what follows."""

from __future__ import annotations

import math
import random
import re

import oracle
import pytest
import torch

import rnnviz
from rnnviz.interventions import force, intervene, released

SENTENCE = "What light through yonder window breaks?"


def expressions(text):
    """Every side of a printed equation as a number: "= σ(1.0 − 2.0) = σ(−1.0) = 0.269" -> [.269, .269, .269]."""
    sides = []
    for side in re.split(r"[=≈]", text):
        code = side.strip().replace("−", "-").replace("×", "*").replace("σ(", "sigmoid(").replace("max(0, ", "relu(")
        if code:
            known = {"sigmoid": lambda v: 1 / (1 + math.exp(-v)), "tanh": math.tanh, "relu": lambda v: max(0.0, v)}
            sides.append(eval(code, {"__builtins__": {}}, known))
    return sides


@pytest.mark.parametrize("model", ["shakespeare-lstm", "shakespeare-gru", "tiny-rnn"])
def test_the_printed_operands_recombine_to_the_printed_result(visit, model):
    visitor = visit(f"/cell?model={model}&text={SENTENCE.replace(' ', '%20').replace('?', '%3F')}")
    chance = random.Random(model)
    units = rnnviz.zoo.card(model).hidden
    for _ in range(10 if model.endswith("lstm") else 4):
        visitor.look(chance.randint(1, len(SENTENCE)), chance.randint(1, units))
        lines = visitor.page.locator(".equation .numbers").all_inner_texts()
        assert len(lines) == len(rnnviz.cells.named(model.split("-")[1]).signals)
        for line in lines:
            sides = expressions(line)
            assert len(sides) >= 2, line
            assert max(sides) - min(sides) <= 0.002, line


def check_against_torch(visitor, model="shakespeare-lstm", text=SENTENCE):
    """Compare every addressed signal on screen with torch.nn's documented equations. Returns how many there were."""
    network = rnnviz.zoo.load(model)
    with torch.no_grad():
        signals, _ = oracle.run(network.recurrent, network.embedding(torch.tensor(network.vocabulary.encode(text).ids)))
    compared = 0
    for number in visitor.numbers():
        if number.get("signal") in signals[0][0][0] and "unit" in number and "t" in number:
            t = int(number["t"])
            expected = 0.0 if t == 0 else signals[int(number["layer"]) - 1][0][t - 1][number["signal"]][int(number["unit"]) - 1].item()
            assert float(number["value"]) == pytest.approx(expected, rel=2e-5, abs=2e-6), number
            compared += 1
    return compared


@pytest.mark.parametrize("model", ["shakespeare-lstm", "tiny-gru"])
def test_every_number_is_torchs(visit, model):
    visitor = visit(f"/cell?model={model}&t=9&unit=2&text={SENTENCE.replace(' ', '%20').replace('?', '%3F')}")
    assert check_against_torch(visitor, model) >= 10
    visitor.look(t=1)
    assert check_against_torch(visitor, model) >= 10


def test_hovering_a_term_lights_all_that_it_came_from(visit):
    visitor = visit("/cell?t=9")
    visitor.received.clear()
    visitor.page.locator(".equation[data-key=hidden] .symbols [data-key=cell]").hover()
    lit = set(visitor.page.locator(".diagram .box.lit, .diagram .box.lit-by").evaluate_all("nodes => nodes.map(n => n.dataset.key)"))
    assert lit == {"cell", "previous_cell", "forget_gate", "input_gate", "candidate", "previous_hidden", "x"}, "all but o and h"
    visitor.page.locator('.diagram .box[data-key="forget_gate"]').hover()
    lit = set(visitor.page.locator(".equations .term.lit, .equations .term.lit-by").evaluate_all("nodes => nodes.map(n => n.dataset.key)"))
    assert {"forget_gate", "wx_f", "uh_f", "bi_f", "bh_f"} <= lit
    assert "wx_i" not in lit
    visitor.page.wait_for_timeout(300)
    assert not visitor.received, "hovering must not reach the server"


def test_slow_motion_speaks_six_sentences(visit):
    visitor = visit("/cell?t=9")
    visitor.received.clear()
    seen = []
    for at in range(6):
        visitor.page.get_by_role("button", name="Next caption").click()
        seen.append(visitor.page.locator(".caption").inner_text())
        assert visitor.page.locator(".count").inner_text() == f"{at + 1} / 6"
        assert visitor.page.locator(".diagram .box.lit").count() >= 1 or at == 0
    assert [s[0] for s in seen] == list("①②③④⑤⑥")
    f = visitor.page.locator('.equation[data-key="forget_gate"] .numbers b').inner_text()
    assert f in seen[1]
    visitor.page.get_by_role("button", name="Slow motion").click()
    visitor.page.wait_for_timeout(3000)
    assert visitor.page.locator(".count").inner_text() == "2 / 6"
    assert not visitor.received


def test_playing_and_stepping_need_no_server(visit):
    visitor = visit("/cell?t=2")
    visitor.received.clear()
    visitor.page.get_by_role("button", name="Play", exact=True).click()
    visitor.page.wait_for_timeout(1400)
    assert not visitor.received
    visitor.page.get_by_role("button", name="Pause").click()
    visitor.settled()
    t = int(visitor.counter().split()[2])
    assert t >= 4
    assert visitor.page.get_by_label("t", exact=True).input_value() == str(t)
    assert sum(visitor.received) < 40_000, "a step must not send the picture again"


def drag(visitor, signal, share):
    slider = visitor.page.locator(f"[data-drag={signal}]")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    visitor.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visitor.page.mouse.down()
    visitor.page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2, steps=4)
    preview = visitor.page.locator('.equation[data-key="cell"] .numbers').inner_text()
    visitor.page.mouse.up()
    visitor.page.locator(".badge").wait_for()
    visitor.settled()
    return preview


def test_dragging_a_gate_changes_what_follows(visit):
    visitor = visit("/cell?t=9&unit=20&text=" + SENTENCE.replace(" ", "%20").replace("?", "%3F"))
    before = visitor.page.locator('.equation[data-key="cell"] .numbers').inner_text()
    preview = drag(visitor, "forget_gate", 0.05)
    assert preview != before, "the step in hand follows the hand at once"
    assert visitor.page.locator('.equation[data-key="forget_gate"] .numbers').inner_text().startswith("set by hand to")
    assert "edits=forget_gate" in visitor.page.url
    value = float(re.search(r"forget_gate%3D([\d.]+)", visitor.page.url)[1])
    held = [force("forget_gate", value, units=(20,), first=9)]
    expected, was = (intervene(rnnviz.zoo.load("shakespeare-lstm"), SENTENCE, each) for each in (held, released(held)))
    changed = int(visitor.page.locator("[data-changed]").get_attribute("data-changed"))
    assert changed == int((expected["hidden"].sel(layer=1).values != was["hidden"].sel(layer=1).values).sum())
    assert changed <= 1 + (len(SENTENCE) - 9) * 192, "in the step of the hand one unit alone, after it all of them"
    for t in (9, 15):
        visitor.look(t=t)
        compared = 0
        for number in visitor.numbers():
            if number.get("signal") in expected and number.get("t") == str(t) and number.get("unit") == "20":
                wanted = expected[number["signal"]].sel(layer=1, direction="forward", batch=1, time=t, unit=20).item()
                assert float(number["value"]) == pytest.approx(wanted, abs=2e-6)
                compared += 1
        assert compared >= 8
        shown = visitor.page.locator('[data-signal="divergence"]').get_attribute("data-value")
        p, q = (torch.tensor(each["probability"].values[0, t - 1]).double() for each in (was, expected))
        assert float(shown) == pytest.approx((p * (p / q).log2()).sum().item(), abs=1e-4)
    on = visitor.page.locator("[data-continuation] code").all_inner_texts()
    model = rnnviz.zoo.load("shakespeare-lstm")
    assert on[0] == rnnviz.interventions.continuation(model, SENTENCE, 48)
    held = [force("forget_gate", value, units=(20,), first=9)]
    assert on[1] == rnnviz.interventions.continuation(model, SENTENCE, 48, held)
    visitor.page.get_by_role("button", name="Let go of everything").click()
    visitor.settled()
    assert "edits" not in visitor.page.url
    visitor.look(t=9)
    assert visitor.page.locator('.equation[data-key="cell"] .numbers').inner_text() == before


def test_the_protected_memory_stays_exactly_the_same(visit):
    visitor = visit("/cell?t=6&unit=3&text=Good%20morrow")
    visitor.page.get_by_role("button", name="Protect the memory").click()
    visitor.page.locator(".badge").wait_for()
    values = set()
    for t in range(6, 12):
        visitor.settled().look(t=t)
        values.add(visitor.page.locator('.equation[data-key="cell"] .numbers b').get_attribute("data-value"))
        assert max(expressions(visitor.page.locator('.equation[data-key="cell"] .numbers').inner_text())) is not None
    assert len(values) == 1


def test_a_click_on_a_strip_opens_that_unit(visit):
    visitor = visit("/cell?t=5&unit=2&model=tiny-lstm")
    strip = visitor.page.locator('.diagram [data-pick="cell"]').bounding_box()
    visitor.page.mouse.click(strip["x"] + strip["width"] * 0.9, strip["y"] + strip["height"] / 2)
    visitor.settled()
    assert visitor.page.get_by_label("Unit", exact=True).input_value() == "4"
    assert visitor.page.locator('.equation[data-key="cell"] .numbers b').get_attribute("data-unit") == "4"
    assert visitor.page.locator(".matrices tr.now th").first.inner_text() == "4", "the same unit in the table of all numbers"


def test_a_tiny_cell_prints_every_number(visit):
    visitor = visit("/cell?t=5&model=tiny-lstm")
    sums = visitor.page.locator("[data-matrix-sum]").evaluate_all(
        "nodes => nodes.map(n => [n.dataset.matrixSum, +n.dataset.unit, +n.dataset.value])"
    )
    assert len(sums) == 16
    network = rnnviz.zoo.load("tiny-lstm")
    text = rnnviz.Recipe().text
    trace = rnnviz.run(rnnviz.Recipe("tiny-lstm"))
    lstm = network.recurrent
    x = network.embedding(torch.tensor(network.vocabulary.encode(text).ids))[4]
    h = torch.tensor(trace["hidden"].sel(layer=1, time=4).values[0, 0])
    wanted = (lstm.weight_ih_l0 @ x + lstm.bias_ih_l0 + lstm.weight_hh_l0 @ h + lstm.bias_hh_l0).view(4, 4)
    for letter, unit, value in sums:
        assert value == pytest.approx(wanted["ifgo".index(letter), unit - 1].item(), abs=1e-5)


def test_a_copied_link_shows_the_same_cell(visit):
    first = visit("/cell?t=6&unit=3&text=Good%20morrow&layer=2")
    drag(first, "output_gate", 0.5)
    second = visit(first.page.url.removeprefix(first.address))
    texts = [v.page.locator(".equation .numbers").all_inner_texts() for v in (first, second)]
    assert texts[0] == texts[1]
    assert second.page.locator(".badge").count() == 1


def test_keys_step_and_the_equations_follow(visit):
    visitor = visit("/cell?t=3")
    visitor.page.locator("body").press("ArrowRight")
    assert visitor.counter().startswith("t = 4 ")
    assert visitor.page.locator('.equation[data-key="cell"] .numbers b').get_attribute("data-t") == "4"
    visitor.page.get_by_label("Your text").focus()
    visitor.page.keyboard.press("ArrowRight")
    assert visitor.counter().startswith("t = 4 ")
    visitor.settled()  # the step is told to the server, and what it draws anew must not take the focus away
    visitor.page.locator("[data-drag=forget_gate]").focus()
    visitor.page.keyboard.press("ArrowRight")
    assert visitor.counter().startswith("t = 4 "), "a focused slider takes the key for itself"
    visitor.page.locator(".badge").wait_for()


def test_files_hold_the_picture(visit):
    visitor = visit("/cell?t=6&text=Good%20morrow")
    with visitor.page.expect_download() as found:
        visitor.page.get_by_role("button", name="Save SVG").click()
    svg = found.value.path().read_text(encoding="utf-8")
    for wanted in ("Cell: shakespeare-lstm", "forget gate", "t = 6 / 11", "tanh"):
        assert wanted in svg
    with visitor.page.expect_download() as found:
        visitor.page.get_by_role("button", name="Save PNG").click()
    from PIL import Image

    with Image.open(found.value.path()) as image:
        assert image.width >= 1600
        assert len(image.convert("RGB").getcolors(1 << 24)) > 50


def test_the_units_that_matter_are_a_click_away(visit):
    visitor = visit("/cell?t=6&unit=3&text=Good%20morrow")
    visitor.page.get_by_role("button", name="Silence all 192 units in turn").click()
    visitor.page.locator("[data-best]").first.wait_for()
    visitor.settled()
    assert "ablate=yes" in visitor.page.url
    found = rnnviz.interventions.ablation_map(rnnviz.zoo.load("shakespeare-lstm"), "Good morrow").mean("time")
    best = visitor.page.locator("[data-best]").first
    assert int(best.get_attribute("data-best")) == int(found["unit"].values[found.values.argmax()])
    assert float(best.get_attribute("data-value")) == pytest.approx(found.max().item(), rel=1e-4)
    best.click()
    visitor.settled()
    assert visitor.page.get_by_label("Unit", exact=True).input_value() == best.get_attribute("data-best")


def test_every_step_of_a_long_text_shows_its_units(visit):
    """Units travel for a window of steps; stepping out of it brings the next one."""
    visitor = visit("/cell?t=1&text=" + "to%20be%20or%20" * 30)
    assert visitor.page.locator(".diagram image").count() >= 6
    visitor.page.locator("body").press("End")
    visitor.settled()
    visitor.page.locator(".diagram image").nth(5).wait_for(state="attached")
    assert visitor.counter() == "t = 270 / 270"


def test_a_double_click_lets_go_of_one_hand_only(visit):
    visitor = visit("/cell?t=6&unit=3&text=Good%20morrow&edits=forget_gate%3D1@1:3:2-;input_gate%3D0@1:3:2-")
    visitor.page.get_by_role("button", name="Let go: forget gate").dblclick()
    visitor.settled()
    visitor.page.wait_for_timeout(300)
    assert visitor.page.locator(".held li").count() == 1
    assert "input gate" in visitor.page.locator(".held li").inner_text()


def test_the_legend_is_the_domain(visit):
    visitor = visit("/cell?t=6&text=Good%20morrow")
    items = {item.locator("i").inner_text(): item.locator("span").all_inner_texts() for item in visitor.page.locator(".legend-item").all()}
    assert items["f, i, o"] == ["0 closed", "", "1 open"]
    assert items["g, h"] == ["−1", "", "+1"]
    strip = visitor.page.locator('[data-pick="cell"]')
    low, high = float(strip.get_attribute("data-min")), float(strip.get_attribute("data-max"))
    values = rnnviz.run(rnnviz.Recipe(text="Good morrow"))["cell"].sel(layer=1).values
    assert float(items["c"][2].removeprefix("≥ ").replace("+", "")) == pytest.approx(high, rel=0.005)
    assert items["c"][2].startswith("≥") == (values.max() > high)
    assert low == -high
