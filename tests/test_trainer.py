"""The trainer: every option does what its name says, the same settings give the same numbers, and a state can be taken up."""

from __future__ import annotations

import math

import pytest
import torch

from rnnviz import tasks
from rnnviz.tasks.base import NOT_ASKED
from rnnviz.training import Settings
from rnnviz.training.feed import Feed
from rnnviz.training.settings import checked, command_of
from rnnviz.training.trainer import Diverged, Trainer, loss_of, rate_at, score, train

PARITY = tasks.make("parity", {"length": 8})


def losses(task=PARITY, count=6, **changed):
    settings = Settings(**{"task": task.name, "hidden": 4, "batch": 8, "steps": count, "validate_every": 3, **changed})
    return [step.loss for step, _ in train(task, settings)]


def test_the_same_settings_give_the_same_numbers_whoever_else_draws():
    first = losses(dropout=0.3, layers=2)
    torch.rand(7)
    assert losses(dropout=0.3, layers=2) == first
    assert losses(dropout=0.3, layers=2, seed=1) != first


def test_the_random_state_of_the_process_is_left_alone():
    before = torch.get_rng_state()
    losses(dropout=0.5)
    assert torch.equal(before, torch.get_rng_state())


CASES = {
    "adam": {},
    "momentum": {"optimiser": "momentum", "learning_rate": 0.1},
    "rmsprop": {"optimiser": "rmsprop"},
    "adagrad": {"optimiser": "adagrad"},
    "dropout": {"dropout": 0.4, "layers": 2, "cell": "gru"},
    "averaged": {"average": 0.9},
    "normalised": {"layer_norm": True, "residual": True, "layers": 2, "bidirectional": True},
    "random state": {"random_state": True},
    "sigmoid": {"cell": "rnn-sigmoid"},
}


@pytest.mark.parametrize("case", CASES)
def test_a_state_is_taken_up_with_the_same_numbers(case):
    settings = Settings(task="parity", **{"hidden": 4, "batch": 8, "steps": 8, **CASES[case]})
    whole = Trainer(PARITY, settings)
    wanted = [whole.advance() for _ in range(8)]
    first = Trainer(PARITY, settings)
    for _ in range(3):
        first.advance()
    first.validate()
    second = Trainer(PARITY, settings)
    second.restore(*first.state())
    assert [second.advance() for _ in range(5)] == wanted[3:]
    assert second.best == first.best


def test_a_stream_is_taken_up_with_the_state_it_carried():
    task = tasks.make("characters", {"length": 10})
    settings = Settings(task="characters", hidden=8, embedding=4, batch=4, steps=8)
    whole = Trainer(task, settings)
    wanted = [whole.advance().loss for _ in range(8)]
    first = Trainer(task, settings)
    for _ in range(4):
        first.advance()
    second = Trainer(task, settings)
    second.restore(*first.state())
    assert [second.advance().loss for _ in range(4)] == wanted[4:]


def test_a_state_of_another_network_is_refused():
    one, other = (Trainer(PARITY, Settings(task="parity", hidden=n)) for n in (4, 5))
    with pytest.raises(ValueError, match="another network"):
        other.restore(*one.state())


def test_the_loss_is_torchs_own():
    trainer = Trainer(PARITY, Settings(task="parity", hidden=4, batch=8))
    batch, fresh = trainer.feed.at(1)
    assert fresh
    logits, _ = trainer.model(batch.inputs)
    expected = torch.nn.functional.cross_entropy(logits.flatten(0, 1), batch.targets.flatten()).item()
    assert trainer.advance().loss == pytest.approx(expected, rel=1e-6)
    adding = tasks.make("adding", {"length": 6})
    trainer = Trainer(adding, Settings(task="adding", hidden=4, batch=8))
    batch, _ = trainer.feed.at(1)
    outputs, _ = trainer.model.run(batch.inputs)
    expected = (trainer.model.readout(outputs[:, -1])[:, 0] - batch.targets).square().mean().item()
    assert trainer.advance().loss == pytest.approx(expected, rel=1e-6)


