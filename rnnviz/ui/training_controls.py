"""The controls of the Training page: a task, a network, how it learns. What differs from the task's own is in the link."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

import streamlit as st

from rnnviz.training.settings import Settings, checked
from rnnviz.ui import content, link, refusals, runs

RATES = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 2e-3, 3e-3, 4e-3, 5e-3, 0.01, 0.02, 0.03, 0.05, 0.1, 0.3, 1.0, 3.0, 10.0)

CELLS = {"rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}
ACTIVATIONS = ("rnn", "rnn-relu", "rnn-sigmoid")

GROUPS: Mapping[str, tuple[str, ...]] = {
    "network": ("activation", "layers", "embedding", "bidirectional", "layer_norm", "residual", "recurrence", "dropout", "word_dropout"),
    "start": ("init", "keep_bias", "embedding_std", "naive_bayes", "phrases", "random_state"),
    "learning": ("optimiser", "schedule", "warm_up", "batch", "clip", "clip_at", "truncate", "weight_decay", "label_smoothing", "balance",
                 "average", "teacher_forcing", "shuffle", "similar", "precision"),
    "end": ("validate_every", "patience", "stop_at"),
}  # fmt: skip

FRACTIONS = {"dropout": 0.99, "word_dropout": 0.99, "label_smoothing": 0.99, "average": 0.9999, "teacher_forcing": 1.0}

DEFAULT_TASK = "adding"

MAY_BE_NONE = ("keep_bias", "stop_at")

MOST_PASTED = 200_000


@dataclass(frozen=True)
class Asked:
    """What the controls say."""

    settings: Settings | None
    """None where they cannot be trained; the sentence has been shown."""
    files: Mapping[str, bytes]


def suggested(task: str) -> dict[str, Any]:
    """Return every setting as it suits a task, as plain values."""
    kind = _kinds()[task]
    values = {
        name: field.get_default(call_default_factory=True)
        for name, field in Settings.model_fields.items()
        if name not in ("task", "options", "data")
    }
    return {**values, **kind.suggests}


def options_of(task: str) -> dict[str, Any]:
    """Return the options of a task with their defaults."""
    return {name: field.default for name, field in _kinds()[task].model_fields.items() if name != "files"}


@st.cache_resource(show_spinner=False, max_entries=1)
def _kinds():
    from rnnviz.tasks import kinds

    return kinds()


def draw(words: Mapping[str, Any]) -> Asked:
    """Draw the controls and return what they say."""
    task_words = content.words("tasks", link.language())
    names = list(task_words)
    asked = link.from_link("task")
    if asked is not None and asked not in names:
        link.notice(words["notice"]["task"].format(given=link.short(asked), shown=task_words[DEFAULT_TASK]["title"]))
    state = st.session_state
    if state.get("lab_task") not in names:
        state["lab_task"] = asked if asked in names else DEFAULT_TASK
        _fill(state["lab_task"])
        _from_link(words)
    with st.container(key="controls", horizontal=True, vertical_alignment="bottom"):
        task = st.selectbox(
            words["task"], names, key="lab_task", persist_state="session", on_change=_changed_task, width=180,
            format_func=lambda name: task_words[name]["title"],
        )  # fmt: skip
        _leading(words)
        options = options_of(task)
        for name in _in_the_row(task):
            _option(task, name, words, width=120 if name == "attention" else 95)
        files: dict[str, bytes] = {}
        if _kinds()[task].takes_files:
            with st.popover(words["own"]):
                files = _files(task, words)
        with st.popover(words["settings"], help=words["settings_help"]):
            _more(task, words)
            st.button(words["defaults"], on_click=_fill, args=(task,))
    values = {name: state[f"lab_{name}"] for name in suggested(task) if name not in _kinds()[task].unsuited}
    if values["cell"] == "rnn":
        values["cell"] = state.get("lab_activation", "rnn")
    usual = suggested(task)
    values = {
        name: usual[name] if value is None and name not in MAY_BE_NONE else value for name, value in values.items()
    }  # a field that was cleared
    given = {"task": task, "options": {name: state[f"lab_{task}_{name}"] for name in options}, "data": tuple(files), **values}
    _to_link(task, given)
    settings = None
    try:
        settings = checked(given)
        if files and (wrong := _unusable(task, tuple(sorted(settings.options.items())), tuple(sorted(files.items())))):
            raise ValueError(wrong)
    except ValueError as error:
        settings = None
        st.error(words["notice"]["limit"].format(message=refusals.part(error, link.language())))
    return Asked(settings, files)


@st.cache_data(show_spinner=False, max_entries=8)
def _unusable(task: str, options: tuple[tuple[str, Any], ...], files: tuple[tuple[str, bytes], ...]) -> str:
    """Return why a person's files cannot be used, or nothing."""
    try:
        runs.task_of(task, options, files)
    except ValueError as error:
        return str(error)
    return ""


