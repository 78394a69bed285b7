"""Tasks whose answer is a sequence of its own: dates, words backwards, pairs of a person's own; and how an answer is measured."""

from __future__ import annotations

import gzip
from datetime import date

import numpy as np
import pytest
import torch

from rnnviz import tasks
from rnnviz.components.training import Film, pair_film
from rnnviz.models.translator import END
from rnnviz.tasks import dates
from rnnviz.tasks.base import NOT_ASKED
from rnnviz.tasks.paired import before
from rnnviz.training import Settings
from rnnviz.training.trainer import Trainer, score
from rnnviz.translating import translate
from rnnviz.ui.runs import looked

PLURALS = "\n".join(
    f"{word}\t{word}s\tfrom nowhere" for word in ("cat", "dog", "cow", "hen", "bee", "ant", "bat", "fox", "elk", "owl")
).encode()


def trained(name, steps=60, options=None, files=None, **settings):
    task = tasks.make(name, options or {}, files)
    trainer = Trainer(
        task, Settings(task=name, options=options or {}, **{**task.suggests, "schedule": "constant", **settings, "steps": steps})
    )
    while not trainer.done:
        trainer.advance()
    return task, trainer


def said_of(task, targets):
    return ["".join(task.answers[i] for i in row if i not in (NOT_ASKED, len(task.answers) - 1)) for row in targets.tolist()]


@pytest.mark.parametrize("form", dates.FORMATS)
def test_every_format_says_its_day(form):
    for when in (date(1950, 1, 1), date(1999, 5, 3), date(2000, 2, 29), date(2012, 11, 11), date(2049, 12, 31), date(2007, 8, 22)):
        text = dates.write(when, form)
        for written in (text, text.lower(), text.upper(), f" {text} "):
            assert dates.answer_to(written) == when.isoformat(), written
        assert not tasks.make("dates").vocabulary.encode(text).unknown


def test_ordinals_as_one_says_them():
    said = [dates.write(date(2001, 1, day), "{d}{nth}") for day in (1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 30, 31)]
    assert said == ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "23rd", "30th", "31st"]


def test_a_date_that_does_not_exist_and_what_is_none():
    assert dates.answer_to("31 February 2001") == "2001-02-31"
    assert not dates.is_a_day("2001-02-31")
    assert not dates.is_a_day("1900-13-01")
    assert dates.is_a_day("2000-02-29")
    for text in ("", "tomorrow", "3 Mai 1999", "12/1999", "1999"):
        assert dates.answer_to(text) is None
    assert tasks.make("dates").right_for("3.5.1999") == (*"1999-05-03", END)
    assert tasks.make("dates").right_for("tomorrow") == ()
    assert tasks.make("dates").right_for("31 February 2001") == ()


def test_days_that_are_measured_on_are_never_trained_on():
    task = tasks.make("dates")
    held = set(said_of(task, task.validation.targets))
    test = set(said_of(task, task.test().targets))
    drawn = set(said_of(task, task.draw(20_000, torch.Generator().manual_seed(0)).targets))
    assert len(drawn) > 10_000
    assert not held & test
    assert not drawn & (held | test)
    assert "".join(task.example().targets[:-1]) in held


def test_words_backwards():
    task = tasks.make("reverse", {"longest": 5})
    batch = task.draw(400, torch.Generator().manual_seed(0))
    words = [
        "".join(task.vocabulary.tokens[i] for i in row[:n]) for row, n in zip(batch.inputs.tolist(), batch.lengths.tolist(), strict=True)
    ]
    assert said_of(task, batch.targets) == [word[::-1] for word in words]
    assert {len(word) for word in words} == {1, 2, 3, 4, 5}
    assert task.right_for("hello") == (*"olleh", END)