def test_one_step_of_sgd_by_hand():
    settings = Settings(task="parity", hidden=3, batch=4, optimiser="sgd", learning_rate=0.5, clip="none")
    trainer = Trainer(PARITY, settings)
    before = {name: value.clone() for name, value in trainer.model.named_parameters()}
    batch, _ = trainer.feed.at(1)
    loss = loss_of(trainer.model, trainer.model.run(batch.inputs)[0], batch)
    gradients = torch.autograd.grad(loss, list(trainer.model.parameters()))
    step = trainer.advance()
    for (name, value), gradient in zip(trainer.model.named_parameters(), gradients, strict=True):
        torch.testing.assert_close(value, before[name] - 0.5 * gradient)
    assert step.norm == pytest.approx(math.sqrt(sum(float(g.square().sum()) for g in gradients)), rel=1e-5)
    assert step.clipped == step.norm


def test_clipping_by_norm_and_by_value():
    free = Trainer(PARITY, Settings(task="parity", hidden=4, clip="none")).advance()
    by_norm = Trainer(PARITY, Settings(task="parity", hidden=4, clip="norm", clip_at=free.norm / 2)).advance()
    assert by_norm.norm == pytest.approx(free.norm)
    assert by_norm.clipped == pytest.approx(free.norm / 2)
    by_value = Trainer(PARITY, Settings(task="parity", hidden=4, clip="value", clip_at=1e-3)).advance()
    assert by_value.clipped < free.norm


def test_truncation_cuts_the_way_back():
    settings = Settings(task="parity", hidden=4, batch=8, clip="none", truncate=2)
    trainer = Trainer(PARITY, settings)
    batch, _ = trainer.feed.at(1)
    model, state, total = trainer.model, None, []
    for start in range(0, 8, 2):
        outputs, state = model.run(batch.inputs[:, start : start + 2], state)
        total.append(outputs)
        state = tuple(part.detach() for part in state)
    loss = loss_of(model, torch.cat(total, dim=1), batch)
    wanted = torch.cat([g.flatten() for g in torch.autograd.grad(loss, list(model.parameters()))]).norm()
    assert trainer.advance().norm == pytest.approx(wanted.item(), rel=1e-5)
    assert Trainer(PARITY, settings.model_copy(update={"truncate": 0})).advance().norm != pytest.approx(wanted.item(), rel=1e-3)


def test_rates_over_time():
    rates = lambda **more: [rate_at(step, Settings(task="x", learning_rate=1.0, steps=9, **more)) for step in range(1, 10)]  # noqa: E731
    assert rates() == [1.0] * 9
    assert rates(schedule="linear") == pytest.approx([1 - i / 9 for i in range(9)])
    assert rates(schedule="step") == [1.0] * 6 + [0.1] * 3
    assert rates(schedule="cosine")[0] == 1.0
    assert rates(schedule="cosine")[8] < 0.05
    assert rates(warm_up=4)[:5] == pytest.approx([0.25, 0.5, 0.75, 1, 1])


def test_a_network_without_recurrence_stays_one_and_stops_at_its_floor():
    task = tasks.make("hello")
    trainer = Trainer(task, Settings(task="hello", cell="rnn", hidden=8, learning_rate=0.05, batch=1, steps=250, recurrence=False))
    while not trainer.done:
        trainer.advance()
    assert not trainer.model.recurrent.weight_hh_l0.any()
    assert trainer.validate().loss == pytest.approx(math.log(2) / 2, abs=2e-3)
    free = Trainer(task, Settings(task="hello", cell="rnn", hidden=8, learning_rate=0.05, batch=1, steps=250))
    while not free.done:
        free.advance()
    assert free.validate().loss < 0.01


