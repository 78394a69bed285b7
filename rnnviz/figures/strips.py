"""Aligned strips: every signal of one layer and direction as units over time, with all that stands beside them.

A `Picture` is a plain value; components/strips draws it in the browser.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from rnnviz.figures.order import order_units
from rnnviz.figures.scales import Domain, domain_of
from rnnviz.text import visible
from rnnviz.trace import Labelled, Trace


@dataclass(frozen=True)
class Strip:
    """One signal: values (unit, time) with units counted from 1 in index order, its colour domain and its statistics."""

    signal: str
    kind: str
    role: str
    symbol: str
    long_name: str
    domain: Domain
    values: np.ndarray
    closed: float | None
    """Share of a gate's values below 0.1, over all units and steps shown; None for anything but a gate."""
    opened: float | None
    """Share of a gate's values above 0.9."""


@dataclass(frozen=True)
class Picture:
    layer: int
    direction: str
    tokens: tuple[str, ...]
    """As printed: ␣ for a space."""
    unknown: tuple[int, ...]
    """Steps (from 1) whose character the vocabulary lacks."""
    strips: tuple[Strip, ...]
    order: np.ndarray
    """Unit numbers from top to bottom."""
    half_lives: np.ndarray | None
    """By unit (index order), in steps; None without a gate that keeps."""
    answers: bool
    """Whether `next_tokens` are answers of the model's own kind, a class, instead of tokens that may come."""
    next_tokens: tuple[tuple[tuple[str, float], ...], ...]
    """After each step, the most probable next tokens and their probabilities, best first."""
    next_probability: tuple[float | None, ...]
    """After each step, the probability given to the character that really came next; None after the last, and where the
    vocabulary lacks that character. Its surprise in bits is -log2 of it."""


def picture(
    trace: Trace,
    *,
    layer: int = 1,
    direction: str = "forward",
    signals: Sequence[str] | None = None,
    sort: str = "mean",
    sort_by: str | None = None,
    robust: bool = True,
    top: int = 6,
) -> Picture:
    """Return what to draw of one layer and direction. `sort_by` is the signal that orders the units."""
    names = [name for name in trace.unit_signals if signals is None or name in signals]
    chosen = {name: trace.layer(name, layer, direction) for name in names}
    strips = tuple(_strip(name, array, robust) for name, array in chosen.items())
    leader = sort_by if sort_by in chosen else names[0]
    keeper = next((array for array in chosen.values() if array.attrs["role"] == "keep"), None)
    tokens = trace.tokens or tuple(str(t) for t in range(1, len(chosen[leader].values) + 1))
    unknown = set(trace.unknown)
    following = Following(trace, tokens)
    return Picture(
        layer=layer,
        direction=direction,
        tokens=tuple(visible(token) for token in tokens),
        unknown=tuple(t for t, token in enumerate(tokens, start=1) if token in unknown),
        strips=strips,
        order=order_units(chosen[leader], sort),
        half_lives=None if keeper is None else half_lives(keeper),
        answers="class" in trace.dims("probability"),
        next_tokens=following.best(top),
        next_probability=following.given(),
    )


def half_lives(keep: Labelled | xr.DataArray) -> np.ndarray:
    """Return each unit's memory half-life in steps, (unit,), from a gate (time, unit): ln ½ over the mean of ln f along the text.

    The product of the gate over T steps is its geometric mean to the T, so at that pace half is left after this many
    steps. Infinite where the gate never closed at all.
    """
    with np.errstate(divide="ignore"):
        pace = np.log(keep.values.astype(float)).mean(axis=0)
        return np.log(0.5) / np.where(pace < 0, pace, -0.0)


def _strip(name: str, array: Labelled, robust: bool) -> Strip:
    grid = np.ascontiguousarray(array.values.T)
    gate = array.attrs["kind"] == "gate"
    return Strip(
        signal=name,
        kind=array.attrs["kind"],
        role=array.attrs["role"],
        symbol=array.attrs["symbol"],
        long_name=array.attrs["long_name"],
        domain=domain_of(array, robust=robust),
        values=grid,
        closed=float((grid < 0.1).mean()) if gate else None,
        opened=float((grid > 0.9).mean()) if gate else None,
    )


class Following:
    """What a language model expected after each step, and what really came; of other models, what they answered."""

    def __init__(self, trace: Trace, tokens: Sequence[str]) -> None:
        self.steps = len(tokens)
        self.probability = trace.part("probability").values[0] if "probability" in trace else None  # (time, token)
        if self.probability is not None:
            axis = trace.part("probability").dims[-1]
            self.names = [str(token) for token in trace["probability"][axis].values]
            place = {name: at for at, name in enumerate(self.names)} if axis == "token" else {}  # a class is no token that comes
            came = [place.get(token) for token in tokens[1:]]
            self._given = [None if at is None else short(float(self.probability[t, at])) for t, at in enumerate(came)]

    def best(self, top: int) -> tuple[tuple[tuple[str, float], ...], ...]:
        if self.probability is None:
            return ()
        values = self.probability
        rank = np.argsort(-values, axis=1, kind="stable")[:, :top]
        shown = [visible_name(name) for name in self.names]
        best = zip(rank.tolist(), np.take_along_axis(values, rank, axis=1).tolist(), strict=True)
        return tuple(tuple((shown[at], short(p)) for at, p in zip(*row, strict=True)) for row in best)

    def given(self) -> tuple[float | None, ...]:
        return () if self.probability is None else (*self._given, None)


def short(value: float) -> float:
    """Return a float32 as the shortest decimal that gives it back, half as long on the wire as its 53 bits."""
    return float(f"{value:.9g}")


def visible_name(token: str) -> str:
    """Return how a vocabulary entry is printed; ⟨unk⟩ stays as it is."""
    return visible(token) if len(token) == 1 else token
