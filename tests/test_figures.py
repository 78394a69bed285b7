"""Figures: each value in its place, each legend from the data, colours by kind."""

from __future__ import annotations

import json
import math
import tomllib
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from letters import contrast

from rnnviz.figures import ORDERS, SCALES, domain_of, heatmap, order_units, picture
from rnnviz.figures.numbers import fmt_bits, fmt_count, fmt_prob, fmt_small, fmt_value
from rnnviz.figures.scales import IN_GREY, ROLES, SERIES
from rnnviz.figures.strips import half_lives
from rnnviz.trace import Labelled, Trace


def array(values, kind="state", valid_range=None, role="hidden", name="hidden"):
    attrs = {"kind": kind, "role": role, "symbol": name[0], "long_name": name.replace("_", " ")}
    if valid_range:
        attrs["valid_range"] = valid_range
    values = np.asarray(values, dtype=float)
    coords = {"time": np.arange(1, values.shape[0] + 1), "unit": np.arange(1, values.shape[1] + 1)}
    return xr.DataArray(values, dims=("time", "unit"), coords=coords, name=name, attrs=attrs)


def trace(time=4, units=3):
    """A trace made by hand: one layer, a gate and a state whose values say where they stand."""
    grid = (10 * np.arange(1, time + 1)[:, None] + np.arange(1, units + 1))[None, None, None].astype(np.float32)
    dims = ("layer", "direction", "batch", "time", "unit")
    gate = {"kind": "gate", "role": "keep", "symbol": "f", "long_name": "forget gate", "valid_range": (0.0, 1.0)}
    state = {"kind": "state", "role": "cell", "symbol": "c", "long_name": "cell state"}
    probability = np.full((1, time, 3), 0.25)
    probability[0, :, 2] = 0.5
    return Trace(
        {
            "forget_gate": Labelled(dims, grid / 100, gate),
            "cell": Labelled(dims, grid, state),
            "probability": Labelled(("batch", "time", "token"), probability, {"kind": "probability"}),
        },
        coords={"direction": ["forward"], "token": ["⟨unk⟩", "a", " "]},
        tokens=("a", " ", "é", "a")[:time],
        unknown=("é",),
    )


def test_each_value_is_in_its_place():
    drawn = picture(trace(), sort="index")
    forget, cell = drawn.strips
    assert forget.values.shape == (3, 4)  # units down, time across
    assert forget.values[1, 2] == pytest.approx(0.32)  # unit 2 at t = 3
    assert cell.values[2, 0] == 13
    assert list(drawn.order) == [1, 2, 3]


def test_what_was_expected_and_what_came():
    drawn = picture(trace())
    assert drawn.tokens == ("a", "␣", "é", "a")
    assert drawn.unknown == (3,)
    assert drawn.next_tokens[0][0] == ("␣", 0.5)
    assert drawn.next_probability == (0.5, None, 0.25, None)


def test_shares_are_of_the_values_shown():
    drawn = picture(trace(time=4, units=3))
    gate, state = drawn.strips
    assert gate.closed == 0.0
    assert gate.opened == 0.0
    assert state.closed is None
    low = trace()
    values = np.array([[0.05, 0.95], [0.5, 0.99]])
    part = low._parts["forget_gate"]
    made = Trace({"forget_gate": Labelled(part.dims, values[None, None, None], part.attrs)}, coords={"direction": ["forward"]})
    assert (picture(made).strips[0].closed, picture(made).strips[0].opened) == (0.25, 0.5)


def test_half_life_of_a_constant_gate():
    gate = array([[0.5, 0.9, 1.0, 0.0]] * 6, "gate", (0, 1), "keep", "forget_gate")
    assert half_lives(gate) == pytest.approx([1.0, math.log(0.5) / math.log(0.9), math.inf, 0.0])


def test_domains_follow_the_kind():
    values = [[0.2, 0.3], [0.9, 0.1]]
    assert (domain_of(array(values, "gate", (0, 1))).low, domain_of(array(values, "gate", (0, 1))).high) == (0, 1)
    free = domain_of(array(values), robust=False)
    assert (free.low, free.high) == (-0.9, 0.9)
    assert free.reach == (0.1, 0.9)


def test_the_robust_domain_ignores_one_giant_and_says_so():
    values = np.ones((10, 10))
    values[3, 4] = 1000
    domain = domain_of(array(values))
    assert domain.high == pytest.approx(1.0)
    assert domain.reach == (1.0, 1000.0)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20), st.booleans())
def test_zero_is_in_the_middle_of_every_free_domain(values, robust):
    domain = domain_of(array([values]), robust=robust)
    assert domain.low == -domain.high
    assert domain.high > 0


