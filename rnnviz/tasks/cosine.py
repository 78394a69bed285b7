"""The next value of a cosine from a window of fifty: a regression that a much-read numpy text leaves at RMSE 0.569."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

import torch

from rnnviz.models import SequenceModel
from rnnviz.tasks.base import Batch, whole
from rnnviz.tasks.series import SeriesTask, forecast


class Cosine(SeriesTask):
    """Say the next value of cos(0), cos(1), cos(2), … from the `window` values before it.

    Trained on the first 100 windows of 200 values, measured on the other 50, as in the text; always 0 gives RMSE 0.709.
    """

    name: ClassVar[str] = "cosine"
    asks: ClassVar = "last"
    metric: ClassVar = "rmse"
    suggests: ClassVar[Mapping[str, Any]] = {
        "cell": "rnn",
        "hidden": 32,
        "learning_rate": 0.01,
        "batch": 20,
        "steps": 600,
        "schedule": "cosine",
    }
    baselines: ClassVar[Mapping[str, float]] = {"the numpy text": 0.569}

    window: int = whole(50, 2, 100)

    @cached_property
    def _windows(self) -> Batch:
        series = torch.arange(200, dtype=torch.float64).cos().float()
        windows = series.unfold(0, self.window + 1, 1)
        return Batch(windows[:, : self.window, None].contiguous(), windows[:, self.window].contiguous())

    def training(self) -> Batch:
        return self._windows.rows(torch.arange(len(self._windows) - 50))

    @cached_property
    def validation(self) -> Batch:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._windows.rows(torch.arange(len(self._windows) - 50, len(self._windows)))

    def extra(self, model: SequenceModel) -> dict[str, float]:
        """Return the RMSE of 100 values said freely, each from the network's own before."""
        start = self._windows.inputs[-1, :, 0]
        said = forecast(model, start, 100, window=self.window)
        true = torch.arange(199, 299, dtype=torch.float64).cos().float()
        return {"free-running RMSE": float((said - true).square().mean().sqrt())}


TASK = Cosine
