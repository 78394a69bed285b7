"""Attention: how a decoder's state asks the encoder's outputs, and what it gets.

Scores as Luong, Pham & Manning (2015, arXiv:1508.04025) define dot and general, and Bahdanau, Cho & Bengio (2014,
arXiv:1409.0473) the additive one.
"""

from __future__ import annotations

from typing import Literal, get_args

import torch
from jaxtyping import Float, Int
from torch import Tensor

Score = Literal["none", "dot", "general", "additive"]
SCORES: tuple[str, ...] = get_args(Score)


class Attention(torch.nn.Module):
    """Score every input token for a state that asks: `dot` sᵀh, `general` sᵀWh, `additive` vᵀtanh(W s + U h + b).

    Raises ValueError for another score, and for `dot` between vectors of two sizes.
    """

    def __init__(self, score: str, query: int, memory: int) -> None:
        super().__init__()
        if score not in SCORES[1:]:
            raise ValueError(f"attention: {score!r} is not one of {', '.join(SCORES)}")
        if score == "dot" and query != memory:
            raise ValueError(f"attention: dot needs states of one size, got {query} that ask and {memory} that are asked")
        self.score = score
        if score == "general":
            self.key = torch.nn.Linear(memory, query, bias=False)
        elif score == "additive":
            self.query = torch.nn.Linear(query, query, bias=False)
            self.key = torch.nn.Linear(memory, query)
            self.energy = torch.nn.Linear(query, 1, bias=False)

    def keys(self, memory: Float[Tensor, "batch input features"]) -> Float[Tensor, "batch input size"]:
        """Return what is asked at every step, which depends on the input alone and is computed once."""
        return memory if self.score == "dot" else self.key(memory)

    def scores(
        self, states: Float[Tensor, "batch output size"], keys: Float[Tensor, "batch input size"]
    ) -> Float[Tensor, "batch output input"]:
        """Return how well each input token fits each state that asks."""
        if self.score == "additive":
            return self.energy((self.query(states)[:, :, None] + keys[:, None]).tanh())[..., 0]
        return states @ keys.transpose(1, 2)


def attend(scores: Float[Tensor, "batch output input"], lengths: Int[Tensor, " batch"] | None) -> Float[Tensor, "batch output input"]:
    """Return the weights: a softmax over the real tokens of each input. Padding gets exactly 0."""
    if lengths is not None:
        padding = torch.arange(scores.shape[-1], device=scores.device) >= lengths[:, None, None]
        scores = scores.masked_fill(padding, -torch.inf)
    return scores.softmax(dim=-1)
