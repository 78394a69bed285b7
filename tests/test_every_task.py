"""Every registered task: its data have the shapes they say, chance is what it says, and a short run beats it."""

from __future__ import annotations

import math

import pytest
import torch

import rnnviz
from rnnviz import tasks
from rnnviz.models.translator import END
from rnnviz.tasks.base import NOT_ASKED
from rnnviz.training import Settings
from rnnviz.training.trainer import Trainer
from rnnviz.translating import translate
from rnnviz.ui import content

NAMES = tuple(tasks.kinds())

EASIER = {"adding": {"length": 12}, "copy": {"blank": 3}, "temporal-order": {"length": 20}}
"""Options under which a short run is enough."""

SHORT = {
    "copy": 200,
    "dates": 50,
    "pairs": 50,
    "reverse": 50,
    "temporal-order": 200,
    "adding": 200,
    "reversal": 250,
    "characters": 60,
    "counting": 400,
    "reber": 500,
    "polarity": 250,
    "news": 60,
}
"""Updates of a short run where 120 are too few to beat guessing, or where fewer do."""


def made(name, **options):
    return tasks.make(name, options)


@pytest.mark.parametrize("name", NAMES)
def test_sequences_have_the_shapes_they_say(name):
    task = made(name)
    for batch in (task.validation, task.draw(5, torch.Generator().manual_seed(1))):
        count, time = batch.inputs.shape[:2]
        if task.answers:
            assert batch.inputs.dtype == torch.long
            assert int(batch.inputs.min()) >= 0
            assert int(batch.inputs.max()) < len(task.vocabulary)
            asked = batch.targets[batch.targets != NOT_ASKED]
            assert len(asked)
            assert int(asked.min()) >= 0
            assert int(asked.max()) < len(task.answers)
        else:
            assert batch.inputs.shape == (count, time, len(task.vocabulary))
            assert bool(batch.inputs.isfinite().all())
        if task.asks == "sequence":  # targets have steps of their own, and every answer ends
            assert batch.previous.shape == batch.targets.shape
            said = batch.targets != NOT_ASKED
            ends = batch.targets == len(task.answers) - 1
            assert bool((ends.sum(dim=1) == 1).all())
            assert torch.equal(ends.int().argmax(dim=1) + 1, said.sum(dim=1))
            assert bool((batch.previous[:, 0] == len(task.answers) - 1).all())
            assert torch.equal(batch.previous[:, 1:][said[:, 1:]], batch.targets[:, :-1][said[:, 1:]])
        else:
            assert batch.targets.shape == ((count,) if task.asks == "last" else (count, time))
        if batch.lengths is not None:
            assert int(batch.lengths.max()) == time
            assert int(batch.lengths.min()) >= 1
            if task.asks not in ("last", "sequence"):
                padded = torch.arange(time) >= batch.lengths[:, None]
                assert bool((batch.targets[padded] == NOT_ASKED).all())
        if batch.scored is not None:
            assert bool((batch.targets[batch.scored] != NOT_ASKED).all())


@pytest.mark.parametrize("name", NAMES)
def test_equal_seeds_give_equal_sequences(name):
    draw = lambda seed: made(name).draw(4, torch.Generator().manual_seed(seed))  # noqa: E731
    first, again = draw(3), draw(3)
    assert torch.equal(first.inputs, again.inputs)
    assert torch.equal(made(name).validation.inputs, made(name).validation.inputs)
    if name != "hello":
        other = draw(4)
        assert first.inputs.shape != other.inputs.shape or not torch.equal(first.inputs, other.inputs)


@pytest.mark.parametrize("name", NAMES)
def test_guessing_is_what_one_gets_without_reading(name):
    task = made(name)
    targets = task.validation.targets
    if not task.answers:
        asked = targets[~targets.isnan()]
        assert task.chance["metric"] == pytest.approx(float((asked - asked.mean()).square().mean().sqrt()), rel=1e-5)
        return
    asked = targets[targets != NOT_ASKED]
    shares = torch.bincount(asked).double() / len(asked)
    entropy = -sum(float(p) * math.log(p) for p in shares if p > 0)
    assert task.chance["loss"] == pytest.approx(entropy, rel=1e-6)
    if task.metric == "exact":
        answers = [tuple(row) for row in targets.tolist()]
        assert task.chance["metric"] == pytest.approx(max(map(answers.count, answers)) / len(answers))
    if task.metric == "accuracy" and task.validation.scored is None:
        assert task.chance["metric"] == pytest.approx(float(shares.max()))


def test_known_levels_of_guessing():
    assert made("adding").chance["loss"] == pytest.approx(1 / 6, rel=0.15)
    assert made("cosine").chance["metric"] == pytest.approx(0.709, abs=0.002)
    assert made("parity").chance["metric"] == pytest.approx(0.5, abs=0.03)
    assert made("temporal-order").chance["metric"] == pytest.approx(0.25, abs=0.05)
    assert made("copy").chance["metric"] == pytest.approx(0.125, abs=0.03)
    assert pytest.approx(math.log(2) / 2) == made("hello").FLOOR


