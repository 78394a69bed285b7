"""Model folders on disk: model.safetensors (fp16) and card.json, read with every check and written."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from rnnviz.models import LanguageModel
from rnnviz.text import CharacterVocabulary
from rnnviz.training.chance import Chance
from rnnviz.zoo.cards import HERE, Card, card


def load(name: str, *, folder: Path | str | None = None) -> LanguageModel:
    """Return a trained model, in float32, on the CPU, in evaluation mode; `model.card` says what it is.

    `folder` names another folder of the same layout. Raises ValueError that names what is wrong: the model, the card,
    a tensor that is missing, of another shape, or not finite.
    """
    about = card(name, folder=folder)
    with Chance(0).drawn():  # the first values are overwritten below, and torch's own stream stays untouched
        model = LanguageModel(
            CharacterVocabulary(about.characters),
            about.cell,
            about.hidden,
            layers=about.layers,
            embedding=about.embedding,
            dropout=about.dropout,
        )
    try:
        weights = load_file((HERE / name if folder is None else Path(folder)) / "model.safetensors")
    except (OSError, SafetensorError) as error:
        raise ValueError(f"model.safetensors of {name!r} cannot be read: {error}") from None
    expected = model.state_dict()
    if missing := sorted(expected.keys() ^ weights.keys()):
        raise ValueError(f"model.safetensors of {name!r}: the tensors do not match the card; look at {', '.join(missing[:3])}")
    for key, value in weights.items():
        if value.shape != expected[key].shape:
            raise ValueError(f"model.safetensors of {name!r}: {key} has shape {tuple(value.shape)}, expected {tuple(expected[key].shape)}")
        if not bool(torch.isfinite(value).all()):
            raise ValueError(f"model.safetensors of {name!r}: {key} holds {int((~torch.isfinite(value)).sum())} values that are not finite")
    model.load_state_dict({key: value.to(expected[key].dtype) for key, value in weights.items()}, assign=True)
    model.card = about
    return model.eval().requires_grad_(False)


def save(model: LanguageModel, about: Card, folder: Path) -> None:
    """Write a model folder: weights in fp16, whole numbers as they are, and the card."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file({key: compact(value) for key, value in model.state_dict().items()}, folder / "model.safetensors")
    (folder / "card.json").write_text(about.model_dump_json(indent=2) + "\n", encoding="utf-8")


def compact(value: Tensor) -> Tensor:
    """Return a tensor as a model folder keeps it: in fp16, unless it holds whole numbers, which fp16 would round."""
    return (value.half() if value.is_floating_point() else value).contiguous()
