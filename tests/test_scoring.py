"""How probable a text is, against plain loops, torch's cross-entropy and all texts that there are."""

from __future__ import annotations

import itertools
import math
import string
from collections import Counter

import numpy as np
import plain_language as plain
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from plain_language import CELLS, LETTERS, UNBOUNDED, VOCABULARIES, WORDS, small

from rnnviz import scoring, zoo
from rnnviz.models import Classifier
from rnnviz.scoring import other_orders, reading, score, shuffled, totals

SHIPPED = [name for name in zoo.names() if name.startswith(("shakespeare-", "tiny-", "words-"))]
TEXTS = {
    "letters": ["ab ba\nb", "b", "a'b'", "\n\n", "abzb b", "日a"],
    "unbounded": ["ab, ba", "b", "ab\nab", "zb"],
    "words": ["The dog, he don't.", "no", "zebra dog zebra", '"Well-known" then', "⟨s⟩ no"],
    "open words": ["the dog don't.", "dog", "zebra dog"],
}


def asked(model, text):
    """Tokens that are read and that are asked for, as the vocabulary's boundary says: after it a text begins."""
    ids, boundary = list(model.vocabulary.encode(text).ids), model.vocabulary.boundary
    if boundary == "\n":
        return [model.vocabulary.tokens.index("\n"), *ids[:-1]], ids
    return (ids, [*ids[1:], 1]) if boundary else (ids[:-1], ids[1:])


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("kind", VOCABULARIES)
@pytest.mark.parametrize("layers", [1, 2])
def test_a_score_is_what_a_plain_loop_says(cell, kind, layers):
    model = small(cell, VOCABULARIES[kind], layers, spread=1.5, layers=layers)
    names, letters = model.vocabulary.tokens, "letters" in kind or kind == "unbounded"
    for text in TEXTS[kind]:
        read, targets = asked(model, text)
        rows, found = plain.steps(model, read), score(model, text, most=3)
        assert len(found.tokens) == len(targets) == len(found.expected) == len(found.entropy)
        total = 0.0
        for at, (row, number) in enumerate(zip(rows, targets, strict=True)):
            assert math.fsum(row) == pytest.approx(1, abs=1e-12)
            assert found.entropy[at] == pytest.approx(-math.fsum(p * math.log2(p) for p in row), abs=1e-9)
            best = sorted(range(len(row)), key=lambda n: -row[n])
            assert found.expected[at] == tuple((names[n], pytest.approx(row[n], abs=1e-12)) for n in best[:3])
            if letters and number == 0:
                assert math.isnan(found.log_probability[at])
                assert math.isnan(found.rank[at])
                assert math.isnan(found.surprise[at])
            else:
                total += math.log(row[number])
                assert found.log_probability[at] == pytest.approx(math.log(row[number]), abs=1e-10)
                assert found.surprise[at] == pytest.approx(-math.log2(row[number]), abs=1e-9)
                assert found.rank[at] == best.index(number) + 1
        counted = sum(not (letters and number == 0) for number in targets)
        assert found.counted == counted
        assert found.total == pytest.approx(total, abs=1e-9)
        assert found.bits == pytest.approx(-total / math.log(2), abs=1e-9)
        if counted:
            assert found.perplexity == pytest.approx(math.exp(-total / counted), rel=1e-9)
        else:
            assert math.isnan(found.perplexity)
        assert sum(found.word_surprise) == pytest.approx(found.bits, abs=1e-9)
        assert list(itertools.chain(*found.words)) == list(range(len(found.tokens)))


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_models_are_scored_as_torch_scores_them(name):
    model = zoo.load(name)
    for text in ("I don't know, my lord, what to say.", "O"):
        read, targets = asked(model, text)
        if not read:
            continue
        with torch.no_grad():
            logits = model(torch.tensor([read]))[0][0]
        told = torch.tensor(targets)
        each = torch.nn.functional.cross_entropy(logits.double(), told, reduction="none")
        kept = ((told != 0) | (model.vocabulary.boundary == "⟨s⟩")).numpy()
        found = score(model, text, most=len(model.vocabulary))
        np.testing.assert_allclose(-found.log_probability[kept], each[kept], atol=1e-6)
        assert found.counted == int(kept.sum())
        summed = torch.nn.functional.cross_entropy(logits[kept], told[kept], reduction="sum")
        assert -found.total == pytest.approx(float(summed), abs=1e-3)
        for row in found.expected:
            assert math.fsum(p for _, p in row) == pytest.approx(1, abs=1e-9)
        assert found.total == pytest.approx(totals(model, [text])[0], abs=1e-4)


@pytest.mark.parametrize("cell", CELLS)
def test_all_texts_of_a_length_together_are_certain(cell):
    letters = small(cell, LETTERS, 3, spread=2, unknown=-1e4)
    for length in (1, 2, 3, 4):
        texts = ["".join(text) for text in itertools.product(LETTERS.characters, repeat=length)]
        assert np.exp(totals(letters, texts)).sum() == pytest.approx(1, abs=1e-9)
    open_ = small(cell, UNBOUNDED, 3, spread=2, unknown=-1e4)
    texts = ["a" + "".join(text) for text in itertools.product(UNBOUNDED.characters, repeat=3)]
    assert np.exp(totals(open_, texts)).sum() == pytest.approx(1, abs=1e-9)
    assert np.exp(totals(small(cell, UNBOUNDED, 3), texts)).sum() < 1, "some of it went to what can never be read"