@pytest.mark.parametrize("name", NAMES)
def test_its_example_reads_back_and_its_networks_can_be_recorded(name):
    task = made(name)
    example = task.example()
    embedding = 6 if task.takes_files and task.asks == "last" else 0
    model = task.model("gru", 5, embedding=embedding)
    if task.asks == "sequence":
        found = translate(model, example.text)
        assert task.vocabulary.text(found.source) == example.text
        assert not found.trace.unknown
        assert found.trace.residual < 1e-5
        assert example.targets[-1] == END
        assert set(example.targets) <= set(task.answers)
        return
    trace = rnnviz.record(model, example.text)
    assert len(trace.tokens) == len(example.targets)
    assert not trace.unknown
    assert trace.residual < 1e-5
    assert any(target is not None for target in example.targets)
    assert all(target in task.answers for target in example.targets if isinstance(target, str))
    assert ("probability" in trace) == bool(task.answers)


@pytest.mark.parametrize("name", NAMES)
def test_a_short_run_beats_guessing(name):
    task = made(name, **EASIER.get(name, {}))
    settings = Settings(
        task=name,
        options=EASIER.get(name, {}),
        **{**task.suggests, "steps": SHORT.get(name, 120), "schedule": "constant", "validate_every": 10_000},
    )
    trainer = Trainer(task, settings)
    while not trainer.done:
        trainer.advance()
    scores, chance = trainer.validate(), task.chance
    assert math.isfinite(scores.loss)
    assert scores.loss < 0.97 * chance["loss"]


def test_every_task_has_its_words():
    words = content.words("tasks", "en")
    assert set(words) == set(NAMES)
    assert all({"title", "goal", "look"} <= set(entry) <= {"title", "goal", "look", "baseline", "measure"} for entry in words.values())
    labels = content.words("training", "en")["fields"]
    for name in NAMES:
        assert set(made(name).model_dump(exclude={"files"})) <= set(labels), name
        assert (tasks.named(name).__doc__ or "").strip()


def test_what_the_sequences_mean():
    chance = torch.Generator().manual_seed(0)
    adding = made("adding", length=10).draw(50, chance)
    marks = adding.inputs[..., 1]
    assert bool((marks.sum(dim=1) == 2).all())
    assert bool((marks[:, :5].sum(dim=1) == 1).all())
    torch.testing.assert_close((adding.inputs[..., 0] * marks).sum(dim=1), adding.targets)
    echo = made("echo", delay=3, length=9)
    batch = echo.draw(4, chance)
    assert bool((batch.targets[:, :3] == NOT_ASKED).all())
    assert torch.equal(batch.targets[:, 3:] + 1, batch.inputs[:, :-3])
    sentence = made("agreement").draw(200, chance)
    subject = [made("agreement").vocabulary.tokens[i] for i in sentence.inputs[:, 1].tolist()]
    plural = {"men", "women", "children", "teachers", "sailors", "queens"}
    assert [word in plural for word in subject] == [bool(t) for t in sentence.targets.tolist()]
    sorting = made("sorting").draw(6, chance)
    assert bool((sorting.targets[:, 6:].diff(dim=1) >= 0).all())


def test_brackets_close_what_was_opened_last():
    task = made("brackets", depth=3, length=24)
    batch = task.draw(40, torch.Generator().manual_seed(2))
    pairs = {"(": ")", "[": "]"}
    for row, targets in zip(batch.inputs.tolist(), batch.targets.tolist(), strict=True):
        open_ = []
        for number, target in zip(row, targets, strict=True):
            sign = task.vocabulary.tokens[number]
            if sign in pairs:
                open_.append(pairs[sign])
            else:
                assert sign == open_.pop()
            assert len(open_) <= 3
            assert (None if target == NOT_ASKED else task.answers[target]) == (open_[-1] if open_ else None)


def test_reber_strings_follow_the_grammar():
    from rnnviz.tasks.reber import GRAMMAR

    task = made("reber")
    batch = task.draw(40, torch.Generator().manual_seed(2))
    for row, length, targets, scored in zip(
        batch.inputs.tolist(), batch.lengths.tolist(), batch.targets.tolist(), batch.scored, strict=True
    ):
        word = "".join(task.vocabulary.tokens[i] for i in row[:length]) + task.vocabulary.tokens[targets[length - 1]]
        assert word[0] == "B"
        assert word[1] == word[-2]
        assert word[-1] == "E"
        node = 1
        for letter in word[3:-3]:
            node = dict(GRAMMAR[node])[letter]
        assert node == 6
        assert int(scored.sum()) == 1
        assert task.vocabulary.tokens[targets[int(scored.nonzero())]] == word[1]


def test_how_far_a_network_counts_is_where_it_fails_first():
    task = made("counting")

    class Oracle(torch.nn.Module):
        def forward(self, ids):
            tokens = task.vocabulary.tokens
            out = torch.zeros(*ids.shape, len(tokens))
            for row, line in enumerate(ids.tolist()):
                word = [tokens[i] for i in line]
                for t in range(len(word)):
                    a, b = word[: t + 1].count("a"), word[: t + 1].count("b")
                    out[row, t, tokens.index("$" if b and b >= min(a, 13) else "b")] = 1
            return out, None

    assert task.extra(Oracle()) == {"counts to": 13.0}


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("nope", {}, "is not one of"),
        ("adding", {"length": 3}, "length: "),
        ("adding", {"lenght": 30}, "lenght: "),
        ("sine", {"noise": 2.0}, "noise: "),
    ],
)
def test_what_cannot_be_is_said(name, options, says):
    with pytest.raises(ValueError, match=says):
        tasks.make(name, options)
