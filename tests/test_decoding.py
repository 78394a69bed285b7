"""Greedy, drawn and beam-searched answers against a plain loop and against looking at every answer there is."""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict

import numpy as np
import plain_translator as plain
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from plain_translator import CELLS, EVERY, SCORES, translator

from rnnviz.decoding import MOST_BEAMS, beam_search, drawn, greedy, limit_for
from rnnviz.forcing import Forced
from rnnviz.models.translator import END
from rnnviz.translating import translate, unsure

WEIGHTS = {"cell": st.sampled_from(CELLS), "attention": st.sampled_from(SCORES), "seed": st.integers(0, 2**16)}
PREFIX = st.lists(st.integers(1, 6), max_size=4)


def read_of(model, text="abcf"):
    with torch.no_grad():
        return model.read(*model.inputs([model.source.encode(text)]))


def every_answer(model, x, longest):
    """The log-probability of each answer of up to so many tokens, END included; ⟨unk⟩ is never said."""
    end = len(model.answers) - 1
    sayings = (said for count in range(longest) for said in itertools.product(range(1, end), repeat=count))
    return {(*said, end): plain.log_probability(model, x, (*said, end)) for said in sayings}


def is_exhaustive(found, every):
    """Every answer was looked at, or the search could stop before; the best is said, unless better beginnings filled the beam."""
    ends = {tuple(found.nodes[n].token for n in found.path(at)): node for at, node in enumerate(found.nodes)}
    deepest = max(node.depth for node in found.nodes)
    for said, expected in every.items():
        if len(said) <= deepest:
            assert ends[said].score == pytest.approx(expected, abs=1e-10)
        else:
            assert expected <= found.best.log_probability + 1e-10
    best = max(every, key=every.get)
    crowd = sum(node.score > every[best] for node in found.nodes if node.depth == len(best))
    assert found.best.ids == best or crowd >= found.width
    for answer in found.answers:
        if answer.ended:
            assert answer.log_probability == pytest.approx(every[answer.ids], abs=1e-10)


@pytest.mark.parametrize(("cell", "attention", "sizes"), EVERY)
def test_greedy_equals_a_plain_loop(cell, attention, sizes):
    model = translator(cell, attention, sizes).double()
    for text in ("abc", "f"):
        said, total = plain.greedy(model, plain.embedded(model, text), limit_for(len(text)))
        found = translate(model, text)
        assert found.tokens == tuple(model.answers[token] for token in said)
        assert found.log_probability == pytest.approx(total, abs=1e-10)
        assert found.ended == (said[-1] == model.end)


@given(**WEIGHTS, width=st.integers(1, 8), prefix=PREFIX)
def test_beam_search_is_never_worse_than_greedy(cell, attention, seed, width, prefix):
    model = translator(cell, attention, seed=seed, spread=1.5)
    read = read_of(model)
    plainly = greedy(model, read, prefix=prefix, limit=15)
    beam = beam_search(model, read, width, prefix=prefix, limit=15)
    if plainly.ended:
        assert beam.best.ended
        assert beam.best.log_probability >= plainly.log_probability - 1e-6  # rounding: several rows at once
    assert (
        plainly.ids in {answer.ids for answer in beam.answers}
        or beam.best.log_probability > plainly.log_probability - 1e-6
        or (beam.best.ended and not plainly.ended)
    )
    if width == 1:
        assert beam.best.ids == plainly.ids
    for answer in (plainly, *beam.answers):
        assert list(answer.ids[: len(prefix)]) == prefix
        assert 0 not in answer.ids
        assert answer.ended == (answer.ids[-1] == model.end)
        assert model.end not in answer.ids[:-1]


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("attention", SCORES)
@pytest.mark.parametrize("seed", range(3))
def test_a_beam_as_wide_as_the_vocabulary_looks_at_all_short_answers(cell, attention, seed):
    model = translator(cell, attention, seed=seed, answers="uvwx").double()
    found = beam_search(model, read_of(model), len(model.answers), limit=2)
    is_exhaustive(found, every_answer(model, plain.embedded(model, "abcf"), 2))


