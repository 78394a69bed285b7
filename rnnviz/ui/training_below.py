"""What stands below a training run: where else its network can be read, files, forks, the table of runs, lessons."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping
from typing import Any

import streamlit as st

from rnnviz import records
from rnnviz.figures.numbers import fmt_count
from rnnviz.training.runs import Run, lines_of
from rnnviz.training.settings import Settings, command_of
from rnnviz.ui import content, link, runs, training, training_picture
from rnnviz.ui import training_controls as controls

PAGES = ("gates", "unrolled", "cell", "gradients")
PAIR_PAGES = ("attention",)
"""Where networks can be read, and where translators; there model and text have other names in the link."""

MOST_LISTED = 12


def draw(asked: controls.Asked, run: Run | None, words: Mapping[str, Any]) -> None:
    """Draw everything below the picture."""
    said = words["below"]
    task = st.session_state["lab_task"]
    look = content.words("tasks", link.language())[task]
    with st.container(border=True):
        st.markdown(words["look_line"].format(look=words["look"], goal=look["goal"], about=look["look"]))
    if task == "hello":
        _floor(asked, said, words)
    if task in ("news", "polarity"):
        _repairs(asked, said, words)
    _table(task, run, words)


def hand_over(run: Run, words: Mapping[str, Any]) -> None:
    """Draw where else the network of the frame shown can be read, its files, and what can be made of it."""
    said = words["below"]
    frames = run.frames()
    if not frames:
        return
    wanted = st.session_state.get("_lab_frame")
    step = wanted if wanted in frames else frames[-1]
    example = training_picture.example_of(run) or {"text": ""}
    with st.container(key="hand_over", horizontal=True, vertical_alignment="center"):
        pages = pages_for(run.settings().task)
        if pages:
            st.markdown(f"{said['open']}", help=said["open_help"].format(step=fmt_count(step)))
        for page in pages:
            title = content.words(page, link.language())["title"]
            text = (st.session_state.get("_lab_looks") or ("",))[0] or example["text"]
            names = ("translator", "sentence") if page in PAIR_PAGES else ("model", "text")
            asked: dict[str, str] = dict(zip(names, (f"run-{run.id}-{step}", text[:500]), strict=True))
            st.page_link(f"pages/{page}.py", label=title, query_params=asked)
        with st.popover(said["download"]):
            _downloads(run, step, said)
        st.button(
            said["fork"].format(step=fmt_count(step)),
            help=said["fork_help"],
            key="run_fork",
            on_click=_fork,
            args=(run, step),
        )
        if run.id in st.session_state.get("_lab_mine", []) or _local():
            st.button(said["delete"], key="run_delete", on_click=_delete, args=(run,))


def pages_for(task: str) -> list[str]:
    """Return the pages that read the networks of a task."""
    from rnnviz.tasks import named
    from rnnviz.ui.pages import PAGES as there

    return [page for page in (PAIR_PAGES if named(task).asks == "sequence" else PAGES) if page in there]


def _downloads(run: Run, step: int, said: Mapping[str, Any]) -> None:
    name = f"rnnviz-{run.settings().task}-{run.id}"
    buttons = (
        (said["weights"], lambda: weights(run, step), f"{name}-{step}.safetensors", "application/octet-stream"),
        (said["metrics"], lambda: as_csv(run), f"{name}.csv", "text/csv"),
        (said["folder"], lambda: as_zip(run), f"{name}.zip", "application/zip"),
    )
    for label, make, file, kind in buttons:
        st.download_button(label, make, file, kind, on_click="ignore", width="stretch")
    st.markdown(f"**{said['script']}**")
    st.code(as_python(run.settings()), language="python")
    st.markdown(f"**{said['command']}**")
    st.code(command_of(run.settings()), language="sh")


def weights(run: Run, step: int) -> bytes:
    """Return the network of a frame as a safetensors file, in float32."""
    from safetensors.torch import save

    return save({name: value.contiguous() for name, value in runs.network(run, step).state_dict().items()})


def as_csv(run: Run) -> bytes:
    """Return every update as a row, in full precision."""
    out = io.StringIO()
    columns = ["step", "loss", "norm", "clipped", "rate", "validation_loss", "validation_metric"]
    table = csv.writer(out)
    table.writerow(columns)
    for row in lines_of(run.folder / "metrics.jsonl"):
        held_out = row.get("validation", {})
        table.writerow(
            [row["step"], row["loss"], row["norm"], row["clipped"], row["rate"], held_out.get("loss", ""), held_out.get("metric", "")]
        )
    return out.getvalue().encode()


def as_zip(run: Run) -> bytes:
    """Return the run folder."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(run.folder.rglob("*")):
            if path.is_file() and not path.name.startswith(".") and path.name not in ("watched", "lock", "attempts"):
                packed.write(path, f"{run.id}/{path.relative_to(run.folder)}")
    return out.getvalue()


