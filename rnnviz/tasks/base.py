"""What a task is: where its sequences come from, what is asked, how well one can do without a network."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from rnnviz.models import Classifier, Forecaster, LanguageModel, Regressor, SequenceModel, Tagger
from rnnviz.text import NumberReader, Vocabulary, WordVocabulary

Metric = Literal["accuracy", "rmse", "bits", "exact"]
"""`accuracy` of an answer, `exact`: of a whole sequence of them. These two are better the higher they are."""

NOT_ASKED = -100
"""In place of a target that nobody asks for; torch's cross-entropy leaves it out."""

_VALIDATION_SEED = 20_001
"""Validation sequences are the same in every run, whatever its seed."""


@dataclass(frozen=True)
class Batch:
    """Sequences and what is asked of them."""

    inputs: Tensor
    """Token numbers (batch, time), or values (batch, time, features)."""
    targets: Tensor
    """Numbers of the right answers, NOT_ASKED where nothing is asked, or values, NaN there; (batch, time), or (batch,) for one
    answer at the end."""
    lengths: Tensor | None = None
    """How many steps of each sequence are real; None where all are."""
    scored: Tensor | None = None
    """Which of the asked targets count for the metric, (batch, time); None where all do."""
    previous: Tensor | None = None
    """What a decoder reads at each step of its answer, (batch, output); its targets then have steps of their own."""

    def __len__(self) -> int:
        return len(self.inputs)

    def rows(self, index: Tensor) -> Batch:
        """Return some of the sequences, cut to the longest of them."""
        lengths = None if self.lengths is None else self.lengths[index]
        most = self.inputs.shape[1] if lengths is None else int(lengths.max())
        if self.previous is not None:
            targets = self.targets[index]
            said = int((targets != NOT_ASKED).sum(dim=1).max())
            return Batch(self.inputs[index, :most], targets[:, :said], lengths, previous=self.previous[index, :said])
        per_step = self.targets.ndim > 1
        return replace(
            self, inputs=self.inputs[index, :most], targets=self.targets[index, :most] if per_step else self.targets[index],
            lengths=lengths, scored=None if self.scored is None else self.scored[index, :most],
        )  # fmt: skip

    def reading(self, previous: Tensor) -> Batch:
        """Return this batch with something else before each target."""
        return replace(self, previous=previous)


@dataclass(frozen=True)
class Example:
    """One sequence as a text, and the right answer after each step: a name, a number, or None where nothing is asked."""

    text: str
    targets: tuple[str | float | None, ...]


