"""Every page, run as Streamlit runs it but without a browser: no traceback whatever is asked."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from test_components import unpack

import rnnviz
from rnnviz.components import packing
from rnnviz.figures.scales import IN_GREY, SCALES
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


def shown(app, component):
    """(header, arrays) of the one component of this kind, as it would travel."""
    found = [e.proto for e in app.get("bidi_component") if e.proto.component_name == f"rnnviz_{component}"]
    assert len(found) == 1, [e.proto.component_name for e in app.get("bidi_component")]
    return packing.unpack(found[0].bytes)


def notices(app):
    return app.said + " ".join(e.value for e in app.info)


def test_a_translator_is_named_where_it_does_not_belong():
    assert "opens on the Attention page" in notices(opened("gates", model="dates-additive"))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_comes_up(page):
    app = opened(page)
    if page == "gates":
        head, _, cells = drawn(app)
        assert cells.shape[2] == len(rnnviz.Recipe().text)
    elif page == "activations":
        (proto,) = [e.proto for e in app.get("bidi_component") if e.proto.component_name == "rnnviz_activations"]
        assert json.loads(proto.json)["point"]["function"] == "tanh"
    elif page == "glossary":
        assert app.text_input(key="find").value == ""
    elif page == "tour":
        (proto,) = [e.proto for e in app.get("bidi_component") if e.proto.component_name == "rnnviz_lessons"]
        assert "belt" in proto.json
    elif page == "language":
        head = shown(app, "score")[0]["rows"][0]
    else:
        head, _ = shown(app, {"gradients": "flow"}.get(page, page))
    if page not in ("attention", "activations", "example", "training", "glossary", "tour"):
        assert "".join(head["tokens"]).replace("␣", " ") == rnnviz.Recipe().text
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
    app.selectbox(key="signs").select("lightness").run()
    assert tuple(drawn(app)[0]["scales"]["state"]["light"]) == IN_GREY.light
    assert tuple(drawn(app)[0]["scales"]["gate"]["light"]) == SCALES["gate"].light
    assert any("dark brown negative" in each.proto.body for each in app.get("html"))
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
        ({"text": "x" * 100_000}, "The text had 100\u202f000 characters"),
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


# the cell page


@pytest.mark.parametrize("model", ["shakespeare-lstm", "shakespeare-gru", "shakespeare-rnn", "tiny-lstm", "tiny-gru", "tiny-rnn"])
def test_the_cell_shows_the_trace(model):
    head, arrays = shown(opened("cell", text="Good morrow", model=model, unit=3, t=4), "cell")
    trace = rnnviz.run(rnnviz.Recipe(model, "Good morrow"))
    for row, part in enumerate(head["parts"]):
        assert (arrays["values"][row] == trace[part["signal"]].sel(layer=1, direction="forward", batch=1, unit=3).values).all()
        if "exact" in arrays:
            assert (arrays["exact"][row] == trace[part["signal"]].values[0, 0, 0]).all()
    assert (head["unit"], head["choice"]["t"], head["held"]) == (3, 4, [])
    assert 0 < head["residual"] < 1e-5
    assert "downstream" not in head
    assert len(head["motion"]) == 6


def test_an_edit_in_the_link_is_carried_out():
    edits = "forget_gate=1@1:all:4-;input_gate=0@1:all:4-11"
    app = opened("cell", text="Good morrow", unit=3, t=6, edits=edits)
    head, arrays = shown(app, "cell")
    trace = rnnviz.run(rnnviz.Recipe(text="Good morrow", edits=edits))
    before = rnnviz.run(rnnviz.Recipe(text="Good morrow"))
    names = [part["signal"] for part in head["parts"]]
    cell = arrays["values"][names.index("cell")]
    assert (cell[3:] == cell[2]).all(), "nothing is forgotten and nothing let in"
    assert (cell == trace["cell"].sel(layer=1, direction="forward", batch=1, unit=3).values).all()
    was = before["cell"].sel(layer=1, direction="forward", batch=1, unit=3).values
    assert (arrays["was"][names.index("cell")] == was).all()
    assert head["downstream"]["changed"] + head["downstream"]["unchanged"] == 11 * head["units"]
    same = np.unpackbits(arrays["same"])[: head["units"] * 11].reshape(head["units"], 11)
    assert same[:, :3].all(), "what came before the hand is the same to the last bit"
    assert not same[:, 3:].all()
    p, q = (each["probability"].values[0].astype(float) for each in (before, trace))
    assert arrays["divergence"] == pytest.approx((p * np.log2(p / q)).sum(1), abs=1e-5)
    assert head["downstream"]["continuation"][0] == rnnviz.interventions.continuation(
        rnnviz.zoo.load("shakespeare-lstm"), "Good morrow", 48
    )
    assert head["downstream"]["continuation"][0] != head["downstream"]["continuation"][1]
    assert app.query_params["edits"]


def test_in_the_step_of_the_hand_only_the_held_unit_can_change():
    app = opened("cell", text="Good morrow", unit=3, t=6, edits="forget_gate=1@1:3:4-;input_gate=0@1:3:4-")
    head, arrays = shown(app, "cell")
    same = np.unpackbits(arrays["same"])[: head["units"] * 11].reshape(head["units"], 11).astype(bool)
    assert same[:, :3].all()
    assert np.flatnonzero(~same[:, 3]).tolist() == [2]
    assert 0 < head["downstream"]["changed"] <= 1 + 7 * head["units"]


@pytest.mark.parametrize(
    ("edits", "says"),
    [
        ("nonsense", "says nothing that can be held"),
        ("forget_gate=1@1:999:1-", "the forget gate was held in a unit that is not there; there are 192"),
        ("forget_gate=1@1:1:1-;update_gate=1@1:1:1-", "the LSTM has no update gate"),
        ("cell=nan@1:1:1-", "says nothing that can be held"),
        ("cell=1e999@1:1:1-", "says nothing that can be held"),
        ("cell=1e30@1:1:1-", "the cell state lies between -1000 and 1000"),
        ("forget_gate=2@1:1:1-", "the forget gate lies between 0 and 1"),
        ("cell=1@7:1:1-", "in a layer that is not there; there are 2"),
        ("cell=1@1:1:40-90", "the text goes from 1 to 41"),
        ("<script>=1@1:1:1-", "says nothing that can be held"),
    ],
)
def test_an_edit_that_does_not_fit_is_left_out_in_words(edits, says):
    app = opened("cell", edits=edits)
    assert says in notices(app)
    assert not app.error
    assert len(shown(app, "cell")[0]["held"]) == edits.count(";")


def test_what_does_not_fit_rests_until_it_fits_again():
    app = opened("cell", edits="forget_gate=1@1:2:1-;hidden=0@1:2:30-")
    assert len(shown(app, "cell")[0]["held"]) == 2
    app.selectbox(key="model").select("shakespeare-gru").run()
    assert [h["signal"] for h in shown(app, "cell")[0]["held"]] == ["hidden"]
    assert "it rests: the GRU has no forget gate" in " ".join(e.value for e in app.info)
    app.text_input(key="text").set_value("short").run()
    assert shown(app, "cell")[0]["held"] == []
    app.selectbox(key="model").select("shakespeare-lstm").run()
    app.text_input(key="text").set_value("A text that is long enough for both of them.").run()
    held = shown(app, "cell")[0]["held"]
    assert [(h["signal"], h["first"], h["last"]) for h in held] == [("forget_gate", 1, 44), ("hidden", 30, 44)], "to the end of any text"
    assert not app.exception


def test_a_hand_on_several_units_and_a_clamp_are_shown_as_they_are():
    edits = "forget_gate=1@1:3,7:3-9;input_gate=0.2..0.4@1:7:2-5"
    head, arrays = shown(opened("cell", text="Good morrow", unit=7, t=4, edits=edits), "cell")
    assert [(h["units"], h["low"], h["high"]) for h in head["held"]] == [([3, 7], 1, 1), ([7], 0.2, 0.4)]
    assert head["residual"] < 1e-5, "what is held is no claim of the equations"
    names = [part["signal"] for part in head["parts"]]
    assert (arrays["values"][names.index("forget_gate")][2:9] == 1).all()
    gate = arrays["values"][names.index("input_gate")][1:5]
    assert ((gate >= np.float32(0.2)) & (gate <= np.float32(0.4))).all()


@pytest.mark.parametrize("edits", ["forget_gate=1@1:all:1-0", "forget_gate=1@1:all:9-3"])
def test_a_span_that_ends_before_it_begins_stops_nothing(edits):
    app = opened("cell", edits=edits)
    assert "says nothing that can be held" in notices(app)
    assert not app.error
    assert shown(app, "cell")[0]["held"] == []


@pytest.mark.parametrize(("page", "link"), [("example", {"set": "W_xh." + "9" * 5000 + "=1"}), ("unrolled", {"swap": "9" * 5000 + ".a"})])
def test_a_number_of_5000_digits_is_no_traceback(page, link):
    assert notices(opened(page, **link))


def test_the_units_that_matter():
    app = opened("cell", text="Good morrow", model="tiny-gru")
    assert "ablation" not in shown(app, "cell")[1]
    head, arrays = shown(opened("cell", text="Good morrow", model="tiny-gru", ablate="yes"), "cell")
    found = rnnviz.interventions.ablation_map(rnnviz.zoo.load("tiny-gru"), "Good morrow").values
    assert arrays["ablation"] / 254 * head["ablation"]["reach"] == pytest.approx(
        np.minimum(found, head["ablation"]["reach"]), abs=head["ablation"]["reach"] / 254
    )
    assert dict(head["ablation"]["best"]) == pytest.approx({unit + 1: bits for unit, bits in enumerate(found.mean(axis=1))})


def test_other_pages_say_that_a_hand_is_laid_on_the_run():
    app = opened("cell", edits="forget_gate=1@1:2:1-")
    assert not app.info
    app.switch_page("pages/unrolled.py").run()
    assert "This page shows the run as it was" in notices(app)


def test_every_page_shows_the_same_unit_unasked():
    gates = drawn(opened("gates"))[0]["choice"]["unit"]
    assert shown(opened("cell"), "cell")[0]["unit"] == gates
    assert shown(opened("unrolled"), "unrolled")[0]["choice"]["unit"] == gates


def test_long_texts_send_a_window_of_units():
    text = "to be or not " * 38
    head, arrays = shown(opened("cell", text=text, t=200), "cell")
    first, last = head["window"]
    assert first <= 200 <= last
    assert arrays["cells"].shape[1] == last - first + 1 < len(text)
    assert sum(a.nbytes for a in arrays.values()) < 700_000


def test_the_grus_two_conventions_stand_beside_each_other():
    app = opened("cell", model="shakespeare-gru", t=5)
    said = " ".join(m.value for m in app.markdown)
    assert "keep" in said
    assert r"r_t \odot (W_{hn} h_{t-1} + b_{hn})" in said
    assert "the same number" in said


# the unrolled page


def test_boxes_show_the_trace():
    head, arrays = shown(opened("unrolled", text="Good morrow", show="forget_gate", t=3), "unrolled")
    trace = rnnviz.run(rnnviz.Recipe(text="Good morrow"))
    assert (arrays["values"] == trace["forget_gate"].values[:, :, 0]).all()
    assert (head["low"], head["high"], head["kind"]) == (0, 1, "gate")
    assert arrays["norms"] == pytest.approx(np.linalg.norm(trace["hidden"].values[:, :, 0].astype(float), axis=-1))
    model = rnnviz.zoo.load("shakespeare-lstm")
    assert head["parameters"] == sum(p.numel() for p in model.recurrent.parameters())


@pytest.mark.parametrize(("mode", "typed"), [("one-to-many", 1), ("encoder-decoder", 11)])
def test_the_model_reads_what_it_wrote(mode, typed):
    head, _ = shown(opened("unrolled", text="Good morrow", mode=mode), "unrolled")
    assert head["typed"] == typed < head["time"]
    for t in range(typed, head["time"]):
        assert head["tokens"][t] == head["next"][t - 1][0][0], "the input is the most probable character of the step before"


def test_a_changed_character_leaves_the_past_alone():
    head, arrays = shown(opened("unrolled", text="Good morrow", swap="6.M"), "unrolled")
    assert (arrays["change_norms"][:, :, :5] == 0).all()
    assert (arrays["change_norms"][:, :, 5:] > 0).all()
    a, b = (rnnviz.run(rnnviz.Recipe(text=text))["hidden"].values[:, :, 0] for text in ("Good morrow", "Good Morrow"))
    assert (arrays["change"] == b - a).all()
    assert (arrays["other_values"] == b).all()
    changed = rnnviz.run(rnnviz.Recipe(text="Good Morrow"))["probability"].isel(batch=0)
    for t, ((token, p), *_) in enumerate(head["change"]["next"], start=1):
        best = changed.sel(time=t)
        assert best.max().item() == pytest.approx(p)
        assert token.replace("␣", " ").replace("⏎", "\n") == str(best["token"].values[best.values.argmax()])
    assert (head["change"]["t"], head["change"]["character"], head["change"]["changed"]) == (6, "M", 12)


@pytest.mark.parametrize("swap", ["zzz", "0.a", "99.a", "3.", "3.ab", "<script>"])
def test_a_change_that_cannot_be_is_said(swap):
    app = opened("unrolled", text="Good morrow", swap=swap)
    assert "asked for another character" in notices(app)
    assert shown(app, "unrolled")[0]["change"] is None


def test_the_chain_becomes_the_loop():
    head, arrays = shown(opened("unrolled", text="Good morrow", mode="chain"), "unrolled")
    assert head["tokens"] == list("Good␣mor")
    trace = rnnviz.run(rnnviz.Recipe("tiny-rnn", "Good mor"))
    assert arrays["shared_hidden"] == pytest.approx(trace["hidden"].values[0, 0, 0], abs=1e-6)
    assert head["own_parameters"] == 8 * head["shared_parameters"]
    assert 0 <= head["difference"] < 1e-6


# the other two


@pytest.mark.parametrize(
    ("link", "says"),
    [
        ({"x": "abc"}, "x = abc"),
        ({"f": "qq"}, "f = qq"),
        ({"n": "1e9"}, "n = 1e9"),
        ({"alpha": "nan"}, "alpha = nan"),
        ({"n": "7.5"}, "n = 7"),
    ],
)
def test_a_point_that_cannot_be_is_said(link, says):
    assert says in notices(opened("activations", **link))


def test_the_point_comes_from_the_link():
    app = opened("activations", x=-2, f="relu", w=1.5, n=7)
    (proto,) = [e.proto for e in app.get("bidi_component") if e.proto.component_name == "rnnviz_activations"]
    point = json.loads(proto.json)["point"]
    assert (point["x"], point["function"], point["weight"], point["steps"]) == (-2, "relu", 1.5, 7)


def test_the_example_is_the_engines():
    head, arrays = shown(opened("example", train="sgd", set="W_hh.0=0.5;W_xh.3=-1"), "example")
    from rnnviz.worked_example import PRESETS, train

    example = PRESETS["spreadsheet"]
    w_xh = example.W_xh.copy()
    w_xh[0, 3] = -1
    film = train(example.__class__(w_xh, np.array(0.5), example.b, example.W_hy), "sgd", 2000)
    assert arrays["w_W_hh"][0] == 0.5
    assert arrays["losses"] == pytest.approx(film.losses)
    assert (arrays["p"] == np.stack([each.p for each in film.passes])).all()
    assert head["film"]["right_from"] == film.right_from


@pytest.mark.parametrize("given", ["W_xh.0=nan", "W_xh.0=1e30", "W_xh.0=abc", "foo.0=1", "W_xh.x=1", "<script>"])
def test_a_weight_that_cannot_be_is_said(given):
    app = opened("example", set=given)
    assert "The link asked for a weight that cannot be" in notices(app)
    from rnnviz.worked_example import PRESETS

    assert (shown(app, "example")[1]["w_W_xh"][0] == PRESETS["spreadsheet"].W_xh).all()


def test_a_weight_beyond_the_matrix_is_left_out_in_words():
    assert "W_xh has no place 99 here" in notices(opened("example", set="W_xh.99=1"))


def test_another_preset_starts_over():
    app = opened("example", set="W_xh.0=5")
    app.segmented_control(key="preset").set_value("figure").run()
    head, arrays = shown(app, "example")
    assert head["matrices"]["W_hh"] == [3, 3]
    assert arrays["w_W_xh"][0][0, 0] == pytest.approx(0.30952)
    app.segmented_control(key="recurrence").set_value("scalar").run()
    assert shown(app, "example")[0]["matrices"]["W_hh"] == [1, 1]
    assert not app.exception


@pytest.mark.parametrize("page", ["activations", "example"])
def test_a_page_without_text_loads_no_model(page, monkeypatch):
    from rnnviz.ui import engine

    def broken(name):
        raise AssertionError(f"{name} was loaded")

    monkeypatch.setattr(engine, "model", broken)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    app.query_params["text"] = "a text nobody cached either"
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    assert not app.error


def test_a_change_of_text_looks_into_no_folder(monkeypatch):
    """Every look at the disk lets another thread run first; with fifty people typing, sixty of them a run cost three seconds."""
    app = opened("gates", text="a b c")
    looked = []
    monkeypatch.setattr(Path, "iterdir", lambda folder: looked.append(folder) or iter(()))
    app.text_input(key="text").set_value("d e f").run()
    assert not app.exception
    assert looked == []
