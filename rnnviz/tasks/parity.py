"""Running parity: is the number of ones so far odd?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch

from rnnviz.models import SequenceModel
from rnnviz.tasks.base import Batch, choose, whole
from rnnviz.tasks.symbols import SymbolTask


class Parity(SymbolTask):
    """Say at every step whether the number of ones so far is even or odd. One bit of memory, flipped by every 1, is enough."""

    name: ClassVar[str] = "parity"
    asks: ClassVar = "every"
    suggests: ClassVar[Mapping[str, Any]] = {"cell": "lstm", "hidden": 2, "learning_rate": 0.02, "steps": 1500}

    length: int = whole(16, 1, 200)

    @property
    def characters(self) -> str:
        return "01"

    @property
    def answers(self) -> tuple[str, ...]:
        return ("even", "odd")

    def draw(self, count: int, chance: torch.Generator) -> Batch:
        return self._drawn(count, self.length, chance)

    def _drawn(self, count: int, length: int, chance: torch.Generator) -> Batch:
        bits = choose(count, 2, chance, length)
        return Batch(self.numbers("01")[bits], bits.cumsum(dim=1) % 2)

    @torch.inference_mode()
    def extra(self, model: SequenceModel) -> dict[str, float]:
        """Return the accuracy on rows of 100, whatever length it was trained on."""
        long = self._drawn(32, 100, torch.Generator().manual_seed(3))
        return {"accuracy at length 100": float((model.eval()(long.inputs)[0].argmax(dim=-1) == long.targets).float().mean())}


TASK = Parity
