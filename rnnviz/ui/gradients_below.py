"""What stands below the gradient picture: one place unit by unit, its Jacobian, the chain with every number in it, files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from rnnviz.experiment import Experiment, as_python
from rnnviz.figures.numbers import fmt_small
from rnnviz.ui import charts, downloads, engine, gradients

WRITTEN_OUT = 4
"""Up to so many units, and so many steps, the matrices of the chain are printed."""


MULTIPLIED = 160
"""Up to so many units, the Jacobians between step and loss are multiplied out at once."""


@dataclass(frozen=True)
class Local:
    """One loss seen from one step."""

    units: np.ndarray
    """dL_t/dh_k, (unit,)."""
    rows: np.ndarray
    """dL_t/dh_j for every step j from k to t, (step, unit)."""
    jacobians: tuple[np.ndarray, ...]
    """d h_j / d h_{j-1} for j = k+1 … t, where they are few and small enough to print; (to, from) each."""
    radius: float
    largest: float
    recurrent_radius: Mapping[str, float]
    most: float
    """The largest singular value of d s_t / d s_k, s being the whole state: the most that any loss at t could feel of step k.
    NaN where it was not computed: below the top layer, with truncation, and for many units, where it takes too long."""
    cell_held: bool
    """Whether the cell has a cell state, which the Jacobian of h alone takes as given."""


@st.cache_data(show_spinner=False, max_entries=64)
def _local(experiment: Experiment, layer: int, direction: str, loss: int, step: int) -> Local:
    from rnnviz.gradients import gradient_at
    from rnnviz.jacobians import jacobian, largest_singular
    from rnnviz.variants import recurrent_radii

    own, text = gradients.network(experiment), experiment.text
    found = gradient_at(own, text, loss_time=loss, truncate=experiment.truncate or None, sliding=experiment.sliding)
    rows = found.layer("hidden", layer, direction).values[step - 1 : loss]
    radius = largest = float("nan")
    if step > 1:
        matrix = jacobian(own, text, step, layer=layer, direction=direction).values.copy()
        if np.isfinite(matrix).all():
            import torch

            radius = float(np.abs(np.linalg.eigvals(matrix)).max())
            largest = float(largest_singular(torch.from_numpy(matrix)))
    most = float("nan")
    if layer == own.recurrent.num_layers and not experiment.truncate and own.readout.in_features <= MULTIPLIED and step < loss:
        from rnnviz.jacobians import running_product

        product = running_product(own, text, to=loss, of="state", layer=layer, direction=direction)
        most = float(product.part("largest_singular").values[step - 1])
    written = ()
    whole = _hidden_alone(own)
    if own.readout.in_features <= WRITTEN_OUT and 1 <= loss - step <= WRITTEN_OUT and whole and own.recurrent.num_layers == 1:
        written = tuple(jacobian(own, text, j, layer=layer, direction=direction).values for j in range(step + 1, loss + 1))
    return Local(rows[0], rows, written, radius, largest, recurrent_radii(own, layer), most, not whole)


def _hidden_alone(model) -> bool:
    """Return whether h is all that a step hands on, so that its Jacobians multiply to the whole gradient."""
    from rnnviz.cells import named

    return not named(model.cell).has_cell_state


def draw(experiment: Experiment, view: gradients.View, words: Mapping[str, Any]) -> None:
    """Draw what belongs to the chosen loss and step."""
    local = _local(experiment, view.layer, view.direction, view.loss, view.step)
    said = words["units"]
    with st.container(border=True):
        st.markdown(f"**{said['title'].format(t=view.loss, k=view.step)}**")
        if not np.isfinite(local.units).all() or not local.units.any():
            st.caption(said["nothing" if np.isfinite(local.units).all() else "odd"])
        else:
            from rnnviz.figures.unit_bars import unit_bars

            bars = unit_bars(local.units, axis=said["axis"], value=said["value"])
            charts.draw(bars, height=170, key="unit_bars", alt=said["title"].format(t=view.loss, k=view.step))
            st.caption(said["says"].format(layer=view.layer, norm=fmt_small(float(np.linalg.norm(local.units.astype(float))))))
        st.caption(_jacobian_says(local, view, said))
        if np.isfinite(local.most):
            st.caption(said["most"].format(k=view.step, t=view.loss, most=fmt_small(local.most)))
        if local.jacobians:
            _written_out(local, view, said, engine.card(experiment.model).name)
    _export(experiment, view, words)


def _jacobian_says(local: Local, view: gradients.View, said: Mapping[str, str]) -> str:
    radii = ", ".join(f"{letter} {fmt_small(value)}" for letter, value in local.recurrent_radius.items())
    if view.step == 1:
        return said["radius_first"].format(whh=radii)
    return said["radius"].format(
        held=said["radius_held"] if local.cell_held else "",
        before=view.step - 1,
        k=view.step,
        radius=fmt_small(local.radius),
        largest=fmt_small(local.largest),
        whh=radii,
    )


def _written_out(local: Local, view: gradients.View, said: Mapping[str, str], title: str) -> None:
    """Print ∂E_t/∂h_k as a row vector times the Jacobians, with the numbers, and check the product."""
    product = local.rows[-1].astype(float)
    parts = [_latex(product[None])]
    for matrix in reversed(local.jacobians):
        parts.append(_latex(matrix))
        product = product @ matrix
    difference = float(np.abs(product - local.units).max())
    st.markdown(f"**{said['matrices']}**")
    st.latex(rf"\frac{{\partial E_{{{view.loss}}}}}{{\partial h_{{{view.step}}}}} = {' '.join(parts)}")
    st.latex(rf"= {_latex(local.units[None])}")
    st.caption(said["matrices_says"].format(title=title, units=len(local.units), difference=fmt_small(difference)))


def _latex(matrix: np.ndarray) -> str:
    rows = r" \\ ".join(" & ".join(f"{value:+.3f}" for value in row) for row in np.asarray(matrix, dtype=float))
    return rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}"


def _export(experiment: Experiment, view: gradients.View, words: Mapping[str, Any]) -> None:
    flow = gradients.flow(experiment)
    name = f"rnnviz-gradients-{experiment.cell or experiment.model}"

    def matrix() -> bytes:
        taken = view.quantity == "occlusion"
        source = gradients.occluded(experiment, view.by) if taken else flow
        array = source[view.quantity].sel(batch=1)
        if "layer" in array.dims:
            array = array.sel(layer=view.layer, direction=view.direction)
        table = array.to_dataframe(name=view.quantity).reset_index()[["loss_time", "time", view.quantity]]
        # what comes after the loss is undefined
        return table.query("time <= loss_time").to_csv(index=False).encode()

    with st.popover(words["export"]):
        st.download_button(
            words["netcdf"], lambda: downloads.as_netcdf(flow), f"{name}.nc", "application/x-netcdf", on_click="ignore", width="stretch"
        )
        st.download_button(words["csv"], matrix, f"{name}-{view.quantity}.csv", "text/csv", on_click="ignore", width="stretch")
        st.caption(words["figure"])
        st.markdown(f"**{words['python']}**")
        st.code(
            as_python(experiment, quantity=view.quantity, layer=view.layer, t=view.loss, k=view.step, by=gradients.BYS[view.by]),
            language="python",
        )
        st.caption(words["python_help"])
