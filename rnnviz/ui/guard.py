"""The router guard. Until some visitor has run app.py, Streamlit's old router serves pages/x.py alone, without the
frame; a deep link on a fresh server, as a teacher shares it, would come up bare (docs/decisions/0003)."""

from __future__ import annotations


def enter() -> None:
    """Hand over to app.py if the old router brought us here. The first line of every page."""
    import streamlit as st

    try:
        from streamlit.runtime.pages_manager import PagesManager
    except ImportError:
        return
    if getattr(PagesManager, "uses_pages_directory", False):
        PagesManager.uses_pages_directory = False
        st.rerun()
