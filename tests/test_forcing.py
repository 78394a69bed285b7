"""Forced attention: what is asked for is exactly what is used, and the answer is decoded anew under it."""

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import plain_translator as plain
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from plain_translator import CELLS, SCORES, SIZES, translator

from rnnviz.decoding import beam_search, limit_for
from rnnviz.forcing import NONE, SCHEMES, Forced, order_of, parsed, written
from rnnviz.models.attention import attend
from rnnviz.translating import translate

TEXT = "abcde"
ROW = (0.0, 1.0, 0.25, 3.0, 0.75)
WAYS = {
    "uniform": Forced("uniform"),
    "hardest": Forced("hardest"),
    "shuffled": Forced("shuffled", seed=3),
    "permuted": Forced("permuted", seed=3),
    "temperature": Forced(temperature=0.3),
    "warm and permuted": Forced("permuted", seed=1, temperature=4.0),
    "rows": Forced(rows={1: ROW, 3: (0, 0, 0, 0, 7)}),
    "rows over a scheme": Forced("uniform", rows={2: ROW}),
}


def asked(forced, step, scores):
    """What a way of forcing means, for one row of scores: weights."""
    own = (scores / forced.temperature).softmax(0)
    if step in forced.rows:
        row = torch.tensor(forced.rows[step], dtype=scores.dtype)
        return row / row.sum()
    if forced.scheme == "uniform":
        return torch.full_like(own, 1 / len(own))
    if forced.scheme == "hardest":
        return (torch.arange(len(own)) == scores.argmax()).to(own)
    if forced.scheme in ("shuffled", "permuted"):
        return own[order_of(len(own), forced.seed, step if forced.scheme == "shuffled" else 0)]
    return own


@pytest.mark.parametrize("forced", WAYS.values(), ids=list(WAYS))
@pytest.mark.parametrize("score", SCORES[1:])
@pytest.mark.parametrize("cell", CELLS)
def test_the_answer_is_decoded_anew(cell, score, forced):
    """Attention, logits and what is said equal a decoder typed anew that is given these weights."""
    model = translator(cell, score, SIZES[CELLS.index(cell)]).double()
    weights = lambda step, scores: asked(forced, step, scores)  # noqa: E731
    x = plain.embedded(model, TEXT)
    found = translate(model, TEXT, forced=forced)
    said, total = plain.greedy(model, x, limit_for(len(TEXT)), weights)
    assert found.tokens == tuple(model.answers[token] for token in said)
    assert found.log_probability == pytest.approx(total, abs=1e-9)
    _, _, told = plain.run(model, x, said, weights)
    for name in ("score", "attention", "own_attention", "context", "vector", "logit", "probability"):
        np.testing.assert_allclose(found.trace[name].values[0], plain.stacked(told, name), rtol=0, atol=1e-11)
    np.testing.assert_allclose(found.attention.sum(-1), 1, atol=1e-13)
    assert found.trace.residual < 1e-11
    read = model.read(*model.inputs([model.source.encode(TEXT)]))
    assert beam_search(model, read, 1, forced=forced, limit=4).best.ids == said[:4]


def test_forcing_changes_what_is_said():
    """Not the picture alone: for these weights the words are others."""
    model = translator("gru", "additive", seed=11, spread=3.0)
    own = translate(model, TEXT).tokens
    assert len(set(own)) > 2
    assert [name for name, forced in WAYS.items() if translate(model, TEXT, forced=forced).tokens == own] == []
    np.testing.assert_array_equal(translate(model, TEXT, forced=Forced(seed=9)).attention, translate(model, TEXT).attention)


def test_an_edited_matrix_is_exactly_what_is_used():
    model = translator()
    own = translate(model, TEXT)
    matrix = np.random.default_rng(0).random((len(own.tokens), 5))
    found = translate(model, TEXT, prefix=own.tokens[:-1], forced=Forced(rows={at + 1: tuple(row) for at, row in enumerate(matrix)}))
    expected = (matrix / matrix.sum(1, keepdims=True)).astype(np.float32)
    np.testing.assert_allclose(found.attention[: len(own.tokens)], expected, rtol=1e-7)
    np.testing.assert_array_equal(found.trace["own_attention"].values, attend(torch.tensor(found.trace["score"].values), None).numpy())
    exact = ((0, 0, 1, 0, 0), (0.5, 0, 0, 0, 0.5), (0, 0, 0, 0, 8))  # what binary numbers can say is kept to the last bit
    found = translate(model, TEXT, prefix="uvw", forced=Forced(rows=dict(enumerate(exact, start=1))))
    np.testing.assert_array_equal(found.attention[:3], [exact[0], exact[1], (0, 0, 0, 0, 1)])


