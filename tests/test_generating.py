"""How a model goes on after a text: shares against their definition, draws against shares, beams against all ways there are."""

from __future__ import annotations

import itertools
import math

import numpy as np
import plain_language as plain
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from plain_language import CELLS, LETTERS, UNBOUNDED, VOCABULARIES, WORDS, small

import rnnviz
from rnnviz import zoo
from rnnviz.generating import Draw, Reader, along, beam_search, generate, pipeline, read, steps
from rnnviz.interventions import continuation
from rnnviz.network import exactly

SHIPPED = [name for name in zoo.names() if name.startswith(("shakespeare-", "tiny-", "words-"))]
COLUMNS = ("token", "logit", "scaled", "model_probability", "kept", "probability", "until", "place")
LOGITS = st.lists(st.one_of(st.floats(-20, 20), st.integers(-2, 2)), min_size=2, max_size=8)
DRAWS = {"temperature": st.sampled_from([1e-3, 0.1, 0.7, 1.0, 2.0, 100.0]), "top_k": st.integers(0, 9), "top_p": st.floats(0.01, 1.0)}


def shares_of(logits, draw=None, unsaid=()):
    return pipeline(torch.tensor([float(value) for value in logits], dtype=torch.double), draw or Draw(), unsaid)


# ---- from logits to shares ----


@given(logits=LOGITS, unsaid=st.sets(st.integers(0, 1), max_size=1), **DRAWS)
def test_shares_are_what_they_are_defined_as(logits, unsaid, temperature, top_k, top_p):
    if top_p < 1:
        wide = np.sort(plain.shares(logits, temperature, top_k, 1, unsaid))[::-1].cumsum()
        assume(np.abs(wide - top_p).min() > 1e-9)  # exact borders have a test of their own
    found = shares_of(logits, Draw(temperature, top_k, top_p), unsaid)
    by_token = dict(zip(found.token.tolist(), found.probability.tolist(), strict=True))
    expected = plain.shares(logits, temperature, top_k, top_p, unsaid)
    assert not unsaid & set(by_token)
    for token, share in enumerate(expected):
        assert by_token.get(token, 0.0) == pytest.approx(share, abs=1e-9)
    assert len(found.token) == len(logits) - len(unsaid)
    assert found.kept[0]
    assert found.probability[0] > 0
    assert found.probability.sum() == pytest.approx(1, abs=1e-12)
    assert found.count == found.kept.sum()
    assert not found.probability[~found.kept].any()
    assert (np.diff(found.logit) <= 0).all()
    assert (found.logit == np.array(logits, dtype=float)[found.token]).all()
    np.testing.assert_allclose(found.scaled, found.logit / temperature)
    np.testing.assert_allclose(found.until, found.probability.cumsum())
    own = plain.shares(logits, 1.0, 0, 1, unsaid)
    np.testing.assert_allclose(found.model_probability, [own[token] for token in found.token], atol=1e-12)
    assert found.place.tolist() == list(range(len(found.token)))


@pytest.mark.parametrize(
    ("top_k", "top_p", "count"),
    [
        (0, 0.5, 1),
        (0, 0.50001, 2),
        (0, 0.75, 2),
        (0, 0.875, 3),
        (0, 1.0, 4),
        (0, 1e-9, 1),
        (1, 1.0, 1),
        (3, 1.0, 3),
        (9, 1.0, 4),
        (3, 0.5, 1),
    ],
)
def test_the_fewest_that_reach_a_share(top_k, top_p, count):
    found = shares_of([math.log(p) for p in (0.125, 0.5, 0.25, 0.125)], Draw(top_k=top_k, top_p=top_p))
    assert found.count == count
    assert found.token.tolist() == [1, 2, 0, 3], "of equals the first is the first"


def test_a_share_is_reached_among_what_the_first_filter_left():
    found = shares_of([math.log(p) for p in (0.4, 0.3, 0.2, 0.1)], Draw(top_k=2, top_p=0.56))
    assert found.count == 1, "0.4 of 0.7 is more than 0.56"


