"""The attention page, run as Streamlit runs it but without a browser."""

from __future__ import annotations

import csv
import io
import json
import math

import numpy as np
import pytest
from test_pages import notices, opened, shown

import rnnviz
from rnnviz import forcing, zoo
from rnnviz.figures.attention import changes, entropy
from rnnviz.pair_recipe import PairRecipe, as_python, run_pair
from rnnviz.recipe import RecipeError
from rnnviz.source_gradients import agreement, source_gradients
from rnnviz.ui import attention_below, translators

DATE = "May 3rd, 1999"


def page(**link):
    return opened("attention", **{"translator": "dates-additive", "sentence": DATE, **link})


def picture(app):
    return shown(app, "attention")


def test_the_picture_shows_the_translation():
    app = page(out=6, inp=2)
    head, arrays = picture(app)
    answer = rnnviz.translate(zoo.load("dates-additive"), DATE)
    assert (head["text"], tuple(head["said"])) == ("1999-05-03", answer.tokens)
    assert "".join(head["source"]).replace("␣", " ") == DATE
    assert (head["choice"]["t"], head["choice"]["unit"]) == (6, 2)
    for name, signal in (("weights", "attention"), ("scores", "score"), ("context", "context"), ("states", "decoder_hidden")):
        np.testing.assert_array_equal(arrays[name], answer.trace.part(signal).values[0])
    np.testing.assert_array_equal(arrays["bridge"], answer.bridge)
    np.testing.assert_allclose(arrays["weights"].sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(arrays["weights"] @ arrays["memory"], arrays["context"], atol=1e-6)
    np.testing.assert_allclose(arrays["entropy"], entropy(answer.attention), atol=1e-6)
    assert head["log_probability"] == pytest.approx(answer.log_probability)
    assert math.prod(arrays["probabilities"].tolist()) == pytest.approx(math.exp(answer.log_probability), rel=1e-5)
    first = head["alternatives"][0]
    assert first[0][0] == "1"
    assert [p for _, p in first] == sorted((p for _, p in first), reverse=True)
    assert head["facts"]["right"] is True
    assert head["facts"]["residual"] < 1e-5
    assert head["before"] is None
    assert not app.info


def test_gradients_stand_beside_the_attention():
    _, arrays = picture(page(beside="gradient"))
    model = zoo.load("dates-additive")
    answer = rnnviz.translate(model, DATE)
    found = source_gradients(model, answer).part("gradient").values[0]
    np.testing.assert_allclose(arrays["gradient"], found, rtol=1e-5)
    np.testing.assert_allclose(arrays["agreement"], agreement(answer.attention, found), atol=1e-6)


def test_forced_attention_is_decoded_anew_beside_the_own_answer():
    head, arrays = picture(page(force="uniform"))
    forced = rnnviz.translate(zoo.load("dates-additive"), DATE, forced=forcing.Forced("uniform"))
    assert tuple(head["said"]) == forced.tokens != tuple(head["before"]["said"])
    assert head["before"]["text"] == "1999-05-03"
    assert head["facts"]["right"] is False
    assert head["facts"]["truth"] == "1999-05-03"
    np.testing.assert_allclose(arrays["weights"], 1 / len(DATE), atol=1e-7)
    assert arrays["own"].max() > 0.9


def test_an_edited_row_and_a_chosen_beginning_come_with_the_link():
    rows = forcing.written({1: [1.0] + [0.0] * (len(DATE) - 1)})
    head, arrays = picture(page(rows=rows))
    np.testing.assert_array_equal(arrays["weights"][0], np.eye(len(DATE))[0])
    assert head["facts"]["edited"] == [1]
    assert arrays["weights"][1].max() < 1
    head, _ = picture(page(say=json.dumps(["2", "0"])))
    assert head["said"][:2] == ["2", "0"]
    assert head["text"].startswith("20")


def test_changes_last_while_the_text_does():
    app = page(say=json.dumps(["2"]))
    assert picture(app)[0]["said"][0] == "2"
    app.text_input(key="sentence").set_value("4 May 1999").run()
    head, _ = picture(app)
    assert head["text"] == "1999-05-04"
    assert "say" not in app.query_params


def test_padding_without_a_mask_leaks():
    _, masked = picture(page(pad=4))
    assert masked["weights"].shape[1] == len(DATE) + 4
    assert (masked["weights"][:, len(DATE) :] == 0).all()
    _, leaking = picture(page(pad=4, mask="no"))
    assert (leaking["weights"][:, len(DATE) :] > 0).all()
    np.testing.assert_allclose(leaking["weights"].sum(axis=1), 1, atol=1e-6)


def test_the_beam_tree_and_the_drawn_answer():
    head, _ = picture(page(search="beam", width=3))
    tree = head["tree"]
    answer = rnnviz.translate(zoo.load("dates-additive"), DATE, beam=3)
    assert len(tree["parent"]) == len(answer.beam.nodes)
    assert tree["score"][tree["leaves"][0]] == pytest.approx(answer.log_probability, abs=1e-6)
    first, _ = picture(page(search="draw", draw=3, heat=3.0))
    again, _ = picture(page(search="draw", draw=3, heat=3.0))
    other, _ = picture(page(search="draw", draw=4, heat=3.0))
    assert first["said"] == again["said"] != other["said"]


def test_trials_and_siblings_are_held_against_the_own_answer():
    head, arrays = picture(page())
    own = tuple(head["said"])
    assert [trial["name"] for trial in head["trials"]] == list(forcing.SCHEMES[1:])
    for trial in head["trials"]:
        assert tuple(map(tuple, trial["beside"])) == changes(own, trial["said"])
        assert 0 <= trial["distance"] <= 1
    uniform = next(trial for trial in head["trials"] if trial["name"] == "uniform")
    assert any(what == "new" for _, what in uniform["beside"])
    assert [each["name"] for each in head["siblings"]] == list(translators.shipped()["dates"].models.values())
    for at, each in enumerate(head["siblings"]):
        found = rnnviz.translate(zoo.load(each["name"]), DATE)
        assert tuple(each["said"]) == found.tokens
        assert each["right"] is (found.text == "1999-05-03")
        assert (f"sibling{at}" in arrays) == (found.attention is not None)


def test_without_attention_there_is_the_bridge():
    head, arrays = picture(page(translator="dates-none"))
    assert "weights" not in arrays
    assert head["trials"] == []
    assert arrays["bridge"].shape == (2, head["facts"]["units"]), "an LSTM hands over its hidden state and its cell state"
    assert len(head["siblings"]) == 4
    _, arrays = picture(page(translator="dates-none", beside="gradient"))
    assert "gradient" in arrays
    assert "agreement" not in arrays


@pytest.mark.parametrize("name", list(name for family in translators.shipped().values() for name in family.models.values()))
def test_every_translator_answers_its_examples(name):
    for text in zoo.card(name).examples:
        answer = rnnviz.translate(zoo.load(name), text)
        assert answer.ended
        assert answer.trace.residual < 1e-4
        assert not answer.trace.unknown, (text, answer.trace.unknown)


BAD = {
    "empty": ({"sentence": "   "}, "empty"),
    "emoji": ({"sentence": "🙂🙂"}, "nothing of this text"),
    "other alphabet": ({"sentence": "три мая"}, "nothing of this text"),
    "no such day": ({"sentence": "31 February 1999"}, "no such day"),
    "no format": ({"sentence": "tomorrow"}, "none of the 21 ways"),
    "model": ({"translator": "<script>"}, "no translator called"),
    "run": ({"translator": "run-0123456789-5"}, "no translator called"),
    "force": ({"force": "magic"}, "magic"),
    "rows": ({"rows": "1:nope"}, "cannot be read"),
    "short rows": ({"rows": "1:0.5,0.5"}, "taken back"),
    "say": ({"say": "[1, 2"}, "cannot be read"),
    "unsayable": ({"say": '["banana"]'}, "taken back"),
    "width": ({"search": "beam", "width": 9999}, "width"),
    "heat": ({"search": "draw", "heat": "nan"}, "heat"),
    "soft": ({"soft": "-1"}, "soft"),
    "year": ({"sentence": "4 July 1776"}, "1950 to 2049"),
    "pad": ({"pad": 99}, "pad"),
    "out": ({"out": 999}, "out"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_links_and_odd_texts_get_a_sentence(case):
    link, expected = BAD[case]
    app = page(**link)
    assert expected in notices(app), notices(app)
    assert picture(app)[0]["said"]


def test_a_text_that_is_too_long_is_refused_with_a_sentence_and_the_page_lives_on():
    app = page(sentence="1" * 250)
    assert "40 is the most" in " ".join(e.value for e in app.error)
    app.text_input(key="sentence").set_value(DATE).run()
    assert picture(app)[0]["text"] == "1999-05-03"


def test_one_character_is_read():
    head, arrays = picture(page(sentence="5"))
    np.testing.assert_allclose(arrays["weights"], 1)
    assert head["units"] == 1


def test_another_family_brings_its_own_text_and_keeps_a_typed_one():
    app = opened("attention", translator="dates-additive")
    assert app.text_input(key="sentence").value == zoo.card("dates-additive").examples[0]
    app.selectbox(key="pair").select("reverse").run()
    assert app.text_input(key="sentence").value == zoo.card("reverse-additive").examples[0]
    app.text_input(key="sentence").set_value("my own").run()
    app.selectbox(key="pair").select("dates").run()
    assert app.text_input(key="sentence").value == "my own"


def test_python_for_this_view_runs_and_gives_the_same_answer():
    recipes = (
        PairRecipe("dates-additive", DATE, scheme="shuffled", seed=3, temperature=2.0),
        PairRecipe("dates-additive", DATE, beam=3, prefix=("2", "0")),
        PairRecipe("dates-additive", DATE, draw=5, heat=2.0),
        PairRecipe("dates-additive", DATE, rows=forcing.written({2: [1.0] * len(DATE)}), padding=2, masked=False),
    )
    for recipe in recipes[:3]:
        said = []
        exec(as_python(recipe), {"print": lambda *words, said=said: said.append(words)})
        assert said[0][0] == run_pair(recipe).text
    with pytest.raises(RecipeError, match="row 2 holds 13 weights"):
        run_pair(recipes[3])


def test_the_attention_table_holds_the_numbers():
    answer = rnnviz.translate(zoo.load("dates-additive"), DATE)
    rows = list(csv.reader(io.StringIO(attention_below.as_csv(answer).decode())))
    assert rows[0][:3] == ["t", "output", "1:M"]
    np.testing.assert_array_equal(np.array([row[2:] for row in rows[1:]], dtype=np.float32), answer.attention)


def test_the_right_answer_where_it_can_be_told():
    assert translators.truth("dates", "3rd of MAY 1999") == ("1999-05-03", "")
    assert translators.truth("dates", "29 February 1999") == (None, "no-day")
    assert translators.truth("dates", "soon") == (None, "no-format")
    assert translators.truth("dates", "4 July 1776") == ("1776-07-04", "years")
    assert translators.truth("reverse", "abc") == ("cba", "")
    assert translators.truth("pairs", "hello") == (None, "")


def test_two_answers_side_by_side():
    kinds = lambda before, after: "".join(token + {"same": "=", "new": "+", "lost": "-"}[what] for token, what in changes(before, after))  # noqa: E731
    assert kinds("abcd", "abxd") == "a=b=c-x+d="
    assert kinds("abc", "abc") == "a=b=c="
    assert kinds("", "ab") == "a+b+"
    assert kinds("abc", "ac") == "a=b-c=", "a word that is gone is a change too"
    assert entropy(np.array([[1.0, 0.0], [0.5, 0.5]])).tolist() == [0.0, 1.0]


def test_undoing_lasts():
    app = page(soft=5, pad=4, force="uniform", rows=forcing.written({1: [1.0] * len(DATE)}))
    assert picture(app)[0]["before"] is not None
    app.session_state["_changed_for"] = app.session_state["_changed_for"]
    from rnnviz.ui import attention_controls

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attention_controls.st, "session_state", app.session_state)
        attention_controls.forget_changes()
    app.run()
    app.text_input(key="sentence").set_value("4 May 1999").run()
    head, arrays = picture(app)
    assert head["facts"]["temperature"] == 1
    assert arrays["weights"].shape[1] == len("4 May 1999")
    assert not {"soft", "pad", "force", "rows"} & set(app.query_params)


def test_a_row_beyond_the_answer_is_left_out_with_a_sentence():
    app = page(rows="99:" + ",".join(["1"] * len(DATE)))
    assert "99" in notices(app)
    assert "rows" not in app.query_params
    assert picture(app)[0]["before"] is None


def test_the_token_that_was_said_is_always_among_the_choices():
    head, _ = picture(page(search="draw", draw=7, heat=3.0))
    for token, choices in zip(head["said"], head["alternatives"], strict=True):
        assert token in [name for name, _ in choices]


def test_the_title_of_an_export_says_what_was_done():
    head, _ = picture(page(force="permuted", reseed=4, soft=2, pad=2, mask="no"))
    for part in ("shuffled once", "4", "2", "without a mask"):
        assert part in head["title"]
