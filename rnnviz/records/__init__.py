"""Recorded runs: settings, curve, scores and CPU seconds. `python -m rnnviz repeat FILE` makes one again and compares."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@cache
def names(task: str) -> list[str]:
    """Return the names of the recorded runs of a task."""
    return [path.stem for path in sorted(HERE.glob("*.json")) if load(path.stem)["settings"]["task"] == task]


def load(name: str) -> dict[str, Any]:
    """Return a recorded run."""
    return json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
