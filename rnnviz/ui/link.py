"""State that a link carries: text, model, layer, direction, signal, t, unit, present, lang, and each page's own.

Widgets are bound to the query string. What they cannot do is said here: correct a value from a link instead of dropping
it, tell the person so, and keep track of who moved the choice last, the browser or Python.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from rnnviz.ui import content


def language() -> str:
    """Return the language asked for by the link, or English where there is none of that name."""
    asked = st.query_params.get("lang", content.DEFAULT)
    return asked if asked in content.languages() else content.DEFAULT


def presenting() -> bool:
    asked = from_link("present")
    if asked is not None and "present" not in st.session_state:
        st.session_state.present = asked.lower() in ("1", "true", "yes")
    return bool(st.session_state.get("present"))


def notice(text: str) -> None:
    """Keep a sentence for the notice line of this run."""
    st.session_state.setdefault("_notices", []).append(text)


def notices() -> list[str]:
    return st.session_state.pop("_notices", [])


def from_link(name: str) -> str | None:
    """Return a link's value the first time it is asked for in this session, and None ever after."""
    seen = st.session_state.setdefault("_seen", {})
    value = st.query_params.get(name)
    if name in seen:
        return None
    seen[name] = value
    return value


def whole(name: str, low: int, high: int, default: int | Callable[[], int]) -> int:
    """Bring the whole number under this key into its range before its widget is drawn, and say so if a link was off."""
    if callable(default):
        default = low if isinstance(st.session_state.get(name), int) else default()
    words = content.words("frame", language())["notice"]
    asked = from_link(name)
    if asked is not None and name not in st.session_state:
        try:
            given = int(asked)
        except ValueError:
            given = None
        shown = default if given is None else max(low, min(high, given))
        if given != shown:
            notice(words["moved"].format(name=name, given=short(asked), low=low, high=high, shown=shown))
        st.session_state[name] = shown
    current = st.session_state.get(name, default)
    if not isinstance(current, int):
        current = default
    st.session_state[name] = max(low, min(high, current))
    return st.session_state[name]


def choice(name: str, options: Sequence, default) -> None:
    """Bring the option under this key among those there are before its widget is drawn, and say so if a link was off."""
    words = content.words("frame", language())["notice"]
    asked = from_link(name)
    if asked is not None and asked not in [str(option) for option in options]:
        listed = ", ".join(str(option) for option in options)
        notice(words["choice"].format(name=name, given=short(asked), options=listed, shown=default))
    if name in st.session_state and st.session_state[name] not in options:
        st.session_state[name] = default


def short(text: str, most: int = 24) -> str:
    """Return a text that fits into a sentence; markdown's signs are made harmless."""
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return "".join("\\" + c if c in r"\`*_{}[]()#+-.!|<>~$:&" else c for c in cut)
