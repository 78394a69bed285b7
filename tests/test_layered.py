"""Our own stack: layers with something between them, in both directions, against torch and autograd."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import rnnviz
from rnnviz.anatomy import anatomy
from rnnviz.cells import LayeredStack, named, stack
from rnnviz.gradients import gradient_flow


def seeded_stack(cell, inputs, hidden, layers, seed=0, **options):
    generator = torch.Generator().manual_seed(seed)
    made = LayeredStack(named(cell), inputs, hidden, layers, **options).double()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.uniform_(-0.6, 0.6, generator=generator)
    return made, generator


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_without_anything_between_it_is_torchs_module(cell, bidirectional):
    ours, generator = seeded_stack(cell, 3, 4, 2, bidirectional=bidirectional, batch_first=True)
    theirs = stack(cell, 3, 4, 2, bidirectional=bidirectional, batch_first=True).double()
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(5, 7, 3, generator=generator, dtype=torch.float64)
    torch.testing.assert_close(ours(x)[0], theirs(x)[0], rtol=1e-12, atol=1e-12)
    lengths = torch.tensor([7, 3, 1, 5, 7])
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    padded, _ = torch.nn.utils.rnn.pad_packed_sequence(theirs(packed)[0], batch_first=True)
    for row, length in enumerate(lengths):
        torch.testing.assert_close(ours(x, None, lengths)[0][row, :length], padded[row, :length], rtol=1e-12, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(["rnn", "lstm", "gru", "rnn-sigmoid"]),
    st.integers(1, 3),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.integers(0, 999),
)
def test_gradients_pass_what_stands_between(cell, layers, layer_norm, residual, bidirectional, seed):
    options = {"layer_norm": layer_norm, "residual": residual, "bidirectional": bidirectional}
    made, generator = seeded_stack(cell, 4, 4, layers, seed, **options)
    x = torch.randn(6, 4, generator=generator, dtype=torch.float64)
    trace = rnnviz.record(made, x)
    assert trace.residual < 1e-12
    wanted, _ = made(x[:, None])
    weights = torch.randn(wanted.shape[-1], generator=generator, dtype=torch.float64)
    entering = x.clone().requires_grad_()
    flow = gradient_flow(made, x, lambda outputs: (outputs * weights).sum(dim=-1), with_input=True)
    outputs, _ = made(entering[:, None])
    for t in range(6):
        (by_torch,) = torch.autograd.grad((outputs[t, 0] * weights).sum(), entering, retain_graph=True)
        found = flow["input_gradient"].sel(batch=1, loss_time=t + 1).values
        np.testing.assert_allclose(found, by_torch.norm(dim=-1).numpy(), rtol=1e-9, atol=1e-12)
    total = gradient_flow(made, x, lambda outputs: (outputs * weights).sum(dim=-1), with_input=True, of="sum")
    (by_torch,) = torch.autograd.grad((outputs * weights).sum(), entering)
    np.testing.assert_allclose(total["input_gradient"].values[0], by_torch.norm(dim=-1).numpy(), rtol=1e-9, atol=1e-12)


def test_what_is_passed_on_is_normalised_and_added():
    made, generator = seeded_stack("gru", 4, 4, 2, layer_norm=True, residual=True)
    x = torch.randn(5, 4, generator=generator, dtype=torch.float64)
    trace = rnnviz.record(made, x)
    first = torch.tensor(trace["hidden"].sel(layer=1, direction="forward", batch=1).values)
    passed = torch.nn.functional.layer_norm(first, (4,), made.norm_weight_l0, made.norm_bias_l0) + x
    alone = stack("gru", 4, 4, 1).double()
    alone.load_state_dict({name[:-1] + "0": value for name, value in made.state_dict().items() if name.endswith("_l1")})
    second, _ = alone(passed)
    np.testing.assert_allclose(trace["hidden"].sel(layer=2, direction="forward", batch=1).values, second.detach().numpy(), atol=1e-12)
    with pytest.raises(ValueError, match="layer 1 alone"):
        anatomy(made, x, trace, layer=2)
