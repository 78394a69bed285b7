"""The labelled record of one run: the waist of the whole house. Engines make it, figures draw it; it knows neither.

Every array has named axes, so `.sel(layer=1, time=7, unit=3)` cannot confuse them. Positions on the axes count from 1,
as on screen. Arrays are NumPy on the CPU and read-only, so one trace can serve every thread.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import xarray as xr


class Labelled(NamedTuple):
    """One array as an engine hands it over: axis names, values, and what it is."""

    dims: tuple[str, ...]
    values: np.ndarray
    attrs: Mapping[str, Any]


class Trace:
    """What a network did, signal by signal.

    Iterating yields the signal names; `trace[name]` is an `xarray.DataArray`. A trace cannot be changed.
    """

    __slots__ = ("_coords", "_indexes", "_parts", "residual", "tokens", "unknown")

    def __init__(
        self,
        parts: Mapping[str, Labelled],
        *,
        coords: Mapping[str, Sequence[Any]] | None = None,
        residual: float = float("nan"),
        tokens: Sequence[str] = (),
        unknown: Sequence[str] = (),
    ) -> None:
        """`coords` labels axes that do not simply count from 1 (direction, token)."""
        for part in parts.values():
            part.values.setflags(write=False)
        set_ = object.__setattr__
        set_(self, "_parts", {name: part._replace(attrs=MappingProxyType(dict(part.attrs))) for name, part in parts.items()})
        set_(self, "_coords", dict(coords or {}))
        set_(self, "_indexes", {})
        set_(self, "residual", float(residual))
        set_(self, "tokens", tuple(tokens))
        set_(self, "unknown", tuple(unknown))

    residual: float
    """max |recorded - what torch.nn returned|, computed from the equations: the proof that pictures show."""
    tokens: tuple[str, ...]
    """The tokens that were read, one a timestep; empty when the input was not text."""
    unknown: tuple[str, ...]
    """The tokens that the vocabulary lacks, each once."""

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a Trace cannot be changed; {name!r} was to be set")

    def __reduce__(self):
        parts = {name: part._replace(attrs=dict(part.attrs)) for name, part in self._parts.items()}
        return _made, (parts, self._coords, self.residual, self.tokens, self.unknown)

    def __getitem__(self, name: str) -> xr.DataArray:
        if name not in self._parts:
            raise KeyError(f"{name!r} is not recorded here; there are {', '.join(self._parts)}")
        part = self._parts[name]
        return xr.DataArray(part.values, coords=self._index(part.dims), dims=part.dims, name=name, attrs=dict(part.attrs))

    def part(self, name: str) -> Labelled:
        """Return a signal as it was handed over: axis names, values, attributes. A hundred times cheaper than its DataArray."""
        return self._parts[name]

    def sizes(self, name: str) -> dict[str, int]:
        """Return how long each axis of a signal is."""
        part = self._parts[name]
        return dict(zip(part.dims, part.values.shape, strict=True))

    def layer(self, name: str, layer: int, direction: str = "forward", batch: int = 1) -> Labelled:
        """Return a signal of one layer, direction and sequence, all counted from 1: what `.sel` gives, without its cost."""
        part = self._parts[name]
        if layer < 1 or batch < 1:
            raise IndexError(f"layers and sequences count from 1, got layer={layer}, batch={batch}")
        return Labelled(part.dims[3:], part.values[layer - 1, self.directions.index(direction), batch - 1], part.attrs)

    @property
    def unit_signals(self) -> tuple[str, ...]:
        """The signals that have a value for every unit: gates and states."""
        return tuple(name for name, part in self._parts.items() if "unit" in part.dims)

    def dims(self, name: str) -> tuple[str, ...]:
        """Return the axes of a signal; nothing for one that is not there."""
        return self._parts[name].dims if name in self._parts else ()

    @property
    def directions(self) -> tuple[str, ...]:
        return tuple(str(direction) for direction in self._coords.get("direction", ()))

    def __contains__(self, name: object) -> bool:
        return name in self._parts

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def reading(self, tokens: Sequence[str], unknown: Sequence[str] = ()) -> Trace:
        """Return this trace with what was read at each step."""
        return _made(self._parts, self._coords, self.residual, tuple(tokens), tuple(unknown))

    def called(self, names: Mapping[str, str]) -> Trace:
        """Return this trace with other long names for some of its signals: the same arrays in a reader's own words."""
        parts = {key: part._replace(attrs={**part.attrs, "long_name": names[key]}) for key, part in self._parts.items() if key in names}
        found = _made({**self._parts, **parts}, self._coords, self.residual, self.tokens, self.unknown)
        object.__setattr__(found, "_indexes", self._indexes)  # the same axes, which are dear to label
        return found

    def keys(self) -> tuple[str, ...]:
        return tuple(self._parts)

    @property
    def dataset(self) -> xr.Dataset:
        """All signals as one xarray.Dataset: `.to_netcdf`, `.to_zarr`, `.to_dataframe` come with it."""
        attrs: dict[str, Any] = {"residual": self.residual}
        if self.tokens:
            attrs["tokens"] = "".join(self.tokens)
        variables = {name: (part.dims, part.values, dict(part.attrs)) for name, part in self._parts.items()}
        every = tuple(dict.fromkeys(dim for part in self._parts.values() for dim in part.dims))
        return xr.Dataset(variables, coords=self._index(every), attrs=attrs)

    def _index(self, dims: tuple[str, ...]) -> xr.Coordinates:
        """Return the coordinates of these axes, made on first use: labelling a short text costs as much as running it."""
        if dims not in self._indexes:
            sizes = {dim: size for part in self._parts.values() for dim, size in zip(part.dims, part.values.shape, strict=True)}
            variables = {dim: xr.IndexVariable(dim, self._coords.get(dim, np.arange(1, sizes[dim] + 1))) for dim in dims}
            self._indexes[dims] = xr.Coordinates(variables)
        return self._indexes[dims]

    def __repr__(self) -> str:
        lines = [
            f"  {name:14} {' '.join(f'{d}={n}' for d, n in zip(p.dims, p.values.shape, strict=True))}" for name, p in self._parts.items()
        ]
        text = f" of {''.join(self.tokens)!r}" if self.tokens else ""
        return "\n".join([f"<Trace{text}, residual {self.residual:.1e}", *lines]) + ">"


def _made(parts, coords, residual, tokens, unknown) -> Trace:
    """Make a trace from what `__reduce__` took apart, for copying and for other processes."""
    return Trace(parts, coords=coords, residual=residual, tokens=tokens, unknown=unknown)
