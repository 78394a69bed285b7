"""A column of a person's own CSV file, forecast one step ahead."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import torch
from pydantic import Field, model_validator
from torch import Tensor

from rnnviz.tasks.base import Batch, whole
from rnnviz.tasks.files import Column, column
from rnnviz.tasks.series import SeriesTask


class CsvColumn(SeriesTask):
    """Say the next value of a column of your own CSV file, at every step of pieces of `window` values.

    The last fifth is kept for validation. Values are read in standard deviations from the mean of the rest. Without a
    file: a sum of two sines and noise, made here.
    """

    name: ClassVar[str] = "csv"
    asks: ClassVar = "every"
    metric: ClassVar = "rmse"
    takes_files: ClassVar[bool] = True
    suggests: ClassVar[Mapping[str, Any]] = {"cell": "gru", "hidden": 32, "steps": 1000, "learning_rate": 0.005}

    window: int = whole(40, 5, 200)
    column: str = Field(default="", max_length=100)
    files: Mapping[str, bytes] = {}

    @model_validator(mode="after")
    def _readable(self):
        if len(self.files) > 1:
            raise ValueError("data: one CSV file at a time")
        _ = self.source
        return self

    @cached_property
    def source(self) -> Column:
        """The column as it stands in the file."""
        for name, content in self.files.items():
            return column(name, content, self.column)
        t, chance = np.arange(600), np.random.default_rng(5)
        values = np.sin(t / 6) + 0.5 * np.sin(t / 2.3) + 0.1 * chance.standard_normal(600)
        return Column("two sines and noise", values, 0, 0)

    @cached_property
    def _series(self) -> tuple[Tensor, Tensor]:
        values = self.source.values
        cut = len(values) - max(4, len(values) // 5)
        mean, spread = values[:cut].mean(), values[:cut].std() or 1.0
        scaled = torch.tensor((values - mean) / spread, dtype=torch.float32)
        return scaled[:cut], scaled[cut:]

    def draw(self, count: int, chance: torch.Generator) -> Batch:
        series, window = self._series[0], min(self.window, len(self._series[0]) - 1)
        starts = torch.randint(len(series) - window, (count,), generator=chance)
        return _pieces(series.unfold(0, window + 1, 1)[starts])

    @cached_property
    def validation(self) -> Batch:  # pyright: ignore[reportIncompatibleMethodOverride]
        series = self._series[1]
        window = min(self.window, len(series) - 1)
        return _pieces(series.unfold(0, window + 1, max(1, (len(series) - window) // 64)))


def _pieces(windows: Tensor) -> Batch:
    return Batch(windows[:, :-1, None].contiguous(), windows[:, 1:].contiguous())


TASK = CsvColumn
