"""One network learning one task, step by step: `Trainer`, and `train`, a plain generator over it.

Everything that a step draws comes from the seed and the number of the step, so a trainer that is restored from its own
state goes on with the very numbers it would have had.
"""

from __future__ import annotations

import copy
import json
import math
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from rnnviz.initialising import initialise
from rnnviz.models import SequenceModel, Translator
from rnnviz.models.phrases import PhraseEmbedding
from rnnviz.tasks import Batch, Task
from rnnviz.tasks.base import NOT_ASKED
from rnnviz.tasks.paired import PairTask
from rnnviz.training.counts import ratios_for, start_from_counts
from rnnviz.training.feed import Feed, chance_for, number_for
from rnnviz.training.settings import Settings
from rnnviz.undisturbed import undisturbed

_KEYS: Mapping[str, set[str]] = {
    "sgd": set(),
    "momentum": {"momentum_buffer"},
    "adam": {"step", "exp_avg", "exp_avg_sq"},
    "rmsprop": {"step", "square_avg"},
    "adagrad": {"step", "sum"},
}
"""What each optimiser remembers of a parameter."""

RISE = 10.0
"""A run has diverged when its loss stays this many times above that of guessing."""

MOST_BYTES = 400 << 20
"""That a network, its optimiser and one batch may take."""

_SCORE_BYTES = 64 << 20

WATCHED = 20
"""Over so many steps."""


@dataclass(frozen=True)
class Step:
    """What one update did. Losses are nats a target, or mean square errors."""

    step: int
    loss: float
    norm: float
    """Of the gradient, before clipping."""
    clipped: float
    """Of the gradient, as it was used."""
    learning_rate: float


@dataclass(frozen=True)
class Scores:
    """Where the network stands on the validation sequences."""

    loss: float
    metric: float
    extra: Mapping[str, float]


class Diverged(FloatingPointError):
    """A run that cannot go on: its loss or gradient is no number, or far above that of guessing."""

    def __init__(self, step: int, loss: float, norm: float, last_loss: float | None, guessing: float) -> None:
        self.step, self.loss, self.norm, self.last_loss, self.guessing = step, loss, norm, last_loss, guessing
        super().__init__(f"step {step}: loss {loss:.3g}, gradient norm {norm:.3g}; lower the learning rate, or clip the gradient")


