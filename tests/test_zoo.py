"""The models that ship: small, equal in size, as good as their cards say, and nothing in a broken file gets through."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

import rnnviz
from rnnviz import zoo
from rnnviz.zoo.cards import HERE

NAMES = ["shakespeare-gru", "shakespeare-lstm", "shakespeare-rnn"]
TINY = ["tiny-gru", "tiny-lstm", "tiny-rnn"]
"""Four units, characters as one-hot vectors: small enough to print every number."""


TASKS = ["agreement-gru", "brackets-lstm", "counting-lstm", "polarity-gru", "polarity-lstm", "polarity-rnn", "temporal-order-lstm"]
"""Trained on rnnviz.tasks."""


TRANSLATORS = [
    "dates-additive", "dates-dot", "dates-general", "dates-none", "french-general", "french-none", "reverse-additive", "reverse-none",
]  # fmt: skip

SENTENCES = ["words-gru", "words-lstm", "words-rnn"]
"""Language models of English sentences; test_sentence_models.py looks at them."""


def test_they_are_there():
    assert sorted(zoo.names()) == sorted(NAMES + TINY + TASKS + TRANSLATORS + SENTENCES)
    assert zoo.names()[0] == "shakespeare-gru"


@pytest.mark.parametrize("name", TASKS)
def test_a_model_of_a_task_is_what_its_card_says(name):
    from rnnviz import tasks
    from rnnviz.training.trainer import score

    model = zoo.load(name)
    card = model.card
    assert card.parameters == model.parameter_count
    assert card.command.startswith(f"python -m rnnviz train {card.task}")
    assert (HERE / name / "model.safetensors").stat().st_size <= 400_000
    for text in card.examples:
        trace = rnnviz.record(model, text)
        assert trace.residual < 1e-4
        assert not trace.unknown
    if card.settings.data:  # no text of the data set ships
        assert card.scores["test"] > 0.77
        assert "CC BY 4.0" in card.data
        return
    task = tasks.make(card.task, card.settings.options)
    assert score(model, task, task.validation).metric == pytest.approx(card.scores["validation"], abs=2e-5)
    assert card.scores["validation"] == 1.0
    assert task.extra(model) == {key: value for key, value in card.scores.items() if key != "validation"}


def test_polarity_hears_a_not():
    def said(text):
        return rnnviz.record(zoo.load("polarity-lstm"), text)["probability"].isel(batch=0, time=-1).sel({"class": "positive"}).item()

    assert said("a moving , beautiful film") > 0.6
    assert said("a dull and lifeless film") < 0.4


def test_the_counter_really_counts():
    card = zoo.card("counting-lstm")
    assert card.hidden == 2
    assert card.scores["counts to"] >= 20, "it was trained up to ten"
    cell = rnnviz.record(zoo.load("counting-lstm"), "^aaaaaabbbbbb")["cell"].isel(layer=0, direction=0, batch=0)
    steps = cell.diff("time")
    best = max(
        range(2),
        key=lambda unit: abs(float(steps.isel(unit=unit, time=slice(1, 6)).mean() - steps.isel(unit=unit, time=slice(7, 12)).mean())),
    )
    up, down = steps.isel(unit=best, time=slice(1, 6)).values, steps.isel(unit=best, time=slice(7, 12)).values
    assert (up > 0.3).all() or (up < -0.3).all()
    assert (down < -0.3).all() or (down > 0.3).all()
    assert up.mean() * down.mean() < 0


@pytest.mark.parametrize("name", NAMES)
def test_a_model_is_what_its_card_says(name):
    model = zoo.load(name)
    assert model.card.cell == name.removeprefix("shakespeare-") == model.cell
    assert model.card.parameters == model.parameter_count
    assert model.card.layers == 2
    assert (HERE / name / "model.safetensors").stat().st_size <= 3_000_000
    assert model.card.command.startswith("python -m rnnviz language-model ")
    assert model.card.data.held_out == 111_540
    assert len(model.card.characters) == 65
    assert not model.training
    assert all(not p.requires_grad for p in model.parameters())


@pytest.mark.parametrize("name", NAMES)
def test_a_model_has_learned(name):
    """No text of the data set ships, so the score is checked on a sentence of our own; the card has the score on held-out text."""
    trace = rnnviz.record(zoo.load(name), "the king and the queen were in the garden, and they had the same name")
    p = trace["probability"].isel(batch=0)
    bits = [-torch.tensor(p.sel(time=t, token=token).item()).log2().item() for t, token in enumerate(trace.tokens[1:], start=1)]
    assert sum(bits) / len(bits) < 2.9
    assert zoo.card(name).validation_bits_per_character < 2.4


@pytest.mark.parametrize("name", TINY)
def test_a_tiny_model_fits_on_a_screen(name):
    model = zoo.load(name)
    assert (model.card.cell, model.card.layers, model.card.hidden, model.card.embedding) == (name.removeprefix("tiny-"), 1, 4, 0)
    assert model.card.parameters == model.parameter_count
    assert model.card.validation_bits_per_character < 3.6, "guessing by frequency alone takes 4.8 bits"
    ids = torch.tensor(model.vocabulary.encode("to").ids)
    assert model.embedding(ids).sum(dim=-1).tolist() == [1, 1]
    assert model.embedding(ids).argmax(dim=-1).tolist() == ids.tolist()


def test_all_three_have_the_same_budget():
    counts = [zoo.card(name).parameters for name in NAMES]
    assert max(counts) / min(counts) < 1.01


@pytest.fixture
def folder(tmp_path):
    """A copy of a model's folder to break."""
    home = tmp_path / "model"
    home.mkdir()
    for file in ("card.json", "model.safetensors"):
        (home / file).write_bytes((HERE / "shakespeare-gru" / file).read_bytes())
    return home


