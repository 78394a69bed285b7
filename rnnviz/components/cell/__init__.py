"""One cell, opened: a picture of one timestep, its equations with the numbers filled in, what each number is made of, and
a hand to lay on any of them.

Stepping, hovering and slow motion happen in the browser. Another unit, and every edit, is computed by Python.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from rnnviz.components.base import Choice, Layout, from_files
from rnnviz.components.packing import as_bytes, expectation, pack
from rnnviz.figures.cell import CellPicture
from rnnviz.figures.scales import ROLES, SCALES, robust_reach

CELL = from_files(
    "cell",
    shared=("numbers.js", "dom.js", "colour.js", "packing.js", "player.js", "timeline.js", "files.js"),
    scripts=(
        "formula.js", "wiring.js", "diagram.js", "equations.js", "terms.js", "motion.js", "whatif.js", "downstream.js", "units.js",
        "matrices.js", "picture.js", "cell.js",
    ),
)  # fmt: skip

MOTION: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "lstm": (
        ("x", "previous_hidden"),
        ("forget_gate",),
        ("input_gate", "candidate"),
        ("cell", "previous_cell", "forget_gate", "input_gate", "candidate"),
        ("output_gate",),
        ("hidden", "output_gate", "cell"),
    ),
    "gru": (
        ("x", "previous_hidden"),
        ("reset_gate",),
        ("candidate", "reset_gate"),
        ("update_gate",),
        ("update_gate", "candidate", "previous_hidden"),
        ("hidden",),
    ),
    "rnn": (("x", "previous_hidden"), ("x",), ("previous_hidden",), ("x", "previous_hidden", "sum"), ("hidden", "sum"), ("hidden",)),
}
"""What lights up in each of the six steps of the slow motion; the captions are words of the page."""

WINDOW_BYTES = 120_000
"""Up to this size all units of all signals travel for every step; above, for a window of steps around the chosen one."""


@dataclass(frozen=True)
class Held:
    """One intervention as the picture shows it. `units` is None for all, `last` is the last step held, `written` its link form."""

    signal: str
    low: float
    high: float
    units: tuple[int, ...] | None
    layer: int
    direction: str
    first: int
    last: int
    written: str

    def holds(self, signal: str, layer: int, direction: str, unit: int) -> bool:
        here = (self.signal, self.layer, self.direction) == (signal, layer, direction)
        return here and (self.units is None or unit in self.units)


@dataclass(frozen=True)
class Downstream:
    """What an intervention changed: the same run without it, beside the one shown."""

    values: np.ndarray
    """Of the chosen unit as it was: (signal, time)."""
    change: np.ndarray
    """Hidden state of the chosen layer, edited minus as it was: (unit, time)."""
    next_tokens: Sequence[Sequence[tuple[str, float]]]
    next_probability: Sequence[float | None]
    divergence: np.ndarray
    """D(as it was || edited) of the next character, in bits: (time,)."""
    continuation: tuple[str, str]
    """How the model goes on after the text: as it was, and edited."""


def payload(
    picture: CellPicture,
    choice: Choice,
    *,
    window: tuple[int, int],
    held: Sequence[Held],
    downstream: Downstream | None,
    ablation: np.ndarray | None,
    residual: float,
    words: Mapping[str, Any],
    title: str,
    layout: Layout = "page",
) -> bytes:
    """Pack a picture for the browser.

    `window` is the steps whose units all travel, `residual` the largest difference between operands recombined and the
    engine's value, `ablation` how far silencing each unit of the layer moves the next character, in bits: (unit, time).
    """
    first, last = window
    names = [*(part.signal for part in picture.parts), *(f"previous_{name}" for name in picture.before)]
    domains = {part.signal: part.domain for part in picture.parts}
    everyone = [part.everyone for part in picture.parts] + list(picture.before.values())
    ends = [domains[name.removeprefix("previous_")] for name in names]
    expected, expectations = expectation(picture.next_tokens, picture.next_probability)
    header = {
        "title": title,
        "layout": layout,
        "cell": picture.cell,
        "cell_title": picture.title,
        "layer": picture.layer,
        "direction": picture.direction,
        "tokens": picture.tokens,
        "unknown": picture.unknown,
        "unit": picture.unit,
        "units": picture.units,
        "time": len(picture.tokens),
        "letters": picture.letters,
        "parts": [
            {
                "signal": p.signal, "kind": p.kind, "role": p.role, "symbol": p.symbol, "name": p.long_name,
                "low": p.domain.low, "high": p.domain.high, "formula": p.formula,
                "beyond": [p.domain.reach[0] < p.domain.low, p.domain.reach[1] > p.domain.high],
            }
            for p in picture.parts
        ],
        "states": list(picture.before),
        "vectors": names,
        "ends": [[d.low, d.high] for d in ends],
        "window": [first, last],
        "input_bias": picture.input_bias.tolist(),
        "hidden_bias": picture.hidden_bias.tolist(),
        "x_of": picture.x_terms.of,
        "h_of": picture.h_terms.of,
        "inputs": picture.inputs,
        **expected,
        "motion": MOTION.get(picture.cell.removesuffix("-relu"), ()),
        "held": [asdict(h) for h in held],
        "residual": residual,
        "choice": asdict(choice),
        "scales": {kind: asdict(SCALES[kind]) for kind in ("gate", "state", "weight", "probability", "gradient")},
        "roles": {role: dict(ink) for role, ink in ROLES.items()},
        "words": words,
    }  # fmt: skip
    arrays: dict[str, np.ndarray] = {
        **expectations,
        "values": np.stack([part.values for part in picture.parts]).astype(np.float32),
        "before": np.stack([values[:, picture.unit - 1] for values in picture.before.values()]).astype(np.float32),
        "from_x": picture.from_x,
        "from_h": picture.from_h,
        "cells": np.stack([as_bytes(v[first - 1 : last], d.low, d.high) for v, d in zip(everyone, ends, strict=True)]),
    }
    arrays |= {name: values.astype(np.float32) for name, values in picture.matrices.items()}
    if picture.matrices:  # few enough to print every unit's number
        arrays["exact"] = np.stack([v[first - 1 : last] for v in everyone]).astype(np.float32)
    for name, terms in (("x", picture.x_terms), ("h", picture.h_terms)):
        arrays |= {f"{name}_place": terms.place, f"{name}_weight": terms.weight, f"{name}_value": terms.value}
    if downstream is not None:
        moved = np.abs(downstream.change[downstream.change != 0])
        reach = robust_reach(moved)
        header["downstream"] = {
            "reach": reach,
            "largest": float(moved.max(initial=0.0)),
            "next": downstream.next_tokens,
            "given": downstream.next_probability,
            "continuation": downstream.continuation,
            "changed": int((downstream.change != 0).sum()),
            "unchanged": int((downstream.change == 0).sum()),
        }
        arrays |= {
            "was": downstream.values.astype(np.float32),
            "change": as_bytes(downstream.change, -reach, reach),
            "same": np.packbits(downstream.change == 0),
            "divergence": downstream.divergence.astype(np.float32),
        }
    if ablation is not None:
        most = float(ablation.max()) or 1.0
        reach = float(np.quantile(ablation, 0.995)) or most  # a few units move a lot, most next to nothing
        mean = ablation.mean(axis=1)
        first = np.argsort(-mean, kind="stable")[:8]
        header["ablation"] = {"reach": reach, "most": most, "best": [[int(unit) + 1, float(mean[unit])] for unit in first]}
        arrays["ablation"] = as_bytes(ablation, 0.0, reach)
    return pack(header, arrays)


def window_around(t: int, *, time: int, units: int, vectors: int) -> tuple[int, int]:
    """Return the steps, from 1, whose units all travel: cut into equal windows, so that most steps stay within one."""
    steps = max(20, WINDOW_BYTES // (units * vectors))
    first = (t - 1) // steps * steps + 1
    return first, min(time, first + steps - 1)