@pytest.mark.parametrize("packed", [bytes, gzip.compress])
def test_a_file_of_pairs(packed):
    task = tasks.make("pairs", {"reads": "characters"}, {"plurals.txt": packed(PLURALS)})
    assert len(task.training()) == 8, "two of ten are held out"
    assert len(task.validation) == 2
    assert said_of(task, task.training().targets)[0].endswith("s")
    assert task.example().targets[-2:] == ("s", END)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"cat\tcats\ndog dogs\n", "line 2 of 'x.txt' has no tab"),
        (b"", "no pair"),
        (b"cat\tcats\n", "too few"),
        (b"\x1f\x8bnonsense", "cannot be unpacked"),
        (b"\0\1\2" * 50, "not a text file"),
    ],
)
def test_what_is_no_file_of_pairs_is_said(content, says):
    with pytest.raises(ValueError, match=says):
        tasks.make("pairs", {}, {"x.txt": content})


def test_inputs_that_are_held_out_are_never_trained_on():
    for task in (tasks.make("pairs"), tasks.make("pairs", {}, {"all.txt": PLURALS, "validation/some.txt": b"cat\tcats\nyak\tyaks\n"})):
        rows = lambda batch: {tuple(row[:n]) for row, n in zip(batch.inputs.tolist(), batch.lengths.tolist(), strict=True)}  # noqa: E731
        assert not rows(task.training()) & rows(task.validation)
        example = task.vocabulary.encode(task.example().text).ids
        assert example in rows(task.validation)
    assert len(task.validation) == 2


def test_pairs_with_rare_words_can_be_left_out():
    lines = "\n".join([*(f"a{i % 3} b{i % 4}\tc{i % 3} d{i % 4}" for i in range(40)), *(f"rare{i} b0\tc0 d0" for i in range(30))]).encode()
    every = tasks.make("pairs", {"most_words": 10}, {"x.txt": lines})
    whole = tasks.make("pairs", {"most_words": 10, "whole_only": True}, {"x.txt": lines})
    assert bool((every.training().inputs == 0).any())
    assert not bool((whole.training().inputs == 0).any())
    assert len(whole.training()) < len(every.training())


def test_an_answer_with_an_unknown_word_is_never_guessed():
    lines = "\n".join([*(f"a{i}\tword{i} ." for i in range(60)), *(f"b{i}\tyes yes ." for i in range(20))]).encode()
    task = tasks.make("pairs", {"held_out": 40, "most_words": 10}, {"x.txt": lines})
    right = [tuple(i for i in row if i != NOT_ASKED) for row in task.validation.targets.tolist()]
    sayable = [row for row in right if 0 not in row]
    assert 0 < len(sayable) < len(right) / 2
    assert task.chance["metric"] == max(map(sayable.count, sayable)) / len(right)


def test_each_answer_that_the_file_has_is_right():
    training = b"red\trouge\nblue\tbleu\nred red\trouge rouge\nblue blue\tbleu bleu\n"
    task = tasks.make("pairs", {}, {"t.txt": training, "validation/v.txt": b"red blue\trouge bleu\nred blue\tbleu rouge\n"})
    assert len(task.validation) == 1, "one source with two right answers"
    says = lambda text: torch.tensor([[*task.target.encode(text).ids, len(task.target)]])  # noqa: E731
    assert [bool(task.right(task.validation, says(text))) for text in ("rouge bleu", "bleu rouge", "rouge rouge")] == [True, True, False]


def test_the_score_is_what_one_input_after_another_gives():
    """An independent greedy loop, one step and one input at a time, counts the same answers."""
    task, trainer = trained("reverse", steps=120, options={"longest": 6, "attention": "general"})
    model = trainer.shown.eval()
    right, batch = 0, task.validation
    for row in range(len(batch)):
        source = batch.inputs[row : row + 1, : int(batch.lengths[row])]
        target = [i for i in batch.targets[row].tolist() if i != NOT_ASKED]
        with torch.no_grad():
            read = model.read(source)
            state, token, said = read.bridge, model.end, []
            while len(said) < 20 and (not said or said[-1] != model.end):
                states, state = model.listen(torch.tensor([[token]]), state)
                token = int(model.say(read, states).logits[0, 0, 1:].argmax()) + 1
                said.append(token)
        right += said == target
    scores = score(model, task, batch)
    assert 0 < right < len(batch)
    assert scores.metric == right / len(batch)


