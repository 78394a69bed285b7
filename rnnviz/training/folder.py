"""Training into a run folder: `FolderTrainer` keeps metrics, checkpoints and status on disk, and takes a run up from there.

Every line of metrics is written before the checkpoint that follows it. A run that was cut off goes on from its last
checkpoint, makes the updates since then again, which gives the same numbers, and writes only the lines that are missing.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from rnnviz import tasks
from rnnviz.description import described
from rnnviz.models import build, describe
from rnnviz.refusal import Refusal
from rnnviz.training.runs import ENDED, Control, Run, State, Status, in_memory, lines_of, replace
from rnnviz.training.settings import Settings
from rnnviz.training.trainer import Diverged, Scores, Step, Trainer, score

FRAMES = 60
"""Checkpoints of a film, about."""

FILM_BYTES = 96 << 20
"""That all frames of one run may take."""

FULL_OR_READ_ONLY = (errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EPERM, errno.EDQUOT)

SAVE_EVERY_S = 2.0
"""Between two checkpoints to go on from."""

LIVE_EVERY_S = 0.4
"""Between two looks at the weights for whoever watches."""


class Busy(RuntimeError):
    """Somebody else trains this run."""


class FolderTrainer:
    """A trainer whose home is a run folder, which it holds until the run is left.

    Raises ValueError where the run cannot be trained, and Busy where another process holds it.
    """

    def __init__(self, run: Run, *, said: Callable[[str], None] = lambda _: None) -> None:
        self.run, self.said = run, said
        self._lock = FileLock(run.folder / "lock", thread_local=False)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise Busy(f"run {run.id} is being trained by another process") from None
        except OSError:  # a folder that cannot be written has no other trainer either
            pass
        try:
            self._prepare()
        except BaseException:
            self.let_go()
            raise

    def _prepare(self) -> None:
        run = self.run
        self.settings: Settings = run.settings()
        self.task = tasks.make(self.settings.task, self.settings.options, run.files())
        self.trainer = Trainer(self.task, self.settings)
        self.status = run.status()
        self.status.state, self.status.worker, self.status.parameters = "running", os.getpid(), self.trainer.model.parameter_count
        self.status.epoch_steps, self.status.chance = self.trainer.feed.steps_an_epoch, self.task.chance
        self._lines: list[str] = []
        self._kept_to = self._complete_lines()
        self._saved_at = self._lived_at = time.monotonic()
        self._take_up()
        self._pace: tuple[float, int] = (time.monotonic(), self.trainer.step)
        self._write("model.json", describe(self.trainer.model).model_dump_json().encode())
        example = self.task.example()
        self._write("example.json", json.dumps({"text": example.text, "targets": example.targets}).encode())
        size = sum(value.nbytes for value in self.trainer.state()[0].values())
        self.stride = max(1, round(self.settings.steps / max(4, min(FRAMES, FILM_BYTES // max(1, size)))))
        if self.trainer.step == 0:
            self.keep_frame()
        self.save()

    def advance(self) -> tuple[Step, Scores | None]:
        """Make one update and keep what it measured. Raises Diverged."""
        started = time.process_time()
        step = self.trainer.advance()
        scores = self.trainer.validate() if self.trainer.should_validate else None
        self.status.step, self.status.best = self.trainer.step, self.trainer.best
        if step.step > self._kept_to:
            row = {"step": step.step, "loss": step.loss, "norm": step.norm, "clipped": step.clipped, "rate": step.learning_rate}
            if scores is not None:
                row["validation"] = {
                    "loss": scores.loss,
                    "metric": scores.metric,
                    **({"extra": dict(scores.extra)} if scores.extra else {}),
                }
            self._lines.append(json.dumps(row) + "\n")
        if scores is not None and self.trainer.best is not None and self.trainer.best[1] == step.step:
            self.flush()
            self._write_tensors("best.safetensors", self._shown(), {"step": str(step.step)})
        if step.step % self.stride == 0:
            self.keep_frame()
        self.status.seconds += time.process_time() - started
        return step, scores

    def flush(self) -> None:
        """Write the lines that wait."""
        if self._lines:
            text, self._lines = "".join(self._lines), []
            self._kept_to = self.trainer.step
            self._with_disk(lambda: _append(self.run.folder / "metrics.jsonl", text))

    def housekeeping(self) -> None:
        """Between slices: write lines and status, and now and then weights."""
        self.flush()
        now = time.monotonic()
        before, step = self._pace
        if now - before > 1.0:
            self.status.pace, self._pace = (self.trainer.step - step) / (now - before), (now, self.trainer.step)
        if now - self._lived_at > LIVE_EVERY_S and self.run.watched():
            self._lived_at = now
            self._write_tensors("live.safetensors", self._shown(), {"step": str(self.trainer.step)})
        if now - self._saved_at > SAVE_EVERY_S:
            self.save()
        self.write_status()

    def save(self) -> None:
        """Write the checkpoint to go on from."""
        self.flush()
        self._saved_at = time.monotonic()
        self._write_tensors("last.safetensors", *self.trainer.state())

    def keep_frame(self) -> None:
        """Write a frame of the film."""
        self.flush()
        self._write_tensors(f"frames/{self.run.frame(self.trainer.step).name}", *self.trainer.state())

    def pause(self) -> None:
        """Leave the run so that it can be taken up at any time."""
        self.status.state, self.status.pace = "paused", 0.0
        self._leave()

    def stop(self) -> None:
        self.status.state, self.status.pace = "stopped", 0.0
        self.status.message = self.status.message or f"Stopped at step {self.trainer.step}."
        self._leave()

    def finish(self) -> None:
        """End the run: measure the best weights once on the sequences kept for that, if there are any."""
        test = self.task.test()
        if test is not None:
            found = score(load(self.run, "best" if (self.run.folder / "best.safetensors").exists() else "last"), self.task, test)
            self.status.test = {"loss": found.loss, "metric": found.metric, "sequences": len(test)}
        self.status.state, self.status.pace = "done", 0.0
        self.status.reason = "reached" if self.trainer.reached else "early" if self.trainer.step < self.settings.steps else ""
        self._leave()

    def fail(self, error: Exception) -> None:
        """End the run with what happened; the weights of the last good step are kept."""
        self.status.state, self.status.pace, self.status.message = "failed", 0.0, str(error)
        self.status.reason = "diverged" if isinstance(error, Diverged) else "refused" if isinstance(error, ValueError) else "crashed"
        if isinstance(error, Diverged):
            facts = {"step": error.step, "loss": error.loss, "norm": error.norm, "last_loss": error.last_loss, "guessing": error.guessing}
            self.status.facts = {name: value if value is None or abs(value) < 1e300 else None for name, value in facts.items()}
        self._leave()

    def write_status(self) -> None:
        self._write("status.json", self.status.model_dump_json().encode())

    def _leave(self) -> None:
        if not self.run.frame(self.trainer.step).exists():
            self.keep_frame()
        self.save()
        self._write_tensors("live.safetensors", self._shown(), {"step": str(self.trainer.step)})
        self.write_status()
        self.let_go()

    def let_go(self) -> None:
        """Give the folder up, for another process to go on."""
        with contextlib.suppress(OSError):
            (self.run.folder / "attempts").unlink(missing_ok=True)  # it did not take the process down
        self._lock.release()

    def _shown(self) -> dict[str, Tensor]:
        return {f"model.{name}": value for name, value in self.trainer.shown.state_dict().items()}

    def _take_up(self) -> None:
        path = self.run.folder / "last.safetensors"
        if path.exists():
            self.trainer.restore(*read_tensors(path))
            if self.trainer.best is not None and self.trainer.best[1] != self._step_of_best():  # of the run it was forked from
                self.trainer.best, self.trainer.stale = None, 0
            self.status.step, self.status.best = self.trainer.step, self.trainer.best

    def _step_of_best(self) -> int | None:
        with contextlib.suppress(ValueError):
            return int(read_tensors(self.run.folder / "best.safetensors", "none")[1].get("step", -1))
        return None

    def _complete_lines(self) -> int:
        """Cut off a line that was being written when its writer died, and return the step of the last whole one."""
        path = self.run.folder / "metrics.jsonl"
        with contextlib.suppress(OSError):
            content = path.read_bytes()
            whole = content[: content.rfind(b"\n") + 1]
            if len(whole) < len(content):
                replace(path, whole)
        last = 0
        for row in lines_of(path):
            last = row["step"]
        return last

    def _write(self, name: str, content: bytes) -> None:
        self._with_disk(lambda: replace(self.run.folder / name, content))

    def _write_tensors(self, name: str, tensors: dict[str, Tensor], words: dict[str, str]) -> None:
        content = save({key: value.contiguous() for key, value in tensors.items()}, metadata=words or None)
        self._write(name, content)

    def _with_disk(self, act: Callable[[], None]) -> None:
        """Write; where the disk is full or read-only, go on in memory and say so."""
        try:
            act()
        except OSError as error:
            if error.errno not in FULL_OR_READ_ONLY:
                raise
            self._go_on_in_memory(error)
            act()

    def _go_on_in_memory(self, error: OSError) -> None:
        home = self.run.folder.parents[1]
        shelter = in_memory() / home.name / "runs" / self.run.id
        if shelter == self.run.folder:
            raise error
        shutil.copytree(self.run.folder, shelter, dirs_exist_ok=True)
        shutil.rmtree(shelter / "frames", ignore_errors=True)  # a film takes too much of it
        (shelter / "frames").mkdir()
        self.run = Run(shelter)
        why = error.strerror or error
        self.status.warning = (
            f"The run folder cannot be written ({why}); training goes on in memory, and is lost when the machine restarts."
        )
        self.said(self.status.warning)


def refused(run: Run, error: Exception) -> None:
    """Say in a run's folder why it could not even begin."""
    reason = "refused" if isinstance(error, ValueError) else "crashed"
    with contextlib.suppress(OSError):
        run.write("status.json", Status(state="failed", reason=reason, message=str(error)))


