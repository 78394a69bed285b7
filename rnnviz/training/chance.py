"""Chance that belongs to its user. torch's dropout and initialisation draw from one process-wide generator; here they
draw from a stream of their own, and the process-wide one is left as it was.

The exchange itself is process-wide: another thread that draws inside the block draws from this stream. So training runs
alone in its process (the command line; later the worker); the app's server draws this way only while a model loads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from rnnviz.undisturbed import undisturbed


class Chance:
    """A stream of random numbers, the same for the same seed whoever else draws in the process before or after."""

    def __init__(self, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)
        self._state = torch.Generator().manual_seed(seed + 1).get_state()

    @contextmanager
    def drawn(self) -> Iterator[torch.Generator]:
        """Let torch draw from this stream inside the block."""
        with undisturbed():
            torch.random.set_rng_state(self._state)
            yield self.generator
            self._state = torch.random.get_rng_state()