def test_where_weights_start():
    model = Trainer(PARITY, Settings(task="parity", hidden=4, init="orthogonal", keep_bias=2.0)).model
    for block in model.recurrent.weight_hh_l0.split(4):
        torch.testing.assert_close(block @ block.T, torch.eye(4), atol=1e-5, rtol=0)
    assert model.recurrent.bias_ih_l0[4:8].tolist() == [2.0] * 4
    assert not model.recurrent.bias_hh_l0[4:8].any()
    plain = Trainer(PARITY, Settings(task="parity", cell="rnn", hidden=4, init="identity")).model
    assert torch.equal(plain.recurrent.weight_hh_l0, torch.eye(4))
    wild = Trainer(tasks.make("news"), Settings(task="news", hidden=64, embedding=8, init="normal", embedding_std=0.1)).model
    assert wild.recurrent.weight_hh_l0.std().item() == pytest.approx(1, abs=0.05)
    assert wild.embedding.weight.std().item() == pytest.approx(0.1, abs=0.01)


def test_averaged_weights_are_what_is_measured():
    trainer = Trainer(PARITY, Settings(task="parity", hidden=4, batch=8, average=0.5))
    means = {name: value.clone() for name, value in trainer.model.named_parameters()}
    for step in range(1, 4):
        trainer.advance()
        decay = min(0.5, (1 + step) / (10 + step))
        means = {name: decay * mean + (1 - decay) * dict(trainer.model.named_parameters())[name] for name, mean in means.items()}
    for name, value in trainer.shown.named_parameters():
        torch.testing.assert_close(value, means[name])
    assert trainer.validate().loss == pytest.approx(score(trainer.averaged, PARITY, PARITY.validation).loss)


def test_early_stopping_and_a_wanted_score():
    never = Settings(task="parity", hidden=1, learning_rate=1e-7, steps=400, validate_every=2, patience=3)
    trainer = Trainer(PARITY, never)
    while not trainer.done:
        trainer.advance()
        if trainer.should_validate:
            trainer.validate()
    assert trainer.finished_early
    assert trainer.step <= 60
    enough = [scores for _, scores in train(PARITY, Settings(task="parity", hidden=4, steps=400, validate_every=2, stop_at=0.4)) if scores]
    assert len(enough) == 1


def test_divergence_is_said_with_the_last_good_step():
    with pytest.raises(Diverged, match="lower the learning rate") as found:
        losses(tasks.make("adding", {"length": 20}), 400, cell="rnn", learning_rate=10.0, hidden=16)
    assert found.value.step >= 20
    assert found.value.loss > 10 * found.value.guessing
    trainer = Trainer(PARITY, Settings(task="parity", cell="rnn-relu", hidden=4, clip="none"))
    trainer.advance()
    with torch.no_grad():
        trainer.model.recurrent.weight_hh_l0.fill_(1e30)
    before = trainer.model.state_dict()["readout.weight"].clone()
    with pytest.raises(Diverged) as found:
        trainer.advance()
    assert found.value.step == 2
    assert found.value.last_loss is not None
    assert torch.equal(trainer.model.state_dict()["readout.weight"], before), "a bad update is not made"


def test_feedback_is_the_models_own_where_it_is_asked_for():
    task = tasks.make("reversal", {"symbols": 3, "feedback": True})
    trainer = Trainer(task, Settings(task="reversal", options={"symbols": 3, "feedback": True}, hidden=8, teacher_forcing=0.0))
    batch = task.draw(5, torch.Generator().manual_seed(0))
    own = task.fed(trainer.model, batch, 1.0, torch.Generator().manual_seed(1))
    free = task.freely(trainer.model, batch)
    said = trainer.model(free.inputs)[0].argmax(dim=-1)
    letters = [task.vocabulary.tokens[i] for i in free.inputs[:, 4].tolist()]
    assert letters == [task.answers[i] for i in said[:, 3].tolist()]
    assert torch.equal(own.inputs[:, :4], batch.inputs[:, :4])
    assert torch.equal(task.fed(trainer.model, batch, 0.0, torch.Generator().manual_seed(1)).inputs, batch.inputs)
    without = tasks.make("reversal", {"symbols": 3})
    same = without.draw(5, torch.Generator().manual_seed(0))
    assert without.freely(trainer.model, same) is same


