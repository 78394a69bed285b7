"""Recorded runs: what they claim, and that the command line repeats them to the digit."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from rnnviz import records
from rnnviz.cli import app
from rnnviz.training.settings import Settings

ROWS = {path.stem: json.loads(path.read_text()) for path in sorted(records.HERE.glob("*.json"))}


@pytest.mark.parametrize("name", ROWS)
def test_a_record_is_whole(name):
    row = ROWS[name]
    settings = Settings.model_validate(row["settings"])
    assert row["steps"] <= settings.steps
    assert row["curve"][-1]["step"] == row["steps"]
    assert row["cpu_seconds"] < 60
    assert row["torch"] == "2.13.0+cpu"


def test_what_was_to_be_reached_is_reached():
    last = lambda name: ROWS[name]["curve"][-1]  # noqa: E731
    assert last("cosine-rnn")["metric"] <= 0.005
    assert last("cosine-rnn")["free-running RMSE"] <= 0.02
    assert ROWS["cosine-rnn"]["cpu_seconds"] <= 5
    assert ROWS["news-lstm"]["test"]["metric"] >= 0.865
    assert ROWS["news-lstm"]["test"]["sequences"] == 7600
    assert ROWS["polarity-lstm"]["test"]["metric"] >= 0.785
    for task, failing, solved in (("temporal-order", 0.35, 1.0), ("copy", 0.25, 0.99), ("sorting", 0.9, 1.0)):
        assert last(f"{task}-rnn")["metric"] <= failing
        assert last(f"{task}-lstm")["metric"] >= solved
        assert last(f"{task}-gru")["metric"] >= solved
        assert all(ROWS[f"{task}-{cell}"]["cpu_seconds"] <= 30 for cell in ("rnn", "gru", "lstm"))
    for task, without in (("dates", 0.8), ("reverse", 0.6)):  # what attention is worth
        assert last(f"{task}-additive")["metric"] >= 0.99
        assert last(f"{task}-none")["metric"] <= without
        assert ROWS[f"{task}-additive"]["settings"]["options"]["attention"] == "additive"
    assert ROWS["dates-additive"]["test"]["metric"] >= 0.99
    assert last("adding-100-rnn")["loss"] > 0.15
    assert max(last("adding-100-gru")["loss"], last("adding-100-lstm")["loss"]) < 0.001


@pytest.mark.parametrize("name", ["temporal-order-gru", "agreement-gru", "sorting-lstm"])
def test_the_command_line_repeats_a_record_to_the_digit(name):
    result = CliRunner().invoke(app, ["repeat", str(records.HERE / f"{name}.json")])
    assert result.exit_code == 0, result.output
    assert f"{len(ROWS[name]['curve'])} scores are the same" in result.output


def test_a_number_that_differs_is_said(tmp_path):
    row = ROWS["sorting-lstm"]
    row["curve"][0]["loss"] *= 1.001
    (tmp_path / "r.json").write_text(json.dumps(row))
    result = CliRunner().invoke(app, ["repeat", str(tmp_path / "r.json"), "--steps", "30"])
    assert result.exit_code == 1
    assert "recorded" in result.output


def test_the_commands_of_a_run(tmp_path, monkeypatch):
    monkeypatch.setenv("RNNVIZ_HOME", str(tmp_path))
    run = lambda *arguments: CliRunner().invoke(app, list(arguments))  # noqa: E731
    record = tmp_path / "r.json"
    done = run("train", "hello", "--steps", "30", "--hidden=5", "--record", str(record), "--tensorboard", str(tmp_path / "board"))
    assert done.exit_code == 0, done.output
    assert json.loads(record.read_text())["steps"] == 30
    assert list((tmp_path / "board").glob("events.*"))
    listed = run("runs").output
    name = listed.split()[0]
    assert "30/30" in listed
    out = tmp_path / "hello-rnn"
    assert run("export", name, str(out), "--title", "hello").exit_code == 0
    from rnnviz import zoo

    model = zoo.load("hello-rnn", folder=out)
    assert model.card.title == "hello"
    assert "--hidden 5" in model.card.command
    assert run("stop", name).exit_code == 0
    assert run("stop", "nope").exit_code == 2
    assert "adding" in run("tasks").output
    assert "--length" in run("tasks", "adding").output
    for bad, says in (
        (["train", "nope"], "is not one of"),
        (["train", "hello", "--colour", "red"], "is no setting"),
        (["train", "hello", "x"], "expected --name"),
    ):
        result = run(*bad)
        assert result.exit_code == 2
        assert says in result.output
