"""A network while it learns: curves that can be drawn at any length, and what it makes of one text at one moment.

A `Look`, and the `PairLook` of a translator, are plain values; components/training draws them in the browser, one look a
frame of the film.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnviz.figures.scales import Domain, domain_of
from rnnviz.figures.strips import visible_name
from rnnviz.trace import Trace

MOST_POINTS = 600
"""Points of a curve; of a longer one, each stands for a stretch of steps, with its smallest and largest value."""

UNITS = 10
"""Rows of a strip."""


@dataclass(frozen=True)
class Curve:
    """One measured quantity over the steps; of a stretch of steps its mean, smallest and largest value."""

    step: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    width: int
    """Steps that one point stands for."""


def curve(steps: Sequence[float], values: Sequence[float], most: int = MOST_POINTS) -> Curve:
    """Return a measured quantity in at most `most` points, with nothing hidden: each keeps the extremes of its stretch."""
    step, value = np.asarray(steps, dtype=np.float32), np.asarray(values, dtype=np.float32)
    width = -(-len(value) // most) if len(value) else 1
    if width <= 1:
        return Curve(step, value, value, value, 1)
    starts = np.arange(0, len(value), width)
    counts = np.diff(np.append(starts, len(value)))
    return Curve(
        step[np.minimum(starts + width - 1, len(step) - 1)],
        (np.add.reduceat(value.astype(float), starts) / counts).astype(np.float32),
        np.minimum.reduceat(value, starts), np.maximum.reduceat(value, starts), width,
    )  # fmt: skip


@dataclass(frozen=True)
class Strip:
    """One signal of the shown layer, (units, time), the first UNITS of them."""

    signal: str
    kind: str
    role: str
    symbol: str
    long_name: str
    values: np.ndarray
    domain: Domain


@dataclass(frozen=True)
class Look:
    """What a network makes of one text."""

    step: int
    tokens: tuple[str, ...]
    strips: tuple[Strip, ...]
    units: int
    """How many there are; the strips show the first of them."""
    answers: tuple[str, ...]
    """What can be answered; nothing where answers are numbers."""
    best: np.ndarray
    """By step: the number of the most probable answer, (time,) uint16."""
    sure: np.ndarray
    """By step: its probability, or the number that is answered, (time,) float32."""
    right: np.ndarray
    """By step: the probability of the right answer, NaN where nothing is asked, (time,) float32."""
    shares: np.ndarray
    """By step: the probability of every answer, (time, answers), where there are few; else nothing."""
    unknown: tuple[str, ...]
    """Tokens that the vocabulary lacks."""
    gradient: np.ndarray
    """By step: the norm of the gradient of the last answer's loss at the hidden state, (time,) float32; NaN where there is none."""

    @property
    def film_bytes(self) -> int:
        """What it takes in a film."""
        return sum(strip.values.size for strip in self.strips)


@dataclass(frozen=True)
class PairLook:
    """What a translator makes of one text: its greedy answer, and where it looked for each token of it."""

    step: int
    tokens: tuple[str, ...]
    """What was read."""
    said: tuple[str, ...]
    """The answer, token by token, the first `rows` of them; ⟨end⟩ is its last where it ended within them."""
    length: int
    """Tokens of the whole answer."""
    probability: np.ndarray
    """Of each token said, (output,) float32."""
    attention: np.ndarray | None
    """(output, input) float32, every row with a sum of 1; None for a translator that has none."""
    bridge: np.ndarray
    """The decoder's first hidden state, made of the encoder's last ones, (units,) float32."""
    unknown: tuple[str, ...]
    """Tokens that the vocabulary lacks."""

    @property
    def film_bytes(self) -> int:
        """What it takes in a film."""
        return 2 * (0 if self.attention is None else self.attention.size) + 6 * len(self.said) + self.bridge.size


SPARE_ROWS = 3
"""Tokens of an answer that are drawn beyond the length of the right one: an untrained network often finds no end."""

MOST_ROWS = 24
"""Tokens of an answer that are drawn where no right one is known."""


def pair_look(trace: Trace, said: Sequence[str], step: int, bridge: np.ndarray, *, right: int = 0) -> PairLook:
    """Return what to draw of a recorded translation. `said` is its answer; `right` the length of the right one, 0 for unknown."""
    rows = min(len(said), right + SPARE_ROWS if right else MOST_ROWS)
    probability = trace["probability"]
    number = {str(token): at for at, token in enumerate(probability.coords["token"].values)}
    sure = trace.part("probability").values[0, np.arange(rows), [number[token] for token in said[:rows]]]
    attention = trace.part("attention").values[0, :rows] if "attention" in trace else None
    return PairLook(
        step, trace.tokens, tuple(said[:rows]), len(said), sure.astype(np.float32),
        None if attention is None else attention.astype(np.float32), bridge.astype(np.float32), trace.unknown,
    )  # fmt: skip


FEW = 8
"""Answers whose probabilities are all drawn."""


def look(
    trace: Trace,
    step: int,
    targets: Sequence[str | float | None],
    gradient: np.ndarray | None,
    *,
    layer: int = 1,
    direction: str = "forward",
) -> Look:
    """Return what to draw of a recorded text. `targets` are the right answers, as tasks.Example has them; `gradient` is (time,)."""
    tokens = trace.tokens
    strips = []
    for name in trace.unit_signals:
        part = trace.layer(name, layer, direction)
        attrs = part.attrs
        strips.append(
            Strip(name, attrs["kind"], attrs["role"], attrs["symbol"], attrs["long_name"], part.values.T[:UNITS].astype(np.float32),
                  domain_of(part))
        )  # fmt: skip
    missing = np.full(len(tokens), np.nan, dtype=np.float32)
    units = trace.sizes("hidden")["unit"]
    reached = missing if gradient is None else np.asarray(gradient, dtype=np.float32)
    if "prediction" in trace:
        said = trace.part("prediction").values[0].astype(np.float32)
        asked = np.array([np.nan if not isinstance(t, float) else t for t in _padded(targets, len(tokens))], dtype=np.float32)
        none = np.zeros((len(tokens), 0), dtype=np.float32)
        return Look(
            step, tokens, tuple(strips), units, (), np.zeros(len(tokens), dtype=np.uint16), said, asked, none, trace.unknown, reached
        )
    part = trace.part("probability")
    values = part.values[0]
    names = tuple(str(name) for name in trace["probability"][part.dims[-1]].values)
    number = {name: at for at, name in enumerate(names)}
    right = missing.copy()
    for at, target in enumerate(_padded(targets, len(tokens))):
        if isinstance(target, str) and target in number:
            right[at] = values[at, number[target]]
    best = values.argmax(axis=1)
    return Look(
        step, tokens, tuple(strips), units, tuple(visible_name(name) for name in names), best.astype(np.uint16),
        values[np.arange(len(values)), best].astype(np.float32), right,
        values.astype(np.float32) if len(names) <= FEW else np.zeros((len(tokens), 0), dtype=np.float32),
        trace.unknown, reached,
    )  # fmt: skip


def _padded(targets: Sequence[str | float | None], count: int) -> list[str | float | None]:
    return [*targets[:count], *[None] * (count - len(targets))]
