"""A translator: an encoder reads a sequence, a decoder says another, with attention between them or without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnnviz.cells import LayeredStack, named, stack
from rnnviz.models.attention import Attention, attend
from rnnviz.models.sequence import OneHot
from rnnviz.sentences import SentenceVocabulary
from rnnviz.text import CharacterVocabulary, Encoded

END = "⟨end⟩"
"""What a decoder reads first and says last."""

PairVocabulary = CharacterVocabulary | SentenceVocabulary
"""What a translator reads and writes with."""


@dataclass(frozen=True)
class Read:
    """What an encoder leaves behind of a batch of inputs."""

    memory: Float[Tensor, "batch input features"]
    """Its state at every token, both directions side by side; zero at padding."""
    bridge: Any
    """The decoder's first state, as torch.nn takes it: made of the encoder's last states, of one size whatever the input's length."""
    lengths: Int[Tensor, " batch"] | None


@dataclass(frozen=True)
class Looked:
    """What a decoder's states look at, and what comes of it: all per batch and output step."""

    scores: Float[Tensor, "batch output input"] | None
    weights: Float[Tensor, "batch output input"] | None
    context: Float[Tensor, "batch output features"] | None
    """Σ_s α_ts h_s: the encoder's states, weighed."""
    vector: Float[Tensor, "batch output size"]
    """The attentional vector tanh(W [context; state]), or tanh(W state) without attention."""


@dataclass(frozen=True)
class Said(Looked):
    """And the logits of every token that can be said."""

    logits: Float[Tensor, "batch output token"]


class LockedDropout(torch.nn.Dropout):
    """Leave the same features out at every token of a sequence (Gal & Ghahramani 2016)."""

    def forward(self, input: Float[Tensor, "batch time features"]) -> Float[Tensor, "batch time features"]:
        if not self.training or not self.p:
            return input
        return input * torch.nn.functional.dropout(torch.ones_like(input[:, :1]), self.p)