@given(logits=LOGITS, u=st.floats(0, 1, exclude_max=True), **DRAWS)
def test_a_number_falls_into_one_share(logits, u, temperature, top_k, top_p):
    found = shares_of(logits, Draw(temperature, top_k, top_p))
    possible = found.probability.nonzero()[0]
    numbers = [0.0, u, *np.minimum(found.until, np.nextafter(1, 0)), *np.nextafter(found.until, 0), np.nextafter(1, 0)]
    for number in numbers:
        at = found.pick(float(number))
        assert found.probability[at] > 0
        beyond = [int(place) for place in possible if found.until[place] > number]
        assert at == (beyond[0] if beyond else possible[-1])


def test_a_number_at_a_border_belongs_to_the_next():
    found = shares_of([math.log(p) for p in (0.5, 0.25, 0.25)])
    assert [found.pick(u) for u in (0.0, 0.4999, 0.5, 0.7499, 0.75, 0.99999, math.nextafter(1, 0))] == [0, 0, 1, 1, 2, 2, 2]
    short = shares_of([0.0] * 10 + [-1000.0])
    assert short.until[-1] < 1, "ten tenths, rounded"
    assert short.pick(math.nextafter(1, 0)) == 9, "what has no share is never drawn"
    cold = shares_of([3.0, 2.0, 1.0], Draw(1e-3))
    assert [cold.pick(u) for u in (0.0, 0.5, math.nextafter(1, 0))] == [0, 0, 0]


@pytest.mark.parametrize("temperature", [1e-3, 1e-30, 5e-324, 100.0, 1e300])
def test_extreme_temperatures(temperature):
    found = shares_of([5.0, -3.0, 7.0, 0.0], Draw(temperature))
    assert found.probability.sum() == pytest.approx(1)
    if temperature < 1:
        assert found.probability.tolist() == [1, 0, 0, 0]
    else:
        np.testing.assert_allclose(found.probability, 0.25, atol=0.02)
    assert found.model_probability.tolist() == shares_of([5.0, -3.0, 7.0, 0.0]).model_probability.tolist()


@given(logits=LOGITS, most=st.integers(1, 9), at=st.integers(0, 7), **DRAWS)
def test_the_first_of_them_keep_their_numbers(logits, most, at, temperature, top_k, top_p):
    whole = shares_of(logits, Draw(temperature, top_k, top_p))
    at = min(at, len(logits) - 1)
    part = whole.first(most, at)
    assert len(part.token) == min(len(logits), most + 1)
    assert at in part.place
    assert part.place[:most].tolist() == list(range(min(most, len(logits))))
    assert part.count == whole.count
    for name in COLUMNS:
        assert getattr(part, name).tolist() == getattr(whole, name)[part.place].tolist()


# ---- reading ----


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("kind", VOCABULARIES)
def test_each_step_is_what_a_plain_loop_says(cell, kind):
    model, text = small(cell, VOCABULARIES[kind], 1, spread=1.5, unknown=2.0, layers=2), "ab" if "words" not in kind else "the dog"
    said = generate(model, text, Draw(1.3, 4), length=8)
    ids, unknown = list(model.vocabulary.encode(text).ids), 0
    for step in said.steps:
        row = plain.steps(model, ids, unknown=False)[-1]
        assert step.probability == pytest.approx(row[step.number], abs=1e-10)
        assert step.entropy == pytest.approx(-math.fsum(p * math.log2(p) for p in row if p), abs=1e-9)
        assert step.place == sum(p > row[step.number] for p in row)
        assert step.token == model.vocabulary.tokens[step.number] != "⟨unk⟩"
        shares = plain.shares([math.log(p) if p else 0.0 for p in row], 1.3, 4, 1, (unknown,))
        np.testing.assert_allclose(step.pipeline.probability, [shares[n] for n in step.pipeline.token], atol=1e-9)
        assert step.place == step.pipeline.pick(step.u)
        ids.append(step.number)
    assert said.log_probability == pytest.approx(
        plain.log_probability(model, ids[: -len(said.steps)], ids[-len(said.steps) :], unknown=False), abs=1e-9
    )


