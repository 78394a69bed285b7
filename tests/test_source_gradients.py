"""What an answer depends on, against autograd through a translator typed anew, and against small steps."""

from __future__ import annotations

import copy
import math
import threading

import numpy as np
import plain_translator as plain
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from plain_translator import EVERY, SCORES, translator
from test_forcing import WAYS, asked

from rnnviz.forcing import NONE, Forced
from rnnviz.source_gradients import agreement, source_gradients
from rnnviz.translating import moved, translate

TEXT = "abcde"


def expected(model, found, forced=NONE, padding=0):
    """By autograd: d log p of each token that was said, at the embedded input: (output, input, features)."""
    said = [model.answers.index(token) for token in found.tokens]
    x = plain.embedded(model, TEXT).clone().requires_grad_(True)
    weights = (lambda step, scores: asked(forced, step, scores)) if forced else (lambda step, scores: None)
    _, _, told = plain.run(model, x, said, weights, padding)
    logs = [step["probability"][token].log() for step, token in zip(told, said, strict=True)]
    return torch.stack([torch.autograd.grad(log, x, retain_graph=True)[0] for log in logs]), x.detach()


def holds(trace, gradients, x, tolerance=1e-10):
    np.testing.assert_allclose(trace["gradient"].values[0], gradients.norm(dim=-1), rtol=0, atol=tolerance)
    np.testing.assert_allclose(trace["gradient_times_input"].values[0], (gradients * x).sum(-1), rtol=0, atol=tolerance)


@pytest.mark.parametrize(("cell", "attention", "sizes"), EVERY)
def test_equals_autograd(cell, attention, sizes):
    model = translator(cell, attention, sizes, spread=2.0).double()
    found = translate(model, TEXT, prefix="uv")
    trace = source_gradients(model, found)
    holds(trace, *expected(model, found))
    assert trace["gradient"].sizes == {"batch": 1, "output": len(found.tokens), "input": 5}
    assert trace.tokens == tuple(TEXT)
    assert (trace["gradient"].values >= 0).all()


@pytest.mark.parametrize("attention", SCORES)
def test_equals_small_steps(attention):
    model = translator("lstm", attention).double()
    found = translate(model, TEXT, prefix="uv")
    said = [model.answers.index(token) for token in found.tokens]
    x, step = plain.embedded(model, TEXT), 1e-6
    slopes = torch.zeros(len(said), *x.shape, dtype=torch.double)
    for at in range(x.shape[0]):
        for feature in range(x.shape[1]):
            logs = []
            for sign in (1, -1):
                moved = x.clone()
                moved[at, feature] += sign * step
                told = plain.run(model, moved, said)[2]
                logs.append(torch.stack([heard["probability"][token].log() for heard, token in zip(told, said, strict=True)]))
            slopes[:, at, feature] = (logs[0] - logs[1]) / (2 * step)
    holds(source_gradients(model, found), slopes, x, 1e-6)


@pytest.mark.parametrize("forced", WAYS.values(), ids=list(WAYS))
def test_of_a_forced_answer(forced):
    """Of the numbers that were shown: attention that was given is no path, attention that was moved is one."""
    model = translator("gru", "general").double()
    found = translate(model, TEXT, prefix="uv", forced=forced)
    holds(source_gradients(model, found), *expected(model, found, forced))


def test_of_a_padded_answer():
    model = translator("gru", "general").double()
    plainly = translate(model, TEXT, prefix="uv")
    masked = translate(model, TEXT, prefix="uv", padding=3)
    leaking = translate(model, TEXT, prefix="uv", padding=3, masked=False)
    holds(source_gradients(model, masked), *expected(model, plainly))
    holds(source_gradients(model, leaking), *expected(model, leaking, padding=3))


def test_float32_and_a_model_in_training_with_dropout():
    model = translator("lstm", "additive", dropout=0.5)
    found = translate(model, TEXT)
    calm = source_gradients(model, found)
    model.train().requires_grad_()
    modes, chance = {name: part.training for name, part in model.named_modules()}, torch.random.get_rng_state()
    with torch.inference_mode():
        again = source_gradients(model, found)
    for name in calm:
        np.testing.assert_allclose(again[name].values, calm[name].values, rtol=1e-4, atol=1e-6)  # torch takes another kernel
        assert calm[name].dtype in (np.float32, np.float64)
    assert all(parameter.grad is None for parameter in model.parameters())
    assert {name: part.training for name, part in model.named_modules()} == modes
    assert torch.equal(torch.random.get_rng_state(), chance)
    exact = copy.deepcopy(model).eval().double().requires_grad_(False)
    gradients, x = expected(exact, found)
    holds(calm, gradients, x, 1e-4 * float(gradients.norm(dim=-1).max()))


