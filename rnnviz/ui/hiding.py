"""Parts of a page that a teacher hides: `hide=cards,player` in the link. Each is a style: pictures ask for `--rnnviz-<part>`,
which reaches into every component; what Streamlit draws is named here."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from rnnviz.ui import content, link

PARTS: Mapping[str, str] = {
    "heading": "[data-testid=stHeading], [data-testid=stElementContainer]:has([data-testid=stHeading]) + [data-testid=stElementContainer]",
    "text": ".st-key-text, .st-key-examples, .st-key-sentence-row",
    "summary": ".st-key-summary [data-testid=stMarkdown]",
    "controls": ".st-key-controls, .st-key-experiment, .st-key-run_buttons",
    "player": "",
    "numbers": "",
    "cards": "",
    "notice": "",
    "legend": "",
    "files": "",
}
"""What can be hidden, with the part of it that stands outside the pictures."""

UNSEEN: Mapping[str, str] = {"numbers": "hidden"}
"""Parts that keep their place, so that a picture does not move when its numbers go."""


def hidden() -> tuple[str, ...]:
    """Return the parts that are hidden, and keep them in the link."""
    state = st.session_state
    asked = link.from_link("hide")
    if asked is not None:
        names = [name.strip() for name in asked.split(",") if name.strip()]
        state["_hide"] = tuple(name for name in PARTS if name in names)
        unknown = [link.short(name) for name in names if name not in PARTS]
        if unknown:
            words = content.words("tour", link.language())["hide"]
            link.notice(words["unknown"].format(given=", ".join(unknown[:4]), parts=", ".join(PARTS)))
    found = state.get("_hide", ())
    link.write("hide", ",".join(found) or None)
    return found


def choose(names: list[str]) -> None:
    """Hide these parts and show all others."""
    st.session_state["_hide"] = tuple(name for name in PARTS if name in names)


def style() -> str:
    """Return the style sheet that hides what is to be hidden, or nothing."""
    found = hidden()
    if not found:
        return ""
    names = "; ".join(f"--rnnviz-{name}: {UNSEEN.get(name, 'none')}" for name in found)
    outside = "\n".join(f"{PARTS[name]} {{ display: none !important; }}" for name in found if PARTS[name])
    return f"<style>:root {{ {names}; }}\n{outside}</style>"


def menu() -> None:
    """Draw the list of parts. What is ticked goes into the link at once."""
    words = content.words("tour", link.language())["hide"]
    with st.container(key="hiding", width="content"), st.popover(words["short"], help=words["help"]):
        st.pills(
            words["label"], list(PARTS), selection_mode="multi", default=list(hidden()), key="hide_parts", format_func=words["parts"].get,
            on_change=_chosen,
        )  # fmt: skip
        st.caption(words["note"])


def _chosen() -> None:
    choose(st.session_state.get("hide_parts") or [])
