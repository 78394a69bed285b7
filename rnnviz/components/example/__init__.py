"""The worked example: matrices to edit in place, every quantity of the four steps beside them, and training as a film.

The film's frames are computed by Python and moved through in the browser; an edited weight is checked here and there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from rnnviz.components.base import Choice, Layout, from_files
from rnnviz.components.packing import pack
from rnnviz.figures.scales import ROLES, SCALES

EXAMPLE = from_files(
    "example",
    shared=("numbers.js", "dom.js", "colour.js", "packing.js", "player.js", "timeline.js", "files.js"),
    scripts=("weights.js", "reading.js", "film.js", "example.js"),
)


def payload(
    frames: Mapping[str, np.ndarray],
    choice: Choice,
    *,
    letters: str,
    text: str,
    targets: str,
    original: Mapping[str, np.ndarray],
    published: Mapping[str, Any],
    film: Mapping[str, Any] | None,
    curves: Mapping[str, np.ndarray],
    most: float,
    difference: float,
    words: Mapping[str, Any],
    title: str,
    layout: Layout = "page",
) -> bytes:
    """Pack the example.

    `frames` are float64 with the training step in front: `w_NAME` and `g_NAME` for every matrix, `from_x`, `from_h`, `h`,
    `y`, `p` (frame, time, …), `loss` (frame, time). `film` says what was trained, `curves` holds its losses.
    """
    names = [name.removeprefix("w_") for name in frames if name.startswith("w_")]
    header = {
        "title": title,
        "layout": layout,
        "letters": letters,
        "tokens": list(text),
        "targets": list(targets),
        "time": len(text),
        "units": len(frames["w_W_xh"][0]),
        "matrices": {name: list(np.atleast_2d(frames[f"w_{name}"][0]).shape) for name in names},
        "original": {name: np.atleast_2d(values).tolist() for name, values in original.items()},
        "published": {name: [list(row) for row in rows] for name, rows in published.items()},
        "film": film,
        "frames": len(frames["loss"]),
        "most": most,
        "difference": difference,
        "choice": asdict(choice),
        "scales": {kind: asdict(SCALES[kind]) for kind in ("state", "weight", "probability")},
        "roles": {role: dict(ink) for role, ink in ROLES.items()},
        "words": words,
    }
    return pack(header, {**frames, **curves})
