"""What each word of an answer depends on, by gradient: beside attention, the second witness.

Jain & Wallace (2019, arXiv:1902.10186) compare the two: where they disagree, attention is no explanation.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from rnnviz.models import Translator
from rnnviz.models.translator import Read
from rnnviz.network import exactly
from rnnviz.recording import as_numpy
from rnnviz.trace import Labelled, Trace
from rnnviz.translating import Translation


def source_gradients(model: Translator, translation: Translation) -> Trace:
    """Return how much each output token's log-probability depends on each input token.

    `gradient` (batch, output, input) is ‖∂ log p(y_t) / ∂ x_s‖₂ at the embedded input token x_s, through encoder, bridge and
    attention; `gradient_times_input` is the same gradient's product with x_s, with its sign. What was said before is held
    fixed, and so is attention that was forced to be what it is; where it was forced to be made of the model's own, in
    another order or at another temperature, gradients go through that. Made of one pass back for each output token; the
    model is only read.
    """
    model = copy.deepcopy(model).eval() if any(part.training for part in model.modules()) else model  # dropout is off
    answers = {token: at for at, token in enumerate(model.answers)}
    said = [answers[token] for token in translation.tokens]
    with exactly(model), torch.enable_grad(), _without_cudnn(model.device):
        x = model.embedding(torch.tensor([translation.read], device=model.device)).detach().requires_grad_(True)
        padded = torch.nn.functional.pad(x, (0, 0, 0, translation.padding))
        lengths = torch.tensor([len(translation.read)], device=x.device)
        read = model.read_embedded(padded, lengths if translation.padding else None)
        read = read if translation.masked else Read(read.memory, read.bridge, None)
        previous = torch.tensor([[model.end, *said[:-1]]], device=x.device)
        states, _ = model.listen(previous, read.bridge)
        weights = None
        if model.attention is not None and translation.forced:
            scores = model.attention.scores(states, model.attention.keys(read.memory))
            weights = translation.forced.weights(scores, read.lengths)
        chosen = model.say(read, states, weights).logits.double().log_softmax(dim=-1)[0, torch.arange(len(said)), said]
        rows = [torch.autograd.grad(each, x, retain_graph=True)[0][0] for each in chosen]
    gradients = torch.stack(rows)
    values = {
        "gradient": (gradients.double().norm(dim=-1), "gradient", "‖∂ log p/∂x‖", "gradient norm at the input token"),
        "gradient_times_input": ((gradients * x[0].detach()).sum(dim=-1), "gradient", "x·∂ log p/∂x", "gradient times input"),
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
