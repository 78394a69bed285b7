"""The worked example on a page: its weights in session and link, training, the component."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import streamlit as st

from rnnviz.components.base import Choice, Layout
from rnnviz.components.example import EXAMPLE, payload
from rnnviz.ui import errors, link, mount
from rnnviz.worked_example import (
    FLOOR,
    LETTERS,
    MOST,
    PRESETS,
    PUBLISHED,
    RULES,
    TARGETS,
    TEXT,
    Example,
    Film,
    Pass,
    forward,
    train,
    with_recurrence,
)  # fmt: skip

STEPS = 2000
"""Updates of one training run; two runs of it, with memory and without, take half a second."""

RECURRENCES = ("scalar", "full")
TRAINS = ("none", *RULES)

_EXAMPLE = mount.register(EXAMPLE)
Changes = tuple[tuple[str, int, float], ...]
"""Edited weights: (matrix, place counted row by row, value)."""


def original(preset: str, recurrence: str) -> Example:
    """Return a preset's weights before any change."""
    return with_recurrence(PRESETS[preset], recurrence)


def natural_recurrence(preset: str) -> str:
    return "full" if PRESETS[preset].W_hh.ndim else "scalar"


def changes(preset: str, recurrence: str, words: Mapping[str, str]) -> Changes:
    """Return the weights that were edited, from the session, at first from the link; what cannot be is left out, and said."""
    given = link.from_link("set")
    if given is not None and "_set" not in st.session_state:
        st.session_state["_set"] = _parsed(given, words)
    shapes = original(preset, recurrence).matrices()
    kept = []
    for change in st.session_state.get("_set", ()):
        if change[0] in shapes and 0 <= change[1] < shapes[change[0]].size:
            kept.append(change)
        else:
            link.notice(words["beyond"].format(name=change[0], at=change[1]))
    kept = tuple(kept)
    st.session_state["_set"] = kept
    link.write("set", ";".join(f"{name}.{at}={value:.9g}" for name, at, value in kept) or None)
    return kept


def changed(preset: str, recurrence: str, edits: Changes) -> Example:
    """Return the example with edited weights."""
    matrices = {name: values.copy() for name, values in original(preset, recurrence).matrices().items()}
    for name, at, value in edits:
        matrices[name].reshape(-1)[at] = value  # a view, for one number too
    return replace(original(preset, recurrence), **matrices)


def draw(preset: str, recurrence: str, edits: Changes, optimiser: str, *, words: Mapping[str, Any], title: str, key: str) -> None:
    """Draw the component. An edited weight comes back checked a second time."""
    layout = "present" if link.presenting() else "page"
    letter = link.whole("letter", 1, len(TEXT), 1) or 1
    link.carry("letter", letter if letter > 1 else None)
    known = st.session_state.get("_letter")
    turn = st.session_state.get("_letter_turn", 0) + (known != letter)
    st.session_state["_letter"], st.session_state["_letter_turn"] = letter, turn
    try:
        data = _payload(preset, recurrence, edits, optimiser, Choice(letter, 1, "", turn), dict(words["picture"]), title, layout)
    except FloatingPointError as error:
        link.notice(words["notice"]["train"].format(why=errors.said(error, link.language())))
        data = _payload(preset, recurrence, edits, "none", Choice(letter, 1, "", turn), dict(words["picture"]), title, layout)

    def edit() -> None:
        wish = mount.told(key, "edit")
        if not isinstance(wish, Mapping):
            return
        name, at, value = str(wish["matrix"]), int(wish["at"]), float(wish["value"])
        if not math.isfinite(value) or abs(value) > MOST:
            link.notice(words["notice"]["restored"])
            return
        others = tuple(c for c in st.session_state.get("_set", ()) if c[:2] != (name, at))
        untouched = original(preset, recurrence).matrices()[name].reshape(-1)[at] == value
        st.session_state["_set"] = others if untouched else (*others, (name, at, value))

    def step() -> None:
        place = mount.told(key, "chosen")
        if isinstance(place, Mapping):
            st.session_state.letter = st.session_state["_letter"] = int(place["t"])

    _EXAMPLE(key=key, data=data, on_edit_change=edit, on_chosen_change=step)


def as_python(preset: str, recurrence: str, edits: Changes) -> str:
    """Return the lines that run the same weights, edited ones included."""
    matrices = {name: np.asarray(values).tolist() for name, values in changed(preset, recurrence, edits).matrices().items()}
    weights = "".join(f"    {name}=np.array({values!r}),\n" for name, values in matrices.items())
    return (
        "import numpy as np\nfrom rnnviz.worked_example import Example, forward\n\n"
        f"run = forward(Example(\n{weights}))\nprint(run.says, run.loss, run.difference)  # the last: against torch.nn.RNN"
    )


