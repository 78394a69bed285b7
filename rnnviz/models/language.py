"""A character language model: embedding, recurrent stack, readout. At every character it says what may come next."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from rnnviz.cells import stack
from rnnviz.text import CharacterVocabulary


class OneHot(torch.nn.Module):
    """Stand in for an embedding without learning one: token k is the k-th unit vector, so W x is a column of W."""

    weight: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("weight", torch.eye(size), persistent=False)

    def forward(self, ids: Int[Tensor, "*batch"]) -> Float[Tensor, "*batch size"]:
        return self.weight[ids]


class LanguageModel(torch.nn.Module):
    """Predict the next character from all that came before.

    `forward` takes token numbers (batch, time) and returns logits (batch, time, vocabulary) and the last state. With
    `embedding=0` characters enter as one-hot vectors.
    """

    def __init__(
        self, vocabulary: CharacterVocabulary, cell: str, hidden: int, *, layers: int = 1, embedding: int = 32, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.cell = cell
        self.card: Any = None
        """What the zoo knows of a loaded model (a zoo.Card), or None."""
        self.embedding = torch.nn.Embedding(len(vocabulary), embedding) if embedding else OneHot(len(vocabulary))
        self.recurrent = stack(cell, embedding or len(vocabulary), hidden, layers, batch_first=True, dropout=dropout if layers > 1 else 0.0)
        self.dropout = torch.nn.Dropout(dropout)
        self.readout = torch.nn.Linear(hidden, len(vocabulary))

    def forward(self, ids: Int[Tensor, "batch time"], state: Any = None) -> tuple[Float[Tensor, "batch time vocabulary"], Any]:
        outputs, state = self.recurrent(self.dropout(self.embedding(ids)), state)
        return self.readout(self.dropout(outputs)), state

    @property
    def parameter_count(self) -> int:
        return sum(parameter.numel() for parameter in self.parameters())
