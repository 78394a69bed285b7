"""Which translators there are: those that ship, by what they do, and a run of the training lab that the link names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from rnnviz.models.attention import SCORES
from rnnviz.ui import content, engine, link


@dataclass(frozen=True)
class Family:
    """Models that do the same with different attention, or one run. `models` are names by score."""

    key: str
    task: str
    models: Mapping[str, str]


@st.cache_resource(show_spinner=False, max_entries=1)
def shipped() -> Mapping[str, Family]:
    """Return the families of the zoo by key, the one to begin with first."""
    found: dict[str, dict[str, str]] = {}
    for name in engine.translators():
        family, _, score = name.rpartition("-")
        found.setdefault(family, {})[score] = name
    ordered = {"french": 0, "dates": 1, "reverse": 2}
    keys = sorted(found, key=lambda key: (ordered.get(key, 9), key))
    return {
        key: Family(key, engine.translators()[next(iter(found[key].values()))].task, {s: found[key][s] for s in SCORES if s in found[key]})
        for key in keys
    }


def families() -> dict[str, Family]:
    """Return all that can be asked here: the zoo's, and runs that this session or its link has opened."""
    found = dict(shipped())
    opened = st.session_state.setdefault("_translators", [])
    for name in (st.query_params.get("translator"), st.session_state.get("translator")):
        if name and name not in opened and _is_translator(name):
            opened.append(name)
    for name in opened:
        if _is_translator(name):  # it may have been deleted
            card = engine.card(name)
            found[name] = Family(name, card.task, {str(engine.model(name).score): name})
    return found


def _is_translator(name: str) -> bool:
    """Return whether a name stands for a run's translator; those that ship are in their families."""
    return engine.trained(name) is not None and engine.is_translator(name)


def label(family: Family) -> str:
    """Return a family's name as a person reads it."""
    words = content.words("attention", link.language())["families"]
    task = content.words("tasks", link.language()).get(family.task, {}).get("title", family.task)
    return words.get(family.key) or words["run"].format(task=task, name=family.key)


def truth(task: str, text: str) -> tuple[str | None, str]:
    """Return the right answer to a text where it can be told, and a word on the text: `no-day`, `no-format`, `years` or nothing."""
    if task == "reverse":
        return text[::-1], ""
    if task != "dates":
        return None, ""
    from rnnviz.tasks.dates import FIRST, LAST, answer_to, is_a_day

    right = answer_to(text)
    if right is None:
        return None, "no-format"
    if not is_a_day(right):
        return None, "no-day"
    return right, "" if FIRST.year <= int(right[:4]) <= LAST.year else "years"
