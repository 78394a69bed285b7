"""torch's process-wide random stream, borrowed and handed back as it was."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

EXCHANGE = threading.Lock()
"""Two exchanges at once would hand back each other's state."""


@contextmanager
def undisturbed() -> Iterator[None]:
    """Leave torch's process-wide stream as it was before the block, whatever is drawn inside."""
    with EXCHANGE, torch.random.fork_rng(devices=[]):
        yield
