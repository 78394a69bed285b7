"""The words of the interface: one folder a language, one file a page."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DEFAULT = "en"


@cache
def languages() -> tuple[str, ...]:
    """Return the languages of the interface. Asked fifty times a run, the folder is read once: each look at the disk lets another
    thread run first, and with a class that types, fifty others wait."""
    return tuple(sorted(folder.name for folder in HERE.iterdir() if (folder / "frame.toml").is_file()))


@cache
def words(page: str, language: str = DEFAULT) -> Mapping[str, Any]:
    """Return the words of a page. Raises FileNotFoundError for a page without any."""
    return tomllib.loads((HERE / language / f"{page}.toml").read_text(encoding="utf-8"))
