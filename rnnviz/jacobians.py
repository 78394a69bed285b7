"""How one step changes a small change of the state: the Jacobians d s_t / d s_{t-1}, and their running product.

The gradient of a loss goes back through the product of these matrices (Bengio, Simard & Frasconi 1994; Pascanu, Mikolov
& Bengio 2013). The largest singular value says how much of a gradient one step lets through at most; the spectral
radius what happens when the same step is taken again and again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from rnnviz.cells import Cell, State
from rnnviz.network import all_finite, exactly
from rnnviz.recording import DIRECTIONS, LayerRun, as_numpy, run_any
from rnnviz.sweep import norms, slopes_of
from rnnviz.trace import Labelled, Trace

Of = Literal["hidden", "state"]
"""`hidden` is h with the cell state held; `state` is h and c as one vector, the same as `hidden` for a cell without a cell state."""

_BLOCK_BYTES = 32 << 20

_SMALL = 64
"""Up to this many units, writing the matrices out costs less than not doing so."""


def jacobian(network: Any, inputs: Any, time: int, *, of: Of = "hidden", layer: int = 1, direction: str = "forward", state: Any = None):
    """Return the matrix of one step as an xarray.DataArray (to, from): d(unit `to` at t) / d(unit `from` one step before).

    `time` is t, from 1; step 1 comes from the initial state. For the backward direction, one step before is t + 1.
    Raises ValueError for a place that is not there, and as `record` does; the input must be one sequence.
    """
    with exactly(network):
        cell, run = _layer(network, inputs, of, layer, direction, state)
        _check_step(time, run, "time")
        matrix = _matrices(cell, run, of, _place(time, run), 1)[0]
    attrs = {"kind": "weight", "symbol": "∂s_t/∂s_{t−1}" if of == "state" else "∂h_t/∂h_{t−1}", "long_name": "Jacobian of one step"}
    return Trace({"jacobian": Labelled(("to", "from"), as_numpy(matrix), attrs)})["jacobian"]


def step_jacobians(
    network: Any,
    inputs: Any,
    *,
    of: Of = "hidden",
    layer: int = 1,
    direction: str = "forward",
    state: Any = None,
    spectral_radius: bool = True,
) -> Trace:
    """Return what each step's Jacobian does: `largest_singular` and `spectral_radius`, (time,) each.

    The spectral radius needs every matrix written out; without it, large networks are several times faster. Values of
    a matrix that is not finite are NaN. Raises as `jacobian` does.
    """
    with exactly(network):
        cell, run = _layer(network, inputs, of, layer, direction, state)
        if not spectral_radius and _size(cell, run, of) > _SMALL and all_finite(run.signals.values()):
            return _per_step({"largest_singular": [_largest_unformed(cell, run, of)]}, run)
        largest, radius = [], []
        for matrices in _blocks(cell, run, of):
            largest.append(largest_singular(matrices))
            if spectral_radius:
                radius.append(_where_finite(_spectral_radius, matrices))
        return _per_step({"largest_singular": largest, **({"spectral_radius": radius} if spectral_radius else {})}, run)


def running_product(
    network: Any, inputs: Any, *, to: int, of: Of = "hidden", layer: int = 1, direction: str = "forward", state: Any = None
) -> Trace:
    """Return the largest singular value of d s_to / d s_k = J_to … J_{k+1} for every step k up to `to`: `largest_singular` (time,).

    No gradient of a loss at step `to` can be passed back to step k by a larger factor. At k = `to` it is 1; steps that
    the product does not reach are NaN. Raises as `jacobian` does.
    """
    with exactly(network):
        cell, run = _layer(network, inputs, of, layer, direction, state)
        _check_step(to, run, "to")
        place = _place(to, run)
        product, values = None, []
        for matrices in _blocks(cell, run, of, last=place):
            for matrix in matrices.double().flip(0):  # a product of many float32 soon leaves their range
                values.append(product if product is not None else torch.eye(len(matrix), dtype=matrix.dtype, device=matrix.device))
                product = matrix if product is None else product @ matrix
        found = torch.cat([largest_singular(torch.stack(values[at : at + 32])) for at in range(0, len(values), 32)])
        out = found.new_full((len(run.inputs),), torch.nan)
        out[: place + 1] = found.flip(0)
        return _per_step({"largest_singular": [out]}, run)


def largest_singular(matrices: Tensor) -> Tensor:
    """Return the largest singular value of each matrix (…, rows, columns); NaN for a matrix that is not finite."""

    def found(m: Tensor) -> Tensor:
        m = m if m.dtype in (torch.float32, torch.float64) else m.float()
        # three times faster than a singular value decomposition; the root loses no digit of the LARGEST value.
        # Scaled, so that no square leaves the range of float32
        size = m.abs().amax(dim=(-2, -1), keepdim=True).clamp_min(torch.finfo(m.dtype).tiny)
        scaled = m / size
        return (torch.linalg.eigvalsh(scaled @ scaled.mT)[..., -1].clamp_min(0).sqrt() * size[..., 0, 0]).to(matrices.dtype)

    return _where_finite(found, matrices)


def _spectral_radius(m: Tensor) -> Tensor:
    whole = m if m.dtype in (torch.float32, torch.float64) else m.float()
    return torch.linalg.eigvals(whole).abs().amax(dim=-1).to(m.dtype)


def _where_finite(compute, matrices: Tensor) -> Tensor:
    fine = matrices.isfinite().all(dim=-1).all(dim=-1)
    if bool(fine.all()):
        return compute(matrices)
    out = matrices.new_full(matrices.shape[:-2], torch.nan)
    if bool(fine.any()):
        out[fine] = compute(matrices[fine])
    return out


def _layer(network: Any, inputs: Any, of: str, layer: int, direction: str, state: Any) -> tuple[Cell, LayerRun]:
    run, _ = run_any(network, inputs, state)
    if of not in ("hidden", "state"):
        raise ValueError(f"of: expected 'hidden' or 'state', got {of!r}")
    if not isinstance(layer, int | np.integer) or not 1 <= layer <= len(run.layers):
        raise ValueError(f"layer: expected 1 to {len(run.layers)}, got {layer!r}")
    directions = DIRECTIONS[: run.network.directions]
    if direction not in directions:
        raise ValueError(f"direction: expected one of {', '.join(directions)}, got {direction!r}")
    if run.sequences.values.shape[1] != 1 or run.sequences.lengths is not None:
        raise ValueError(f"inputs: expected one sequence, got a batch of {run.sequences.values.shape[1]}")
    return run.network.cell, run.layers[layer - 1][directions.index(direction)]


def _check_step(step: int, run: LayerRun, name: str) -> None:
    if not isinstance(step, int | np.integer) or not 1 <= step <= len(run.inputs):
        raise ValueError(f"{name}: expected a step from 1 to {len(run.inputs)}, got {step!r}")


def _place(step: int, run: LayerRun) -> int:
    """Return the place of a step of the text, from 1, in the order of computation, from 0."""
    return len(run.inputs) - step if run.backward else step - 1


def _blocks(cell: Cell, run: LayerRun, of: Of, last: int | None = None) -> Iterator[Tensor]:
    """Yield the matrices of consecutive steps, (steps, to, from), in as many blocks as memory asks for.

    In the order of computation; with `last` only those from step 1 to that place, the block with the last ones first.
    """
    count = len(run.inputs) if last is None else last + 1
    size = _size(cell, run, of)
    steps = max(1, _BLOCK_BYTES // (size * size * run.inputs.element_size()))
    starts = range(0, count, steps)
    for start in starts if last is None else reversed(starts):
        yield _matrices(cell, run, of, start, min(steps, count - start))


def _size(cell: Cell, run: LayerRun, of: str) -> int:
    return run.signals["hidden"].shape[-1] + (run.signals["cell"].shape[-1] if of == "state" and cell.has_cell_state else 0)


def _largest_unformed(cell: Cell, run: LayerRun, of: Of) -> Tensor:
    """Return the largest singular value of every step's Jacobian, (time,), without writing one matrix down.

    Golub, Kahan & Lanczos: the adjoint gives J'u, autograd through the cell's own step gives J v, each for all steps at
    once; both bases are kept orthogonal, so that rounding makes no copies of the largest value.
    """
    hidden = run.signals["hidden"].shape[-1]
    units = run.signals["cell"].shape[-1] if cell.has_cell_state else 0
    whole = of == "state" and units > 0
    slopes = {name: value[:, 0] for name, value in slopes_of(cell, run).items()}
    previous = State(
        torch.cat([run.start.hidden, run.signals["hidden"][:-1, 0]]),
        torch.cat([run.start.cell, run.signals["cell"][:-1, 0]]) if run.start.cell is not None else None,
    )
    x = run.inputs[:, 0]

    kept_as = torch.promote_types(x.dtype, torch.float32)  # of the bases; half precision would not stay orthogonal

    def back(u: Tensor) -> Tensor:
        u = u.to(x.dtype)
        d_cell = u[:, hidden:].contiguous() if whole else (u.new_zeros(len(u), units) if units else None)
        pulled = cell.adjoint(run.weights, slopes, u[:, :hidden].contiguous(), d_cell, with_input=False)
        found = torch.cat([pulled.hidden, pulled.cell], dim=-1) if whole and pulled.cell is not None else pulled.hidden
        return found.to(kept_as)

    # J v by going back twice: the first way back is linear in u, so its derivative by u is J. (torch's forward
    # differentiation would do as well, but only one thread of a process may use it at a time.)
    with torch.enable_grad():
        whole_state = [part for part in previous if part is not None][: 2 if whole else 1]
        leaves = [part.detach().clone().requires_grad_() for part in whole_state]
        now, _ = cell.step(run.weights, x, State(leaves[0], leaves[1] if whole else previous.cell))
        outputs: list[Any] = [part for part in now if part is not None][: 2 if whole else 1]
        u = [torch.zeros_like(part, requires_grad=True) for part in outputs]
        once = torch.autograd.grad(outputs, leaves, u, create_graph=True)

    def forth(v: Tensor) -> Tensor:
        directions = [v[:, :hidden].to(x.dtype), v[:, hidden:].to(x.dtype)][: len(once)]
        return torch.cat(torch.autograd.grad(once, u, directions, retain_graph=True), dim=-1).to(kept_as)

    found = _lanczos(forth, back, len(x), _size(cell, run, of), x[:0].to(kept_as))
    return found.to(x.dtype)


def _lanczos(forth: Callable[[Tensor], Tensor], back: Callable[[Tensor], Tensor], count: int, size: int, like: Tensor) -> Tensor:
    """Return the largest singular value of `count` operators of `size`, to some roundings of `like`'s type."""
    eps = torch.finfo(like.dtype).eps
    scale = torch.zeros(count, dtype=torch.float64, device=like.device)  # of the operators, as far as it is known

    def unit(vector: Tensor, basis: list[Tensor]) -> tuple[Tensor, Tensor]:
        for _ in range(2 if basis else 0):
            known = torch.stack(basis, dim=1)  # (steps, vectors, size)
            vector = vector - (torch.einsum("tkn,tn->tk", known, vector)[:, :, None] * known).sum(dim=1)
        length = norms(vector)  # in double precision: what a float32 holds, its square may not
        torch.maximum(scale, length, out=scale)
        something = length > 10 * eps * scale  # what is left beyond that is rounding: the operator holds no other direction
        direction = (vector / torch.where(something, length, 1)[:, None]).to(like.dtype)
        return torch.where(something[:, None], direction, 0), torch.where(something, length, 0)

    start = torch.randn(count, size, generator=torch.Generator().manual_seed(0), dtype=like.dtype).to(like.device)
    rights, lefts, diagonal, above = [start / start.norm(dim=-1, keepdim=True)], [], [], []
    largest, quiet = torch.zeros_like(scale), 0
    for done in range(1, min(size, 160) + 1):
        left, alpha = unit(forth(rights[-1]), lefts)
        lefts.append(left)
        diagonal.append(alpha)
        right, beta = unit(back(left), rights)
        rights.append(right)
        above.append(beta)
        if done % 5 == 0 or done == size:
            band = torch.diag_embed(torch.stack(diagonal, dim=1)) + torch.diag_embed(torch.stack(above[:-1], dim=1), offset=1)
            before, largest = largest, torch.linalg.svdvals(band)[:, 0]
            quiet = quiet + 1 if bool(((largest - before) <= eps * largest).all()) else 0
            if quiet == 2:  # twice: one pause may be a shelf on the way up
                break
    return largest