@pytest.mark.parametrize(("answers", "longest"), [("uv", 4), ("uvw", 3), ("u", 6)])
@pytest.mark.parametrize("seed", range(3))
def test_a_beam_wide_enough_looks_at_all_answers(answers, longest, seed):
    """With vocabulary^(L-1) beginnings no answer of up to L tokens is left out."""
    model = translator("gru", "general", seed=seed, answers=answers).double()
    with torch.no_grad():
        model.readout.bias[-1] -= 2  # so that long answers are among the best
    width = min(MOST_BEAMS, len(model.answers) ** (longest - 1))
    found = beam_search(model, read_of(model), width, limit=longest)
    is_exhaustive(found, every_answer(model, plain.embedded(model, "abcf"), longest))


@given(**WEIGHTS, width=st.integers(1, 9), prefix=PREFIX, forced=st.sampled_from([Forced(), Forced("uniform"), Forced("hardest")]))
def test_the_tree_is_consistent(cell, attention, seed, width, prefix, forced):
    model = translator(cell, attention, seed=seed)
    found = beam_search(model, read_of(model), width, prefix=prefix, forced=forced, limit=8)
    children, kept = defaultdict(list), Counter()
    for number, node in enumerate(found.nodes):
        children[node.parent].append(node)
        kept[node.depth] += node.kept
        assert -1 <= node.parent < number
        assert 0 < node.token <= model.end
        assert 0 <= node.probability <= 1
        before = 0.0
        if node.parent >= 0:
            parent = found.nodes[node.parent]
            before = parent.score
            assert parent.kept
            assert parent.depth == node.depth - 1
            assert parent.token != model.end
        else:
            assert node.depth == 1
        assert node.score == pytest.approx(before + math.log(node.probability), abs=1e-9)
        if node.depth <= len(prefix):
            assert node.token == prefix[node.depth - 1]
    for siblings in children.values():
        tokens = [node.token for node in siblings]
        assert len(set(tokens)) == len(tokens)
        assert sum(node.probability for node in siblings) <= 1 + 1e-9
        if siblings[0].depth > len(prefix) and width >= len(model.answers) - 1:
            assert sorted(tokens) == list(range(1, len(model.answers)))
    assert all(count <= width + 1 for count in kept.values())  # one more: what greedy says
    for depth in kept:
        level = [node for node in found.nodes if node.depth == depth]
        best = sorted((node.score for node in level), reverse=True)[:width]
        assert sorted((node.score for node in level if node.kept), reverse=True)[:width] == best
    scores = [answer.log_probability for answer in found.answers]
    assert scores == sorted(scores, reverse=True)
    assert len(found.leaves) == len(found.answers) > 0
    for answer, leaf in zip(found.answers, found.leaves, strict=True):
        path = [found.nodes[number] for number in found.path(leaf)]
        assert tuple(node.token for node in path) == answer.ids
        assert answer.log_probability == path[-1].score
        assert answer.log_probability == pytest.approx(sum(math.log(node.probability) for node in path), abs=1e-9)
        assert path[-1].kept
        assert answer.ended == found.best.ended


def test_the_answers_of_a_beam_are_what_the_decoder_says():
    model = translator("lstm", "additive", answers="uvw").double()
    x = plain.embedded(model, "abcf")
    found = beam_search(model, read_of(model), 4, limit=10)
    for answer in found.answers:
        assert answer.log_probability == pytest.approx(plain.log_probability(model, x, answer.ids), abs=1e-9)
    shown = translate(model, "abcf", beam=4)
    assert shown.beam is not None
    assert tuple(model.answers[i] for i in shown.beam.best.ids) == shown.tokens
    assert shown.log_probability == pytest.approx(shown.beam.best.log_probability, abs=1e-10)
    assert translate(model, "abcf").beam is None


def test_when_all_is_equally_probable_beam_search_still_knows_what_greedy_says():
    """With all weights zero every token has the same probability."""
    model = translator("gru", "dot", spread=0.0)
    read = read_of(model)
    assert beam_search(model, read, 1, limit=5).best.ids == greedy(model, read, limit=5).ids == (1, 1, 1, 1, 1)
    wide = beam_search(model, read, 3, limit=5)
    assert wide.best.log_probability >= -5 * math.log(8)


@pytest.mark.parametrize("beam", [1, 4])
@pytest.mark.parametrize("text", ["a", "abcf"])
def test_a_beginning_is_obeyed(beam, text):
    model = translator("gru", "general")
    for prefix in ("", "z", "zyx", "uuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu", ("z", END), (END,)):
        found = translate(model, text, beam=beam, prefix=prefix)
        assert found.tokens[: len(prefix)] == tuple(prefix)
        if prefix and prefix[-1] == END:
            assert (found.tokens, found.ended) == (tuple(prefix), True)
        elif len(prefix) < 30:
            assert len(found.tokens) > len(prefix)
        said = [model.answers.index(token) for token in found.tokens]
        assert found.log_probability == pytest.approx(plain.log_probability(model, plain.embedded(model, text), said), abs=1e-4)