def leave_untouched(run: Run, control: Control) -> None:
    """Pause or stop a run that nobody trains."""
    status = run.status()
    wanted: State = "stopped" if control.want == "stop" else "paused"
    # a run that is paused already is not written again: it may be stopped by somebody at this very moment
    if status.state not in (*ENDED, wanted):
        status.state = wanted
        with contextlib.suppress(OSError):
            run.write("status.json", status)


def read_tensors(path: Path, prefix: str = "") -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return the tensors of a safetensors file whose names begin with `prefix`, and its words. Raises ValueError."""
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys() if name.startswith(prefix)}, dict(file.metadata() or {})  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        said = f"{path.name} of run {path.parent.name!r} cannot be read: {error}"
        raise Refusal(said, "unreadable", model=path.parent.name, why=said) from None


def load(run: Run, which: str | int = "last") -> Any:
    """Return the network of a run: `live`, `last`, `best`, or a step of its film. Raises ValueError with a sentence."""
    path = run.frame(which) if isinstance(which, int) else run.folder / f"{which}.safetensors"
    try:
        about = described((run.folder / "model.json").read_bytes())
    except (OSError, ValueError) as error:
        raise ValueError(f"run {run.id!r} has no network yet: {str(error).splitlines()[0]}") from None
    tensors, _ = read_tensors(path, "averaged.")
    tensors = tensors or read_tensors(path, "model.")[0]
    return build(about, {name.partition(".")[2]: value for name, value in tensors.items()}, name=run.id)


def follow(run: Run, control: Control, slice_: FolderTrainer) -> bool:
    """Do what a person wants of a run. Returns whether it goes on training."""
    if control.want == "stop":
        slice_.stop()
    elif control.want == "pause" or (control.until is not None and slice_.trainer.step >= control.until):
        slice_.pause()
    else:
        return True
    return False


def _append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def quiet() -> None:
    """One thread: on a shared two-core host two were 20-40 times slower."""
    torch.set_num_threads(1)