def put(settings: Settings) -> None:
    """Let the controls say what a run was trained with."""
    state = st.session_state
    state["lab_task"] = settings.task
    _fill(settings.task)
    for name, value in settings.model_dump().items():
        if f"lab_{name}" in state:
            state[f"lab_{name}"] = _within(name, value)
    state["lab_cell"] = settings.cell if settings.cell in CELLS else "rnn"
    state["lab_activation"] = settings.cell if settings.cell in ACTIVATIONS else "rnn"
    for name, value in settings.options.items():
        state[f"lab_{settings.task}_{name}"] = value


def _leading(words: Mapping[str, Any]) -> None:
    st.segmented_control(
        words["cell"], list(CELLS), key="lab_cell", persist_state="session", required=True, format_func=lambda name: CELLS[name]
    )
    st.number_input(words["hidden"], 1, 512, key="lab_hidden", persist_state="session", width=90)
    rates = sorted({*RATES, st.session_state["lab_learning_rate"]})
    st.select_slider(
        words["learning_rate"], rates, key="lab_learning_rate", persist_state="session", width=150, format_func=lambda rate: f"{rate:g}"
    )
    st.number_input(words["steps"], 1, 200_000, step=100, key="lab_steps", persist_state="session", width=115)
    st.number_input(words["seed"], 0, 2**31 - 1, key="lab_seed", persist_state="session", width=90)


def _option(task: str, name: str, words: Mapping[str, Any], **more: Any) -> None:
    field, key, label = _kinds()[task].model_fields[name], f"lab_{task}_{name}", words["fields"][name]
    limits = {type(limit).__name__: limit for limit in field.metadata}
    if isinstance(field.default, bool):
        st.toggle(label, key=key, persist_state="session")
    elif isinstance(field.default, int):
        st.number_input(label, limits["Ge"].ge, limits["Le"].le, key=key, persist_state="session", **more)
    elif isinstance(field.default, float):
        st.number_input(label, float(limits["Ge"].ge), float(limits["Le"].le), step=0.05, key=key, persist_state="session", **more)
    elif name == "column":
        st.text_input(label, key=key, max_chars=100, persist_state="session", **more)
    else:
        st.selectbox(label, get_args(field.annotation), key=key, persist_state="session", format_func=words["choices"].get, **more)


def _in_the_row(task: str) -> list[str]:
    """Return the options of a task that stand beside the leading settings."""
    options, files = options_of(task), _kinds()[task].takes_files
    numbers = [name for name, default in options.items() if isinstance(default, int) and not isinstance(default, bool)]
    if "attention" in options:
        return ["attention", *([] if files else numbers[:1])]
    return numbers[: 1 if files else 2]


def _more(task: str, words: Mapping[str, Any]) -> None:
    """Draw everything that is behind the button, in groups."""
    others = [name for name, default in options_of(task).items() if not isinstance(default, int) or isinstance(default, bool)]
    others = [name for name in others if name not in _in_the_row(task)]
    rest = [name for name in options_of(task) if name not in (*others, *_in_the_row(task))]
    if others or rest:
        st.markdown(f"**{words['groups']['task']}**")
        columns = st.columns(2)
        for at, name in enumerate((*rest, *others)):
            with columns[at % 2]:
                _option(task, name, words)
    for group, names in GROUPS.items():
        st.markdown(f"**{words['groups'][group]}**")
        columns = st.columns(2)
        for at, name in enumerate(name for name in names if name not in _kinds()[task].unsuited):
            with columns[at % 2]:
                _setting(name, words)


def _setting(name: str, words: Mapping[str, Any]) -> None:
    key, label = f"lab_{name}", words["fields"][name]
    if name == "activation":
        st.selectbox(label, ACTIVATIONS, key=key, persist_state="session", format_func=words["activations"].get)
        return
    field = Settings.model_fields[name]
    limits = {type(limit).__name__: limit for limit in field.metadata}
    low = limits["Ge"].ge if "Ge" in limits else limits["Gt"].gt if "Gt" in limits else None
    high = limits["Le"].le if "Le" in limits else None
    default = field.default
    if isinstance(default, bool):
        st.toggle(label, key=key, persist_state="session")
    elif name in FRACTIONS:
        st.number_input(label, 0.0, FRACTIONS[name], step=0.05, key=key, persist_state="session")
    elif isinstance(default, int):
        st.number_input(label, low, high, key=key, persist_state="session")
    elif isinstance(default, str):
        st.selectbox(label, get_args(field.annotation), key=key, persist_state="session", format_func=words["choices"].get)
    else:
        floor = None if low is None else float(low) if "Ge" in limits else 1e-6
        st.number_input(
            label, floor, None if high is None else float(high), value=None, step=0.1, format="%g", key=key, persist_state="session"
        )


