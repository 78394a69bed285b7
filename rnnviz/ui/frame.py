"""What stands around every page: window title, navigation, context bar, notices."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from rnnviz.components.base import HERE as COMPONENTS
from rnnviz.components.base import squeezed_css
from rnnviz.recipe import Recipe
from rnnviz.trace import Trace
from rnnviz.ui import content, context_bar, edits, engine, hiding, lesson, link, pages, server

_STYLES = (Path(__file__).parent / "frame.css", COMPONENTS / "shared" / "terms.css")
_STYLE = f"<style>{squeezed_css(' '.join(sheet.read_text(encoding='utf-8') for sheet in _STYLES))}</style>"
_PRESENT = Path(__file__).parent / "present.css"
_WITHOUT_TEXT = Path(__file__).parent / "without_text.css"
_LESSON = Path(__file__).parent / "lesson.css"


def recipe() -> Recipe:
    """Return what the context bar asks for in this run."""
    return st.session_state["_recipe"]


def summarise(asked: Recipe, trace: Trace) -> None:
    """Say above the page which network reads what. A page that shows another than the context bar's says it again."""
    if not link.presenting():
        with st.session_state["_summary"].container():
            context_bar.summary(asked, trace)


def summarise_line(line: str) -> None:
    """Say in one line above the page which network it shows, where that is no model with a card."""
    if not link.presenting():
        st.session_state["_summary"].markdown(f":gray[{line}]")


def run() -> None:
    """Draw the frame and the page in it."""
    words = content.words("frame", link.language())
    st.set_page_config(page_title=words["app"], page_icon="🔁", layout="wide", initial_sidebar_state="collapsed")
    server.start()
    page = pages.navigation()
    name = page.url_path or pages.PAGES[0]
    if st.session_state.get("_page") not in (None, name):
        st.session_state["_arrived"] = True
        link.arrive()
    st.session_state["_page"] = name
    st.html(_STYLE)
    on = lesson.current()
    asked = context_bar.draw()
    if link.presenting():
        st.html(_PRESENT)
    if name in pages.WITHOUT_TEXT:
        st.html(_WITHOUT_TEXT)
    if style := hiding.style():
        st.html(style)
    if on is not None:
        if name == on.page:
            st.html(_LESSON)
        with st.container(key="lesson"):
            lesson.draw(on, name, asked)
    place = st.container(key="summary")
    st.session_state["_recipe"] = asked
    # a page without text loads no model; elsewhere a recipe that cannot be run stops here, before the page
    trace = None if name in pages.WITHOUT_TEXT else engine.trace(asked)
    with place:
        st.session_state["_summary"] = st.empty()
        if trace is not None:
            summarise(asked, trace)
        notices = st.container()
    page.run()
    if name not in ("cell", *pages.WITHOUT_TEXT):
        edits.elsewhere(words["notice"])
    if said := list(dict.fromkeys(link.notices())):
        notices.info("  \n".join(said))
