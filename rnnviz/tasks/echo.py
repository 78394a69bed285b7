"""Delayed echo: say what was read some steps ago."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch

from rnnviz.tasks.base import NOT_ASKED, Batch, choose, whole
from rnnviz.tasks.symbols import SymbolTask

LETTERS = "abcd"


class Echo(SymbolTask):
    """Say at every step the letter that was read `delay` steps before (cf. short-term memory capacity, Jaeger 2001)."""

    name: ClassVar[str] = "echo"
    asks: ClassVar = "every"
    suggests: ClassVar[Mapping[str, Any]] = {"cell": "rnn", "steps": 1500}

    delay: int = whole(10, 1, 50)
    length: int = whole(40, 2, 200)

    @property
    def characters(self) -> str:
        return LETTERS

    @property
    def answers(self) -> tuple[str, ...]:
        return tuple(LETTERS)

    def draw(self, count: int, chance: torch.Generator) -> Batch:
        steps = max(self.length, self.delay + 2)
        read = choose(count, len(LETTERS), chance, steps)
        targets = torch.full_like(read, NOT_ASKED)
        targets[:, self.delay :] = read[:, : steps - self.delay]
        return Batch(self.numbers(LETTERS)[read], targets)


TASK = Echo
