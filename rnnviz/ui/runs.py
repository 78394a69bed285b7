"""Runs on a page: which one is shown, the worker behind it, its numbers and its network, cached by moment."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from rnnviz.figures.learning import Look, PairLook, look, pair_look
from rnnviz.training.jobs import WorkerProcess
from rnnviz.training.runs import Metrics, Run

_READING = threading.Lock()


@st.cache_resource(show_spinner=False, max_entries=1)
def executor() -> WorkerProcess:
    """Return what trains for everybody on this server."""
    return WorkerProcess()


def find(name: str) -> Run | None:
    """Return a run of this server, or None."""
    try:
        return executor().home.run(name)
    except ValueError:
        return None


@st.cache_resource(show_spinner=False, max_entries=64)
def _metrics(folder: str) -> Metrics:
    return Metrics(Path(folder) / "metrics.jsonl")


def metrics(run: Run) -> Metrics:
    """Return what a run has measured up to now. Everybody on the page shares it: read it, never change it."""
    with _READING:
        return _metrics(str(run.folder)).update()


@st.cache_resource(show_spinner=False, max_entries=2)
def task_of(name: str, options: tuple[tuple[str, Any], ...], files: tuple[tuple[str, bytes], ...]):
    """Return a task with a person's files, read once: a large file takes seconds. Raises ValueError with a sentence."""
    from rnnviz import tasks

    return tasks.make(name, dict(options), dict(files))


def network(run: Run, which: str | int):
    """Return the network of a run: `live`, `last`, `best` or a frame of its film. Raises ValueError with a sentence.

    It is read anew each time, in a millisecond or a few: weights kept for every moment of every run would fill the memory.
    """
    from rnnviz.training.folder import load

    return load(run, which)


@st.cache_resource(show_spinner=False, max_entries=512, hash_funcs={Run: lambda run: str(run.folder)})
def _look(run: Run, which: int, step: int, text: str, targets: tuple, layer: int) -> Look | PairLook:
    return looked(network(run, which), step, text, targets, layer)


def look_of(run: Run, which: str | int, step: int, text: str, targets: tuple[str | float | None, ...], layer: int) -> Look | PairLook:
    """Return what the network of a run makes of a text. Raises ValueError with a sentence."""
    if isinstance(which, int):
        return _look(run, which, step, text, targets, layer)
    return looked(network(run, which), step, text, targets, layer)  # of this moment alone: not worth keeping


def looked(model: Any, step: int, text: str, targets: tuple[str | float | None, ...], layer: int) -> Look | PairLook:
    """Return what a network makes of a text, and how far the gradient of its last answer reaches back; of a translator where it looks."""
    from rnnviz.models import Translator
    from rnnviz.recording import record

    if isinstance(model, Translator):
        return translated(model, step, text, len(targets))
    trace = record(model, text)
    layer = min(layer, trace.sizes("hidden")["layer"])
    return look(trace, step, targets, gradient(model, text, trace, targets, layer), layer=layer)


def translated(model: Any, step: int, text: str, right: int) -> PairLook:
    """Return what a translator says to a text, the most probable token each time. `right` is the length of the right answer."""
    import torch

    from rnnviz.translating import translate

    found = translate(model, text)
    with torch.inference_mode():
        bridge = model.read(*model.inputs([model.source.encode(text)])).bridge
    first = bridge[0] if isinstance(bridge, tuple) else bridge
    return pair_look(found.trace, found.tokens, step, first[0, 0].numpy(), right=right)


def gradient(model: Any, text: str, trace: Any, targets: tuple[str | float | None, ...], layer: int) -> np.ndarray | None:
    """Return the norm of the last answer's gradient at the hidden state of a layer, (time,); None where there is no such loss."""
    from rnnviz.gradients import gradient_at

    steps = len(trace.tokens)
    asked = [at for at, target in enumerate(targets[:steps], start=1) if target is not None] or [steps]
    at = asked[-1]
    if model.asks == "next":  # the loss of a step is that of what comes next: at the end, of the right answer where it is known
        last = targets[-1] if len(targets) == steps else None
        known = isinstance(last, str) and len(last) == 1
        text, at = (text + str(last), steps) if known and at == steps else (text, min(at, steps - 1))
    if at < 1:
        return None
    options: dict[str, Any] = {}
    if model.asks == "last":
        at = steps
        if model.answers and len(targets) == steps and targets[-1] in model.answers:
            options["labels"] = [targets[-1]]
    try:
        found = gradient_at(model, text, loss_time=at, **options)
    except ValueError:  # a classifier that also reads backwards
        return None
    return np.linalg.norm(found.layer("hidden", layer, "forward").values[:steps].astype(float), axis=-1)
