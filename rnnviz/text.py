"""Text as a network reads it: characters, words or numbers, and which of them it does not know."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rnnviz.refusal import Refusal

UNKNOWN = "⟨unk⟩"
"""How a character that the vocabulary lacks is written."""

BOUNDARY = "⟨s⟩"
"""What begins a sentence and ends it, where a model reads sentences one after another."""

_VISIBLE = {" ": "␣", "\n": "⏎", "\t": "⇥"}
"""What stands on screen for characters that cannot be seen."""


def visible(character: str) -> str:
    """Return what to print in a character's place: a space as ␣, a line break as ⏎, one that cannot be seen as ▯."""
    if character in _VISIBLE:
        return _VISIBLE[character]
    return character if character.isprintable() and character.strip() else "▯"


def spelled(character: str) -> str:
    """Return how a sentence names a character: as it is printed, or by its code point if it cannot be seen."""
    shown = visible(character)
    return f"U+{ord(character):04X}" if shown == "▯" else shown


@dataclass(frozen=True)
class Encoded:
    """A text as token numbers, one a timestep."""

    ids: tuple[int, ...]
    tokens: tuple[str, ...]
    """What was read at each step, as typed."""
    unknown: tuple[str, ...]
    """The tokens that the vocabulary lacks, each once, in the order of appearance."""
    values: tuple[tuple[float, ...], ...] = ()
    """What enters the network at each step where it reads numbers, (time, features); nothing where it reads tokens."""


class CharacterVocabulary:
    """A fixed set of characters, numbered from 1; number 0 stands for every character that is not among them."""

    def __init__(self, characters: Iterable[str]) -> None:
        self.characters = tuple(sorted(set(characters)))
        if any(len(character) != 1 for character in self.characters):
            raise ValueError("characters: every entry must be one character long")
        self.tokens = (UNKNOWN, *self.characters)
        """What each number stands for, ⟨unk⟩ first."""
        self.boundary = "\n" if "\n" in self.characters else None
        """What stands before a text of its own: a line begins behind a line break. None where nothing does."""
        self._number = {character: number for number, character in enumerate(self.characters, start=1)}

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, text: str) -> Encoded:
        """Number each character. Raises TypeError for anything but a string and ValueError for an empty one."""
        if not isinstance(text, str):
            raise TypeError(f"text: expected a string, got {type(text).__name__}")
        if not text:
            raise Refusal("text: it is empty; type at least one character", "empty")
        ids = tuple(self._number.get(character, 0) for character in text)
        unknown = tuple(dict.fromkeys(c for c, number in zip(text, ids, strict=True) if number == 0))
        return Encoded(ids, tuple(text), unknown)

    def text(self, tokens: Iterable[str]) -> str:
        """Return the text that these characters make."""
        return "".join(tokens)


DUMMY = "DUMMY"
"""What fills a text up where a network was trained to read its padding."""

_WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")


class WordVocabulary:
    """A fixed list of words, numbered from 1 in the order given; number 0 stands for every word that is not among them.

    A text is read in lower case: runs of letters and digits, and every other sign on its own. With `length` it is cut or
    filled up with DUMMY, a token of its own, to exactly so many words, at the `pad` end.
    """

    boundary: str | None = None
    """The token that begins and ends a sentence, numbered 1, or None."""

    def __init__(self, words: Iterable[str], *, length: int = 0, pad: Literal["end", "start"] = "end") -> None:
        self.words, self.length, self.pad = tuple(dict.fromkeys(words)), length, pad
        own = ((DUMMY,) if length else ()) + ((self.boundary,) if self.boundary else ())
        self.tokens = (UNKNOWN, *own, *self.words)
        self._number = {word: number for number, word in enumerate(self.tokens)}

    def __len__(self) -> int:
        return len(self.tokens)

    def split(self, text: str) -> list[str]:
        """Return the words and signs of a text, as typed."""
        return words_of(text)

    def encode(self, text: str) -> Encoded:
        """Number each word. Raises TypeError for anything but a string and ValueError for one without a word."""
        if not isinstance(text, str):
            raise TypeError(f"text: expected a string, got {type(text).__name__}")
        tokens = self.split(text)
        if not tokens:
            raise Refusal("text: there is no word in it; type at least one", "no_word")
        ids = [self._number.get(token.lower(), 0) for token in tokens]
        unknown = tuple(dict.fromkeys(token for token, number in zip(tokens, ids, strict=True) if number == 0))
        if self.length:
            tokens, ids = tokens[: self.length], ids[: self.length]
            missing = self.length - len(ids)
            at = 0 if self.pad == "start" else len(ids)
            tokens[at:at], ids[at:at] = [DUMMY] * missing, [1] * missing
        return Encoded(tuple(ids), tuple(tokens), unknown)

    def text(self, tokens: Iterable[str]) -> str:
        """Return the text that these words make."""
        return " ".join(tokens)


def words_of(text: str) -> list[str]:
    """Return the words and signs of a text, as typed."""
    return _WORD.findall(text)


class NumberReader:
    """Reads numbers with spaces between: one a timestep. With `marked`, a star behind a number is a second feature, 1 or 0."""

    boundary: str | None = None

    def __init__(self, *, marked: bool = False) -> None:
        self.marked = marked
        self.tokens: tuple[str, ...] = ("x", "mark") if marked else ("x",)
        """The features."""

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, text: str) -> Encoded:
        """Read each number; what is none is read as 0 and named in `unknown`. Raises TypeError and ValueError as its siblings."""
        if not isinstance(text, str):
            raise TypeError(f"text: expected a string, got {type(text).__name__}")
        tokens = [part for part in re.split(r"[\s,;]+", text) if part]
        if not tokens:
            raise Refusal("text: there is no number in it; type numbers with spaces between", "no_number")
        values, unknown = [], []
        for token in tokens:
            number = _number(token.rstrip("*") if self.marked else token)
            unknown += [token] if number is None else []
            values.append((number or 0.0, float(token.endswith("*"))) if self.marked else (number or 0.0,))
        return Encoded((0,) * len(tokens), tuple(tokens), tuple(dict.fromkeys(unknown)), tuple(values))

    def text(self, values: Iterable[Iterable[float]]) -> str:
        """Return the text that is read as these values, (time, features), to three decimals."""
        rows = [tuple(row) for row in values]
        return " ".join(f"{row[0]:.3f}" + ("*" if self.marked and row[1] else "") for row in rows)


def _number(token: str) -> float | None:
    try:
        value = float(token.replace("−", "-"))
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) < 1e30 else None


Vocabulary = CharacterVocabulary | WordVocabulary | NumberReader
"""Whatever reads a text: it has `tokens`, a `boundary` or None, a length and `encode`."""
