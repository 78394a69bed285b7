"""Trained models that ship with the project: one folder each, model.safetensors (fp16) and card.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rnnviz.zoo.cards import AnyCard, Card, Data, SentenceCard, TaskCard, card, names

if TYPE_CHECKING:
    from rnnviz.zoo.weights import load, save

__all__ = ["AnyCard", "Card", "Data", "SentenceCard", "TaskCard", "card", "load", "names", "save"]


def __getattr__(name: str) -> Any:
    if name in ("load", "save"):  # these two need torch, reading cards does not
        from rnnviz.zoo import weights

        return getattr(weights, name)
    raise AttributeError(f"module 'rnnviz.zoo' has no attribute {name!r}")
