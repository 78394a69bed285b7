"""What one server process does once, beside the runs: import torch in the background, collect garbage."""

from __future__ import annotations

import ctypes
import gc
import threading
import time

import streamlit as st

_COLLECT_EVERY_S = 20


@st.cache_resource(show_spinner=False, max_entries=1)
def start() -> threading.Thread:
    """Start the process's helpers; later calls do nothing."""
    thread = threading.Thread(target=_keep_house, daemon=True, name="rnnviz-house")
    thread.start()
    return thread


def _keep_house() -> None:
    import torch

    torch.set_num_threads(1)  # on a shared two-core host, two threads were 20-40 times slower
    from rnnviz import recording, zoo  # noqa: F401

    gc.collect()
    gc.freeze()  # the heap of the imports is never walked again: a collection takes 5 ms instead of 160
    trim = _trimmer()
    while True:
        time.sleep(_COLLECT_EVERY_S)
        gc.collect()
        trim(0)


def _trimmer():
    """Return glibc's malloc_trim, which gives freed memory back to the system, or a stand-in elsewhere."""
    try:
        return ctypes.CDLL("libc.so.6").malloc_trim
    except (OSError, AttributeError):
        return lambda _: 0