def test_threads_and_the_process_settings():
    model = translator("gru", "dot")
    found = translate(model, TEXT)
    alone, others, before = source_gradients(model, found), [], torch.backends.cudnn.enabled
    threads = [threading.Thread(target=lambda: others.append(source_gradients(model, found))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert torch.backends.cudnn.enabled == before
    assert len(others) == 4
    for other in others:
        np.testing.assert_array_equal(other["gradient"].values, alone["gradient"].values)


def ranks(values):
    """Mean ranks by counting: how many are smaller, and half of those that are equal."""
    return [sum(b < a for b in values) + (sum(b == a for b in values) + 1) / 2 for a in values]


def spearman(first, second):
    one, two = ranks(first), ranks(second)
    a, b = [r - sum(one) / len(one) for r in one], [r - sum(two) / len(two) for r in two]
    spread = math.sqrt(sum(r * r for r in a) * sum(r * r for r in b))
    return sum(p * q for p, q in zip(a, b, strict=True)) / spread if spread else math.nan


@given(st.integers(1, 7).flatmap(lambda n: st.lists(st.tuples(*[st.lists(st.integers(0, 3), min_size=n, max_size=n)] * 2), min_size=1)))
def test_agreement_is_spearmans_correlation(pairs):
    """With many ties."""
    first, second = (np.array([pair[which] for pair in pairs], dtype=float) for which in (0, 1))
    np.testing.assert_allclose(agreement(first, second), [spearman(*pair) for pair in pairs], atol=1e-12)


def test_agreement_by_hand():
    rows = np.array([[1.0, 2, 3], [1, 2, 3], [1, 1, 2], [0.2, 0.2, 0.2], [0, 0, 1]])
    others = np.array([[10.0, 20, 30], [3, 2, 1], [1, 2, 3], [1, 2, 3], [5, 5, 5]])
    np.testing.assert_allclose(agreement(rows, others), [1, -1, math.sqrt(3) / 2, math.nan, math.nan])
    assert np.isnan(agreement(np.ones((2, 1)), np.ones((2, 1)))).all()


def test_agreement_of_a_translation():
    model = translator("gru", "dot")
    found = translate(model, TEXT)
    values = agreement(found.attention, source_gradients(model, found)["gradient"].values[0])
    assert values.shape == (len(found.tokens),)
    assert ((values >= -1 - 1e-9) & (values <= 1 + 1e-9)).all()
    one = translate(model, "a", forced=Forced("uniform"))
    assert np.isnan(agreement(one.attention, source_gradients(model, one)["gradient"].values[0])).all()


@pytest.mark.parametrize("padding", [0, 3])
@pytest.mark.parametrize("masked", [True, False])
def test_how_far_another_attention_moves_what_is_expected(padding, masked):
    """Half of the sum of differences, step by step, with what was said held fixed; training mode changes nothing."""
    model = translator("gru", "additive", seed=11, spread=3.0, dropout=0.5).double()
    found = translate(model, TEXT, padding=padding, masked=masked)
    forced = Forced("uniform")
    other = translate(model, TEXT, prefix=found.tokens, padding=padding, masked=masked, forced=forced)
    p, q = (each.trace["probability"].values[0, : len(found.tokens)] for each in (found, other))
    expected = np.abs(p - q).sum(-1) / 2
    assert expected.max() > 0.1
    np.testing.assert_allclose(moved(model, found, forced), expected, atol=1e-12)
    np.testing.assert_allclose(moved(model.train(), found, forced), expected, atol=1e-12)
    np.testing.assert_array_equal(moved(model, found, NONE), np.zeros(len(expected)))
    deaf = translator("gru", "none")
    np.testing.assert_array_equal(moved(deaf, translate(deaf, "a", prefix="u"), forced) == 0, True)
