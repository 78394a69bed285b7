"""A training run: its curves, what the network makes of a text now, and the film of how it came to that.

New numbers arrive twice a second and are drawn into the picture that stands; the film, the smoothing and the scales are
the browser's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from rnnviz.components.base import Layout, from_files
from rnnviz.components.packing import as_bytes, pack
from rnnviz.figures.learning import Curve, Look, PairLook
from rnnviz.figures.scales import ROLES, SCALES
from rnnviz.figures.strips import visible_name
from rnnviz.text import visible

TRAINING = from_files(
    "training",
    shared=("numbers.js", "dom.js", "colour.js", "packing.js", "files.js"),
    scripts=("curves.js", "charts.js", "answers.js", "looks.js", "pairs.js", "film.js", "export.js", "training.js"),
)

FILM_BYTES = 400_000
"""That the strips of a film may take; above, every second frame is left out, and again."""


@dataclass(frozen=True)
class Guide:
    """A level that is drawn as a dashed line: chance, or a result that is known."""

    name: str
    value: float
    chart: str
    """`loss` or `metric`."""


@dataclass(frozen=True)
class Line:
    """One curve. `run` is empty for the run that is shown; another's name for one in grey."""

    chart: str
    name: str
    curve: Curve
    run: str = ""


@dataclass(frozen=True)
class Film:
    """One text as the network read it at several moments."""

    title: str
    targets: tuple[str, ...]
    """The right answers as printed, empty where nothing is asked."""
    asks: str
    """`next`, `every`, `last` or `sequence`."""
    looks: Sequence[Look | PairLook]
    key: str
    some: bool = False
    """Whether the score counts only some of the answers."""


def thinned(count: int, bytes_each: int) -> list[int]:
    """Return which of so many frames are sent: all, or evenly spread ones that fit, always the first and the last."""
    most = max(2, FILM_BYTES // max(1, bytes_each))
    if count <= most:
        return list(range(count))
    return sorted({round(at) for at in np.linspace(0, count - 1, most)})


def payload(
    *,
    run: str,
    state: str,
    total: int,
    metric: str,
    lines: Sequence[Line],
    guides: Sequence[Guide],
    films: Sequence[Film],
    layer: int,
    words: Mapping[str, Any],
    title: str,
    layout: Layout = "page",
) -> bytes:
    """Pack the picture. Several looks of a film travel as bytes, a single one in full."""
    arrays: dict[str, np.ndarray] = {}
    curves = []
    for at, line in enumerate(lines):
        curve = line.curve
        arrays[f"line{at}"] = np.stack([curve.step, curve.mean, curve.low, curve.high]).astype(np.float32)
        curves.append({"chart": line.chart, "name": line.name, "run": line.run, "width": curve.width})
    heads = []
    for at, film in enumerate(films):
        looks: list[Any] = list(film.looks)
        if isinstance(looks[-1], PairLook):
            head, parts = pair_film(film)
            heads.append(head)
            arrays |= {f"film{at}_{name}": values for name, values in parts.items()}
            continue
        last = looks[-1]
        exact = len(looks) == 1
        for name in ("best", "sure", "right", "gradient", "shares"):
            arrays[f"film{at}_{name}"] = np.stack([getattr(look, name) for look in looks])
        for number, strip in enumerate(last.strips):
            stacked = np.stack([look.strips[number].values for look in looks])
            low, high = strip.domain.low, strip.domain.high
            arrays[f"film{at}_strip{number}"] = stacked.astype(np.float32) if exact else as_bytes(stacked, low, high)
        heads.append(
            {
                "title": film.title, "key": film.key, "some": film.some, "unknown": last.unknown,
                "asks": film.asks, "targets": film.targets, "answers": last.answers,
                "units": last.units, "rows": min(len(strip.values) for strip in last.strips), "exact": exact,
                "tokens": [visible(token) if len(token) == 1 else token for token in last.tokens], "steps": [look.step for look in looks],
                "strips": [
                    {
                        "signal": s.signal, "kind": s.kind, "role": s.role, "symbol": s.symbol, "name": s.long_name,
                        "low": s.domain.low, "high": s.domain.high,
                    }
                    for s in last.strips
                ],
            }
        )  # fmt: skip
    header = {
        "run": run, "state": state, "total": total, "metric": metric, "layer": layer, "title": title, "layout": layout, "curves": curves,
        "guides": [{"name": g.name, "value": g.value, "chart": g.chart} for g in guides], "films": heads,
        "scales": {kind: asdict(SCALES[kind]) for kind in ("gate", "state", "probability", "gradient", "attention")},
        "roles": {role: dict(ink) for role, ink in ROLES.items()}, "words": words,
    }  # fmt: skip
    return pack(header, arrays)


def pair_film(film: Film) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return a translator's film as (header, arrays).

    Answers differ in length from frame to frame: all have the rows of the longest, and `count` says how many are there.
    Weights of several frames travel in two bytes each, on [0, 1], so that a row still sums to 1.000.
    """
    looks: list[Any] = list(film.looks)
    last, rows = looks[-1], max(len(film.targets), *(len(look.said) for look in looks))
    names = sorted({*(token for look in looks for token in look.said), *film.targets})
    number = {name: at for at, name in enumerate(names)}
    tall = lambda values: np.pad(values, [(0, rows - len(values)), *[(0, 0)] * (values.ndim - 1)])  # noqa: E731
    exact = len(looks) == 1
    bridges = np.stack([look.bridge for look in looks])
    arrays = {
        "said": np.stack([tall(np.array([number[token] for token in look.said], dtype=np.uint16)) for look in looks]),
        "sure": np.stack([tall(look.probability) for look in looks]).astype(np.float32),
        "count": np.array([[len(look.said), look.length] for look in looks], dtype=np.uint16),
        "bridge": bridges.astype(np.float32) if exact else as_bytes(bridges, -1, 1),
    }
    if last.attention is not None:
        weights = np.stack([tall(look.attention) for look in looks])
        arrays["attention"] = weights.astype(np.float32) if exact else np.rint(weights * 65535).astype(np.uint16)
    head = {
        "title": film.title, "key": film.key, "asks": film.asks, "unknown": last.unknown, "exact": exact, "rows": rows,
        "tokens": [visible_name(token) for token in last.tokens], "names": [visible_name(name) for name in names],
        "targets": film.targets, "attends": last.attention is not None, "units": bridges.shape[1],
        "steps": [look.step for look in looks],
    }  # fmt: skip
    return head, arrays
