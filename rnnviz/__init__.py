"""See inside recurrent networks: every gate, state and gradient of nn.RNN, nn.LSTM and nn.GRU, exact to float rounding.

The public names are resolved on first use, so `import rnnviz` costs milliseconds and imports neither torch nor Streamlit.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rnnviz import cells as cells
    from rnnviz import clipping as clipping
    from rnnviz import completing as completing
    from rnnviz import decoding as decoding
    from rnnviz import figures as figures
    from rnnviz import forcing as forcing
    from rnnviz import generating as generating
    from rnnviz import gradients as gradients
    from rnnviz import interventions as interventions
    from rnnviz import jacobians as jacobians
    from rnnviz import long_range as long_range
    from rnnviz import models as models
    from rnnviz import occlusion as occlusion
    from rnnviz import scoring as scoring
    from rnnviz import source_gradients as source_gradients
    from rnnviz import tasks as tasks
    from rnnviz import training as training
    from rnnviz import variants as variants
    from rnnviz import zoo as zoo
    from rnnviz.gradients import gradient_flow as gradient_flow
    from rnnviz.gradients import saliency as saliency
    from rnnviz.recipe import Recipe as Recipe
    from rnnviz.recipe import run as run
    from rnnviz.recording import record as record
    from rnnviz.trace import Trace as Trace
    from rnnviz.translating import translate as translate

__version__ = "0.1.0"

_HOMES = {
    "record": "rnnviz.recording",
    "gradient_flow": "rnnviz.gradients",
    "saliency": "rnnviz.gradients",
    "Trace": "rnnviz.trace",
    "Recipe": "rnnviz.recipe",
    "run": "rnnviz.recipe",
    "translate": "rnnviz.translating",
}
"""Where each public function and class lives."""

_PACKAGES = (
    "cells", "clipping", "completing", "decoding", "figures", "forcing", "generating", "gradients", "interventions", "jacobians",
    "long_range", "models", "occlusion", "scoring", "source_gradients", "tasks", "training", "variants", "zoo",
)  # fmt: skip
"""The packages and modules reachable as attributes."""

__all__ = [
    "Recipe", "Trace", "cells", "clipping", "completing", "decoding", "figures", "forcing", "generating", "gradient_flow", "gradients",
    "interventions", "jacobians", "long_range", "models", "occlusion", "record", "run", "saliency", "scoring", "source_gradients",
    "tasks", "training", "translate", "variants", "zoo",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    if name in _PACKAGES:
        return importlib.import_module(f"rnnviz.{name}")
    raise AttributeError(f"module 'rnnviz' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)
