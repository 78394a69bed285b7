"""a^n b^n: as many b as there were a, then the end."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

import torch

from rnnviz.models import SequenceModel
from rnnviz.tasks.base import NOT_ASKED, Batch, choose, whole
from rnnviz.tasks.symbols import SymbolTask

FURTHEST = 64


class Counting(SymbolTask):
    """Say the next letter of ^aaabbb$ (Gers & Schmidhuber 2001; Weiss et al. 2018). From the first b on, it is certain.

    Only what is certain counts for the accuracy. How far a network really counts is measured beside it: n = 1, 2, 3, …
    until its first mistake.
    """

    name: ClassVar[str] = "counting"
    asks: ClassVar = "next"
    scores_some: ClassVar[bool] = True
    suggests: ClassVar[Mapping[str, Any]] = {
        "cell": "lstm",
        "hidden": 2,
        "keep_bias": 1.0,
        "learning_rate": 0.05,
        "steps": 2500,
        "schedule": "linear",
    }

    most: int = whole(10, 1, 40)

    @property
    def characters(self) -> str:
        return "^ab$"

    def _of(self, counts: torch.Tensor) -> Batch:
        start, a, b, end = self.numbers("^ab$").tolist()
        steps = torch.arange(2 * int(counts.max()) + 2)[None]
        n = counts[:, None]
        whole_ = torch.where(steps == 0, start, torch.where(steps <= n, a, torch.where(steps <= 2 * n, b, end)))
        lengths = 2 * counts + 1
        targets = whole_[:, 1:].masked_fill(steps[:, :-1] >= lengths[:, None], NOT_ASKED)
        return Batch(whole_[:, :-1], targets, lengths, scored=(steps[:, :-1] > n) & (targets != NOT_ASKED))

    def draw(self, count: int, chance: torch.Generator) -> Batch:
        return self._of(1 + choose(count, self.most, chance))

    @cached_property
    def validation(self) -> Batch:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._of(torch.arange(1, self.most + 1))

    @torch.inference_mode()
    def extra(self, model: SequenceModel) -> dict[str, float]:
        """Return up to which n it makes no mistake, FURTHEST at the most."""
        batch = self._of(torch.arange(1, FURTHEST + 1))
        said = model.eval()(batch.inputs)[0].argmax(dim=-1)
        wrong = ((said != batch.targets) & batch.scored).any(dim=1) if batch.scored is not None else None
        first = wrong.nonzero() if wrong is not None else []
        return {"counts to": float(first[0]) if len(first) else float(FURTHEST)}

    def example(self):
        return self.as_example(self.validation, min(self.most, 8) - 1)


TASK = Counting
