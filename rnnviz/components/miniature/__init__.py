"""Small drawings that need no server: what a sequence task looks like as boxes and arrows, and how three gradients fade."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rnnviz.components.base import from_files
from rnnviz.figures.scales import ROLES, SERIES

MINIATURE = from_files("miniature", shared=("numbers.js", "dom.js", "colour.js"), scripts=("shape.js", "decay.js", "miniature.js"))


@dataclass(frozen=True)
class Column:
    """One step: what the network reads there, and what it answers."""

    read: str = ""
    """Nothing for a step whose input is the network's own last answer."""
    says: str = ""
    """Nothing for a step at which it is not asked."""
    probability: float | None = None
    decodes: bool = False
    """Whether a second network, the decoder, takes this step."""


def shape(columns: Sequence[Column], *, label: str, words: Mapping[str, Any]) -> dict[str, Any]:
    """Return a sequence task as boxes and arrows, from left to right."""
    return {"kind": "shape", "columns": [asdict(column) for column in columns], "label": label, "words": dict(words), "roles": _roles()}


def decay(lines: Mapping[str, Sequence[float]], *, label: str, words: Mapping[str, Any]) -> dict[str, Any]:
    """Return gradients by how many steps back they are measured, one line a kind of cell, on a logarithmic axis.

    Each line begins at 1, at the step of the loss; zeros are left out.
    """
    series = {kind: dict(SERIES[kind]) for kind in lines}
    return {"kind": "decay", "lines": {k: list(v) for k, v in lines.items()}, "series": series, "label": label, "words": dict(words)}


def _roles() -> dict[str, dict[str, str]]:
    return {role: dict(ROLES[role]) for role in ("input", "hidden", "cell")}
