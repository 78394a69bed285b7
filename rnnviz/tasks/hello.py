"""The next character of "hello": four steps that no network without memory gets right."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from rnnviz.tasks.base import Batch
from rnnviz.tasks.symbols import SymbolTask


class Hello(SymbolTask):
    """Say the next letter of "hello". After an l comes an l once and an o once: only memory tells which.

    The word is Karpathy's (2015). Without recurrence the loss cannot fall below (2 ln 2) / 4 nats.
    """

    name: ClassVar[str] = "hello"
    asks: ClassVar = "next"
    suggests: ClassVar[Mapping[str, Any]] = {
        "cell": "rnn",
        "hidden": 3,
        "learning_rate": 0.05,
        "batch": 1,
        "steps": 300,
        "validate_every": 5,
    }
    baselines: ClassVar[Mapping[str, float]] = {"no memory": 0.75}

    FLOOR: ClassVar[float] = math.log(2) / 2

    @property
    def characters(self) -> str:
        return "helo"

    def training(self) -> Batch:
        return Batch(self.numbers("hell")[None], self.numbers("ello")[None])

    @cached_property
    def validation(self) -> Batch:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self.training()


TASK = Hello
