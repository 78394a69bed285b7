"""`gradient_flow` beyond the plain case: truncation, the sum of losses, one loss unit by unit, classifiers, extreme sizes."""

from __future__ import annotations

import numpy as np
import oracle
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from networks import TORCH_CELLS, seeded, tensor

import rnnviz
from rnnviz.gradients import gradient_at, last_step
from rnnviz.models import Classifier, LanguageModel
from rnnviz.text import CharacterVocabulary

NAMES = st.sampled_from(sorted(TORCH_CELLS))


def square(y):
    return y.square().sum(-1)


def network(name, seed, layers=1, bidirectional=False):
    return seeded(lambda: TORCH_CELLS[name](2, 4, layers, bidirectional=bidirectional).double(), seed)


@given(
    name=NAMES,
    layers=st.integers(1, 3),
    bidirectional=st.booleans(),
    time=st.integers(1, 8),
    every=st.integers(1, 9),
    seed=st.integers(0, 999),
)
def test_truncation_equals_a_loop_that_detaches_every_so_many_steps(name, layers, bidirectional, time, every, seed):
    module, x = network(name, seed, layers, bidirectional), tensor(time, 2, seed=seed, dtype=torch.float64)
    flow = rnnviz.gradient_flow(module, x, square, truncate=every)
    signals, outputs = oracle.cut_run(module, x, lambda a, b: max(a, b) % every == 0)
    for signal in {"hidden", "cell"} & set(flow):
        expected = oracle.norms_of(signals, square(outputs), signal, range(time))
        np.testing.assert_allclose(flow[signal].values[:, :, 0], expected, rtol=1e-10, atol=1e-14)


