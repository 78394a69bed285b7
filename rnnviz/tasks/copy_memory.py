"""Copy memory: a word, a long blank, then the word again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch

from rnnviz.tasks.base import NOT_ASKED, Batch, choose, whole
from rnnviz.tasks.symbols import SymbolTask

LETTERS = "abcdefgh"


class CopyMemory(SymbolTask):
    """Keep five letters through a blank and say them again (after Hochreiter & Schmidhuber 1997; Arjovsky et al. 2016).

    Dots are the blank, question marks ask for the letters, one after another; nothing is asked before.
    """

    name: ClassVar[str] = "copy"
    asks: ClassVar = "every"
    suggests: ClassVar[Mapping[str, Any]] = {
        "cell": "lstm",
        "hidden": 64,
        "keep_bias": 3.0,
        "learning_rate": 0.02,
        "schedule": "linear",
        "steps": 2000,
        "stop_at": 0.99,
    }

    symbols: int = whole(5, 1, 10)
    blank: int = whole(20, 0, 200)

    @property
    def characters(self) -> str:
        return LETTERS + ".?"

    @property
    def answers(self) -> tuple[str, ...]:
        return tuple(LETTERS)

    def draw(self, count: int, chance: torch.Generator) -> Batch:
        word = choose(count, len(LETTERS), chance, self.symbols)
        filler, ask = self.numbers(".?").tolist()
        shape = lambda number, steps: torch.full((count, steps), number)  # noqa: E731
        inputs = torch.cat([self.numbers(LETTERS)[word], shape(filler, self.blank), shape(ask, self.symbols)], dim=1)
        return Batch(inputs, torch.cat([shape(NOT_ASKED, self.symbols + self.blank), word], dim=1))


TASK = CopyMemory
