"""The language page without a browser: what it says of odd texts and models, and the Python that it prints, run as printed."""

from __future__ import annotations

import contextlib
import csv
import io

import pytest
from test_pages import opened

import rnnviz
from rnnviz import completing, generating, scoring
from rnnviz.components.packing import unpack
from rnnviz.recipe import Recipe
from rnnviz.ui import language_export
from rnnviz.ui.language_complete import beginning
from rnnviz.ui.language_export import Asked


def drawn(app, name):
    (found,) = [e.proto for e in app.get("bidi_component") if e.proto.component_name == f"rnnviz_{name}"]
    return unpack(found.bytes)


def printed(lines):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(lines, "printed", "exec"), {})
    return out.getvalue()


@pytest.mark.parametrize("text", ["a", "", "你好，世界", "I 😀 you", "x" * 500, "<script>alert(1)</script>", "one", "a a a a"])
@pytest.mark.parametrize("ask", ["score", "complete", "generate"])
def test_any_text_is_taken(ask, text):
    app = opened("language", text=text, ask=ask, orders=200, chars=20)
    assert not app.exception


def test_the_python_runs_as_printed_and_says_the_same():
    model, text, other = rnnviz.zoo.load("words-lstm"), "We love working on deep learning", "working love learning we on deep"
    said = printed(language_export.score_lines(Recipe("words-lstm", text), other, 50))
    assert f"{scoring.score(model, text).bits}" in said
    assert str(scoring.shuffled(model, text, count=50).rank) in said
    asked = Asked("shakespeare-lstm", "My lord,", "sample", 0.7, 5, 0.9, 3, 40)
    whole = generating.generate(rnnviz.zoo.load("shakespeare-lstm"), "My lord,", generating.Draw(0.7, 5, 0.9), seed=3, length=40)
    assert whole.said in printed(language_export.generate_lines(asked))
    greedy = printed(language_export.generate_lines(Asked("shakespeare-lstm", "My lord,", "greedy", length=10)))
    assert greedy
    beams = printed(language_export.generate_lines(Asked("words-lstm", "I think", "beam", width=3)))
    assert f"{generating.beam_search(model, 'I think', 3, length=120).best.log_probability}" in beams
    completed = printed(language_export.complete_lines(Recipe("words-lstm", text), beginning(text)))
    assert completing.complete(model, beginning(text))[0].added in completed


def test_scores_as_a_table_are_the_scores():
    score = scoring.score(rnnviz.zoo.load("shakespeare-lstm"), "Good 😀 morrow")
    rows = list(csv.DictReader(io.StringIO(language_export.scores_as_csv({"Good 😀 morrow": score}).decode())))
    assert [row["token"] for row in rows] == list(score.tokens)
    assert rows[5]["bits"] == ""
    assert float(rows[0]["bits"]) == score.surprise[0]


def test_a_jumble_stands_beside_the_text_until_another_is_typed():
    header, _ = drawn(opened("language", text="We love working on deep learning", model="words-lstm"), "score")
    assert [row["sentence"] for row in header["rows"]] == [1, 2, 1, 1]
    assert sorted("".join(header["rows"][1]["tokens"])) == sorted("".join(header["rows"][0]["tokens"]))
    header, _ = drawn(opened("language", text="hello", against="hallo"), "score")
    assert "".join(header["rows"][1]["tokens"]) == "hallo"


def test_the_beginning_is_cut_inside_a_word():
    assert beginning("please let me know") == "please le"
    assert beginning("a") == "a"
    assert beginning("hello") == "he"
