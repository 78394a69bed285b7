"""Text as a network reads it: a vocabulary of characters that says which ones it does not know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

UNKNOWN = "⟨unk⟩"
"""How a character that the vocabulary lacks is written."""

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
    """A text as token numbers, one a character."""

    ids: tuple[int, ...]
    tokens: tuple[str, ...]
    """The characters as typed."""
    unknown: tuple[str, ...]
    """The characters that the vocabulary lacks, each once, in the order of appearance."""


class CharacterVocabulary:
    """A fixed set of characters, numbered from 1; number 0 stands for every character that is not among them."""

    def __init__(self, characters: Iterable[str]) -> None:
        self.characters = tuple(sorted(set(characters)))
        if any(len(character) != 1 for character in self.characters):
            raise ValueError("characters: every entry must be one character long")
        self.tokens = (UNKNOWN, *self.characters)
        """What each number stands for, ⟨unk⟩ first."""
        self._number = {character: number for number, character in enumerate(self.characters, start=1)}

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, text: str) -> Encoded:
        """Number each character. Raises TypeError for anything but a string and ValueError for an empty one."""
        if not isinstance(text, str):
            raise TypeError(f"text: expected a string, got {type(text).__name__}")
        if not text:
            raise ValueError("text: it is empty; type at least one character")
        ids = tuple(self._number.get(character, 0) for character in text)
        unknown = tuple(dict.fromkeys(c for c, number in zip(text, ids, strict=True) if number == 0))
        return Encoded(ids, tuple(text), unknown)
