"""What a person reads when something cannot be had, in every language."""

from __future__ import annotations

import re

import pytest
from test_pages import opened

from rnnviz.experiment import Experiment, network
from rnnviz.pair_recipe import PairRecipe, run_pair
from rnnviz.recipe import Recipe, RecipeError, run
from rnnviz.refusal import Refusal
from rnnviz.text import NumberReader
from rnnviz.ui import content, refusals, signals


def broken(bad):
    """A loader that fails as reading a broken file does."""

    def load(name):
        raise bad

    return load


REFUSED = {
    "empty": lambda: run(Recipe(text="")),
    "too_long": lambda: run(Recipe(text="a" * 501)),
    "no_word": lambda: run(Recipe("polarity-lstm", "   ")),
    "no_number": lambda: run(Recipe(text="a"), lambda name: NumberReader().encode(" , ")),
    "no_model": lambda: run(Recipe("nope", "a")),
    "not_finite": lambda: run(Recipe(text="a"), broken(Refusal("readout.bias …", "not_finite", weight="readout.bias", bad=3))),
    "nothing": lambda: run_pair(PairRecipe("dates-none", " ")),
    "too_many_tokens": lambda: run_pair(PairRecipe("dates-none", "1" * 41)),
    "characters_only": lambda: network(Experiment("polarity-lstm", "good", cell="lstm")),
    "failed": lambda: run(Recipe(text="a"), broken(ValueError("disk on fire"))),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_a_person_can_cause_is_said_in_their_language(reason):
    with pytest.raises(RecipeError) as caught:
        REFUSED[reason]()
    assert caught.value.reason == reason
    english, chinese = refusals.sentence(caught.value, "en"), refusals.sentence(caught.value, "zh")
    assert re.search("[\u4e00-\u9fff]", chinese)
    assert chinese.endswith("。")
    words = re.findall(r"[A-Za-z]{2,}", chinese)
    assert set(words) <= {"disk", "on", "fire", "nope", "readout", "bias", "NaN"}
    assert english[0].isupper()
    assert not re.search("[\u4e00-\u9fff{}]", english)


def test_an_error_without_a_reason_keeps_its_words():
    assert "anything at all" in refusals.sentence(ValueError("anything at all."), "zh")


def test_a_signal_that_nobody_has_named_keeps_its_name():
    trace = run(Recipe(text="ab"))
    assert signals.names(trace, "zh")["forget_gate"] == "遗忘门"
    assert signals.name("gate", "new_gate", "zh", "new gate") == "new gate"
    spoken = signals.spoken(trace, "zh")
    assert spoken["hidden"].attrs["long_name"] == "隐藏状态"
    assert trace["hidden"].attrs["long_name"] == "hidden state"  # the trace itself, and what is saved of it, speak English
    assert (spoken["hidden"].values == trace["hidden"].values).all()


def test_notices_are_in_the_language_of_the_page():
    app = opened("gates", lang="zh", t=999, model="nope", layer=99, signal="nope", rows="7", scale="?")
    said = app.said
    assert "链接要求" in said
    assert "没有名为“nope”的模型" in said
    assert not re.search(r"\b(The|asked|link|model is|so it)\b", said)


def test_every_language_names_itself():
    assert [content.words("frame", language)["name"] for language in content.languages()] == ["English", "中文"]


def test_a_hand_that_rests_is_named_in_the_language():
    app = opened("cell", lang="zh", model="shakespeare-gru", text="ab", edits="forget_gate=1@1:1:1-;hidden=9@1:1:1-")
    said = " ".join(info.value for info in app.info)
    assert "GRU没有遗忘门" in said
    assert "隐藏状态的取值在-1到1之间" in said