def test_a_translator_without_attention_says_what_it_said():
    model = translator("gru", "none")
    found = translate(model, TEXT, forced=Forced("uniform"))
    assert found.attention is None
    assert found.tokens == translate(model, TEXT).tokens
    assert "attention" not in found.trace


@given(
    scheme=st.sampled_from(SCHEMES),
    lengths=st.lists(st.integers(1, 7), min_size=1, max_size=4),
    outputs=st.integers(1, 4),
    seed=st.integers(-(2**70), 2**70),
    temperature=st.sampled_from([1.0, 0.5, 7.0, 1e-40, 1e-300, 1e300]),
    first=st.integers(1, 5),
)
def test_weights_of_any_batch(scheme, lengths, outputs, seed, temperature, first):
    """Rows sum to 1, padding gets exactly 0, and a batch equals one by one, whatever the scheme."""
    forced = Forced(scheme, seed, temperature)
    wide = max(lengths)
    scores = 3 * torch.randn(len(lengths), outputs, wide, generator=torch.Generator().manual_seed(0))
    found = forced.weights(scores, torch.tensor(lengths), first=first)
    assert found.dtype == scores.dtype
    assert found.isfinite().all()
    torch.testing.assert_close(found.sum(-1), torch.ones(len(lengths), outputs))
    for row, length in enumerate(lengths):
        assert (found[row, :, length:] == 0.0).all()
        alone = forced.weights(scores[row : row + 1, :, :length], first=first)[0]
        torch.testing.assert_close(found[row, :, :length], alone)
        by_step = [forced.weights(scores[row : row + 1, at : at + 1, :length], first=first + at)[0, 0] for at in range(outputs)]
        torch.testing.assert_close(alone, torch.stack(by_step))
        if scheme in ("shuffled", "permuted"):
            own = attend(scores[row : row + 1, :, :length], None)[0]
            if temperature == 1:
                assert torch.equal(alone.sort(-1).values, own.sort(-1).values)
                assert length == 1 or not torch.equal(alone, own)
        if scheme == "hardest":
            assert torch.equal(alone.argmax(-1), scores[row, :, :length].argmax(-1))
            assert set(alone.flatten().tolist()) <= {0.0, 1.0}


def test_orders():
    """The same seed gives the same order; one step another than the next; one for all steps where it is permuted."""
    for count in range(2, 8):
        for seed in range(20):
            order = order_of(count, seed, 1)
            assert sorted(order.tolist()) == list(range(count))
            assert order.tolist() != list(range(count))
            assert torch.equal(order, order_of(count, seed, 1))
    assert len({tuple(order_of(7, 0, step).tolist()) for step in range(10)}) == 10
    assert order_of(1, 0, 1).tolist() == [0]
    model = translator()
    same = translate(model, TEXT, forced=Forced("shuffled", seed=5))
    np.testing.assert_array_equal(same.attention, translate(model, TEXT, forced=Forced("shuffled", seed=5)).attention)
    assert not np.array_equal(same.attention, translate(model, TEXT, prefix=same.tokens, forced=Forced("shuffled", seed=6)).attention)
    permuted = translate(model, TEXT, forced=Forced("permuted", seed=5))
    order = order_of(5, 5, 0).tolist()
    np.testing.assert_array_equal(permuted.attention, permuted.trace["own_attention"].values[0][:, order])


def test_no_chance_of_the_process_is_used():
    before = torch.random.get_rng_state()
    translate(translator(), TEXT, forced=Forced("shuffled"))
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("forced", [WAYS["uniform"], WAYS["hardest"], WAYS["shuffled"], WAYS["rows"], Forced(temperature=0.2)])
def test_forced_and_padded(forced):
    model = translator().double()
    plainly = translate(model, TEXT, forced=forced)
    masked = translate(model, TEXT, forced=forced, padding=3)
    assert masked.tokens == plainly.tokens
    assert (masked.attention[:, 5:] == 0.0).all()
    np.testing.assert_allclose(masked.attention[:, :5], plainly.attention, atol=1e-12)
    np.testing.assert_allclose(masked.trace["logit"].values, plainly.trace["logit"].values, atol=1e-11)


