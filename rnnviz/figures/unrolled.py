"""The network unrolled over a text: one box a layer, direction and timestep. components/unrolled draws it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnviz.figures.scales import Domain, domain_of
from rnnviz.figures.strips import Following
from rnnviz.text import visible
from rnnviz.trace import Trace

MODES = ("many-to-many", "many-to-one", "one-to-many", "encoder-decoder", "chain")
"""What a recurrent network is used for (Karpathy 2015), and the feed-forward chain that it is when its layers share weights."""


@dataclass(frozen=True)
class Change:
    """What another character at one step changed: the other run minus this one."""

    t: int
    character: str
    """The one put in, as printed."""
    values: np.ndarray
    """Of the signal shown: (layer, direction, time, unit)."""
    norms: np.ndarray
    """‖Δh‖₂ of every hidden state: (layer, direction, time). Exactly 0 where not one bit differs."""
    run: Unrolled
    """The run with the other character, in full."""


@dataclass(frozen=True)
class Unrolled:
    mode: str
    tokens: tuple[str, ...]
    unknown: tuple[int, ...]
    typed: int
    """How many steps read what was typed; the rest read the model's own output."""
    directions: tuple[str, ...]
    signals: tuple[tuple[str, str], ...]
    """All that a box can show: (signal, long name)."""
    signal: str
    kind: str
    role: str
    symbol: str
    long_name: str
    domain: Domain
    values: np.ndarray
    """(layer, direction, time, unit)"""
    norms: np.ndarray
    """‖h_t‖₂: (layer, direction, time)."""
    steps: np.ndarray
    """‖h_t - h_{t-1}‖₂ in the order of computation: (layer, direction, time)."""
    has_cell: bool
    next_tokens: tuple[tuple[tuple[str, float], ...], ...]
    next_probability: tuple[float | None, ...]
    change: Change | None


def unrolled(
    trace: Trace, *, mode: str = "many-to-many", signal: str = "hidden", typed: int | None = None,
    other: tuple[int, Trace] | None = None, top: int = 5,
) -> Unrolled:  # fmt: skip
    """Return what to draw. `typed` is how many steps were typed, where the model wrote the rest itself.

    `other` is (t, the trace of the same text with another character at t).
    """
    part = trace.part(signal)
    hidden = trace.part("hidden").values[:, :, 0]
    unknown = set(trace.unknown)
    following = Following(trace, trace.tokens)
    return Unrolled(
        mode=mode,
        tokens=tuple(visible(token) for token in trace.tokens),
        unknown=tuple(t for t, token in enumerate(trace.tokens, start=1) if token in unknown),
        typed=len(trace.tokens) if typed is None else typed,
        directions=trace.directions,
        signals=tuple((name, str(trace.part(name).attrs["long_name"])) for name in trace.unit_signals),
        signal=signal,
        kind=part.attrs["kind"],
        role=part.attrs["role"],
        symbol=part.attrs["symbol"],
        long_name=part.attrs["long_name"],
        domain=domain_of(part),
        values=part.values[:, :, 0],
        norms=np.linalg.norm(hidden.astype(float), axis=-1),
        steps=np.stack([_steps(hidden[:, at], name) for at, name in enumerate(trace.directions)], axis=1),
        has_cell="cell" in trace,
        next_tokens=following.best(top),
        next_probability=following.given(),
        change=None if other is None else _change(trace, *other, signal),
    )


def _steps(hidden: np.ndarray, direction: str) -> np.ndarray:
    zero = np.zeros_like(hidden[:, :1])
    before = np.concatenate([zero, hidden[:, :-1]] if direction == "forward" else [hidden[:, 1:], zero], axis=1)
    return np.linalg.norm((hidden - before).astype(float), axis=-1)


def _change(trace: Trace, t: int, other: Trace, signal: str) -> Change:
    difference = other.part("hidden").values[:, :, 0].astype(float) - trace.part("hidden").values[:, :, 0]
    values = other.part(signal).values[:, :, 0] - trace.part(signal).values[:, :, 0]
    return Change(t, visible(other.tokens[t - 1]), values, np.linalg.norm(difference, axis=-1), unrolled(other, signal=signal))
