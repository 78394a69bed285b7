"""Jacobians of one step and their products, against autograd's own and a singular value decomposition."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch
from networks import TORCH_CELLS, seeded, tensor

from rnnviz import jacobians
from rnnviz.cells import CELLS, State, Weights, stack
from rnnviz.jacobians import jacobian, largest_singular, running_product, step_jacobians


def expected(module, x, t, of):
    """d s_t / d s_{t-1} by torch.autograd.functional.jacobian through the cell's own step."""
    cell, memory = CELLS[NAME_OF[type(module), getattr(module, "nonlinearity", "")]], isinstance(module, torch.nn.LSTM)
    weights = Weights(*(p.detach() for p in (module.weight_ih_l0, module.weight_hh_l0, module.bias_ih_l0, module.bias_hh_l0)))
    zero = torch.zeros(module.hidden_size, dtype=x.dtype)
    state = State(zero, zero if memory else None)
    for step in range(t - 1):
        with torch.no_grad():
            state, _ = cell.step(weights, x[step], state)
    size = module.hidden_size

    def forward(s):
        now, _ = cell.step(weights, x[t - 1], State(s[:size], (s[size:] if of == "state" else state.cell) if memory else None))
        return torch.cat([part for part in now if part is not None]) if of == "state" else now.hidden

    whole = torch.cat([part for part in state if part is not None]) if of == "state" else state.hidden
    return torch.autograd.functional.jacobian(forward, whole)


NAME_OF = {(torch.nn.RNN, "tanh"): "rnn", (torch.nn.RNN, "relu"): "rnn-relu", (torch.nn.GRU, ""): "gru", (torch.nn.LSTM, ""): "lstm"}


@pytest.mark.parametrize("of", ["hidden", "state"])
@pytest.mark.parametrize("name", sorted(TORCH_CELLS))
def test_one_step_equals_autograd(name, of):
    module, x = seeded(lambda: TORCH_CELLS[name](3, 5).double()), tensor(6, 3, dtype=torch.float64)
    norms = step_jacobians(module, x, of=of)
    product = None
    for t in range(6, 0, -1):
        matrix = expected(module, x, t, of)
        np.testing.assert_allclose(jacobian(module, x, t, of=of).values, matrix, rtol=1e-10, atol=1e-14)
        assert norms["largest_singular"].sel(time=t).item() == pytest.approx(torch.linalg.svdvals(matrix)[0].item(), rel=1e-10)
        assert norms["spectral_radius"].sel(time=t).item() == pytest.approx(torch.linalg.eigvals(matrix).abs().max().item(), rel=1e-10)
        if product is not None:
            found = running_product(module, x, to=6, of=of)["largest_singular"].sel(time=t).item()
            assert found == pytest.approx(torch.linalg.svdvals(product)[0].item(), rel=1e-10)
        product = matrix if product is None else product @ matrix


def test_the_product_ends_where_it_was_asked_to():
    module, x = seeded(lambda: torch.nn.GRU(3, 5).double()), tensor(6, 3, dtype=torch.float64)
    found = running_product(module, x, to=4)["largest_singular"].values
    assert found[3] == 1.0
    assert np.isnan(found[4:]).all()
    whole = running_product(module, x[:4], to=4)["largest_singular"].values
    np.testing.assert_array_equal(found[:4], whole)


def test_the_backward_direction_comes_from_the_step_behind():
    module, x = seeded(lambda: torch.nn.GRU(3, 5, bidirectional=True).double()), tensor(6, 3, dtype=torch.float64)
    mirror = torch.nn.GRU(3, 5).double()
    mirror.load_state_dict(
        {name.removesuffix("_reverse"): value for name, value in module.state_dict().items() if name.endswith("_reverse")}
    )
    for t in (1, 4):
        found = jacobian(module, x, t, direction="backward").values
        np.testing.assert_allclose(found, jacobian(mirror, x.flip(0), 7 - t).values, rtol=1e-12)
    found = step_jacobians(module, x, direction="backward")["largest_singular"].values
    np.testing.assert_allclose(found, step_jacobians(mirror, x.flip(0))["largest_singular"].values[::-1], rtol=1e-12)


