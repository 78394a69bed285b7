"""State that a link carries: text, model, layer, direction, signal, t, unit, present, lang, and each page's own.

Widgets are bound to the query string. What they cannot do is said here: correct a value from a link instead of dropping
it, tell the person so, and keep track of who moved the choice last, the browser or Python.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import streamlit as st

from rnnviz.ui import content


def language() -> str:
    """Return the language that the link or the switch chose; while neither has, the browser's own, or English.

    Only a choice is written into the link: a reader whose browser speaks another language reads it in that one.
    """
    state = st.session_state
    asked = from_link("lang")
    if asked in content.languages():
        state["_lang"] = asked
    chosen = state.get("_lang")
    write("lang", chosen)
    return chosen or _spoken()


def _spoken() -> str:
    """Return the first part of the browser's language, if the interface exists in it: zh for zh-CN."""
    said = (st.context.locale or "").partition("-")[0].lower()
    return said if said in content.languages() else content.DEFAULT


def speak(name: str) -> None:
    """Choose the interface's language for this session and its links."""
    st.session_state["_lang"] = name


def presenting() -> bool:
    """Return whether the picture is on a projector. In the link it stands as present=1."""
    asked = from_link("present")
    if asked is not None and "present" not in st.session_state:
        st.session_state.present = asked.lower() in ("1", "true", "yes")
    on = bool(st.session_state.get("present"))
    write("present", "1" if on else None)
    return on


def notice(text: str) -> None:
    """Keep a sentence for the notice line of this run."""
    st.session_state.setdefault("_notices", []).append(text)


def notices() -> list[str]:
    return st.session_state.pop("_notices", [])


def from_link(name: str) -> str | None:
    """Return a link's value the first time it is asked for in this session, and None ever after."""
    seen = st.session_state.setdefault("_seen", {})
    if name in seen:
        return None
    seen[name] = st.query_params.get(name)
    return seen[name]


def arrive() -> None:
    """Let a link of another page be asked anew: what it names counts, not what the session had. Call it where the page changes.

    The model and the text are the context bar's.
    """
    for name in set(st.query_params) - {"model", "text"}:
        st.session_state.setdefault("_seen", {}).pop(name, None)
        if str(st.session_state.get(name)) != st.query_params[name]:
            st.session_state.pop(name, None)


def whole(name: str, low: int, high: int, default: int | None) -> int | None:
    """Bring the whole number under this key into its range before its widget is drawn, and say so if a link was off."""
    return _within(name, low, high, default, int)


def number(name: str, low: float, high: float, default: float) -> float:
    """Do the same for a number with decimals."""
    found = _within(name, low, high, default, _finite)
    return default if found is None else float(found)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _within(name: str, low, high, default, read):
    asked = from_link(name)
    state = st.session_state
    if asked is not None and name not in state:
        try:
            given = read(asked)
        except ValueError:
            given = None
        shown = default if given is None else max(low, min(high, given))
        if given is None or given != shown:
            words = content.words("frame", language())["notice"]
            key = "moved" if shown is not None else "moved_free"
            notice(words[key].format(name=name, given=short(asked), low=low, high=high, shown=shown))
        state[name] = shown
    current = state.get(name, default)
    if isinstance(current, int | float) and not low <= current <= high:
        state[name] = max(low, min(high, current))
    return state.get(name, default)


def choice(name: str, options: Sequence[str], default: str) -> str:
    """Bring the option under this key among those there are before its widget is drawn, and say so if a link was off.

    Options are not bound by Streamlit, which would write their labels, in the reader's language, into the link.
    """
    asked = from_link(name)
    state = st.session_state
    if asked is not None and name not in state:
        if asked not in options:
            words = content.words("frame", language())["notice"]
            notice(words["choice"].format(name=name, given=short(asked), options=words["comma"].join(options), shown=default))
        else:
            state[name] = asked
    if state.get(name) not in options:
        state[name] = default
    write(name, None if state[name] == default else state[name])
    return state[name]


def write(name: str, value: str | None) -> None:
    """Write a value that no widget of this run is bound to into the link, or take it out."""
    if value is None:
        if name in st.query_params:
            del st.query_params[name]
    elif st.query_params.get(name) != value:
        st.query_params[name] = value


def carry(name: str, value: int | None) -> None:
    """Keep a number in session and link on a page that has no field for it."""
    st.session_state[name] = value
    write(name, None if value is None else str(value))


def short(text: str, most: int = 24) -> str:
    """Return a text that fits into a sentence; markdown's signs are made harmless."""
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return "".join("\\" + c if c in r"\`*_{}[]()#+-.!|<>~$:&" else c for c in cut)
