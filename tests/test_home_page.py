"""The Home page: its picture, doors, timeline and miniatures say what the engine says, and every link opens a page."""

from __future__ import annotations

import contextlib
import io
from urllib.parse import parse_qsl

import numpy as np
import pytest
import torch
from test_pages import notices, opened, shown

import rnnviz
from rnnviz.figures.home import MOST_ROWS, reading
from rnnviz.ui import home_doors, home_story
from rnnviz.ui import home_examples as examples
from rnnviz.ui.pages import PAGES


def page_links(app):
    """(page, what the link says) of every link on a page."""
    found = []
    for element in app.get("page_link"):
        proto = element.proto
        found.append((proto.page, dict(parse_qsl(proto.query_string, keep_blank_values=True))))
    return found


@pytest.mark.parametrize("model", ["shakespeare-lstm", "shakespeare-rnn", "tiny-gru", "tiny-lstm"])
def test_the_picture_shows_the_trace(model):
    head, arrays = shown(opened("home", text="Good morrow", model=model, t=4), "home")
    trace = rnnviz.run(rnnviz.Recipe(model, "Good morrow"))
    top = trace.sizes("hidden")["layer"]
    hidden = trace["hidden"].sel(layer=top, direction="forward", batch=1)
    assert head["choice"]["t"] == 4
    assert (arrays["values"] == hidden.sel(unit=head["shown"]).transpose("unit", "time").values).all()
    before = np.concatenate([np.zeros((1, hidden.sizes["unit"])), hidden.values[:-1].astype(float)])
    assert arrays["step"] == pytest.approx(np.linalg.norm(hidden.values - before, axis=1))
    for t, step in enumerate(head["next"], start=1):
        p = trace["probability"].isel(batch=0).sel(time=t)
        assert [each for _, each in step] == pytest.approx(sorted(p.values, reverse=True)[:5])
    came = [float(trace["probability"].isel(batch=0).sel(time=t, token="Good morrow"[t])) for t in range(1, 11)]
    assert head["given"][:-1] == pytest.approx(came)
    assert head["given"][-1] is None


def test_a_large_state_shows_the_units_that_change_most():
    trace = rnnviz.run(rnnviz.Recipe(text="Good morrow"))
    found = reading(trace)
    hidden = trace.layer("hidden", 2).values.astype(float)
    change = np.abs(np.diff(hidden, axis=0, prepend=0)).sum(axis=0)
    assert set(found.shown) == set((np.argsort(-change)[:MOST_ROWS] + 1).tolist())
    small = reading(rnnviz.run(rnnviz.Recipe("tiny-rnn", "Good morrow")))
    assert small.shown == (1, 2, 3, 4)


def test_another_first_letter_is_read_by_the_engine():
    head, arrays = shown(opened("home", text="Good morrow", swap="1.W"), "home")
    a, b = (rnnviz.run(rnnviz.Recipe(text=text)) for text in ("Good morrow", "Wood morrow"))
    one, other = (each["hidden"].sel(layer=2, direction="forward", batch=1) for each in (a, b))
    assert (arrays["other_values"] == other.sel(unit=head["shown"]).transpose("unit", "time").values).all()
    assert arrays["distance"] == pytest.approx(np.linalg.norm(other.values.astype(float) - one.values, axis=1))
    assert (head["changed"]["t"], head["changed"]["token"]) == (1, "W")
    p = b["probability"].isel(batch=0).sel(time=3).values
    assert head["changed"]["next"][2][0][1] == pytest.approx(p.max())


def test_what_lies_before_a_changed_letter_stays():
    arrays = shown(opened("home", text="Good morrow", swap="6.M"), "home")[1]
    assert (arrays["distance"][:5] == 0).all()
    assert (arrays["distance"][5:] > 0).all()


@pytest.mark.parametrize("swap", ["zzz", "0.a", "99.a", "<script>"])
def test_a_change_that_cannot_be_is_said(swap):
    app = opened("home", text="Good morrow", swap=swap)
    assert "asked for another character" in notices(app)
    assert shown(app, "home")[0]["changed"] is None


@pytest.mark.parametrize("model", ["polarity-gru", "agreement-gru", "brackets-lstm", "counting-lstm", "temporal-order-lstm"])
def test_every_kind_of_network_has_a_first_picture(model):
    app = opened("home", model=model)
    head, arrays = shown(app, "home")
    assert arrays["values"].shape == (len(head["shown"]), head["time"])
    assert head["answers"] == (model.split("-")[0] in ("polarity", "agreement", "brackets", "temporal"))
    assert head["swaps"] == (model.split("-")[0] in ("brackets", "counting", "temporal"))
    assert not app.error


def test_presenting_leaves_the_picture_alone():
    app = opened("home", present=1)
    assert shown(app, "home")[0]["layout"] == "present"
    assert not app.get("page_link")


def test_the_five_lines_run_as_printed():
    assert len([line for line in home_doors.OWN.splitlines() if line]) == 5
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(home_doors.OWN, "own", "exec"), {})
    assert "forget_gate" in said.getvalue()
    assert float(said.getvalue().splitlines()[-1]) < 1e-5


