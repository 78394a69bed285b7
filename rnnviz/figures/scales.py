"""The colours of each kind of quantity, light and dark. Figures ask what a thing is, never what it is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import xarray as xr

from rnnviz.trace import Labelled


@dataclass(frozen=True)
class Scale:
    """Colour stops from the low end of the domain to the high one, evenly spread."""

    light: tuple[str, ...]
    dark: tuple[str, ...]
    around_zero: bool
    """Whether the middle stop is an exact zero."""


_CIVIDIS = ("#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838")
_VIRIDIS = ("#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725")
_MAGMA = ("#000004", "#180f3d", "#440f76", "#721f81", "#9e2f7f", "#cd4071", "#f1605d", "#fd9668", "#feca8d", "#fcfdbf")
_ORANGE_TO_BLUE = Scale(
    ("#8A4000", "#B45806", "#C88054", "#D9A88A", "#E9CFC0", "#F7F7F7", "#C6D7ED", "#96B7E1", "#6696D5", "#3376C7", "#0056AA"),
    ("#FFA65F", "#D58541", "#A46A3B", "#745034", "#48372A", "#1F1F1F", "#2E3D4B", "#3B5C7C", "#477EAF", "#53A0E6", "#85C4FF"),
    True,
)
_BROWN_TO_TEAL = (
    "#543005", "#8c510a", "#bf812d", "#dfc27d", "#f6e8c3", "#f5f5f5", "#c7eae5", "#80cdc1", "#35978f", "#01665e", "#003c30",
)  # fmt: skip
_PURPLE = Scale(
    ("#FAFAFA", "#E6DFF3", "#D3C5EB", "#C0AAE3", "#AD90DA", "#9B75D0", "#8A5AC6", "#793CBA", "#6524A3", "#52008D"),
    ("#211131", "#391A55", "#512578", "#6A3499", "#8148B6", "#9760CE", "#AC7CE0", "#C197F0", "#D6B4FF", "#E7D5FE"),
    False,
)

SCALES: Mapping[str, Scale] = MappingProxyType(
    {
        "gate": Scale(_CIVIDIS, _CIVIDIS, False),
        "state": _ORANGE_TO_BLUE,
        "gradient": Scale(_MAGMA, _MAGMA, False),
        "weight": Scale(_BROWN_TO_TEAL, (*_BROWN_TO_TEAL[:5], "#1F1F1F", *_BROWN_TO_TEAL[6:]), True),
        "attention": _PURPLE,
        "probability": Scale(_VIRIDIS[3:7], _VIRIDIS[3:7], False),
    }
)
"""By kind. Probabilities and surprise stand behind text, so they use the middle of viridis alone."""

_BROWN_OVER_GREY_TO_BLUE = (
    "#251501", "#432400", "#613401", "#78491B", "#80644D", "#808080", "#8599B1", "#83B2E5", "#9BCBFE", "#CAE1FF", "#F4F9FE",
)  # fmt: skip
IN_GREY = Scale(_BROWN_OVER_GREY_TO_BLUE, _BROWN_OVER_GREY_TO_BLUE, True)
"""For signed values that must be told apart without colour: minus darker than zero, plus lighter. The other scales around zero are
equally dark on both sides, on purpose: there a large magnitude stands out whatever its sign."""

ROLES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "input": {"light": "#3C485A", "dark": "#A9B0BA", "light_stroke": "#3C485A", "dark_stroke": "#676B71", "dash": ""},
        "hidden": {"light": "#155EF0", "dark": "#4F8DF5", "light_stroke": "#155EF0", "dark_stroke": "#3C82F4", "dash": ""},
        "cell": {"light": "#8A5F00", "dark": "#FCC042", "light_stroke": "#BC8205", "dark_stroke": "#FCC042", "dash": ""},
        "keep": {"light": "#711605", "dark": "#FC5513", "light_stroke": "#711605", "dark_stroke": "#FC5513", "dash": "6 3"},
        "write": {"light": "#0E7040", "dark": "#ADF0C5", "light_stroke": "#0E7040", "dark_stroke": "#ADF0C5", "dash": "2 2"},
        "read": {"light": "#006C92", "dark": "#14C1F8", "light_stroke": "#079AC7", "dark_stroke": "#14C1F8", "dash": "6 2 1 2"},
        "candidate": {"light": "#C2126A", "dark": "#CB859D", "light_stroke": "#F73D92", "dark_stroke": "#CB859D", "dash": ""},
    }
)
"""Ink for text, stroke for lines, and the dash that tells a line apart without its colour, by what a signal does."""


SERIES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "rnn": {"colour": "#0072B2", "dark": "#3F9BD4", "dash": "", "marker": "circle"},
        "lstm": {"colour": "#D55E00", "dark": "#E8762A", "dash": "8 4", "marker": "square"},
        "gru": {"colour": "#009E73", "dark": "#1FB78B", "dash": "2 3", "marker": "triangle"},
    }
)
"""How one network is told from another where several share a picture: colour, dash and marker, by the kind of its cell."""


def robust_reach(change: np.ndarray) -> float:
    """Return the 98th percentile of what changed at all, so that one large change does not wash out all others; 1 for none."""
    moved = np.abs(change[change != 0])
    return float(np.quantile(moved, 0.98)) if moved.size else 1.0


@dataclass(frozen=True)
class Domain:
    """The values at the two ends of a colour scale."""

    low: float
    high: float
    reach: tuple[float, float]
    """The smallest and the largest value there is: beyond the domain where it is the robust one."""


def domain_of(array: xr.DataArray | Labelled, *, robust: bool = True) -> Domain:
    """Return the colour domain of a labelled array.

    The bounds that its equations guarantee, where there are any; else symmetrical around zero, and with `robust` cut at
    the 98th percentile of the magnitudes, so that one large value does not wash out all others.
    """
    values = array.values
    finite = values[np.isfinite(values)]
    reach = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    bounds = array.attrs.get("valid_range")
    if bounds is not None:
        return Domain(float(bounds[0]), float(bounds[1]), reach)
    magnitude = np.abs(finite)
    edge = float(np.quantile(magnitude, 0.98) if robust and finite.size else magnitude.max(initial=0.0))
    edge = edge if edge > 0 else (float(magnitude.max(initial=0.0)) or 1.0)
    return Domain(-edge, edge, reach)
