"""Attention put in the place of a decoder's own, to see what it then says: the test of whether it looked there for a reason."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, get_args

import torch
from torch import Tensor

from rnnviz.models.attention import attend

Scheme = Literal["own", "uniform", "hardest", "shuffled", "permuted"]
SCHEMES: tuple[str, ...] = get_args(Scheme)
"""What takes the place of the attention of every step: its own; the same weight everywhere; all of it on the token with the
most; its own weights in a new order at each step, or in one order for all steps."""


@dataclass(frozen=True)
class Forced:
    """Which attention a decoder is given.

    `rows` are whole rows by output step, from 1; they are brought to a sum of 1 and win over the scheme. `temperature`
    divides the scores before the softmax. Raises ValueError that names what is wrong.
    """

    scheme: str = "own"
    seed: int = 0
    temperature: float = 1.0
    rows: Mapping[int, tuple[float, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if self.scheme not in SCHEMES:
            raise ValueError(f"attention: {self.scheme!r} is not one of {', '.join(SCHEMES)}")
        if not (math.isfinite(self.temperature) and self.temperature > 0):
            raise ValueError(f"attention: a temperature is above 0, got {self.temperature}")
        rows = {step: tuple(row) for step, row in self.rows.items()}
        object.__setattr__(self, "rows", MappingProxyType(rows))  # nobody changes it afterwards
        for step, row in rows.items():
            if isinstance(step, bool) or not isinstance(step, int) or step < 1:
                raise ValueError(f"attention: rows count from 1, got {step!r}")
            if not row or any(not math.isfinite(value) or value < 0 for value in row) or sum(row) <= 0:
                raise ValueError(f"attention: row {step} must hold weights of 0 or more, and one above 0")

    def __bool__(self) -> bool:
        return self.scheme != "own" or self.temperature != 1 or bool(self.rows)

    def __hash__(self) -> int:
        return hash((self.scheme, self.seed, self.temperature, tuple(sorted(self.rows.items()))))

    def __reduce__(self):
        return Forced, (self.scheme, self.seed, self.temperature, dict(self.rows))

    def weights(self, scores: Tensor, lengths: Tensor | None = None, *, first: int = 1) -> Tensor:
        """Return the weights (batch, output, input) that take the place of those of `scores`; `first` is the step of the first row.

        Padding keeps exactly 0.
        """
        own = attend(scores, lengths) if self.temperature == 1 else attend(_cooled(scores, self.temperature), lengths).to(scores.dtype)
        count = scores.shape[-1]
        weights = own.clone()
        for row in range(len(own)):
            real = count if lengths is None else int(lengths[row])
            for at in range(own.shape[1]):
                step = first + at
                given = self.rows.get(step)
                if given is not None:
                    if len(given) != real:
                        raise ValueError(f"attention: row {step} holds {len(given)} weights, the input has {real} tokens")
                    weights[row, at, :real] = torch.tensor(_normalised(given), dtype=own.dtype, device=own.device)
                elif self.scheme == "uniform":
                    weights[row, at, :real] = 1 / real
                elif self.scheme == "hardest":
                    best = int(scores[row, at, :real].argmax())
                    weights[row, at, :real] = 0
                    weights[row, at, best] = 1
                elif self.scheme in ("shuffled", "permuted"):
                    order = order_of(real, self.seed, step if self.scheme == "shuffled" else 0)
                    weights[row, at, :real] = own[row, at, order.to(own.device)]
        return weights


NONE = Forced()
"""The decoder's own attention."""


def _cooled(scores: Tensor, temperature: float) -> Tensor:
    """Return scores divided by a temperature, in double precision and from their largest down, so that none overflows."""
    return (scores - scores.amax(dim=-1, keepdim=True)).double() / temperature


def _normalised(row: Sequence[float]) -> list[float]:
    """Return weights with a sum of 1, however large or small they are."""
    largest = max(row)
    parts = [value / largest for value in row]
    total = math.fsum(parts)
    return [part / total for part in parts]


def order_of(count: int, seed: int, step: int) -> Tensor:
    """Return a new order of so many input tokens, another one for each step; of two or more, never the old order."""
    chance = torch.Generator().manual_seed((seed * 1_000_003 + step) % 2**63)
    order = torch.randperm(count, generator=chance)
    while count > 1 and bool((order == torch.arange(count)).all()):
        order = torch.randperm(count, generator=chance)
    return order


def written(rows: Mapping[int, Sequence[float]]) -> str:
    """Return edited rows as one flat text: `3:0.1,0.9;4:1,0`."""
    return ";".join(f"{step}:{','.join(f'{value:.4g}' for value in row)}" for step, row in sorted(rows.items()))


def parsed(text: str) -> dict[int, tuple[float, ...]]:
    """Return the rows that `written` wrote. Raises ValueError."""
    rows: dict[int, tuple[float, ...]] = {}
    for part in text.split(";") if text else ():
        step, _, values = part.partition(":")
        try:
            rows[int(step)] = tuple(float(value) for value in values.split(","))
        except ValueError:
            raise ValueError(f"attention: {part[:40]!r} is no row; expected like 3:0.1,0.9") from None
        if int(step) < 1:
            raise ValueError(f"attention: rows count from 1, got {step}")
    return rows
