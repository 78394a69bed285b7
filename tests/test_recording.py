"""`record` against torch itself: every form of input, and nothing of the module changed."""

from __future__ import annotations

import threading

import numpy as np
import oracle
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from networks import TORCH_CELLS, seeded, tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import rnnviz
from rnnviz.cells import CELLS


def top(trace):
    """The top layer's outputs (batch, time, features), directions side by side."""
    return torch.cat(
        [torch.tensor(trace["hidden"].isel(layer=-1, direction=d).values) for d in range(trace["hidden"].sizes["direction"])], -1
    )


def test_the_contract():
    lstm = seeded(lambda: torch.nn.LSTM(32, 64, num_layers=2, bidirectional=True, batch_first=True))
    trace = rnnviz.record(lstm, tensor(1, 20, 32))
    forget = trace["forget_gate"]
    assert forget.dims == ("layer", "direction", "batch", "time", "unit")
    assert forget.shape == (2, 2, 1, 20, 64)
    assert forget.attrs["kind"] == "gate"
    assert set(trace.dataset) == {"input_gate", "forget_gate", "candidate", "output_gate", "cell", "hidden"}
    assert list(forget["layer"].values) == [1, 2]
    assert list(forget["direction"].values) == ["forward", "backward"]
    assert forget["time"].values[0] == forget["unit"].values[0] == 1
    assert isinstance(trace.residual, float)
    assert 0 < trace.residual < 1e-6


def test_a_value_at_a_named_place(lstm):
    """Axes cannot be swapped unnoticed: each has its own length and one value is looked up by hand."""
    x = tensor(2, 7, 3)
    trace = rnnviz.record(lstm, x)
    with torch.no_grad():
        signals, _ = oracle.run(lstm, x[1])
    found = trace["input_gate"].sel(layer=2, direction="forward", batch=2, time=6, unit=4).item()
    assert found == pytest.approx(float(signals[1][0][5]["input_gate"][3]), rel=1e-6)


@pytest.mark.parametrize("name", [name for name, cell in CELLS.items() if cell.module])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_lengths_equal_packing(name, bidirectional):
    module = seeded(lambda: TORCH_CELLS[name](3, 5, 2, bidirectional=bidirectional, batch_first=True))
    x, lengths = tensor(4, 9, 3), [9, 1, 4, 6]
    x[1, 1:] = torch.nan  # what lies in the padding must not matter
    packed = pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
    trace = rnnviz.record(module, x, lengths=lengths)
    with torch.no_grad():
        expected, _ = pad_packed_sequence(module(packed)[0], batch_first=True)
    outputs = top(trace)
    for row, length in enumerate(lengths):
        assert oracle.relative(outputs[row, :length], expected[row, :length]) <= 1e-6
        for signal in trace:
            values = trace[signal].isel(batch=row).values
            assert np.isfinite(values[:, :, :length]).all()
            assert np.isnan(values[:, :, length:]).all()
    again = rnnviz.record(module, packed)
    for signal in trace:
        np.testing.assert_array_equal(again[signal].values, trace[signal].values)
    assert trace.residual < 1e-6


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("layers", [1, 2])
def test_projection(bidirectional, layers):
    module = seeded(lambda: torch.nn.LSTM(3, 6, layers, proj_size=4, bidirectional=bidirectional))
    x = tensor(7, 2, 3)
    trace = rnnviz.record(module, x)
    assert trace["hidden"].dims[-1] == "projection"
    assert trace["hidden"].sizes["projection"] == 4
    assert trace["cell"].sizes["unit"] == 6
    with torch.no_grad():
        assert oracle.relative(top(trace), module(x)[0].transpose(0, 1)) <= 1e-6
    assert trace.residual < 1e-6


