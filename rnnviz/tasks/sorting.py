"""Sorting: read letters, say them in alphabetical order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from torch import Tensor

from rnnviz.tasks.answering import Answering


class Sorting(Answering):
    """Say six letters in alphabetical order: what must be kept is how often each was read, not when."""

    name: ClassVar[str] = "sorting"
    asks: ClassVar = "every"
    suggests: ClassVar[Mapping[str, Any]] = {"cell": "lstm", "learning_rate": 0.01, "schedule": "linear", "steps": 1500, "stop_at": 1.0}

    def ordered(self, letters: Tensor) -> Tensor:
        return letters.sort(dim=1).values


TASK = Sorting
