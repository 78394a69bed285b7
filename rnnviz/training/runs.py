"""Run folders: everything about one training, as files that page, worker and command line read and write.

    settings.json   what was asked for, never changed
    about.json      when it was made, and which run it was forked from
    control.json    what a person wants of it: run (up to a step), pause, stop
    status.json     where it stands, written by whoever trains it
    metrics.jsonl   one line an update
    model.json, example.json   what the network is, and one sequence of the task
    last.safetensors           weights and optimiser, to go on from
    best.safetensors           weights of the best validation
    live.safetensors           weights of a moment ago, for whoever is watching
    frames/0000100.safetensors weights and optimiser along the way: the film
    data/…                     the person's own files

No torch is needed here. Files are replaced as a whole, so that a reader sees the old one or the new one.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from rnnviz.training.settings import Settings

State = Literal["queued", "running", "paused", "done", "stopped", "failed"]

ENDED: tuple[State, ...] = ("done", "stopped", "failed")

KEPT = 100
"""Runs that a home keeps; the oldest that have ended go first."""


class Status(BaseModel):
    """Where a run stands."""

    model_config = ConfigDict(extra="ignore")

    state: State = "queued"
    step: int = 0
    seconds: float = 0.0
    """CPU seconds spent on it."""
    pace: float = 0.0
    """Steps a second, of late, as they pass on the wall."""
    warning: str = ""
    """What went wrong without ending it."""
    reason: Literal["", "diverged", "crashed", "refused", "early", "reached"] = ""
    message: str = ""
    """One sentence on how it ended."""
    facts: dict[str, float | None] = {}
    """Of a divergence: step, loss, norm, last_loss, guessing."""
    best: tuple[float, int] | None = None
    """Best validation metric and its step."""
    test: dict[str, float] = {}
    """What was measured once, at the end, on sequences kept for that."""
    worker: int = 0
    """Process number of whoever trains it."""
    parameters: int = 0
    epoch_steps: int | None = None
    chance: dict[str, float] = {}


class Control(BaseModel):
    want: Literal["run", "pause", "stop"] = "run"
    until: int | None = None
    """Pause once so many updates are made."""


@dataclass(frozen=True)
class Run:
    """One run folder."""

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name

    def settings(self) -> Settings:
        """Return what was asked for. Raises ValueError where the folder is no run."""
        try:
            return Settings.model_validate_json((self.folder / "settings.json").read_bytes())
        except (OSError, ValidationError) as error:
            raise ValueError(f"run {self.id!r} cannot be read: {str(error).splitlines()[0]}") from None

    def about(self) -> dict[str, Any]:
        return _json(self.folder / "about.json") or {}

    def status(self) -> Status:
        return Status.model_validate(_json(self.folder / "status.json") or {})

    def control(self) -> Control:
        return Control.model_validate(_json(self.folder / "control.json") or {})

    def write(self, name: str, value: BaseModel | Mapping[str, Any]) -> None:
        """Replace a file of the folder."""
        text = value.model_dump_json() if isinstance(value, BaseModel) else json.dumps(value)
        replace(self.folder / name, text.encode())

    def files(self) -> dict[str, bytes]:
        """Return the person's own files, by the names in the settings."""
        return {name: (self.folder / "data" / name).read_bytes() for name in self.settings().data}

    def frames(self) -> list[int]:
        """Return the steps of the film, in order."""
        return sorted(int(path.stem) for path in (self.folder / "frames").glob("*.safetensors"))

    def frame(self, step: int) -> Path:
        return self.folder / "frames" / f"{step:07d}.safetensors"

    def watched(self, seconds: float = 5.0) -> bool:
        """Return whether somebody has looked at it lately."""
        with contextlib.suppress(OSError):
            return time.time() - (self.folder / "watched").stat().st_mtime < seconds
        return False

    def watch(self) -> None:
        """Say that somebody is looking."""
        with contextlib.suppress(OSError):
            (self.folder / "watched").touch()