class Trainer:
    """A model, its optimiser and the number of updates made. `advance` makes one more.

    Raises ValueError with one sentence where settings and task do not go together.
    """

    def __init__(self, task: Task, settings: Settings) -> None:
        self.task, self.settings = task, settings
        _check(task, settings)
        self.feed = Feed(task, settings)
        check_size(task, settings, self.feed.at(1)[0].inputs.shape[1])
        self.ratios = ratios_for(task, self.feed.listed, settings.embedding) if settings.phrases else None
        """The count ratios of the training texts, where the settings ask for them."""
        with drawn_from(number_for(settings.seed, "torch's own initialisation")):
            self.model = build(task, settings, pairs=None if self.ratios is None else len(self.ratios.pairs) - 1)
        initialise(
            self.model,
            chance_for(settings.seed, "weights"),
            init=settings.init,
            keep_bias=settings.keep_bias,
            embedding_std=settings.embedding_std,
        )
        if settings.naive_bayes:
            start_from_counts(self.model, self.feed.listed)
        if self.ratios is not None and isinstance(self.model.embedding, PhraseEmbedding):
            self.ratios.fill(self.model.embedding)
        self._without_recurrence()
        self.weights_by_class = _balanced(task, self.feed) if settings.balance else None
        self.averaged = copy.deepcopy(self.model).requires_grad_(False) if settings.average else None
        """The network with averaged weights, where the settings ask for one."""
        self.step = 0
        self.best: tuple[float, int] | None = None
        """The best validation metric and the step it was reached at."""
        self.stale = 0
        """Validations since then."""
        self.recent: deque[float] = deque(maxlen=WATCHED)
        self._carried: Any = None

    @cached_property
    def optimiser(self) -> torch.optim.Optimizer:
        """Made when it is first needed: the first optimiser of a process imports for a second and takes 70 MB."""
        return _optimiser(self.model, self.settings)

    @property
    def done(self) -> bool:
        return self.step >= self.settings.steps or self.finished_early

    @property
    def finished_early(self) -> bool:
        """Whether early stopping or the wanted metric ended the run."""
        return self.reached or (self.settings.patience > 0 and self.stale >= self.settings.patience)

    @property
    def reached(self) -> bool:
        """Whether the validation metric has been as good as was wanted."""
        wanted = self.settings.stop_at
        return wanted is not None and self.best is not None and not self._better(wanted, self.best[0])

    def advance(self) -> Step:
        """Make one update. Raises Diverged; the weights are then those of the last good step."""
        settings, step = self.settings, self.step + 1
        batch, fresh = self.feed.at(step)
        rate = rate_at(step, settings)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.model.train()
        self.optimiser.zero_grad(set_to_none=True)
        half = torch.autocast("cpu", torch.bfloat16, enabled=settings.precision == "bfloat16")
        with drawn_from(number_for(settings.seed, "dropout", step)) if settings.dropout else nullcontext(), half:
            loss = self._loss(batch, fresh, step)
        loss.backward()
        gradients = [parameter.grad for parameter in self.model.parameters() if parameter.grad is not None]
        norm = float(torch.nn.utils.get_total_norm(gradients))
        value = float(loss.detach())
        last = self.recent[-1] if self.recent else None
        if not math.isfinite(value) or not math.isfinite(norm):
            raise Diverged(step, value, norm, last, self.task.chance["loss"])
        clipped = self._clip(norm, gradients)
        self.recent.append(value)
        if len(self.recent) == WATCHED and min(self.recent) > RISE * max(self.task.chance["loss"], 1e-3):
            raise Diverged(step, value, norm, last, self.task.chance["loss"])
        self.optimiser.step()
        self.step = step
        self._average()
        return Step(step, value, norm, clipped, rate)

    def validate(self) -> Scores:
        """Measure the network on the validation sequences and remember whether it is the best so far."""
        scores = score(self.shown, self.task, self.task.validation, self._state_for)
        if math.isfinite(scores.metric) and (self.best is None or self._better(scores.metric, self.best[0])):
            self.best, self.stale = (scores.metric, self.step), 0
        else:
            self.stale += 1
        return Scores(scores.loss, scores.metric, self.task.extra(self.shown))

    @property
    def shown(self) -> SequenceModel:
        """The network that is measured and kept: the one with averaged weights, where there is one."""
        return self.model if self.averaged is None else self.averaged

    @property
    def should_validate(self) -> bool:
        return self.step % self.settings.validate_every == 0 or self.step >= self.settings.steps

    def state(self) -> tuple[dict[str, Tensor], dict[str, str]]:
        """Return all that is needed to go on from here, as tensors and words for a safetensors file."""
        tensors = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        if self.averaged is not None:
            tensors |= {f"averaged.{name}": value for name, value in self.averaged.state_dict().items()}
        for name, parameter in self._trained():
            for key, value in self.optimiser.state.get(parameter, {}).items():
                if value is not None:
                    tensors[f"optimiser.{name}.{key}"] = torch.as_tensor(value)
        carried = self._carried if isinstance(self._carried, tuple) else (self._carried,)
        tensors |= {f"carried.{at}": value for at, value in enumerate(carried) if value is not None}
        about = {"step": self.step, "best": self.best, "stale": self.stale, "recent": list(self.recent)}
        return {name: value.detach().clone().contiguous() for name, value in tensors.items()}, {"trainer": json.dumps(about)}

    def restore(self, tensors: Mapping[str, Tensor], words: Mapping[str, str]) -> None:
        """Go on from a state that `state` returned. Raises ValueError where it is of another network.

        What belongs to other settings is started anew: the optimiser's memory for another optimiser, the averaged weights where
        there were none, the state carried along a text for another batch.
        """
        own = {name: tensors[f"model.{name}"] for name in self.model.state_dict() if f"model.{name}" in tensors}
        try:
            self.model.load_state_dict(own)
        except RuntimeError as error:
            raise ValueError(f"checkpoint: it is of another network: {str(error).splitlines()[-1].strip()}") from None
        self._without_recurrence()
        if self.averaged is not None:
            averaged = {name: tensors.get(f"averaged.{name}", own[name]) for name in self.averaged.state_dict()}
            self.averaged.load_state_dict(averaged)
        self._restore_optimiser(tensors)
        carried = [tensors[name].clone() for name in sorted(tensors) if name.startswith("carried.")]
        fits = all(part.shape[1] == self.settings.batch for part in carried)
        self._carried = None if not carried or not fits else carried[0] if len(carried) == 1 else tuple(carried)
        about = json.loads(words["trainer"])
        self.step, self.stale = about["step"], about["stale"]
        self.best = None if about["best"] is None else (about["best"][0], about["best"][1])
        self.recent = deque(about["recent"], maxlen=WATCHED)

    def _trained(self) -> list[tuple[str, torch.nn.Parameter]]:
        """Return the parameters that the optimiser moves, in its order, by name."""
        return [(name, parameter) for name, parameter in self.model.named_parameters() if parameter.requires_grad]

    def _restore_optimiser(self, tensors: Mapping[str, Tensor]) -> None:
        found: dict[int, dict[str, Tensor]] = {}
        for number, (name, parameter) in enumerate(self._trained()):
            prefix = f"optimiser.{name}."
            state = {key.removeprefix(prefix): value.clone() for key, value in tensors.items() if key.startswith(prefix)}
            shapes_fit = all(value.shape in ((), parameter.shape) for value in state.values())
            if set(state) != _KEYS[self.settings.optimiser] or not shapes_fit:
                return  # of another optimiser: it starts with no memory
            found[number] = state
        groups = self.optimiser.state_dict()["param_groups"]
        self.optimiser.load_state_dict({"state": found, "param_groups": groups})

    def _better(self, metric: float, than: float) -> bool:
        return metric > than if self.task.metric in ("accuracy", "exact") else metric < than

    def _loss(self, batch: Batch, fresh: bool, step: int) -> Tensor:
        settings = self.settings
        if settings.teacher_forcing < 1:
            batch = self.task.fed(self.model, batch, 1 - settings.teacher_forcing, chance_for(settings.seed, "feedback", step))
        inputs = batch.inputs
        ratios = None if self.ratios is None else self.ratios.without(self.feed.rows(step), inputs)
        if settings.word_dropout and inputs.ndim == 2:
            dropped = torch.rand(inputs.shape, generator=chance_for(settings.seed, "words", step)) < settings.word_dropout
            inputs = inputs.masked_fill(dropped, 0)
            ratios = None if ratios is None else ratios.masked_fill(dropped[..., None], 0)
        if isinstance(self.task, PairTask) and isinstance(self.model, Translator):
            return self.task.loss(self.model, replace(batch, inputs=inputs), settings.label_smoothing)
        if self.feed.text is not None:
            outputs, state = self.model.run(inputs, None if fresh else self._carried)
            self._carried = _detached(state)
        else:
            outputs = self._in_pieces(inputs, batch.lengths, self._state_for(len(batch), step), ratios)
        return loss_of(self.model, outputs, batch, settings.label_smoothing, self.weights_by_class)

    def _in_pieces(self, inputs: Tensor, lengths: Tensor | None, state: Any, ratios: Tensor | None) -> Tensor:
        """Return the outputs, with the state cut off from its history every `truncate` steps."""
        size = self.settings.truncate or inputs.shape[1]
        if size >= inputs.shape[1]:
            return self.model.run(inputs, state, lengths, ratios)[0]
        outputs = []
        for start in range(0, inputs.shape[1], size):
            steps = slice(start, start + size)
            found, state = self.model.run(inputs[:, steps], state, None, None if ratios is None else ratios[:, steps])
            outputs.append(found)
            state = _detached(state)
        return torch.cat(outputs, dim=1)

    def _state_for(self, count: int, step: int = 0) -> Any:
        """Return the state before the first step: None for zeros, or a random one where the settings ask for it."""
        if not self.settings.random_state:
            return None
        recurrent: Any = self.model.recurrent
        chance = chance_for(self.settings.seed, "state", step)
        shape = (recurrent.num_layers * (2 if recurrent.bidirectional else 1), count, recurrent.hidden_size)
        drawn = [torch.randn(shape, generator=chance) for _ in range(2 if self.settings.cell == "lstm" else 1)]
        return tuple(drawn) if len(drawn) > 1 else drawn[0]

    def _clip(self, norm: float, gradients: list[Tensor]) -> float:
        settings = self.settings
        if settings.clip == "norm" and norm > settings.clip_at:
            torch._foreach_mul_(gradients, settings.clip_at / norm)
            return settings.clip_at
        if settings.clip == "value":
            torch._foreach_clamp_max_(gradients, settings.clip_at)
            torch._foreach_clamp_min_(gradients, -settings.clip_at)
            return float(torch.nn.utils.get_total_norm(gradients))
        return norm

    def _average(self) -> None:
        if self.averaged is not None:
            decay = min(self.settings.average, (1 + self.step) / (10 + self.step))  # the first steps are soon forgotten
            with torch.no_grad():
                for mean, now in zip(self.averaged.parameters(), self.model.parameters(), strict=True):
                    mean.lerp_(now, 1 - decay)

    def _without_recurrence(self) -> None:
        if not self.settings.recurrence:
            for name, parameter in self.model.recurrent.named_parameters():
                if name.startswith("weight_hh"):
                    parameter.requires_grad_(False).zero_()


