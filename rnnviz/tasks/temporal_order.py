"""Temporal order: two signs in a long row of letters; which came first, and which second?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch

from rnnviz.tasks.base import Batch, choose, whole
from rnnviz.tasks.symbols import SymbolTask


class TemporalOrder(SymbolTask):
    """Say in which order X and Y came, tens of steps ago (Hochreiter & Schmidhuber 1997, experiment 6a): XX, XY, YX or YY.

    The first stands in the second tenth of the row, the second in the sixth.
    """

    name: ClassVar[str] = "temporal-order"
    asks: ClassVar = "last"
    suggests: ClassVar[Mapping[str, Any]] = {
        "cell": "lstm",
        "keep_bias": 3.0,
        "learning_rate": 0.02,
        "schedule": "linear",
        "steps": 1000,
        "stop_at": 1.0,
    }

    length: int = whole(50, 10, 200)

    @property
    def characters(self) -> str:
        return "abcdXY"

    @property
    def answers(self) -> tuple[str, ...]:
        return ("XX", "XY", "YX", "YY")

    def draw(self, count: int, chance: torch.Generator) -> Batch:
        inputs = self.numbers("abcd")[choose(count, 4, chance, self.length)]
        tenth, rows, signs = max(1, self.length // 10), torch.arange(count), self.numbers("XY")
        first, second = choose(count, 2, chance), choose(count, 2, chance)
        inputs[rows, tenth + choose(count, tenth, chance)] = signs[first]
        inputs[rows, 5 * tenth + choose(count, tenth, chance)] = signs[second]
        return Batch(inputs, 2 * first + second)


TASK = TemporalOrder