def files(preset: str, recurrence: str, edits: Changes, words: Mapping[str, Any]) -> None:
    """Draw the lines that make the same view, and its numbers as a table."""
    with st.popover(words["export"]):
        st.download_button(
            words["numbers"], lambda: as_csv(changed(preset, recurrence, edits)), "rnnviz-hello.csv", "text/csv", on_click="ignore"
        )
        st.markdown(f"**{words['python']}**")
        st.code(as_python(preset, recurrence, edits), language="python")


def as_csv(example: Example) -> bytes:
    """Return every number of the pass as a table: letter, quantity, place counted from 1, value in full precision."""
    run = forward(example)
    lines = ["letter,token,quantity,place,value"]
    for name in ("from_x", "from_h", "h", "y", "p", "loss"):
        for t, row in enumerate(np.asarray(getattr(run, name)), start=1):
            lines += [f"{t},{TEXT[t - 1]},{name},{at},{float(value)!r}" for at, value in enumerate(np.atleast_1d(row), start=1)]
    return "\n".join(lines).encode("utf-8")


def start_over() -> None:
    """Take another preset as it is: its own recurrence, no edited weights."""
    st.session_state.recurrence = natural_recurrence(st.session_state.preset)
    undo()


def forget_recurrence() -> None:
    """Drop edits of W_hh: it has another shape now."""
    st.session_state["_set"] = tuple(c for c in st.session_state.get("_set", ()) if c[0] != "W_hh")


def undo() -> None:
    st.session_state["_set"] = ()


@st.cache_data(show_spinner=False, max_entries=32)
def spreadsheet(preset: str, recurrence: str, edits: Changes) -> bytes:
    from rnnviz.spreadsheet import workbook

    return workbook(changed(preset, recurrence, edits))


@st.cache_data(show_spinner=False, max_entries=32, hash_funcs=mount.AS_WRITTEN)
def _payload(
    preset: str, recurrence: str, edits: Changes, optimiser: str, choice: Choice, words: Mapping[str, Any], title: str, layout: Layout
) -> bytes:
    example = changed(preset, recurrence, edits)
    now = forward(example)
    film = control = None
    if optimiser != "none":
        film, control = train(example, optimiser, STEPS), train(example, optimiser, STEPS, memory=False)
    natural = recurrence == natural_recurrence(preset)
    return payload(
        _frames(now, film),
        choice,
        letters=LETTERS,
        text=TEXT,
        targets=TARGETS,
        original=original(preset, recurrence).matrices(),
        published=PUBLISHED[preset] if natural else {},
        film=None if film is None or control is None else {
            "optimiser": film.optimiser, "steps": STEPS, "right_from": film.right_from, "floor": FLOOR,
            "control_says": control.passes[-1].says,
        },
        curves={} if film is None or control is None else {
            "losses": film.losses, "control": control.losses, "kept": film.kept.astype(np.uint16),
        },
        most=MOST,
        difference=now.difference,
        words=words,
        title=title,
        layout=layout,
    )  # fmt: skip


def _frames(now: Pass, film: Film | None) -> dict[str, np.ndarray]:
    passes = (now,) if film is None else film.passes
    frames = {f"w_{name}": np.stack([each.example.matrices()[name] for each in passes]) for name in now.example.matrices()}
    if film is not None:
        frames |= {f"g_{name}": np.stack([slopes[name] for slopes in film.gradients]) for name in film.gradients[0]}
    names = ("from_x", "from_h", "h", "y", "p", "loss")
    return frames | {name: np.stack([getattr(each, name) for each in passes]) for name in names}


def _parsed(given: str, words: Mapping[str, str]) -> Changes:
    found: list[tuple[str, int, float]] = []
    for part in given.split(";")[:60]:
        written = re.fullmatch(r"(\w{1,9})\.(\d{1,3})=([-+.\de]{1,30})", part)
        try:
            assert written is not None
            name, at, value = written[1], written[2], float(written[3])
            assert name in asdict(PRESETS["figure"])
            assert math.isfinite(value)
            assert abs(value) <= MOST
        except (ValueError, AssertionError):
            link.notice(words["set"].format(given=link.short(part)))
            continue
        found.append((name, int(at), value))
    return tuple(found)