def test_a_list_is_gone_through_once_an_epoch():
    task = tasks.make("news")
    feed = Feed(task, Settings(task="news", batch=100))
    assert feed.steps_an_epoch == -(-len(task.training()) // 100)
    seen = torch.cat([feed.at(step)[0].targets for step in range(1, feed.steps_an_epoch + 1)])
    assert torch.equal(seen.sort().values, task.training().targets.sort().values)
    assert not torch.equal(feed.at(1)[0].targets, feed.at(feed.steps_an_epoch + 1)[0].targets)
    fixed = Feed(task, Settings(task="news", batch=100, shuffle=False))
    assert torch.equal(fixed.at(1)[0].targets, task.training().targets[:100])


def test_a_stream_goes_on_where_it_ended():
    task = tasks.make("characters", {"length": 12})
    feed = Feed(task, Settings(task="characters", batch=3))
    (first, fresh), (second, later) = feed.at(1), feed.at(2)
    assert fresh
    assert not later
    assert torch.equal(first.targets[:, -1], second.inputs[:, 0])
    assert torch.equal(first.inputs[:, 1:], first.targets[:, :-1])


def test_scores_do_not_depend_on_how_many_are_measured_at_once():
    for name in ("agreement", "counting", "sine"):
        task = tasks.make(name)
        model = task.model("gru", 4)
        one, many = score(model, task, task.validation, at_once=3), score(model, task, task.validation)
        assert one.loss == pytest.approx(many.loss, rel=1e-4)
        assert one.metric == pytest.approx(many.metric, rel=1e-4)


def test_only_what_is_scored_counts():
    task = tasks.make("reber")
    model = task.model("gru", 4)
    outputs = model.run(task.validation.inputs, None, task.validation.lengths)[0]
    right = (model.readout(outputs).argmax(dim=-1) == task.validation.targets)[task.validation.scored].float().mean().item()
    assert score(model, task, task.validation).metric == pytest.approx(right, abs=1e-6)
    assert int(task.validation.scored.sum()) == len(task.validation)
    assert NOT_ASKED not in task.validation.targets[task.validation.scored]


@pytest.mark.parametrize(
    ("task", "given", "says"),
    [
        ("parity", {"hidden": 0}, "hidden: "),
        ("parity", {"learning_rate": -1}, "learning_rate: "),
        ("parity", {"colour": "red"}, "colour: "),
        ("parity", {"cell": "nope"}, "is not one of"),
        ("hello", {"bidirectional": True}, "reads from both ends has seen"),
        ("parity", {"bidirectional": True, "truncate": 3}, "cannot be read in pieces"),
        ("parity", {"cell": "gru", "init": "identity"}, "for plain RNNs"),
        ("parity", {"cell": "rnn-sigmoid", "hidden": 300}, "stepped through"),
        ("parity", {"naive_bayes": True}, "naive_bayes: "),
        ("parity", {"balance": True}, "balance: "),
        ("characters", {"batch": 900}, "too few for 900 streams"),
    ],
)
def test_what_does_not_go_together_is_said(task, given, says):
    with pytest.raises(ValueError, match=says):
        Trainer(tasks.make(task), checked({"task": task, **given}))


def test_the_command_repeats_the_settings():
    from rnnviz.cli.train import given_in, settings_of

    settings = Settings(
        task="adding", options={"length": 100}, **{**tasks.named("adding").suggests, "cell": "gru", "hidden": 16, "layer_norm": True}
    )
    command = command_of(settings)
    assert command == "python -m rnnviz train adding --length 100 --cell gru --hidden 16 --layer-norm true"
    again = settings_of("adding", given_in(command.split()[5:]), ())
    assert again == settings
