"""The worked example: weights edited in place, what is refused, the film, the spreadsheet."""

from __future__ import annotations

import io

import numpy as np
import openpyxl
import pytest

from rnnviz.worked_example import FLOOR, PRESETS, forward, train


def quantities(visitor, name):
    """(t, row) -> value of one quantity as it stands on screen."""
    found = visitor.page.locator(f'[data-quantity="{name}"]').evaluate_all("n => n.map(e => ({...e.dataset, text: e.textContent}))")
    for number in found:
        if 0 < abs(float(number["value"])) < 5e-7:
            assert "e−" in number["text"]
            continue
        assert number["text"] == f"{float(number['value']):.6f}".replace("-", "−")
    return {(int(n["t"]), int(n["row"])): float(n["value"]) for n in found}


def check(visitor, passed):
    for name in ("from_x", "from_h", "h", "y", "p"):
        found = quantities(visitor, name)
        expected = getattr(passed, name)
        assert len(found) == expected.size
        for (t, row), value in found.items():
            assert value == pytest.approx(expected[t - 1, row], abs=1e-12), (name, t, row)
    assert "".join(visitor.page.locator("[data-says]").all_inner_texts()) == passed.says


def weight(visitor, name, row, column):
    return visitor.page.locator(f'input[data-weight="{name}"][data-row="{row}"][data-column="{column}"]')


def test_the_published_example_step_by_step(visit):
    visitor = visit("/example")
    check(visitor, forward(PRESETS["spreadsheet"]))
    assert visitor.page.locator(".published").count() == 2 * (3 + 3 + 3 + 4 + 4)
    assert visitor.page.locator(".published.off").count() == 0
    assert visitor.page.locator('[data-says][data-t="2"]').inner_text() == "h"
    assert "should be l" in visitor.page.locator('tr[data-block="says"]').inner_text()
    seen = []
    for _ in range(6 + 4):
        seen.append(visitor.page.locator(".caption").inner_text())
        visitor.page.get_by_role("button", name="Next stage").click()
    assert [s[0] for s in seen] == list("①②③④⑤⑥①②③④")
    assert "0.427 × 0.693 + 0.427" not in seen[8]
    assert "0.427 × 0.693 + 0.567 = 0.863" in seen[8]
    assert "“h” gets" in seen[5]


def test_an_edited_weight_changes_all_that_follows(visit):
    visitor = visit("/example")
    field = weight(visitor, "W_xh", 1, 2)
    field.fill("-0.5")
    field.press("Enter")
    visitor.settled()
    example = PRESETS["spreadsheet"]
    w = example.W_xh.copy()
    w[1, 2] = -0.5
    check(visitor, forward(example.__class__(w, example.W_hh, example.b, example.W_hy)))
    assert visitor.page.locator(".published").count() == 0, "what the source prints belongs to its own weights"
    assert "set=W_xh.6" in visitor.page.url
    again = visit(visitor.page.url.removeprefix(visitor.address))
    assert quantities(again, "p") == quantities(visitor, "p")
    visitor.page.get_by_role("button", name="Undo all changes").click()
    visitor.settled()
    check(visitor, forward(example))


@pytest.mark.parametrize("typed", ["abc", "NaN", "1e30", "", "--1", "0x10", "Infinity", "<b>"])
def test_what_is_no_weight_is_said_and_the_last_one_kept(visit, typed):
    visitor = visit("/example")
    field = weight(visitor, "W_hh", 0, 0)
    field.fill(typed)
    field.press("Enter")
    visitor.settled()
    assert "is no weight" in visitor.page.locator(".problem").inner_text()
    assert "0.427043 is kept" in visitor.page.locator(".problem").inner_text()
    check(visitor, forward(PRESETS["spreadsheet"]))
    field.press("Escape")
    assert field.input_value() == "0.427043"
    assert visitor.page.locator(".problem").inner_text() == ""


def test_it_learns_and_without_memory_it_cannot(visit):
    visitor = visit("/example?train=sgd")
    film, control = train(PRESETS["spreadsheet"], "sgd", 2000), train(PRESETS["spreadsheet"], "sgd", 2000, memory=False)
    assert visitor.page.locator("[data-stat=right_from]").get_attribute("data-value") == "74"
    visitor.received.clear()
    slider = visitor.page.get_by_label("Training step")
    for frame in (10, len(film.kept) - 1):
        slider.fill(str(frame))
        check(visitor, film.passes[frame])
        step = int(film.kept[frame])
        assert float(visitor.page.locator("[data-stat=loss]").get_attribute("data-value")) == pytest.approx(film.losses[step])
        assert float(visitor.page.locator("[data-stat=control]").get_attribute("data-value")) == pytest.approx(control.losses[step])
    assert not visitor.received, "the film runs in the browser"
    assert visitor.page.locator("[data-word]").inner_text() == "ello"
    assert float(visitor.page.locator("[data-stat=control]").get_attribute("data-value")) > FLOOR
    assert weight(visitor, "W_hh", 0, 0).input_value().replace("−", "-") == pytest.approx(
        f"{float(film.passes[-1].example.W_hh):.6f}".rstrip("0")
    )
    visitor.page.get_by_label("show gradients").check()
    shown = visitor.page.locator('table[data-matrix="W_hy"] .slope').first.inner_text()
    assert shown.startswith("∂")
    slider.fill("0")
    visitor.page.get_by_role("button", name="Play the training").click()
    visitor.page.wait_for_timeout(1200)
    assert int(slider.input_value()) >= 5
    assert not visitor.received


def test_karpathys_figure(visit):
    visitor = visit("/example?preset=figure")
    check(visitor, forward(PRESETS["figure"]))
    assert visitor.page.locator(".published.off").count() == 0
    assert visitor.page.locator("[data-says]").all_inner_texts()[2:] == ["l", "o"]
    assert visitor.page.locator('table[data-matrix="W_hh"] input').count() == 9


def test_the_spreadsheet_is_the_one_on_screen(visit):
    visitor = visit("/example")
    field = weight(visitor, "b", 0, 0)
    field.fill("0,25")
    field.press("Enter")
    visitor.settled()
    with visitor.page.expect_download() as found:
        visitor.page.get_by_role("button", name="Download as a spreadsheet").click()
    sheet = openpyxl.load_workbook(io.BytesIO(found.value.path().read_bytes())).active
    values = {row[0].value: row for row in sheet.iter_rows() if row[0].value}
    assert any(cell.value == 0.25 for row in sheet.iter_rows() for cell in row)
    assert str(values["h unit 1"][1].value).startswith("=TANH(")
    example = PRESETS["spreadsheet"]
    check(visitor, forward(example.__class__(example.W_xh, example.W_hh, np.array(0.25), example.W_hy)))
