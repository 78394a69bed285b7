"""A browser component: its files, read once. rnnviz.ui mounts it; nothing here knows Streamlit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Layout = Literal["page", "compact", "present"]
"""`compact` is for a place among other things; `present` is for a projector."""

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Component:
    name: str
    html: str
    css: str
    js: str


@dataclass(frozen=True)
class Choice:
    """What is chosen, 1-based. `turn` grows whenever Python, not the browser, moved the choice."""

    t: int
    unit: int
    signal: str = ""
    turn: int = 0


def from_files(name: str, *, scripts: tuple[str, ...], shared: tuple[str, ...] = (), styled: bool = True) -> Component:
    """Read a component's folder. Scripts are joined in the order given; the last one holds `export default`.

    There is no build step: plain functions in one scope, and no file needs the network. `styled` puts the style sheets
    that pictures share before the component's own.
    """
    folder = HERE / name
    parts = [(HERE / "shared" / script).read_text(encoding="utf-8") for script in shared]
    parts += [(folder / script).read_text(encoding="utf-8") for script in scripts]
    sheets = [HERE / "shared" / name for name in ("base.css", "terms.css")] if styled else []
    css = "\n".join(sheet.read_text(encoding="utf-8") for sheet in [*sheets, folder / f"{name}.css"])
    if styled:
        css = f"@layer picture {{\n{css}\n}}\n{(HERE / 'shared' / 'hiding.css').read_text(encoding='utf-8')}"
    return Component(f"rnnviz_{name}", '<div id="root"></div>', squeezed_css(css), _squeezed("\n".join(parts)))


def squeezed_css(text: str) -> str:
    """Drop comments, and white space that means nothing, from a style sheet: it is sent again with every run of a page.

    Each rule keeps a line: Streamlit takes a sheet of one line for the name of a file.
    """
    bare = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r": +", ":", bare)).replace("}", "}\n").strip()


def _squeezed(text: str) -> str:
    """Drop indentation, comment lines and blank lines: Streamlit sends these files again with every change of the data."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))
