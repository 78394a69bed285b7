"""The translators that ship: as good as their cards say, of equal budget, and they look where one should."""

from __future__ import annotations

from itertools import pairwise

import pytest

import rnnviz
from rnnviz import tasks, zoo
from rnnviz.cli.measure import bleu_and_exact
from rnnviz.zoo.cards import HERE

FAMILIES = {
    "dates": ("additive", "dot", "general", "none"),
    "reverse": ("additive", "none"),
    "french": ("general", "none"),
}
NAMES = [f"{family}-{score}" for family, scores in FAMILIES.items() for score in scores]
LIGHT = [name for name in NAMES if not name.startswith("french")]


@pytest.mark.parametrize("name", NAMES)
def test_a_translator_is_what_its_card_says(name):
    model, card = zoo.load(name), zoo.card(name)
    assert card.parameters == model.parameter_count
    assert model.score == card.description.attention == name.rpartition("-")[2]
    assert card.command.startswith(f"python -m rnnviz train {card.task} ")
    assert (HERE / name / "model.safetensors").stat().st_size <= (4_000_000 if name.startswith("french") else 200_000)
    assert len(card.by_length) >= 5
    if name.startswith("french"):
        assert "CC BY 2.0 FR" in card.data
        assert "tatoeba.org" in card.data


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_has_one_budget(family):
    cards = [zoo.card(f"{family}-{score}") for score in FAMILIES[family]]
    counts = [card.parameters for card in cards]
    assert max(counts) / min(counts) < 1.04
    assert len({(card.settings.steps, card.settings.batch, card.settings.learning_rate, card.settings.seed) for card in cards}) == 1


@pytest.mark.parametrize("name", LIGHT)
def test_the_score_of_what_it_never_saw(name):
    card = zoo.card(name)
    task = tasks.make(card.task, card.settings.options)
    held = task.test() or task.validation
    measured = task.measured(zoo.load(name), held)[1]
    assert measured == pytest.approx(card.scores["test" if task.test() else "validation"], abs=2e-3), "a rounding may tip one date"
    if not name.endswith("none"):
        assert measured >= 0.995
    if card.task == "dates":
        assert len(held) == 2000


def test_the_bottleneck_shows():
    """Without attention long words are lost, with it they are not, up to the length that was learned."""
    none, additive = zoo.card("reverse-none").by_length, zoo.card("reverse-additive").by_length
    assert none["4"]["exact"] > 0.97
    assert none["14"]["exact"] < 0.2
    assert min(additive[str(length)]["exact"] for length in range(1, 15)) > 0.97
    task = tasks.make("reverse", zoo.card("reverse-none").settings.options)
    words = ["photographically"[:14], "misinterpretation"[:14], "counterintelligence"[:14]]
    right = {
        name: sum(rnnviz.translate(zoo.load(f"reverse-{name}"), word).text == word[::-1] for word in words) for name in ("none", "additive")
    }
    assert right["additive"] == 3
    assert right["none"] < 3
    assert task.longest >= 14


def test_reversal_looks_from_the_end_to_the_beginning():
    attention = rnnviz.translate(zoo.load("reverse-additive"), "attention").attention
    best = attention[:9].argmax(axis=1)
    assert sum(b < a for a, b in pairwise(best.tolist())) >= 7, best


def test_dates_look_at_the_digits_that_they_write():
    answer = rnnviz.translate(zoo.load("dates-additive"), "May 3rd, 1998")
    assert answer.text == "1998-05-03"
    year = answer.attention[:4, 9:].sum(axis=1)
    assert (year > 0.8).all(), year
    assert answer.attention[9].argmax() == 4


def test_french_is_translated():
    card = zoo.card("french-general")
    assert card.scores["bleu"] >= 56
    assert card.scores["test"] >= 0.38
    none = zoo.card("french-none")
    gap = {length: card.by_length[length]["bleu"] - none.by_length[length]["bleu"] for length in ("4", "7", "10")}
    assert gap["4"] < 3 < gap["7"] < 10 < gap["10"], "without attention the longer sentences are lost"
    model = zoo.load("french-general")
    expected = {
        "She doesn't know the answer.": "elle ne connaît pas la réponse . | elle ne sait pas la réponse .",
        "I don't have time.": "je n' ai pas le temps .",
        "Where is the station?": "où est la gare ? | où se trouve la gare ?",
        "The red car is mine.": "la voiture rouge est la mienne . | la voiture rouge est à moi .",
        "We are very tired.": "nous sommes très fatigués . | nous sommes très fatiguées .",
        "I am hungry.": "j' ai faim .",
    }
    said = {text: rnnviz.translate(model, text) for text in expected}
    right = [" ".join(said[text].tokens[:-1]) in wanted.split(" | ") for text, wanted in expected.items()]
    assert sum(right) >= 5, {text: answer.text for text, answer in said.items()}
    car = said["The red car is mine."]
    assert car.source[car.attention[car.tokens.index("rouge")].argmax()] == "red"
    assert car.source[car.attention[car.tokens.index("voiture")].argmax()] == "car"


def test_bleu_by_hand():
    score, exact = bleu_and_exact(["a b c d e", "x y z w"], [["a b c d e"], ["q", "x y z w"]])
    assert (score, exact) == (pytest.approx(100), 1.0)
    score, exact = bleu_and_exact(["a b c d e f"], [["a b c d e g"]])
    assert score == pytest.approx(100 * (5 / 6 * 4 / 5 * 3 / 4 * 2 / 3) ** 0.25)
    assert exact == 0
