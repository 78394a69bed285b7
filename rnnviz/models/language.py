"""A language model: at every token it says what may come next."""

from __future__ import annotations

from typing import ClassVar

from rnnviz.models.sequence import Answers, OneHot, SequenceModel
from rnnviz.text import CharacterVocabulary, WordVocabulary

__all__ = ["LanguageModel", "OneHot"]


class LanguageModel(SequenceModel):
    """Predict the next token from all that came before.

    `forward` takes token numbers (batch, time) and returns logits (batch, time, vocabulary) and the last state. With
    `embedding=0` characters enter as one-hot vectors; with `tied` the readout's weights are the embedding's.
    """

    asks: ClassVar[Answers] = "next"

    def __init__(
        self,
        vocabulary: CharacterVocabulary | WordVocabulary,
        cell: str,
        hidden: int,
        *,
        layers: int = 1,
        embedding: int = 32,
        dropout: float = 0.0,
        layer_norm: bool = False,
        residual: bool = False,
        tied: bool = False,
    ) -> None:
        super().__init__(
            vocabulary, vocabulary.tokens, cell, hidden, layers=layers, embedding=embedding, dropout=dropout,
            layer_norm=layer_norm, residual=residual, tied=tied,
        )  # fmt: skip
