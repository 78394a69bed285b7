"""The promises that every registered cell keeps. A new cell is tested by being registered; nothing here names one."""

from __future__ import annotations

import math

import numpy as np
import oracle
import pytest
import torch
from networks import SHAPES, TORCH_CELLS, seeded, tensor

import rnnviz
from rnnviz.anatomy import anatomy
from rnnviz.cells import CELLS, State, stack
from rnnviz.figures.formula import evaluate, tree

CASES = [pytest.param(name, *shape, id=f"{name}-{shape[0]}-{'bi' if shape[1] else 'uni'}-{'bf' if shape[2] else 'tf'}-{str(shape[3])[-7:]}")
         for name in CELLS for shape in SHAPES if CELLS[name].module or not shape[1]]  # fmt: skip
TOLERANCE = {torch.float32: 1e-6, torch.float64: 1e-12}
GRADIENT_TOLERANCE = {torch.float32: 1e-6, torch.float64: 1e-10}


def network(name, layers, bidirectional, batch_first, dtype, **options):
    if CELLS[name].module is None:
        return seeded(lambda: stack(name, 3, 5, layers, batch_first=batch_first, **options)).to(dtype)
    return seeded(lambda: TORCH_CELLS[name](3, 5, layers, bidirectional=bidirectional, batch_first=batch_first, dtype=dtype, **options))


def batch(batch_first, dtype, seed=1):
    x = tensor(2, 7, 3, seed=seed, dtype=dtype)
    return x if batch_first else x.transpose(0, 1)


@pytest.mark.parametrize(("name", "layers", "bidirectional", "batch_first", "dtype"), CASES)
def test_record_equals_torch(name, layers, bidirectional, batch_first, dtype):
    module = network(name, layers, bidirectional, batch_first, dtype)
    x = batch(batch_first, dtype)
    trace = rnnviz.record(module, x)
    with torch.no_grad():
        outputs, final = module(x)
        outputs = outputs if batch_first else outputs.transpose(0, 1)
    top = torch.cat([torch.tensor(trace["hidden"].isel(layer=-1, direction=d).values) for d in range(1 + bidirectional)], dim=-1)
    assert oracle.relative(top, outputs) <= TOLERANCE[dtype]
    finals = final if isinstance(final, tuple) else (final,)
    for state, signal in zip(finals, ("hidden", "cell"), strict=False):
        rows = state.view(layers, 1 + bidirectional, 2, -1)
        for direction, last in ((0, -1), (1, 0))[: 1 + bidirectional]:
            found = torch.tensor(trace[signal].isel(direction=direction, time=last).values)
            assert oracle.relative(found, rows[:, direction]) <= TOLERANCE[dtype]
    assert trace.residual <= TOLERANCE[dtype]
    assert trace.residual > 0 or name.startswith("rnn"), "a residual that is never above zero proves nothing"
    assert trace["hidden"].dtype == str(dtype).removeprefix("torch.")


@pytest.mark.parametrize(("name", "layers", "bidirectional", "batch_first", "dtype"), CASES)
def test_every_signal_equals_the_documented_equations(name, layers, bidirectional, batch_first, dtype):
    if CELLS[name].module is None:
        pytest.skip("torch documents no such cell")
    module = network(name, layers, bidirectional, batch_first, dtype)
    x = batch(batch_first, dtype)
    trace = rnnviz.record(module, x)
    assert set(trace) == {signal.name for signal in CELLS[name].signals} == set(CELLS[name].equations)
    for row in range(2):
        with torch.no_grad():
            signals, _ = oracle.run(module, x[row] if batch_first else x[:, row])
        for signal in trace:
            expected = torch.stack([torch.stack([torch.stack([s[signal] for s in steps]) for steps in both]) for both in signals])
            assert oracle.relative(trace[signal].values[:, :, row], expected) <= TOLERANCE[dtype], signal


@pytest.mark.parametrize(("name", "layers", "bidirectional", "batch_first", "dtype"), CASES)
def test_gradient_flow_equals_autograd(name, layers, bidirectional, batch_first, dtype):
    if CELLS[name].module is None:
        pytest.skip("see test_gradient_flow_equals_autograd_through_its_own_steps")
    module = network(name, layers, bidirectional, batch_first, dtype)
    x = batch(batch_first, dtype)
    weights = tensor((1 + bidirectional) * 5, seed=3, dtype=dtype)
    loss = lambda y: (y * weights).tanh().sum(-1) + y.square().sum(-1)  # noqa: E731
    flow = rnnviz.gradient_flow(module, x, loss)
    assert flow["hidden"].dims == ("layer", "direction", "batch", "loss_time", "time")
    for row in range(2):
        for signal in {"hidden", "cell"} & set(flow):
            expected = oracle.gradient_norms(module, x[row] if batch_first else x[:, row], loss, signal)
            assert oracle.relative(flow[signal].values[:, :, row], expected) <= GRADIENT_TOLERANCE[dtype], signal


