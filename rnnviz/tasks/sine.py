"""Sines of unknown frequency and phase, clean or noisy: the frequency must be read from the first values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from pydantic import Field

from rnnviz.tasks.base import Batch, whole
from rnnviz.tasks.series import SeriesTask


class Sine(SeriesTask):
    """Say the next value at every step of a sine whose frequency and phase are drawn anew for each sequence.

    `noise` is the standard deviation of what is added to every value read; what is asked for is the clean one,
    from the third value on: before, nothing tells the frequency.
    """

    name: ClassVar[str] = "sine"
    asks: ClassVar = "every"
    metric: ClassVar = "rmse"
    suggests: ClassVar[Mapping[str, Any]] = {
        "cell": "lstm",
        "hidden": 16,
        "keep_bias": 1.0,
        "learning_rate": 0.01,
        "schedule": "linear",
        "steps": 1000,
    }

    length: int = whole(40, 5, 200)
    noise: float = Field(default=0.0, ge=0, le=1)

    def draw(self, count: int, chance: torch.Generator) -> Batch:
        frequency = 0.1 + 0.7 * torch.rand(count, 1, generator=chance)
        phase = 2 * math.pi * torch.rand(count, 1, generator=chance)
        clean = torch.sin(frequency * torch.arange(self.length + 1) + phase)
        noise = self.noise * torch.randn(count, self.length, generator=chance)
        targets = clean[:, 1:].clone()
        targets[:, :2] = torch.nan  # before the third value nothing tells the frequency
        return Batch((clean[:, :-1] + noise)[..., None], targets)


TASK = Sine