@given(
    name=NAMES,
    layers=st.integers(1, 2),
    bidirectional=st.booleans(),
    time=st.integers(1, 7),
    steps=st.integers(1, 8),
    seed=st.integers(0, 999),
)
def test_a_sliding_truncation_counts_from_each_loss(name, layers, bidirectional, time, steps, seed):
    module, x = network(name, seed, layers, bidirectional), tensor(time, 2, seed=seed, dtype=torch.float64)
    flow = rnnviz.gradient_flow(module, x, square, truncate=steps, sliding=True)
    for t in range(time):  # a run of its own for every loss: nothing comes in from beyond the window
        signals, outputs = oracle.cut_run(module, x, lambda a, b, t=t: abs(a - t) >= steps > abs(b - t))
        for signal in {"hidden", "cell"} & set(flow):
            expected = oracle.norms_of(signals, square(outputs), signal, [t])
            np.testing.assert_allclose(flow[signal].values[:, :, 0, t : t + 1], expected, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("name", sorted(TORCH_CELLS))
def test_truncation_holds_for_padded_batches_too(name):
    module = network(name, 1, 2, bidirectional=True)
    x = tensor(7, 3, 2, dtype=torch.float64)
    flow = rnnviz.gradient_flow(module, x, square, lengths=[7, 2, 5], truncate=3)["hidden"].values
    for row, length in enumerate([7, 2, 5]):
        alone = rnnviz.gradient_flow(module, x[:length, row], square, truncate=3)["hidden"].values[:, :, 0]
        np.testing.assert_allclose(flow[:, :, row, :length, :length], alone, rtol=1e-10, atol=1e-15)


@given(name=NAMES, layers=st.integers(1, 3), bidirectional=st.booleans(), time=st.integers(1, 8), seed=st.integers(0, 999))
def test_the_sum_of_losses_is_what_training_follows(name, layers, bidirectional, time, seed):
    module, x = network(name, seed, layers, bidirectional), tensor(time, 2, seed=seed, dtype=torch.float64)
    flow = rnnviz.gradient_flow(module, x, square, of="sum", with_input=True)
    leaf = x.clone().requires_grad_()
    signals, outputs = oracle.run(module, leaf)
    for signal in {"hidden", "cell"} & set(flow):
        wanted = [steps[k][signal] for both in signals for steps in both for k in range(time)]
        norms = torch.stack([g.norm() for g in torch.autograd.grad(square(outputs).sum(), wanted, retain_graph=True)])
        np.testing.assert_allclose(flow[signal].values[:, :, 0].ravel(), norms.detach().numpy(), rtol=1e-10, atol=1e-14)
    (at_input,) = torch.autograd.grad(square(outputs).sum(), leaf)
    np.testing.assert_allclose(flow["input_gradient"].values[0], at_input.norm(dim=-1), rtol=1e-10)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("name", sorted(TORCH_CELLS))
def test_one_loss_unit_by_unit(name, bidirectional):
    module, x = network(name, 3, 2, bidirectional), tensor(6, 2, dtype=torch.float64)
    found = gradient_at(module, x, square, loss_time=4)
    signals, outputs = oracle.run(module, x)
    for signal in {"hidden", "cell"} & set(found):
        wanted = [steps[k][signal] for both in signals for steps in both for k in range(6)]
        gradients = torch.autograd.grad(square(outputs)[3], wanted, retain_graph=True, allow_unused=True)
        expected = torch.stack([torch.zeros(4, dtype=torch.float64) if g is None else g for g in gradients]).view(
            2, 1 + bidirectional, 6, 4
        )
        np.testing.assert_allclose(found[signal].values[:, :, 0], expected, rtol=1e-10, atol=1e-14)
    norms = rnnviz.gradient_flow(module, x, square)["hidden"].sel(loss_time=4)
    np.testing.assert_allclose(np.linalg.norm(found["hidden"].values, axis=-1), norms.values, rtol=1e-12)


@pytest.mark.parametrize("layers", [1, 2])
def test_the_whole_state_is_what_one_step_hands_to_the_next(layers):
    """h_k and c_k cut off from what made them, so that each is an input of its own to step k + 1 (and h_k to the loss)."""
    module, x = network("lstm", 5, layers), tensor(6, 2, dtype=torch.float64)
    found = rnnviz.gradient_flow(module, x, square)["state"].values[layers - 1, 0, 0]
    with torch.no_grad():
        signals, _ = oracle.run(module, x)
        inputs = x if layers == 1 else torch.stack([s["hidden"] for s in signals[0][0]])
    top = signals[-1][0]
    for k in range(6):
        h, c = (top[k][name].clone().requires_grad_() for name in ("hidden", "cell"))
        now, memory, losses = h, c, [square(h)]
        for t in range(k + 1, 6):
            taken = oracle.step(module, f"l{layers - 1}", inputs[t], now, memory)
            now, memory = taken["hidden"], taken["cell"]
            losses.append(square(now))
        for distance, loss in enumerate(losses):
            gradients = torch.autograd.grad(loss, (h, c), retain_graph=True, allow_unused=True)
            expected = torch.cat([torch.zeros(4, dtype=torch.float64) if g is None else g for g in gradients]).norm()
            assert found[k + distance, k] == pytest.approx(expected.item(), rel=1e-10)


def test_norms_neither_underflow_nor_overflow_before_their_values_do():
    """A single-precision vector of length 1e-30 has a square of 0, and one of 1e30 of infinity; their lengths are told all the same."""
    for factor, low, high in ((0.1, 1e-33, 1e-28), (10.0, 1e28, 1e33)):
        module = torch.nn.RNN(1, 3, nonlinearity="relu", bias=False)
        with torch.no_grad():
            module.weight_hh_l0.copy_(factor * torch.eye(3))
            module.weight_ih_l0.fill_(1.0)
        x = torch.zeros(31, 1)
        x[0] = 1e-20 if factor > 1 else 1.0
        flow = rnnviz.gradient_flow(module, x, lambda y: (y * 1.0).sum(-1))["hidden"].sel(loss_time=31, time=1).item()
        assert low < flow < high
        assert flow == pytest.approx(factor**30 * 3**0.5, rel=1e-4)


def classifier():
    return seeded(lambda: Classifier(CharacterVocabulary("abc "), ("good", "bad", "odd"), "lstm", 5, layers=2, embedding=3)).double()


def test_a_classifier_has_one_loss_at_its_last_step():
    model = classifier()
    flow = rnnviz.gradient_flow(model, "ab ca", labels=["bad"])
    assert np.isnan(flow["hidden"].values[:, :, :, :-1]).all()
    ids = torch.tensor(model.vocabulary.encode("ab ca").ids)
    signals, outputs = oracle.run(model.recurrent, model.embedding(ids))
    loss = torch.nn.functional.cross_entropy(model.readout(outputs[-1:]), torch.tensor([1]))
    for layer in (0, 1):
        for k, gradient in enumerate(torch.autograd.grad(loss, [s["hidden"] for s in signals[layer][0]], retain_graph=True)):
            found = flow["hidden"].sel(layer=layer + 1, direction="forward", batch=1, loss_time=5, time=k + 1).item()
            assert found == pytest.approx(gradient.norm().item(), rel=1e-10)
    guess = rnnviz.gradient_flow(model, "ab ca")  # without a label, its own answer
    answer = rnnviz.record(model, "ab ca")["probability"].isel(batch=0, time=-1)
    right = rnnviz.gradient_flow(model, "ab ca", labels=[str(answer["class"].values[answer.values.argmax()])])
    np.testing.assert_array_equal(guess["hidden"].values, right["hidden"].values)


def test_a_classifier_reads_texts_of_different_lengths():
    model, texts = classifier(), ["ab ca", "b", "cab"]
    together = rnnviz.gradient_flow(model, texts, labels=["bad", "good", "odd"])["hidden"].values
    for row, (text, label) in enumerate(zip(texts, ["bad", "good", "odd"], strict=True)):
        alone = rnnviz.gradient_flow(model, text, labels=[label])["hidden"].values[:, :, 0]
        np.testing.assert_allclose(together[:, :, row, : len(text), : len(text)], alone, rtol=1e-10)
    logits = model(torch.tensor([model.vocabulary.encode("cab").ids]))
    answers = rnnviz.record(model, texts)["probability"].sel(batch=3, time=3)
    np.testing.assert_allclose(answers.values, logits.softmax(-1)[0].detach(), rtol=1e-12)


def test_many_texts_flow_as_each_alone():
    model = seeded(lambda: LanguageModel(CharacterVocabulary("abc "), "gru", 5, layers=2, embedding=3)).double()
    texts = ["ab ca", "bc", "cabbab"]
    together = rnnviz.gradient_flow(model, texts, with_input=True)
    for row, text in enumerate(texts):
        alone = rnnviz.gradient_flow(model, text, with_input=True)
        size = len(text)
        np.testing.assert_allclose(together["hidden"].values[:, :, row, :size, :size], alone["hidden"].values[:, :, 0], rtol=1e-10)
        np.testing.assert_allclose(together["input_gradient"].values[row, :size, :size], alone["input_gradient"].values[0], rtol=1e-10)


def test_last_step_makes_a_loss_of_a_criterion(lstm):
    x = tensor(2, 7, 3)
    flow = rnnviz.gradient_flow(lstm, x, last_step(lambda y: y.square().sum(-1), [7, 4]), lengths=[7, 4])["hidden"].values
    whole = rnnviz.gradient_flow(lstm, x, square, lengths=[7, 4])["hidden"].values
    np.testing.assert_array_equal(flow[:, :, 0, 6], whole[:, :, 0, 6])
    np.testing.assert_array_equal(flow[:, :, 1, 3, :4], whole[:, :, 1, 3, :4])
    assert np.isnan(flow[:, :, 1, :3]).all()


def test_progress_ends_at_one(lstm, monkeypatch):
    from rnnviz import sweep

    monkeypatch.setattr(sweep, "_BLOCK_BYTES", 1)
    seen = []
    rnnviz.gradient_flow(lstm, tensor(1, 7, 3), square, progress=seen.append)
    assert seen == sorted(seen)
    assert len(seen) == 7
    assert seen[-1] == 1.0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"truncate": 0}, "truncate: expected a number of steps from 1, got 0"),
        ({"truncate": 2.5}, "truncate: expected a number of steps from 1, got 2.5"),
        ({"sliding": True}, "sliding: it counts the steps of `truncate`"),
        ({"truncate": 2, "sliding": True, "of": "sum"}, "sliding: each loss stops at another step"),
        ({"of": "mean"}, "of: expected 'each' or 'sum', got 'mean'"),
        ({"labels": ["a"]}, "labels: only a Classifier takes them, not LSTM"),
    ],
)
def test_bad_options_are_named(lstm, options, says):
    with pytest.raises((ValueError, TypeError), match=says):
        rnnviz.gradient_flow(lstm, tensor(1, 7, 3), square, **options)


