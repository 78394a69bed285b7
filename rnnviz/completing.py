"""How a language model would complete what is being typed: the word under the hand, and the next ones while it is sure.

A suggestion's probability is that of all it adds: of letters the product of their steps with whatever may end the word, of
a begun word its share among the words that begin so. ⟨unk⟩ is left out. Nothing more probable than LEAST is overlooked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from rnnviz.generating import Reader
from rnnviz.models import LanguageModel
from rnnviz.network import exactly
from rnnviz.text import UNKNOWN, CharacterVocabulary, WordVocabulary

LONGEST_WORD = 16
"""Letters that a suggestion may add to a word."""

LEAST = 0.002
"""What is less probable is no suggestion."""

_BEGUN = re.compile(r"\w+(?:['’-]\w*)*$")


@dataclass(frozen=True)
class Suggestion:
    added: str
    """What it would add to the text, as it would be typed."""
    probability: float


@dataclass(frozen=True)
class _Way:
    """A suggestion and where it leads."""

    added: str
    probability: float
    ids: tuple[int, ...]
    """The tokens to read behind the reader that it was asked of, for what comes after the word."""
    onward: float
    """Probability of all that is read there: of letters, that a space and nothing else ends the word."""

    def behind(self, other: _Way) -> _Way:
        """Return this way where it comes after another one that adds nothing."""
        return _Way(self.added, other.probability * self.probability, (*other.ids, *self.ids), other.onward * self.onward)


def complete(model: LanguageModel, text: str, *, count: int = 4, sure: float = 0.3, words: int = 5) -> tuple[Suggestion, ...]:
    """Return up to `count` ways to complete a text, the most probable first.

    The first is carried on for up to `words` words while all of it stays more probable than `sure`. Nothing is suggested
    after an empty text by a model that has no boundary to begin behind. Dropout is off; the model is only read.

    Raises TypeError for another kind of model and for anything but a text, ValueError for a `count` or `words` below 1.
    """
    if not isinstance(model, LanguageModel):
        raise TypeError(f"model: expected a rnnviz.models.LanguageModel, got {type(model).__name__}")
    if not isinstance(text, str):
        raise TypeError(f"text: expected a string, got {type(text).__name__}")
    for name, value in (("count", count), ("words", words)):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(f"{name}: expected a whole number from 1, got {value!r}")
    by = _Letters if isinstance(model.vocabulary, CharacterVocabulary) else _Words
    with exactly(model):
        speller = by.behind(model, text)
        if speller is None:
            return ()
        ways = speller.ways(count, LEAST)
        suggestions = [Suggestion(way.added, way.probability) for way in ways]
        if ways:
            suggestions[0] = _carried_on(speller, ways[0], sure, words)
    return tuple(suggestions)


def _carried_on(speller: _Letters | _Words, first: _Way, sure: float, words: int) -> Suggestion:
    added, probability, way = first.added, first.probability, first
    reached = way.onward
    for _ in range(words - 1):
        if reached < sure:
            break
        speller = speller.then(way)
        way = next(iter(speller.ways(1, max(LEAST, sure / reached))), None)
        if way is None or reached * way.probability < sure:
            break
        added, probability = added + speller.gap + way.added, reached * way.probability
        reached *= way.onward
    return Suggestion(added, probability)


class _Letters:
    """A model of letters that has read a text."""

    gap = " "

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        names = reader.model.vocabulary.tokens
        self._ends = [at for at, name in enumerate(names) if len(name) == 1 and not name.isalnum() and name not in "'-’"]
        self._space = names.index(" ") if " " in names else None

    @classmethod
    def behind(cls, model: LanguageModel, text: str) -> _Letters | None:
        begin = text or model.vocabulary.boundary
        return cls(Reader(model, model.vocabulary.encode(begin).ids)) if begin else None

    def then(self, way: _Way) -> _Letters:
        return _Letters(self.reader.then(way.ids))

    def ways(self, count: int, least: float) -> list[_Way]:
        """Return the most probable endings of the word under the hand; where it is finished, next words behind their space.

        Every beginning that is more probable than `least`, and than the `count` best that have been found, is followed.
        """
        names, found = self.reader.model.vocabulary.tokens, []
        live: list[tuple[int, ...]] = [()]
        reached, last, state = torch.ones(1, dtype=torch.double), self.reader.last, self.reader.state
        for step in range(1, LONGEST_WORD + 2):
            expected, state = self.reader.after(last, state, step)
            shares = reached[:, None] * expected.exp().cpu()
            spaced = shares[:, self._space].tolist() if self._space is not None else [0.0] * len(live)
            for ids, ended, onward in zip(live, shares[:, self._ends].sum(dim=1).tolist(), spaced, strict=True):
                if letters := "".join(names[number] for number in ids).strip():
                    added = f" {letters}" if ids[0] == self._space else letters
                    found.append(_Way(added, ended, (*ids, self._space or 0), onward))
            found = [way for way in sorted(found, key=lambda way: -way.probability)[:count] if way.probability >= least]
            worth = found[-1].probability if len(found) == count else least
            shares[:, self._ends] = 0.0
            if step == 1 and self._space is not None:
                shares[0, self._space] = spaced[0]  # what is typed is a word already: a space and the next one
            rows, numbers = (shares > worth).nonzero(as_tuple=True)
            if not len(rows):
                break
            live = [(*live[row], number) for row, number in zip(rows.tolist(), numbers.tolist(), strict=True)]
            reached, device = shares[rows, numbers], last.device
            last, rows = numbers.to(device), rows.to(device)
            state = tuple(part[:, rows] for part in state) if isinstance(state, tuple) else state[:, rows]
        return found


@dataclass(frozen=True)
class _Spelling:
    """How the words of a vocabulary are put together."""

    number: dict[str, int]
    """Of each word that can be typed."""
    sayable: np.ndarray
    """Which tokens those are."""
    tight: np.ndarray
    """Which of them stand behind another without a space: n't, 's, a comma."""
    short: dict[str, int]
    """Second halves of contractions."""

    @staticmethod
    @lru_cache(maxsize=8)
    def of(vocabulary: WordVocabulary) -> _Spelling:
        names = vocabulary.tokens
        number = {name: at for at, name in enumerate(names) if name not in (UNKNOWN, vocabulary.boundary)}
        tight = np.array([not vocabulary.text(["x", name]).startswith("x ") for name in names])
        short = {name: at for name, at in number.items() if name == "n't" or (name.startswith("'") and len(name) > 1)}
        return _Spelling(number, np.isin(np.arange(len(names)), list(number.values())), tight, short)


class _Words:
    """A model of words that has read a text but for the word that is begun at its end."""

    gap = ""

    def __init__(self, reader: Reader, begun: str = "", *, spaced: bool = False) -> None:
        self.reader, self.begun, self.spaced = reader, begun, spaced
        """`spaced` says whether a space was typed, behind which no n't and no comma can stand."""
        vocabulary: Any = reader.model.vocabulary
        self.names, self.spelling = vocabulary.tokens, _Spelling.of(vocabulary)

    @classmethod
    def behind(cls, model: LanguageModel, text: str) -> _Words | None:
        begun = match.group() if (match := _BEGUN.search(text)) else ""
        before, vocabulary = text[: len(text) - len(begun)], model.vocabulary
        if before.strip():
            ids = vocabulary.encode(before).ids
        elif vocabulary.boundary is not None:
            ids = (vocabulary.tokens.index(vocabulary.boundary),)
        else:
            return None
        return cls(Reader(model, ids), begun.lower().replace("’", "'"), spaced=not begun and not text[-1:].strip())

    def then(self, way: _Way) -> _Words:
        return _Words(self.reader.then(way.ids))

    def ways(self, count: int, least: float) -> list[_Way]:
        """Return what would finish the word under the hand; where it is finished, the next words with the space they need."""
        found = _gathered(self._beginning() if self.begun else self._next(count))
        if (whole := found.pop("", None)) is not None:  # what is typed is a word already
            further = (way.behind(whole) for way in self.then(whole)._next(count))
            found = _gathered([*found.values(), *further])
        best = sorted(found.values(), key=lambda way: -way.probability)[:count]
        return [way for way in best if way.probability >= least]

    def _next(self, count: int) -> list[_Way]:
        """Return the most probable next words."""
        shares, spelling = _expected(self.reader), self.spelling
        sayable = spelling.sayable & ~spelling.tight if self.spaced else spelling.sayable
        if self.spaced:
            shares = shares / max(float(shares[sayable].sum()), 1e-300)
        best = np.argsort(np.where(sayable, -shares, 0.0), kind="stable")[:count].tolist()
        gap = lambda at: "" if self.spaced or spelling.tight[at] else " "  # noqa: E731
        return [_Way(gap(at) + self.names[at], float(shares[at]), (at,), float(shares[at])) for at in best if sayable[at]]

    def _beginning(self) -> list[_Way]:
        """Return what is missing of each word that begins so, with its share among them.

        don't is two words, do and n't: what is begun may be the first of them and the beginning of the second.
        """
        shares, spelling, stem = _expected(self.reader), self.spelling, self.begun
        found: list[tuple[str, float, tuple[int, ...]]] = [
            (name[len(stem) :], float(shares[at]), (at,))
            for name, at in spelling.number.items()
            if name.startswith(stem) and not spelling.tight[at]
        ]
        after: dict[str, np.ndarray] = {}
        for short, second in spelling.short.items():
            for size in range(1, len(short) + 1):
                first = stem[:-size]
                if stem.endswith(short[:size]) and first in spelling.number:
                    at = spelling.number[first]
                    if first not in after:
                        after[first] = _expected(self.reader.then((at,)))
                    found.append((short[size:], float(shares[at] * after[first][second]), (at, second)))
        whole = sum(probability for _, probability, _ in found)
        return [_Way(added, p / whole, ids, p / whole) for added, p, ids in found if p]


def _gathered(ways: Iterable[_Way]) -> dict[str, _Way]:
    """Return ways by what they add: what can be read in two ways is as probable as both, and goes on from the likelier."""
    found: dict[str, _Way] = {}
    for way in ways:
        other = found.get(way.added, way)
        likelier = max(way, other, key=lambda each: each.probability)
        both = way.probability + (other.probability if other is not way else 0.0)
        found[way.added] = replace(likelier, probability=both, onward=both)
    return found


def _expected(reader: Reader) -> np.ndarray:
    """Return the probability of each word that may come next, (vocabulary,)."""
    return reader.after(reader.last, reader.state, 1)[0][0].exp().cpu().numpy()
