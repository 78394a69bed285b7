"""What travels to the browser: the payload of the strips picture, read back byte by byte."""

from __future__ import annotations

import numpy as np
import pytest
from test_figures import trace

import rnnviz
from rnnviz.components import packing
from rnnviz.components.strips import EXACT_BYTES, STRIPS, Choice, payload
from rnnviz.figures import picture

WORDS = {"notice": "</script><script>alert(1)</script>"}


def unpack(data):
    head, arrays = packing.unpack(data)
    return head, arrays["line"], arrays["cells"]


def test_a_small_picture_travels_exactly():
    made = trace()
    head, line, cells = unpack(payload(picture(made, sort="index"), Choice(2, 3, "cell"), rows=2, words=WORDS, title="t"))
    assert head["encoding"] == "f4"
    assert cells[1, 2, 1] == made["cell"].sel(layer=1, direction="forward", batch=1, time=2, unit=3).item() == 23
    np.testing.assert_array_equal(line[1], cells[1, 2])
    assert (head["rows"], head["choice"]["t"], head["choice"]["unit"]) == (2, 2, 3)


def test_a_large_picture_travels_as_bytes_with_the_chosen_unit_exact():
    made = rnnviz.run(rnnviz.Recipe(text="to be or not " * 20))
    drawn = picture(made, layer=2)
    units, time = drawn.strips[0].values.shape
    assert units * time * 4 > EXACT_BYTES
    data = payload(drawn, Choice(1, 7, "cell"), rows=10, words={}, title="t")
    head, line, cells = unpack(data)
    assert head["encoding"] == "u1"
    for at, strip in enumerate(head["strips"]):
        np.testing.assert_array_equal(line[at], made[strip["signal"]].sel(layer=2, direction="forward", batch=1, unit=7).values)
        back = strip["low"] + cells[at] / 254 * (strip["high"] - strip["low"])
        inside = np.clip(drawn.strips[at].values, strip["low"], strip["high"])
        assert np.abs(back - inside).max() <= (strip["high"] - strip["low"]) / 254 / 2 * (1 + 1e-9)


def test_legends_come_from_the_data():
    drawn = picture(trace(), robust=False)
    head, _, _ = unpack(payload(drawn, Choice(1, 1, "cell"), rows=0, words={}, title="t"))
    gate, cell = head["strips"]
    assert (gate["low"], gate["high"]) == (0, 1)
    assert (cell["low"], cell["high"]) == (-43, 43)
    assert head["rows"] == head["units"] == 3


def test_size_on_the_wire():
    """DESIGN.md: at T=200 and H=128 a heatmap takes at most 40 KB and all of the Gates page 250 KB."""
    time, units = 200, 128
    made = trace(time=4)
    dims = ("layer", "direction", "batch", "time", "unit")
    values = np.random.default_rng(0).random((1, 1, 1, time, units), dtype=np.float32)
    names = ["forget_gate", "input_gate", "output_gate", "candidate", "cell", "hidden"]
    from rnnviz.trace import Labelled, Trace

    parts = {name: Labelled(dims, values.copy(), made._parts["forget_gate"].attrs) for name in names}
    big = Trace(parts, coords={"direction": ["forward"]}, tokens="a" * time)
    data = payload(picture(big), Choice(1, 1, "cell"), rows=10, words={}, title="t")
    _, _, cells = unpack(data)
    assert cells[0].nbytes <= 40_000
    assert len(data) + len(STRIPS.js) + len(STRIPS.css) <= 230_000


def test_no_markup_is_made_from_text():
    for line in STRIPS.js.splitlines():
        for banned in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Math.random", "fetch("):
            assert banned not in line


def test_a_picture_with_no_number_for_a_value_is_still_json():
    made = trace()
    part = made._parts["forget_gate"]
    gates = Trace_with_zero(part)
    head, _, _ = unpack(payload(picture(gates), Choice(1, 1, "forget_gate"), rows=0, words={}, title="t"))
    assert head["half_life"] == [None, 0.0]


def Trace_with_zero(part):
    from rnnviz.trace import Labelled, Trace

    values = np.array([[1.0, 0.0]] * 3, dtype=np.float32)[None, None, None]
    return Trace({"forget_gate": Labelled(part.dims, values, part.attrs)}, coords={"direction": ["forward"]})


@pytest.mark.parametrize("name", ["picture.js", "stage.js", "beside.js", "cards.js", "says.js", "export.js", "strips.js"])
def test_every_script_is_in_the_component(name):
    assert (rnnviz.components.strips.__file__ or "").endswith("__init__.py")
    from rnnviz.components.base import HERE

    assert (HERE / "strips" / name).read_text(encoding="utf-8").split("function ")[1].split("(")[0] in STRIPS.js
