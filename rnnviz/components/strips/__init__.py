"""The strips picture: aligned heatmaps of every signal, one playhead, and what belongs to it, drawn in the browser.

Time moves here without the server: stepping, hovering and scrolling through units cause no rerun.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from rnnviz.components.base import Choice, Layout, from_files
from rnnviz.components.packing import as_bytes, expectation, pack
from rnnviz.figures.scales import IN_GREY, ROLES, SCALES
from rnnviz.figures.strips import Picture

STRIPS = from_files(
    "strips",
    shared=("numbers.js", "dom.js", "colour.js", "packing.js", "player.js", "timeline.js", "files.js", "bars.js"),
    scripts=("picture.js", "stage.js", "beside.js", "cards.js", "says.js", "export.js", "strips.js"),
)

EXACT_BYTES = 32_000
"""Up to this size of one strip every value travels as float32. Above, cells travel as bytes, and only the chosen unit in full."""


def payload(
    picture: Picture,
    choice: Choice,
    *,
    rows: int,
    words: Mapping[str, Any],
    title: str,
    layout: Layout = "page",
    keys: bool = True,
    grey: bool = False,
) -> bytes:
    """Pack a picture for the browser.

    `rows` is how many units are drawn at once, 0 for all. Without `keys` it listens to the keyboard only while it has the focus,
    beside another picture that steps. In `grey`, signed values take colours whose lightness alone tells the sign.
    Array `line` is (strip, time) float32 of the chosen unit; `cells` is (strip, unit, time), float32 if they fit EXACT_BYTES,
    else bytes across the strip's colour domain.
    """
    units, time = picture.strips[0].values.shape
    exact = not is_coarse(units, time)
    expected, expectations = expectation(picture.next_tokens, picture.next_probability)
    header = {
        "title": title,
        "layout": layout,
        "keys": keys,
        "encoding": "f4" if exact else "u1",
        "answers": picture.answers,
        "layer": picture.layer,
        "direction": picture.direction,
        "tokens": picture.tokens,
        "unknown": picture.unknown,
        "units": units,
        "time": time,
        "order": picture.order.tolist(),
        "rows": rows or units,
        "strips": [
            {
                "signal": s.signal,
                "kind": s.kind,
                "role": s.role,
                "symbol": s.symbol,
                "name": s.long_name,
                "low": s.domain.low,
                "high": s.domain.high,
                "reach": s.domain.reach,
                "closed": s.closed,
                "opened": s.opened,
            }
            for s in picture.strips
        ],
        "half_life": None
        if picture.half_lives is None
        else [None if not np.isfinite(h) else float(f"{h:.6g}") for h in picture.half_lives],
        **expected,
        "choice": asdict(choice),
        "scales": {
            kind: asdict(IN_GREY if grey and SCALES[kind].around_zero else SCALES[kind])
            for kind in {s.kind for s in picture.strips} | {"probability"}
        },
        "roles": {role: dict(ROLES[role]) for role in {s.role for s in picture.strips}},
        "words": words,
    }
    line = np.stack([strip.values[choice.unit - 1] for strip in picture.strips]).astype(np.float32)
    cells = [strip.values if exact else as_bytes(strip.values, strip.domain.low, strip.domain.high) for strip in picture.strips]
    return pack(header, {**expectations, "line": line, "cells": np.stack(cells).astype(np.float32 if exact else np.uint8)})


def is_coarse(units: int, time: int) -> bool:
    """Return whether a picture of this size travels as bytes, so that only the chosen unit's values are exact."""
    return units * time * 4 > EXACT_BYTES
