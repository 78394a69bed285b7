"""The Gradients page as a person meets it: type, click a place, play it backwards, break it with a slider, clip, follow a link."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
import xarray as xr
from playwright.sync_api import expect

import rnnviz
from rnnviz import clipping, experiment, long_range
from rnnviz.experiment import Experiment
from rnnviz.figures.flow import decades_per_step

MAN = "The man who ate my pizza has purple hair."


def by(visitor, **where):
    """The numbers on screen with these data attributes."""
    return [n for n in visitor.numbers() if all(n.get(key) == str(value) for key, value in where.items())]


def stat(visitor, name, **where):
    (found,) = by(visitor, stat=name, **where)
    return float(found["value"])


def click_matrix(visitor, t, k, time, last):
    box = visitor.page.locator(".matrix .area").bounding_box()
    visitor.page.mouse.click(box["x"] + (k - 0.5) / time * box["width"], box["y"] + (t - 0.5) / last * box["height"])
    return visitor.settled()


def test_a_typed_sentence_and_a_clicked_place(visit):
    visitor = visit("/gradients")
    text = "Good morrow to thee, my lord"
    visitor.type(text)
    click_matrix(visitor, 20, 6, len(text), len(text) - 1)
    assert "loss=20" in visitor.page.url
    assert "k=6" in visitor.page.url
    assert visitor.counter() == "k = 6 / 28"
    for name in ("rnn", "gru", "lstm"):
        flow = rnnviz.gradient_flow(rnnviz.zoo.load(f"shakespeare-{name}"), text, with_input=True)
        wanted = flow["hidden"].sel(layer=2, direction="forward", batch=1, loss_time=20).values
        (found,) = by(visitor, signal="hidden", series=name, t=6, loss=20)
        assert float(found["value"]) == pytest.approx(wanted[5], rel=1e-4)
        assert stat(visitor, "slope", series=name) == pytest.approx(decades_per_step(np.tile(wanted, (20, 1)), 20), rel=1e-3)
    tinted = {int(n["t"]): float(n["value"]) for n in by(visitor, signal="input_gradient", loss=20)}
    np.testing.assert_allclose([tinted[k] for k in range(1, 21)], flow["input_gradient"].values[0, 19, :20], rtol=1e-3)
    assert visitor.page.locator(".text .asked").inner_text() == text[20].replace(" ", "␣")
    box = visitor.page.locator(".matrix .area").bounding_box()
    visitor.received.clear()
    for t, k in ((10, 3), (25, 25), (27, 1)):
        visitor.page.mouse.move(box["x"] + (k - 0.5) / 28 * box["width"], box["y"] + (t - 0.5) / 27 * box["height"])
        shown = visitor.page.locator(".tip b")
        assert (shown.get_attribute("data-loss"), shown.get_attribute("data-t")) == (str(t), str(k))
        wanted = flow["hidden"].sel(layer=2, direction="forward", batch=1, loss_time=t, time=k).item()
        assert float(shown.get_attribute("data-value")) == pytest.approx(wanted, rel=1e-4)
    visitor.page.mouse.move(box["x"] + box["width"] - 4, box["y"] + 4)
    assert "comes after the loss" in visitor.page.locator(".tip").inner_text()
    assert not visitor.received, "hovering causes no rerun"


def test_the_chain_multiplies_out(visit):
    visitor = visit("/gradients?model=shakespeare-gru&loss=30&k=12")
    first = float(by(visitor, signal="logits_gradient")[0]["value"])
    factors = [float(n["value"]) for n in visitor.numbers() if n.get("stat") in ("factor", "factors", "factor-readout")]
    result = stat(visitor, "chain-result")
    assert first * math.prod(factors) == pytest.approx(result, rel=1e-6)
    flow = rnnviz.gradient_flow(rnnviz.zoo.load("shakespeare-gru"), MAN)["hidden"].sel(layer=2, direction="forward", batch=1)
    assert result == pytest.approx(flow.sel(loss_time=30, time=12).item(), rel=1e-4)
    visitor.page.get_by_role("button", name="The textbook case").click()
    visitor.settled()
    assert visitor.counter() == "k = 1 / 41"
    assert "loss=3" in visitor.page.url
    visitor = visit("/gradients?model=tiny-rnn&loss=3&k=1")
    visitor.page.get_by_text("The same product with every number in it").wait_for()
    assert visitor.page.locator(".katex").count() >= 1


def test_the_player_runs_backwards_without_a_rerun(visit):
    visitor = visit("/gradients?loss=30&k=30")
    visitor.received.clear()
    visitor.page.get_by_role("button", name="Go back from the loss").click()
    visitor.page.wait_for_timeout(1000)
    assert not visitor.received
    visitor.page.get_by_role("button", name="Pause").click()
    visitor.settled()
    k = int(visitor.counter().split()[2])
    assert 20 < k < 30
    expect(visitor.page.get_by_label("k (step)", exact=True)).to_have_value(str(k))
    visitor.page.locator("body").press("ArrowLeft")
    assert visitor.counter().startswith(f"k = {k - 1} /")
    visitor.page.locator(".panel.matrix").focus()
    visitor.page.keyboard.press("ArrowUp")
    visitor.settled()
    assert "loss=29" in visitor.page.url
    visitor.page.locator("body").press("End")
    visitor.settled()
    assert visitor.counter().startswith("k = 29 /"), "nothing lies behind the loss"


def test_one_slider_makes_the_rnn_explode(visit):
    visitor = visit("/gradients?view=experiment&radius=0.5")
    assert stat(visitor, "slope", series="rnn") < -0.1
    slider = visitor.page.get_by_role("slider", name="Spectral radius")
    slider.focus()
    for _ in range(20):
        slider.press("ArrowRight")
    visitor.settled()
    assert "radius=1.5" in visitor.page.url
    assert 0.01 < stat(visitor, "slope", series="rnn") < 0.2
    assert abs(stat(visitor, "slope", series="lstm")) < 0.02, "the LSTM with an open forget gate stays flat"
    made = Experiment(text=experiment.repeated(MAN, 100), cell="rnn", radius=1.5, keep_bias=5.0)
    wanted = decades_per_step(experiment.flow(made)["hidden"].values[0, 0, 0], 99)
    assert stat(visitor, "slope", series="rnn") == pytest.approx(wanted, rel=1e-3)
    assert "19" in visitor.page.locator(".held .chips").inner_text()
    visitor.page.get_by_role("button", name="All losses").click()
    assert stat(visitor, "slope", series="rnn") > 0


def test_infinity_is_shown_with_its_step_and_a_remedy(visit):
    visitor = visit("/gradients?view=experiment&act=relu&radius=2&length=300")
    assert "became ∞ at t =" in visitor.notice()
    assert visitor.page.locator(".odd").count() >= 1
    assert "not a finite number" in visitor.page.locator(".legend-row").inner_text()
    visitor.page.get_by_role("button", name="Set the spectral radius to 1").click()
    visitor.settled()
    assert "became" not in visitor.notice()
    assert visitor.page.locator(".odd").count() == 0


def test_clipping_shows_the_norms_before_and_after(visit):
    visitor = visit("/gradients?view=clip&net=trained&clipnorm=0.5", drawn=".rnnviz-totals")
    read = lambda name: float(visitor.page.locator(f'.rnnviz-totals [data-stat="{name}"]').get_attribute("data-value"))  # noqa: E731
    found = clipping.clip(clipping.parameter_gradients(rnnviz.zoo.load("shakespeare-lstm"), MAN), norm=0.5)
    assert read("norm-before") == pytest.approx(found.total_before, rel=1e-4)
    assert read("norm-after") == pytest.approx(0.5, rel=1e-4)
    visitor.page.get_by_text("by value", exact=True).click()
    visitor.settled()
    assert read("angle") > 1
    visitor.page.locator("canvas, svg.marks").first.wait_for()


def test_one_word_far_away(visit):
    home = visit("/gradients")
    home.page.get_by_text("far away", exact=True).click()
    home.page.get_by_role("table").wait_for()
    home.settled()
    cells = home.page.get_by_role("table").locator("td").all_inner_texts()
    sentence = long_range.Sentence(MAN, (5, 7), (37, 40))
    for row, name in enumerate(("rnn", "gru", "lstm")):
        found = long_range.influence(rnnviz.zoo.load(f"shakespeare-{name}"), [sentence])
        assert float(cells[4 * row + 1].replace("−", "-")) == pytest.approx(found["gradient"][0].item(), rel=0.01)
        assert float(cells[4 * row + 2].replace("−", "-")) == pytest.approx(found["occlusion"][0].item(), rel=0.02)
    home.page.get_by_role("button", name="Measure 120 sentences").click()
    home.page.locator('[data-testid="stVegaLiteChart"]').nth(1).wait_for(timeout=60_000)
    home.settled()
    assert "many=yes" in home.page.url


def test_occlusion_stands_beside_the_gradient(visit):
    visitor = visit("/gradients?model=tiny-gru&quantity=occlusion&text=Good%20morrow&loss=8&k=3")
    from rnnviz.occlusion import occlusion

    wanted = occlusion(rnnviz.zoo.load("tiny-gru"), "Good morrow")["occlusion"].sel(batch=1, loss_time=8, time=3).item()
    (found,) = by(visitor, signal="occlusion", loss=8, t=3)
    assert float(found["value"]) == pytest.approx(wanted, rel=1e-3)
    assert -1 <= stat(visitor, "rank-correlation") <= 1


def test_a_link_restores_everything(visit):
    first = visit("/gradients?view=experiment")
    first.page.get_by_role("radio", name="ReLU", exact=True).click()
    first.settled()
    first.page.get_by_role("slider", name="Bias of the gate").focus()
    first.page.keyboard.press("ArrowLeft")
    first.settled()
    click_matrix(first, 60, 20, 100, 99)
    first.page.mouse.move(5, 5)
    second = visit(first.page.url.removeprefix(first.address))
    one, two = (sorted((n["value"], n.get("signal", ""), n.get("stat", "")) for n in v.numbers()) for v in (first, second))
    assert one == two
    assert second.counter() == "k = 20 / 100"


def test_the_lower_layer_and_the_first_step_stay_in_the_link(visit):
    first = visit("/gradients?layer=1&loss=30&k=12&t=9")
    first.page.locator("body").press("Home")
    first.settled()
    again = visit(first.page.url.removeprefix(first.address))
    assert again.counter() == "k = 1 / 41"
    assert again.page.locator(".panel.matrix").get_attribute("data-layer") == "1"
    assert again.page.locator(".chain .formula").is_hidden(), "y does not follow from a lower layer's state alone"
    assert "In a lower layer" in again.page.locator(".reading").inner_text()


def test_a_loss_that_nobody_chose_is_the_last_one_of_every_text(visit):
    visitor = visit("/gradients?text=ab&model=tiny-gru")
    visitor.type("Good morrow")
    assert visitor.page.get_by_label("t (loss)", exact=True).input_value() == "10"
    visitor.look()
    field = visitor.page.get_by_label("t (loss)", exact=True)
    field.fill("6")
    field.press("Enter")
    visitor.settled().type("Good morrow to thee")
    assert visitor.page.get_by_label("t (loss)", exact=True).input_value() == "6"


def test_an_exact_zero_multiplies_out_to_zero(visit):
    visitor = visit("/gradients?model=tiny-gru&truncate=5&loss=20&k=3")
    assert stat(visitor, "chain-result") == 0
    assert not [n for n in visitor.numbers() if n["value"] == "NaN"]
    assert "0: nothing arrives" in visitor.page.locator(".legend-row").inner_text()


def test_nonsense_in_a_link_is_put_right(visit):
    visitor = visit("/gradients?loss=999&k=-3&view=foo&quantity=zzz&floor=9&truncate=x&layer=7&radius=abc")
    assert visitor.page.locator(".matrix canvas").count() == 1
    assert "loss = 999" in visitor.notice()
    assert "view = foo" in visitor.notice()


def test_files_hold_the_numbers_of_the_screen(visit):
    visitor = visit("/gradients?model=tiny-lstm&text=Good%20morrow&loss=9&k=4")
    (shown,) = by(visitor, signal="hidden", series="lstm", loss=9, t=4)
    with visitor.page.expect_download() as svg:
        visitor.page.get_by_role("button", name="Save SVG").click()
    text = svg.value.path().read_text()
    for part in ("Gradients", "Good␣morrow", "comes after the loss", "LSTM", "1e2"):
        assert part in text
    visitor.page.get_by_role("button", name="Export").click()
    with visitor.page.expect_download() as csv:
        visitor.page.get_by_role("button", name="This matrix as CSV").click()
    rows = [line.split(",") for line in csv.value.path().read_text().splitlines()]
    assert rows[0] == ["loss_time", "time", "hidden"]
    (value,) = [float(row[2]) for row in rows[1:] if row[:2] == ["9", "4"]]
    assert value == pytest.approx(float(shown["value"]), rel=1e-6)
    with visitor.page.expect_download() as nc:
        visitor.page.get_by_role("button", name="Gradients as netCDF").click()
    with xr.open_dataset(io.BytesIO(nc.value.path().read_bytes()), engine="h5netcdf") as data:
        assert data["hidden"].sel(layer=1, direction="forward", batch=1, loss_time=9, time=4).item() == pytest.approx(value, rel=1e-6)


def test_a_phone_scrolls_one_way_only(visit):
    visitor = visit("/gradients", width=390, height=844)
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= 390")
    assert visitor.page.locator(".matrix canvas").bounding_box()["width"] > 200
