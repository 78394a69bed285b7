"""Training: settings, a trainer that goes on from where it was, run folders, and the worker that shares one process.

Settings and run folders need no torch; the trainer does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rnnviz.training.settings import Settings

if TYPE_CHECKING:
    from rnnviz.training.trainer import Diverged, Trainer, train

__all__ = ["Diverged", "Settings", "Trainer", "train"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from rnnviz.training import trainer

        return getattr(trainer, name)
    raise AttributeError(f"module 'rnnviz.training' has no attribute {name!r}")
