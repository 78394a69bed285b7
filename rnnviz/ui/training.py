"""The training run on a page: which one is shown, its buttons, and the picture that follows it twice a second."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from rnnviz.figures.numbers import fmt_count, fmt_prob, fmt_small
from rnnviz.training.runs import Run, Status
from rnnviz.training.settings import Settings
from rnnviz.ui import content, errors, link, refusals, runs
from rnnviz.ui import training_controls as controls
from rnnviz.ui import training_picture as picture

EVERY_S = 0.45
"""Between two looks at a run that is being trained."""

ONCE = (1, 10, 100)


def take_up(words: Mapping[str, Any]) -> None:
    """Take over the run that a link names, with its settings; have the worker ready before somebody presses Train."""
    runs.executor().start()
    given = link.from_link("run")
    if given is None or "run" in st.session_state:
        return
    run = runs.find(given)
    if run is None:
        link.notice(words["notice"]["run"].format(given=link.short(given)))
        return
    st.session_state["run"] = given
    controls.put(run.settings())


def shown(words: Mapping[str, Any]) -> Run | None:
    """Return the run that is shown, and keep it in the link."""
    name = st.session_state.get("run")
    run = runs.find(name) if name else None
    if run is not None and run.settings().task != st.session_state["lab_task"]:
        run = None
    if run is None:
        st.session_state.pop("run", None)
    link.write("run", None if run is None else run.id)
    return run


def buttons(asked: controls.Asked, run: Run | None, words: Mapping[str, Any]) -> None:
    """Draw what can be done: train, pause, stop, one step at a time."""
    status = None if run is None else runs.executor().status(run.id)
    same = run is not None and asked.settings is not None and _same(run.settings(), asked.settings)
    st.session_state["_lab_settings"] = asked.settings
    active = status is not None and status.state in ("queued", "running")
    waiting = status is not None and status.state == "paused" and same
    with st.container(key="run_buttons", horizontal=True, vertical_alignment="bottom"):
        can = asked.settings is not None
        if not (active and same):
            label = words["resume"] if waiting else words["train_new"] if run is not None else words["train"]
            st.button(
                label,
                type="primary",
                key="run_train",
                icon=":material/play_arrow:",
                on_click=_train,
                args=(asked, waiting, None),
                disabled=not can,
            )
        if active:
            st.button(words["pause"], key="run_pause", icon=":material/pause:", on_click=_ask, args=("pause",))
        if status is not None and status.state in ("queued", "running", "paused"):
            st.button(words["stop"], key="run_stop", icon=":material/stop:", on_click=_ask, args=("stop",))
        if not active:
            for count in ONCE:
                st.button(
                    words["once"].format(count=count), key=f"run_once_{count}", help=words["once_help"].format(count=count),
                    on_click=_train, args=(asked, waiting, count), disabled=not can,
                )  # fmt: skip
        if run is not None:
            st.button(words["reset"], key="run_reset", help=words["reset_help"], on_click=_reset)
        example = _example_text(asked, run)
        text = st.text_input(
            words["text"], key="lab_text", persist_state="session", max_chars=500, width="stretch", label_visibility="collapsed",
            placeholder=_placeholder(words, example),
        )  # fmt: skip
        layers = (run.settings() if run is not None else asked.settings or Settings(task="")).layers
        if layers > 1:
            st.segmented_control(
                words["layer"], list(range(1, layers + 1)), key="lab_layer", default=layers, persist_state="session", required=True
            )
        st.session_state["_lab_looks"] = (text.strip(), int(st.session_state.get("lab_layer") or 1) if layers > 1 else 1)


def _placeholder(words: Mapping[str, Any], example: str) -> str:
    if not example:
        return words["text"]
    return words["text_with_example"].format(text=words["text"], example=words["text_placeholder"].format(example=example[:60]))


def draw(
    asked: controls.Asked,
    run: Run | None,
    words: Mapping[str, Any],
    task: Mapping[str, str],
    below: Callable[[Run, Mapping[str, Any]], None],
) -> None:
    """Draw the run; while it is trained, look again twice a second. `below` draws what follows the frame that is shown."""
    if run is None:
        _untrained(asked, words, task)
        return
    active = runs.executor().status(run.id).state in ("queued", "running")
    st.fragment(_watched, run_every=EVERY_S if active else None)(run.id, words, task, below)


def _watched(name: str, words: Mapping[str, Any], task: Mapping[str, str], below: Callable[[Run, Mapping[str, Any]], None]) -> None:
    run = runs.find(name)
    if run is None or st.session_state.get("run") != name:
        st.rerun()  # another run is shown by now: the whole page
    executor = runs.executor()
    status = executor.status(name)
    active = status.state in ("queued", "running")
    run.watch()
    settings = run.settings()
    _status_line(run, status, settings, words, executor.position(name) if status.state == "queued" else 0, task["title"])
    if status.warning:
        st.warning(errors.said(status.warning, link.language()))
    if status.state == "failed":
        _card(run, status, settings, words)
    picture.draw(run, status, settings, words, task)
    if not link.presenting() and not active:  # fifteen elements more, twice a second, would slow the training down
        below(run, words)
    if not active and st.session_state.get("_lab_active") == name:
        st.session_state["_lab_active"] = None
        st.rerun()  # the whole page once: no more timer, other buttons
    if active:
        st.session_state["_lab_active"] = name


def _status_line(run: Run, status: Status, settings: Settings, words: Mapping[str, Any], position: int, task: str) -> None:
    said = words["state"]
    state = said[status.reason] if status.reason in ("early", "reached") else said[status.state]
    if status.state == "queued":
        state = said["queued"].format(position=position - 1) if position > 1 else said["queued_next"]
    left = (settings.steps - status.step) / status.pace if status.pace > 0 else 0
    line = said["line"].format(
        state=state, step=fmt_count(status.step), total=fmt_count(settings.steps),
        epoch=said["epoch"].format(epoch=f"{status.step / status.epoch_steps:.1f}") if status.epoch_steps else "",
        pace=said["pace"].format(pace=f"{status.pace:.0f}" if status.pace >= 10 else f"{status.pace:.1f}") if status.pace else "",
        eta=said["eta"].format(eta=_duration(left, said)) if left else "",
        seconds=f"{status.seconds:.1f}", parameters=fmt_count(status.parameters), seed=settings.seed,
        rate=said["rate"].format(rate=fmt_small(rates[-1])) if (rates := runs.metrics(run).steps["rate"]) else "",
    )  # fmt: skip
    from rnnviz.tasks import named

    metric = named(settings.task).metric
    more = (
        [words["data"].format(names=words["data_joined"].join(name.rpartition("/")[2] for name in settings.data))] if settings.data else []
    )
    if link.presenting():
        line = f"{task} · {cell_title(settings.cell)} {settings.layers} × {settings.hidden} · {line}"
    if status.best is not None:
        more.append(
            said["best"].format(metric=said["metrics"][metric], value=fmt_metric(metric, status.best[0]), step=fmt_count(status.best[1]))
        )
    for name, values in runs.metrics(run).extra.items():
        measure = content.words("tasks", link.language())[settings.task].get("measure", name)
        more.append(f"{measure} {fmt_metric('accuracy' if name.startswith('accuracy') else '', values[-1][1])}")
    if status.test:
        more.append(
            said["test"].format(
                count=fmt_count(int(status.test["sequences"])),
                metric=said["metrics"][metric],
                value=fmt_metric(metric, status.test["metric"]),
            )
        )
    st.markdown(" · ".join([line, *more]))


def cell_title(cell: str) -> str:
    """Return a cell's name as it is written: LSTM for lstm."""
    from rnnviz.cells import named

    return named(cell).title


