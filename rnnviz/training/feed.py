"""Which sequences each step trains on: a function of seed and step alone, so that a run can be taken up anywhere."""

from __future__ import annotations

import hashlib
from functools import lru_cache

import torch

from rnnviz.tasks import Batch, Task
from rnnviz.tasks.base import NOT_ASKED
from rnnviz.training.settings import Settings


def chance_for(seed: int, purpose: str, step: int = 0) -> torch.Generator:
    """Return the stream of random numbers for one purpose at one step, the same wherever the run was taken up."""
    return torch.Generator().manual_seed(number_for(seed, purpose, step))


def number_for(seed: int, purpose: str, step: int = 0) -> int:
    """Return a seed of its own for one purpose at one step."""
    return int.from_bytes(hashlib.blake2b(f"{seed}/{purpose}/{step}".encode(), digest_size=8).digest()) >> 1


class Feed:
    """The batches of a task: drawn anew, from a list epoch by epoch, or one long text in parallel streams."""

    def __init__(self, task: Task, settings: Settings) -> None:
        self.task, self.settings = task, settings
        self.listed, self.text = task.training(), task.stream()
        if self.text is not None and len(self.text) - self._length - 1 < settings.batch * self._length:
            raise ValueError(
                f"data: {len(self.text)} characters are too few for {settings.batch} streams of {self._length}; lower one of them"
            )
        self._order = lru_cache(maxsize=2)(self._order_of)

    @property
    def _length(self) -> int:
        return int(getattr(self.task, "length", 50))

    @property
    def steps_an_epoch(self) -> int | None:
        """How many steps go through all there is; None where sequences are drawn without end."""
        if self.listed is not None:
            return -(-len(self._order(0)) // self.settings.batch)
        return None if self.text is None else self._pieces

    @property
    def _pieces(self) -> int:
        assert self.text is not None
        return max(1, ((len(self.text) - self._length - 1) // self.settings.batch) // self._length)

    def at(self, step: int) -> tuple[Batch, bool]:
        """Return the batch of a step, from 1, and whether it starts afresh instead of going on from the last one's state."""
        settings = self.settings
        if self.text is not None:
            return self._piece(step)
        if self.listed is not None:
            return self.listed.rows(self.rows(step)), True
        return self.task.draw(settings.batch, chance_for(settings.seed, "batch", step)), True

    def rows(self, step: int) -> torch.Tensor:
        """Return which sequences of the list the batch of a step holds, (batch,)."""
        epoch, place = divmod(step - 1, self.steps_an_epoch or 1)
        return self._order(epoch)[place * self.settings.batch : (place + 1) * self.settings.batch]

    def _order_of(self, epoch: int) -> torch.Tensor:
        assert self.listed is not None
        chance = chance_for(self.settings.seed, "order", epoch)
        rows = self.task.portion(chance)
        if rows is None:
            rows = torch.arange(len(self.listed))
        if not self.settings.shuffle:
            return rows
        rows = rows[torch.randperm(len(rows), generator=chance)]
        return self._alike(rows, chance) if self.settings.similar and self.listed.lengths is not None else rows

    def _alike(self, rows: torch.Tensor, chance: torch.Generator) -> torch.Tensor:
        """Return rows in an order in which each batch holds sequences of similar length; the last one, which may be short, stays last."""
        assert self.listed is not None
        assert self.listed.lengths is not None
        size = self.settings.batch
        said = 0 if self.listed.previous is None else (self.listed.targets[rows] != NOT_ASKED).sum(dim=1)
        rows = rows[torch.argsort(self.listed.lengths[rows] * 1000 + said, stable=True)]
        whole = len(rows) // size * size
        batches = rows[:whole].unflatten(0, (-1, size))
        return torch.cat([batches[torch.randperm(len(batches), generator=chance)].flatten(), rows[whole:]])

    def _piece(self, step: int) -> tuple[Batch, bool]:
        assert self.text is not None
        epoch, place = divmod(step - 1, self._pieces)
        # every epoch cuts the streams elsewhere, so that no character always stands at a seam
        skip = int(torch.randint(self._length, (1,), generator=chance_for(self.settings.seed, "order", epoch)))
        span = (len(self.text) - skip - 1) // self.settings.batch
        rows = (skip + span * torch.arange(self.settings.batch)[:, None]) + torch.arange(self._length) + place * self._length
        return Batch(self.text[rows], self.text[rows + 1]), place == 0
