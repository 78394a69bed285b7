"""Run a translator and keep everything: `translate`.

What is said is found token by token (decoding.py). Then encoder and decoder are recorded over what was read and said, as
any recurrent network is, and the attention of all steps is one batched product. The largest difference between the two
ways is the trace's residual.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rnnviz.decoding import Answer, Beam, beam_search, check_width, drawn, limit_for
from rnnviz.forcing import NONE, Forced
from rnnviz.models import Translator
from rnnviz.models.attention import attend
from rnnviz.models.translator import END, Read
from rnnviz.network import calm, check_finite, exactly
from rnnviz.recording import StackRun, as_numpy, run_stack, trace_of
from rnnviz.text import Encoded
from rnnviz.trace import Labelled, Trace

LONGEST_SOURCE = 60
"""Tokens that one input may have."""


@dataclass(frozen=True)
class Translation:
    """What a translator read, said and did. `tokens` end with ⟨end⟩ where the answer ended."""

    text: str
    """The answer as a person reads it."""
    tokens: tuple[str, ...]
    read: tuple[int, ...]
    """The input as token numbers."""
    log_probability: float
    """Of the whole answer, in nats."""
    ended: bool
    encoder: Trace
    """The encoder's gates and states: both directions over the input tokens."""
    decoder: Trace
    """The decoder's, over the output steps: what it reads at a step is the token said before."""
    bridge: np.ndarray
    """The decoder's first state, before any step: (1, unit) its hidden state, of an LSTM (2, unit) with the cell state below."""
    trace: Trace
    """All of it: `encoder_…` and `decoder_…` signals with axes `input` and `output`, `score`, `attention`, `own_attention`
    (what it would have been where it was forced), `context`, `vector`, `logit`, `probability`."""
    beam: Beam | None
    """The tree that was searched, where it was."""
    forced: Forced
    padding: int
    masked: bool

    @cached_property
    def source(self) -> tuple[str, ...]:
        return self.trace.tokens

    @property
    def attention(self) -> np.ndarray | None:
        """The weights (output, input), every row with a sum of 1; None for a translator without attention."""
        return self.trace.part("attention").values[0] if "attention" in self.trace else None

    @cached_property
    def probabilities(self) -> np.ndarray:
        """Of each token that was said, after those before it: (output,)."""
        part = self.trace.part("probability").values[0]
        ids = [self._number[token] for token in self.tokens]
        return part[np.arange(len(ids)), ids]

    @cached_property
    def _number(self) -> dict[str, int]:
        return {str(token): at for at, token in enumerate(self.trace["probability"].coords["token"].values)}


def translate(
    model: Translator, text: str, *,
    beam: int = 1, chance: torch.Generator | None = None, temperature: float = 1.0,
    prefix: Sequence[str] = (), forced: Forced = NONE, padding: int = 0, masked: bool = True,
) -> Translation:  # fmt: skip
    """Translate a text and record how.

    Args:
        beam: width of the beam search; 1 takes the most probable token each time.
        chance: draws each token instead, at this `temperature`.
        prefix: tokens that the answer must begin with, as the target vocabulary spells them; ⟨end⟩ may be the last.
        forced: attention in the place of the model's own; without attention it changes nothing.
        padding: empty places behind the input, as a batch with a longer text would have.
        masked: whether attention is kept off them; programs that forget it look like this with `False`.

    Raises:
        TypeError, ValueError: one sentence that names the argument, what came and what was expected.

    The model is only read; any number of threads may use one.
    """
    if not isinstance(model, Translator):
        raise TypeError(f"model: expected a Translator, got {type(model).__name__}")
    encoded = model.source.encode(text)
    count = len(encoded.ids)
    if count > LONGEST_SOURCE:
        raise ValueError(f"text: it has {count} tokens; {LONGEST_SOURCE} is the most that a translator reads here")
    if not isinstance(padding, int) or not 0 <= padding <= LONGEST_SOURCE:
        raise ValueError(f"padding: expected 0 to {LONGEST_SOURCE}, got {padding!r}")
    check_width(beam, "beam")
    start = [_number_of(model, token) for token in prefix]
    if model.end in start[:-1]:
        raise ValueError(f"prefix: {END} ends an answer, so nothing comes after it")
    check_finite(model)
    model = calm(model)
    with exactly(model), torch.inference_mode():
        read, source = _read(model, encoded, padding, masked)
        limit = max(limit_for(count), len(start) + 1)
        tree = beam_search(model, read, beam, prefix=start, forced=forced, limit=limit) if beam != 1 and chance is None else None
        answer = tree.best if tree else drawn(model, read, chance, temperature=temperature, prefix=start, forced=forced, limit=limit)
        return _recorded(model, encoded, answer, forced, read, source, tree, padding, masked)


def _number_of(model: Translator, token: str) -> int:
    try:
        return model.answers.index(token, 1)
    except ValueError:
        raise ValueError(f"prefix: {str(token)[:40]!r} is not among the {len(model.answers) - 1} tokens that can be said") from None


def _read(model: Translator, encoded: Encoded, padding: int, masked: bool) -> tuple[Read, StackRun]:
    """Run the encoder twice: as torch does, for the decoder to use, and recorded."""
    x = model.embedding(model.inputs([encoded])[0])
    return read_padded(model, x, padding, masked), run_stack(model.encoder, x)


def read_padded(model: Translator, x: Tensor, padding: int, masked: bool) -> Read:
    """Run the encoder on embedded tokens (batch, input, features) with so many empty places behind them."""
    lengths = torch.full((len(x),), x.shape[1], device=x.device) if padding else None
    read = model.read_embedded(torch.nn.functional.pad(x, (0, 0, 0, padding)), lengths)
    return read if masked else Read(read.memory, read.bridge, None)