def test_the_copy_loads(folder):
    assert zoo.load("copy", folder=folder).cell == "gru"


@pytest.mark.parametrize("name", ["nope", "", "../zoo", "shakespeare-lstm/", ".", "a" * 300, None, 5])
def test_an_unknown_name_lists_those_there_are(name):
    with pytest.raises(ValueError, match=r"no model is called .*shakespeare-gru, shakespeare-lstm"):
        zoo.load(name)


def _broken(folder, change):
    weights = load_file(folder / "model.safetensors")
    change(weights)
    save_file(weights, folder / "model.safetensors")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda w: w.update({"readout.bias": w["readout.bias"] * torch.nan}), r"readout\.bias holds 66 values that are not finite"),
        (lambda w: w.update({"readout.bias": torch.zeros(3).half()}), r"readout\.bias has shape \(3,\), expected \(66,\)"),
        (lambda w: w.pop("readout.bias"), r"do not match the card; look at readout\.bias"),
        (lambda w: w.update({"extra": torch.zeros(1)}), "do not match the card; look at extra"),
    ],
)
def test_broken_weights_are_named(folder, change, says):
    _broken(folder, change)
    with pytest.raises(ValueError, match=says):
        zoo.load("copy", folder=folder)


def test_a_file_that_is_no_safetensors(folder):
    (folder / "model.safetensors").write_bytes(b"\x80\x04 not a model")
    with pytest.raises(ValueError, match=r"model\.safetensors of 'copy' cannot be read"):
        zoo.load("copy", folder=folder)


@pytest.mark.parametrize("card", ["{}", "not json", json.dumps({"cell": "lstm", "hidden": -1})])
def test_a_broken_card(folder, card):
    (folder / "card.json").write_text(card)
    with pytest.raises(ValueError, match=r"card\.json of 'model' cannot be read: "):
        zoo.load("copy", folder=folder)


def test_loading_leaves_the_random_state_alone():
    before = torch.get_rng_state()
    zoo.load("shakespeare-gru")
    assert torch.equal(before, torch.get_rng_state())
