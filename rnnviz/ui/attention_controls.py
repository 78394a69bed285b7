"""What the attention page asks: which translator, which text, how the answer is found, what is done to its attention."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import streamlit as st

from rnnviz.decoding import MOST_BEAMS
from rnnviz.forcing import SCHEMES, parsed
from rnnviz.pair_recipe import LONGEST_SENTENCE, PairRecipe
from rnnviz.ui import link, translators
from rnnviz.ui.translators import Family

SEARCHES = ("greedy", "beam", "draw")
BESIDES = ("arcs", "gradient")
MOST_PADDING = 12
_RANGES: Mapping[str, tuple[Any, Any, Any]] = {"reseed": (1, 9999, 1), "soft": (0.05, 10.0, 1.0), "pad": (0, MOST_PADDING, 0)}
"""The numbers of an experiment: lowest, highest, usual."""


def family() -> Family:
    """Return the chosen family, and see to its score, from the session, at first from the link; what is not there is said."""
    state = st.session_state
    asked = link.from_link("translator")
    if state.pop("_arrived", False):  # within a session, widgets keep what they had, whatever a link between two pages says
        asked = st.query_params.get("translator") or asked
        if text := st.query_params.get("sentence", "")[:LONGEST_SENTENCE]:
            state.sentence = text
    found = translators.families()
    if asked is not None:
        place = next(((key, score) for key, each in found.items() for score, name in each.models.items() if name == asked), None)
        if place is None:
            words = _words()["notice"]
            link.notice(words["translator"].format(given=link.short(asked), shown=translators.label(next(iter(found.values())))))
        else:
            state.pair, state.score = place
    if state.get("pair") not in found:
        state.pair = next(iter(found))
    chosen = found[state.pair]
    if state.get("score") not in chosen.models:
        state.score = _usual(chosen)
    return chosen


def _usual(chosen: Family) -> str:
    """Return the attention that a family is shown with while nobody has chosen."""
    return next((score for score in ("additive", "general", "dot") if score in chosen.models), next(iter(chosen.models)))


def draw(words: Mapping[str, Any]) -> tuple[PairRecipe, Family]:
    """Draw the controls and return what is asked for, and the family of its model."""
    chosen = family()
    found = translators.families()
    row = st.container(key="sentence-row", horizontal=True, vertical_alignment="bottom")
    row.selectbox(
        words["pair"], list(found), key="pair", persist_state="session", width=270, label_visibility="collapsed",
        format_func=lambda key: translators.label(found[key]),
    )  # fmt: skip
    text = _sentence(row, chosen.models[st.session_state.score], words)
    with st.container(key="controls", horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            words["score"], list(chosen.models), key="score", persist_state="session", required=True, help=words["score_help"],
            format_func=words["scores"].get,
        )  # fmt: skip
        link.choice("beside", BESIDES, "arcs")
        st.segmented_control(
            words["beside"], BESIDES, key="beside", persist_state="session", required=True, help=words["beside_help"],
            format_func=words["besides"].get,
        )  # fmt: skip
        _search(words)
        _experiments(words)
    model = chosen.models[st.session_state.score]
    shipped = model in translators.engine.translators()
    st.session_state["translator"] = None if shipped else model
    first = next(iter(translators.shipped().values()))
    link.write("translator", None if model == first.models[_usual(first)] else model)
    return _changes(model, text, words), chosen


def _search(words: Mapping[str, Any]) -> None:
    link.choice("search", SEARCHES, "greedy")
    st.selectbox(
        words["search"], SEARCHES, key="search", persist_state="session", width=190, help=words["search_help"],
        format_func=words["searches"].get,
    )  # fmt: skip
    if st.session_state.search == "beam":
        link.whole("width", 2, MOST_BEAMS, 4)
        st.number_input(words["width"], 2, MOST_BEAMS, value=4, key="width", bind="query-params", width=110)
    elif st.session_state.search == "draw":
        link.number("heat", 0.1, 3.0, 1.0)
        st.number_input(words["heat"], 0.1, 3.0, value=1.0, step=0.1, key="heat", bind="query-params", width=120, help=words["heat_help"])
        link.whole("draw", 1, 9999, 1)
        st.number_input(words["draw"], 1, 9999, value=1, key="draw", bind="query-params", width=110, help=words["draw_help"])


def _experiments(words: Mapping[str, Any]) -> None:
    """Draw what can be done to the attention. A translator without any keeps the settings for the next one."""
    state = st.session_state
    link.choice("force", SCHEMES, "own")
    for name, (low, high, usual) in _RANGES.items():
        bring: Any = link.number if isinstance(usual, float) else link.whole
        found = bring(name, low, high, usual)
        link.write(name, None if found == usual else f"{found:g}")
    link.choice("mask", ("yes", "no"), "yes")
    # what is taken back from outside gets new fields: a field in a closed menu would bring its old value back
    turn = state.setdefault("_experiments", 0)

    def kept(name: str, value: Any) -> dict[str, Any]:
        def take() -> None:
            state[name] = state[f"{name}-{turn}"]

        return {"key": f"{name}-{turn}", "value": value, "on_change": take}

    with st.container(key="experiments", width="content"), st.popover(words["experiments"]):
        chosen = kept("force", None)
        st.selectbox(
            words["force"], SCHEMES, index=SCHEMES.index(state.force), key=chosen["key"], on_change=chosen["on_change"],
            format_func=words["schemes"].get,
        )  # fmt: skip
        for name, (low, high, usual) in _RANGES.items():
            step = 0.25 if isinstance(usual, float) else 1
            st.number_input(words[name], low, high, step=step, help=words[f"{name}_help"], **kept(name, state.get(name, usual)))
        st.toggle(
            words["masked"], help=words["masked_help"], key=f"mask-{turn}", value=state.mask == "yes", on_change=_take_mask, args=(turn,)
        )


def _take_mask(turn: int) -> None:
    st.session_state.mask = "yes" if st.session_state[f"mask-{turn}"] else "no"


def _sentence(row, model: str, words: Mapping[str, Any]) -> str:
    """Draw the text field and its examples. Another translator brings a text of its own, unless somebody typed or linked one."""
    from rnnviz.ui import engine

    state = st.session_state
    examples = engine.card(model).examples
    known = state.get("_sentence_of")
    before = engine.card(known).examples if known and (known in engine.translators() or engine.trained(known)) else ()
    state["_sentence_of"] = model
    given = link.from_link("sentence")
    if given is not None and len(given) > LONGEST_SENTENCE:
        link.notice(words["notice"]["cut"].format(most=LONGEST_SENTENCE))
        state.sentence = given[:LONGEST_SENTENCE]
    text = state.get("sentence", "")
    if known is not None and known != model and text in (*before, "") and text not in examples:
        state.sentence = examples[0]
    text = row.text_input(
        words["sentence"], value=examples[0], key="sentence", max_chars=LONGEST_SENTENCE, bind="query-params",
        placeholder=words["placeholder"], label_visibility="collapsed", width="stretch",
    )  # fmt: skip
    with row.container(key="sentences", width="content"), st.popover(words["examples"]):
        for at, example in enumerate(examples):
            st.button(example, key=f"sentence-{model}-{at}", on_click=_use, args=(example,), width="stretch")
    if not text.strip():
        link.notice(words["notice"]["empty"])
        return examples[0]
    return text


def _use(text: str) -> None:
    st.session_state.sentence = text


def _changes(model: str, text: str, words: Mapping[str, Any]) -> PairRecipe:
    """Return the recipe with what was done to this answer: edited rows and a chosen beginning last while the text does."""
    state = st.session_state
    known = (model, text)
    if state.get("_changed_for") not in (None, known) and (state.get("_rows") or state.get("_prefix")):
        state["_rows"], state["_prefix"] = "", ()
        link.notice(words["notice"]["taken_back"])
    state["_changed_for"] = known
    rows, say = link.from_link("rows"), link.from_link("say")
    if rows is not None and not state.get("_rows"):
        try:
            state["_rows"] = rows if parsed(rows) else ""
        except ValueError:
            link.notice(words["notice"]["rows"].format(given=link.short(rows)))
    if say is not None and not state.get("_prefix"):
        try:
            tokens = json.loads(say)
            assert isinstance(tokens, list)
            assert all(isinstance(token, str) for token in tokens)
            state["_prefix"] = tuple(tokens[:60])
        except (ValueError, AssertionError):
            link.notice(words["notice"]["say"].format(given=link.short(say)))
    prefix, rows = tuple(state.get("_prefix") or ()), str(state.get("_rows") or "")
    link.write("say", json.dumps(list(prefix), ensure_ascii=False) if prefix else None)
    link.write("rows", rows or None)
    drawn = state.search == "draw"
    return PairRecipe(
        model, text,
        beam=int(state.get("width") or 4) if state.search == "beam" else 1,
        draw=int(state.get("draw") or 1) if drawn else 0,
        heat=float(state.get("heat") or 1.0) if drawn else 1.0,
        prefix=prefix, scheme=state.force, seed=int(state.get("reseed") or 1), temperature=float(state.get("soft") or 1.0), rows=rows,
        padding=int(state.get("pad") or 0), masked=state.get("mask", "yes") == "yes",
    )  # fmt: skip


def forget_changes() -> None:
    """Take back everything that was done to attention and answer."""
    state = st.session_state
    state["_rows"], state["_prefix"] = "", ()
    state.force, state.soft, state.pad, state.mask = "own", 1.0, 0, "yes"
    renew_experiments()


def renew_experiments() -> None:
    """Draw the fields of the experiments anew, with what the session says."""
    st.session_state["_experiments"] = st.session_state.get("_experiments", 0) + 1


def _words() -> Mapping[str, Any]:
    from rnnviz.ui import content

    return content.words("attention", link.language())
