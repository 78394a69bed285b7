"""The activation functions on a page: the point in session and link, and the component."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import streamlit as st

from rnnviz.components.activations import ACTIVATIONS, LIMITS, NAMES, Point, data
from rnnviz.ui import link, mount

_ACTIVATIONS = mount.register(ACTIVATIONS)
_IN_LINK = {"function": "f", "x": "x", "alpha": "alpha", "weight": "w", "steps": "n"}


def draw(words: Mapping[str, Any], *, title: str, key: str) -> None:
    """Draw the component. The point is dragged in the browser and comes back for the link."""
    point = _point(words["notice"])

    def moved() -> None:
        found = mount.told(key, "moved")
        if isinstance(found, Mapping):
            st.session_state["_activation"] = replace(point, **{name: type(getattr(point, name))(found[name]) for name in _IN_LINK})

    for name, short in _IN_LINK.items():
        value = getattr(point, name)
        link.write(short, None if value == getattr(Point(), name) else str(value))
    layout = "present" if link.presenting() else "page"
    _ACTIVATIONS(key=key, data=data(point, words=words["picture"], title=title, layout=layout), on_moved_change=moved)


_CODE = {
    "step": "(x > 0).float()", "sigmoid": "torch.sigmoid(x)", "tanh": "torch.tanh(x)", "relu": "torch.relu(x)",
    "leaky_relu": "torch.nn.functional.leaky_relu(x, {alpha!r})",
}  # fmt: skip


def as_python(point: Point) -> str:
    """Return the lines that print the same three numbers."""
    code = _CODE[point.function].format(alpha=point.alpha)
    slope = "torch.tensor(0.0)  # wherever there is one" if point.function == "step" else "torch.autograd.grad(y, x)[0]"
    return (
        f"import torch\n\nx = torch.tensor({point.x!r}, requires_grad=True)\ny = {code}\nslope = {slope}\n"
        f"print(y.item(), slope.item(), ({point.weight!r} * slope.item()) ** {point.steps!r})"
    )


def as_csv(point: Point) -> bytes:
    """Return the chosen function and torch's derivative of it as a table, from −6 to 6."""
    import torch

    functions = {
        "step": lambda x: (x > 0).to(x) + 0 * x, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu,
        "leaky_relu": lambda x: torch.nn.functional.leaky_relu(x, point.alpha),
    }  # fmt: skip
    x = torch.linspace(-6, 6, 241, dtype=torch.float64, requires_grad=True)
    y = functions[point.function](x)
    (slope,) = torch.autograd.grad(y.sum(), x)
    rows = [f"{a!r},{b!r},{c!r}" for a, b, c in zip(x.tolist(), y.tolist(), slope.tolist(), strict=True)]
    return "\n".join(["x,value,slope", *rows, ""]).encode()


def files(words: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    """Draw the curve as a table, and the lines that make the same view. `own` are the page's words."""
    point = st.session_state["_activation"]
    with st.popover(words["export"]):
        st.download_button(own["csv"], lambda: as_csv(point), f"{point.function}.csv", "text/csv", on_click="ignore", width="stretch")
        st.markdown(f"**{words['python']}**")
        st.code(as_python(st.session_state["_activation"]), language="python")


def _point(words: Mapping[str, str]) -> Point:
    """Return the point of this session, at first the link's; what cannot be is put right, and said."""
    if "_activation" in st.session_state:
        return st.session_state["_activation"]
    found = asdict(Point())
    for name, short in _IN_LINK.items():
        given = link.from_link(short)
        if given is None:
            continue
        value = _read(name, given)
        if value is None:
            link.notice(words["link"].format(name=short, given=link.short(given), shown=found[name]))
        else:
            found[name] = value
    st.session_state["_activation"] = Point(**found)
    return st.session_state["_activation"]


def _read(name: str, given: str) -> Any:
    if name == "function":
        return given if given in NAMES else None
    try:
        value = float(given)
    except ValueError:
        return None
    low, high = LIMITS[name]
    if not math.isfinite(value) or not low <= value <= high:
        return None
    if name != "steps":
        return value
    return int(value) if value == int(value) else None
