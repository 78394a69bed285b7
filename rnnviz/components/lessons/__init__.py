"""The list of the tour's lessons, with the ticks that this browser keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rnnviz.components.base import from_files

LESSONS = from_files("lessons", shared=("dom.js", "progress.js"), scripts=("lessons.js",), styled=False)


@dataclass(frozen=True)
class Row:
    """One lesson of the list: where it leads and what it takes."""

    key: str
    title: str
    goal: str
    href: str
    page: str
    time: str
    steps: int


def data(rows: Sequence[Row], words: Mapping[str, Any]) -> dict[str, Any]:
    return {"rows": [asdict(row) for row in rows], "words": dict(words)}
