"""Sentences of a language as a translator reads and writes them: split into words and signs, and put together again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Literal, get_args

from rnnviz.text import UNKNOWN, Encoded

Language = Literal["any", "english", "french"]
LANGUAGES: tuple[str, ...] = get_args(Language)

_SAME = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "\u00a0": " ", "\u202f": " ", "\u2009": " "})
"""Signs that are written in several ways, each with the one that is read."""

_PARTS: Mapping[str, re.Pattern[str]] = {
    # don't -> do n't, I'm -> I 'm: both halves are words that come elsewhere too
    "english": re.compile(r"\w+?(?=n't\b)|n't\b|'(?:s|m|re|ve|ll|d)\b|\w+(?:-\w+)*|[^\w\s]", re.IGNORECASE),
    # l'homme -> l' homme, and aujourd'hui is one word
    "french": re.compile(r"aujourd'hui|\w+'|\w+(?:-\w+)*|[^\w\s]", re.IGNORECASE),
    "any": re.compile(r"\w+(?:['-]\w+)*|[^\w\s]"),
}

_TIGHT_BEFORE = frozenset(".,…)]}%")
_TIGHT_AFTER = frozenset("([{")


def split(sentence: str, language: str = "any") -> list[str]:
    """Return the words and signs of a sentence, as typed but for signs that are written in several ways."""
    return _PARTS[language].findall(unicodedata.normalize("NFC", sentence).translate(_SAME))


def join(tokens: Iterable[str], language: str = "any") -> str:
    """Return a sentence made of words and signs, with spaces where the language has them."""
    said = ""
    for token in tokens:
        tight = token in _TIGHT_BEFORE or said[-1:] in _TIGHT_AFTER
        tight = tight or (said.endswith("'") if language == "french" else token in "!?;:")
        if language == "english":
            tight = tight or token.lower() == "n't" or (token.startswith("'") and len(token) > 1)
        said += token if tight or not said else f" {token}"
    return said


class SentenceVocabulary:
    """A fixed list of words of one language, numbered from 1 in the order given; number 0 stands for every other word.

    Words are looked up in lower case.
    """

    def __init__(self, words: Iterable[str], *, language: str = "any") -> None:
        if language not in LANGUAGES:
            raise ValueError(f"language: {language!r} is not one of {', '.join(LANGUAGES)}")
        self.words, self.language = tuple(dict.fromkeys(words)), language
        self.tokens = (UNKNOWN, *self.words)
        """What each number stands for, ⟨unk⟩ first."""
        self._number = {word: number for number, word in enumerate(self.tokens)}

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, text: str) -> Encoded:
        """Number each word. Raises TypeError for anything but a string and ValueError for one without a word."""
        if not isinstance(text, str):
            raise TypeError(f"text: expected a string, got {type(text).__name__}")
        tokens = split(text, self.language)
        if not tokens:
            raise ValueError("text: there is no word in it; type at least one")
        ids = tuple(self._number.get(token.lower(), 0) for token in tokens)
        unknown = tuple(dict.fromkeys(token for token, number in zip(tokens, ids, strict=True) if number == 0))
        return Encoded(ids, tuple(tokens), unknown)

    def text(self, tokens: Iterable[str]) -> str:
        """Return the sentence that these words make."""
        return join(tokens, self.language)
