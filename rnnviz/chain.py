"""A feed-forward network whose layers read one character each. With one set of weights for all layers it is an RNN.

Layer t computes tanh(W_t x_t + U_t h_{t-1} + b_t). A feed-forward network has its own W_t, U_t, b_t in every layer; a
recurrent one (Elman 1990) has the same, so its parameters do not grow with the text.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from rnnviz.models import SequenceModel
from rnnviz.network import exactly, network_of
from rnnviz.recording import as_numpy


@dataclass(frozen=True)
class Chain:
    weights: np.ndarray
    """U_t of every layer: (layer, unit, unit)."""
    hidden: np.ndarray
    """h_t: (layer, unit)."""
    parameters: int
    """Numbers to learn in all layers together."""


def chain(model: SequenceModel, text: str, *, generator: torch.Generator | None = None) -> Chain:
    """Return the activations of a chain with one layer a character, made like the model's first recurrent layer.

    Without a generator every layer has the model's own weights; with one, layer by layer weights of its own are drawn from
    it, uniform within ±1/√units as torch.nn.RNN starts. Raises ValueError for a model that is no plain RNN.
    """
    with exactly(model), torch.inference_mode():
        network = network_of(model.recurrent)
        if network.cell.name != "rnn":
            raise ValueError(f"model: a chain is made from a plain RNN, this is a {network.cell.title}")
        shared = network.layers[0][0]
        x = model.embedding(torch.tensor(model.vocabulary.encode(text).ids, device=shared.hidden.device))
        size = network.hidden_size
        hidden, layers, matrices = x.new_zeros(size), [], []
        for x_t in x:
            w, u, *biases = (_own(part, generator, size) if generator else part for part in shared[:4] if part is not None)
            # one fully connected layer on [x_t, h]: nothing recurrent is called here
            hidden = torch.nn.functional.linear(
                torch.cat([x_t, hidden]), torch.cat([w, u], dim=1), torch.stack(biases).sum(dim=0) if biases else None
            ).tanh()
            layers.append(hidden)
            matrices.append(u)
        count = sum(part.numel() for part in shared if part is not None)
        return Chain(as_numpy(torch.stack(matrices)), as_numpy(torch.stack(layers)), count * (len(x) if generator else 1))


def _own(like: torch.Tensor, generator: torch.Generator, size: int) -> torch.Tensor:
    drawn = torch.rand(like.shape, generator=generator, dtype=like.dtype).to(like.device)
    return (2 * drawn - 1) * size**-0.5