@pytest.mark.parametrize("name", [name for name, cell in CELLS.items() if cell.module])
def test_without_bias_unbatched_and_with_an_initial_state(name):
    module = seeded(lambda: TORCH_CELLS[name](3, 5, 2, bias=False, bidirectional=True))
    x, h, c = tensor(7, 3), tensor(4, 5, seed=1), tensor(4, 5, seed=2)
    state = (h, c) if name == "lstm" else h
    trace = rnnviz.record(module, x, state=state)
    with torch.no_grad():
        outputs, _ = module(x, state)
        signals, _ = oracle.run(module, x, h, c)
    assert oracle.relative(top(trace)[0], outputs) <= 1e-6
    for signal in trace:
        expected = torch.stack([torch.stack([torch.stack([s[signal] for s in steps]) for steps in both]) for both in signals])
        assert oracle.relative(trace[signal].values[:, :, 0], expected) <= 1e-6


@given(
    name=st.sampled_from([name for name, cell in CELLS.items() if cell.module]),
    inputs=st.integers(1, 4),
    hidden=st.integers(1, 6),
    layers=st.integers(1, 3),
    time=st.integers(1, 12),
    batch=st.integers(1, 3),
    bidirectional=st.booleans(),
    batch_first=st.booleans(),
    seed=st.integers(0, 2**16),
)
def test_any_network_equals_torch(name, inputs, hidden, layers, time, batch, bidirectional, batch_first, seed):
    module = seeded(lambda: TORCH_CELLS[name](inputs, hidden, layers, bidirectional=bidirectional, batch_first=batch_first).double(), seed)
    x = tensor(batch, time, inputs, seed=seed, dtype=torch.float64)
    trace = rnnviz.record(module, x if batch_first else x.transpose(0, 1))
    with torch.no_grad():
        outputs = module(x if batch_first else x.transpose(0, 1))[0]
    torch.testing.assert_close(top(trace), outputs if batch_first else outputs.transpose(0, 1), rtol=1e-12, atol=1e-14)
    assert trace.residual <= 1e-13 * max(1, float(outputs.abs().max()))


def test_long_input_is_cut_into_blocks_without_a_seam():
    module = seeded(lambda: torch.nn.LSTM(3, 128))
    x = tensor(700, 2, 3)  # blocks of 128 steps at this size
    trace = rnnviz.record(module, x)
    with torch.no_grad():
        signals, _ = oracle.run(module, x[:, 1])
    for signal in trace:
        assert oracle.relative(trace[signal].values[0, 0, 1], torch.stack([s[signal] for s in signals[0][0]])) <= 2e-6


def test_the_module_is_left_as_it_was(lstm):
    lstm.train()
    lstm.dropout = 0.5
    for parameter in lstm.parameters():
        parameter.grad = torch.ones_like(parameter)
    before = {name: value.clone() for name, value in lstm.state_dict().items()}
    flags = [p.requires_grad for p in lstm.parameters()]
    random = torch.get_rng_state()
    calls = []
    handle = lstm.register_forward_hook(lambda *_: calls.append(1))
    rnnviz.record(lstm, tensor(2, 7, 3))
    rnnviz.gradient_flow(lstm, tensor(2, 7, 3), lambda y: y.sum(-1))
    handle.remove()
    assert lstm.training
    assert not calls
    assert flags == [p.requires_grad for p in lstm.parameters()]
    assert all(bool((p.grad == 1).all()) for p in lstm.parameters())
    assert all(torch.equal(before[name], value) for name, value in lstm.state_dict().items())
    assert torch.equal(random, torch.get_rng_state())
    assert torch.is_grad_enabled()


def test_dropout_is_off_while_recording():
    module = seeded(lambda: torch.nn.LSTM(3, 5, 2, dropout=0.9)).train()
    x = tensor(7, 2, 3)
    trace = rnnviz.record(module, x)
    with torch.no_grad():
        assert oracle.relative(top(trace), module.eval()(x)[0].transpose(0, 1)) <= 1e-6


def test_many_threads_record_one_module(lstm):
    x = tensor(2, 7, 3)
    expected = rnnviz.record(lstm, x)["hidden"].values
    wrong = []

    def work():
        for _ in range(40):
            if not np.array_equal(rnnviz.record(lstm, x)["hidden"].values, expected):
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_the_residual_is_computed(lstm, monkeypatch):
    """With a wrong equation the proof must fail."""
    cell = CELLS["lstm"]
    original = type(cell).states
    monkeypatch.setattr(type(cell), "states", lambda *a: {k: v + 0.25 for k, v in original(*a).items()})
    assert rnnviz.record(lstm, tensor(2, 7, 3)).residual == pytest.approx(0.25, rel=1e-5)


