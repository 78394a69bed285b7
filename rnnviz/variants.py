"""Networks made to vanish, to explode, or to do neither: fresh ones from a seed, and changed copies of trained ones."""

from __future__ import annotations

import copy
import math
from typing import Any

import torch
from torch.nn.utils.parametrize import is_parametrized

from rnnviz.cells import named
from rnnviz.initialising import INITS, initialise, set_keep_bias, spectral_radius
from rnnviz.models import LanguageModel, SequenceModel
from rnnviz.text import CharacterVocabulary


def fresh(
    vocabulary: CharacterVocabulary,
    cell: str,
    hidden: int,
    *,
    seed: int,
    layers: int = 1,
    init: str = "uniform",
    radius: float | None = None,
    keep_bias: float | None = None,
) -> LanguageModel:
    """Return an untrained language model with one-hot characters, the same for the same seed, whoever else draws.

    `radius` scales every square block of W_hh (one a gate) to that spectral radius; `keep_bias` is the bias of the gate
    that keeps memory: forget gate, or update gate in torch's convention; a cell without one ignores it. Input weights
    and readout follow torch's rule: uniform in ±1/√units.
    """
    if init not in INITS:
        raise ValueError(f"init: expected one of {', '.join(INITS)}, got {init!r}")
    for name, value, least in (("hidden", hidden, 1), ("layers", layers, 1), ("seed", seed, 0)):
        if not isinstance(value, int) or not least <= value < 2**63:
            raise ValueError(f"{name}: expected a whole number from {least}, got {value!r}")
    for name, number in (("radius", radius), ("keep_bias", keep_bias)):
        if number is not None and not (math.isfinite(number) and (number >= 0 or name == "keep_bias")):
            raise ValueError(f"{name}: expected a finite number{' from 0' if name == 'radius' else ''}, got {number}")
    chance = torch.Generator().manual_seed(seed)
    with torch.device("meta"):  # nothing is drawn there: torch's constructors would take from the process's generator
        model = LanguageModel(vocabulary, cell, hidden, layers=layers, embedding=0)
    model.to_empty(device="cpu")
    model.embedding.weight = torch.eye(len(vocabulary))
    initialise(model, chance, init=init, radius=radius, keep_bias=keep_bias)
    return model.eval()


def altered(model: SequenceModel, *, gain: float = 1.0, keep_bias: float = 0.0) -> SequenceModel:
    """Return a copy of a model with every W_hh multiplied by `gain` and `keep_bias` added to the bias of the gate that keeps.

    The original stays as it is.
    """
    if not isinstance(model, LanguageModel):
        raise TypeError(f"model: expected a LanguageModel, got {type(model).__name__}")
    if is_parametrized(model.recurrent):
        raise ValueError("model: its weights are parametrized; make them permanent first")
    if not (math.isfinite(gain) and math.isfinite(keep_bias)):
        raise ValueError(f"gain, keep_bias: expected finite numbers, got {gain} and {keep_bias}")
    changed = copy.deepcopy(model)
    with torch.no_grad():
        for name, parameter in changed.recurrent.named_parameters():
            if name.startswith("weight_hh"):
                parameter.mul_(gain)
        set_keep_bias(changed, keep_bias, add=True)
    return changed.eval()


def width_for(cell: str, parameters: int, vocabulary: CharacterVocabulary, *, layers: int = 1) -> int:
    """Return how many units give a fresh language model of this cell the number of parameters nearest to `parameters`."""
    blocks, size = named(cell).blocks, len(vocabulary)

    def count(units: int) -> int:
        first = blocks * units * (size + units + 2)
        return first + (layers - 1) * blocks * units * (2 * units + 2) + size * (units + 1)

    return min(range(1, 2049), key=lambda units: abs(count(units) - parameters))


def recurrent_radii(model: SequenceModel, layer: int = 1) -> dict[str, float]:
    """Return the spectral radius of each square block of W_hh, by the letter of its gate."""
    stack: Any = model.recurrent
    if not 1 <= layer <= stack.num_layers:
        raise ValueError(f"layer: expected 1 to {stack.num_layers}, got {layer}")
    weight = getattr(stack, f"weight_hh_l{layer - 1}")
    blocks = weight.split(stack.hidden_size)
    return {letter: spectral_radius(block) for letter, block in zip(named(model.cell).letters, blocks, strict=True)}
