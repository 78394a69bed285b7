"""Sentences of a language as a translator reads and writes them: split into words and signs, and put together again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Literal, get_args

from rnnviz.text import BOUNDARY, Encoded, WordVocabulary

Language = Literal["any", "english", "french"]
LANGUAGES: tuple[str, ...] = get_args(Language)

_SAME = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "\u00a0": " ", "\u202f": " ", "\u2009": " "})
"""Signs that are written in several ways, each with the one that is read."""

_NUMBER = r"\d+(?:[.,:]\d+)+\b"
"""3.14, 1,000 and 10:30 are one word each."""

_SHORT = r"'(?:s|m|re|ve|ll|d)\b"

_CLITIC = (
    r"-(?:t-)?(?:je|tu|il|elle|on|nous|vous|ils|elles|ce|moi|toi|le|la|les|lui|leur|y|en|là|ci|mêmes?)"
    r"(?!\w|-(?!moi|toi|lui|nous|vous|leur|en\b|y\b))"
)
"""What French hangs on a word by a hyphen: as-tu -> as -tu, a-t-il -> a -t-il."""

_SIGN = "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]"
"""Chinese and Japanese signs, which stand without spaces: one token each."""

_EAST = re.compile(rf"{_SIGN}|[\u3000-\u303f\uff00-\uffef]")

_PARTS: Mapping[str, re.Pattern[str]] = {
    # don't -> do n't, I'm -> I 'm: both halves are words that come elsewhere too; o'clock is one word
    "english": re.compile(
        rf"{_NUMBER}|\w+?(?=n't\b)|n't\b|{_SHORT}|\w+(?:-\w+|(?!{_SHORT})'\w+)*|[^\w\s]",
        re.IGNORECASE,
    ),
    # l'homme -> l' homme, va-t'en -> va-t' en, and aujourd'hui is one word
    "french": re.compile(
        rf"{_NUMBER}|(?:aujourd'hui|quelqu'une?|rendez-vous)(?!\w)|{_CLITIC}|\w+(?:(?!{_CLITIC})-\w+)*'?|[^\w\s]", re.IGNORECASE
    ),
    "any": re.compile(rf"{_NUMBER}|{_SIGN}|(?:(?!{_SIGN})\w)+(?:['-](?:(?!{_SIGN})\w)+)*|[^\w\s]"),
}

_TIGHT_BEFORE = {"any": frozenset(".,…)]}%!?;:"), "english": frozenset(".,…)]}%!?;:"), "french": frozenset(".,…)]}")}
_TIGHT_AFTER = {"any": frozenset("([{¿¡"), "english": frozenset("([{$£"), "french": frozenset("([{")}


def split(sentence: str, language: str = "any") -> list[str]:
    """Return the words and signs of a sentence, as typed but for signs that are written in several ways."""
    return _PARTS[language].findall(unicodedata.normalize("NFC", sentence).translate(_SAME))


def join(tokens: Iterable[str], language: str = "any") -> str:
    """Return a sentence made of words and signs, with spaces where the language has them. Every second \" closes a quotation."""
    said, open_, quoted = "", True, False
    for token in tokens:
        tight = open_ or token in _TIGHT_BEFORE[language] or (token == '"' and quoted)
        if language == "english":
            tight = tight or token.lower() == "n't" or (token.startswith("'") and len(token) > 1)
        if language == "french":
            tight = tight or (token.startswith("-") and len(token) > 1)
        if language == "any":
            tight = tight or bool(_EAST.match(token) or _EAST.match(said[-1:]))
        said += token if tight else f" {token}"
        quoted ^= token == '"'
        open_ = token in _TIGHT_AFTER[language] or (token == '"' and quoted) or (language == "french" and token.endswith("'"))
    return said


class SentenceVocabulary(WordVocabulary):
    """A fixed list of words of one language, read as that language is split and written as it is joined."""

    def __init__(self, words: Iterable[str], *, language: str = "any") -> None:
        if language not in LANGUAGES:
            raise ValueError(f"language: {language!r} is not one of {', '.join(LANGUAGES)}")
        super().__init__(words)
        self.language = language

    def split(self, text: str) -> list[str]:
        """Return the words and signs of a text, as typed but for signs that are written in several ways."""
        return split(text, self.language)

    def text(self, tokens: Iterable[str]) -> str:
        """Return the sentence that these words make."""
        return join(tokens, self.language)


class BoundedSentenceVocabulary(SentenceVocabulary):
    """The same for a language model: ⟨s⟩ stands before a sentence, so that the first word is predicted too, and is what comes
    after the last one. A stream of sentences is ⟨s⟩ a b c ⟨s⟩ d e ⟨s⟩.

    A text is read as ⟨s⟩ and its words, in lower case: the tokens are those that the model predicts.
    """

    boundary = BOUNDARY

    def encode(self, text: str) -> Encoded:
        """Number ⟨s⟩ and each word. Raises TypeError for anything but a string and ValueError for one without a word."""
        found = super().encode(text)
        unknown = tuple(dict.fromkeys(word.lower() for word in found.unknown))
        return Encoded((self.boundary_number, *found.ids), (BOUNDARY, *(token.lower() for token in found.tokens)), unknown)

    @property
    def boundary_number(self) -> int:
        return self._number[BOUNDARY]

    def text(self, tokens: Iterable[str]) -> str:
        """Return the sentences that these words make; ⟨s⟩ is not written."""
        return super().text(token for token in tokens if token != BOUNDARY)
