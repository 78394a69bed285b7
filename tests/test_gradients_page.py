"""The Gradients page without a browser: no traceback whatever is asked, and the payload holds the engine's numbers."""

from __future__ import annotations

import numpy as np
import pytest
from test_pages import notices, opened, shown

import rnnviz
from rnnviz import experiment
from rnnviz.experiment import Experiment
from rnnviz.figures.flow import triangle

VIEWS = ("flow", "experiment", "clip", "words")


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("text", ["", "a", "ab", "👋🏽 привет ñ", "x" * 500], ids=lambda text: text[:4] or "empty")
def test_any_text_in_any_view(view, text):
    app = opened("gradients", view=view, text=text, model="tiny-lstm")
    drawn = [e.proto.component_name for e in app.get("bidi_component") if e.proto.component_name == "rnnviz_flow"]
    assert drawn or app.get("vega_lite_chart") or app.get("arrow_vega_lite_chart") or app.table or app.info, "a picture, or a sentence"
    assert not app.error


def test_the_payload_holds_the_engine_s_numbers():
    app = opened("gradients", model="tiny-gru", text="Good morrow", loss=7, k=2)
    head, arrays = shown(app, "flow")
    assert (head["choice"]["unit"], head["choice"]["t"]) == (7, 2)
    assert [line["series"] for line in head["lines"]] == ["rnn", "gru", "lstm"]
    assert head["lines"][head["main"]]["series"] == "gru"
    for at, name in enumerate(("tiny-rnn", "tiny-gru", "tiny-lstm")):
        flow = rnnviz.gradient_flow(rnnviz.zoo.load(name), "Good morrow", with_input=True)
        np.testing.assert_array_equal(arrays[f"line{at}"], triangle(flow["hidden"].values[0, 0, 0]))
        assert head["lines"][at]["parameters"] == rnnviz.zoo.load(name).parameter_count
    assert "matrix" not in arrays, "the hidden state's matrix is the main line, and travels once"
    model = rnnviz.zoo.load("tiny-gru")
    np.testing.assert_array_equal(arrays["tint"], triangle(rnnviz.saliency(model, "Good morrow")["input_gradient"].values[0]))
    expected = rnnviz.record(model, "Good morrow")["probability"].values[0, 6].astype(float)
    expected[model.vocabulary.encode("o").ids[0]] -= 1  # “Good mo” is read, “r” came
    expected[model.vocabulary.encode("o").ids[0]] += 1
    expected[model.vocabulary.encode("r").ids[0]] -= 1
    assert arrays["at_logits"][6] == pytest.approx(np.linalg.norm(expected), rel=1e-5)
    assert ["4 units each", True] in head["held"]
    assert any("parameters" in text and not even for text, even in head["held"]), "unequal budgets are said to be unequal"


@pytest.mark.parametrize("quantity", ["cell", "cell_path", "state", "input_gradient", "gradient_times_input", "occlusion"])
def test_every_quantity_is_drawn(quantity):
    app = opened("gradients", model="tiny-lstm", text="Good morrow", quantity=quantity)
    head, arrays = shown(app, "flow")
    assert head["quantity"]["name"] == quantity
    assert np.isfinite(arrays["matrix"][: 10 * 11 // 2 - 9]).any()


def test_truncation_reaches_the_engine():
    app = opened("gradients", model="tiny-gru", text="Good morrow", truncate=4)
    _, arrays = shown(app, "flow")
    flow = rnnviz.gradient_flow(rnnviz.zoo.load("tiny-gru"), "Good morrow", truncate=4)["hidden"].values[0, 0, 0]
    np.testing.assert_array_equal(arrays["line1"], triangle(flow))
    assert (flow[9, :8] == 0).all()


def test_fresh_networks_of_equal_budget():
    app = opened(
        "gradients", view="experiment", radius=1.4, keep=3, act="relu", init="identity", depth=2, length=30, seed=5, cell="gru", layer=2
    )
    head, arrays = shown(app, "flow")
    assert len(head["tokens"]) == 30
    counts = [line["parameters"] for line in head["lines"]]
    assert max(counts) < 1.02 * min(counts)
    text = experiment.repeated(rnnviz.Recipe().text, 30)
    made = Experiment(text=text, cell="rnn-relu", radius=1.4, keep_bias=3.0, init="identity", layers=2, seed=5)
    np.testing.assert_array_equal(arrays["line0"], triangle(experiment.flow(made)["hidden"].values[1, 0, 0]))
    assert head["lines"][head["main"]]["series"] == "gru"


def test_a_changed_copy_of_the_trained_networks():
    app = opened("gradients", view="experiment", net="trained", model="tiny-lstm", gain=1.5, shift=-2, text="Good morrow")
    _, arrays = shown(app, "flow")
    made = Experiment("tiny-lstm", "Good morrow", gain=1.5, keep_bias=-2.0)
    np.testing.assert_array_equal(arrays["line2"], triangle(experiment.flow(made)["hidden"].values[0, 0, 0]))


@pytest.mark.parametrize(
    ("link", "says"),
    [
        ({"loss": 999}, "loss = 999"),
        ({"k": "x"}, "k = x"),
        ({"view": "foo"}, "view = foo"),
        ({"view": "experiment", "radius": "nan"}, "radius = nan"),
        ({"view": "experiment", "gain": 1}, ""),
        ({"view": "experiment", "depth": 9}, "depth = 9"),
        ({"quantity": "cell", "model": "tiny-gru"}, "quantity = cell"),
        ({"view": "words", "src": 99}, "src = 99"),
        ({"view": "clip", "clipnorm": -1}, "clipnorm"),
        ({"floor": "7"}, "floor = 7"),
    ],
)
def test_nonsense_in_links_is_put_right_and_said(link, says):
    assert says in notices(opened("gradients", **{"model": "tiny-gru", "text": "Good morrow", **link})).replace("\\", "")


def test_an_overflow_is_named_with_its_step():
    app = opened("gradients", view="experiment", act="relu", radius=2, length=300, text="abc")
    assert any("became ∞ at t =" in each.value for each in app.warning)
    assert any(button.label == "Set the spectral radius to 1" for button in app.button)
