"""What tasks over a series of numbers share."""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor

from rnnviz.models import SequenceModel
from rnnviz.tasks.base import Task
from rnnviz.text import NumberReader


class SeriesTask(Task):
    """A task that reads one number a step and answers with numbers."""

    @cached_property
    def vocabulary(self) -> NumberReader:  # pyright: ignore[reportIncompatibleMethodOverride]
        return NumberReader()


@torch.inference_mode()
def forecast(model: SequenceModel, start: Tensor, steps: int, *, window: int | None = None) -> Tensor:
    """Return how a model goes on from a series (time,), fed with its own predictions: (steps,).

    With `window` it sees the last so many numbers each time, from a zero state, as it was trained.
    """
    model.eval()
    if window is not None:
        series = start.tolist()
        for _ in range(steps):
            seen = torch.tensor(series[-window:], dtype=start.dtype)[None, :, None]
            outputs, _ = model.run(seen)
            series.append(float(model.answered(outputs).flatten()[-1]))
        return torch.tensor(series[len(start) :])
    outputs, state = model.run(start[None, :, None])
    said = []
    for _ in range(steps):
        said.append(model.readout(outputs[:, -1:]))
        outputs, state = model.run(said[-1], state)
    return torch.cat(said, dim=1)[0, :, 0]