class Task(BaseModel):
    """A task with its options, which are its fields. Equal options give equal data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    asks: ClassVar[Literal["next", "every", "last", "sequence"]]
    metric: ClassVar[Metric] = "accuracy"
    takes_files: ClassVar[bool] = False
    suggests: ClassVar[Mapping[str, Any]] = {}
    """Settings that suit the task where they differ from the usual ones."""
    baselines: ClassVar[Mapping[str, float]] = {}
    """Known results in the task's metric, by a short name, drawn beside the curve."""

    unsuited: ClassVar[tuple[str, ...]] = ()
    """Settings that its networks are not made or trained with: they stay as they usually are."""

    scores_some: ClassVar[bool] = False
    """Whether the metric counts only some of the answers that are asked for."""

    @property
    @abstractmethod
    def vocabulary(self) -> Vocabulary: ...

    @property
    def answers(self) -> tuple[str, ...]:
        """What can be answered; nothing where answers are numbers."""
        return self.vocabulary.tokens if self.asks == "next" else ()

    def training(self) -> Batch | None:
        """Return all training sequences where there is a list of them, None where they are drawn."""
        return None

    def portion(self, chance: torch.Generator) -> Tensor | None:
        """Return which of the listed sequences an epoch goes through, always as many; None for all."""
        return None

    def stream(self) -> Tensor | None:
        """Return one long text as token numbers where training reads it in pieces, carrying the state along."""
        return None

    def draw(self, count: int, chance: torch.Generator) -> Batch:
        """Draw training sequences."""
        listed = self.training()
        if listed is None:
            raise NotImplementedError(f"{self.name} neither draws its sequences nor lists them")
        return listed.rows(torch.randint(len(listed), (count,), generator=chance))

    @cached_property
    def validation(self) -> Batch:
        """The sequences on which progress is measured: never trained on where there is a list, drawn from a seed of their own where not."""
        return self.draw(256, torch.Generator().manual_seed(_VALIDATION_SEED))

    def test(self) -> Batch | None:
        """Return sequences that are looked at once, when training has ended, or None."""
        return None

    def fed(self, model: SequenceModel, batch: Batch, share: float, chance: torch.Generator) -> Batch:
        """Return a batch in which a share of what is fed back is the model's own answer, where the task feeds answers back."""
        return batch

    def freely(self, model: SequenceModel, batch: Batch) -> Batch:
        """Return a batch in which all that is fed back is the model's own answer, where the task feeds answers back."""
        return batch

    def model(self, cell: str, hidden: int, *, embedding: int = 0, **options: Any) -> Any:
        """Return an untrained model that fits the task. Its weights are torch's; `training` draws its own."""
        if options.get("bidirectional") and self.asks == "next":
            raise ValueError(
                "bidirectional: a model that reads from both ends has seen the token it is asked for; this task needs one direction"
            )
        if isinstance(self.vocabulary, NumberReader):
            kind = Regressor if self.asks == "last" else Forecaster
            return kind(self.vocabulary, cell, hidden, **options)
        if self.asks == "next":
            options.pop("bidirectional", None)
            return LanguageModel(self.vocabulary, cell, hidden, embedding=embedding, **options)
        kind = Classifier if self.asks == "last" else Tagger
        return kind(self.vocabulary, self.answers, cell, hidden, embedding=embedding, **options)

    @cached_property
    def chance(self) -> dict[str, float]:
        """How well one does without reading: `loss` of always giving each answer as often as it comes (the mean, for
        numbers), and the `metric` of always giving the most frequent one. Measured on the validation sequences."""
        targets, scored = self.validation.targets, self.validation.scored
        if not self.answers:
            asked = targets[~targets.isnan()]
            spread = float(asked.var(correction=0))
            return {"loss": spread, "metric": math.sqrt(spread)}
        shares = _shares(targets[targets != NOT_ASKED])
        loss = float(-(shares * shares.log()).sum())
        if self.metric == "bits":
            return {"loss": loss, "metric": loss / math.log(2)}
        asked = targets[targets != NOT_ASKED] if scored is None else targets[scored & (targets != NOT_ASKED)]
        return {"loss": loss, "metric": float(_shares(asked).max())}

    def extra(self, model: SequenceModel) -> dict[str, float]:
        """Return further measures of this task alone, by name."""
        return {}

    def example(self) -> Example:
        """Return one validation sequence as a text that the vocabulary reads back."""
        return self.as_example(self.validation, 0)

    def as_example(self, batch: Batch, row: int) -> Example:
        """Return one sequence of a batch as a text."""
        one = batch.rows(torch.tensor([row]))
        vocabulary = self.vocabulary
        if isinstance(vocabulary, NumberReader):
            text = vocabulary.text(one.inputs[0].tolist())
        else:
            text = (" " if isinstance(vocabulary, WordVocabulary) else "").join(vocabulary.tokens[i] for i in one.inputs[0].tolist())
        steps = one.inputs.shape[1]
        targets = [None] * (steps - 1) + [one.targets[0].item()] if one.targets.ndim == 1 else one.targets[0].tolist()
        return Example(text, tuple(self._said(target) for target in targets))

    def _said(self, target: float | None) -> str | float | None:
        if target is None or target != target or (self.answers and target == NOT_ASKED):
            return None
        return self.answers[int(target)] if self.answers else float(target)


def _shares(targets: Tensor) -> Tensor:
    counts = torch.unique(targets, return_counts=True)[1].double()
    return counts / counts.sum()


def whole(default: int, low: int, high: int, **more: Any) -> Any:
    """Return an option that is a whole number."""
    return Field(default=default, ge=low, le=high, **more)


def choose(count: int, high: int, chance: torch.Generator, *more: int) -> Tensor:
    """Draw whole numbers from 0 to below `high`, (count, *more)."""
    return torch.randint(high, (count, *more), generator=chance)
