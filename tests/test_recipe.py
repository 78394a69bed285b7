"""A recipe is the whole question, and every answer follows from it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import rnnviz
from rnnviz.recipe import LONGEST_TEXT, Recipe, RecipeError, as_python, run


def test_equal_recipes_give_equal_traces():
    np.testing.assert_array_equal(run(Recipe(text="abc"))["hidden"].values, run(Recipe(text="abc"))["hidden"].values)


@pytest.mark.parametrize("other", [Recipe(text="abd"), Recipe(model="shakespeare-rnn", text="abc")])
def test_any_field_changes_the_trace(other):
    first, second = run(Recipe(text="abc"))["hidden"].values, run(other)["hidden"].values
    assert first.shape != second.shape or not np.array_equal(first, second)


@pytest.mark.parametrize(
    ("recipe", "says"),
    [
        (Recipe(text=""), "The text is empty"),
        (Recipe(text="a" * (LONGEST_TEXT + 1)), "The text has 501 characters"),
        (Recipe(model="nope", text="a"), "no model is called 'nope'"),
    ],
)
def test_what_cannot_be_run_is_said_in_one_sentence(recipe, says):
    with pytest.raises(RecipeError, match=says) as caught:
        run(recipe)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["a", "x" * LONGEST_TEXT, "😀", "שלום", "é" * 7, "\n\t ", "<script>"])
def test_any_text_survives(text):
    trace = run(Recipe(text=text))
    assert len(trace.tokens) == len(text)
    assert np.isfinite(trace["probability"].values).all()


def test_python_for_this_view_runs_as_printed(tmp_path):
    recipe = Recipe(text='It\'s a \\ "test"')
    code = as_python(recipe, signal="forget_gate", layer=2, direction="forward", time=3, unit=7).replace(".show()", "")
    result = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    shown = float(result.stdout.split()[0])
    expected = rnnviz.run(recipe)["forget_gate"].sel(layer=2, direction="forward", batch=1, time=3, unit=7).item()
    assert shown == expected


@pytest.mark.parametrize("inputs", [None, 5, b"abc", ["a", 5]])
def test_what_is_no_text_is_named(inputs):
    with pytest.raises(TypeError, match="inputs: a LanguageModel takes a text or a list of texts"):
        rnnviz.record(rnnviz.zoo.load("shakespeare-lstm"), inputs)


def test_a_list_of_texts_is_a_batch():
    model = rnnviz.zoo.load("shakespeare-lstm")
    both = rnnviz.record(model, ["to be", "or"])
    alone = rnnviz.record(model, "or")
    np.testing.assert_allclose(both["cell"].values[:, :, 1, :2], alone["cell"].values[:, :, 0], atol=1e-5)
    np.testing.assert_allclose(both["probability"].values[1, :2], alone["probability"].values[0], atol=1e-6)
    assert np.isnan(both["probability"].values[1, 2:]).all()