@pytest.mark.parametrize("name", SHIPPED)
def test_a_record_of_text_and_continuation_shows_what_was_expected(name):
    model, text = zoo.load(name), "I do not know"
    said = generate(model, text, Draw(0.9), length=25, seed=4)
    tokens = [token for token in said.tokens if token != "⟨s⟩"]
    vocabulary = model.vocabulary
    whole = vocabulary.text([*vocabulary.encode(text).tokens, *tokens])
    trace = rnnviz.record(model, whole)
    before = len(vocabulary.encode(text).ids)
    assert trace.tokens[before:] == tuple(tokens)
    for at, step in enumerate(said.steps):
        row = trace["probability"].values[0, before - 1 + at].astype(float)
        row[0] = 0
        expected = row / row.sum()
        np.testing.assert_allclose(step.pipeline.model_probability, expected[step.pipeline.token], atol=1e-6)
        assert step.probability == pytest.approx(expected[step.number], abs=1e-6)


@pytest.mark.parametrize("name", SHIPPED)
def test_greedy_is_how_an_untouched_model_goes_on(name):
    model, text = zoo.load(name), "I do not"
    said, on, vocabulary = generate(model, text, length=20), continuation(model, text, 20), model.vocabulary
    tokens = tuple(token for token in said.tokens if token != "⟨s⟩")
    assert vocabulary.encode(text + on).tokens == (*vocabulary.encode(text).tokens, *tokens)
    if vocabulary.boundary != "⟨s⟩":
        assert said.said == on
    assert all(step.place == 0 and math.isnan(step.u) for step in said.steps)
    assert generate(model, text, Draw(1e-3), length=20).tokens == said.tokens
    assert generate(model, text, Draw(2.0, top_k=1), length=20).tokens == said.tokens


@pytest.mark.parametrize("cell", CELLS)
def test_greedy_takes_the_most_probable_each_time(cell):
    model = small(cell, seed=8, spread=2)
    reading = plain.Reading(model, LETTERS.encode("ab").ids)
    for step in generate(model, "ab", length=30).steps:
        row = reading.expected(unknown=False)
        assert step.number == max(range(len(row)), key=row.__getitem__)
        reading = reading.then(step.number)


def test_a_reader_reads_on():
    for kind, vocabulary in VOCABULARIES.items():
        model = small("gru", vocabulary, 2)
        ids = list(vocabulary.encode("the dog no" if "words" in kind else "ab ba").ids)
        with exactly(model):
            whole = Reader(model, ids)
            for cut in range(1, len(ids)):
                parts = Reader(model, ids[:cut]).then(ids[cut:])
                one, two = (each.after(each.last, each.state, 1)[0] for each in (whole, parts))
                torch.testing.assert_close(one, two, rtol=0, atol=1e-12)
            row = plain.steps(model, ids, unknown=False)[-1]
            np.testing.assert_allclose(one[0].exp(), row, atol=1e-12)


# ---- chance ----


def improbable(counts, expected):
    """The chance of a chi-square as large as this one or larger (Wilson and Hilferty 1931)."""
    square = sum((count - e) ** 2 / e for count, e in zip(counts, expected, strict=True) if e)
    free = sum(e > 0 for e in expected) - 1
    z = ((square / free) ** (1 / 3) - (1 - 2 / (9 * free))) / math.sqrt(2 / (9 * free))
    return math.erfc(z / math.sqrt(2)) / 2