def test_signed_and_unsigned_kinds_never_share_colours():
    assert SCALES["gate"].light != SCALES["state"].light
    for scale in SCALES.values():
        if scale.around_zero:
            assert len(scale.light) % 2 == len(scale.dark) % 2 == 1
    assert SCALES["state"].light[5] == "#F7F7F7"
    assert SCALES["state"].dark[5] == "#1F1F1F"


def test_signs_can_be_told_apart_in_grey():
    """In the colours for grey print lightness rises from the most negative value to the most positive, evenly; in the usual ones it
    does not, which is why there are others."""

    def lightness(stops):
        rgb = np.array([[int(stop[at : at + 2], 16) / 255 for at in (1, 3, 5)] for stop in stops])
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return 116 * np.cbrt(linear @ (0.2126, 0.7152, 0.0722)) - 16  # CIE 1976; no stop is dark enough for its straight part

    for stops in (IN_GREY.light, IN_GREY.dark):
        assert np.diff(lightness(stops)).min() > 7
        assert len(stops) % 2 == 1
    assert np.diff(lightness(SCALES["state"].light)).min() < 0 < np.diff(lightness(SCALES["state"].light)).max()


@pytest.mark.parametrize("by", ORDERS)
@given(st.integers(1, 6), st.integers(1, 9), st.integers(0, 99))
def test_every_order_holds_every_unit_once(by, time, units, seed):
    values = array(np.random.default_rng(seed).normal(size=(time, units)))
    assert sorted(order_units(values, by)) == list(range(1, units + 1))


def test_orders_do_what_they_say():
    values = array([[0.1, 0.9, 0.2], [0.1, 0.1, 0.8], [0.7, 0.1, 0.1]])
    assert list(order_units(values, "mean")) == [2, 3, 1]
    assert list(order_units(values, "peak")) == [2, 3, 1]
    t = np.linspace(0, 6, 40)
    alike = array(np.stack([np.sin(t), np.cos(t), np.sin(t) + 0.01, -np.sin(t), np.cos(t) * 1.1], axis=1))
    order = list(order_units(alike, "similarity"))
    assert abs(order.index(1) - order.index(3)) == 1
    assert abs(order.index(2) - order.index(5)) == 1


def test_a_heatmap_shows_its_values_tokens_and_domain():
    values = array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], "gate", (0, 1), "keep", "forget_gate")
    figure = heatmap(values, tokens=("a", " "))
    drawn = figure.data[0]
    assert drawn.z.shape == (3, 2)
    assert drawn.z[2, 1] == pytest.approx(0.6)
    assert (drawn.zmin, drawn.zmax) == (0, 1)
    assert list(figure.layout.xaxis.ticktext) == ["a", "␣"]
    json.loads(figure.to_json())


def test_a_heatmap_of_too_many_axes_says_what_to_do():
    with pytest.raises(ValueError, match=r"fix the others first, as in \.sel\(layer=1"):
        heatmap(trace()["cell"])


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (fmt_prob(0.009), "0.9 %"), (fmt_prob(0.0004), "<0.1 %"), (fmt_prob(0), "0.0 %"), (fmt_prob(1), "100.0 %"),
        (fmt_prob(0.9999), ">99.9 %"),
        (fmt_prob(math.nan), "NaN"), (fmt_value(0.417), "+0.417"), (fmt_value(-0.213), "−0.213"), (fmt_value(-0.0001), "0.000"),
        (fmt_value(0.882, signed=False), "0.882"), (fmt_value(math.inf), "∞"), (fmt_value(-math.inf), "−∞"),
        (fmt_small(3.42e-6), "3.42e−06"),
        (fmt_small(0), "0"), (fmt_small(-12.34), "−12.3"), (fmt_bits(1.374), "1.37 bits"), (fmt_count(4812), "4\u202f812"),
    ],
)  # fmt: skip
def test_numbers_are_written_so(made, text):
    assert made == text


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["backgroundColor", "secondaryBackgroundColor"])
def test_inks_and_lines_stand_out_from_the_page(theme, ground):
    """WCAG 2.2: letters 4.5:1 (1.4.3), lines and marks 3:1 (1.4.11)."""
    paper = tomllib.loads((Path(__file__).parents[1] / ".streamlit/config.toml").read_text())["theme"][theme][ground]
    letters = [ink[theme] for ink in ROLES.values()]
    lines = [ink[f"{theme}_stroke"] for ink in ROLES.values()]
    lines += [ink["colour" if theme == "light" else "dark"] for ink in SERIES.values()]
    assert min(contrast(rgb(ink), rgb(paper)) for ink in letters) >= 4.5
    assert min(contrast(rgb(ink), rgb(paper)) for ink in lines) >= 3


def rgb(colour):
    return tuple(bytes.fromhex(colour.removeprefix("#")))