def changed(settings: Settings) -> dict[str, Any]:
    """Return what differs from torch's and our usual values, as plain values."""
    usual = {name: field.get_default(call_default_factory=True) for name, field in Settings.model_fields.items() if name != "task"}
    return {
        name: value
        for name, value in settings.model_dump().items()
        if name in usual and value != usual[name] and name not in ("options", "data")
    }


def as_python(settings: Settings) -> str:
    """Return the lines that repeat a run with rnnviz alone."""
    own = controls.options_of(settings.task)
    options = {name: value for name, value in settings.options.items() if value != own.get(name)}
    given = "".join(f", {name}={value!r}" for name, value in changed(settings).items())
    files = "from pathlib import Path\n" if settings.data else ""
    listed = ", ".join(f"{name!r}: Path({name.rpartition('/')[2]!r}).read_bytes()" for name in settings.data)
    made = f"tasks.make({settings.task!r}, {options!r}, {{{listed}}})" if settings.data else f"tasks.make({settings.task!r}, {options!r})"
    return (
        f"{files}from rnnviz import tasks\nfrom rnnviz.training import Settings, train\n\ntask = {made}\n"
        f"settings = Settings(task={settings.task!r}{given})\n"
        "for step, scores in train(task, settings):\n    if scores:\n        print(step.step, step.loss, scores.loss, scores.metric)"
    )


def _table(task: str, run: Run | None, words: Mapping[str, Any]) -> None:
    said, columns = words["below"], words["below"]["columns"]
    mine = st.session_state.get("_lab_mine", [])
    shown = run.id if run is not None else ""
    local = _local()  # elsewhere a run's name is the key to it: nobody sees those of others
    known = [each for each in runs.executor().home.all() if local or each.id in mine or each.id == shown]
    found = [each for each in known if _task(each) == task][:MOST_LISTED]
    st.markdown(f"**{said['runs']}**")
    if not found:
        st.caption(said["none"])
        return
    from rnnviz.tasks import named

    metric, rows = named(task).metric, []
    for each in found:
        settings, status = each.settings(), each.status()
        best = "" if status.best is None else training.fmt_metric(metric, status.best[0])
        rows.append(
            {
                columns["run"]: each.id + (" ←" if run is not None and each.id == run.id else ""),
                columns["state"]: words["state"]["queued_short" if status.state == "queued" else status.state],
                columns["cell"]: f"{training.cell_title(settings.cell)} {settings.layers} × {settings.hidden}",
                columns["rate"]: f"{settings.learning_rate:g}",
                columns["steps"]: f"{status.step} / {settings.steps}", columns["best"]: best, columns["seconds"]: f"{status.seconds:.1f}",
                columns["seed"]: settings.seed,
                columns["differs"]: differs(settings, each.about(), words),
            }
        )  # fmt: skip
    st.table(rows)
    names = [each.id for each in found]
    comparable = [*names, *records.names(task)]
    st.session_state["lab_compare"] = [name for name in st.session_state.get("lab_compare") or () if name in comparable]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        picked = st.selectbox(said["show"], names, key="lab_show", index=None, width=220, placeholder=said["show"])
        st.button(said["show"], key="run_show", on_click=_show, args=(picked,), disabled=picked is None)
        st.multiselect(
            words["compare"],
            comparable,
            key="lab_compare",
            persist_state="session",
            help=words["compare_help"],
            max_selections=6,
            placeholder=words["compare_placeholder"],
        )


