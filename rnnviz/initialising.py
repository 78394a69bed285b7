"""How weights start: drawn from a generator of the caller's, never from torch's process-wide one."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from rnnviz.cells import named
from rnnviz.models import SequenceModel, Translator

INITS = ("uniform", "orthogonal", "identity")
"""Of the recurrent weights: torch's own rule; orthogonal (Saxe, McClelland & Ganguli 2014); the identity, which with a
rectifier is the IRNN (Le, Jaitly & Hinton 2015). The last two come with zero biases. `normal`, a standard normal draw for
every weight of the stack, is what a published program does, and here to be seen failing."""


def initialise(
    model: SequenceModel | Translator,
    chance: torch.Generator,
    *,
    init: str = "uniform",
    radius: float | None = None,
    keep_bias: float | None = None,
    embedding_std: float = 1.0,
) -> None:
    """Draw every weight of a model anew.

    Input weights and readout follow torch's rule, uniform in ±1/√units; embeddings are normal. `radius` scales every square
    block of W_hh (one a gate) to that spectral radius; `keep_bias` is the bias of the gate that keeps memory.
    """
    units = model.hidden_size
    bound = units**-0.5
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            stack = name.startswith(("recurrent", "encoder", "decoder"))
            if "norm" in name:
                parameter.fill_(float("weight" in name))
            elif name.startswith(("embedding", "spoken")):
                parameter.normal_(0, embedding_std, generator=chance)
            elif init == "normal" and stack:
                parameter.normal_(generator=chance)
            else:
                parameter.uniform_(-bound, bound, generator=chance)
            if init in ("orthogonal", "identity") and stack and "bias" in name:
                parameter.zero_()
            if stack and "weight_hh" in name:
                for block in parameter.split(parameter.shape[1]):
                    if init == "orthogonal":
                        torch.nn.init.orthogonal_(block, generator=chance)
                    elif init == "identity":
                        torch.nn.init.eye_(block)
                    if radius is not None:
                        block.mul_(radius / max(spectral_radius(block), 1e-30))
        set_keep_bias(model, keep_bias, add=False)


def spectral_radius(matrix: Tensor) -> float:
    """Return the largest magnitude of the eigenvalues of a square matrix; NaN if it is not finite."""
    return float(torch.linalg.eigvals(matrix.detach().double()).abs().max()) if bool(matrix.isfinite().all()) else math.nan


def set_keep_bias(model: SequenceModel | Translator, value: float | None, *, add: bool) -> None:
    """Set the bias of the gate that keeps memory, or add to it. None, and a cell without such a gate, leave it as it is."""
    block = named(model.cell).keep_block
    if value is None or block is None:
        return
    for stack in (model.encoder, model.decoder) if isinstance(model, Translator) else (model.recurrent,):
        for name, bias in stack.named_parameters():
            units = len(bias) // named(model.cell).blocks
            rows = slice(block * units, (block + 1) * units)
            if name.startswith("bias_ih"):
                bias[rows] = bias[rows] + value if add else value
            elif name.startswith("bias_hh") and not add:
                bias[rows] = 0