def test_without_the_mask_padding_is_a_place_like_any_other():
    model = translator()
    found = translate(model, TEXT, forced=Forced("uniform"), padding=3, masked=False)
    np.testing.assert_allclose(found.attention, 1 / 8)
    with pytest.raises(ValueError, match="attention: row 1 holds 5 weights, the input has 8 tokens"):
        translate(model, TEXT, forced=WAYS["rows"], padding=3, masked=False)


@pytest.mark.parametrize("beam", [1, 3])
def test_a_row_behind_the_answer_changes_nothing_and_a_row_of_another_length_is_named(beam):
    model = translator()
    plainly = translate(model, TEXT, beam=beam)
    found = translate(model, TEXT, beam=beam, forced=Forced(rows={100: (1, 0, 0, 0, 0), 101: (1,)}))
    assert found.tokens == plainly.tokens
    np.testing.assert_array_equal(found.attention, plainly.attention)
    for row, count in (((1.0,), 1), ((1,) * 6, 6)):
        with pytest.raises(ValueError, match=f"attention: row 1 holds {count} weights, the input has 5 tokens"):
            translate(model, TEXT, beam=beam, forced=Forced(rows={1: row}))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"scheme": "nope"}, "'nope' is not one of own, uniform, hardest, shuffled, permuted"),
        *(({"temperature": t}, "a temperature is above 0, got") for t in (0, -1, math.nan, math.inf)),
        *(
            ({"rows": {2: row}}, "attention: row 2 must hold weights of 0 or more, and one above 0")
            for row in ((), (0, 0), (1, -0.1), (1, math.nan), (math.inf, 1))
        ),
        *(({"rows": {step: (1, 0)}}, "rows count from 1, got") for step in (0, -3, "1", 1.0, True)),
    ],
)
def test_bad_options_raise_one_sentence(options, says):
    with pytest.raises(ValueError, match=says) as caught:
        Forced(**options)
    assert "\n" not in str(caught.value)


def test_rows_of_any_size_are_normalised():
    for row in ((1e308, 1e308), (5e-324, 5e-324), (1e-320, 1e308), (3, 1)):
        weights = Forced(rows={1: row}).weights(torch.zeros(1, 1, 2, dtype=torch.float64))[0, 0]
        assert weights.sum() == pytest.approx(1)
    assert weights.tolist() == [0.75, 0.25]


ROWS = st.dictionaries(
    st.integers(1, 60), st.lists(st.floats(0, 1e6), min_size=1, max_size=8).map(tuple).filter(lambda row: sum(row) > 1e-300), max_size=5
)


@given(ROWS)
def test_what_is_written_can_be_read(rows):
    """To four digits; once written and read it stays as it is, to the last bit."""
    again = parsed(written(rows))
    assert list(again) == sorted(rows)
    for step, row in rows.items():
        assert again[step] == pytest.approx(row, rel=6e-4)
    assert written(again) == written(rows)
    assert parsed(written(again)) == again
    Forced(rows=again)


def test_reading_rows():
    assert parsed("") == {}
    assert parsed("3:0.1,0.9;4:1,0") == {3: (0.1, 0.9), 4: (1.0, 0.0)}
    assert written({4: (1, 0), 3: (0.1, 0.9)}) == "3:0.1,0.9;4:1,0"
    for text in ("x", "3", "3:", "3:a", ":1", "3:1;", "1,2", "3:1,,2", ";"):
        with pytest.raises(ValueError, match=r"attention: '.*' is no row; expected like 3:0\.1,0\.9"):
            parsed(text)
    for text in ("0:1,2", "-1:1"):
        with pytest.raises(ValueError, match="rows count from 1"):
            parsed(text)


def test_a_value_that_can_be_kept():
    """Equal values are equal, hash alike, survive copies, and nobody changes them from outside."""
    rows = {1: [0.5, 0.5]}
    forced = Forced(rows=rows)
    rows[1].append(3.0)
    rows[2] = [1.0]
    assert dict(forced.rows) == {1: (0.5, 0.5)}
    same = Forced(rows={1: (0.5, 0.5)})
    assert (forced, hash(forced)) == (same, hash(same))
    assert forced == copy.deepcopy(forced) == pickle.loads(pickle.dumps(forced))
    assert forced
    assert not NONE
    assert not Forced(seed=4)
    assert Forced(temperature=2)
    with pytest.raises(TypeError):
        forced.rows[2] = (1.0,)
