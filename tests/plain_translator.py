"""A translator typed anew from its papers, with torch's own cells and one step at a time.

Nothing of rnnviz is used but a model's weights. Everything is differentiable, from `x`, the embedded input.
"""

from __future__ import annotations

import itertools

import oracle
import torch
from networks import seeded

from rnnviz.models import Translator
from rnnviz.sentences import SentenceVocabulary
from rnnviz.text import CharacterVocabulary

CELLS = ("lstm", "gru", "rnn")
SCORES = ("none", "dot", "general", "additive")
SIZES = ((3, False), (3, True), (0, False))
"""Embedding, or 0 for one-hot, and whether the readout is tied to it."""
EVERY = list(itertools.product(CELLS, SCORES, SIZES))

TORCH_CELLS = {"lstm": torch.nn.LSTMCell, "gru": torch.nn.GRUCell, "rnn": torch.nn.RNNCell}


def translator(cell="lstm", attention="additive", sizes=(3, False), *, hidden=4, seed=0, spread=2.5, answers="uvwxyz", dropout=0.0):
    """An untrained translator from `abcdef` to `uvwxyz`, or to a list of words, with weights large enough to have opinions."""
    target = CharacterVocabulary(answers) if isinstance(answers, str) else SentenceVocabulary(answers, language="english")
    make = lambda: Translator(  # noqa: E731
        CharacterVocabulary("abcdef"), target, cell, hidden, attention=attention, embedding=sizes[0], tied=sizes[1], dropout=dropout
    )
    model = seeded(make, seed).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(spread)
    return model.requires_grad_(False)


def table(embedding, like):
    """Return what each token is read as: a row each."""
    return embedding.weight if isinstance(embedding, torch.nn.Embedding) else torch.eye(*embedding.weight.shape, dtype=like.dtype)


def torch_cell(module, suffix):
    """Return one of torch's single-step cells with a stack's weights."""
    name = {torch.nn.LSTM: "lstm", torch.nn.GRU: "gru", torch.nn.RNN: "rnn"}[type(module)]
    cell = TORCH_CELLS[name](module.input_size, module.hidden_size).to(module.weight_ih_l0.dtype)
    with torch.no_grad():
        for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(cell, part).copy_(getattr(module, f"{part}_l0{suffix}"))
    return cell.requires_grad_(False)


def steps(module, suffix, inputs, h, c):
    """Run one direction; every signal of every step. States from torch's cell; gates as its documentation has them."""
    cell, found = torch_cell(module, suffix), []
    for x in inputs:
        signals = oracle.step(module, "l0" + suffix, x, h, c)
        if c is None:
            h = cell(x[None], h[None])[0]
        else:
            h, c = (part[0] for part in cell(x[None], (h[None], c[None])))
            torch.testing.assert_close(signals["cell"], c)
        torch.testing.assert_close(signals["hidden"], h)
        found.append({**signals, "hidden": h} | ({} if c is None else {"cell": c}))
    return found


def encoded(model, x):
    """Return the signals of both directions in the text's order, the memory (input, features) and the decoder's first state."""
    has_cell, zero = model.cell == "lstm", x.new_zeros(model.encoder.hidden_size)
    there = steps(model.encoder, "", x, zero, zero if has_cell else None)
    back = steps(model.encoder, "_reverse", x.flip(0), zero, zero if has_cell else None)[::-1]
    memory = torch.stack([torch.cat([a["hidden"], b["hidden"]]) for a, b in zip(there, back, strict=True)])
    last = torch.cat([there[-1]["hidden"], back[0]["hidden"]])
    h = torch.tanh(model.bridge.weight @ last + model.bridge.bias)
    c = None
    if has_cell:
        c = model.bridge_cell.weight @ torch.cat([there[-1]["cell"], back[0]["cell"]]) + model.bridge_cell.bias
    return (there, back), memory, (h, c)


def score(model, s, h):
    """Return how well one state and one input token fit."""
    attention = model.attention
    if attention.score == "dot":
        return (s * h).sum()
    if attention.score == "general":
        return s @ (attention.key.weight @ h)
    inside = attention.query.weight @ s + attention.key.weight @ h + attention.key.bias
    return attention.energy.weight[0] @ torch.tanh(inside)


def heard(model, memory, s, weights=None):
    """Return all that follows from one state of the decoder; `weights` is attention that is given."""
    found = {}
    inside = s
    if model.attention is not None:
        found["score"] = torch.stack([score(model, s, h) for h in memory])
        found["own_attention"] = found["score"].exp() / found["score"].exp().sum()
        found["attention"] = found["own_attention"] if weights is None else weights(found["score"]) if callable(weights) else weights
        found["context"] = sum(weight * h for weight, h in zip(found["attention"], memory, strict=True))
        inside = torch.cat([found["context"], s])
    found["vector"] = torch.tanh(model.combine.weight @ inside + model.combine.bias)
    found["logit"] = model.readout.weight @ found["vector"] + model.readout.bias
    if model.tied:
        found["logit"] = model.spoken.weight @ found["logit"] + model.readout_bias
    found["probability"] = found["logit"].exp() / found["logit"].exp().sum()
    return found


def run(model, x, said, weights=lambda step, scores: None, padding=0):
    """Run all of it over an embedded input and an answer that is given, as token numbers: signals of encoder and decoder.

    `weights` gives the attention of an output step, from 1, in the place of the model's own; `padding` are zero vectors
    behind the memory that attention is not kept off.
    """
    both, memory, (h, c) = encoded(model, x)
    memory = torch.cat([memory, memory.new_zeros(padding, memory.shape[1])])
    spoken, end = table(model.spoken, x), len(model.answers) - 1
    states = steps(model.decoder, "", spoken[[end, *said[:-1]]], h, c)
    told = []
    for at, signals in enumerate(states):
        given = lambda scores, at=at: weights(at + 1, scores)  # noqa: E731
        own = heard(model, memory, signals["hidden"])
        forced = None if model.attention is None else given(own["score"])
        told.append(own if forced is None else heard(model, memory, signals["hidden"], forced))
    return both, states, told


def greedy(model, x, limit, weights=lambda step, scores: None, prefix=()):
    """Say the most probable token each time, never the unknown one: the answer and its log-probability."""
    _, memory, (h, c) = encoded(model, x)
    spoken, end = table(model.spoken, x), len(model.answers) - 1
    said, total = [], 0.0
    while len(said) < limit:
        signals = steps(model.decoder, "", [spoken[said[-1] if said else end]], h, c)[0]
        h, c = signals["hidden"], signals.get("cell")
        own = heard(model, memory, h)
        forced = None if model.attention is None else weights(len(said) + 1, own["score"])
        p = (own if forced is None else heard(model, memory, h, forced))["probability"].double()
        token = prefix[len(said)] if len(said) < len(prefix) else 1 + int(p[1:].argmax())
        total += float(p[token].log())
        said.append(token)
        if token == end:
            break
    return tuple(said), total


def log_probability(model, x, said):
    """Return the log-probability of an answer that is given."""
    _, _, told = run(model, x, said)
    return sum(float(step["probability"][token].log()) for step, token in zip(told, said, strict=True))


def embedded(model, text):
    """Return a text of `abcdef` as vectors."""
    ids = [1 + "abcdef".index(letter) if letter in "abcdef" else 0 for letter in text]
    return table(model.embedding, model.bridge.weight)[ids]


def stacked(told, name):
    return torch.stack([step[name] for step in told])