@pytest.mark.parametrize("draw", [Draw(), Draw(2.0, 4, 0.9)])
def test_tokens_are_drawn_as_often_as_their_shares_say(draw):
    model, draws = small("rnn", UNBOUNDED, 6), 5000
    with torch.no_grad():
        for parameter in model.recurrent.parameters():
            parameter.zero_()  # it forgets all: each step expects the same
        model.readout.bias.copy_(torch.tensor([1.0, 0.5, 0.0, -0.5, -1.5]))
    found = [step.place for step in itertools.islice(steps(model, "a", draw, seed=7), draws)]
    shares = next(steps(model, "a", draw)).pipeline.probability
    counts = np.bincount(found, minlength=len(shares))
    assert not counts[shares == 0].any()
    assert improbable(counts, draws * shares) > 1e-4


@pytest.mark.parametrize("draw", [Draw(), Draw(0.5), Draw(3.0), Draw(top_k=3), Draw(1.5, top_p=0.8), Draw(100.0, 5, 0.7)])
def test_numbers_fall_into_shares_as_often_as_these_are_wide(draw):
    shares, draws = shares_of([1.0, 0.5, 0.0, -0.5, -1.5, -2.5], draw), 20_000
    numbers = torch.rand(draws, generator=torch.Generator().manual_seed(3), dtype=torch.double).tolist()
    counts = np.bincount([shares.pick(u) for u in numbers], minlength=len(shares.token))
    assert not counts[shares.probability == 0].any()
    assert improbable(counts, draws * shares.probability) > 1e-4


def test_seeds_are_fair_too():
    """The page counts its seeds up from 1: what they draw first must be as varied as what one of them draws in a row."""
    model, draws = small("gru", UNBOUNDED, 6), 1500
    firsts = [next(steps(model, "a", Draw(), seed=seed)) for seed in range(1, draws + 1)]
    shares = firsts[0].pipeline.probability
    assert improbable(np.bincount([step.place for step in firsts], minlength=len(shares)), draws * shares) > 1e-4
    u = np.array([step.u for step in firsts])
    assert improbable(np.histogram(u, 20, (0, 1))[0], [draws / 20] * 20) > 1e-4
    assert abs(np.corrcoef(u[:-1], u[1:])[0, 1]) < 0.1


@pytest.mark.parametrize("cell", CELLS)
def test_the_same_seed_says_the_same(cell):
    model = small(cell, seed=3)
    say = lambda seed: generate(model, "ab", Draw(), seed=seed, length=40).said  # noqa: E731
    assert say(1) == say(1)
    assert len({say(seed) for seed in range(1, 11)}) == 10


def test_what_is_not_known_is_never_said():
    for vocabulary in VOCABULARIES.values():
        model = small("lstm", vocabulary, unknown=30.0)
        text = "do" if vocabulary in (WORDS, VOCABULARIES["open words"]) else "a"
        for draw in (None, Draw(), Draw(100.0)):
            said = generate(model, text, draw, length=40)
            assert "⟨unk⟩" not in said.tokens
            assert all(0 not in step.pipeline.token for step in said.steps)
            assert math.isfinite(said.log_probability)
        beam = beam_search(model, text, 8, length=5)
        assert all(node.token for node in beam.nodes)
        assert beam.best.log_probability > -30


# ---- where it ends ----


def test_it_ends_at_its_length():
    for length in (1, 7, 500):
        said = generate(small(), "a", Draw(), length=length)
        assert (len(said.steps), said.stopped) == (length, "length")
        assert said.said == "".join(said.tokens)


def test_it_ends_where_what_was_said_ends_so():
    model = small(seed=4)
    whole = generate(model, "a", Draw(1.5), length=60)
    for stop in (whole.said[9:11], whole.said[3], whole.said[20:26]):
        said = generate(model, "a", Draw(1.5), length=60, stop=stop)
        assert said.stopped == "stop"
        assert said.said == whole.said[: whole.said.index(stop) + len(stop)]
    assert generate(model, "a", Draw(1.5), length=60, stop="zz").said == whole.said


