"""What a unit is made of, the chain that turns into a loop, and the formulas' trees."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from networks import seeded, tensor

import rnnviz
from rnnviz.anatomy import anatomy
from rnnviz.chain import chain
from rnnviz.figures.cell import cell_picture
from rnnviz.figures.formula import names, tree


def taken_apart(model="shakespeare-lstm", text="What now?", **place):
    network = rnnviz.zoo.load(model)
    trace = rnnviz.record(network, text)
    return network, trace, anatomy(network, text, trace, **place)


@pytest.mark.parametrize("layer", [1, 2])
def test_weights_and_inputs_are_the_networks(layer):
    network, trace, found = taken_apart(layer=layer, unit=7)
    lstm = network.recurrent
    rows = [6 + block * lstm.hidden_size for block in range(4)]
    suffix = f"_l{layer - 1}"
    assert (found.input_weights == getattr(lstm, "weight_ih" + suffix)[rows].numpy()).all()
    assert (found.hidden_weights == getattr(lstm, "weight_hh" + suffix)[rows].numpy()).all()
    assert (found.input_bias == getattr(lstm, "bias_ih" + suffix)[rows].numpy()).all()
    assert found.letters == ("i", "f", "g", "o")
    expected = (
        network.embedding(torch.tensor(network.vocabulary.encode("What now?").ids)) if layer == 1 else trace["hidden"].values[0, 0, 0]
    )
    assert (found.inputs == np.asarray(expected)).all()
    assert (found.previous["cell"][0] == 0).all()
    assert (found.previous["cell"][3] == trace["cell"].sel(layer=layer, time=3).values[0, 0]).all()


def test_the_backward_direction_looks_the_other_way():
    module, x = seeded(lambda: torch.nn.GRU(3, 4, bidirectional=True)), tensor(6, 1, 3)
    trace = rnnviz.record(module, x)
    found = anatomy(module, x, trace, direction="backward", unit=2)
    assert (found.previous["hidden"][-1] == 0).all()
    assert (found.previous["hidden"][2] == trace["hidden"].sel(direction="backward", time=4).values[0, 0]).all()


def test_largest_terms_and_the_rest_make_the_sum():
    _, trace, found = taken_apart(unit=3)
    picture = cell_picture(trace, found)
    for terms, weights, values in (
        (picture.h_terms, found.hidden_weights, found.previous["hidden"]),
        (picture.x_terms, found.input_weights, found.inputs),
    ):
        products = weights[:, None] * values[None]
        assert terms.of == products.shape[-1]
        shown = terms.weight * terms.value
        assert (np.diff(np.abs(shown), axis=-1) <= 1e-9).all(), "the largest first"
        taken = np.take_along_axis(products, terms.place.astype(int) - 1, axis=-1)
        assert shown == pytest.approx(taken, abs=1e-7)
        left = np.sort(np.abs(products), axis=-1)[..., : -terms.place.shape[-1]]
        assert (np.abs(shown).min(axis=-1) >= left.max(axis=-1) - 1e-7).all()


def test_few_units_come_with_every_weight():
    network, trace, found = taken_apart("tiny-gru", unit=2)
    picture = cell_picture(trace, found, input_names=network.vocabulary.tokens)
    gru = network.recurrent
    assert (picture.matrices["U"].reshape(12, 4) == gru.weight_hh_l0.numpy()).all()
    for t, token in enumerate("What now?"):
        column = gru.weight_ih_l0[:, network.vocabulary.tokens.index(token)].view(3, 4)
        assert picture.matrices["Wx"][:, t] == pytest.approx(column.numpy())
    assert picture.inputs[network.vocabulary.tokens.index(" ")] == "␣"
    assert cell_picture(*taken_apart()[1:]).matrices == {}


@pytest.mark.parametrize(
    ("place", "says"),
    [({"layer": 3}, "layer=3"), ({"unit": 0}, "unit=0"), ({"unit": 999}, "unit=999"), ({"direction": "backward"}, "'backward'")],
)
def test_a_place_that_is_not_there_is_named(place, says):
    with pytest.raises(ValueError, match=f"place: .*{says}.* is not in this network"):
        taken_apart(**place)


def test_what_cannot_be_taken_apart_is_said():
    module, x = torch.nn.LSTM(3, 4, proj_size=2), tensor(5, 1, 3)
    with pytest.raises(ValueError, match="projected"):
        anatomy(module, x, rnnviz.record(module, x))
    plain = torch.nn.LSTM(3, 4)
    with pytest.raises(ValueError, match="got a batch of 2"):
        anatomy(plain, tensor(5, 2, 3), rnnviz.record(plain, x))
    with pytest.raises(ValueError, match="4 timesteps, the trace has 5"):
        anatomy(plain, tensor(4, 1, 3), rnnviz.record(plain, x))


# the chain


def test_a_chain_with_one_set_of_weights_is_the_rnn():
    model = rnnviz.zoo.load("tiny-rnn")
    found = chain(model, "To be, or not")
    assert found.hidden == pytest.approx(rnnviz.record(model, "To be, or not")["hidden"].values[0, 0, 0], abs=1e-6)
    assert (found.weights == model.recurrent.weight_hh_l0.numpy()).all()
    assert found.parameters == sum(p.numel() for p in model.recurrent.parameters())


def test_a_chain_of_its_own_weights_is_feed_forward():
    model = rnnviz.zoo.load("tiny-rnn")
    make = lambda: chain(model, "To be", generator=torch.Generator().manual_seed(3))  # noqa: E731
    found = make()
    assert found.parameters == 5 * chain(model, "To be").parameters
    assert len({layer.tobytes() for layer in found.weights}) == 5
    assert (np.abs(found.weights) <= 0.5).all()
    assert (make().hidden == found.hidden).all()


def test_a_chain_is_made_from_a_plain_rnn():
    with pytest.raises(ValueError, match="this is a GRU"):
        chain(rnnviz.zoo.load("tiny-gru"), "a")


# formulas


def test_a_formula_is_a_tree():
    assert tree("a * b + tanh(c) + 2") == ["+", ["*", "a", "b"], ["tanh", "c"], 2]
    assert tree("(1 - z) * n + z * h") == ["+", ["*", ["-", 1, "z"], "n"], ["*", "z", "h"]]
    assert names(tree("(1 - z) * n + z * h")) == ["z", "n", "h"]


@pytest.mark.parametrize("formula", ["a ** b", "__import__('os')", "a.b", "exp(a)", "tanh(a, b)", "'a'", "a if b else c"])
def test_what_is_no_formula_is_refused(formula):
    with pytest.raises(ValueError, match="is not a name, a number"):
        tree(formula)
