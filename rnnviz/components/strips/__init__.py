"""The strips picture: aligned heatmaps of every signal, one playhead, and what belongs to it, drawn in the browser.

Time moves here without the server: stepping, hovering and scrolling through units cause no rerun.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from rnnviz.components.base import from_files
from rnnviz.figures.scales import ROLES, SCALES
from rnnviz.figures.strips import Picture

STRIPS = from_files(
    "strips",
    shared=("numbers.js", "dom.js", "colour.js"),
    scripts=("picture.js", "stage.js", "beside.js", "player.js", "cards.js", "says.js", "export.js", "strips.js"),
)

Layout = Literal["page", "compact", "present"]
"""`compact` leaves out the sentence, the curve and the tinted text; `present` is for a projector."""

EXACT_BYTES = 32_000
"""Up to this size of one strip every value travels as float32. Above, cells travel as bytes, and only the chosen unit in full."""


@dataclass(frozen=True)
class Choice:
    """What is chosen, 1-based. `turn` grows whenever Python, not the browser, moved the choice."""

    t: int
    unit: int
    signal: str
    turn: int = 0


def payload(picture: Picture, choice: Choice, *, rows: int, words: Mapping[str, Any], title: str, layout: Layout = "page") -> bytes:
    """Pack a picture for the browser: length of the header, header as JSON, exact rows, cells.

    `rows` is how many units are drawn at once, 0 for all. Exact rows are (strip, time) float32 of the chosen unit;
    cells are (strip, unit, time), float32 if they fit EXACT_BYTES, else bytes across the strip's colour domain.
    """
    units, time = picture.strips[0].values.shape
    exact = not is_coarse(units, time)
    header = {
        "title": title,
        "layout": layout,
        "encoding": "f4" if exact else "u1",
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
        "next": picture.next_tokens,
        "given": picture.next_probability,
        "choice": asdict(choice),
        "scales": {kind: asdict(SCALES[kind]) for kind in {s.kind for s in picture.strips} | {"probability"}},
        "roles": {role: dict(ROLES[role]) for role in {s.role for s in picture.strips}},
        "words": words,
    }
    text = json.dumps(header, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    line = np.stack([strip.values[choice.unit - 1] for strip in picture.strips]).astype(np.float32)
    cells = np.stack([strip.values if exact else _as_bytes(strip.values, strip.domain.low, strip.domain.high) for strip in picture.strips])
    return struct.pack("<I", len(text)) + text + line.tobytes() + cells.astype(np.float32 if exact else np.uint8).tobytes()


def is_coarse(units: int, time: int) -> bool:
    """Return whether a picture of this size travels as bytes, so that only the chosen unit's values are exact."""
    return units * time * 4 > EXACT_BYTES


def _as_bytes(values: np.ndarray, low: float, high: float) -> np.ndarray:
    # 255 levels, 0 to 254: an odd number, so that zero has a level of its own in the middle
    return np.clip(np.rint((values.astype(float) - low) / (high - low) * 254), 0, 254).astype(np.uint8)
