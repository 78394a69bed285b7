"""Score: how probable sentences are, step by step, beside each other, under models alike but for their cell."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import streamlit as st

from rnnviz.components.base import Choice, Layout
from rnnviz.components.score import SCORE, Dots, Row, payload
from rnnviz.recipe import LONGEST_TEXT, Recipe
from rnnviz.ui import engine, glossary, language, language_export, link, mount, playhead

ORDERS = 200

WORDS = "words-lstm"
"""The model that reads everyday English word by word."""

_SCORE = mount.register(SCORE)


def draw(recipe: Recipe, words: Mapping[str, Any], controls) -> None:
    """Draw controls, into the row of controls, and picture."""
    letters = language.reads_letters(recipe.model)
    per = link.choice("per", ("token", "word"), "token")
    shuffle = link.choice("orders", ("0", str(ORDERS)), "0") != "0"
    jumble = _jumble(recipe)
    with controls:
        against = _against(words, jumble)
        if letters:
            st.segmented_control(
                words["per"], ("token", "word"), key="per", format_func=words["per_names"].get, persist_state="session", required=True
            )
        st.button(
            words["shuffle_again" if shuffle else "shuffle"].format(count=ORDERS),
            key="shuffle",
            on_click=_toggle_orders,
            icon=":material/shuffle:",
            help=words["shuffle_help"],
        )
        if letters and engine.trained(recipe.model) is None:
            st.button(words["by_words"], key="by_words", on_click=_ask_words, help=words["by_words_help"])
        texts = [recipe.text, *([against] if against else [])]
        language_export.draw(
            words,
            f"{recipe.model}-scores",
            lambda: language_export.scores_as_csv({text: _score(recipe.model, text) for text in texts}),
            language_export.score_lines(recipe, against, ORDERS if shuffle else 0),
        )
    count = max(1, len(_score(recipe.model, recipe.text).tokens))
    names = language.family(recipe.model)
    rows = 1 + bool(against) + len(names) - 1
    at = link.whole("at", 1, count, 1) or 1
    row = link.whole("row", 1, rows, 1) or 1
    link.carry("at", at if at > 1 else None)
    link.carry("row", row if row > 1 else None)
    by_word = letters and per == "word"
    choice = playhead.followed(("score", recipe, against, by_word, shuffle), at, row)
    cards = [list(card) for card in words["cards"]["score"]]
    if not letters:
        cards[1][1] = words["cards"]["notice_words"]
    said = glossary.with_terms({**words["picture"], "cards": cards, "joint": "" if letters else " "})
    title = f"{words['title']}: {recipe.model}"
    data = _payload(recipe, against, tuple(names), by_word, shuffle, choice, said, words, title, "present" if link.presenting() else "page")
    _SCORE(key="score", data=data, on_chosen_change=playhead.chosen("score", into=("at", "row")), on_against_change=_compare)


def _against(words: Mapping[str, Any], jumble: str) -> str:
    given = link.from_link("against")
    if given is not None and len(given) > LONGEST_TEXT:
        st.session_state.against = given[:LONGEST_TEXT]
    typed = st.text_input(
        words["against"],
        value="",
        key="against",
        max_chars=LONGEST_TEXT,
        bind="query-params",
        placeholder=jumble,
        help=words["against_help"],
        width="stretch",
    )
    return typed if typed.strip() else jumble


def _ask_words() -> None:
    """Ask the model of words; a text of verse that nobody typed gives way to one that suits it (context_bar does that)."""
    st.session_state.model = WORDS


def _toggle_orders() -> None:
    st.session_state.orders = "0" if st.session_state.get("orders") == str(ORDERS) else str(ORDERS)


def _compare() -> None:
    wish = mount.told("score", "against")
    if isinstance(wish, str) and wish:
        st.session_state.against = wish[:LONGEST_TEXT]


@st.cache_data(show_spinner=False, max_entries=64)
def _jumble(recipe: Recipe) -> str:
    """Return the same words in another order, always the same one; nothing for a text of one word."""
    from rnnviz.scoring import other_orders

    found, _ = other_orders(recipe.text, 1, seed=1)
    return found[0] if found else ""


@st.cache_resource(show_spinner=False, max_entries=128)
def _score(name: str, text: str):
    from rnnviz.scoring import score

    return score(engine.model(name), text)


@st.cache_resource(show_spinner=False, max_entries=32)
def _shuffled(name: str, text: str):
    from rnnviz.scoring import shuffled

    return shuffled(engine.model(name), text, count=ORDERS)


@st.cache_data(show_spinner=False, max_entries=64)
def _payload(
    recipe: Recipe,
    against: str,
    names: tuple[str, ...],
    by_word: bool,
    shuffle: bool,
    choice: Choice,
    said: Mapping[str, Any],
    words: Mapping[str, Any],
    title: str,
    layout: Layout,
) -> bytes:
    first = names[0]
    rows = [_row(first, recipe.text, f"{words['yours']} · {language.label(first)}", 1, words)]
    if against:
        rows.append(_row(first, against, f"{words['beside']} · {language.label(first)}", 2, words))
    rows += [_row(name, recipe.text, f"{words['yours']} · {language.label(name)}", 1, words) for name in names[1:]]
    dots = None
    if shuffle:
        orders = _shuffled(first, recipe.text)
        dots = Dots(
            orders.log_probability / math.log(10),
            tuple(value / math.log(10) for _, value in orders.orders),
            tuple(text for text, _ in orders.orders),
            orders.rank,
            orders.every,
        )
    letters = language.reads_letters(first)
    return payload(
        rows, dots, choice, by_word=by_word, most_bits=8.0 if letters and not by_word else 16.0, words=said, title=title, layout=layout
    )


def _row(name: str, text: str, label: str, sentence: int, words: Mapping[str, Any]) -> Row:
    found = _score(name, text)
    return Row(
        label,
        language.label(name) if sentence == 1 else words["beside"],
        language.note(name, words) if sentence == 1 else "",
        engine.card(name).cell if sentence == 1 else "beside",
        sentence,
        found.opening,
        found.tokens,
        found.words,
        found.surprise,
        found.rank,
        found.entropy,
        found.expected,
        found.bits,
        found.perplexity,
        found.counted,
    )
