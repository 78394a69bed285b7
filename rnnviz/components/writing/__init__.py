"""What a language model writes, token by token, and how each was chosen: logits, temperature, filter, softmax, a number u.
All steps are there at once; stepping through them is the browser's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from rnnviz.components.base import Choice, Layout, from_files
from rnnviz.components.packing import pack
from rnnviz.figures.scales import SCALES

WRITING = from_files(
    "writing",
    shared=("numbers.js", "dom.js", "colour.js", "packing.js", "player.js", "timeline.js", "files.js", "told.js"),
    scripts=("text.js", "pipeline.js", "beside.js", "export.js", "writing.js"),
)

SHOWN = 12
"""Tokens of a step that are listed, the most probable first; the one that was drawn is added where it is not among them."""


@dataclass(frozen=True)
class Written:
    """A continuation, one entry a token."""

    label: str
    note: str
    tokens: tuple[str, ...]
    pieces: tuple[str, ...]
    """What each token adds to the text as it is printed, with the space before a word."""
    probability: np.ndarray
    """That the model itself expected."""
    bits: float
    """Of all of it."""
    stopped: str


@dataclass(frozen=True)
class Listed:
    """The candidates of every step, (step, candidate), and what became of them."""

    names: tuple[tuple[str, ...], ...]
    logit: np.ndarray
    scaled: np.ndarray
    own: np.ndarray
    kept: np.ndarray
    share: np.ndarray
    until: np.ndarray
    place: np.ndarray
    """Which place among all tokens each candidate has, from 0; the drawn one may be far down."""
    u: np.ndarray
    """(step,); NaN where nothing was drawn."""
    chosen: np.ndarray
    """(step,): which of the candidates was said."""
    entropy: np.ndarray
    counts: np.ndarray
    """(step,): how many tokens the filter let through."""
    spare: bool
    """Whether the last candidate stands there only for a step that said a token from far down the list."""


@dataclass(frozen=True)
class Way:
    """One way of a beam search."""

    pieces: tuple[str, ...]
    bits: float
    greedy: bool


def payload(
    prompt: str,
    written: Written,
    listed: Listed,
    beside: Sequence[Written],
    ways: Sequence[Way],
    choice: Choice,
    *,
    settings: Mapping[str, Any],
    most_bits: float,
    words: Mapping[str, Any],
    title: str,
    layout: Layout = "page",
) -> bytes:
    """Pack the picture. `settings` are what the steps were drawn with; `most_bits` is the upper end of the colour scale."""
    names = sorted({name for step in listed.names for name in step})
    number = {name: at for at, name in enumerate(names)}
    arrays = {
        "probability": written.probability.astype(np.float64),
        "name": np.array([[number[name] for name in step] for step in listed.names], dtype=np.uint16),
        "logit": listed.logit.astype(np.float32),
        "scaled": listed.scaled.astype(np.float32),
        "own": listed.own.astype(np.float32),
        "kept": listed.kept.astype(np.uint8),
        "share": listed.share.astype(np.float32),
        "until": listed.until.astype(np.float64),
        "place": listed.place.astype(np.uint16),
        "u": listed.u.astype(np.float64),
        "chosen": listed.chosen.astype(np.uint16),
        "entropy": listed.entropy.astype(np.float32),
        "counts": listed.counts.astype(np.uint16),
    }
    for at, each in enumerate(beside):
        arrays[f"probability{at}"] = each.probability.astype(np.float64)
    header = {
        "title": title,
        "layout": layout,
        "prompt": prompt,
        "written": _told(written),
        "beside": [_told(each) for each in beside],
        "ways": [asdict(way) for way in ways],
        "names": names,
        "spare": listed.spare,
        "settings": settings,
        "most_bits": most_bits,
        "time": len(written.tokens),
        "units": 1,
        "choice": asdict(choice),
        "scales": {"probability": asdict(SCALES["probability"])},
        "roles": {},
        "words": words,
    }
    return pack(header, arrays)


def _told(written: Written) -> dict[str, Any]:
    return {name: value for name, value in vars(written).items() if name != "probability"}
