"""The adding problem: two marked numbers far apart, and their sum at the end."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

import torch

from rnnviz.tasks.base import Batch, Task, choose, whole
from rnnviz.text import NumberReader


class Adding(Task):
    """Add the two marked numbers of a long row (Hochreiter & Schmidhuber 1997, experiment 4).

    Numbers are uniform in 0 … 1, one mark lies in each half. Always answering 1 gives a mean square error of 1/6.
    """

    name: ClassVar[str] = "adding"
    asks: ClassVar = "last"
    metric: ClassVar = "rmse"
    suggests: ClassVar[Mapping[str, Any]] = {
        "cell": "lstm",
        "keep_bias": 3.0,
        "learning_rate": 0.01,
        "batch": 32,
        "schedule": "linear",
        "steps": 2500,
        "stop_at": 0.03,
    }

    length: int = whole(50, 4, 400)

    @cached_property
    def vocabulary(self) -> NumberReader:  # pyright: ignore[reportIncompatibleMethodOverride]
        return NumberReader(marked=True)

    def draw(self, count: int, chance: torch.Generator) -> Batch:
        values, marks = torch.rand(count, self.length, generator=chance), torch.zeros(count, self.length)
        rows, half = torch.arange(count), self.length // 2
        marks[rows, choose(count, half, chance)] = 1
        marks[rows, half + choose(count, self.length - half, chance)] = 1
        return Batch(torch.stack([values, marks], dim=-1), (values * marks).sum(dim=1))


TASK = Adding
