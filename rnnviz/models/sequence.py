"""What every model of text has in common: a vocabulary, an embedding, a recurrent stack and a readout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnnviz.cells import LayeredStack, stack
from rnnviz.models.phrases import PhraseEmbedding
from rnnviz.text import Encoded, NumberReader, Vocabulary, WordVocabulary

Answers = Literal["next", "every", "last"]
"""Where a model is asked: for the next token at every step, for something else at every step, or at the last step only."""


class OneHot(torch.nn.Module):
    """Stand in for an embedding without learning one: token k is the k-th unit vector, so W x is a column of W."""

    weight: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("weight", torch.eye(size), persistent=False)

    def forward(self, ids: Tensor) -> Tensor:
        return self.weight[ids]


class Numbers(torch.nn.Module):
    """Stand in for an embedding where numbers are read: they enter as they are."""

    def forward(self, values: Tensor) -> Tensor:
        return values


class Readout(torch.nn.Linear):
    """From the top layer's state to the answer; with `layer_norm`, from its normalised state (Ba, Kiros & Hinton 2016)."""

    def __init__(self, inputs: int, outputs: int, *, layer_norm: bool = False) -> None:
        super().__init__(inputs, outputs)
        self.norm = torch.nn.LayerNorm(inputs) if layer_norm else None

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input if self.norm is None else self.norm(input))


class TiedReadout(torch.nn.Module):
    """A readout whose weights are the embedding's: a word is said by the vector that it is read by (Press & Wolf 2017).

    The weights stand in the embedding alone, so that they are kept, counted and trained once.
    """

    def __init__(self, embedding: torch.nn.Embedding, *, layer_norm: bool = False) -> None:
        super().__init__()
        self._embedding = (embedding,)  # within a tuple torch does not take it for a part of this module
        self.out_features, self.in_features = embedding.weight.shape
        self.bias = torch.nn.Parameter(torch.zeros(self.out_features))
        self.norm = torch.nn.LayerNorm(self.in_features) if layer_norm else None

    @property
    def weight(self) -> Tensor:
        return self._embedding[0].weight

    def forward(self, input: Tensor) -> Tensor:
        return torch.nn.functional.linear(input if self.norm is None else self.norm(input), self.weight, self.bias)


