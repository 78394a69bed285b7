"""The lesson that is on: in the link, on every page, and its card above the picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from rnnviz.components.lesson import LESSON, Card, data
from rnnviz.recipe import Recipe
from rnnviz.ui import content, hiding, lesson_facts, lessons, link, mount
from rnnviz.ui.lesson_checks import Seen
from rnnviz.ui.lessons import LESSONS, Lesson

_LESSON = mount.register(LESSON)

LABELS: Mapping[str, tuple[str, ...]] = {
    "ui_chain": ("unrolled", "modes", "chain"),
    "ui_swap": ("unrolled", "picture", "swap_title"),
    "ui_swap_button": ("unrolled", "picture", "swap_button"),
    "ui_whatif": ("cell", "picture", "whatif_title"),
    "ui_from_here": ("cell", "picture", "from_here"),
    "ui_carry": ("cell", "picture", "carry"),
    "ui_rule": ("example", "train"),
    "ui_matrix_of": ("gradients", "experiment", "cell"),
    "ui_experiments": ("attention", "experiments"),
    "ui_uniform": ("attention", "schemes", "uniform"),
    "ui_hardest": ("attention", "schemes", "hardest"),
    "ui_shuffle": ("language", "shuffle"),
    "ui_generate": ("language", "asks", "generate"),
    "ui_temperature": ("language", "generate", "temperature"),
    "ui_train": ("training", "train"),
    "ui_gates": ("gates", "title"),
}
"""Names of controls in the lessons' texts, taken from where the controls take them."""


def current() -> Lesson | None:
    """Return the lesson that is on. A link that asks for another one within a session is noted: `draw` then opens it afresh."""
    state, asked = st.session_state, st.query_params.get("lesson")
    before = state.get("_lesson")
    if asked is not None and asked not in lessons.KEYS:
        words = content.words("tour", link.language())["card"]
        link.notice(words["unknown"].format(given=link.short(asked), count=len(LESSONS)))
        asked = None
    if asked is not None and asked != before:
        state["_lesson_go"] = "_lesson" in state  # the first run of a session has nothing to undo
        state["_lesson"] = asked
    state.setdefault("_lesson", None)
    link.write("lesson", state["_lesson"])
    return lessons.named(state["_lesson"]) if state["_lesson"] else None


def kept() -> dict[str, str]:
    """Return what goes with a person from lesson to lesson."""
    found = {"lang": st.session_state.get("_lang"), "present": "1" if link.presenting() else None, "hide": ",".join(hiding.hidden())}
    return {name: value for name, value in found.items() if value}


def texts(lesson: Lesson, language: str) -> dict[str, Any]:
    """Return a lesson's words with the engine's numbers and the names of controls put in."""
    labels = {name: _label(path, language).replace("{count}", "200") for name, path in LABELS.items()}
    says = {**labels, **lesson_facts.of(lesson.key).says}
    return _filled(content.words("tour", language)["lessons"][lesson.key], says)


def _label(path: tuple[str, ...], language: str) -> str:
    found: Any = content.words(path[0], language)
    for name in path[1:]:
        found = found[name]
    return found


def _filled(words: Any, says: Mapping[str, str]) -> Any:
    if isinstance(words, Mapping):
        return {name: _filled(value, says) for name, value in words.items()}
    return [_filled(each, says) for each in words] if isinstance(words, list) else words.format(**says)


def draw(lesson: Lesson, page: str, asked: Recipe) -> None:
    """Draw the card. What was done is read from the session, into which fields and pictures have put it before a run begins."""
    language = link.language()
    words, told, facts = content.words("tour", language), texts(lesson, language), lesson_facts.of(lesson.key)
    seen = Seen(page, asked.model, asked.text, {str(name): value for name, value in st.session_state.items()})
    at, by = lessons.KEYS.index(lesson.key), {}
    for name, step in (("back", -1), ("next", 1)):
        other = lessons.beside(lesson, step)
        by[name] = None if other is None else lessons.address_of(other, kept())
    card = Card(
        lesson.key, words["card"]["number"].format(number=at + 1, all=len(LESSONS)), told["title"], told["see"], told["question"],
        tuple(told["options"].items()), facts.answer, told["reveal"],
        tuple((text, step.done(seen)) for text, step in zip(told["steps"], lesson.steps, strict=True)),
        by["back"], by["next"], lessons.address_of(lesson, kept()), lessons.address("tour", kept()), page == lesson.page,
    )  # fmt: skip
    ticks = [(each.key, len(each.steps)) for each in LESSONS]
    said = {**words["card"], "progress": words["list"]["progress"]}
    layout = "present" if link.presenting() else "page"
    go = st.session_state.pop("_lesson_go", False)
    _LESSON(key="lesson_card", data=data(card, ticks, words=said, layout=layout, go=go), on_leave_change=_leave)


def _leave() -> None:
    st.session_state["_lesson"] = None
    st.query_params.pop("lesson", None)
