"""Model folders on disk: model.safetensors (fp16) and card.json, read with every check and written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from rnnviz.models import SequenceModel, Translator, build
from rnnviz.refusal import Refusal
from rnnviz.zoo.cards import HERE, AnyCard, card


def load(name: str, *, folder: Path | str | None = None) -> Any:
    """Return a trained model, a SequenceModel or a Translator, in float32, on the CPU, in evaluation mode; `model.card` says what it is.

    `folder` names another folder of the same layout. Raises ValueError that names what is wrong: the model, the card,
    a tensor that is missing, of another shape, or not finite.
    """
    about = card(name, folder=folder)
    try:
        weights = load_file((HERE / name if folder is None else Path(folder)) / "model.safetensors")
    except (OSError, SafetensorError) as error:
        said = f"model.safetensors of {name!r} cannot be read: {error}"
        raise Refusal(said, "unreadable", model=name, why=said) from None
    model = build(about.description, weights, name=name)
    model.card = about
    return model


def save(model: SequenceModel | Translator, about: AnyCard, folder: Path) -> None:
    """Write a model folder: weights in fp16, whole numbers as they are, and the card."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file({key: compact(value) for key, value in model.state_dict().items()}, folder / "model.safetensors")
    (folder / "card.json").write_text(about.model_dump_json(indent=2) + "\n", encoding="utf-8")


def compact(value: Tensor) -> Tensor:
    """Return a tensor as a model folder keeps it: in fp16, unless it holds whole numbers, which fp16 would round."""
    return (value.half() if value.is_floating_point() else value).contiguous()