def _duration(seconds: float, said: Mapping[str, str]) -> str:
    return said["seconds"].format(count=f"{seconds:.0f}") if seconds < 100 else said["minutes"].format(count=f"{seconds / 60:.0f}")


def fmt_metric(metric: str, value: float) -> str:
    """Return a score as it is printed."""
    return fmt_prob(value) if metric in ("accuracy", "exact") else fmt_small(value)


def _card(run: Run, status: Status, settings: Settings, words: Mapping[str, Any]) -> None:
    """Say how a run failed, and offer the way out."""
    said, facts = words["failed"], status.facts
    if status.reason != "diverged":
        st.error(
            said["refused" if status.reason == "refused" else "crashed"].format(
                message=errors.said(status.message, link.language()).rstrip(".")
            )
        )
        return
    number = lambda name: "–" if (value := facts.get(name)) is None else fmt_small(value)  # noqa: E731
    loss, norm = facts.get("loss"), facts.get("norm")
    finite = loss is not None and norm is not None and loss == loss and norm == norm
    st.error(
        said["diverged" if finite else "diverged_nan"].format(
            step=int(facts.get("step") or status.step), loss=number("loss"), norm="∞" if norm is None or norm != norm else fmt_small(norm),
            last_loss=number("last_loss"), guessing=number("guessing"), good=fmt_count(status.step),
        )
    )  # fmt: skip
    rate = settings.learning_rate / 10
    with st.container(horizontal=True):
        st.button(said["lower"].format(rate=f"{rate:g}"), key="run_lower", on_click=_again, args=(settings, {"learning_rate": rate}))
        if settings.clip != "norm" or settings.clip_at > 1:
            st.button(said["clip"], key="run_clip", on_click=_again, args=(settings, {"clip": "norm", "clip_at": 1.0}))


