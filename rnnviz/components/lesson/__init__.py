"""The card of the lesson that is on: what to look at, a question to answer first, what to do, and whether it was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rnnviz.components.base import Layout, from_files

LESSON = from_files("lesson", shared=("dom.js", "progress.js"), scripts=("predict.js", "lesson.js"), styled=False)


@dataclass(frozen=True)
class Card:
    """One lesson as it is told. Steps are (what to do, whether it is so now); options are (key, words); links are addresses or None."""

    key: str
    number: str
    title: str
    see: str
    question: str
    options: tuple[tuple[str, str], ...]
    answer: str
    reveal: str
    steps: tuple[tuple[str, bool], ...]
    back: str | None
    next: str | None
    again: str
    tour: str
    here: bool


def data(card: Card, ticks: Sequence[tuple[str, int]], *, words: Mapping[str, Any], layout: Layout, go: bool = False) -> dict[str, Any]:
    """Return what the component needs. `ticks` are all lessons with their number of steps; with `go` it opens the lesson's own link."""
    return {
        **card.__dict__,
        "options": [list(option) for option in card.options],
        "steps": [list(step) for step in card.steps],
        "ticks": [list(each) for each in ticks],
        "words": dict(words),
        "layout": layout,
        "go": go,
    }