def test_every_link_opens_a_page_as_it_says():
    links = page_links(opened("home"))
    assert len(links) >= 20
    assert {page for page, _ in links} <= set(PAGES)
    assert {"tour", "unrolled", "cell", "gates", "gradients", "attention", "language", "training", "example"} <= {page for page, _ in links}
    for page, asked in {(page, tuple(asked.items())) for page, asked in links}:
        app = opened(page, **dict(asked))
        assert not app.error
        assert notices(app) == "", (page, asked)


def test_a_link_within_a_session_is_asked_anew():
    app = opened("gates", text="Good morrow", t=9, sort="peak")
    app.switch_page("pages/home.py").run()
    app.switch_page("pages/gates.py")
    app.query_params["t"], app.query_params["sort"] = "3", "index"
    app.run()
    assert app.number_input(key="t").value == 3
    assert app.selectbox(key="sort").value == "index"
    assert app.text_input(key="text").value == "Good morrow"
    assert notices(app) == ""


# what stands below the picture


def best(model, text):
    p = rnnviz.record(rnnviz.zoo.load(model), text)["probability"].isel(batch=0)
    names = p[p.dims[-1]].values
    return [(str(names[row.argmax()]), float(row.max())) for row in p.values]


def test_one_to_many_is_what_the_model_writes():
    columns = examples.written(home_story.START, home_story.WRITTEN)
    model = rnnviz.zoo.load(examples.WRITES)
    text = rnnviz.interventions.continuation(model, home_story.START, home_story.WRITTEN)
    assert "".join(column.says for column in columns).replace("␣", " ").replace("⏎", "\n") == text
    for column, (_, p) in zip(columns, best(examples.WRITES, home_story.START + text), strict=False):
        assert column.probability == pytest.approx(p, abs=1e-6)


def test_many_to_one_is_the_last_answer():
    columns, unknown = examples.verdict("a moving film , zzzz")
    assert (columns[-1].says, columns[-1].probability) == pytest.approx(best(examples.FEELS, "a moving film , zzzz")[-1])
    assert [column.says for column in columns[:-1]] == [""] * (len(columns) - 1)
    assert unknown == ("zzzz",)


def test_many_to_many_answers_at_every_step():
    columns = examples.matched(home_story.BRACKETS)
    assert [(c.says, c.probability) for c in columns] == [(w, pytest.approx(p)) for w, p in best(examples.MATCHES, home_story.BRACKETS)]
    assert [column.says for column in columns[:2]] == [")", "]"]


def test_the_translation_is_the_translators():
    columns, text = examples.translated(home_story.SENTENCE)
    answer = rnnviz.translate(rnnviz.zoo.load(examples.TRANSLATES), home_story.SENTENCE)
    assert text == answer.text
    assert [c.read for c in columns if not c.decodes] == list(answer.source)
    assert [(c.says, c.probability) for c in columns if c.decodes] == [
        (w, pytest.approx(p)) for w, p in zip(answer.tokens, answer.probabilities, strict=True)
    ]


def test_two_orders_of_the_same_words():
    assert sorted(home_story.JUMBLED.split()) == sorted(home_story.IN_ORDER.split())
    model = rnnviz.zoo.load("shakespeare-lstm")
    for sentence in (home_story.IN_ORDER, home_story.JUMBLED):
        ids = torch.tensor([model.vocabulary.encode("\n" + sentence).ids])
        with torch.inference_mode():
            loss = torch.nn.functional.cross_entropy(model(ids)[0][0, :-1], ids[0, 1:], reduction="sum")
        assert examples.bits("shakespeare-lstm", sentence) == pytest.approx(float(loss) / np.log(2), rel=1e-5)


def test_two_orders_of_the_same_symbols():
    assert sorted(home_story.FIRST_X) == sorted(home_story.FIRST_Y)
    assert examples.ordered(home_story.FIRST_X) == pytest.approx(best(examples.ORDERS, home_story.FIRST_X)[-1])
    assert (examples.ordered(home_story.FIRST_X)[0], examples.ordered(home_story.FIRST_Y)[0]) == ("XY", "YX")


def test_sizes_are_torchs():
    found = examples.sizes(7, 5).parameters
    assert found == {
        "rnn": sum(p.numel() for p in torch.nn.RNN(7, 5).parameters()),
        "lstm": sum(p.numel() for p in torch.nn.LSTM(7, 5).parameters()),
        "gru": sum(p.numel() for p in torch.nn.GRU(7, 5).parameters()),
    }


def test_fading_is_the_measured_gradient():
    text = rnnviz.Recipe().text
    lines = examples.fading(text)
    for kind in ("rnn", "lstm", "gru"):
        flow = rnnviz.gradient_flow(rnnviz.zoo.load(f"shakespeare-{kind}"), text)["hidden"].isel(layer=-1, direction=0, batch=0)
        last = len(text) - 1
        wanted = float(flow.sel(loss_time=last, time=last - 20) / flow.sel(loss_time=last, time=last))
        assert lines[kind][20] == pytest.approx(wanted)
    assert lines["rnn"][20] < 1e-3 < lines["lstm"][20], "what the timeline says of forgetting"


@pytest.mark.parametrize(("lang", "says"), [("en", "How it came about"), ("zh", "它是怎样发展来的")])
def test_both_languages_tell_the_story(lang, says):
    app = opened("home", lang=lang)
    assert says in [each.value for each in app.subheader]
    said = " ".join(each.value for each in [*app.markdown, *app.caption])
    assert "{" not in said, "every value was put in"
    assert "8\u202f320" in said
