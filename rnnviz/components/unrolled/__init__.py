"""The unrolled network: boxes over the text, a window and a minimap for long ones, folding into a loop. Drawn and moved in
the browser; another signal, mode or character is computed by Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from rnnviz.components.base import Choice, Layout, from_files
from rnnviz.components.packing import as_bytes, expectation, pack
from rnnviz.figures.scales import ROLES, SCALES, robust_reach
from rnnviz.figures.unrolled import Unrolled

UNROLLED = from_files(
    "unrolled",
    shared=("numbers.js", "dom.js", "colour.js", "packing.js", "player.js", "timeline.js", "files.js", "bars.js"),
    scripts=("geometry.js", "boxes.js", "scene.js", "minimap.js", "panel.js", "swap.js", "chain.js", "unrolled.js"),
)

EXACT_BYTES = 200_000
"""Up to this size every value travels as float32, above as bytes."""


@dataclass(frozen=True)
class ChainPicture:
    """The feed-forward chain beside the recurrent network that it becomes: weights (layer, unit, unit), states (layer, unit)."""

    tokens: tuple[str, ...]
    own_weights: np.ndarray
    own_hidden: np.ndarray
    own_parameters: int
    shared_weights: np.ndarray
    shared_hidden: np.ndarray
    shared_parameters: int
    difference: float
    """Largest difference between the chain with shared weights and what torch.nn.RNN returns."""
    model: str


def payload(
    picture: Unrolled, choice: Choice, *, layer: int, parameters: int, words: Mapping[str, Any], title: str, layout: Layout = "page"
) -> bytes:
    """Pack a picture for the browser. `layer` is the chosen one, `parameters` those of the recurrent layers."""
    exact = picture.values.nbytes <= EXACT_BYTES
    domain = picture.domain
    change = picture.change
    expected, expectations = expectation(picture.next_tokens, picture.next_probability)
    reach = 1.0 if change is None else robust_reach(change.values)
    header = {
        "title": title,
        "layout": layout,
        "mode": picture.mode,
        "tokens": picture.tokens,
        "unknown": picture.unknown,
        "typed": picture.typed,
        "directions": picture.directions,
        "layers": picture.values.shape[0],
        "time": picture.values.shape[2],
        "units": picture.values.shape[3],
        "layer": layer,
        "parameters": parameters,
        "signals": picture.signals,
        "signal": picture.signal,
        "kind": picture.kind,
        "role": picture.role,
        "symbol": picture.symbol,
        "name": picture.long_name,
        "low": domain.low,
        "high": domain.high,
        "beyond": [domain.reach[0] < domain.low, domain.reach[1] > domain.high],
        "has_cell": picture.has_cell,
        **expected,
        "encoding": "f4" if exact else "u1",
        "change": None if change is None else {
            "t": change.t, "character": change.character, "reach": reach,
            "changed": int((change.norms > 0).sum()), "all": int(change.norms.size),
            "tokens": change.run.tokens, "next": change.run.next_tokens, "given": change.run.next_probability,
        },
        "choice": asdict(choice),
        "scales": {kind: asdict(SCALES[kind]) for kind in {picture.kind, "state", "weight", "probability"}},
        "roles": {role: dict(ink) for role, ink in ROLES.items()},
        "words": words,
    }  # fmt: skip
    arrays = {
        **expectations,
        "values": picture.values.astype(np.float32) if exact else as_bytes(picture.values, domain.low, domain.high),
        "norms": picture.norms,
        "steps": picture.steps,
    }
    if change is not None:
        arrays["change"] = change.values.astype(np.float32) if exact else as_bytes(change.values, -reach, reach)
        arrays["change_norms"] = change.norms
        run = change.run
        arrays["other_values"] = run.values.astype(np.float32) if exact else as_bytes(run.values, domain.low, domain.high)
        arrays |= {"other_norms": run.norms, "other_steps": run.steps}
    return pack(header, arrays)


def chain_payload(picture: ChainPicture, choice: Choice, *, words: Mapping[str, Any], title: str, layout: Layout = "page") -> bytes:
    """Pack the feed-forward chain."""
    header = {
        "title": title,
        "layout": layout,
        "mode": "chain",
        "tokens": picture.tokens,
        "unknown": (),
        "time": len(picture.tokens),
        "units": picture.own_hidden.shape[1],
        "own_parameters": picture.own_parameters,
        "shared_parameters": picture.shared_parameters,
        "difference": picture.difference,
        "model": picture.model,
        "choice": asdict(choice),
        "scales": {kind: asdict(SCALES[kind]) for kind in ("state", "weight")},
        "roles": {role: dict(ink) for role, ink in ROLES.items()},
        "words": words,
    }
    names = ("own_weights", "own_hidden", "shared_weights", "shared_hidden")
    return pack(header, {name: getattr(picture, name).astype(np.float32) for name in names})
