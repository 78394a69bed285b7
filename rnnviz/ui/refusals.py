"""What cannot be had, said in the reader's language. What a person cannot cause stays the sentence of the library that says it."""

from __future__ import annotations

import streamlit as st

from rnnviz.refusal import Refusal
from rnnviz.ui import content, errors, link


def sentence(error: ValueError, language: str) -> str:
    """Return the sentence of an error: the words for its reason, or what the library said, called that."""
    words = content.words("frame", language)["errors"]
    said = error if isinstance(error, Refusal) and error.reason in words else Refusal("", "failed", why=str(error).rstrip("."))
    facts = {name: errors.said(value, language) if name == "why" else value for name, value in said.facts.items()}
    return words[said.reason].format(**facts)


def part(error: Exception, language: str) -> str:
    """Return the same to be put into a sentence of the page: only what is the matter, without a full stop."""
    if isinstance(error, Refusal) and error.reason not in ("", "failed"):
        return sentence(error, language).rstrip(".。")
    why = error.facts["why"] if isinstance(error, Refusal) and error.reason else error
    return errors.said(why, language).rstrip(".")


def show(error: ValueError) -> None:
    """Print the sentence of an error in the reader's language."""
    st.error(sentence(error, link.language()))
