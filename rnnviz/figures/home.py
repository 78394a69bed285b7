"""The first picture: a text read from left to right, and the few units of the top layer whose rewriting shows best.

A `Reading` is a plain value; components/home draws it in the browser.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnviz.figures.strips import Following
from rnnviz.text import visible
from rnnviz.trace import Trace

MOST_ROWS = 8
"""Units that are drawn, each with its number: more would be a picture to study, not one to understand at once."""


@dataclass(frozen=True)
class Changed:
    """The same network on the same text with one token put in the place of another."""

    t: int
    """The step of that token, from 1."""
    token: str
    values: np.ndarray
    """The same rows, (row, time)."""
    distance: np.ndarray
    """‖h′(t) − h(t)‖₂ over all units, (time,)."""
    next_tokens: tuple[tuple[tuple[str, float], ...], ...]


@dataclass(frozen=True)
class Reading:
    """Everything counts from 1. Numbers of a whole vector are over all its units, drawn or not."""

    layer: int
    tokens: tuple[str, ...]
    """As printed: ␣ for a space."""
    unknown: tuple[int, ...]
    units: int
    """Units of the layer."""
    shown: tuple[int, ...]
    """The units that are drawn, from top to bottom. Where there are more than fit: those that change most along the text, or
    with a changed token those that differ most between the two readings."""
    values: np.ndarray
    """Their hidden state, (row, time)."""
    step: np.ndarray
    """‖h(t) − h(t−1)‖₂ over all units, (time,); h(0) is zero."""
    reach: float
    """The values lie in [−reach, reach]."""
    answers: bool
    """Whether `next_tokens` are a class instead of tokens that may come."""
    next_tokens: tuple[tuple[tuple[str, float], ...], ...]
    next_probability: tuple[float | None, ...]
    changed: Changed | None


def reading(trace: Trace, *, other: tuple[int, Trace] | None = None, rows: int = MOST_ROWS, top: int = 5) -> Reading:
    """Return what to draw of a trace's top layer. `other` is the step of a changed token, and the trace with it."""
    layer = trace.sizes("hidden")["layer"]
    part = trace.layer("hidden", layer)
    hidden = part.values.astype(float)  # (time, unit)
    units = hidden.shape[1]
    change = np.diff(hidden, axis=0, prepend=np.zeros((1, units)))
    telling = change if other is None else other[1].layer("hidden", layer).values - hidden
    most = np.argsort(-np.abs(telling).sum(axis=0), kind="stable")[:rows] if units > rows else np.arange(units)
    following = Following(trace, trace.tokens)
    bounds = part.attrs.get("valid_range")
    return Reading(
        layer=layer,
        tokens=tuple(visible(token) for token in trace.tokens),
        unknown=tuple(t for t, token in enumerate(trace.tokens, start=1) if token in set(trace.unknown)),
        units=units,
        shown=tuple(int(unit) + 1 for unit in most),
        values=part.values.T[most],
        step=np.linalg.norm(change, axis=1),
        reach=float(bounds[1]) if bounds is not None and np.isfinite(bounds[1]) else float(np.abs(hidden).max()) or 1.0,
        answers="class" in trace.dims("probability"),
        next_tokens=following.best(top),
        next_probability=following.given(),
        changed=None if other is None else _changed(hidden, layer, most, *other, top),
    )


def _changed(hidden: np.ndarray, layer: int, rows: np.ndarray, t: int, other: Trace, top: int) -> Changed:
    part = other.layer("hidden", layer)
    return Changed(
        t=t,
        token=visible(other.tokens[t - 1]),
        values=part.values.T[rows],
        distance=np.linalg.norm(part.values.astype(float) - hidden, axis=1),
        next_tokens=Following(other, other.tokens).best(top),
    )