class Translator(torch.nn.Module):
    """Read a sequence in both directions, then say another one token by token (Sutskever, Vinyals & Le 2014; Cho et al. 2014).

    The decoder's first state is made of the encoder's last ones: the `bridge`, of fixed size. With attention every step
    also looks at the encoder's states (Luong, Pham & Manning 2015, without input feeding, so that the decoder's states
    depend on what was said before alone, and a whole sentence is one call of torch's fused kernel).

    `hidden` is the encoder's units in one direction; the decoder has twice as many. Tokens enter through embeddings, or
    as one-hot vectors with `embedding=0`. With `tied` the readout's weights are the decoder's embedding (Press & Wolf 2017).
    """

    def __init__(
        self,
        source: PairVocabulary,
        target: PairVocabulary,
        cell: str,
        hidden: int,
        *,
        attention: str = "additive",
        embedding: int = 32,
        dropout: float = 0.0,
        tied: bool = False,
    ) -> None:
        super().__init__()
        if tied and not embedding:
            raise ValueError("tied: there is no embedding to tie the readout to")
        self.source, self.target, self.cell = source, target, cell
        self.answers = (*target.tokens, END)
        """What can be said at a step; the last one ends the answer."""
        if len(set(self.answers)) < len(self.answers):
            raise ValueError(f"target: no word may be {target.tokens[0]} or {END}, and none may come twice")
        self.card: Any = None
        """What the zoo knows of a loaded model (a zoo.TaskCard), or None."""
        wide = 2 * hidden
        self.embedding = torch.nn.Embedding(len(source), embedding) if embedding else OneHot(len(source))
        self.spoken = torch.nn.Embedding(len(self.answers), embedding) if embedding else OneHot(len(self.answers))
        """The decoder's embedding: of what was said before."""
        self.encoder = stack(cell, embedding or len(source), hidden, 1, batch_first=True, bidirectional=True)
        self.decoder = stack(cell, embedding or len(self.answers), wide, 1, batch_first=True)
        self.bridge = torch.nn.Linear(wide, wide)
        self.bridge_cell = torch.nn.Linear(wide, wide) if named(cell).has_cell_state else None
        self.attention = None if attention == "none" else Attention(attention, wide, wide)
        self.combine = torch.nn.Linear(wide if self.attention is None else 2 * wide, wide)
        self.tied = tied
        self.readout = torch.nn.Linear(wide, embedding if tied else len(self.answers))
        """Gives logits; with `tied` the vector that is compared with every embedded token."""
        self.readout_bias = torch.nn.Parameter(torch.zeros(len(self.answers))) if tied else None
        self.dropout = LockedDropout(dropout)

    @property
    def score(self) -> str:
        """Which attention it has: none, dot, general or additive."""
        return "none" if self.attention is None else self.attention.score

    @property
    def hidden_size(self) -> int:
        """Units of the encoder in one direction."""
        encoder: Any = self.encoder
        return encoder.hidden_size

    @property
    def end(self) -> int:
        """The number of the token that ends an answer."""
        return len(self.answers) - 1

    @property
    def device(self) -> torch.device:
        return self.bridge.weight.device

    @property
    def parameter_count(self) -> int:
        return sum(parameter.numel() for parameter in self.parameters())

    def inputs(self, encoded: Sequence[Encoded]) -> tuple[Int[Tensor, "batch input"], Int[Tensor, " batch"]]:
        """Return texts as token numbers, padded with zeros, and how many of each are real."""
        lengths = [len(each.ids) for each in encoded]
        found = torch.zeros(len(encoded), max(lengths), dtype=torch.long)
        for row, each in enumerate(encoded):
            found[row, : len(each.ids)] = torch.tensor(each.ids)
        return found.to(self.device), torch.tensor(lengths, device=self.device)

    def read(self, inputs: Int[Tensor, "batch input"], lengths: Int[Tensor, " batch"] | None = None) -> Read:
        """Run the encoder. `lengths` says how many tokens of each input are real; all where it is left out."""
        return self.read_embedded(self.embedding(inputs), lengths)

    def read_embedded(self, x: Float[Tensor, "batch input features"], lengths: Int[Tensor, " batch"] | None = None) -> Read:
        """Run the encoder on embedded tokens."""
        encoder, x = self.encoder, self.dropout(x)
        if lengths is None:
            memory, last = encoder(x)
        elif isinstance(encoder, LayeredStack):
            memory, last = encoder(x, None, lengths)
            memory = memory.masked_fill(torch.arange(x.shape[1], device=x.device)[:, None] >= lengths[:, None, None], 0)
        else:
            packed, last = encoder(pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False))
            memory = pad_packed_sequence(packed, batch_first=True, total_length=x.shape[1])[0]
        return Read(self.dropout(memory), self.bridged(last), lengths)

    def bridged(self, last: Any) -> Any:
        """Return the decoder's first state from the encoder's last ones, (2, batch, hidden) each."""
        hidden, cell = last if isinstance(last, tuple) else (last, None)
        first = self.bridge(torch.cat([hidden[0], hidden[1]], dim=-1)).tanh()[None]
        if self.bridge_cell is None:
            return first
        assert cell is not None
        return first, self.bridge_cell(torch.cat([cell[0], cell[1]], dim=-1))[None]

    def say(
        self, read: Read, states: Float[Tensor, "batch output size"], weights: Tensor | None = None, keys: Tensor | None = None
    ) -> Said:
        """Return what is said from the decoder's states. `weights` take the place of the model's own attention."""
        looked = self.look(read, states, weights, keys)
        return Said(**vars(looked), logits=self.logits(looked.vector))

    def look(
        self, read: Read, states: Float[Tensor, "batch output size"], weights: Tensor | None = None, keys: Tensor | None = None
    ) -> Looked:
        """Do the same but for the logits."""
        if self.attention is None:
            return Looked(None, None, None, self.dropout(self.combine(states).tanh()))
        scores = self.attention.scores(states, self.attention.keys(read.memory) if keys is None else keys)
        weights = attend(scores, read.lengths) if weights is None else weights
        context = weights @ read.memory
        return Looked(scores, weights, context, self.dropout(self.combine(torch.cat([context, states], dim=-1)).tanh()))

    def logits(self, vector: Float[Tensor, "*steps size"]) -> Float[Tensor, "*steps token"]:
        """Return the logits of every token that can be said, from the attentional vector."""
        found = self.readout(vector)
        return torch.nn.functional.linear(found, self.spoken.weight, self.readout_bias) if self.tied else found

    def listen(self, previous: Int[Tensor, "batch output"], state: Any) -> tuple[Float[Tensor, "batch output size"], Any]:
        """Run the decoder over what was said before each step; END comes first. Returns its states and the last one."""
        return self.decoder(self.dropout(self.spoken(previous)), state)

    def forward(
        self, inputs: Int[Tensor, "batch input"], lengths: Int[Tensor, " batch"] | None, previous: Int[Tensor, "batch output"]
    ) -> Float[Tensor, "batch output token"]:
        """Return the logits of every step, given the right token before each (teacher forcing)."""
        read = self.read(inputs, lengths)
        states, _ = self.listen(previous, read.bridge)
        return self.say(read, states).logits

    @torch.no_grad()
    def answer(self, inputs: Int[Tensor, "batch input"], lengths: Int[Tensor, " batch"] | None, limit: int) -> Int[Tensor, "batch output"]:
        """Say the most probable token each time, for a whole batch, until every answer has ended; what follows an END means nothing.

        ⟨unk⟩ is never said.
        """
        read = self.read(inputs, lengths)
        keys = None if self.attention is None else self.attention.keys(read.memory)
        token, state = torch.full((len(inputs), 1), self.end, device=inputs.device), read.bridge
        said, ended = [], torch.zeros(len(inputs), dtype=torch.bool, device=inputs.device)
        while len(said) < limit and not bool(ended.all()):
            states, state = self.listen(token, state)
            token = self.say(read, states, keys=keys).logits[..., 1:].argmax(dim=-1) + 1  # 0 is ⟨unk⟩
            said.append(token)
            ended |= token[:, 0] == self.end
        return torch.cat(said, dim=1)