def _matrices(cell: Cell, run: LayerRun, of: str, start: int, count: int) -> Tensor:
    """Return the Jacobians of `count` steps: the adjoint applied to every unit vector, all steps at once."""
    hidden = run.signals["hidden"].shape[-1]
    units = run.signals["cell"].shape[-1] if cell.has_cell_state else 0
    whole = of == "state" and units > 0
    eye = torch.eye(hidden + (units if whole else 0), dtype=run.inputs.dtype, device=run.inputs.device)[:, None].expand(-1, count, -1)
    # the sequence's one batch axis takes the steps: a cell's functions are for tensors of any leading shape
    slopes = {name: value[start : start + count, 0] for name, value in slopes_of(cell, run).items()}
    d_hidden = eye[..., :hidden]
    d_cell = eye[..., hidden:] if whole else (d_hidden.new_zeros(len(eye), count, units) if units else None)
    pulled = cell.adjoint(run.weights, slopes, d_hidden, d_cell, with_input=False)
    rows = torch.cat([pulled.hidden, pulled.cell], dim=-1) if whole and pulled.cell is not None else pulled.hidden
    return rows.transpose(0, 1)


_TITLES = {
    "largest_singular": ("σ_max", "largest singular value of the step's Jacobian"),
    "spectral_radius": ("ρ", "spectral radius of the step's Jacobian"),
}


def _per_step(parts: dict[str, list[Tensor]], run: LayerRun) -> Trace:
    labelled = {}
    for name, values in parts.items():
        found: np.ndarray = as_numpy(torch.cat(values))
        symbol, title = _TITLES[name]
        attrs = {"kind": "gradient", "role": "hidden", "symbol": symbol, "long_name": title}
        labelled[name] = Labelled(("time",), found[::-1].copy() if run.backward else found, attrs)
    return Trace(labelled)
