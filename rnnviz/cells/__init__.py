"""The registered cells. To add one, add a file here that ends in `CELL = YourCell()`; nothing else is edited."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import torch

from rnnviz.cells.base import Cell, Kind, Pullback, Role, Signal, State, Weights
from rnnviz.cells.stepped import SteppedStack

__all__ = ["CELLS", "Cell", "Kind", "Pullback", "Role", "Signal", "State", "SteppedStack", "Weights", "cell_of", "named", "stack"]


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
    if isinstance(module, SteppedStack):
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
    """Make a recurrent stack: torch's fused module where there is one, else our stepped one with the same weight names."""
    kind = named(cell)
    if kind.module is None:
        return SteppedStack(kind, input_size, hidden_size, num_layers, **options)
    module: Any = kind.module
    return module(input_size, hidden_size, num_layers, **kind.module_options, **options)