def _recorded(
    model: Translator, encoded: Encoded, answer: Answer, forced: Forced, read: Read, source: StackRun, tree: Beam | None,
    padding: int, masked: bool,
) -> Translation:  # fmt: skip
    previous = torch.tensor([[model.end, *answer.ids[:-1]]], device=model.device)
    target = run_stack(model.decoder, model.spoken(previous), read.bridge)
    states = target.outputs.transpose(0, 1)
    scores = None if model.attention is None else model.attention.scores(states, model.attention.keys(read.memory))
    weights = None if scores is None or not forced else forced.weights(scores, read.lengths)
    said = model.say(read, states, weights)
    logp = said.logits.double().log_softmax(dim=-1)
    step = torch.arange(len(answer.ids))
    total = float(logp[0, step, list(answer.ids)].sum())
    encoder, decoder = trace_of(source), trace_of(target)
    residual = max(encoder.residual, decoder.residual, abs(total - answer.log_probability) / max(1, len(answer.ids)))
    residual = max(residual, float((source.outputs.transpose(0, 1) - read.memory[:, : len(encoded.ids)]).abs().max()))
    tokens = tuple(model.answers[i] for i in answer.ids)
    before = (END, *tokens[:-1])
    parts = {f"encoder_{name}": _of_the_layer(encoder.part(name), ("direction", "batch", "input", "unit")) for name in encoder}
    parts |= {f"decoder_{name}": _of_the_layer(decoder.part(name), ("batch", "output", "decoder_unit")) for name in decoder}
    if said.scores is not None and said.weights is not None and said.context is not None:
        own = said.weights if weights is None else attend(said.scores, read.lengths)
        parts["score"] = _part(("batch", "output", "input"), said.scores, "score", "e", "attention score")
        parts["attention"] = _part(("batch", "output", "input"), said.weights, "attention", "α", "attention weight", (0.0, 1.0))
        parts["own_attention"] = _part(("batch", "output", "input"), own, "attention", "α", "the model's own attention weight", (0.0, 1.0))
        parts["context"] = _part(("batch", "output", "feature"), said.context, "state", "context", "context vector")
    parts["vector"] = _part(("batch", "output", "size"), said.vector, "state", "a", "attentional vector", (-1.0, 1.0))
    parts["logit"] = _part(("batch", "output", "token"), said.logits, "logit", "z", "logit of the next token")
    said_next = said.logits.softmax(dim=-1)
    parts["probability"] = _part(("batch", "output", "token"), said_next, "probability", "p", "probability of the next token", (0.0, 1.0))
    coords = {"direction": list(encoder.directions), "token": list(model.answers)}
    trace = Trace(parts, coords=coords, residual=residual, tokens=encoded.tokens, unknown=encoded.unknown)
    return Translation(
        text=model.target.text(token for token in tokens if token != END),
        tokens=tokens,
        read=encoded.ids,
        log_probability=total,
        ended=answer.ended,
        encoder=encoder.reading(encoded.tokens, encoded.unknown),
        decoder=decoder.reading(before),
        bridge=as_numpy(torch.stack([part[0, 0] for part in (read.bridge if isinstance(read.bridge, tuple) else (read.bridge,))])),
        trace=trace,
        beam=tree,
        forced=forced,
        padding=padding,
        masked=masked,
    )  # fmt: skip


def _of_the_layer(part: Labelled, dims: tuple[str, ...]) -> Labelled:
    """Return a signal without the axes that have one place here: one layer, and for the decoder one direction."""
    return part._replace(dims=dims, values=part.values.reshape(part.values.shape[len(part.dims) - len(dims) :]))


def _part(
    dims: tuple[str, ...], values: Tensor, kind: str, symbol: str, long_name: str, valid_range: tuple[float, float] | None = None
) -> Labelled:
    attrs: dict[str, Any] = {"kind": kind, "symbol": symbol, "long_name": long_name}
    return Labelled(dims, as_numpy(values), attrs if valid_range is None else {**attrs, "valid_range": valid_range})


def unsure(translation: Translation, below: float = 0.5) -> tuple[int, float] | None:
    """Return the output step, from 1, that the model was least sure of and the probability of its token, where that is below `below`."""
    at = int(translation.probabilities.argmin())
    p = float(translation.probabilities[at])
    return (at + 1, p) if p < below or math.isnan(p) else None


def moved(model: Translator, translation: Translation, forced: Forced) -> np.ndarray:
    """Return how far forced attention moves what the decoder expects at each step of an answer it gave: (output,).

    Everything else is as it was, what was said included. The total variation distance, half of Σ|p - q|: 0 where nothing
    changes, 1 where nothing is left. Zeros for a translator without attention.
    """
    model = calm(model)
    with exactly(model), torch.inference_mode():
        answers = {token: at for at, token in enumerate(model.answers)}
        previous = torch.tensor([[model.end, *(answers[token] for token in translation.tokens[:-1])]], device=model.device)
        x = model.embedding(torch.tensor([translation.read], device=model.device))
        read = read_padded(model, x, translation.padding, translation.masked)
        states, _ = model.listen(previous, read.bridge)
        own = model.say(read, states)
        if own.scores is None:
            return np.zeros(len(translation.tokens))
        other = model.say(read, states, forced.weights(own.scores, read.lengths))
        return as_numpy((own.logits.softmax(-1) - other.logits.softmax(-1)).abs().sum(-1)[0] / 2)
