"""Completion against looking at every word there is, and what is typed by nobody in their right mind."""

from __future__ import annotations

import math
import time

import plain_language as plain
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from plain_language import CELLS, LETTERS, UNBOUNDED, VOCABULARIES, WORDS, small

from rnnviz import zoo
from rnnviz.completing import LEAST, LONGEST_WORD, Suggestion, complete
from rnnviz.models import Classifier

SHIPPED = [name for name in zoo.names() if name.startswith(("shakespeare-", "tiny-", "words-"))]
ODD = [
    "",
    " ",
    "   ",
    "\n",
    "\n\n ",
    ".",
    "...",
    "'",
    "’",
    "-",
    "don'",
    "a-",
    "🙂",
    "🙂 ",
    "x🙂",
    "日本",
    "é" * 3,
    "İ",
    "_",
    "3.1",
    "\x00",
    "\u200b",
    "a" * 500,
    "the dog " * 62,
    "I\t",
    "⟨s⟩",
    "⟨unk⟩",
    "n't",
    "'s",
    '"',
    "ﬁ",
    "ß",
]


def brief(model, by=2.0):
    """Make words short: their ends are more probable, so that there are not too many to look at."""
    with torch.no_grad():
        for at, name in enumerate(model.vocabulary.tokens):
            model.readout.bias[at] += by * (name in " \n,")
    return model


def same(found, expected):
    assert [each.added for each in found] == [added for added, _ in expected]
    for each, (_, probability) in zip(found, expected, strict=True):
        assert each.probability == pytest.approx(probability, abs=1e-9)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("vocabulary", [LETTERS, UNBOUNDED])
def test_letters_are_completed_as_looking_at_every_word_says(cell, seed, vocabulary):
    model = brief(small(cell, vocabulary, seed, unknown=1.0))
    for text in ("", "a", "ab b", "b ", "zb"):
        for sure, words in ((1.0, 1), (0.01, 3)):
            expected = plain.complete_letters(model, text, LONGEST_WORD, sure, words)
            same(complete(model, text, sure=sure, words=words), expected)
            assert bool(expected) == bool(text or vocabulary.boundary)


def test_letters_are_carried_on_as_long_as_the_whole_is_sure():
    """With a sure model the words are many; each ends in a space, whatever else could end it."""
    seen = set()
    for seed in range(6):
        model = brief(small("lstm", UNBOUNDED, seed, spread=2.0), 1.0)
        for sure in (0.5, 0.1, 0.003):
            expected = plain.complete_letters(model, "ab", LONGEST_WORD, sure, 4)
            same(complete(model, "ab", sure=sure, words=4), expected)
            seen.add(expected[0][0].strip().count(" "))
    assert {0, 1, 2} <= seen


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    ("before", "begun"),
    [("the ", "d"), ("", "t"), ("", "The"), ("he ", "don"), ("he ", "don'"), ("he ", "don't"), ("he ", "do"), ("", "he'"),
     ("", "he’l"), ("the ", "n"),
     ("no ", "well-k"), ("a zebra ", "no"), ("", "zebra"), ('"', "the"), ("he. ", "NO")],
)  # fmt: skip
def test_begun_words_are_finished_as_their_shares_say(cell, seed, before, begun):
    model = small(cell, WORDS, seed, spread=1.5, unknown=2.0)
    expected = plain.complete_words(model, before, begun.lower().replace("’", "'"))
    same(complete(model, before + begun, words=1), expected)
    assert bool(expected) == (begun != "zebra")


@pytest.mark.parametrize("text", ["the dog ", "", "he, ", "the dog.", '"', "🙂", "he. "])
def test_next_words_have_the_space_that_they_need(text):
    model = small("gru", WORDS, 3, spread=1.5, unknown=2.0)
    names, p = WORDS.tokens, plain.Reading(model, WORDS.encode(text).ids if text.strip() else [1]).expected(unknown=False)
    tight = {"n't", "'s", "'ll", ".", ","}
    words = [n for n in range(2, len(names))]
    if not text or text[-1] == " ":
        words = [n for n in words if names[n] not in tight]
        whole = math.fsum(p[n] for n in words)
        expected = {names[n]: p[n] / whole for n in words}
    else:
        expected = {names[n] if names[n] in tight else f" {names[n]}": p[n] for n in words}
    best = sorted(expected, key=lambda added: -expected[added])
    same(complete(model, text, count=6, words=1), [(added, expected[added]) for added in best[:6] if expected[added] >= LEAST])
    everything = complete(model, text, count=99, words=1)
    assert {each.added for each in everything} == {added for added in best if expected[added] >= LEAST}


@pytest.mark.parametrize("seed", range(4))
def test_words_are_carried_on_as_long_as_the_whole_is_sure(seed):
    model = small("lstm", WORDS, seed, spread=3.0)
    for text, begun in (("he ", "do"), ("the ", "d"), ("", "the")):
        first = plain.complete_words(model, text, begun, count=1)[0]
        for sure in (0.5, 0.05, 0.003):
            added, probability = first
            for _ in range(3):
                p = plain.Reading(model, WORDS.encode(text + begun + added).ids).expected(unknown=False)
                p[1] = 0
                best = max(range(len(p)), key=p.__getitem__)
                if probability * p[best] < max(sure, probability * LEAST):
                    break
                word = WORDS.tokens[best]
                added, probability = added + (word if word in ("n't", "'s", "'ll", ".", ",") else f" {word}"), probability * p[best]
            found = complete(model, text + begun, sure=sure, words=4)[0]
            assert found.added == added
            assert found.probability == pytest.approx(probability, abs=1e-9)