def differs(settings: Settings, about: Mapping[str, Any], words: Mapping[str, Any]) -> str:
    """Return in a few words what a run was trained with beyond the task's usual settings, and what it was forked from."""
    usual = {**controls.suggested(settings.task), **controls.options_of(settings.task)}
    flat = {**settings.model_dump(exclude={"task", "options", "data"}), **settings.options}
    said = words["below"]
    other = {name: value for name, value in flat.items() if name not in LISTED and value != usual.get(name)}
    shown = [said["differs"].format(name=words["fields"][name], value=_value(value, words)) for name, value in other.items()]
    fork = [said["from"].format(**about)] if "parent" in about else []
    return said["differs_joined"].join([*fork, *(name.rpartition("/")[2] for name in settings.data), *shown])[:160]


def _value(value: Any, words: Mapping[str, Any]) -> str:
    """Return a setting's value as its control says it."""
    if isinstance(value, bool):
        return words["below"]["yes" if value else "no"]
    return words["choices"].get(value, value) if isinstance(value, str) else "–" if value is None else f"{value:g}"


LISTED = ("cell", "hidden", "layers", "learning_rate", "steps", "seed")
"""Settings that have a column of their own."""


def _task(run: Run) -> str:
    try:
        return run.settings().task
    except ValueError:
        return ""


def _floor(asked: controls.Asked, said: Mapping[str, Any], words: Mapping[str, Any]) -> None:
    with st.container(border=True):
        st.markdown(words["lesson_line"].format(title=said["floor"], lead=words["floor"]["lead"]))
        with st.container(horizontal=True):
            for name, recurrence in (("with", True), ("without", False)):
                st.button(
                    words["floor"][name], key=f"floor_{name}", on_click=_lesson, args=({"recurrence": recurrence, "cell": "rnn"}, {}, {})
                )


REPAIRS: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    (
        {"init": "normal", "random_state": True, "shuffle": False, "embedding_std": 1.0, "keep_bias": None, "learning_rate": 0.001},
        {"padding": "end"},
    ),
    ({"init": "uniform", "random_state": False, "shuffle": True}, {}),
    ({}, {"padding": "none"}),
    ({"embedding_std": 0.1}, {}),
    ({"keep_bias": 1.0}, {}),
    ({"learning_rate": 0.005}, {}),
)
"""What each repair changes, settings and options; each stands on those before."""

LESSON: Mapping[str, Any] = {
    "cell": "lstm",
    "hidden": 32,
    "embedding": 32,
    "batch": 128,
    "schedule": "constant",
    "naive_bayes": False,
    "steps": 690,
}


def repaired(count: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return settings and options with the first `count` repairs made, from 1 for none: the published program."""
    settings, options = dict(LESSON), {"length": 50}
    for change, option in REPAIRS[:count]:
        settings, options = {**settings, **change}, {**options, **option}
    return settings, options


def _repairs(asked: controls.Asked, said: Mapping[str, Any], words: Mapping[str, Any]) -> None:
    with st.container(border=True):
        st.markdown(words["lesson_line"].format(title=said["repairs"], lead=words["repairs"]["lead"]))
        with st.container(horizontal=True):
            for at, label in enumerate(words["repairs"]["steps"], start=1):
                st.button(label, key=f"repair_{at}", on_click=_lesson, args=(*repaired(at), asked.files))


def _lesson(change: Mapping[str, Any], options: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    task = st.session_state["lab_task"]
    usual = {**controls.suggested(task), **change}
    settings = Settings(task=task, options={**controls.options_of(task), **options}, data=tuple(files), **usual)
    controls.put(settings)
    training.start(settings, files)


def _fork(run: Run, step: int) -> None:
    settings = st.session_state.get("_lab_settings") or run.settings()
    more = settings.steps if settings.steps > step else step + settings.steps
    training.start(settings.model_copy(update={"steps": more, "data": run.settings().data}), {}, parent=run.id, step=step)


def _show(name: str | None) -> None:
    run = runs.find(name) if name else None
    if run is not None:
        st.session_state["run"] = run.id
        controls.put(run.settings())


def _delete(run: Run) -> None:
    runs.executor().home.delete(run)
    st.session_state.pop("run", None)


def _local() -> bool:
    """Return whether the page is looked at from the machine that serves it."""
    behind = any(st.context.headers.get(name) for name in ("X-Forwarded-For", "Forwarded", "X-Real-Ip"))
    return not behind and st.context.ip_address in (None, "127.0.0.1", "::1")