def test_scheduled_sampling_feeds_answers_back():
    task, trainer = trained("reverse", steps=10)
    batch, chance = task.draw(32, torch.Generator().manual_seed(1)), lambda: torch.Generator().manual_seed(2)
    same = task.fed(trainer.model, batch, 0.0, chance())
    assert torch.equal(same.previous, batch.previous)
    own = task.fed(trainer.model, batch, 1.0, chance())
    expected = trainer.model(batch.inputs, batch.lengths, batch.previous).argmax(dim=-1)
    assert torch.equal(own.previous, before(expected, len(task.target)))
    half = task.fed(trainer.model, batch, 0.5, chance()).previous
    assert bool(((half == own.previous) | (half == batch.previous)).all())
    assert not torch.equal(half, own.previous)
    assert not torch.equal(half, batch.previous)
    assert torch.equal(own.targets, batch.targets)
    _, sampled = trained("reverse", steps=3, teacher_forcing=0.5)
    assert sampled.step == 3


@pytest.mark.parametrize(
    "setting",
    [{"layers": 2}, {"bidirectional": True}, {"layer_norm": True}, {"residual": True}, {"recurrence": False}, {"truncate": 5},
     {"random_state": True}, {"naive_bayes": True}, {"phrases": True}, {"balance": True}, {"init": "normal"}],
)  # fmt: skip
def test_settings_that_are_not_for_translators_are_said(setting):
    with pytest.raises(ValueError, match=f"^{next(iter(setting))}: "):
        Trainer(tasks.make("reverse"), Settings(task="reverse", **setting))


@pytest.mark.parametrize("attention", ["none", "dot", "general", "additive"])
def test_a_look_is_what_the_translation_says(attention):
    task, trainer = trained("reverse", steps=5, options={"attention": attention})
    model, example = trainer.shown, task.example()
    found = looked(model, 5, example.text, example.targets, 1)
    whole = translate(model, example.text)
    assert found.said == whole.tokens[: len(example.targets) + 3]
    assert found.length == len(whole.tokens)
    np.testing.assert_allclose(found.probability, whole.probabilities[: len(found.said)], rtol=1e-6)
    with torch.no_grad():
        bridge = model.read(*model.inputs([task.vocabulary.encode(example.text)])).bridge
    np.testing.assert_array_equal(found.bridge, bridge[0][0, 0].numpy())
    if attention == "none":
        assert found.attention is None
        return
    np.testing.assert_array_equal(found.attention, whole.attention[: len(found.said)])
    np.testing.assert_allclose(found.attention.sum(axis=1), 1, atol=1e-6)


def test_a_film_has_room_for_its_longest_answer_and_says_which_tokens_are_there():
    task = tasks.make("reverse", {"longest": 4})
    trainer, looks = Trainer(task, Settings(task="reverse", **{**task.suggests, "schedule": "constant"})), []
    for step in (0, 100, 200):
        while trainer.step < step:
            trainer.advance()
        looks.append(looked(trainer.shown.eval(), step, "abc", task.right_for("abc"), 1))
    head, arrays = pair_film(Film("t", ("c", "b", "a", END), "sequence", looks, "example"))
    assert head["rows"] == max(len(look.said) for look in looks)
    assert looks[-1].said == ("c", "b", "a", END)
    for frame, look in enumerate(looks):
        count, length = arrays["count"][frame]
        assert (count, length) == (len(look.said), look.length)
        assert [head["names"][i] for i in arrays["said"][frame][:count]] == [*look.said]
        weights = arrays["attention"][frame] / 65535
        np.testing.assert_allclose(weights[:count], look.attention, atol=1e-5)
        np.testing.assert_allclose(weights[:count].sum(axis=1), 1, atol=1e-3)
        assert not weights[count:].any()