@dataclass
class Metrics:
    """What the updates of a run measured, read on as the file grows."""

    path: Path
    steps: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in ("step", "loss", "norm", "clipped", "rate")})
    validations: dict[str, list[float]] = field(default_factory=lambda: {"step": [], "loss": [], "metric": []})
    extra: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    """Measures of one task alone: (step, value)."""
    _read: int = 0

    def update(self) -> Metrics:
        """Read what has been added; a line that is not complete yet is left for later."""
        try:
            with self.path.open("rb") as file:
                file.seek(self._read)
                added = file.read()
        except OSError:
            return self
        whole = added[: added.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            self._take(json.loads(line))
        return self

    def _take(self, row: Mapping[str, Any]) -> None:
        for name, values in self.steps.items():
            values.append(row[name])
        if "validation" in row:
            self.validations["step"].append(row["step"])
            for name in ("loss", "metric"):
                self.validations[name].append(row["validation"][name])
            for name, value in row["validation"].get("extra", {}).items():
                self.extra.setdefault(name, []).append((row["step"], value))


class Home:
    """Where run folders live, and which of them wait for a worker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runs, self.active = folder / "runs", folder / "active"

    def make(self) -> None:
        """Make the folders. Raises OSError where nothing can be written."""
        for folder in (self.runs, self.active):
            folder.mkdir(parents=True, exist_ok=True)
        probe = self.folder / f"probe-{os.getpid()}-{secrets.token_hex(2)}"
        probe.write_bytes(b"x" * 4096)
        probe.unlink()

    def run(self, name: str) -> Run:
        """Return the run of that name; where it went on in memory, that one. Raises ValueError for an unknown name."""
        if len(name) < 40 and name.isalnum():
            for home in (Home(in_memory() / self.folder.name), self):
                if (home.runs / name / "settings.json").exists():
                    return Run(home.runs / name)
        raise ValueError(f"run: there is none called {name[:40]!r}")

    def all(self) -> list[Run]:
        """Return every run, the newest first."""
        found = [path.parent for path in self.runs.glob("[!.]*/settings.json")]
        return [Run(folder) for folder in sorted(found, key=lambda folder: -_changed(folder / "settings.json"))]

    def add(self, settings: Settings, files: Mapping[str, bytes], *, parent: Run | None = None, step: int | None = None) -> Run:
        """Make a run folder. With `parent` and `step` it starts from that frame."""
        run = Run(self.runs / secrets.token_hex(5))
        making = run.folder.with_name(f".{run.id}")
        try:
            self._fill(making, settings, files, parent, step)
            making.rename(run.folder)
        except BaseException:
            shutil.rmtree(making, ignore_errors=True)
            raise
        self._forget_old()
        return run

    def _fill(self, making: Path, settings: Settings, files: Mapping[str, bytes], parent: Run | None, step: int | None) -> None:
        (making / "frames").mkdir(parents=True)
        for name, content in files.items():
            place = making / "data" / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        about: dict[str, Any] = {"created": time.time()}
        if parent is not None and step is not None:
            about |= {"parent": parent.id, "step": step}
            shutil.copyfile(parent.frame(step), making / "last.safetensors")
            if (parent.folder / "best.safetensors").exists():
                shutil.copyfile(parent.folder / "best.safetensors", making / "best.safetensors")
            rows = [json.dumps(row) + "\n" for row in lines_of(parent.folder / "metrics.jsonl") if row["step"] <= step]
            (making / "metrics.jsonl").write_text("".join(rows))
        (making / "about.json").write_text(json.dumps(about))
        (making / "settings.json").write_text(settings.model_dump_json(indent=1))

    def _forget_old(self) -> None:
        for run in self.all()[KEPT:]:
            if run.status().state in ENDED or run.status().state == "paused":
                self.delete(run)

    def delete(self, run: Run) -> None:
        """Remove a run for good."""
        (self.active / run.id).unlink(missing_ok=True)
        for folder in (run.folder, self.runs / run.id, in_memory() / self.folder.name / "runs" / run.id):
            trash = folder.with_name(f".trash-{run.id}")  # gone at once, whoever is writing into it
            with contextlib.suppress(OSError):
                folder.rename(trash)
            shutil.rmtree(trash, ignore_errors=True)

    def ask(self, run: Run, control: Control) -> None:
        """Say what is wanted of a run, and put it on the worker's list."""
        run.write("control.json", control)
        (self.active / run.id).touch()

    def waiting(self) -> list[str]:
        """Return the names on the worker's list, the longest waiting first."""
        with contextlib.suppress(OSError):
            return [entry.name for entry in sorted(os.scandir(self.active), key=lambda entry: _changed(Path(entry.path)))]
        return []

    def log(self) -> Path:
        return self.folder / "worker.log"


def home() -> Home:
    """Return the home of this machine's runs: $RNNVIZ_HOME, or .rnnviz in the working folder; in memory where neither can be written."""
    return _home(str(Path(os.environ.get("RNNVIZ_HOME") or ".rnnviz").absolute()))


@lru_cache(maxsize=4)  # decided once: a disk that fills up later does not hide the runs that are on it
def _home(folder: str) -> Home:
    wanted = Home(Path(folder))
    try:
        wanted.make()
    except OSError:
        wanted = Home(in_memory() / wanted.folder.name)
        wanted.make()
    return wanted


def in_memory() -> Path:
    """Return a folder that needs no disk, for when there is none to write to."""
    shared = Path("/dev/shm")
    base = shared if sys.platform == "linux" and shared.is_dir() and os.access(shared, os.W_OK) else Path(tempfile.gettempdir())
    return base / f"rnnviz-{os.getuid() if hasattr(os, 'getuid') else 'user'}"


def replace(path: Path, content: bytes) -> None:
    """Write a file in one go: readers see the old content or the new."""
    making = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(2)}")
    try:
        making.write_bytes(content)
        making.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            making.unlink()
        raise


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the complete lines of a metrics file."""
    with contextlib.suppress(OSError):
        for line in path.read_bytes().splitlines(keepends=True):
            if line.endswith(b"\n"):
                yield json.loads(line)


def _json(path: Path) -> dict[str, Any] | None:
    for _ in range(2):  # replaced under our hands: look again
        try:
            return json.loads(path.read_bytes())
        except (OSError, ValueError):
            continue
    return None


def _changed(path: Path) -> float:
    with contextlib.suppress(OSError):
        return path.stat().st_mtime
    return 0.0
