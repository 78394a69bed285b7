"""How a language model would complete what is being typed: the word under the hand, and the next ones while it is sure.

A suggestion's probability is that of all it adds, ending included: of letters the product of their steps, of a begun word
its share among the words that begin so.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnviz.generating import Reader, beam_search
from rnnviz.models import LanguageModel
from rnnviz.network import exactly
from rnnviz.text import UNKNOWN, CharacterVocabulary

LONGEST_WORD = 16

LEAST = 0.002
"""What is less probable is no suggestion."""

_BEGUN = re.compile(r"\w+(?:['’]\w*)*$")


@dataclass(frozen=True)
class Suggestion:
    added: str
    """What it would add to the text, as it would be typed."""
    probability: float


def complete(model: LanguageModel, text: str, *, count: int = 4, sure: float = 0.3, words: int = 5) -> tuple[Suggestion, ...]:
    """Return up to `count` ways to complete a text, the most probable first.

    The first is carried on for up to `words` words while all of it stays more probable than `sure`. Nothing is suggested
    after an empty text by a model that has no boundary to begin behind. Raises TypeError for another kind of model.
    """
    if not isinstance(model, LanguageModel):
        raise TypeError(f"model: expected a rnnviz.models.LanguageModel, got {type(model).__name__}")
    by = _letters if isinstance(model.vocabulary, CharacterVocabulary) else _words
    found = sorted(by(model, text).items(), key=lambda pair: -pair[1])[:count]
    suggestions = [Suggestion(added, probability) for added, probability in found if probability >= LEAST]
    if suggestions:
        suggestions[0] = _carried_on(model, text, suggestions[0], by, sure, words)
    return tuple(suggestions)


def _carried_on(model: LanguageModel, text: str, first: Suggestion, by, sure: float, words: int) -> Suggestion:
    for _ in range(words - 1):
        if first.probability < sure:
            break
        # asked behind a space, so that the next word is a word of its own
        following = by(model, f"{text}{first.added} ")
        if not following:
            break
        added, probability = max(following.items(), key=lambda pair: pair[1])
        if first.probability * probability < sure or not added.strip():
            break
        gap = f" {added}" if by is _letters else _spaced(model, added)
        first = Suggestion(first.added + gap, first.probability * probability)
    return first


def _letters(model: LanguageModel, text: str) -> dict[str, float]:
    """Return endings of the word under the hand with their probabilities; where it is finished, next words behind their space."""
    boundary = model.vocabulary.boundary
    if not text and boundary is None:
        return {}
    found: dict[str, float] = defaultdict(float)
    for ending, stem, probability in _to_the_end(model, text or str(boundary)):
        if stem:
            found[stem] += probability
        elif ending == " ":
            for _, following, onward in _to_the_end(model, text + " "):
                if following:
                    found[" " + following] += probability * onward
    return dict(found)


def _to_the_end(model: LanguageModel, text: str) -> list[tuple[str, str, float]]:
    """Return the ways to the end of a word as (ending, letters before it, probability)."""
    names = model.vocabulary.tokens
    ends = [name for name in names if len(name) == 1 and not name.isalnum() and name not in "'-’"]
    beam = beam_search(model, text, 16, length=LONGEST_WORD, stops=ends)
    said = (("".join(names[number] for number in answer.ids), answer) for answer in beam.answers if answer.ended)
    return [(letters[-1], letters[:-1], math.exp(answer.log_probability)) for letters, answer in said]


def _words(model: LanguageModel, text: str) -> dict[str, float]:
    """Return what would finish the word under the hand, with its share among the words that begin so."""
    begun = match.group() if (match := _BEGUN.search(text)) else ""
    found = dict(_next_words(model, text[: len(text) - len(begun)], begun))
    whole = found.pop("", 0.0)
    if whole:  # what is typed is a word already: what comes after it
        for word, probability in _next_words(model, text, "").items():
            added = _spaced(model, word)
            found[added] = found.get(added, 0.0) + whole * probability
    return found


def _spaced(model: LanguageModel, word: str) -> str:
    """Return a word with the space that it needs behind another one: none for n't, 's or a comma."""
    vocabulary: Any = model.vocabulary
    return vocabulary.text(["x", word])[1:]


def _next_words(model: LanguageModel, text: str, begun: str) -> dict[str, float]:
    """Return what is missing of each of the most probable words that begin so, with its share among them.

    don't is two words, do and n't: what is begun may be the first of them and the beginning of the second.
    """
    vocabulary = model.vocabulary
    before = list(vocabulary.encode(text).ids) if text.strip() else [vocabulary.tokens.index(str(vocabulary.boundary))]
    shares = _expected(model, before)
    stem = begun.lower().replace("’", "'")
    numbers = {name: number for number, name in enumerate(vocabulary.tokens) if name not in (UNKNOWN, vocabulary.boundary)}
    found: dict[str, float] = defaultdict(float)
    for name, number in numbers.items():
        if name.startswith(stem):
            found[name[len(stem) :]] += float(shares[number])
    for clitic in (name for name in numbers if stem and (name == "n't" or (name.startswith("'") and len(name) > 1))):
        for size in range(1, len(clitic) + 1):
            first = stem[:-size]
            if stem.endswith(clitic[:size]) and first in numbers:
                both = shares[numbers[first]] * _expected(model, [*before, numbers[first]])[numbers[clitic]]
                found[clitic[size:]] += float(both)
    whole = sum(found.values()) if stem else 1.0
    best = sorted(found.items(), key=lambda pair: -pair[1])[:12]
    return {added: share / whole for added, share in best if share}


def _expected(model: LanguageModel, ids: list[int]) -> np.ndarray:
    """Return the probability of each word after these tokens, (vocabulary,)."""
    with exactly(model):
        reader = Reader(model, ids)
        return reader.after(reader.last, reader.state, 1)[0][0].exp().cpu().numpy()
