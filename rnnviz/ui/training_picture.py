"""The picture of a run: its curves, and what its network makes of texts, now or at every frame of the film."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from rnnviz import records
from rnnviz.components.training import TRAINING, Film, Guide, Line, payload, thinned
from rnnviz.figures.learning import Look, PairLook, curve
from rnnviz.figures.numbers import MINUS
from rnnviz.training.runs import Run, Status
from rnnviz.training.settings import Settings
from rnnviz.ui import content, link, mount, refusals, runs, signals

_TRAINING = mount.register(TRAINING)


def draw(run: Run, status: Status, settings: Settings, words: Mapping[str, Any], task: Mapping[str, str]) -> None:
    text, layer = st.session_state.get("_lab_looks", ("", 1))
    films = films_of(run, status, settings, text, layer, words)
    show(run.id, status.state, settings, lines_of(run, settings), guides_of(settings, status.chance, words), films, layer, words, task)


def show(run: str, state: str, settings: Settings, lines, guides, films, layer: int, words, task) -> None:
    from rnnviz.tasks import named

    data = payload(
        run=run, state=state, total=settings.steps, metric=named(settings.task).metric, lines=lines, guides=guides, films=films,
        layer=layer, words=words["picture"], title=task["title"], layout="present" if link.presenting() else "page",
    )  # fmt: skip
    _TRAINING(key="training", data=data, on_framed_change=_framed)


def lines_of(run: Run, settings: Settings) -> list[Line]:
    """Return the curves of a run, and in grey those it is compared with."""
    measured = runs.metrics(run)
    steps, validations = measured.steps, measured.validations
    found = []
    for other in st.session_state.get("lab_compare") or ():
        if other in (kept := records.names(settings.task)):
            rows = records.load(other)["curve"]
            steps_of = [row["step"] for row in rows]
            found.append(Line("loss", "training", curve(steps_of, [row["training_loss"] for row in rows], 150), other))
            found.append(Line("metric", "metric", curve(steps_of, [row["metric"] for row in rows], 150), other))
        beside = None if other in kept else runs.find(other)
        if beside is not None and other != run.id:
            grey = runs.metrics(beside)
            found.append(Line("loss", "training", curve(grey.steps["step"], grey.steps["loss"], 150), other))
            found.append(Line("metric", "metric", curve(grey.validations["step"], grey.validations["metric"], 150), other))
    count = min(len(values) for values in steps.values())
    step = steps["step"][:count]
    found += [
        Line("loss", "training", curve(step, steps["loss"][:count])),
        Line("loss", "validation", curve(validations["step"], validations["loss"][: len(validations["step"])])),
        Line("metric", "metric", curve(validations["step"], validations["metric"][: len(validations["step"])])),
        Line("norm", "norm", curve(step, steps["norm"][:count], 300)),
    ]
    if settings.clip != "none":
        found.append(Line("norm", "clipped", curve(step, steps["clipped"][:count], 300)))
    return found


def guides_of(settings: Settings, chance: Mapping[str, float], words: Mapping[str, Any]) -> list[Guide]:
    """Return the levels that one knows: guessing, and published results."""
    from rnnviz.tasks import named

    said = words["state"]
    found = [Guide(said["chance"], value, chart) for chart, value in chance.items()]
    kind = named(settings.task)
    if settings.data or not kind.takes_files:  # a published result stands over the data it was reached on
        called = content.words("tasks", link.language())[settings.task]
        found += [Guide(called.get("baseline", name), value, "metric") for name, value in kind.baselines.items()]
    if settings.task == "hello":
        found.append(Guide("ln 2 / 2", named("hello").FLOOR, "loss"))  # pyright: ignore[reportAttributeAccessIssue]
    return found


def films_of(run: Run, status: Status, settings: Settings, text: str, layer: int, words: Mapping[str, Any]) -> list[Film]:
    """Return the example and the typed text as the network reads them: now while it learns, afterwards at every frame."""

    from rnnviz.tasks import named

    example = example_of(run)
    if example is None:  # it waits: what it will start from is known
        return at_start(settings, tuple(sorted(run.files().items())), text, layer, words)
    wanted = [("example", words["looks"]["example"], example["text"], tuple(example["targets"]))]
    if text:
        wanted.append(("yours", words["looks"]["yours"], text, right_for(settings, text)))
    steps: list[tuple[str | int, int]]
    if status.state in ("queued", "running"):
        steps = [("live", status.step)] if (run.folder / "live.safetensors").exists() else [("last", status.step)]
    else:
        steps = [(frame, frame) for frame in run.frames()] or [("last", status.step)]
    films = []
    for name, title, read, targets in wanted:
        try:
            last = runs.look_of(run, *steps[-1], read, targets, layer)
            chosen = [steps[at] for at in thinned(len(steps), last.film_bytes)] if len(steps) > 1 else steps
            looks = [last if place == steps[-1] else runs.look_of(run, *place, read, targets, layer) for place in chosen]
        except ValueError as error:
            if name == "yours":
                st.info(words["notice"]["limit"].format(message=refusals.part(error, link.language())))
            continue
        films.append(
            Film(
                _titled(title, read, words),
                _printed(targets, last),
                _asks(settings),
                [*looks[:-1], _spoken(looks[-1])],
                name,
                named(settings.task).scores_some,
            )
        )
    return films


def at_start(settings: Settings, files: tuple[tuple[str, bytes], ...], text: str, layer: int, words: Mapping[str, Any]) -> list[Film]:
    """Return what the network of some settings makes of its texts before the first update."""
    from rnnviz.tasks import named

    try:
        model, example, _ = fresh(settings, files)
    except ValueError:
        return []
    films = []
    for name, read, targets in (("example", example.text, example.targets), ("yours", text, right_for(settings, text))):
        if read:
            try:
                seen = runs.looked(model, 0, read, targets, layer)
            except ValueError as error:
                st.info(words["notice"]["limit"].format(message=refusals.part(error, link.language())))
                continue
            films.append(
                Film(
                    _titled(words["looks"][name], read, words),
                    _printed(targets, seen),
                    _asks(settings),
                    [_spoken(seen)],
                    name,
                    named(settings.task).scores_some,
                )
            )
    return films


@st.cache_resource(show_spinner=False, max_entries=8)
def fresh(settings: Settings, files: tuple[tuple[str, bytes], ...]):
    from rnnviz.training.trainer import Trainer

    task = runs.task_of(settings.task, tuple(sorted(settings.options.items())), files)
    return Trainer(task, settings).shown, task.example(), task.chance


def example_of(run: Run) -> dict[str, Any] | None:
    try:
        return json.loads((run.folder / "example.json").read_bytes())
    except (OSError, ValueError):
        return None


def right_for(settings: Settings, text: str) -> tuple[str, ...]:
    """Return the right answer to a text that somebody typed, where a rule of the task gives it; nothing elsewhere."""
    from rnnviz import tasks
    from rnnviz.tasks.paired import PairTask

    if not text or settings.data or not issubclass(tasks.named(settings.task), PairTask):
        return ()
    task: Any = tasks.make(settings.task, settings.options)
    return task.right_for(text)


def _printed(targets, look: Look | PairLook) -> tuple[str, ...]:
    """Return right answers as they are printed: of a translator a sequence of their own, elsewhere one for each step."""
    from rnnviz.figures.strips import visible_name

    shown = [
        "" if target is None else visible_name(target) if isinstance(target, str) else f"{target:.3f}".replace("-", MINUS)
        for target in targets
    ]
    if isinstance(look, PairLook):
        return tuple(shown)
    count = len(look.tokens)
    return tuple([*shown[:count], *[""] * (count - len(shown))])


def _titled(title: str, text: str, words: Mapping[str, Any]) -> str:
    return words["looks"]["titled"].format(title=title, text=text if len(text) <= 90 else text[:89] + "…")


def _spoken(look: Look | PairLook) -> Look | PairLook:
    """Return a look whose signals are called as in the reader's language; the last one of a film gives it its names."""
    if isinstance(look, PairLook):
        return look
    language = link.language()
    called = [replace(strip, long_name=signals.name(strip.kind, strip.signal, language, strip.long_name)) for strip in look.strips]
    return replace(look, strips=tuple(called))


def _asks(settings: Settings) -> str:
    from rnnviz.tasks import named

    return named(settings.task).asks


def _framed() -> None:
    place = mount.told("training", "framed")
    if isinstance(place, Mapping):
        st.session_state["_lab_frame"] = int(place["step"])
