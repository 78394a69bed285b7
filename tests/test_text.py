"""Vocabularies say which characters they do not know."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnviz.text import UNKNOWN, CharacterVocabulary, visible

VOCABULARY = CharacterVocabulary("the cat\n")


def test_known_and_unknown():
    encoded = VOCABULARY.encode("hat 😀é😀")
    assert encoded.tokens == ("h", "a", "t", " ", "😀", "é", "😀")
    assert encoded.unknown == ("😀", "é")
    assert [VOCABULARY.tokens[number] for number in encoded.ids] == ["h", "a", "t", " ", UNKNOWN, UNKNOWN, UNKNOWN]


@given(st.text(min_size=1, max_size=50))
def test_any_text_is_read_whole(text):
    encoded = VOCABULARY.encode(text)
    assert "".join(encoded.tokens) == text
    assert len(encoded.ids) == len(text)
    for number, character in zip(encoded.ids, text, strict=True):
        assert (number == 0) == (character not in VOCABULARY.characters)
        assert number == 0 or VOCABULARY.tokens[number] == character


@pytest.mark.parametrize(("text", "error"), [("", ValueError), (None, TypeError), (b"a", TypeError), (["a"], TypeError)])
def test_what_is_no_text_is_named(text, error):
    with pytest.raises(error, match=r"^text: "):
        VOCABULARY.encode(text)


def test_characters_must_be_single():
    with pytest.raises(ValueError, match="one character long"):
        CharacterVocabulary(["ab"])


@pytest.mark.parametrize(
    ("character", "shown"), [(" ", "␣"), ("\n", "⏎"), ("\t", "⇥"), ("a", "a"), ("é", "é"), ("\u200d", "▯"), ("\u00a0", "▯")]
)
def test_every_character_can_be_seen(character, shown):
    assert visible(character) == shown
