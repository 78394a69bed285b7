"""Occlusion against explicit re-runs of torch's own module, one input at a time."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from networks import TORCH_CELLS, seeded, tensor

import rnnviz
from rnnviz import occlusion as occlusions
from rnnviz.models import LanguageModel
from rnnviz.occlusion import occlusion, rank_correlation
from rnnviz.text import CharacterVocabulary

WEIGHTS = tensor(10, seed=9, dtype=torch.float64)


def loss(y):
    return (y * WEIGHTS[: y.shape[-1]]).tanh().sum(-1)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("name", sorted(TORCH_CELLS))
@pytest.mark.parametrize("size", [1 << 30, 1])  # all in one block, and one at a time
def test_replaced_inputs_equal_a_run_of_their_own(name, bidirectional, size, monkeypatch):
    monkeypatch.setattr(occlusions, "_BLOCK_BYTES", size)
    module = seeded(lambda: TORCH_CELLS[name](3, 5, 2, bidirectional=bidirectional, batch_first=True).double())
    x = tensor(1, 6, 3, dtype=torch.float64)
    for by, value in (("zero", torch.zeros(3, dtype=torch.float64)), (tensor(3, seed=5, dtype=torch.float64),) * 2):
        found = occlusion(module, x, loss, by=by)["occlusion"].values[0]
        with torch.no_grad():
            before = loss(module(x)[0])[0]
            for k in range(6):
                changed = x.clone()
                changed[0, k] = value
                np.testing.assert_allclose(found[:, k], loss(module(changed)[0])[0] - before, rtol=1e-9, atol=1e-13)
        if not bidirectional:
            assert (found[np.triu_indices(6, 1)] == 0).all(), "what comes later cannot matter"


@pytest.mark.parametrize("name", sorted(TORCH_CELLS))
@pytest.mark.parametrize("bidirectional", [False, True])
def test_dropped_inputs_equal_the_shorter_sequence(name, bidirectional):
    module = seeded(lambda: TORCH_CELLS[name](3, 5, 2, bidirectional=bidirectional, batch_first=True).double())
    x = tensor(1, 6, 3, dtype=torch.float64)
    found = occlusion(module, x, loss, by="drop")["occlusion"].values[0]
    with torch.no_grad():
        before = loss(module(x)[0])[0]
        for k in range(6):
            shorter = module(torch.cat([x[:, :k], x[:, k + 1 :]], dim=1))[0]
            for t in range(6):
                at = t if t < k else t - 1  # the output after the same steps, the dropped one excepted
                if at < 0:
                    assert np.isnan(found[t, k])
                else:
                    assert found[t, k] == pytest.approx((loss(shorter)[0, at] - before[t]).item(), rel=1e-9, abs=1e-13)


def test_spans_are_taken_away_together(lstm):
    x = tensor(1, 7, 3)
    found = occlusion(lstm, x, lambda y: y.square().sum(-1), by="zero", spans=[(2, 4), (6, 6)])["occlusion"]
    assert found.dims == ("batch", "loss_time", "time")
    with torch.no_grad():
        changed = x.clone()
        changed[0, 1:4] = 0
        expected = lstm(changed)[0].square().sum(-1)[0] - lstm(x)[0].square().sum(-1)[0]
    np.testing.assert_allclose(found.values[0, :, 0], expected, atol=1e-6)


def test_a_language_model_is_asked_about_its_next_character():
    model = seeded(lambda: LanguageModel(CharacterVocabulary("abc "), "gru", 5, layers=2, embedding=3)).double()
    text = "ab ca"
    for by, changed in (("c", "ab cc"), ("drop", None)):
        found = occlusion(model, text, by=by)["occlusion"].values[0]
        assert np.isnan(found[-1]).all(), "after the last character nothing is known to come"
        if changed is None:
            continue
        ids, other = (torch.tensor([model.vocabulary.encode(t).ids]) for t in (text, "abcca"))
        with torch.no_grad():
            before, after = (torch.nn.functional.cross_entropy(model(i)[0][0, :-1], ids[0, 1:], reduction="none") for i in (ids, other))
        np.testing.assert_allclose(found[:4, 2], after - before, rtol=1e-9, atol=1e-13)


def test_gradient_times_input_is_the_first_order_of_taking_it_away():
    """For inputs made very small, putting zeros there changes the loss by minus gradient times input."""
    module = seeded(lambda: torch.nn.LSTM(3, 5, batch_first=True).double())
    x = 1e-6 * tensor(1, 6, 3, dtype=torch.float64)
    weights = tensor(5, seed=3, dtype=torch.float64)
    linear = lambda y: (y * weights).sum(-1)  # noqa: E731
    effect = occlusion(module, x, linear, by="zero")["occlusion"].values[0]
    first = -rnnviz.saliency(module, x, linear)["gradient_times_input"].values[0]
    np.testing.assert_allclose(effect, first, rtol=1e-4, atol=1e-14)
    assert rank_correlation(first, effect) > 0.999


def test_rank_correlation():
    a = np.array([[1.0, np.nan], [-3.0, 2.0]])
    assert rank_correlation(a, a**3) == pytest.approx(1)
    assert rank_correlation(np.array([1.0, 2, 3, 4]), np.array([4.0, 3, 2, 1])) == pytest.approx(-1)
    assert rank_correlation(np.array([1.0, 1, 2, 3]), np.array([1.0, 2, 2, 4])) == pytest.approx(0.8333333)  # ties share their mean rank
    assert np.isnan(rank_correlation(np.ones(5), np.arange(5.0)))
    assert np.isnan(rank_correlation(np.ones(2), np.arange(2.0)))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"by": "xx"}, "by: expected 'drop', 'zero', one character"),
        ({"by": torch.zeros(2)}, r"by: expected a tensor of shape \(3,\), got \(2,\)"),
        ({"spans": [(3, 2)]}, r"spans: expected steps from 1 to 7 in order, got \(3, 2\)"),
        ({"spans": [(1, 8)]}, r"spans: expected steps from 1 to 7 in order, got \(1, 8\)"),
    ],
)
def test_what_cannot_be_carried_out_is_named(lstm, options, says):
    with pytest.raises(ValueError, match=says):
        occlusion(lstm, tensor(1, 7, 3), lambda y: y.square().sum(-1), **options)


def test_more_than_one_sequence_is_refused(lstm):
    with pytest.raises(ValueError, match="inputs: expected one sequence, got a batch of 2"):
        occlusion(lstm, tensor(2, 7, 3), lambda y: y.square().sum(-1))
