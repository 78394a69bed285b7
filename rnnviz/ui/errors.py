"""Messages of the engine in the reader's words: those that come as text, from another process or without a reason of their own.

The engine speaks English; content/en/errors.toml has its sentences with holes, and a message that fits one is said as the same
entry says it in another language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from rnnviz.ui import content


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


def _filled(name: str, value: str, language: str) -> str:
    if name == "detail":
        return said(value, language)
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
