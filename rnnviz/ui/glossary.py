"""The glossary: what the terms mean, and how a text on a page explains those that stand in it."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlencode
from zlib import crc32

import streamlit as st

from rnnviz.ui import content, link
from rnnviz.ui.glossary_terms import TERMS, Term

BY_KEY: Mapping[str, Term] = {term.key: term for term in TERMS}

CARD_WORDS = ("notice", "try")
"""The words of a component that its cards explain."""


def words_of(key: str, language: str) -> Mapping[str, str]:
    """Return a term's name, forms, definition and, where it has any, other names."""
    return content.words("glossary", language)["terms"][key]


def address(key: str) -> str:
    """Return the link to a term, relative, so that it holds wherever the app is served."""
    chosen = st.session_state.get("_lang")
    return f"glossary?{urlencode({'term': key, **({'lang': chosen} if chosen else {})})}"


@lru_cache(maxsize=1024)
def split(text: str, language: str) -> tuple[tuple[str, str], ...]:
    """Return the text in pieces, (piece, key): the first mention of each term with its key, all else with an empty one."""
    pieces, seen, done = [], set(), 0
    for found in _mention(language).finditer(text):
        key = _forms(language)[found[0].lower()]
        if key not in seen:
            seen.add(key)
            pieces += [(text[done : found.start()], ""), (found[0], key)]
            done = found.end()
    return tuple(piece for piece in (*pieces, (text[done:], "")) if piece[0])


def caption(text: str) -> None:
    """Draw a small text of the interface whose terms can be asked: by pointing at them, by Tab or by touch. Never a person's text."""
    st.html(f'<p class="rnnviz-said explained">{_drawn(text)}</p>')


def cards(*, notice: str = "", attempt: str = "") -> None:
    """Draw what to notice and what to try side by side, below a picture whose own cards do not say it. Nothing on a projector."""
    if link.presenting():
        return
    words = content.words("glossary", link.language())
    said = [(words[title], text) for title, text in (("notice_title", notice), ("try_title", attempt)) if text]
    drawn = "".join(f'<section><h3>{html.escape(title)}</h3><p class="explained">{_drawn(text)}</p></section>' for title, text in said)
    st.html(f'<div class="rnnviz-three">{drawn}</div>')


def with_terms(words: Mapping[str, Any]) -> dict[str, Any]:
    """Return a component's words with the definitions of the terms that its cards mention, and of no others.

    Cards are `notice` and `try`, or `cards`, [title, text] each.
    `terms` is [[as it stands there, definition, link], …]; shared/dom.js draws them.
    """
    spoken = link.language()
    texts = [text for name in CARD_WORDS for text in ([words.get(name)] if isinstance(words.get(name, ""), str) else words[name]) if text]
    texts += [text for _, text in words.get("cards", ())]
    mentioned = {piece: key for text in texts for piece, key in split(text, spoken) if key}
    terms = [[piece, words_of(key, spoken)["definition"], address(key)] for piece, key in mentioned.items()]
    return {**words, "terms": terms, "term_more": content.words("glossary", spoken)["more"]} if terms else dict(words)


def matching(asked: str, language: str) -> list[Term]:
    """Return the terms whose name, other names, symbol or definition hold what was asked for, in both languages; names first."""
    asked = asked.strip().lower()
    found = [(_rank(term, asked, language), at, term) for at, term in enumerate(TERMS)]
    return [term for rank, _, term in sorted(found, key=lambda each: each[:2]) if rank < 3]


def alphabetical(terms: list[Term]) -> list[Term]:
    """Return terms by their English names, which stand beside the others in every language."""
    return sorted(terms, key=lambda term: words_of(term.key, content.DEFAULT)["name"].lower())


def as_csv(language: str) -> bytes:
    """Return the whole glossary as a table."""
    import csv
    import io

    columns = content.words("glossary", language)["columns"]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([columns[name] for name in ("term", "english", "symbol", "definition", "formula", "also", "source", "link")])
    for term in TERMS:
        said, english = words_of(term.key, language), words_of(term.key, content.DEFAULT)
        writer.writerow([
            said["name"], english["name"], term.symbol, said["definition"], term.formula, said.get("also", ""), term.source,
            f"glossary?term={term.key}",
        ])  # fmt: skip
    return text.getvalue().encode("utf-8-sig")  # spreadsheet programs take it for UTF-8 by this mark alone


def _rank(term: Term, asked: str, language: str) -> int:
    said = [words_of(term.key, spoken) for spoken in dict.fromkeys((language, content.DEFAULT))]
    names = " ".join(f"{each['name']} {each['forms']} {each.get('also', '')}" for each in said).lower()
    if any(each["name"].lower().startswith(asked) for each in said):
        return 0
    if asked in f"{names} {term.key.replace('_', ' ')} {term.symbol}".lower():
        return 1
    return 2 if any(asked in f"{each['definition']} {term.source}".lower() for each in said) else 3


def _drawn(text: str) -> str:
    spoken, name = link.language(), f"{crc32(text.encode()):x}"
    return "".join(_asked(piece, key, f"{key}-{name}", spoken) if key else html.escape(piece) for piece, key in split(text, spoken))


def _asked(piece: str, key: str, name: str, language: str) -> str:
    definition = html.escape(words_of(key, language)["definition"])
    more = html.escape(content.words("glossary", language)["more"])
    return (
        f'<span class="term"><span class="word" role="button" tabindex="0" aria-describedby="{name}">{html.escape(piece)}</span>'
        f'<span class="definition"><span id="{name}">{definition}</span> <a href="{html.escape(address(key))}">{more}</a></span></span>'
    )


@cache
def _forms(language: str) -> Mapping[str, str]:
    return {form.lower(): term.key for term in TERMS for form in words_of(term.key, language)["forms"].split("|")}


@cache
def _mention(language: str) -> re.Pattern[str]:
    """Return what finds a term in a text: the longest form first, Latin letters only as whole words."""
    forms = sorted(_forms(language), key=len, reverse=True)
    return re.compile("|".join(_bounded(form) for form in forms), re.IGNORECASE)


def _bounded(form: str) -> str:
    before, after = (r"(?<![A-Za-z0-9_-])" if form[0].isascii() else ""), (r"(?![A-Za-z0-9_-])" if form[-1].isascii() else "")
    return f"{before}{re.escape(form)}{after}"
