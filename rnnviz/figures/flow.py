"""The gradient-flow picture: the T x T matrix of one network, and one line for each network beside it.

A `FlowPicture` is a plain value; components/flow draws it in the browser.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rnnviz.text import visible
from rnnviz.trace import Trace


@dataclass(frozen=True)
class Line:
    """One network's ‖∂L_t/∂h_k‖."""

    series: str
    """A key of scales.SERIES."""
    title: str
    units: int
    parameters: int
    values: np.ndarray
    """(loss, time), 0 where nothing flows, NaN where there is no loss."""


@dataclass(frozen=True)
class Matrix:
    """What the matrix shows: (loss, time). Signed values are drawn by their magnitude."""

    quantity: str
    symbol: str
    long_name: str
    values: np.ndarray


@dataclass(frozen=True)
class FlowPicture:
    tokens: tuple[str, ...]
    """As printed: ␣ for a space."""
    unknown: tuple[int, ...]
    matrix: Matrix
    lines: tuple[Line, ...]
    main: int
    """Which of the lines is the network of the matrix."""
    tint: np.ndarray
    """‖∂L_t/∂x_k‖ of that network, (loss, time)."""
    chain: np.ndarray
    """‖∂L_t/∂s_k‖ of that network, s being all that one step hands to the next: h, or h and c."""
    path: np.ndarray | None
    """‖∂L_t/∂c_k‖ along the cell state alone, or None for a cell without one."""
    bound: np.ndarray
    """The largest singular value of each step's Jacobian of s, (time,): the most that a factor can be. NaN below the top
    layer, where gradients come down from above at every step and a factor is not one Jacobian alone."""
    at_logits: np.ndarray
    """‖∂L_t/∂y_t‖ at the logits y, (time,): where the way back begins."""
    first: int
    """The first step that has a loss: a classifier has one, at the end."""
    last: int
    """The last step that has a loss: what follows the last character is not known."""


def flow_picture(
    flow: Trace,
    lines: Sequence[Line],
    series: str,
    quantity: str,
    bound: np.ndarray,
    *,
    layer: int,
    direction: str,
    recorded: Trace,
    occlusion: Trace | None,
) -> FlowPicture:
    """Return what to draw of one layer and direction.

    `recorded` is the run itself, for what the network expected; `occlusion` takes the place of the quantity where it is given.
    """
    chain = flow.layer("state" if "state" in flow else "hidden", layer, direction).values
    tokens = flow.tokens
    unknown = set(flow.unknown)
    return FlowPicture(
        tokens=tuple(visible(token) for token in tokens),
        unknown=tuple(t for t, token in enumerate(tokens, start=1) if token in unknown),
        matrix=_matrix(flow, quantity, layer, direction, occlusion),
        lines=tuple(lines),
        main=[line.series for line in lines].index(series),
        tint=flow.part("input_gradient").values[0],
        chain=chain,
        path=flow.layer("cell_path", layer, direction).values if "cell_path" in flow else None,
        bound=bound,
        at_logits=_at_logits(recorded),
        first=len(tokens) if flow_has_one_loss(flow, layer, direction) else 1,
        last=max(1, len(tokens) - (1 if "token" in recorded.dims("probability") else 0)),
    )


def flow_has_one_loss(flow: Trace, layer: int, direction: str) -> bool:
    """Return whether the last step alone has a loss, as a classifier's: all rows before are undefined."""
    values = flow.layer("hidden", layer, direction).values
    return len(values) > 1 and bool(np.isnan(values[:-1]).all() and not np.isnan(values[-1]).all())


def triangle(values: np.ndarray) -> np.ndarray:
    """Return the rows of a square matrix up to the diagonal, one after another: what comes after the loss is not sent."""
    return values[np.tril_indices(len(values))].astype(np.float32)


def decades_per_step(values: np.ndarray, t: int) -> float:
    """Return the slope of log10 of row t (from 1) over the distance t - k, by least squares; NaN for fewer than two values above 0.

    Negative where gradients vanish, positive where they explode. components/flow/slope.js says the same for the browser.
    """
    row = np.asarray(values, dtype=float)[t - 1, :t][::-1]
    fine = np.isfinite(row) & (row > 0)
    distance, power = np.flatnonzero(fine).astype(float), np.log10(row[fine])
    if len(power) < 2:
        return float("nan")
    distance -= distance.mean()
    return float(distance @ power / (distance @ distance))


def _at_logits(recorded: Trace) -> np.ndarray:
    """Return the norm of the cross-entropy's gradient at the logits: what was expected, less 1 at the character that came, or
    at the model's own answer where it answers with a class; 1 for an answer that is a number."""
    if "probability" not in recorded:
        return np.ones(len(recorded.tokens), dtype=np.float32)
    if recorded.part("probability").dims[-1] != "token":
        values = recorded.part("probability").values[0].astype(float)
        values[np.arange(len(values)), values.argmax(axis=1)] -= 1
        return np.linalg.norm(values, axis=1).astype(np.float32)
    expected = recorded.part("probability").values[0].astype(float)  # (time, token)
    number = {token: at for at, token in enumerate(recorded["probability"]["token"].values)}
    surprise = expected[:-1].copy()
    surprise[np.arange(len(surprise)), [number.get(token, 0) for token in recorded.tokens[1:]]] -= 1
    return np.append(np.linalg.norm(surprise, axis=1), np.nan).astype(np.float32)


def _matrix(flow: Trace, quantity: str, layer: int, direction: str, occlusion: Trace | None) -> Matrix:
    source: Trace = flow if occlusion is None else occlusion
    name = quantity if occlusion is None else "occlusion"
    part = source.part(name)
    values = part.values[0] if part.values.ndim == 3 else source.layer(name, layer, direction).values
    attrs: Mapping[str, str] = part.attrs
    return Matrix(name, attrs["symbol"], attrs["long_name"], values)
