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
from rnnviz.trace import Trace


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
    next_tokens: tuple[tuple[tuple[str, float], ...], ...]
    """After each step, the most probable next tokens and their probabilities, best first."""
    surprise: tuple[float | None, ...]
    """Of each character, in bits; None for the first, and for one that the vocabulary lacks."""
    next_probability: tuple[float | None, ...]
    """After each step, the probability that the character which really came next was given."""


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
    names = [name for name in trace if "unit" in trace[name].dims and (signals is None or name in signals)]
    chosen = {name: trace[name].sel(layer=layer, direction=direction).isel(batch=0) for name in names}
    strips = tuple(_strip(array, robust) for array in chosen.values())
    leader = sort_by if sort_by in chosen else names[0]
    keeper = next((array for array in chosen.values() if array.attrs["role"] == "keep"), None)
    tokens = trace.tokens or tuple(str(t) for t in chosen[leader]["time"].values)
    unknown = set(trace.unknown)
    following = _Following(trace, tokens)
    return Picture(
        layer=layer,
        direction=direction,
        tokens=tuple(visible(token) for token in tokens),
        unknown=tuple(t for t, token in enumerate(tokens, start=1) if token in unknown),
        strips=strips,
        order=order_units(chosen[leader], sort),
        half_lives=None if keeper is None else half_lives(keeper),
        next_tokens=following.best(top),
        surprise=following.surprise(),
        next_probability=following.given(),
    )


def half_lives(keep: xr.DataArray) -> np.ndarray:
    """Return each unit's memory half-life in steps, (unit,): ln ½ over the mean of ln f along the text.

    The product of the gate over T steps is its geometric mean to the T, so at that pace half is left after this many
    steps. Infinite where the gate never closed at all.
    """
    with np.errstate(divide="ignore"):
        pace = np.log(keep.transpose("time", ...).values.astype(float)).mean(axis=0)
        return np.log(0.5) / np.where(pace < 0, pace, -0.0)


def _strip(array: xr.DataArray, robust: bool) -> Strip:
    grid = np.ascontiguousarray(array.transpose("unit", "time").values)
    gate = array.attrs["kind"] == "gate"
    return Strip(
        signal=str(array.name),
        kind=array.attrs["kind"],
        role=array.attrs["role"],
        symbol=array.attrs["symbol"],
        long_name=array.attrs["long_name"],
        domain=domain_of(array, robust=robust),
        values=grid,
        closed=float((grid < 0.1).mean()) if gate else None,
        opened=float((grid > 0.9).mean()) if gate else None,
    )


class _Following:
    """What a language model expected after each step, and what really came."""

    def __init__(self, trace: Trace, tokens: Sequence[str]) -> None:
        self.steps = len(tokens)
        self.probability = trace["probability"].isel(batch=0) if "probability" in trace else None
        if self.probability is not None:
            self.names = [str(token) for token in self.probability["token"].values]
            place = {name: at for at, name in enumerate(self.names)}
            came = [place.get(token) for token in tokens[1:]]
            self._given = [None if at is None else float(self.probability.values[t, at]) for t, at in enumerate(came)]

    def best(self, top: int) -> tuple[tuple[tuple[str, float], ...], ...]:
        if self.probability is None:
            return ()
        values = self.probability.values
        rank = np.argsort(-values, axis=1, kind="stable")[:, :top]
        return tuple(tuple((visible_name(self.names[at]), float(values[t, at])) for at in row) for t, row in enumerate(rank))

    def surprise(self) -> tuple[float | None, ...]:
        if self.probability is None:
            return ()
        return (None, *(None if p is None else float(-np.log2(max(p, np.finfo(np.float64).tiny))) for p in self._given))

    def given(self) -> tuple[float | None, ...]:
        return () if self.probability is None else (*self._given, None)


def visible_name(token: str) -> str:
    """Return how a vocabulary entry is printed; ⟨unk⟩ stays as it is."""
    return visible(token) if len(token) == 1 else token