def train(task: Task, settings: Settings) -> Iterator[tuple[Step, Scores | None]]:
    """Train and yield after every update, with the scores where it was validated. Raises Diverged."""
    trainer = Trainer(task, settings)
    while not trainer.done:
        step = trainer.advance()
        yield step, trainer.validate() if trainer.should_validate else None


def build(task: Task, settings: Settings, pairs: int | None = None) -> SequenceModel:
    """Return the network that settings describe, untrained; with ratios of so many word pairs beside its embedding."""
    more: dict[str, Any] = {"bidirectional": True} if settings.bidirectional else {}
    more |= {} if pairs is None else {"phrases": pairs}
    return task.model(
        settings.cell, settings.hidden, embedding=settings.embedding, layers=settings.layers, dropout=settings.dropout,
        layer_norm=settings.layer_norm, residual=settings.residual, **more,
    )  # fmt: skip


def _balanced(task: Task, feed: Feed) -> Tensor:
    if feed.listed is None or task.asks != "last" or not task.answers:
        raise ValueError("balance: it is for a list of sequences with one class each")
    counts = torch.bincount(feed.listed.targets, minlength=len(task.answers)).clamp_min(1)
    return counts.sum() / (len(counts) * counts.float())


@torch.inference_mode()
def score(model: SequenceModel, task: Task, batch: Batch, state_for: Any = None, *, at_once: int = 0) -> Scores:
    """Measure a network: mean loss a target, and the task's metric. `at_once` sequences are read together; 0 for as many as fit."""
    model.eval()
    if isinstance(task, PairTask) and isinstance(model, Translator):
        return Scores(*task.measured(model, batch), {})
    if not at_once:
        recurrent: Any = model.recurrent
        wide = model.hidden_size * recurrent.num_layers * (2 if recurrent.bidirectional else 1)
        at_once = max(1, min(512, _SCORE_BYTES // (4 * batch.inputs.shape[1] * (6 * wide + recurrent.input_size + 2 * len(model.answers)))))
    total = right = squares = 0.0
    asked = counted = 0
    for start in range(0, len(batch), at_once):
        part = task.freely(model, batch.rows(torch.arange(start, min(start + at_once, len(batch)))))
        outputs, _ = model.run(part.inputs, state_for(len(part)) if state_for else None, part.lengths)
        answers, targets = model.answered(outputs, part.lengths), part.targets
        if not model.answers:
            known = ~targets.isnan()
            squares += float((answers[..., 0] - targets)[known].double().square().sum())
            asked += int(known.sum())
            continue
        known = targets != NOT_ASKED
        total += float(torch.nn.functional.cross_entropy(answers[known], targets[known], reduction="sum"))
        asked += int(known.sum())
        counts = known if part.scored is None else known & part.scored
        right += float((answers.argmax(dim=-1) == targets)[counts].sum())
        counted += int(counts.sum())
    if not model.answers:
        return Scores(squares / asked, math.sqrt(squares / asked), {})
    loss = total / asked
    return Scores(loss, loss / math.log(2) if task.metric == "bits" else right / counted, {})


def loss_of(model: SequenceModel, outputs: Tensor, batch: Batch, label_smoothing: float = 0.0, weights: Tensor | None = None) -> Tensor:
    """Return the mean loss of a batch: cross-entropy in nats, or the mean square error where numbers are asked for."""
    answers = model.answered(outputs, batch.lengths)
    if not model.answers:
        known = ~batch.targets.isnan()
        return (answers[..., 0][known] - batch.targets[known]).square().mean()
    answers, targets = answers.reshape(-1, answers.shape[-1]), batch.targets.reshape(-1)
    return torch.nn.functional.cross_entropy(answers, targets, weights, ignore_index=NOT_ASKED, label_smoothing=label_smoothing)


def rate_at(step: int, settings: Settings) -> float:
    """Return the learning rate of a step, from 1."""
    share = (step - 1) / settings.steps
    factor = {
        "constant": 1.0,
        "linear": 1 - share,
        "cosine": 0.5 * (1 + math.cos(math.pi * share)),
        "step": 1.0 if share < 2 / 3 else 0.1,
    }[settings.schedule]
    warm = min(1.0, step / settings.warm_up) if settings.warm_up else 1.0
    return settings.learning_rate * factor * warm


@contextmanager
def drawn_from(seed: int) -> Iterator[None]:
    """Let torch's process-wide generator draw from a seed inside the block, and leave it as it was. For dropout, which takes no other."""
    with undisturbed():
        torch.random.default_generator.manual_seed(seed)
        yield


def _optimiser(model: SequenceModel, settings: Settings) -> torch.optim.Optimizer:
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    rate, decay = settings.learning_rate, settings.weight_decay
    match settings.optimiser:
        case "adam":
            return torch.optim.AdamW(parameters, lr=rate, weight_decay=decay, fused=True)
        case "rmsprop":
            return torch.optim.RMSprop(parameters, lr=rate, weight_decay=decay)
        case "adagrad":
            return torch.optim.Adagrad(parameters, lr=rate, weight_decay=decay)
        case _:
            return torch.optim.SGD(parameters, lr=rate, weight_decay=decay, momentum=0.9 if settings.optimiser == "momentum" else 0.0)


def check_size(task: Task, settings: Settings, time: int) -> None:
    """Raise ValueError where a network, or one batch of `time` steps with all that the way back needs, takes more memory than a run may."""
    tokens, answers = len(task.vocabulary), len(task.answers) or 1
    if isinstance(task, PairTask):
        check_translator(task, settings, time)
        return
    numbers = task.vocabulary.tokens in (("x",), ("x", "mark"))
    inputs = settings.embedding if settings.embedding and not numbers else tokens
    directions = 2 if settings.bidirectional else 1
    wide = settings.hidden * settings.layers * directions
    parameters = (
        tokens * inputs * (not numbers)
        + 4 * wide * (max(inputs, settings.hidden * directions) + settings.hidden)
        + settings.hidden * answers
    )
    need = 4 * (4 * parameters + settings.batch * time * (2 * inputs + 12 * wide + 3 * answers))
    if need > MOST_BYTES:
        raise ValueError(
            f"size: {settings.batch} sequences of {time} steps, {inputs} inputs and {wide} units need about {need >> 20} MB; "
            f"{MOST_BYTES >> 20} MB is what one run may take here. Try a smaller batch, fewer units, or an embedding"
        )


def check_translator(task: PairTask, settings: Settings, time: int) -> None:
    """Do what `check_size` does, for an encoder of so many tokens, a decoder of as many, and attention between them."""
    tokens, answers, units = len(task.vocabulary), len(task.answers), settings.hidden
    inputs = settings.embedding or max(tokens, answers)
    parameters = (tokens + answers) * (settings.embedding or 0) + 24 * units * (inputs + 2 * units) + 2 * units * answers
    need = 4 * (
        4 * parameters + settings.batch * time * (2 * inputs + 60 * units + 3 * answers + 2 * units * time * (task.attention == "additive"))
    )
    if need > MOST_BYTES:
        raise ValueError(
            f"size: {settings.batch} pairs of {time} tokens, {answers} that can be said and {units} units need about {need >> 20} MB; "
            f"{MOST_BYTES >> 20} MB is what one run may take here. Try a smaller batch, fewer units, or fewer words"
        )


def _check(task: Task, settings: Settings) -> None:
    from rnnviz.cells import named

    for name in task.unsuited:
        usual = Settings.model_fields[name].get_default()
        if getattr(settings, name) != usual:
            raise ValueError(f"{name}: the task {task.name!r} trains without it; expected {usual}, got {getattr(settings, name)}")
    if isinstance(task, PairTask) and settings.init == "normal":
        raise ValueError("init: the standard normal is what a published classifier starts from; it is not for translators")
    if named(settings.cell).module is None and settings.hidden * settings.layers > 256:
        raise ValueError(f"cell: {settings.cell} has no fused kernel and is stepped through; 256 units are the most for it here")
    if settings.bidirectional and settings.truncate:
        raise ValueError("truncate: a network that also reads backwards cannot be read in pieces")
    if settings.init == "identity" and named(settings.cell).blocks > 1:
        raise ValueError("init: the identity is for plain RNNs; gates would all start alike")


def _detached(state: Any) -> Any:
    return tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()
