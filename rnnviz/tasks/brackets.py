"""Nested brackets of two kinds: which one must close next?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch

from rnnviz.tasks.base import NOT_ASKED, Batch, whole
from rnnviz.tasks.symbols import SymbolTask


class Brackets(SymbolTask):
    """Say which bracket must close next (Dyck-2 of bounded depth; Hewitt et al. 2020). Nothing is asked where none is open."""

    name: ClassVar[str] = "brackets"
    asks: ClassVar = "every"
    suggests: ClassVar[Mapping[str, Any]] = {
        "cell": "lstm",
        "hidden": 8,
        "learning_rate": 0.02,
        "schedule": "linear",
        "steps": 1500,
        "stop_at": 1.0,
    }

    depth: int = whole(4, 1, 8)
    length: int = whole(30, 2, 200)

    @property
    def characters(self) -> str:
        return "()[]"

    @property
    def answers(self) -> tuple[str, ...]:
        return (")", "]")

    def draw(self, count: int, chance: torch.Generator) -> Batch:
        opening, closing = self.numbers("(["), self.numbers(")]")
        rows = torch.arange(count)
        kinds = torch.zeros(count, self.depth + 1, dtype=torch.long)  # by depth: which bracket is open there
        open_, inputs, targets = torch.zeros(count, dtype=torch.long), [], []
        opens = torch.rand(self.length, count, generator=chance) < 0.5
        kind = torch.randint(2, (self.length, count), generator=chance)
        for step in range(self.length):
            up = (opens[step] | (open_ == 0)) & (open_ < self.depth)
            closes = kinds[rows, open_]
            open_ = open_ + torch.where(up, 1, -1)
            kinds[rows[up], open_[up]] = kind[step][up]
            inputs.append(torch.where(up, opening[kind[step]], closing[closes]))
            targets.append(torch.where(open_ > 0, kinds[rows, open_], NOT_ASKED))
        return Batch(torch.stack(inputs, dim=1), torch.stack(targets, dim=1))


TASK = Brackets