def _untrained(asked: controls.Asked, words: Mapping[str, Any], task: Mapping[str, str]) -> None:
    """Show the network of the settings before its first update."""
    settings = asked.settings
    if settings is None:
        return
    files = tuple(sorted(asked.files.items()))
    try:
        with st.spinner(words["working"]):
            _, example, chance = picture.fresh(settings, files)
    except ValueError as error:
        st.error(words["files"]["bad"].format(message=refusals.part(error, link.language())))
        return
    st.session_state["_lab_example"] = example.text
    st.markdown(words["untrained"].format(total=fmt_count(settings.steps)))
    text, layer = st.session_state.get("_lab_looks", ("", 1))
    films = picture.at_start(settings, files, text, layer, words)
    picture.show("", "new", settings, [], picture.guides_of(settings, chance, words), films, layer, words, task)


def _example_text(asked: controls.Asked, run: Run | None) -> str:
    found = picture.example_of(run) if run is not None else None
    return found["text"] if found else st.session_state.get("_lab_example", "")


def _same(one: Settings, other: Settings) -> bool:
    """Return whether two settings ask for the same numbers; a run's files are its own."""
    return one.model_copy(update={"data": ()}) == other.model_copy(update={"data": ()})


def _train(asked: controls.Asked, waiting: bool, count: int | None) -> None:
    executor = runs.executor()
    if asked.settings is None:
        return
    settings, files = asked.settings, dict(asked.files)
    shown_run = runs.find(st.session_state.get("run") or "")
    if not files and shown_run is not None and shown_run.settings().data:  # an upload is gone after a reload: the run still has it
        files = shown_run.files()
        settings = settings.model_copy(update={"data": tuple(files)})
    if waiting:
        name = st.session_state["run"]
        with contextlib.suppress(ValueError):  # deleted by somebody else
            executor.resume(name, until=None if count is None else executor.status(name).step + count)
        return
    start(settings, files, until=count)


def start(settings: Settings, files: Mapping[str, bytes], **more: Any) -> None:
    """Hand a run to the worker and show it."""
    before = st.session_state.get("run")
    try:
        job = runs.executor().submit(settings, files, **more)
    except (OSError, ValueError) as error:
        link.notice(errors.said(error, link.language()))
        return
    if before:
        kept = [before, *(st.session_state.get("lab_compare") or ())]
        st.session_state["lab_compare"] = list(dict.fromkeys(kept))[:6]
    st.session_state["run"], st.session_state["_lab_frame"] = job.id, None
    st.session_state.setdefault("_lab_mine", []).append(job.id)


def _ask(what: str) -> None:
    name = st.session_state.get("run")
    if not name:
        return
    executor = runs.executor()
    end = time.monotonic() + 1.0  # so that the page that follows says so
    with contextlib.suppress(ValueError):  # deleted by somebody else
        getattr(executor, what)(name)
        while time.monotonic() < end and executor.status(name).state in ("queued", "running"):
            time.sleep(0.05)


def _again(settings: Settings, changed: Mapping[str, Any]) -> None:
    new = settings.model_copy(update=dict(changed))
    run = runs.find(st.session_state["run"])
    controls.put(new)
    start(new, run.files() if run is not None else {})


def _reset() -> None:
    before = st.session_state.pop("run", None)
    st.session_state["_lab_frame"] = None
    if before:
        with contextlib.suppress(ValueError):
            if runs.executor().status(before).state in ("queued", "running"):
                runs.executor().stop(before)
        st.session_state["lab_compare"] = list(dict.fromkeys([before, *(st.session_state.get("lab_compare") or ())]))[:6]
