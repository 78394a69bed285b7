"""Sentences under a language model: every token tinted by how much it surprised, the sum as a line, other orders as dots.
Steps and looks are the browser's own; a sentence that is chosen to compare with is scored by Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from rnnviz.components.base import Choice, Layout, from_files
from rnnviz.components.packing import pack
from rnnviz.figures.scales import SCALES, SERIES

SCORE = from_files(
    "score",
    shared=("numbers.js", "dom.js", "colour.js", "packing.js", "player.js", "timeline.js", "bars.js", "files.js", "told.js"),
    scripts=("rows.js", "sum.js", "orders.js", "card.js", "export.js", "score.js"),
)


_LOOKS = {**SERIES, "beside": {"colour": "#7A1FA2", "dark": "#D8A6FF", "dash": "9 3 2 3"}}


@dataclass(frozen=True)
class Row:
    """One sentence under one model. Arrays have one entry a token."""

    label: str
    short: str
    """What stands at the end of its line."""
    note: str
    """What tells its model from the others: parameters, units."""
    series: str
    """How its line looks: the kind of its cell, as on every page, or "beside" for the sentence beside the first."""
    sentence: int
    """Which sentence it is: 1, or 2 for the one beside it."""
    opening: str
    tokens: tuple[str, ...]
    words: tuple[tuple[int, ...], ...]
    surprise: np.ndarray
    rank: np.ndarray
    entropy: np.ndarray
    expected: tuple[tuple[tuple[str, float], ...], ...]
    bits: float
    perplexity: float
    counted: int


@dataclass(frozen=True)
class Dots:
    """Other orders of the sentence's words, as log₁₀ of their probability, the most probable first."""

    own: float
    values: tuple[float, ...]
    texts: tuple[str, ...]
    rank: int
    every: bool


def payload(
    rows: Sequence[Row],
    dots: Dots | None,
    choice: Choice,
    *,
    by_word: bool,
    most_bits: float,
    words: Mapping[str, Any],
    title: str,
    layout: Layout = "page",
) -> bytes:
    """Pack the picture. `most_bits` is the upper end of the colour scale; `choice` holds the token (`t`) and the row (`unit`)."""
    names = sorted({token for row in rows for step in row.expected for token, _ in step})
    number = {name: at for at, name in enumerate(names)}
    arrays: dict[str, np.ndarray] = {}
    for at, row in enumerate(rows):
        arrays[f"surprise{at}"] = row.surprise.astype(np.float64)
        arrays[f"rank{at}"] = row.rank.astype(np.float32)
        arrays[f"entropy{at}"] = row.entropy.astype(np.float32)
        arrays[f"next{at}"] = np.array([[number[token] for token, _ in step] for step in row.expected], dtype=np.uint16)
        arrays[f"share{at}"] = np.array([[p for _, p in step] for step in row.expected], dtype=np.float32)
    if dots is not None:
        arrays["orders"] = np.array(dots.values, dtype=np.float64)
    plain = ("label", "short", "note", "series", "sentence", "opening", "tokens", "words", "bits", "perplexity", "counted")
    header = {
        "title": title,
        "layout": layout,
        "rows": [{name: _finite(getattr(row, name)) for name in plain} for row in rows],
        "names": names,
        "orders": None if dots is None else {"own": dots.own, "texts": dots.texts, "rank": dots.rank, "every": dots.every},
        "by_word": by_word,
        "most_bits": most_bits,
        "time": max(len(row.tokens) for row in rows),
        "units": len(rows),
        "choice": asdict(choice),
        "scales": {"probability": asdict(SCALES["probability"])},
        "series": {row.series: dict(_LOOKS[row.series]) for row in rows},
        "roles": {},
        "words": words,
    }
    return pack(header, arrays)


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not np.isfinite(value) else value