def test_a_sentence_ends():
    model = small(vocabulary=WORDS, seed=1)
    ended = [said for seed in range(1, 30) if (said := generate(model, "the", Draw(), seed=seed, length=40)).stopped == "end"]
    assert ended
    for said in ended:
        assert said.tokens[-1] == "⟨s⟩"
        assert "⟨s⟩" not in said.said
        assert said.log_probability == pytest.approx(sum(math.log(step.probability) for step in said.steps))
    assert generate(small(seed=1), "a", Draw(), length=60).tokens.count("\n") > 1, "a line break ends nothing"


# ---- beams ----


@given(
    cell=st.sampled_from(CELLS), seed=st.integers(0, 2**16), width=st.integers(1, 8), kind=st.sampled_from(sorted(VOCABULARIES)),
    stopped=st.booleans(),
)  # fmt: skip
def test_a_beam_is_never_worse_than_greedy(cell, seed, width, kind, stopped):
    vocabulary = VOCABULARIES[kind]
    model = small(cell, vocabulary, seed, spread=1.5, unknown=2.0)
    text, stop = ("the", ".") if "words" in kind else ("a", " ")
    plainly = generate(model, text, length=8, stop=stop if stopped else "")
    beam = beam_search(model, text, width, length=8, stops=(stop,) if stopped else ())
    own, ended = tuple(step.number for step in plainly.steps), plainly.stopped != "length" or plainly.tokens[-1] == stop * stopped
    if ended or not beam.best.ended:
        assert beam.best.ended == ended
        assert beam.best.log_probability >= plainly.log_probability - 1e-9
    if width == 1:
        assert beam.best.ids == own
    before = vocabulary.encode(text).ids
    for answer in beam.answers:
        assert answer.log_probability == pytest.approx(plain.log_probability(model, before, answer.ids, unknown=False), abs=1e-9)
    best = along(model, text, beam.best.ids, stop=stop if stopped else "")
    assert best.log_probability == pytest.approx(beam.best.log_probability, abs=1e-9)
    assert (best.stopped != "length") == beam.best.ended


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("width", [4, 32])
def test_a_wide_beam_looks_at_all_ways(cell, seed, width):
    """Of four letters two end a way. With 32 nothing is left out; with 4 only where better beginnings fill the beam."""
    model = small(cell, UNBOUNDED, seed, spread=1.5)
    ends, letters = [UNBOUNDED.tokens.index(end) for end in " ,"], [UNBOUNDED.tokens.index(letter) for letter in "ab"]
    before = UNBOUNDED.encode("ab").ids
    ways = [(*way, end) for count in range(4) for way in itertools.product(letters, repeat=count) for end in ends]
    every = {way: plain.log_probability(model, before, way, unknown=False) for way in ways}
    found = beam_search(model, "ab", width, length=4, stops=(" ", ","))
    deepest, best = max(node.depth for node in found.nodes), max(every, key=every.get)
    said = {answer.ids: answer.log_probability for answer in found.answers}
    crowd = sum(node.score > every[best] for node in found.nodes if node.depth == len(best))
    assert found.best.ids == best or (width == 4 and crowd >= width)
    assert all(answer.ended for answer in found.answers)
    for way, value in said.items():
        assert value == pytest.approx(every[way], abs=1e-9)
    if width == 32:
        assert set(said) == {way for way in every if len(way) <= deepest}
        assert all(value <= every[best] for way, value in every.items() if len(way) > deepest)