@pytest.mark.parametrize("name", [*VOCABULARIES, *SHIPPED])
def test_whatever_is_typed_has_an_answer(name):
    model = small("gru", VOCABULARIES[name], 1) if name in VOCABULARIES else zoo.load(name)
    for text in ODD:
        found = complete(model, text)
        assert isinstance(found, tuple)
        assert len(found) <= 4
        for each in found:
            assert isinstance(each, Suggestion)
            assert each.added.strip(), (text, each)
            assert LEAST <= each.probability <= 1 + 1e-9
            assert len(each.added.split()) <= 5 + 4 * each.added.count('"')
        assert len({each.added for each in found}) == len(found)
        probabilities = [each.probability for each in found[1:]]
        assert probabilities == sorted(probabilities, reverse=True)
    assert bool(complete(model, "")) == (model.vocabulary.boundary is not None)


@given(st.text(max_size=20), st.sampled_from(sorted(VOCABULARIES)))
def test_any_text_has_an_answer(text, kind):
    found = complete(small("rnn", VOCABULARIES[kind], 1), text)
    assert sum(each.probability for each in found[1:]) <= 1 + 1e-9
    assert all(each.added.strip() for each in found)


def test_nothing_is_carried_on_that_is_not_sure():
    model = zoo.load("words-lstm")
    for text in ("I do", "Good mor", "the cat is sit", "What ti"):
        one, many = complete(model, text, words=1), complete(model, text, words=5)
        assert many[1:] == one[1:]
        assert many[0].added.startswith(one[0].added)
        if many[0] != one[0]:
            assert one[0].probability >= many[0].probability >= 0.3
        assert complete(model, text, sure=1.1) == one


def test_contractions_are_words_too():
    model = zoo.load("words-lstm")
    assert complete(model, "I don")[0].added.startswith("'t")
    assert complete(model, "I do", words=1)[0].added == "n't"
    assert {each.added for each in complete(model, "I'", words=1)} >= {"m", "ll", "ve"}
    assert all("'" not in each.added[:2] for each in complete(model, "I do ", words=1)), "behind a space no n't can stand"
    assert complete(model, "He is well-k", words=1) == (Suggestion("nown", pytest.approx(1)),)


def test_a_word_that_is_finished_by_many_signs_is_as_probable_as_all_of_them():
    model = zoo.load("shakespeare-lstm")
    found = {each.added: each.probability for each in complete(model, "O Rom", words=1)}
    reading, said = plain.Reading(model.double(), model.vocabulary.encode("O Rom").ids), 1.0
    for letter in "eo":
        number = model.vocabulary.tokens.index(letter)
        said, reading = said * reading.expected(unknown=False)[number], reading.then(number)
    ends = [name for name in model.vocabulary.tokens[1:] if not name.isalnum() and name not in "'-’"]
    row = reading.expected(unknown=False)
    assert found["eo"] == pytest.approx(said * sum(row[model.vocabulary.tokens.index(end)] for end in ends), rel=1e-4)


def test_no_word_grows_for_ever():
    model = small("gru", UNBOUNDED, 0, spread=0.0)
    with torch.no_grad():
        model.readout.bias[UNBOUNDED.tokens.index("a")] = 1.5
    longest = max(len(each.added) for each in complete(model, "b", count=99, words=1))
    assert 3 < longest <= LONGEST_WORD
    with torch.no_grad():
        model.readout.bias[UNBOUNDED.tokens.index("a")] = 30
    assert complete(model, "b") == ()


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda: complete(Classifier(LETTERS, ("x", "y"), "gru", 3), "a"), TypeError, "model: expected a rnnviz.models.LanguageModel"),
        (lambda: complete(small(), None), TypeError, "text: expected a string, got NoneType"),
        (lambda: complete(small(), "a", count=0), ValueError, "count: expected a whole number from 1, got 0"),
        (lambda: complete(small(), "a", words=0), ValueError, "words: expected a whole number from 1, got 0"),
    ],
)
def test_errors_name_the_argument(ask, error, message):
    with pytest.raises(error, match=message):
        ask()


@pytest.mark.parametrize("vocabulary", [WORDS, LETTERS])
@pytest.mark.parametrize("cell", CELLS)
def test_the_model_is_only_read(cell, vocabulary):
    model = small(cell, vocabulary, layers=2, dropout=0.5)
    ask = lambda: (complete(model, "a d"), complete(model, ""))  # noqa: E731
    assert plain.leaves_alone(model, ask, lambda one, two: one == two)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("shakespeare-lstm", "To be, or not to"),
        ("shakespeare-lstm", "the"),
        ("words-lstm", "I don"),
        ("words-lstm", "I do not know what " * 10),
    ],
)
def test_it_keeps_up_with_typing(name, text):
    model, best = zoo.load(name), math.inf
    complete(model, text)
    for _ in range(5):
        start = time.process_time()
        complete(model, text)
        best = min(best, time.process_time() - start)
    assert best < 0.06
