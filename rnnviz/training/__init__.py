"""Training: a loop that is a plain generator, and the settings it takes. `training.loop` needs torch, the settings do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rnnviz.training.settings import Settings

if TYPE_CHECKING:
    from rnnviz.training.loop import Progress, initialise, train, validation_loss

__all__ = ["Progress", "Settings", "initialise", "train", "validation_loss"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from rnnviz.training import loop

        return getattr(loop, name)
    raise AttributeError(f"module 'rnnviz.training' has no attribute {name!r}")
