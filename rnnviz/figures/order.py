"""Orders of the units, so that structure shows: rows of a heatmap from top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import xarray as xr

from rnnviz.trace import Labelled


def _by_index(values: np.ndarray) -> np.ndarray:
    return np.arange(values.shape[1])


def _by_activity(values: np.ndarray) -> np.ndarray:
    """Most changeable along the text first: what there is to see."""
    return np.argsort(-values.std(axis=0), kind="stable")


def _by_mean(values: np.ndarray) -> np.ndarray:
    return np.argsort(-values.mean(axis=0), kind="stable")


def _by_peak(values: np.ndarray) -> np.ndarray:
    return np.argsort(np.abs(values).argmax(axis=0), kind="stable")


def _by_similarity(values: np.ndarray) -> np.ndarray:
    """Go around the circle of the first two principal components, cut at the widest gap: like units end up together."""
    centred = values - values.mean(axis=0)
    spread = centred.std(axis=0)
    shape = centred / np.where(spread > 0, spread, 1.0)
    if min(values.shape) < 3 or not spread.any():
        return _by_mean(values)
    loads = np.linalg.svd(shape, full_matrices=False)[2][:2]
    angle = np.arctan2(loads[1], loads[0])
    order = np.argsort(angle, kind="stable")
    gaps = np.diff(angle[order], append=angle[order][0] + 2 * np.pi)
    return np.roll(order, -(int(gaps.argmax()) + 1))


ORDERS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = MappingProxyType(
    {"activity": _by_activity, "mean": _by_mean, "index": _by_index, "peak": _by_peak, "similarity": _by_similarity}
)
"""By name: functions from (time, unit) to the positions of the units from top to bottom."""


def order_units(array: xr.DataArray | Labelled, by: str) -> np.ndarray:
    """Return the unit numbers (from 1) from top to bottom. `array` has dims (time, unit)."""
    return ORDERS[by](np.nan_to_num(array.values.astype(float))) + 1