class SequenceModel(torch.nn.Module):
    """Read a text step by step and answer: with one of `answers`, or with a number where there are none.

    With `embedding=0` tokens enter as one-hot vectors. Layer normalisation and residual connections stand between the
    layers (cells.LayeredStack); the top layer is normalised in the readout. With `phrases` count ratios stand beside the
    embedding (PhraseEmbedding), of so many word pairs. With `tied` the readout's weights are the embedding's (TiedReadout).
    """

    asks: ClassVar[Answers] = "every"

    def __init__(
        self,
        vocabulary: Vocabulary,
        answers: Sequence[str],
        cell: str,
        hidden: int,
        *,
        layers: int = 1,
        embedding: int = 32,
        dropout: float = 0.0,
        bidirectional: bool = False,
        layer_norm: bool = False,
        residual: bool = False,
        phrases: int | None = None,
        tied: bool = False,
    ) -> None:
        super().__init__()
        self.vocabulary, self.answers, self.cell = vocabulary, tuple(answers), cell
        self.card: Any = None
        """What the zoo knows of a loaded model (a zoo.Card), or None."""
        self.reads_numbers = isinstance(vocabulary, NumberReader)
        inputs = embedding if embedding and not self.reads_numbers else len(vocabulary)
        if self.reads_numbers:
            self.embedding: torch.nn.Module = Numbers()
        elif phrases is not None:
            if self.asks != "last" or not isinstance(vocabulary, WordVocabulary) or not embedding:
                raise ValueError("phrases: it is for a classifier that reads words through an embedding")
            self.embedding = PhraseEmbedding(len(vocabulary), embedding, len(self.answers), phrases)
            inputs += self.embedding.extra_columns
        else:
            self.embedding = torch.nn.Embedding(len(vocabulary), embedding) if embedding else OneHot(len(vocabulary))
        options: dict[str, Any] = {"layer_norm": True} if layer_norm else {}
        options |= {"residual": True} if residual else {}
        options |= {"bidirectional": True} if bidirectional else {}
        self.recurrent = stack(cell, inputs, hidden, layers, batch_first=True, dropout=dropout if layers > 1 else 0.0, **options)
        self.dropout = torch.nn.Dropout(dropout)
        outputs = hidden * (2 if bidirectional else 1)
        if not tied:
            self.readout: Readout | TiedReadout = Readout(outputs, len(self.answers) or 1, layer_norm=layer_norm)
        elif self.asks != "next" or not isinstance(self.embedding, torch.nn.Embedding) or embedding != outputs:
            raise ValueError(f"tied: it is for a language model whose embedding is as wide as its state, {outputs}, got {embedding}")
        else:
            self.readout = TiedReadout(self.embedding, layer_norm=layer_norm)

    @property
    def hidden_size(self) -> int:
        """Units of one layer in one direction."""
        recurrent: Any = self.recurrent
        return recurrent.hidden_size

    @property
    def device(self) -> torch.device:
        return self.readout.weight.device

    @property
    def parameter_count(self) -> int:
        return sum(parameter.numel() for parameter in self.parameters())

    def inputs(self, encoded: Sequence[Encoded]) -> Tensor:
        """Return texts as the embedding takes them, padded with zeros: token numbers (batch, time) or values (batch, time, features)."""
        most = max(len(each.ids) for each in encoded)
        if self.reads_numbers:
            found = torch.zeros(len(encoded), most, len(self.vocabulary), device=self.device)
        else:
            found = torch.zeros(len(encoded), most, dtype=torch.long, device=self.device)
        for row, each in enumerate(encoded):
            found[row, : len(each.ids)] = torch.tensor(each.values if self.reads_numbers else each.ids, device=self.device)
        return found

    def entering(self, inputs: Tensor, ratios: Tensor | None = None) -> Tensor:
        """Return what enters the stack, (batch, time, inputs): the embedding after dropout.

        Count ratios beside it are let through whole; `ratios`, (batch, time, columns), stand in their place.
        """
        embedding = self.embedding
        if not isinstance(embedding, PhraseEmbedding):
            return self.dropout(embedding(inputs))
        return torch.cat([self.dropout(embedding.learned(inputs)), embedding.ratios(inputs) if ratios is None else ratios], dim=-1)

    def run(
        self, inputs: Tensor, state: Any = None, lengths: Tensor | None = None, ratios: Tensor | None = None
    ) -> tuple[Float[Tensor, "batch time features"], Any]:
        """Return the top layer's outputs and the last state. Only a network that also reads backwards needs the `lengths`;
        `ratios` are for one with phrases in training."""
        x = self.entering(inputs, ratios)
        recurrent: Any = self.recurrent
        if lengths is None or not recurrent.bidirectional:
            return recurrent(x, state)
        if isinstance(recurrent, LayeredStack):
            return recurrent(x, state, lengths)
        packed, state = recurrent(pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False), state)
        return pad_packed_sequence(packed, batch_first=True, total_length=x.shape[1])[0], state

    def answered(self, outputs: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return what is answered from the top layer's outputs: (batch, time, answers), or (batch, answers) at the last step.

        A network that also reads backwards has read all of the text at the last step one way, at the first the other.
        """
        if self.asks == "last":
            rows = torch.arange(len(outputs), device=outputs.device)
            last = torch.full_like(rows, outputs.shape[1]) if lengths is None else lengths
            ends, recurrent = outputs[rows, last - 1], self.recurrent
            if recurrent.bidirectional:
                half = outputs.shape[2] // 2
                ends = torch.cat([ends[:, :half], outputs[:, 0, half:]], dim=1)
            outputs = ends
        return self.readout(self.dropout(outputs))

    def forward(self, inputs: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        outputs, state = self.run(inputs, state)
        return self.answered(outputs), state
