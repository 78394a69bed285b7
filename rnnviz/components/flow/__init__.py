"""Gradient flow: the tinted text, the T x T matrix, one line a network, the factors of every step, all over one axis of steps.

The values travel exactly, as the triangle up to the diagonal; moving and reading happen in the browser.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from rnnviz.components.base import Choice, Layout, from_files
from rnnviz.components.packing import pack
from rnnviz.figures.flow import FlowPicture, triangle
from rnnviz.figures.scales import ROLES, SCALES, SERIES

FLOW = from_files(
    "flow",
    shared=("numbers.js", "dom.js", "colour.js", "packing.js", "player.js", "timeline.js", "files.js"),
    scripts=("slope.js", "geometry.js", "text.js", "matrix.js", "lines.js", "factors.js", "chain.js", "cards.js", "picture.js", "flow.js"),
)

HIGHEST = 2
"""The colour scale ends at 10 to this power."""

VANISHING, EXPLODING = -4, 2
"""Powers of ten below and above which the lines lie in a band that says so."""


def payload(
    picture: FlowPicture,
    choice: Choice,
    *,
    layer: int,
    direction: str,
    floor: int,
    held: tuple[tuple[str, bool], ...],
    correlation: float | None,
    words: Mapping[str, Any],
    title: str,
    layout: Layout = "page",
) -> bytes:
    """Pack the picture. In `choice`, `t` is the step k that is looked at and `unit` the step t of the loss.

    `floor` is the power of ten at the low end of the colours; `held` says what the networks share, and whether they really
    do; `correlation` goes with occlusion.
    """
    header = {
        "title": title,
        "layout": layout,
        "layer": layer,
        "direction": direction,
        "time": len(picture.tokens),
        "units": picture.last,
        "first": picture.first,
        "tokens": picture.tokens,
        "unknown": picture.unknown,
        "quantity": {"name": picture.matrix.quantity, "symbol": picture.matrix.symbol, "title": picture.matrix.long_name},
        "lines": [
            {"series": each.series, "title": each.title, "units": each.units, "parameters": each.parameters} for each in picture.lines
        ],
        "main": picture.main,
        "lower": bool(np.isnan(picture.bound).all()),
        "whole_state": picture.path is not None,
        "low": floor,
        "high": HIGHEST,
        "vanishing": VANISHING,
        "exploding": EXPLODING,
        "held": held,
        "correlation": correlation,
        "choice": asdict(choice),
        "scales": {"gradient": asdict(SCALES["gradient"])},
        "roles": {role: dict(ink) for role, ink in ROLES.items()},
        "series": {name: dict(look) for name, look in SERIES.items()},
        "words": words,
    }
    arrays = {"tint": triangle(picture.tint), "bound": picture.bound.astype(np.float32), "at_logits": picture.at_logits}
    arrays |= {f"line{at}": triangle(line.values) for at, line in enumerate(picture.lines)}
    if picture.matrix.quantity != "hidden":  # the main line is the hidden state's already
        arrays["matrix"] = triangle(picture.matrix.values)
    if picture.path is not None:
        arrays |= {"chain": triangle(picture.chain), "path": triangle(picture.path)}
    return pack(header, arrays)
