"""What cannot be had, said in the reader's language. What a person cannot cause stays the sentence of the library that says it."""

from __future__ import annotations

import streamlit as st

from rnnviz.refusal import Refusal
from rnnviz.ui import content, link


def sentence(error: ValueError, language: str) -> str:
    """Return the sentence of an error: the words for its reason, or what the library said, called that."""
    words = content.words("frame", language)["errors"]
    said = error if isinstance(error, Refusal) and error.reason in words else Refusal("", "failed", why=str(error).rstrip("."))
    return words[said.reason].format(**said.facts)


def show(error: ValueError) -> None:
    """Print the sentence of an error in the reader's language."""
    st.error(sentence(error, link.language()))
