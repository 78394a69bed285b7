"""The registered tasks. To add one, add a file here that ends in `TASK = YourTask`; nothing else is edited."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import ValidationError

from rnnviz.tasks.base import Batch, Example, Task

__all__ = ["Batch", "Example", "Task", "kinds", "make", "named"]


@cache
def kinds() -> Mapping[str, type[Task]]:
    """Return every task by name."""
    found: dict[str, type[Task]] = {}
    for module in pkgutil.iter_modules(__path__):
        task = getattr(importlib.import_module(f"{__name__}.{module.name}"), "TASK", None)
        if task is not None:
            found[task.name] = task
    return dict(sorted(found.items()))


def named(name: str) -> type[Task]:
    """Return the task of that name. Raises ValueError that lists the names there are."""
    if name not in kinds():
        raise ValueError(f"task: {str(name)[:60]!r} is not one of {', '.join(kinds())}")
    return kinds()[name]


def make(name: str, options: Mapping[str, Any] | None = None, files: Mapping[str, bytes] | None = None) -> Task:
    """Return a task with its options, and with files where it takes some: {name: content}, those to validate on as `validation/name`.

    Raises ValueError with one sentence that names the option or the file.
    """
    kind = named(name)
    if files and not kind.takes_files:
        raise ValueError(f"data: the task {name!r} makes its own data and takes no file")
    try:
        return kind(**{**(options or {}), **({"files": dict(files)} if files else {})})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"] if part != "files")
        message = first["msg"].removeprefix("Value error, ")
        raise ValueError(f"{place}: {message}, got {first['input']!r}" if place else message) from None