def test_the_most_that_a_step_lets_through_bounds_every_factor():
    """For the top layer, ‖∂L/∂s_{t-1}‖ <= σ_max(J_t) ‖∂L/∂s_t‖, and the running product bounds the whole way."""
    import rnnviz

    for name in sorted(TORCH_CELLS):
        module, x = seeded(lambda name=name: TORCH_CELLS[name](3, 5).double()), tensor(9, 3, dtype=torch.float64)
        flow = rnnviz.gradient_flow(module, x, lambda y: y.square().sum(-1))
        chain = flow["state" if "state" in flow else "hidden"].values[0, 0, 0]
        most = step_jacobians(module, x, of="state")["largest_singular"].values
        for t in range(9):
            product = running_product(module, x, to=t + 1, of="state")["largest_singular"].values
            for k in range(t):
                assert chain[t, k] <= most[k + 1] * chain[t, k + 1] * (1 + 1e-9)
                assert chain[t, k] <= product[k] * chain[t, t] * (1 + 1e-9)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("of", ["hidden", "state"])
@pytest.mark.parametrize("name", sorted(CELLS))
def test_without_writing_matrices_down_the_values_are_the_same(name, of, dtype, monkeypatch):
    module = seeded(lambda: stack(name, 3, 24, batch_first=True)).to(dtype)
    with torch.no_grad():
        module.weight_hh_l0.mul_(3)
    x = tensor(1, 9, 3, dtype=dtype)
    whole = step_jacobians(module, x, of=of)["largest_singular"].values
    monkeypatch.setattr(jacobians, "_SMALL", 0)
    found = step_jacobians(module, x, of=of, spectral_radius=False)["largest_singular"].values
    np.testing.assert_allclose(found, whole, rtol=1e-4 if dtype == torch.float32 else 1e-9, atol=1e-6)


def test_large_small_and_broken_matrices():
    matrices = torch.stack([torch.full((3, 3), 1e30), torch.full((3, 3), 1e-30), torch.zeros(3, 3), torch.full((3, 3), torch.nan)])
    found = largest_singular(matrices)
    np.testing.assert_allclose(found[:3], [3e30, 3e-30, 0], rtol=1e-5)
    assert found[3].isnan()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"layer": 3}, "layer: expected 1 to 2, got 3"),
        ({"direction": "backward"}, "direction: expected one of forward, got 'backward'"),
        ({"of": "cell"}, "of: expected 'hidden' or 'state', got 'cell'"),
        ({"time": 0}, "time: expected a step from 1 to 7, got 0"),
    ],
)
def test_places_that_are_not_there_are_named(lstm, options, says):
    with pytest.raises(ValueError, match=says):
        jacobian(lstm, tensor(1, 7, 3), **{"time": 1, **options})
    with pytest.raises(ValueError, match="inputs: expected one sequence, got a batch of 2"):
        step_jacobians(lstm, tensor(2, 7, 3))


def test_many_threads_may_ask_at_once():
    module = seeded(lambda: torch.nn.LSTM(3, 80).double())
    x = tensor(9, 3, dtype=torch.float64)
    wanted = step_jacobians(module, x, of="state", spectral_radius=False)["largest_singular"].values
    found, threads = [], []

    def ask():
        found.append(step_jacobians(module, x, of="state", spectral_radius=False)["largest_singular"].values)

    for _ in range(6):
        threads.append(threading.Thread(target=ask))
        threads[-1].start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    for each in found:
        np.testing.assert_array_equal(each, wanted)


@pytest.mark.parametrize("bias", [-60.0, 60.0])
def test_vanishing_jacobians_are_small_numbers_not_zero(bias):
    """A sigmoid driven far into its flat end: slopes of 1e-26, whose squares no float32 holds."""
    module = seeded(lambda: stack("rnn-sigmoid", 3, 96, batch_first=True))
    with torch.no_grad():
        module.bias_ih_l0.fill_(bias)
    x = tensor(1, 5, 3)
    found = step_jacobians(module, x, spectral_radius=False)["largest_singular"].values
    np.testing.assert_allclose(found, step_jacobians(module, x)["largest_singular"].values, rtol=1e-4)
    assert bias > 0 or (found > 0).all()


def test_a_state_that_is_no_number_has_no_jacobian():
    module = seeded(lambda: torch.nn.RNN(3, 4, nonlinearity="relu", bias=False))
    with torch.no_grad():
        module.weight_hh_l0.mul_(1e30)
    found = step_jacobians(module, tensor(9, 3).abs())["largest_singular"].values
    assert np.isnan(found[-1])


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_half_precision_is_measured_too(dtype):
    module, x = seeded(lambda: torch.nn.GRU(3, 6)).to(dtype), tensor(5, 3).to(dtype)
    found = step_jacobians(module, x)
    assert np.isfinite(found["largest_singular"].values).all()
    assert np.isfinite(found["spectral_radius"].values).all()
