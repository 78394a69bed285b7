"""`gradient_flow` and `saliency` against autograd. Every cell, depth, direction and dtype: see test_every_cell."""

from __future__ import annotations

import numpy as np
import oracle
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from networks import TORCH_CELLS, seeded, tensor

import rnnviz
from rnnviz import sweep
from rnnviz.cells import CELLS
from rnnviz.models import LanguageModel
from rnnviz.text import CharacterVocabulary


def square(y):
    return y.square().sum(-1)


@given(
    name=st.sampled_from([name for name, cell in CELLS.items() if cell.module]),
    hidden=st.integers(1, 5),
    layers=st.integers(1, 3),
    time=st.integers(1, 8),
    bidirectional=st.booleans(),
    seed=st.integers(0, 2**16),
)
def test_any_network_equals_autograd(name, hidden, layers, time, bidirectional, seed):
    module = seeded(lambda: TORCH_CELLS[name](2, hidden, layers, bidirectional=bidirectional).double(), seed)
    x = tensor(time, 2, seed=seed, dtype=torch.float64)
    flow = rnnviz.gradient_flow(module, x, square)
    for signal in {"hidden", "cell"} & set(flow):
        expected = oracle.gradient_norms(module, x, square, signal)
        np.testing.assert_allclose(flow[signal].values[:, :, 0], expected.numpy(), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_projection(bidirectional):
    module = seeded(lambda: torch.nn.LSTM(3, 6, 2, proj_size=4, bidirectional=bidirectional).double())
    x = tensor(7, 3, dtype=torch.float64)
    flow = rnnviz.gradient_flow(module, x, square)
    for signal in ("hidden", "cell"):
        assert oracle.relative(flow[signal].values[:, :, 0], oracle.gradient_norms(module, x, square, signal)) <= 1e-10


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("name", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("steps", [8, 3])  # three steps of three sequences: axes of equal length must not be mistaken
def test_padded_sequences_equal_each_alone(name, bidirectional, steps):
    module = seeded(lambda: TORCH_CELLS[name](3, 5, 2, bidirectional=bidirectional, batch_first=True).double())
    x, lengths = tensor(3, steps, 3, dtype=torch.float64), [steps, 1, 2]
    flow = rnnviz.gradient_flow(module, x, square, lengths=lengths)
    for signal in flow:
        for row, length in enumerate(lengths):
            alone = rnnviz.gradient_flow(module, x[row : row + 1, :length], square)[signal].values[:, :, 0]
            found = flow[signal].values[:, :, row]
            np.testing.assert_allclose(found[:, :, :length, :length], alone, rtol=1e-10, atol=1e-15)
            assert np.isnan(found[:, :, length:]).all()
            assert np.isnan(found[:, :, :, length:]).all()


def test_no_path_means_exactly_zero(lstm):
    flow = rnnviz.gradient_flow(lstm, tensor(1, 7, 3), square)
    later = np.triu(np.ones((7, 7), bool), k=1)
    for signal in flow:
        assert (flow[signal].values[..., later] == 0).all()
        assert (flow[signal].values[..., ~later] > 0).all()


def test_cell_path_is_the_product_of_forget_gates():
    module = seeded(lambda: torch.nn.LSTM(3, 5).double())
    x = tensor(7, 1, 3, dtype=torch.float64)
    trace, flow = rnnviz.record(module, x), rnnviz.gradient_flow(module, x, square)
    f, o, c, h = (trace[name].values[0, 0, 0] for name in ("forget_gate", "output_gate", "cell", "hidden"))
    for t in range(7):
        for k in range(t + 1):
            at_t = 2 * h[t] * o[t] * (1 - np.tanh(c[t]) ** 2)
            expected = np.linalg.norm(at_t * np.prod(f[k + 1 : t + 1], axis=0))
            assert flow["cell_path"].sel(layer=1, direction="forward", batch=1, loss_time=t + 1, time=k + 1).item() == pytest.approx(
                expected, rel=1e-12
            )


def test_a_forgetful_network_and_one_that_keeps():
    """The reason for the whole page: with forget gates at one the cell path does not shrink, with gates at zero it ends at once."""
    module = seeded(lambda: torch.nn.LSTM(3, 5).double())
    x = tensor(20, 1, 3, dtype=torch.float64)
    for bias, low, high in ((100.0, 0.999, 1.001), (-100.0, 0.0, 1e-30)):
        with torch.no_grad():
            module.bias_ih_l0[5:10] = bias
        path = rnnviz.gradient_flow(module, x, square)["cell_path"].values[0, 0, 0, 19]
        assert low <= path[0] / path[19] <= high


def test_blocks_of_losses_join_without_a_seam(lstm, monkeypatch):
    x = tensor(2, 7, 3)
    whole = rnnviz.gradient_flow(lstm, x, square)
    monkeypatch.setattr(sweep, "_BLOCK_BYTES", 1)
    piecewise = rnnviz.gradient_flow(lstm, x, square)
    for signal in whole:
        np.testing.assert_allclose(piecewise[signal].values, whole[signal].values, rtol=2e-6)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_saliency_equals_autograd(bidirectional):
    module = seeded(lambda: torch.nn.GRU(3, 5, 2, bidirectional=bidirectional, batch_first=True).double())
    x = tensor(2, 7, 3, dtype=torch.float64).requires_grad_()
    found = rnnviz.saliency(module, x.detach(), square)
    losses = square(module(x)[0])
    for row in range(2):
        for t in range(7):
            (gradient,) = torch.autograd.grad(losses[row, t], x, retain_graph=True)
            np.testing.assert_allclose(found["input_gradient"].values[row, t], gradient[row].norm(dim=-1), rtol=1e-10, atol=1e-14)
            product = (gradient[row] * x[row]).sum(-1).detach()
            np.testing.assert_allclose(found["gradient_times_input"].values[row, t], product, rtol=1e-10, atol=1e-14)


def test_a_language_model_is_asked_about_its_next_character():
    model = seeded(lambda: LanguageModel(CharacterVocabulary("abc "), "lstm", 5, layers=2, embedding=3)).double()
    text = "ab ca"
    flow = rnnviz.gradient_flow(model, text)
    ids = torch.tensor(model.vocabulary.encode(text).ids)
    signals, outputs = oracle.run(model.recurrent, model.embedding(ids))
    losses = torch.nn.functional.cross_entropy(model.readout(outputs[:-1]), ids[1:], reduction="none")
    for t in range(4):
        wanted = [signals[0][0][k]["hidden"] for k in range(t + 1)]
        for k, gradient in enumerate(torch.autograd.grad(losses[t], wanted, retain_graph=True)):
            found = flow["hidden"].sel(layer=1, direction="forward", batch=1, loss_time=t + 1, time=k + 1).item()
            assert found == pytest.approx(gradient.norm().item(), rel=1e-10)
    assert np.isnan(flow["hidden"].sel(loss_time=5).values).all()
    assert flow.tokens == tuple(text)


def test_a_frozen_module_flows_too(lstm):
    expected = rnnviz.gradient_flow(lstm, tensor(1, 7, 3), square)["hidden"].values
    lstm.requires_grad_(False)
    np.testing.assert_array_equal(rnnviz.gradient_flow(lstm, tensor(1, 7, 3), square)["hidden"].values, expected)


@pytest.mark.parametrize(
    ("loss", "error", "says"),
    [
        (None, TypeError, "loss: expected a function"),
        (lambda y: y, ValueError, r"loss: expected one loss a step, shape \(1, 7\)"),
        (lambda y: torch.zeros(1, 7), ValueError, "does not depend on the outputs"),
    ],
)
def test_bad_losses_are_named(lstm, loss, error, says):
    with pytest.raises(error, match=says):
        rnnviz.gradient_flow(lstm, tensor(1, 7, 3), loss)


def test_whatever_the_caller_has_switched_on(lstm):
    x = tensor(1, 7, 3)
    expected = rnnviz.gradient_flow(lstm, x, square)["hidden"].values
    for mode in (torch.inference_mode(), torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16)):
        with mode:
            np.testing.assert_array_equal(rnnviz.gradient_flow(lstm, x, square)["hidden"].values, expected)
            assert rnnviz.record(lstm, x).residual < 1e-6