@pytest.mark.parametrize("kind", VOCABULARIES)
def test_a_known_continuation_is_seen_as_it_was_said(kind):
    model, text = small("lstm", VOCABULARIES[kind], 2), "the dog" if "words" in kind else "ab"
    for draw in (None, Draw(), Draw(0.7, 3)):
        said = generate(model, text, draw, length=9)
        found = along(model, text, [step.number for step in said.steps])
        assert (found.tokens, found.said, found.stopped) == (said.tokens, said.said, said.stopped)
        assert found.log_probability == pytest.approx(said.log_probability, abs=1e-9)
        for one, two in zip(found.steps, said.steps, strict=True):
            assert (one.token, one.number, one.place) == (two.token, two.number, two.place)
            assert one.probability == pytest.approx(two.probability, abs=1e-10)
            assert one.entropy == pytest.approx(two.entropy, abs=1e-9)
            assert math.isnan(one.u)
            np.testing.assert_allclose(one.pipeline.logit, two.pipeline.logit, atol=1e-10)
    assert along(model, text, [step.number for step in said.steps], stop=said.tokens[-1]).stopped in ("stop", "end")
    few = along(model, text, [step.number for step in said.steps], most=2)
    assert all(len(step.pipeline.token) == 3 and step.place in step.pipeline.place for step in few.steps)


# ---- errors, and nothing is touched ----


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda: Draw(0), ValueError, "temperature: expected a number above 0, got 0"),
        (lambda: Draw(math.nan), ValueError, "temperature: "),
        (lambda: Draw(math.inf), ValueError, "temperature: "),
        (lambda: Draw(top_k=-1), ValueError, "top_k: expected a whole number, 0 for all, got -1"),
        (lambda: Draw(top_k=2.0), ValueError, "top_k: "),
        (lambda: Draw(top_p=0), ValueError, "top_p: expected a share above 0 and up to 1, got 0"),
        (lambda: Draw(top_p=1.1), ValueError, "top_p: "),
        (lambda: Draw(top_p=math.nan), ValueError, "top_p: "),
        (lambda: generate(small(), ""), ValueError, "text: it is empty"),
        (lambda: generate(small(vocabulary=WORDS), " "), ValueError, "text: there is no word in it"),
        (lambda: generate(small(), 3), TypeError, "text: expected a string"),
        (lambda: generate(small(), "a", length=0), ValueError, "length: expected a whole number from 1 to 500, got 0"),
        (lambda: generate(small(), "a", length=501), ValueError, "length: "),
        (lambda: beam_search(small(), "a", length=True), ValueError, "length: "),
        (lambda: beam_search(small(), "a", 0), ValueError, "width: expected a whole number from 1 to 50, got 0"),
        (lambda: read(torch.nn.LSTM(2, 2), "a"), TypeError, "model: expected a rnnviz.models.LanguageModel, got LSTM"),
        (lambda: along(small(), "a", []), ValueError, r"said: expected at least one token and only such as can be said, got \[\]"),
        (lambda: along(small(), "a", [0]), ValueError, "said: "),
        (lambda: along(small(), "a", [1, 99]), ValueError, "said: "),
        (lambda: along(small(), "a", [-1]), ValueError, "said: "),
        (lambda: generate(broken(), "a"), ValueError, "network: recurrent.bias_hh_l0 holds 1 of 20 values that are not finite"),
    ],
)
def test_errors_name_the_argument(ask, error, message):
    with pytest.raises(error, match=message):
        ask()


def broken():
    model = small()
    with torch.no_grad():
        model.recurrent.bias_hh_l0[2] = math.inf
    return model


@pytest.mark.parametrize("cell", CELLS)
def test_the_model_is_only_read(cell):
    model = small(cell, WORDS, layers=2, dropout=0.5)

    def ask():
        drawn, plainly = generate(model, "the dog", Draw(), length=6), generate(model, "the dog", length=6)
        beam = beam_search(model, "the dog", 3, length=5)
        return drawn.tokens, plainly.log_probability, beam.best, along(model, "the dog", beam.best.ids).log_probability

    assert plain.leaves_alone(model, ask, lambda one, two: one == two)


def test_it_runs_in_another_precision():
    model = small().float()
    said = generate(model, "ab", length=5)
    with torch.autocast("cpu", torch.bfloat16), torch.inference_mode():
        assert generate(model, "ab", length=5).log_probability == said.log_probability
    assert all(len(step.pipeline.token) == len(LETTERS) - 1 for step in said.steps)
