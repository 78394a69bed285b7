"""Trained models that ship with the project: one folder each, model.safetensors (fp16) and card.json."""

from __future__ import annotations

from pathlib import Path

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from rnnviz.models import LanguageModel
from rnnviz.text import CharacterVocabulary
from rnnviz.training.chance import Chance
from rnnviz.zoo.card import Card, Data

__all__ = ["Card", "Data", "card", "load", "names", "save"]

HERE = Path(__file__).parent


def names() -> list[str]:
    """Return the names of the models that ship, in the order in which they are best met."""
    found = [folder.parent.name for folder in HERE.glob("*/card.json")]
    return sorted(found, key=lambda name: (card(name).validation_bits_per_character, name))


def card(name: str, *, folder: Path | None = None) -> Card:
    """Return what is known of a model without loading its weights. Raises ValueError for an unknown name or a broken card."""
    home = HERE / name if folder is None else folder
    if folder is None and (not name or Path(name).name != name or not (home / "card.json").is_file()):
        known = ", ".join(sorted(f.parent.name for f in HERE.glob("*/card.json")))
        raise ValueError(f"name: no model is called {name!r}; there are {known}")
    try:
        return Card.model_validate_json((home / "card.json").read_text(encoding="utf-8"))
    except (OSError, ValidationError, UnicodeDecodeError) as error:
        raise ValueError(f"card.json of {home.name!r} cannot be read: {str(error).splitlines()[0]}") from None


def load(name: str, *, folder: Path | None = None) -> LanguageModel:
    """Return a trained model, in float32, on the CPU, in evaluation mode; `model.card` says what it is.

    `folder` names another folder of the same layout. Raises ValueError that names what is wrong: the model, the card,
    a tensor that is missing, of another shape, or not finite.
    """
    about = card(name, folder=folder)
    with Chance(0).drawn():  # the initial values are overwritten below; torch's own stream stays untouched
        model = LanguageModel(
            CharacterVocabulary(about.characters),
            about.cell,
            about.hidden,
            layers=about.layers,
            embedding=about.embedding,
            dropout=about.dropout,
        )
    try:
        weights = load_file((HERE / name if folder is None else folder) / "model.safetensors")
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
    model.load_state_dict({key: value.float() for key, value in weights.items()})
    model.card = about
    return model.eval().requires_grad_(False)


def save(model: LanguageModel, about: Card, folder: Path) -> None:
    """Write a model folder: weights in fp16 and the card."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file({key: value.half().contiguous() for key, value in model.state_dict().items()}, folder / "model.safetensors")
    (folder / "card.json").write_text(about.model_dump_json(indent=2) + "\n", encoding="utf-8")