@pytest.mark.parametrize("cell", CELLS)
def test_all_sentences_together_are_certain(cell):
    """A sentence ends at once, after a word, after two, or goes on after two."""
    model = small(cell, WORDS, 5)
    words = ["zebra", *WORDS.words]  # one that is not known stands for all of them
    nothing = plain.steps(model, [1])[0][1]
    one = np.exp(totals(model, words)).sum()
    pairs = [f"{a} {b}" for a in words for b in words]
    kept = [pair for pair in pairs if len(WORDS.encode(pair).ids) == 3]
    assert len(kept) == len(pairs)
    on = sum(math.exp(found.total - found.log_probability[-1]) for found in (score(model, pair) for pair in kept))
    assert nothing + one + on == pytest.approx(1, abs=1e-9)


def test_the_first_token_stands_behind_the_boundary():
    found = score(small(), "ab")
    assert (found.opening, found.tokens) == ("\n", ("a", "b"))
    found = score(small(vocabulary=WORDS), "No dog.")
    assert (found.opening, found.tokens) == ("⟨s⟩", ("no", "dog", ".", "⟨s⟩"))
    found = score(small(vocabulary=UNBOUNDED), "ab")
    assert (found.opening, found.tokens) == ("a", ("b",))
    found = score(small(vocabulary=UNBOUNDED), "a")
    assert (found.opening, found.tokens, found.counted, found.total) == ("a", (), 0, 0)
    assert math.isnan(found.perplexity)
    assert math.copysign(1, found.bits) == 1
    assert found.word_surprise.shape == (0,)
    assert totals(small(vocabulary=UNBOUNDED), ["a", "b"]).tolist() == [0, 0]


def test_words_gather_their_letters():
    found = score(small(), " ab  b\na ba")
    assert ["".join(found.tokens[at] for at in word) for word in found.words] == [" ab", "  b", "\na", " ba"]
    assert found.word_surprise.tolist() == pytest.approx([found.surprise[list(word)].sum() for word in found.words])
    found = score(small(), "zz a")
    assert found.word_surprise[0] == 0
    assert found.word_surprise[1] == pytest.approx(np.nansum(found.surprise))
    words = score(small(vocabulary=WORDS), "don't zebra")
    assert words.words == ((0,), (1,), (2,), (3,))
    assert words.tokens == ("do", "n't", "zebra", "⟨s⟩")
    assert np.isfinite(words.log_probability).all()


def test_what_a_word_that_is_not_known_costs():
    model = small(vocabulary=WORDS)
    assert score(model, "the zebra").total == score(model, "the unicorn").total
    assert score(model, "the zebra").log_probability[1] == pytest.approx(
        math.log(plain.steps(model, [1, WORDS.encode("the").ids[1]])[1][0])
    )


@given(st.lists(st.text(st.sampled_from("abz' \n"), min_size=1, max_size=9), max_size=6), st.sampled_from(CELLS))
def test_many_texts_at_once_are_scored_as_one(texts, cell):
    for vocabulary in (LETTERS, UNBOUNDED):
        model = small(cell, vocabulary, 1)
        np.testing.assert_allclose(totals(model, texts), [score(model, text).total for text in texts], atol=1e-9)


def test_many_texts_in_several_passes(monkeypatch):
    monkeypatch.setattr(scoring, "_LOGITS", 60)
    model, texts = small(vocabulary=WORDS), ["no", "the dog do n't.", "he", "zebra zebra no no no no no"]
    np.testing.assert_allclose(totals(model, texts), [score(model, text).total for text in texts], atol=1e-9)
    assert totals(model, []).shape == (0,)


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda: score(torch.nn.LSTM(2, 2), "a"), TypeError, r"model: expected a rnnviz.models.LanguageModel, got LSTM"),
        (lambda: totals(Classifier(LETTERS, ("x", "y"), "gru", 3), ["a"]), TypeError, "model: expected .* got Classifier"),
        (lambda: score(small(), ""), ValueError, "text: it is empty"),
        (lambda: score(small(vocabulary=WORDS), " "), ValueError, "text: there is no word in it"),
        (lambda: score(small(), 3), TypeError, "text: expected a string, got int"),
        (lambda: totals(small(), ["a", ""]), ValueError, "text: it is empty"),
        (lambda: score(small(), "a", most=-1), ValueError, "most: expected a whole number from 0, got -1"),
        (lambda: shuffled(small(), "a b", count=0), ValueError, "count: expected a whole number from 1 to 1000, got 0"),
        (lambda: shuffled(small(), "a b", count=True), ValueError, "count: "),
        (lambda: shuffled(small(), "a b", count=1001), ValueError, "count: "),
        (lambda: shuffled(small(), ""), ValueError, "text: it is empty"),
        (lambda: score(broken(), "a"), ValueError, r"network: readout.bias holds 1 of 6 values that are not finite"),
        (lambda: totals(broken(), ["a"]), ValueError, r"network: readout.bias holds 1 of 6"),
    ],
)
def test_errors_name_the_argument(ask, error, message):
    with pytest.raises(error, match=message):
        ask()