def test_a_relu_network_that_explodes_is_recorded():
    module = seeded(lambda: torch.nn.RNN(3, 5, nonlinearity="relu"))
    with torch.no_grad():
        module.weight_hh_l0.fill_(50)
    trace = rnnviz.record(module, tensor(60, 1, 3).abs())
    assert np.isinf(trace["hidden"].values).any()


def test_padding_that_would_overflow_is_no_error():
    module = seeded(lambda: torch.nn.RNN(3, 8, nonlinearity="relu"))
    with torch.no_grad():
        module.weight_hh_l0.copy_(3 * torch.eye(8))
    assert rnnviz.record(module, tensor(200, 2, 3).abs(), lengths=[3, 3]).residual < 1e-5


def test_bounds_are_only_claimed_where_they_hold():
    module = seeded(lambda: torch.nn.GRU(3, 5))
    assert rnnviz.record(module, tensor(7, 2, 3))["hidden"].attrs["valid_range"] == (-1.0, 1.0)
    trace = rnnviz.record(module, tensor(7, 2, 3), state=torch.full((1, 2, 5), 5.0))
    assert trace["hidden"].values.max() > 1
    assert "valid_range" not in trace["hidden"].attrs


def test_a_parametrized_module_is_read_without_being_changed():
    module = seeded(lambda: torch.nn.LSTM(3, 5)).train()
    torch.nn.utils.parametrizations.spectral_norm(module, "weight_hh_l0")
    before = {name: value.clone() for name, value in module.state_dict().items()}
    trace = rnnviz.record(module, tensor(7, 1, 3))
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    with torch.no_grad():
        assert oracle.relative(top(trace), module.eval()(tensor(7, 1, 3))[0].transpose(0, 1)) <= 1e-6


def test_weights_made_by_a_hook_are_refused():
    """Read as they lie they would be stale after a training step, and the proof false."""
    module = torch.nn.LSTM(3, 5)
    torch.nn.utils.prune.random_unstructured(module, "weight_hh_l0", 0.5)
    with pytest.raises(TypeError, match="make them permanent first"):
        rnnviz.record(module, tensor(7, 1, 3))
    torch.nn.utils.prune.remove(module, "weight_hh_l0")
    assert rnnviz.record(module, tensor(7, 1, 3)).residual < 1e-6


class Doubled(torch.nn.LSTM):
    def forward(self, *args):
        outputs, state = super().forward(*args)
        return 2 * outputs, state


BAD = [
    (lambda m, x: rnnviz.record(Doubled(3, 5), x), TypeError, "has a forward of its own"),
    (lambda m, x: rnnviz.record(torch.nn.LSTM(3, 5, device="meta"), x), ValueError, "meta device"),
    (lambda m, x: rnnviz.record(m, x.to_sparse()), TypeError, "inputs: expected a dense tensor"),
    (lambda m, x: rnnviz.record(m, torch.nn.utils.rnn.pack_sequence([x[0, :, 0]])), ValueError, "inputs: expected packed steps"),
    (lambda m, x: rnnviz.record(m, x, state=(torch.full((2, 2, 5), torch.nan), torch.zeros(2, 2, 5))), ValueError, "state: h_0 holds"),
    (lambda m, x: rnnviz.record("lstm", x), TypeError, "network: expected nn.GRU, nn.LSTM, nn.RNN"),
    (lambda m, x: rnnviz.record(torch.nn.Sequential(m), x), TypeError, "it holds one at '0'"),
    (lambda m, x: rnnviz.record(m, [1.0]), TypeError, "inputs: expected a torch.Tensor"),
    (lambda m, x: rnnviz.record(m, x[..., :2]), ValueError, "the last axis has 2 values, the network takes 3"),
    (lambda m, x: rnnviz.record(m, x[0, 0]), ValueError, "inputs: expected 2 axes"),
    (lambda m, x: rnnviz.record(m, x[:, :0]), ValueError, "no step to run"),
    (lambda m, x: rnnviz.record(m, x.double()), ValueError, "torch.float64"),
    (lambda m, x: rnnviz.record(m, x.index_fill(1, torch.tensor([4]), torch.nan)), ValueError, "batch 1, time 5 is not finite"),
    (lambda m, x: rnnviz.record(m, x, lengths=[8, 1]), ValueError, "lengths: they go from 1 to 8, expected 1 to 7"),
    (lambda m, x: rnnviz.record(m, x, lengths=[3]), ValueError, "lengths: expected 2 whole numbers"),
    (lambda m, x: rnnviz.record(m, x, lengths="ab"), TypeError, "lengths"),
    (lambda m, x: rnnviz.record(m, x, lengths=[2.5, 1.0]), ValueError, "lengths: expected 2 whole numbers"),
    (lambda m, x: rnnviz.record(m, x, state=torch.zeros(2, 2, 5)), TypeError, r"state: LSTM takes a tuple \(h_0, c_0\)"),
    (lambda m, x: rnnviz.record(m, x, state=(torch.zeros(2, 2, 4), torch.zeros(2, 2, 5))), ValueError, r"h_0 has shape \(2, 2, 4\)"),
]


