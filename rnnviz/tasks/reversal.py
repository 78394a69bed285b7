"""Reversal: read letters, say them backwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from torch import Tensor

from rnnviz.tasks.answering import Answering


class Reversal(Answering):
    """Say six letters backwards, the last one first (the easy direction for a decoder, Sutskever, Vinyals & Le 2014)."""

    name: ClassVar[str] = "reversal"
    asks: ClassVar = "every"
    suggests: ClassVar[Mapping[str, Any]] = {
        "cell": "lstm",
        "hidden": 64,
        "learning_rate": 0.01,
        "schedule": "linear",
        "steps": 1500,
        "stop_at": 1.0,
    }

    def ordered(self, letters: Tensor) -> Tensor:
        return letters.flip(1)


TASK = Reversal
