"""One unit of one layer at every timestep: all signals, all operands, the terms that weigh most. components/cell draws it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnviz.figures.formula import Tree, tree
from rnnviz.figures.scales import Domain, domain_of
from rnnviz.figures.strips import Following
from rnnviz.text import visible
from rnnviz.trace import Trace

FEW = 8
"""Up to so many units, every number of a step can be printed."""


@dataclass(frozen=True)
class Terms:
    """The largest products of weight and value in one sum, by magnitude: (block, time, term) each."""

    place: np.ndarray
    """Which input or unit, from 1."""
    weight: np.ndarray
    value: np.ndarray
    of: int
    """How many terms the sum has."""


@dataclass(frozen=True)
class Part:
    """One signal of the cell: how it is written, and its values."""

    signal: str
    kind: str
    role: str
    symbol: str
    long_name: str
    domain: Domain
    formula: Tree
    values: np.ndarray
    """Of the chosen unit: (time,)."""
    everyone: np.ndarray
    """Of all units: (time, unit)."""


@dataclass(frozen=True)
class CellPicture:
    cell: str
    title: str
    layer: int
    direction: str
    unit: int
    units: int
    tokens: tuple[str, ...]
    unknown: tuple[int, ...]
    letters: tuple[str, ...]
    parts: tuple[Part, ...]
    before: dict[str, np.ndarray]
    """States one step before, of all units: (time, unit) each."""
    from_x: np.ndarray
    """W x_t without the bias: (block, time)."""
    from_h: np.ndarray
    input_bias: np.ndarray
    hidden_bias: np.ndarray
    x_terms: Terms
    h_terms: Terms
    matrices: dict[str, np.ndarray]
    """For few units, every weight: `U` (block, unit, unit), `Wx` (block, time, unit), `bx` and `bh` (block, unit); else empty."""
    inputs: tuple[str, ...]
    """What each input is, where it has a name: the characters of a one-hot input."""
    next_tokens: tuple[tuple[tuple[str, float], ...], ...]
    next_probability: tuple[float | None, ...]


def cell_picture(trace: Trace, found: Any, *, input_names: tuple[str, ...] = (), most_terms: int = 5, top: int = 6) -> CellPicture:
    """Return what to draw of one unit that an engine took apart (an anatomy.Anatomy; figures know no engine).

    `input_names` are those of the first layer's inputs, where they have any.
    """
    chosen = {name: trace.layer(name, found.layer, found.direction) for name in found.cell.formulas}
    units = found.hidden_weights.shape[1]
    tokens = trace.tokens
    unknown = set(trace.unknown)
    following = Following(trace, tokens)
    return CellPicture(
        cell=found.cell.name,
        title=found.cell.title,
        layer=found.layer,
        direction=found.direction,
        unit=found.unit,
        units=units,
        tokens=tuple(visible(token) for token in tokens),
        unknown=tuple(t for t, token in enumerate(tokens, start=1) if token in unknown),
        letters=found.letters,
        parts=tuple(
            Part(
                name, array.attrs["kind"], array.attrs["role"], array.attrs["symbol"], array.attrs["long_name"],
                domain_of(array), tree(found.cell.formulas[name]), array.values[:, found.unit - 1], array.values,
            )
            for name, array in chosen.items()
        ),
        before=found.previous,
        from_x=found.from_inputs,
        from_h=found.from_hidden,
        input_bias=found.input_bias,
        hidden_bias=found.hidden_bias,
        x_terms=_largest(found.input_weights, found.inputs, most_terms),
        h_terms=_largest(found.hidden_weights, found.previous["hidden"], most_terms if units > FEW else FEW),
        matrices=_matrices(found) if units <= FEW else {},
        inputs=tuple(visible(name) if len(name) == 1 else name for name in input_names) if found.layer == 1 else (),
        next_tokens=following.best(top),
        next_probability=following.given(),
    )  # fmt: skip


def _matrices(found: Any) -> dict[str, np.ndarray]:
    return {
        "U": found.hidden_matrix,
        "Wx": np.einsum("bui,ti->btu", found.input_matrix, found.inputs),
        "bx": found.input_biases,
        "bh": found.hidden_biases,
    }


def _largest(weights: np.ndarray, values: np.ndarray, most: int) -> Terms:
    products = np.abs(weights[:, None] * values[None])  # (block, time, term)
    most = min(most, products.shape[-1])
    place = np.argsort(-products, axis=-1, kind="stable")[..., :most]
    blocks, steps = np.arange(len(weights))[:, None, None], np.arange(len(values))[None, :, None]
    return Terms((place + 1).astype(np.uint16), weights[blocks, place], values[steps, place], products.shape[-1])
