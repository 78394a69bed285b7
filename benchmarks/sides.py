"""Times taken side by side: the sides take turns, so what slows the machine slows them all."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping

import numpy as np


def side_by_side(sides: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, np.ndarray]:
    """Return the seconds of each side in each round, after one round that does not count.

    The heap of the imports is frozen first, as the app does it, so that a collection walks what the sides made alone.
    """
    gc.collect()
    gc.freeze()
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    names = list(sides)
    for turn in range(-1, rounds):
        for name in names if turn % 2 else reversed(names):  # no side is always the one that runs after another
            start = time.perf_counter()
            sides[name]()
            elapsed = time.perf_counter() - start
            if turn >= 0:
                seconds[name].append(elapsed)
    return {name: np.array(values) for name, values in seconds.items()}
