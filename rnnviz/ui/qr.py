"""A code of the link of this moment, made here: no other server sees the address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import segno
import streamlit as st

from rnnviz.components.qr import QR, data
from rnnviz.ui import content, link, mount

_QR = mount.register(QR)

LONGEST = 1500
"""Characters of an address. Longer ones fit into a code, but its modules get too small for a phone across a room."""


def rows(address: str) -> list[str]:
    """Return the modules of the code that says this address, without a border; nothing for one that is too long."""
    if len(address.encode()) > LONGEST:
        return []
    code = segno.make_qr(address, error="m", boost_error=False)
    return ["".join("1" if module else "0" for module in row) for row in code.matrix]


def path(found: list[str], border: int = 4) -> str:
    """Return the code as the `d` of an SVG path, one rectangle a module."""
    return "".join(
        f"M{x + border} {y + border}h1v1h-1z" for y, row in enumerate(found) for x, module in enumerate(row) if module == "1"
    )  # fmt: skip


def is_local(address: str) -> bool:
    """Return whether an address means the computer that it is opened on, so that no phone can reach it."""
    host = urlsplit(address).hostname or ""
    return host in ("localhost", "::1") or host.endswith(".localhost") or host.startswith("127.")


def offered(told: Any) -> None:
    """Open the dialog if the context bar's button has just told an address: the browser's own, as it stood there."""
    if not isinstance(told, Mapping):
        return
    address = str(told.get("address", ""))
    if urlsplit(address).scheme in ("http", "https"):
        words = content.words("tour", link.language())["qr"]
        st.dialog(words["title"], width="large")(_show)(address, words)


def _show(address: str, words: Mapping[str, Any]) -> None:
    found = rows(address)
    if not found:
        st.info(words["long"].format(count=len(address), most=LONGEST))
    _QR(key="qr_code", data=data(found, address, words))
    if is_local(address):
        st.info(content.words("tour", link.language())["teach"]["phones"])
