"""The training loop of the zoo's language models: the same seed gives the same numbers, it learns, and it disturbs nobody."""

from __future__ import annotations

import math

import pytest
import torch
from networks import seeded
from typer.testing import CliRunner

import rnnviz
from rnnviz import zoo
from rnnviz.cells import CELLS
from rnnviz.models import LanguageModel
from rnnviz.text import CharacterVocabulary
from rnnviz.training.characters import initialise, train, validation_loss
from rnnviz.training.settings import CharacterSettings

TEXT = "hello world, hello moon. " * 60
VOCABULARY = CharacterVocabulary(TEXT)
IDS = torch.tensor(VOCABULARY.encode(TEXT).ids)
SETTINGS = CharacterSettings(steps=60, batch=4, length=20, learning_rate=0.01, validate_every=30, seed=7, weight_drop=0.1)


def trained(cell="lstm", settings=SETTINGS, **options):
    model = LanguageModel(VOCABULARY, cell, 16, layers=2, embedding=8, dropout=0.1, **options)
    initialise(model, settings)
    return model, list(train(model, IDS, IDS[:200], settings, report_every=10))


def test_the_same_seed_gives_the_same_numbers_whoever_else_draws():
    first, progress = trained()
    torch.rand(13)
    second, again = trained()
    assert [p.loss for p in progress] == [p.loss for p in again]
    assert all(torch.equal(a, b) for a, b in zip(first.state_dict().values(), second.state_dict().values(), strict=True))
    _, other = trained(settings=SETTINGS.model_copy(update={"seed": 8}))
    assert other[-1].loss != progress[-1].loss


def test_the_random_state_of_the_process_is_left_alone():
    model = LanguageModel(VOCABULARY, "gru", 8)
    before = torch.get_rng_state()
    initialise(model, SETTINGS)
    list(train(model, IDS, None, SETTINGS.model_copy(update={"steps": 2})))
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_learns(cell):
    # a sigmoid's slope is at most a quarter, so what is learned passes it at a quarter of the pace
    steps = 480 if cell == "rnn-sigmoid" else 120
    _, progress = trained(cell, SETTINGS.model_copy(update={"steps": steps}))
    assert progress[0].step == 10
    assert progress[-1].step == steps
    assert progress[-1].validation_loss < 0.6 * math.log(len(VOCABULARY))
    assert all(p.tokens_per_second > 0 and p.gradient_norm > 0 for p in progress)


def test_what_is_trained_is_what_the_model_computes():
    """The loop goes through the layers by itself; without dropout it must compute just what `model(ids)` does."""
    from rnnviz.training.characters import _forward

    model = seeded(lambda: LanguageModel(VOCABULARY, "lstm", 16, layers=2, embedding=8)).eval()
    ids = IDS[:60].view(3, 20)
    logits, last = _forward(model, ids, None, 0.0)
    expected, (hidden, cell) = model(ids)
    torch.testing.assert_close(logits, expected)
    torch.testing.assert_close(last[1].cell, cell[1])
    logits, _ = _forward(model, ids, last, 0.0)
    torch.testing.assert_close(logits, model(ids, (hidden, cell))[0])


def test_validation_loss_is_the_mean_surprise_of_consecutive_text():
    model = seeded(lambda: LanguageModel(VOCABULARY, "gru", 8)).eval()
    ids = IDS[:101]
    with torch.no_grad():
        logits, _ = model(ids[None, :-1])
    expected = torch.nn.functional.cross_entropy(logits[0], ids[1:]).item()
    assert validation_loss(model, ids, streams=1, chunk=7) == pytest.approx(expected, rel=1e-5)


def test_a_loss_that_is_no_number_stops_with_the_step():
    model = LanguageModel(VOCABULARY, "rnn-relu", 16)
    with torch.no_grad():
        model.recurrent.weight_hh_l0.fill_(1e20)
    with pytest.raises(FloatingPointError, match="step 1: loss"):
        list(train(model, IDS, None, SETTINGS))


def test_too_little_text_is_said():
    with pytest.raises(ValueError, match="20 characters are too few"):
        list(train(LanguageModel(VOCABULARY, "gru", 8), IDS[:20], None, SETTINGS))


def test_the_command_line_trains_and_writes_a_model(tmp_path):
    from rnnviz.cli import app

    data, out = tmp_path / "text.txt", tmp_path / "tiny"
    data.write_text(TEXT, encoding="utf-8")
    options = ["--cell", "gru", "--hidden", "8", "--layers", "1", "--steps", "20", "--batch", "4", "--length", "10", "--held-out", "200"]
    result = CliRunner().invoke(app, ["language-model", str(data), "--out", str(out), *options, "--data-terms", "ours"])
    assert result.exit_code == 0, result.output
    model = zoo.load("tiny", folder=out)
    assert model.card.cell == "gru"
    assert model.card.data.terms == "ours"
    held_out = torch.tensor(model.vocabulary.encode(TEXT[-200:]).ids)
    assert validation_loss(model, held_out, streams=1) == pytest.approx(model.card.validation_nats_per_character, abs=1e-5)
    assert rnnviz.record(model, "hello")["update_gate"].sizes["unit"] == 8


@pytest.mark.parametrize(("options", "says"), [(["--cell", "nope"], "is not one of"), (["--held-out", "5000"], "too few to hold out")])
def test_the_command_line_says_what_is_wrong(tmp_path, options, says):
    from rnnviz.cli import app

    data = tmp_path / "text.txt"
    data.write_text(TEXT, encoding="utf-8")
    result = CliRunner().invoke(app, ["language-model", str(data), "--out", str(tmp_path / "x"), *options])
    assert result.exit_code == 2
    assert says in " ".join(result.output.replace("│", " ").split())
