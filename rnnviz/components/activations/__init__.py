"""Activation functions, their derivatives, and what multiplying by a derivative again and again does. All of it is computed
in the browser from the definitions; a test holds what is printed to torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rnnviz.components.base import Layout, from_files
from rnnviz.figures.scales import ROLES

ACTIVATIONS = from_files(
    "activations", shared=("numbers.js", "dom.js", "colour.js", "files.js"), scripts=("functions.js", "plots.js", "activations.js")
)

NAMES = ("step", "sigmoid", "tanh", "relu", "leaky_relu")


@dataclass(frozen=True)
class Point:
    """What is looked at: a function at x, its slope for negative x, a weight, and how many steps are multiplied."""

    function: str = "tanh"
    x: float = 1.0
    alpha: float = 0.01
    weight: float = 1.0
    steps: int = 20
    turn: int = 0
    """Grows whenever Python, not the browser, moved the point."""


LIMITS: Mapping[str, tuple[float, float]] = {"x": (-6.0, 6.0), "alpha": (0.0, 2.0), "weight": (0.0, 4.0), "steps": (1, 100)}


def data(point: Point, *, words: Mapping[str, Any], title: str, layout: Layout = "page") -> dict[str, Any]:
    """Return what the component needs: a few numbers and the words, so no bytes are packed."""
    return {
        "title": title,
        "layout": layout,
        "point": asdict(point),
        "limits": {name: list(ends) for name, ends in LIMITS.items()},
        "roles": {role: dict(ink) for role, ink in ROLES.items()},
        "words": dict(words),
    }
