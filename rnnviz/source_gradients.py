"""What each word of an answer depends on, by gradient: beside attention, the second witness.

Jain & Wallace (2019, arXiv:1902.10186) compare the two: where they disagree, attention is no explanation.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from rnnviz.models import Translator
from rnnviz.network import calm, exactly
from rnnviz.recording import as_numpy
from rnnviz.trace import Labelled, Trace
from rnnviz.translating import Translation, read_padded


def source_gradients(model: Translator, translation: Translation) -> Trace:
    """Return how much each output token's log-probability depends on each input token.

    `gradient` (batch, output, input) is ‖∂ log p(y_t) / ∂ x_s‖₂ at the embedded input token x_s, through encoder, bridge and
    attention; `gradient_times_input` is the same gradient's product with x_s, with its sign. What was said before is held
    fixed, and so is attention that was forced to be what it is; where it was forced to be made of the model's own, in
    another order or at another temperature, gradients go through that. The model is only read.
    """
    answers = {token: at for at, token in enumerate(model.answers)}
    said = [answers[token] for token in translation.tokens]
    with exactly(model), torch.enable_grad(), _without_cudnn(model.device):
        model = calm(model)
        # one copy of the input for each output token, so that one pass back gives each its own gradient
        one, count = model.embedding(torch.tensor([translation.read], device=model.device)), len(said)
        x = one.detach().expand(count, -1, -1).clone().requires_grad_(True)
        read = read_padded(model, x, translation.padding, translation.masked)
        previous = torch.tensor([[model.end, *said[:-1]]], device=x.device)
        every, step = model.listen(previous.expand(count, -1), read.bridge)[0], torch.arange(count, device=x.device)
        states = every[step, step][:, None]
        weights = None
        if model.attention is not None and translation.forced:
            scores = model.attention.scores(states, model.attention.keys(read.memory))
            lengths = [None] * count if read.lengths is None else read.lengths.split(1)
            rows = zip(scores.split(1), lengths, strict=True)
            weights = torch.cat([translation.forced.weights(row, length, first=at) for at, (row, length) in enumerate(rows, start=1)])
        chosen = model.say(read, states, weights).logits[:, 0].double().log_softmax(dim=-1)[step, said]
        gradients = torch.autograd.grad(chosen.sum(), x)[0]
    values = {
        "gradient": (gradients.double().norm(dim=-1), "gradient", "‖∂ log p/∂x‖", "gradient norm at the input token"),
        "gradient_times_input": ((gradients * x.detach()).sum(dim=-1), "gradient", "x·∂ log p/∂x", "gradient times input"),
    }
    parts = {
        name: Labelled(("batch", "output", "input"), as_numpy(value[None]), {"kind": kind, "symbol": symbol, "long_name": long_name})
        for name, (value, kind, symbol, long_name) in values.items()
    }
    return Trace(parts, tokens=translation.source, unknown=translation.trace.unknown)


_ONE_AT_A_TIME = threading.Lock()


@contextmanager
def _without_cudnn(device: torch.device) -> Iterator[None]:
    """Go without cuDNN, which goes back through recurrent networks in training mode alone. The switch is the whole process's."""
    if device.type != "cuda":
        yield
        return
    with _ONE_AT_A_TIME, torch.backends.cudnn.flags(enabled=False):
        yield


def agreement(weights: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Return Spearman's rank correlation of each row of two (output, input) arrays; NaN where a row has one value alone.

    Ties share their mean rank.
    """
    import pandas as pd

    first, second = (pd.DataFrame(values).rank(axis=1).to_numpy(float) for values in (weights, gradients))
    first, second = first - first.mean(axis=1, keepdims=True), second - second.mean(axis=1, keepdims=True)
    spread = np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))
    return np.divide((first * second).sum(axis=1), spread, out=np.full(len(spread), np.nan), where=spread > 0)
