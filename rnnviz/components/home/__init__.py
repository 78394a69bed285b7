"""The picture of the Home page: characters appear, the hidden state is rewritten, and what is expected next stands beside it.

It starts by itself once a session, in the browser alone, and stops at the first touch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from rnnviz.components.base import Choice, Layout, from_files
from rnnviz.components.packing import expectation, pack
from rnnviz.figures.home import Reading
from rnnviz.figures.scales import ROLES, SCALES

HOME = from_files(
    "home",
    shared=("numbers.js", "dom.js", "colour.js", "packing.js", "player.js", "timeline.js", "bars.js"),
    scripts=("memory.js", "beside.js", "demo.js", "home.js"),
)


def payload(picture: Reading, choice: Choice, *, words: Mapping[str, Any], title: str, swaps: bool, layout: Layout = "page") -> bytes:
    """Pack a picture for the browser. With `swaps` it offers to put another first character in.

    Arrays: `values` (row, time) float32, `step` (time,) float64, and of a change `other_values` and `distance` alike.
    """
    expected, expectations = expectation(picture.next_tokens, picture.next_probability)
    arrays = {**expectations, "values": picture.values.astype(np.float32), "step": picture.step}
    changed = picture.changed
    if changed is not None:
        arrays |= {"other_values": changed.values.astype(np.float32), "distance": changed.distance}
    header = {
        "title": title,
        "layout": layout,
        "layer": picture.layer,
        "direction": "forward",
        "tokens": picture.tokens,
        "unknown": picture.unknown,
        "time": len(picture.tokens),
        "units": picture.units,
        "shown": picture.shown,
        "reach": picture.reach,
        "answers": picture.answers,
        **expected,
        "changed": None if changed is None else {"t": changed.t, "token": changed.token, "next": changed.next_tokens},
        "swaps": swaps,
        "choice": asdict(choice),
        "scales": {kind: asdict(SCALES[kind]) for kind in ("state", "probability")},
        "roles": {role: dict(ROLES[role]) for role in ("hidden", "input")},
        "words": words,
    }
    return pack(header, arrays)