def _files(task: str, words: Mapping[str, Any]) -> dict[str, bytes]:
    """Draw the place for a person's own files, and return them."""
    if not _kinds()[task].takes_files:
        return {}
    said, found = words["files"], {}
    several = task in ("news", "polarity")
    label = said["texts"] if several else said[{"characters": "text", "pairs": "pairs"}.get(task, "csv")]
    types = ["txt", "tsv", "gz"] if task == "pairs" else ["csv", "txt", "gz", "pos", "neg"]
    given = st.file_uploader(label, type=types, accept_multiple_files=True, key=f"lab_files_{task}")
    for each in given if several else given[:1]:
        name = _safe(each.name)
        found[name if name not in found else f"{len(found)}-{name}"] = each.getvalue()
    if several:
        for each in st.file_uploader(said["test"], type=["csv", "gz"], accept_multiple_files=True, key=f"lab_test_{task}"):
            found[f"test/{_safe(each.name)}"] = each.getvalue()
    if task == "characters":
        pasted = st.text_area(said["paste"], key="lab_pasted", persist_state="session", max_chars=MOST_PASTED, height=90)
        if pasted and not found:
            found["pasted.txt"] = pasted.encode()
    st.caption(said["most"].format(made=said["made"], most=st.get_option("server.maxUploadSize")))
    if link.language() != content.DEFAULT:
        st.html(_NAMED_FIELD.replace("CHOOSE", said["choose"]))
    return found


_NAMED_FIELD = """<style>
[data-testid="stFileUploaderDropzone"] button p { font-size: 0; }
[data-testid="stFileUploaderDropzone"] button p::after { content: "CHOOSE"; font-size: 0.875rem; }
[data-testid="stFileUploaderDropzoneInstructions"] { visibility: hidden; }
</style>"""
"""Streamlit's field for files speaks English alone; its button gets our word, its limits are said below it."""


def _safe(name: str) -> str:
    return "".join(c if c.isalnum() or c in "._-" else "_" for c in name)[-60:].lstrip(".") or "file"


def _changed_task() -> None:
    _fill(st.session_state["lab_task"])
    st.session_state.pop("run", None)
    st.session_state.pop("lab_text", None)


def _fill(task: str) -> None:
    """Set every control to what suits a task."""
    state = st.session_state
    for name, value in suggested(task).items():
        state[f"lab_{name}"] = value
    state["lab_activation"] = state["lab_cell"] if state["lab_cell"] in ACTIVATIONS else "rnn"
    state["lab_cell"] = state["lab_cell"] if state["lab_cell"] in CELLS else "rnn"
    for name, value in options_of(task).items():
        state[f"lab_{task}_{name}"] = value


def _from_link(words: Mapping[str, Any]) -> None:
    """Take over what a link says of settings and options: name:value, one after another."""
    state = st.session_state
    task = state["lab_task"]
    for part in (link.from_link("set") or "").split(","):
        name, _, value = part.partition(":")
        if not value:
            continue
        option = name in options_of(task)
        if not option and name not in (*suggested(task), "activation"):
            link.notice(words["notice"]["set"].format(name=link.short(name), given=link.short(value), shown="–"))
            continue
        key = f"lab_{task}_{name}" if option else f"lab_{name}"
        if key not in state:
            continue
        old = state[key]
        try:
            if name in _kinds()[task].unsuited:
                raise ValueError(name)
            new = _read(value, old, name)
            if option:
                from rnnviz.tasks import make

                make(task, {name: new})
            elif name in Settings.model_fields:
                checked({"task": task, name: new})
            state[key] = _within(name, new)
            if state[key] != new:
                raise ValueError(value)
        except ValueError:
            link.notice(words["notice"]["set"].format(name=link.short(name), given=link.short(value), shown=state[key]))
    if state["lab_cell"] in ACTIVATIONS:
        state["lab_activation"], state["lab_cell"] = state["lab_cell"], "rnn"
    elif state["lab_cell"] not in CELLS:
        link.notice(words["notice"]["set"].format(name="cell", given=link.short(state["lab_cell"]), shown=suggested(task)["cell"]))
        state["lab_cell"] = suggested(task)["cell"]


def _within(name: str, value: Any) -> Any:
    """Return a value as its widget can show it."""
    if name in FRACTIONS:
        return min(FRACTIONS[name], max(0.0, value))
    return max(1e-6, value) if name in ("clip_at", "embedding_std") else value


def _read(value: str, old: Any, name: str) -> Any:
    if isinstance(old, bool):
        return value in ("1", "true", "True", "yes")
    if isinstance(old, int):
        return int(value)
    if isinstance(old, float) or name in ("keep_bias", "stop_at"):
        return float(value)
    return value


def _to_link(task: str, given: Mapping[str, Any]) -> None:
    link.write("task", None if task == DEFAULT_TASK else task)
    usual = {**suggested(task), **options_of(task)}
    flat = {**{name: value for name, value in given.items() if name in usual}, **given["options"]}
    changed = [f"{name}:{int(value) if isinstance(value, bool) else f'{value:g}' if isinstance(value, float) else value}"
               for name, value in flat.items() if value is not None and value != usual[name]]  # fmt: skip
    with contextlib.suppress(ValueError):
        link.write("set", ",".join(changed) or None)
