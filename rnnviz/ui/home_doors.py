"""The three doors of the Home page: whoever comes is let into real states of the other pages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

_STYLE = Path(__file__).parent / "home.css"

MAN = "The man who ate my pizza has purple hair."

DOORS: Mapping[str, Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "learning": {
        "tour": ("tour", {}),
        "letter": ("unrolled", {"model": "shakespeare-lstm", "text": MAN, "swap": "6.e"}),
        "cell": ("cell", {"model": "tiny-lstm", "text": "hello", "t": "3", "unit": "1"}),
    },
    "teaching": {
        "tour": ("tour", {"present": "1"}),
        "sheets": ("tour", {}),
        "gates": ("gates", {"model": "shakespeare-lstm", "text": MAN, "present": "1"}),
        "hand": ("example", {}),
    },
    "debugging": {
        "gradients": ("gradients", {"view": "experiment"}),
        "clip": ("gradients", {"view": "clip"}),
        "training": ("training", {"task": "characters"}),
    },
}
"""By door and name: the page that a link opens, and what the link says."""

OWN = """\
import torch, rnnviz

lstm = torch.nn.LSTM(32, 64, num_layers=2, batch_first=True)
trace = rnnviz.record(lstm, torch.randn(1, 20, 32))
print(trace["forget_gate"].sel(layer=1, time=7, unit=3))
print(trace.residual)  # largest difference from torch.nn
"""
"""A person's own network, as it would stand in a notebook."""


def draw(words: Mapping[str, Any]) -> None:
    """Draw the doors beside each other; on a narrow screen one below the other."""
    st.html(_STYLE)
    with st.container(key="doors", horizontal=True):
        for door, links in DOORS.items():
            said = words[door]
            with st.container(key=f"door-{door}", border=True, width="stretch"):
                st.markdown(f"**{said['title']}**  \n{said['says']}")
                with st.container(key=f"links-{door}", horizontal=True):
                    for name, (page, asked) in links.items():
                        st.page_link(f"pages/{page}.py", label=said[name], query_params=dict(asked))
                    if door == "debugging":
                        with st.popover(said["own"], type="tertiary"):
                            st.caption(said["own_says"])
                            st.code(OWN, language="python")
