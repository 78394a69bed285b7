"""What it means that a person did a thing: conditions on the session and on what is shown, as plain values.

A lesson asks for them in its table, and the frame looks at every run whether they hold. No button says "done".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Seen:
    """What a run of the app shows: the page, the model and its text, and everything that the session knows."""

    page: str
    model: str
    text: str
    state: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        """Return a value of the session, or None; `name.field` is a field of it."""
        first, *fields = name.split(".")
        found = self.state.get(first)
        for field in fields:
            found = getattr(found, field, None)
        return found


@dataclass(frozen=True)
class Is:
    """A value of the session is one of these."""

    name: str
    values: tuple[Any, ...]

    def __call__(self, seen: Seen) -> bool:
        return seen[self.name] in self.values


@dataclass(frozen=True)
class AtLeast:
    """A number of the session, or its size, is so large."""

    name: str
    low: float
    size: bool = False

    def __call__(self, seen: Seen) -> bool:
        try:
            value = float(seen[self.name])
        except (TypeError, ValueError):
            return False
        return (abs(value) if self.size else value) >= self.low


@dataclass(frozen=True)
class AtEnd:
    """The timestep is the last one of the text."""

    name: str = "t"

    def __call__(self, seen: Seen) -> bool:
        return seen[self.name] == len(seen.text)


@dataclass(frozen=True)
class Typed:
    """The text has this form."""

    pattern: str
    name: str = "text"

    def __call__(self, seen: Seen) -> bool:
        return re.fullmatch(self.pattern, str(seen[self.name] or ""), re.DOTALL) is not None


@dataclass(frozen=True)
class Held:
    """Signals of one unit are held at these values to the end of the text."""

    values: tuple[tuple[str, float], ...]
    unit: int
    latest: int
    """The last step from which on they may be held."""

    def __call__(self, seen: Seen) -> bool:
        from rnnviz.interventions import parsed

        held = {}
        try:
            found = parsed(seen["edits"] or "")
        except ValueError:
            return False
        for i in found:
            if (
                i.low == i.high
                and i.last in (None, len(seen.text))
                and i.first <= self.latest
                and (i.units is None or self.unit in i.units)
            ):
                held[i.signal] = i.low
        return all(held.get(signal) == value for signal, value in self.values)


@dataclass(frozen=True)
class Swapped:
    """Another character stands at this timestep."""

    t: int

    def __call__(self, seen: Seen) -> bool:
        swap = seen["swap"]
        return bool(swap) and swap[0] == self.t


@dataclass(frozen=True)
class Trained:
    """A run of this task is shown, and so many updates are behind it."""

    task: str
    steps: int
    name: str = "run"

    def __call__(self, seen: Seen) -> bool:
        from rnnviz.ui import runs

        run = runs.find(seen[self.name] or "")
        return run is not None and run.settings().task == self.task and runs.executor().status(run.id).step >= self.steps


@dataclass(frozen=True)
class Opened:
    """The network of a run of this task is what the page reads."""

    task: str
    name: str = "model"

    def __call__(self, seen: Seen) -> bool:
        from rnnviz.ui import engine

        return engine.trained(seen.model) is not None and engine.card(seen.model).task == self.task


Check = Callable[[Seen], bool]


@dataclass(frozen=True)
class Step:
    """One thing to do: on this page, and all of this is then so."""

    page: str
    checks: tuple[Check, ...]

    def done(self, seen: Seen) -> bool:
        return seen.page == self.page and all(check(seen) for check in self.checks)