@pytest.mark.parametrize("name", CELLS)
def test_gates_serve_one_step_and_a_whole_batch_alike(name):
    cell, module = CELLS[name], stack(name, 3, 5)
    weights = rnnviz.cells.Weights(module.weight_ih_l0, module.weight_hh_l0, module.bias_ih_l0, module.bias_hh_l0)
    x, h = tensor(4, 2, 3), tensor(4, 2, 5, seed=1)
    with torch.no_grad():
        together = cell.gates(weights, x, h)
        for t in range(4):
            for b in range(2):
                alone = cell.gates(weights, x[t, b], h[t, b])
                for gate, value in alone.items():
                    torch.testing.assert_close(value, together[gate][t, b], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", CELLS)
def test_step_equals_record(name):
    module = stack(name, 3, 5, batch_first=True)
    weights = rnnviz.cells.Weights(module.weight_ih_l0, module.weight_hh_l0, module.bias_ih_l0, module.bias_hh_l0)
    x, cell = tensor(1, 6, 3), CELLS[name]
    trace = rnnviz.record(module, x)
    state = State(torch.zeros(5), torch.zeros(5) if cell.has_cell_state else None)
    for t in range(6):
        with torch.no_grad():
            state, signals = cell.step(weights, x[0, t], state)
        assert set(signals) == set(trace)
        for signal, value in signals.items():
            torch.testing.assert_close(
                torch.tensor(trace[signal].isel(layer=0, direction=0, batch=0, time=t).values), value, rtol=1e-5, atol=1e-6
            )


@pytest.mark.parametrize("name", CELLS)
def test_adjoint_equals_autograd(name):
    """One step back, for several pending losses at once, against autograd through `step`."""
    cell, module = CELLS[name], stack(name, 3, 5).double()
    weights = rnnviz.cells.Weights(*(p.detach() for p in (module.weight_ih_l0, module.weight_hh_l0, module.bias_ih_l0, module.bias_hh_l0)))
    make = lambda size, seed: tensor(2, size, seed=seed, dtype=torch.float64).requires_grad_()  # noqa: E731
    x, h, c = make(3, 1), make(5, 2), make(5, 3) if cell.has_cell_state else None
    state, signals = cell.step(weights, x, State(h, c))
    pending = tensor(4, 2, 5, seed=4, dtype=torch.float64)
    pending_cell = tensor(4, 2, 5, seed=5, dtype=torch.float64) if c is not None else None
    known = {**signals, "previous_hidden": h, **({"previous_cell": c} if c is not None else {})}
    with torch.no_grad():
        found = cell.adjoint(weights, cell.slopes(weights, known), pending, pending_cell, with_input=True)
    for row in range(4):
        target = (state.hidden * pending[row]).sum() + (0 if c is None else (state.cell * pending_cell[row]).sum())
        expected = torch.autograd.grad(target, [x, h] + ([c] if c is not None else []), retain_graph=True)
        for value, wanted in zip((found.input, found.hidden, found.cell), expected, strict=False):
            torch.testing.assert_close(value[row], wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", CELLS)
def test_values_stay_in_their_valid_range(name):
    trace = rnnviz.record(stack(name, 3, 5, 2), 30 * tensor(40, 2, 3))
    for signal in CELLS[name].signals:
        low, high = signal.valid_range or (-math.inf, math.inf)
        values = trace[signal.name].values
        assert values.min() >= low
        assert values.max() <= high
        assert trace[signal.name].attrs["kind"] == signal.kind


@pytest.mark.parametrize("name", CELLS)
def test_equations_name_the_signal_they_define(name):
    for signal in CELLS[name].signals:
        assert CELLS[name].equations[signal.name].startswith(f"{signal.symbol}_t =")


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_formulas_with_numbers_filled_in_give_what_is_recorded(name, bidirectional):
    """What pages print: weight times value, term by term, then the formulas, in float64, for every unit and step."""
    cell = CELLS[name]
    if bidirectional and cell.module is None:
        pytest.skip("our own stack runs forward")
    options = {"bidirectional": True} if bidirectional else {}
    module, x = seeded(lambda: stack(name, 3, 5, 2, batch_first=True, **options)), tensor(1, 7, 3, seed=1)
    trace = rnnviz.record(module, x)
    assert list(cell.formulas) == [signal.name for signal in cell.signals] == list(trace)
    assert len(set(cell.letters)) == cell.blocks
    known = {"sigmoid": lambda v: 1 / (1 + np.exp(-v)), "tanh": np.tanh, "relu": lambda v: np.maximum(v, 0), "__builtins__": {}}
    for layer in (1, 2):
        for direction in trace.directions:
            for unit in range(1, 6):
                values = anatomy(module, x, trace, layer=layer, direction=direction, unit=unit).operands()
                for signal, formula in cell.formulas.items():
                    values[signal] = eval(formula, known, values)
                    assert evaluate(tree(formula), values) == pytest.approx(values[signal], abs=1e-12)
                    recorded = trace[signal].sel(layer=layer, direction=direction, batch=1, unit=unit).values
                    assert values[signal] == pytest.approx(recorded, abs=2e-6), (signal, layer, direction, unit)


@pytest.mark.parametrize("name", CELLS)
def test_gradient_flow_equals_autograd_through_its_own_steps(name):
    """The only oracle for a cell that torch does not have."""
    cell, module = CELLS[name], stack(name, 3, 5).double()
    weights = rnnviz.cells.Weights(module.weight_ih_l0, module.weight_hh_l0, module.bias_ih_l0, module.bias_hh_l0)
    x = tensor(6, 1, 3, dtype=torch.float64)
    zero = torch.zeros(1, 5, dtype=torch.float64)
    state, hidden = State(zero, zero if cell.has_cell_state else None), []
    for x_t in x:
        state, _ = cell.step(weights, x_t, state)
        hidden.append(state.hidden)
    flow = rnnviz.gradient_flow(module, x, lambda y: y.square().sum(-1))["hidden"].values[0, 0, 0]
    for t in range(6):
        for k, gradient in enumerate(torch.autograd.grad(hidden[t].square().sum(), hidden[: t + 1], retain_graph=True)):
            assert flow[t, k] == pytest.approx(gradient.norm().item(), rel=1e-10)
