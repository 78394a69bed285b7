"""What the engine refuses, in the reader's words. It speaks English; content/en/errors.toml has its sentences with holes,
and a message that fits one is said as the same entry says it in another language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from rnnviz.ui import content

NESTED = ("why", "detail")
"""Holes that may hold another sentence."""


def said(message: object, language: str) -> str:
    """Return an engine's message in a language; one that nobody has written down stays as it is."""
    text = str(message)
    if language == content.DEFAULT:
        return text
    for pattern, table, key in _patterns():
        if found := pattern.fullmatch(text):
            holes = {name: _filled(name, value, language) for name, value in found.groupdict().items()}
            return content.words("errors", language)[table][key].format(**holes)
    return text


def reason(message: object, language: str) -> str:
    """Return why something cannot be run, without the words before it."""
    return said(message, language).removeprefix(content.words("errors", language)["recipe"]["cannot"].partition("{why}")[0])


def sentence_part(message: object, language: str) -> str:
    """Return a message as it stands within a sentence: without the full stop at its end."""
    return said(message, language).rstrip(".。")


def _filled(name: str, value: str, language: str) -> str:
    if name in NESTED:
        return sentence_part(value, language)
    if name == "setting":
        return content.words("training", language)["fields"].get(value, value)
    return value


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str, str], ...]:
    return tuple((pattern_of(sentence), table, key) for table, key, sentence in _sentences(content.words("errors")))


def _sentences(words: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str, str]]:
    for table, entries in words.items():
        for key, sentence in entries.items():
            yield table, key, sentence


def pattern_of(sentence: str) -> re.Pattern[str]:
    """Return the pattern of a sentence with {holes}; where it has ' around one, a text with an apostrophe in it comes in \"."""
    parts = re.split(r"\{(\w+)\}", sentence)
    fixed = [re.escape(part).replace("'", "['\"]") for part in parts[::2]]
    holes = [f"(?P<{name}>.+?)" for name in parts[1::2]]
    return re.compile("".join(a + b for a, b in zip(fixed, [*holes, ""], strict=True)), re.S)
