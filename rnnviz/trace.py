"""The labelled record of one run: the waist of the whole house. Engines make it, figures draw it; it knows neither.

Every array has named axes, so `.sel(layer=1, time=7, unit=3)` cannot confuse them. Positions on the axes count from 1,
as on screen. Arrays are NumPy on the CPU and read-only, so one trace can serve every thread.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
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

    __slots__ = ("__dict__", "_coords", "_parts", "residual", "tokens", "unknown")

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
        set_(self, "_parts", dict(parts))
        set_(self, "_coords", dict(coords or {}))
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

    def __getitem__(self, name: str) -> xr.DataArray:
        if name not in self._parts:
            raise KeyError(f"{name!r} is not recorded here; there are {', '.join(self._parts)}")
        return self._dataset[name]

    def __contains__(self, name: object) -> bool:
        return name in self._parts

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def keys(self) -> tuple[str, ...]:
        return tuple(self._parts)

    @property
    def dataset(self) -> xr.Dataset:
        """All signals as one xarray.Dataset: `.to_netcdf`, `.to_zarr`, `.to_dataframe` come with it."""
        return self._dataset.copy(deep=False)  # a new shell, so that nobody's additions reach anybody else

    @cached_property
    def _dataset(self) -> xr.Dataset:
        # built on first use: labelling costs a millisecond, as much as the run itself for a short text
        sizes: dict[str, int] = {}
        for part in self._parts.values():
            sizes.update(zip(part.dims, part.values.shape, strict=True))
        coords = {dim: self._coords.get(dim, np.arange(1, size + 1)) for dim, size in sizes.items()}
        attrs: dict[str, Any] = {"residual": self.residual}
        if self.tokens:
            attrs["tokens"] = "".join(self.tokens)
        return xr.Dataset({name: (p.dims, p.values, dict(p.attrs)) for name, p in self._parts.items()}, coords=coords, attrs=attrs)

    def __repr__(self) -> str:
        lines = [f"  {name:14} {' '.join(f'{d}={n}' for d, n in zip(p.dims, p.values.shape, strict=True))}" for name, p in self._parts.items()]
        text = f" of {''.join(self.tokens)!r}" if self.tokens else ""
        return "\n".join([f"<Trace{text}, residual {self.residual:.1e}", *lines]) + ">"
