"""Texts of a given length, all different: none may be found in a cache."""

from __future__ import annotations

import random
from collections.abc import Iterator

_SOURCE = "the man who ate my pizza has purple hair and sings to all men that a rose by any other name would smell as sweet"


def texts(length: int, seed: int) -> Iterator[str]:
    """Yield texts of exactly this many characters, without end. None starts or ends with a space."""
    chance, words = random.Random(seed), _SOURCE.split()
    while True:
        drawn = " ".join(chance.choices(words, k=length))
        yield drawn[: length - 1].rstrip().ljust(length, "s")
