"""A code that phones read, drawn from its modules, with its address in letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rnnviz.components.base import from_files

QR = from_files("qr", shared=("dom.js",), scripts=("qr.js",), styled=False)


def data(rows: Sequence[str], address: str, words: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the component needs: rows of 0 and 1 without a border, and the address that they say."""
    return {"rows": list(rows), "address": address, "words": dict(words)}
