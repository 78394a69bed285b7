"""The embedded Reber grammar: the letter at the start comes back at the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch

from rnnviz.tasks.base import NOT_ASKED, Batch
from rnnviz.tasks.symbols import SymbolTask

GRAMMAR: Mapping[int, tuple[tuple[str, int], tuple[str, int]]] = {
    1: (("T", 2), ("P", 3)),
    2: (("S", 2), ("X", 4)),
    3: (("T", 3), ("V", 5)),
    4: (("X", 3), ("S", 6)),
    5: (("P", 4), ("V", 6)),
}
"""Reber 1967: from each node two letters, each with where it leads; node 6 is the end."""

_LONGEST = 40


class Reber(SymbolTask):
    """Say the next letter of an embedded Reber string (Smith & Zipser 1989; Hochreiter & Schmidhuber 1997, experiment 1).

    Most letters can only be guessed. The last but one repeats the second, a T or a P, however long the string between:
    that place alone counts for the accuracy.
    """

    name: ClassVar[str] = "reber"
    asks: ClassVar = "next"
    scores_some: ClassVar[bool] = True
    suggests: ClassVar[Mapping[str, Any]] = {"cell": "lstm", "steps": 1500}

    @property
    def characters(self) -> str:
        return "BTSXPVE"

    def draw(self, count: int, chance: torch.Generator) -> Batch:
        coins = iter(torch.randint(2, (count * _LONGEST,), generator=chance).tolist())
        words = []
        for _ in range(count):
            outer, node, inner = "TP"[next(coins)], 1, "B"
            while node != 6 and len(inner) < _LONGEST - 6:
                letter, node = GRAMMAR[node][next(coins)]
                inner += letter
            words.append(f"B{outer}{inner}E{outer}E")
        lengths = torch.tensor([len(word) - 1 for word in words])
        whole_ = torch.full((count, int(lengths.max()) + 1), NOT_ASKED)
        for row, word in enumerate(words):
            whole_[row, : len(word)] = self.numbers(word)
        scored = torch.arange(whole_.shape[1] - 1) == (lengths - 2)[:, None]
        return Batch(whole_[:, :-1].clamp_min(0), whole_[:, 1:], lengths, scored)


TASK = Reber