def broken():
    model = small()
    with torch.no_grad():
        model.readout.bias[2] = math.nan
    return model


def test_no_candidates():
    assert score(small(), "ab", most=0).expected == ((), ())
    assert len(score(small(), "a", most=99).expected[0]) == len(LETTERS)


# ---- other orders ----

WORD = st.text(st.sampled_from(string.ascii_lowercase + "'"), min_size=1, max_size=3).filter(lambda word: word[0] != "'")


@given(
    st.lists(WORD, min_size=1, max_size=6),
    st.sampled_from(["", ".", "?!", " .", "…"]),
    st.booleans(),
    st.integers(1, 60),
    st.integers(0, 9),
)
def test_other_orders_are_orders_of_the_words(words, end, capital, count, seed):
    assume(not capital or words[0] != "i")
    line = " ".join(words)
    line = line[:1].upper() + line[1:] if capital else line
    found, every = other_orders(line + end, count, seed)
    there_are = plain.every_order(words)
    assert len(set(found)) == len(found) == min(count, len(there_are) - 1)
    assert every == (len(there_are) - 1 <= count)
    assert line + end not in found
    assert found == other_orders(line + end, count, seed)[0]
    for other in found:
        assert other.endswith(end)
        said = other.removesuffix(end)
        if capital:
            assert said[0].isupper()
            said = said[0].lower() + said[1:]
        assert tuple(said.split(" ")) in there_are


@pytest.mark.parametrize("text", ["na na na na na na na na na na na na hey", "no " * 40 + "yes", "a b " * 30, "la " * 166])
def test_words_that_come_again_and_again_have_few_orders(text):
    found, every = other_orders(text, 200, 1)
    words = Counter(text.split())
    there_are = math.factorial(words.total()) // math.prod(map(math.factorial, words.values()))
    assert len(found) == len(set(found)) == min(200, there_are - 1)
    assert every == (there_are <= 201)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dogs bark.", ["Bark dogs."]),
        ("I see you", ["I you see", "see I you", "see you I", "you I see", "you see I"]),
        ("I’m here!", ["here I’m!"]),
        ("It is , no ?", None),
        ("NASA rocks", ["rocks NASA"]),
        ("one", []),
        ("...", []),
        ("  a\n b ", ["b a"]),
    ],
)
def test_capitals_and_signs(text, expected):
    found, every = other_orders(text, 50, 1)
    assert every
    if expected is None:
        assert len(found) == 23
        assert all(other.endswith(" ?") and other[0] in "ISN," for other in found)
    else:
        assert found == expected


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("text", ["the dog no he.", "do do no"])
def test_a_rank_is_a_place_among_all_orders(cell, text):
    model = small(cell, WORDS, 2, spread=2)
    found = shuffled(model, text)
    end = "." if text.endswith(".") else ""
    orders = plain.every_order(text.removesuffix(".").split())
    scores = {" ".join(order) + end: 0.0 for order in orders}
    for line in scores:
        ids = WORDS.encode(line).ids
        scores[line] = plain.log_probability(model, ids[:1], [*ids[1:], 1])
    assert found.every
    assert found.rank == 1 + sum(value > scores[text] + 1e-12 for value in scores.values())
    assert found.log_probability == pytest.approx(scores.pop(text), abs=1e-9)
    assert {line: value for line, value in found.orders} == {line: pytest.approx(value, abs=1e-9) for line, value in scores.items()}
    assert [value for _, value in found.orders] == sorted((value for _, value in found.orders), reverse=True)


def test_another_seed_draws_other_orders():
    text = "the dog no he do then not"
    first, again, other = (other_orders(text, 20, seed)[0] for seed in (1, 1, 2))
    assert first == again != other


def test_word_order_is_heard_by_the_model_that_ships():
    model = zoo.load("words-lstm")
    found = shuffled(model, "we love working on deep learning", count=200)
    assert (len(found.orders), found.every) == (200, False)
    assert found.rank <= 3
    jumble = totals(model, ["working love learning we on deep"])[0]
    assert sum(value > jumble for _, value in found.orders) > 100
    assert found.log_probability > jumble + math.log(1000)


def test_a_single_word_has_no_other_order():
    found = shuffled(small(vocabulary=WORDS), "dog")
    assert (found.orders, found.every, found.rank) == ((), True, 1)


@pytest.mark.parametrize("cell", CELLS)
def test_the_model_is_only_read(cell):
    model = small(cell, WORDS, layers=2, dropout=0.5)
    ask = lambda: (score(model, "the dog").log_probability.tolist(), shuffled(model, "the dog no").orders)  # noqa: E731
    assert plain.leaves_alone(model, ask, lambda one, two: one == two)


def test_reading_says_what_is_read():
    read = reading(small(vocabulary=WORDS), "the dog")
    assert (read.ids, read.targets) == ((1, 2, 8), (2, 8, 1))
