"""Altair charts on a page."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from rnnviz.ui import content, link


def draw(chart: Any, *, key: str, alt: str, place: DeltaGenerator | None = None, **more: Any) -> None:
    """Draw a chart over the whole width. `alt` says to screen readers what it shows.

    Vega has names of its own for axes and marks, in English only; in another language `alt` stands alone.
    """
    named = chart if link.language() == content.DEFAULT else chart.configure(aria=False)
    (place or st).altair_chart(named, width="stretch", key=key, alt=alt, **more)
