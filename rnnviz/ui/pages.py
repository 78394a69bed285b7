"""The pages there are, in the order of the navigation. A page's address is its file's name."""

from __future__ import annotations

import streamlit as st

from rnnviz.ui import content, link

PAGES = ("home", "unrolled", "cell", "gates", "gradients", "training", "activations", "example")

WITHOUT_TEXT = ("training", "activations", "example")
"""Pages that show no model reading a text."""


def navigation():
    """Return Streamlit's navigation over the pages, the first of them at `/`."""
    pages = [st.Page(f"pages/{name}.py", title=content.words(name, link.language())["title"], default=name == PAGES[0]) for name in PAGES]
    return st.navigation(pages, position="top")