@pytest.mark.parametrize(("call", "error", "says"), BAD)
def test_bad_input_is_named(lstm, call, error, says):
    with pytest.raises(error, match=says) as caught:
        call(lstm, tensor(2, 7, 3))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_named(lstm, bad):
    with torch.no_grad():
        lstm.weight_hh_l1[2, 3] = bad
    with pytest.raises(ValueError, match="weight_hh_l1 holds 1 of 100 values that are not finite"):
        rnnviz.record(lstm, tensor(2, 7, 3))


def test_bfloat16_comes_back_as_float32():
    module = seeded(lambda: torch.nn.GRU(3, 5)).bfloat16()
    assert rnnviz.record(module, tensor(7, 2, 3).bfloat16())["hidden"].dtype == "float32"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no GPU")
@pytest.mark.parametrize("name", [name for name, cell in CELLS.items() if cell.module])
def test_on_a_gpu(name):
    module = seeded(lambda: TORCH_CELLS[name](3, 5, 2, bidirectional=True)).cuda()
    x = tensor(7, 2, 3).cuda()
    trace = rnnviz.record(module, x)
    with torch.no_grad():
        assert oracle.relative(top(trace), module(x)[0].transpose(0, 1).cpu()) <= 1e-5
    assert np.isfinite(rnnviz.gradient_flow(module, x, lambda y: y.square().sum(-1))["hidden"].values).all()


def test_a_cell_that_only_keeps_keeps_exactly():
    """Forget gate one, input gate zero: the cell state is carried on unchanged, step after step."""
    module = seeded(lambda: torch.nn.LSTM(3, 5))
    with torch.no_grad():
        module.bias_ih_l0[:5], module.bias_ih_l0[5:10] = -1000.0, 1000.0
    start = tensor(1, 1, 5, seed=1)
    trace = rnnviz.record(module, tensor(50, 1, 3), state=(torch.zeros(1, 1, 5), start))
    assert (trace["forget_gate"].values == 1).all()
    assert (trace["input_gate"].values == 0).all()
    assert (trace["cell"].values == start.numpy()[None]).all()


def test_a_gru_that_only_keeps_keeps_exactly():
    """In torch's convention an update gate of one copies the old state: h = (1 - z) n + z h."""
    module = seeded(lambda: torch.nn.GRU(3, 5))
    with torch.no_grad():
        module.bias_ih_l0[5:10] = 1000.0
    start = tensor(1, 1, 5, seed=1)
    trace = rnnviz.record(module, tensor(50, 1, 3), state=start)
    assert (trace["update_gate"].values == 1).all()
    np.testing.assert_allclose(trace["hidden"].values, np.broadcast_to(start.numpy()[None], trace["hidden"].shape), atol=1e-6)