# ---- chance ----


@pytest.mark.parametrize(("temperature", "seed"), [(1.0, 0), (0.5, 1), (3.0, 2)])
def test_what_is_drawn_comes_as_often_as_it_should(temperature, seed):
    """Chi-square over the first two tokens, against the shown probabilities without ⟨unk⟩, at this temperature."""
    model, chance = translator("gru", "dot", answers="uv", spread=1.5), torch.Generator().manual_seed(seed)
    read, draws = read_of(model), 300
    counts = Counter(drawn(model, read, chance, temperature=temperature, limit=2).ids for _ in range(draws))

    def chances(prefix):
        shown = translate(model, "abcf", prefix=(*prefix, "u")).trace["probability"].values[0, len(prefix), 1:].astype(float)
        return shown ** (1 / temperature) / (shown ** (1 / temperature)).sum()

    expected = {}
    for first, p in enumerate(chances(()), start=1):
        if first == model.end:
            expected[(first,)] = p
        else:
            expected |= {(first, second): p * q for second, q in enumerate(chances((model.answers[first],)), start=1)}
    assert sum(expected.values()) == pytest.approx(1)
    assert set(counts) <= set(expected)
    square = sum((counts[said] - draws * p) ** 2 / (draws * p) for said, p in expected.items())
    assert square < 22.5  # 99.9 % of a chi-square of 6 degrees of freedom


def test_same_seed_same_answer():
    model = translator("lstm", "none", spread=1.0)
    say = lambda seed: translate(model, "abcf", chance=torch.Generator().manual_seed(seed), temperature=2.0).tokens  # noqa: E731
    assert say(3) == say(3)
    assert len({say(seed) for seed in range(10)}) > 5


@pytest.mark.parametrize("temperature", [1e-3, 1e-30, 5e-324])
def test_no_warmth_is_greedy(temperature):
    model = translator("rnn", "additive")
    for text in ("a", "abcf", "fed"):
        found = translate(model, text, chance=torch.Generator().manual_seed(0), temperature=temperature)
        assert found.tokens == translate(model, text).tokens


def test_log_probabilities_do_not_depend_on_the_temperature():
    model = translator("gru", "dot").double()
    found = translate(model, "abcf", chance=torch.Generator().manual_seed(0), temperature=5.0)
    said = [model.answers.index(token) for token in found.tokens]
    assert found.log_probability == pytest.approx(plain.log_probability(model, plain.embedded(model, "abcf"), said), abs=1e-9)


@pytest.mark.parametrize("temperature", [0, -1, math.nan, math.inf])
def test_bad_temperatures(temperature):
    model = translator()
    with pytest.raises(ValueError, match="temperature: expected a number above 0"):
        drawn(model, read_of(model), torch.Generator(), temperature=temperature)


def test_unknown_is_never_said():
    model = translator("gru", "none")
    with torch.no_grad():
        model.readout.bias[0] = 30
    found = translate(model, "abcf")
    assert found.trace["probability"].values[0, :, 0].min() > 0.9
    assert "⟨unk⟩" not in found.tokens
    assert "⟨unk⟩" not in translate(model, "abcf", chance=torch.Generator().manual_seed(0)).tokens
    assert all(node.token for node in beam_search(model, read_of(model), 20, limit=4).nodes)
    assert 0 not in model.answer(*model.inputs([model.source.encode("abcf")]), 9)


@pytest.mark.parametrize("width", [0, -1, 51, 2.5, 1.0, True, None, "3", np.int64(3)])
def test_bad_widths(width):
    model = translator()
    with pytest.raises(ValueError, match="width: expected a whole number from 1 to 50, got"):
        beam_search(model, read_of(model), width)


def test_the_widest_beam():
    found = translate(translator("gru", "dot"), "abcf", beam=50)
    assert found.beam is not None
    assert found.log_probability >= translate(translator("gru", "dot"), "abcf").log_probability - 1e-6


def test_unsure():
    model = translator("gru", "dot", spread=0.0)
    assert unsure(translate(model, "a")) == (1, pytest.approx(1 / 8))
    assert unsure(translate(model, "a"), below=0.1) is None
