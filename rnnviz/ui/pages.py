"""The pages there are, in the order of the navigation. A page's address is its file's name."""

from __future__ import annotations

import streamlit as st

from rnnviz.ui import content, link

PAGES = (
    "home", "tour", "unrolled", "cell", "gates", "gradients", "attention", "language", "training", "activations", "example", "glossary",
)  # fmt: skip

WITHOUT_TEXT = ("tour", "attention", "training", "activations", "example", "glossary")
"""Pages on which no model of the context bar reads its text; the attention page has two languages, and a text of its own."""


def navigation():
    """Return Streamlit's navigation over the pages, the first of them at `/`."""
    spoken = link.language()
    pages = [st.Page(f"pages/{name}.py", title=content.words(name, spoken)["title"], default=name == PAGES[0]) for name in PAGES]
    return st.navigation(pages, position="top")
