"""The glossary's page: one term in full, and all that were asked for, by letter or by theme."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any
from urllib.parse import parse_qsl

import streamlit as st

from rnnviz.ui import content, glossary, link
from rnnviz.ui.glossary_terms import TERMS, Term


def chosen(words: Mapping[str, Any]) -> Term | None:
    """Return the term that a link names, until somebody asks for all."""
    asked = link.from_link("term")
    if asked is not None:
        if asked not in glossary.BY_KEY:
            link.notice(words["unknown"].format(given=link.short(asked)))
        st.session_state["_term"] = asked if asked in glossary.BY_KEY else None
    key = st.session_state.get("_term")
    link.write("term", key)
    return glossary.BY_KEY.get(key or "")


def one(term: Term, words: Mapping[str, Any]) -> None:
    """Draw the term that somebody came for."""
    with st.container(border=True, key="chosen"):
        _entry(term, words, "chosen")
        st.button(words["all"], on_click=_all)


def draw(asked: str, order: str, words: Mapping[str, Any]) -> None:
    """Draw the terms that hold what was asked for; while something is asked for, the best match first."""
    spoken = link.language()
    found = glossary.matching(asked, spoken) if asked.strip() else list(TERMS)
    if not found:
        st.info(words["none"].format(given=link.short(asked)))
        return
    st.caption(words["count"].format(shown=len(found), all=len(TERMS)))
    if asked.strip():
        groups = [("", found)]
    elif order == "theme":
        groups = [(words["themes"][theme], list(terms)) for theme, terms in groupby(found, lambda term: term.theme)]
    else:
        groups = _letters(glossary.alphabetical(found))
    for title, terms in groups:
        if title:
            st.subheader(title, anchor=False)
        _columns(terms, words)


def _letters(terms: Iterable[Term]) -> list[tuple[str, list[Term]]]:
    return [(letter, list(each)) for letter, each in groupby(terms, lambda term: _english(term)[0].upper())]


def _columns(terms: list[Term], words: Mapping[str, Any]) -> None:
    """Draw terms in two columns on a wide page, the first half on the left."""
    half = (len(terms) + 1) // 2
    for column, part in zip(st.columns(2, gap="medium"), (terms[:half], terms[half:]), strict=True):
        for term in part:
            with column.container(key=f"term-{term.key}"):
                _entry(term, words, "list")


def _entry(term: Term, words: Mapping[str, Any], where: str) -> None:
    said = glossary.words_of(term.key, link.language())
    symbol = f" ${term.symbol}$" if term.symbol else ""
    english = "" if link.language() == content.DEFAULT or _english(term) == said["name"] else f" :gray[{_english(term)}]"
    lines = [f"**{said['name']}**{symbol}{english}", said["definition"]]
    if term.formula:
        lines.append(f"$\\displaystyle {term.formula}$" if where == "list" else f"$$\n{term.formula}\n$$")
    below = [words["also"].format(names=said["also"])] if "also" in said else []
    below += [term.source] if term.source else []
    if below:
        lines.append(f":small[{' · '.join(below)}]")
    st.markdown("\n\n".join(lines))
    page = content.words(term.page, link.language())["title"]
    st.page_link(
        f"pages/{term.page}.py", label=words["seen"].format(page=page), icon=":material/arrow_forward:", query_params=dict(_state(term))
    )


def _english(term: Term) -> str:
    return glossary.words_of(term.key, content.DEFAULT)["name"]


def _state(term: Term) -> list[tuple[str, str]]:
    return parse_qsl(term.state)


def _all() -> None:
    st.session_state["_term"] = None
