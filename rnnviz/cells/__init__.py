"""The registered cells. To add one, add a file here that ends in `CELL = YourCell()`; nothing else is edited."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import torch

from rnnviz.cells.base import Cell, Kind, Pullback, Role, Signal, State, Weights
from rnnviz.cells.layered import Between, LayeredStack

__all__ = [
    "CELLS",
    "Between",
    "Cell",
    "Kind",
    "LayeredStack",
    "Pullback",
    "Role",
    "Signal",
    "State",
    "Weights",
    "cell_of",
    "named",
    "stack",
]


def _discover() -> Mapping[str, Cell]:
    found: dict[str, Cell] = {}
    for module in pkgutil.iter_modules(__path__):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        cells = getattr(loaded, "CELLS", ()) or ((loaded.CELL,) if hasattr(loaded, "CELL") else ())
        found.update({cell.name: cell for cell in cells})
    return MappingProxyType(dict(sorted(found.items())))


CELLS: Mapping[str, Cell] = _discover()
"""Every cell by name."""


def named(name: str) -> Cell:
    """Return the cell of that name. Raises ValueError that lists the names there are."""
    if name not in CELLS:
        raise ValueError(f"cell: {name!r} is not one of {', '.join(CELLS)}")
    return CELLS[name]


def cell_of(module: torch.nn.Module) -> Cell | None:
    """Return the cell that a recurrent module is made of, or None if it is no recurrent module of ours or torch's."""
    if isinstance(module, LayeredStack):
        return module.cell
    for cell in CELLS.values():
        if (
            cell.module is not None
            and isinstance(module, cell.module)
            and all(getattr(module, option) == value for option, value in cell.module_options.items())
        ):
            return cell
    return None


def stack(cell: str, input_size: int, hidden_size: int, num_layers: int = 1, **options) -> torch.nn.Module:
    """Make a recurrent stack: torch's module where it has one of this kind, else our own with the same weight names.

    `layer_norm` and `residual`, which torch's modules do not know, make it one of ours.
    """
    kind = named(cell)
    if kind.module is None or options.get("layer_norm") or options.get("residual"):
        return LayeredStack(kind, input_size, hidden_size, num_layers, **options)
    module: Any = kind.module
    return module(input_size, hidden_size, num_layers, **kind.module_options, **options)
