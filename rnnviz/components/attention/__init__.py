"""The attention of one answer: matrix and arcs, linked; each step taken apart; what else could be said; attention moved by
hand. Steps and looks are the browser's own; whatever is decoded anew is computed by Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from rnnviz.components.base import Choice, Layout, from_files
from rnnviz.components.packing import pack
from rnnviz.figures.attention import Attended, changes
from rnnviz.figures.scales import ROLES, SCALES, robust_reach

ATTENTION = from_files(
    "attention",
    shared=("numbers.js", "dom.js", "colour.js", "packing.js", "player.js", "timeline.js", "files.js"),
    scripts=(
        "geometry.js", "matrix.js", "arcs.js", "answer.js", "step.js", "bridge.js", "trials.js", "siblings.js", "beam.js",
        "export.js", "attention.js",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Other:
    """Another answer to the same input, to be held against the one shown: by another model, or with another attention."""

    name: str
    label: str
    said: tuple[str, ...]
    beside: tuple[tuple[str, str], ...]
    """The same beside the answer it is held against: (token, `same`, `new` or `lost`), as figures.attention.changes gives it."""
    probability: float
    """Of the whole answer, e to the log-probability that its own model gives it."""
    weights: np.ndarray | None
    right: bool | None = None
    """Whether it is the right answer, where that is known."""
    distance: float | None = None
    """How far what it expects moved, at the steps of the answer it is held against: 0 for not at all, 1 for all of it."""
    note: str = ""


@dataclass(frozen=True)
class Tree:
    """A beam search: parallel lists, one entry a token that was looked at; `leaves` end the finished answers, best first."""

    width: int
    parent: tuple[int, ...]
    depth: tuple[int, ...]
    token: tuple[str, ...]
    probability: tuple[float, ...]
    score: tuple[float, ...]
    kept: tuple[bool, ...]
    leaves: tuple[int, ...]


@dataclass(frozen=True)
class Facts:
    """What is known of the model that answers."""

    name: str
    score: str
    """none, dot, general or additive."""
    cell: str
    units: int
    """Of the decoder."""
    parameters: int
    residual: float
    right: bool | None
    """Whether the answer is right, where that is known."""
    truth: str | None
    """The right answer, where that is known."""
    unsure: tuple[int, float] | None
    """The output step that it was least sure of, from 1, and the probability there, where that is small."""
    edited: tuple[int, ...]
    """Output steps, from 1, whose row was edited."""
    scheme: str
    temperature: float
    """Of the attention's softmax."""
    padding: int
    """Empty places behind the input."""
    masked: bool
    """Whether attention is kept off them."""


def payload(
    shown: Attended,
    facts: Facts,
    choice: Choice,
    *,
    before: Attended | None,
    gradient: np.ndarray | None,
    agreement: np.ndarray | None,
    trials: Sequence[Other],
    siblings: Sequence[Other],
    tree: Tree | None,
    beside: str,
    words: Mapping[str, Any],
    title: str,
    layout: Layout = "page",
) -> bytes:
    """Pack the picture. `before` is the model's own answer where the one shown was forced; `gradient` is (output, input)."""
    reach = robust_reach(np.concatenate([shown.memory, shown.states]))
    arrays: dict[str, np.ndarray] = {
        "memory": shown.memory.astype(np.float32),
        "states": shown.states.astype(np.float32),
        "bridge": shown.bridge.astype(np.float32),
        "probabilities": shown.probabilities.astype(np.float32),
    }
    for name, values in (
        ("scores", shown.scores), ("weights", shown.weights), ("own", shown.own), ("context", shown.context), ("entropy", shown.entropy),
        ("gradient", gradient), ("agreement", agreement),
    ):  # fmt: skip
        if values is not None:
            arrays[name] = values.astype(np.float32)
    for at, other in enumerate(siblings):
        if other.weights is not None:
            arrays[f"sibling{at}"] = other.weights.astype(np.float32)
    header = {
        "title": title,
        "layout": layout,
        "source": shown.source,
        "unknown": shown.unknown,
        "said": shown.said,
        "text": shown.text,
        "ended": shown.ended,
        "log_probability": shown.log_probability,
        "time": len(shown.said),
        "units": len(shown.source),
        "alternatives": shown.alternatives,
        "before": None if before is None else {"said": before.said, "text": before.text, "beside": changes(before.said, shown.said)},
        "facts": asdict(facts),
        "beside": beside,
        "trials": [_told(each) for each in trials],
        "siblings": [_told(each) for each in siblings],
        "tree": None if tree is None else asdict(tree),
        "reach": reach,
        "choice": asdict(choice),
        "scales": {kind: asdict(SCALES[kind]) for kind in ("attention", "state", "gradient", "probability")},
        "roles": {role: dict(ink) for role, ink in ROLES.items()},
        "words": words,
    }
    return pack(header, arrays)


def _told(other: Other) -> dict[str, Any]:
    return {key: value for key, value in vars(other).items() if key != "weights"}
