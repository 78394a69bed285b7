"""Every page, run as Streamlit runs it but without a browser: no traceback whatever is asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from test_components import unpack

import rnnviz
from rnnviz.ui.pages import PAGES

ROOT = Path(__file__).parents[1]


def opened(page="gates", **link):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for name, value in link.items():
        app.query_params[name] = str(value)
    app.run()
    app.said = " ".join(e.value for e in app.info)
    if page != PAGES[0]:
        app.switch_page(f"pages/{page}.py")
        for name, value in link.items():
            app.query_params[name] = str(value)
        app.run()
    assert not app.exception, [e.message for e in app.exception]
    return app


def drawn(app):
    """The picture's payload as it would travel to the browser."""
    found = [e.proto for e in app.get("bidi_component") if e.proto.component_name.endswith("strips")]
    assert len(found) == 1
    return unpack(found[0].bytes)


def notices(app):
    return app.said + " ".join(e.value for e in app.info)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_comes_up(page):
    app = opened(page)
    head, _, cells = drawn(app)
    assert "".join(head["tokens"]).replace("␣", " ") == rnnviz.Recipe().text
    assert cells.shape[2] == len(rnnviz.Recipe().text)
    assert not app.error
    assert not app.info


@pytest.mark.parametrize("model", ["shakespeare-lstm", "shakespeare-gru", "shakespeare-rnn"])
def test_the_picture_shows_the_trace(model):
    app = opened(text="Good morrow", model=model, layer=2, unit=5, t=3)
    head, line, cells = drawn(app)
    trace = rnnviz.run(rnnviz.Recipe(model, "Good morrow"))
    assert [s["signal"] for s in head["strips"]] == [name for name in trace if "unit" in trace[name].dims]
    for at, strip in enumerate(head["strips"]):
        expected = trace[strip["signal"]].sel(layer=2, direction="forward", batch=1)
        assert (cells[at] == expected.transpose("unit", "time").values).all()
        assert (line[at] == expected.sel(unit=5).values).all()
    assert (head["layer"], head["choice"]["t"], head["choice"]["unit"]) == (2, 3, 5)
    assert f"{trace.residual:.0e}"[0] in " ".join(m.value for m in app.markdown)


def test_typing_changes_the_picture():
    app = opened()
    app.text_input(key="text").set_value("abc").run()
    assert drawn(app)[0]["tokens"] == ["a", "b", "c"]


def test_every_example_changes_the_picture():
    app = opened()
    seen = set()
    for button in [b.key for b in app.button if str(b.key).startswith("example-")]:
        app.button(key=button).click().run()
        assert not app.exception
        seen.add("".join(drawn(app)[0]["tokens"]))
    assert len(seen) >= 5


def test_controls_change_what_is_drawn():
    app = opened()
    order = drawn(app)[0]["order"]
    app.selectbox(key="sort").select("similarity").run()
    assert sorted(drawn(app)[0]["order"]) == sorted(order)
    assert drawn(app)[0]["order"] != order
    app.selectbox(key="signal").select("cell").run()
    assert drawn(app)[0]["choice"]["signal"] == "cell"
    robust = [s["high"] for s in drawn(app)[0]["strips"] if s["signal"] == "cell"]
    app.selectbox(key="scale").select("full").run()
    assert [s["high"] for s in drawn(app)[0]["strips"] if s["signal"] == "cell"] > robust
    app.number_input(key="t").set_value(7).run()
    assert drawn(app)[0]["choice"]["t"] == 7
    assert not app.exception


def test_a_shorter_text_brings_the_playhead_back_inside():
    app = opened(t=30)
    app.text_input(key="text").set_value("short").run()
    assert not app.exception
    assert app.number_input(key="t").value == 5


@pytest.mark.parametrize(
    ("link", "says"),
    [
        ({"model": "nope"}, "There is no model called “nope”"),
        ({"t": 999}, "The link asked for t = 999"),
        ({"t": -3}, "so it shows 1"),
        ({"unit": "abc"}, "The link asked for unit = abc"),
        ({"layer": 7}, "The link asked for layer = 7"),
        ({"sort": "foo"}, "The link asked for sort = foo"),
        ({"signal": "nope"}, "The link asked for signal = nope"),
        ({"rows": "-1"}, "The link asked for rows"),
        ({"text": "x" * 100_000}, "The text had 100\u2009000 characters"),
        ({"text": "<script>alert(1)</script>"}, "The model does not know"),
        ({"text": "😀"}, "The model knows none of these characters"),
        ({"text": "été"}, "The model does not know “é”: it reads “é” as ⟨unk⟩"),
        ({"text": "שלום"}, "The model knows none"),
    ],
)
def test_a_link_that_asks_too_much_is_corrected_in_words(link, says):
    app = opened(**link)
    assert says in notices(app)
    assert not app.error
    head = drawn(app)[0]
    assert 1 <= head["choice"]["t"] <= head["time"] <= 500
    assert 1 <= head["choice"]["unit"] <= head["units"]


def test_everything_wrong_at_once():
    app = opened(t=999, model="nope", text="<script>", unit="x", layer=99, direction="up", lang="xx", present="maybe", scale="?", rows="7")
    assert "nope" in notices(app)
    assert drawn(app)[0]["tokens"] == list("<script>")


def test_an_empty_text_loses_nothing():
    app = opened()
    app.text_input(key="text").set_value("").run()
    assert "The text is empty" in notices(app)
    assert drawn(app)[0]["time"] == len(rnnviz.Recipe().text)
    app.text_input(key="text").set_value("a").run()
    assert drawn(app)[0]["tokens"] == ["a"]
    assert not app.exception


@pytest.mark.parametrize("text", ["a", "x" * 500, "  ", "👩‍🏫", "\u202eabc", "{t} {unit}", "**bold** $x$"])
def test_any_text_is_drawn(text):
    assert len(drawn(opened(text=text))[0]["tokens"]) == len(text)


def test_a_model_that_cannot_be_loaded_is_said_in_one_sentence(monkeypatch):
    from rnnviz.ui import engine

    def broken(name):
        raise ValueError(f"model.safetensors of {name!r}: readout.bias holds 3 values that are not finite")

    monkeypatch.setattr(engine, "model", broken)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.query_params["text"] = "a text nobody cached"
    app.run()
    assert not app.exception
    assert [e.value for e in app.error] == [
        "This cannot be run: model.safetensors of 'shakespeare-lstm': readout.bias holds 3 values that are not finite."
    ]


def test_presenting_leaves_the_text_and_the_picture():
    app = opened(present=1, layer=2)
    assert drawn(app)[0]["layout"] == "present"
    assert drawn(app)[0]["layer"] == 2
    assert app.text_input(key="text").value