def test_bad_labels_and_loss_times_are_named(lstm):
    with pytest.raises(ValueError, match="labels: expected one of good, bad, odd for each text, got 'great'"):
        rnnviz.gradient_flow(classifier(), "ab", labels=["great"])
    with pytest.raises(ValueError, match="loss_time: expected a step from 1 to 7, got 8"):
        gradient_at(lstm, tensor(1, 7, 3), square, loss_time=8)
    with pytest.raises(ValueError, match="classes: expected two or more different names"):
        Classifier(CharacterVocabulary("ab"), ("a", "a"), "gru", 3)


def test_one_loss_that_is_not_there_is_nan_not_zero():
    model = classifier()
    assert np.isnan(gradient_at(model, "ab ca", loss_time=3)["hidden"].values).all()
    assert np.isfinite(gradient_at(model, "ab ca", loss_time=5)["hidden"].values).all()
    with pytest.raises(ValueError, match=r"loss_time: expected a step from 1 to 5, got 2\.5"):
        gradient_at(model, "ab ca", loss_time=2.5)
    with pytest.raises(ValueError, match="labels: they belong to the Classifier's own loss"):
        rnnviz.gradient_flow(model, "ab", square, labels=["bad"])


@pytest.mark.parametrize("of", ["each", "sum"])
def test_layers_that_are_not_wanted_are_not_gone_through(of):
    module, x = network("lstm", 1, 3, bidirectional=True), tensor(6, 2, dtype=torch.float64)
    whole = rnnviz.gradient_flow(module, x, square, of=of)
    for lowest in (2, 3):
        found = rnnviz.gradient_flow(module, x, square, of=of, lowest_layer=lowest)
        for signal in whole:
            np.testing.assert_array_equal(found[signal].values[lowest - 1 :], whole[signal].values[lowest - 1 :])
            assert np.isnan(found[signal].values[: lowest - 1]).all()
    for options, says in (
        ({"lowest_layer": 4}, "expected 1 to 3, got 4"),
        ({"lowest_layer": 2, "with_input": True}, "expected 1 where gradients"),
    ):
        with pytest.raises(ValueError, match=f"lowest_layer: {says}"):
            rnnviz.gradient_flow(module, x, square, **options)
