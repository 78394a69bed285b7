"""What tasks share whose answer is a sequence of its own length: a translator reads one sequence and says another."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, ClassVar

import torch
from torch import Tensor

from rnnviz.models import Translator
from rnnviz.models.attention import Score
from rnnviz.models.translator import END, PairVocabulary
from rnnviz.tasks.base import NOT_ASKED, Batch, Example, Metric, Task

Pair = tuple[str, str]
"""What is read and what is to be said."""

_AT_ONCE = 256
"""Sequences that are answered together when a network is measured."""


class PairTask(Task):
    """Read a sequence, say another. The metric is the share of answers that are right from the first token to the last."""

    asks: ClassVar = "sequence"
    metric: ClassVar[Metric] = "exact"
    unsuited: ClassVar = (
        "layers", "bidirectional", "layer_norm", "residual", "recurrence", "truncate", "random_state", "naive_bayes", "phrases", "balance",
    )  # fmt: skip

    attention: Score = "additive"
    """How the decoder looks at the input; `none` leaves it the encoder's last states alone."""

    @property
    @abstractmethod
    def vocabulary(self) -> PairVocabulary: ...  # pyright: ignore[reportIncompatibleMethodOverride]

    @property
    @abstractmethod
    def target(self) -> PairVocabulary:
        """What the answer is written with."""

    @property
    def answers(self) -> tuple[str, ...]:
        return (*self.target.tokens, END)

    @staticmethod
    def answer_to(text: str) -> str | None:
        """Return the right answer to any text where a rule gives it; None where only the data know."""
        return None

    def batch(self, pairs: Sequence[Pair]) -> Batch:
        """Return pairs as token numbers; every answer ends with END."""
        read = [self.vocabulary.encode(source).ids for source, _ in pairs]
        said = [(*self.target.encode(target).ids, len(self.target)) for _, target in pairs]
        targets = _padded(said, NOT_ASKED)
        return Batch(_padded(read, 0), targets, torch.tensor([len(ids) for ids in read]), previous=before(targets, len(self.target)))

    def right(self, batch: Batch, said: Tensor) -> Tensor:
        """Return which answers (batch, output), NOT_ASKED behind their end, are right from beginning to end."""
        width = max(batch.targets.shape[1], said.shape[1])
        wide = lambda ids: torch.nn.functional.pad(ids, (0, width - ids.shape[1]), value=NOT_ASKED)  # noqa: E731
        return (wide(batch.targets) == wide(said)).all(dim=1)

    def loss(self, model: Translator, batch: Batch, label_smoothing: float = 0.0) -> Tensor:
        """Return the mean cross-entropy in nats of a token, each after the right ones before it."""
        assert batch.previous is not None
        asked = batch.targets != NOT_ASKED  # padding needs no logits, which cost most of all
        read = model.read(batch.inputs, batch.lengths)
        states, _ = model.listen(batch.previous, read.bridge)
        logits = model.logits(model.look(read, states).vector[asked]).float()
        return torch.nn.functional.cross_entropy(logits, batch.targets[asked], label_smoothing=label_smoothing)

    @torch.inference_mode()
    def measured(self, model: Translator, batch: Batch) -> tuple[float, float]:
        """Return the mean loss of a token and the share of greedy answers that are right."""
        model.eval()
        total = asked = right = 0.0
        for start in range(0, len(batch), _AT_ONCE):
            part = batch.rows(torch.arange(start, min(start + _AT_ONCE, len(batch))))
            count = int((part.targets != NOT_ASKED).sum())
            total, asked = total + float(self.loss(model, part)) * count, asked + count
            right += float(self.right(part, self.said(model, part)).sum())
        return total / asked, right / len(batch)

    def said(self, model: Translator, batch: Batch) -> Tensor:
        """Return greedy answers, (batch, output), NOT_ASKED behind their end; a little longer than the longest right one at most."""
        said = model.answer(batch.inputs, batch.lengths, batch.targets.shape[1] + 4)
        ended = (said == model.end).cumsum(dim=1)
        return said.masked_fill((ended > 1) | ((ended == 1) & (said != model.end)), NOT_ASKED)

    def fed(self, model: Any, batch: Batch, share: float, chance: torch.Generator) -> Batch:
        """Return a batch in which a share of what the decoder reads is its own answer instead of the right one.

        One pass gives the answers, so each follows from right ones (parallel scheduled sampling, Duckworth et al. 2019).
        """
        assert batch.previous is not None
        with torch.no_grad():
            own = before(model(batch.inputs, batch.lengths, batch.previous).argmax(dim=-1), len(self.target))
        taken = torch.rand(own.shape, generator=chance) < share
        return batch.reading(torch.where(taken, own, batch.previous))

    def model(self, cell: str, hidden: int, *, embedding: int = 0, dropout: float = 0.0, **options: Any) -> Any:
        """Return an untrained translator. Raises ValueError for what one is not made with: its stacks have one layer each."""
        if options.pop("layers", 1) != 1:
            raise ValueError("layers: encoder and decoder have one layer each here")
        for name, value in options.items():
            if value and name != "bidirectional":  # the encoder always is
                raise ValueError(f"{name}: a translator is not made with it here")
        return Translator(
            self.vocabulary, self.target, cell, hidden, attention=self.attention, embedding=embedding, dropout=dropout, **self.more
        )

    @property
    def more(self) -> dict[str, Any]:
        """Further options of the translator."""
        return {}

    @cached_property
    def chance(self) -> dict[str, float]:
        """`loss` of saying each token as often as it comes, and the share of answers that equal the most frequent one; ⟨unk⟩ is
        never said, so an answer with it in it is nobody's."""
        targets = self.validation.targets
        counts = torch.unique(targets[targets != NOT_ASKED], return_counts=True)[1].double()
        shares = counts / counts.sum()
        sayable = targets[(targets != 0).all(dim=1)]
        most = int(torch.unique(sayable, dim=0, return_counts=True)[1].max()) if len(sayable) else 0
        return {"loss": float(-(shares * shares.log()).sum()), "metric": most / len(targets)}

    def right_for(self, text: str) -> tuple[str, ...]:
        """Return the tokens of the right answer to any text, END included; nothing where it is not known."""
        answer = self.answer_to(text)
        return (*self.target.encode(answer).tokens, END) if answer else ()

    def as_example(self, batch: Batch, row: int) -> Example:
        read = batch.inputs[row, : int(batch.lengths[row]) if batch.lengths is not None else None].tolist()
        said = [self.answers[i] for i in batch.targets[row].tolist() if i != NOT_ASKED]
        return Example(self.vocabulary.text(self.vocabulary.tokens[i] for i in read), tuple(said))


def before(targets: Tensor, end: int) -> Tensor:
    """Return what the decoder reads at each step: END, then the token before."""
    return torch.nn.functional.pad(targets[:, :-1], (1, 0), value=end).clamp_min(0)


def _padded(rows: Iterable[Sequence[int]], filler: int) -> Tensor:
    kept = list(rows)
    found = torch.full((len(kept), max(map(len, kept))), filler)
    for at, row in enumerate(kept):
        found[at, : len(row)] = torch.tensor(row)
    return found
