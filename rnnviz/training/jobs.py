"""How page and command line reach whoever trains: submit, status, pause, stop.

The shape of concurrent.futures: an executor takes settings and returns a handle. `Worker process for everybody` is the
one executor there is; another, over a cluster, needs the same five methods and a home that both sides can see.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from filelock import FileLock, Timeout

from rnnviz.training.runs import ENDED, Control, Home, Run, Status, home
from rnnviz.training.settings import Settings


class Executor(Protocol):
    """Trains what it is given, somewhere."""

    def submit(
        self,
        settings: Settings,
        files: Mapping[str, bytes] | None = None,
        *,
        parent: str = "",
        step: int | None = None,
        until: int | None = None,
    ) -> Job:
        """Take a run on. With `parent` and `step` it goes on from that frame; with `until` it pauses there."""
        ...

    def status(self, name: str) -> Status:
        """Return where a run stands."""
        ...

    def pause(self, name: str) -> None: ...

    def resume(self, name: str, *, until: int | None = None) -> None: ...

    def stop(self, name: str) -> None: ...


@dataclass(frozen=True)
class Job:
    """One run, as a future."""

    executor: Executor
    id: str

    def status(self) -> Status:
        return self.executor.status(self.id)

    def running(self) -> bool:
        return self.status().state in ("queued", "running")

    def done(self) -> bool:
        return self.status().state in ENDED

    def cancel(self) -> bool:
        """Stop it. Returns whether there was anything to stop."""
        running = not self.done()
        self.executor.stop(self.id)
        return running

    def result(self, timeout: float | None = None) -> Status:
        """Wait for the end. Raises TimeoutError, and RuntimeError with its sentence for a run that failed."""
        end = None if timeout is None else time.monotonic() + timeout
        while not self.done():
            if end is not None and time.monotonic() > end:
                raise TimeoutError(f"run {self.id} has not ended within {timeout} s")
            time.sleep(0.1)
        status = self.status()
        if status.state == "failed":
            raise RuntimeError(status.message)
        return status


class WorkerProcess:
    """The executor of one machine: one process for everybody, started on first use, gone when there is nothing to do."""

    def __init__(self, place: Home | None = None) -> None:
        self.home = place or home()
        self._started: subprocess.Popen[bytes] | None = None
        self._starting = threading.Lock()

    def submit(
        self,
        settings: Settings,
        files: Mapping[str, bytes] | None = None,
        *,
        parent: str = "",
        step: int | None = None,
        until: int | None = None,
    ) -> Job:
        source = self.home.run(parent) if parent else None
        run = self.home.add(settings, source.files() if source and not files else files or {}, parent=source, step=step)
        self.home.ask(run, Control(want="run", until=until))
        self.start()
        return Job(self, run.id)

    def status(self, name: str) -> Status:
        """Return where a run stands, and see to it that somebody works on it."""
        status = self.home.run(name).status()
        if status.state in ("queued", "running") and (self.home.active / name).exists():
            self.start()
        return status

    def position(self, name: str) -> int:
        """Return how many runs wait before this one that nobody trains yet; 0 for one that is trained or not waiting."""
        before = self.home.waiting()
        if name not in before or self.home.run(name).status().state != "queued":
            return 0
        return 1 + sum(1 for other in before[: before.index(name)] if _state(self.home, other) == "queued")

    def pause(self, name: str) -> None:
        self._ask(name, Control(want="pause"))

    def resume(self, name: str, *, until: int | None = None) -> None:
        self._say_of_paused(name, "queued")
        self._ask(name, Control(want="run", until=until))

    def stop(self, name: str) -> None:
        self._ask(name, Control(want="stop"))
        self._say_of_paused(name, "stopped")

    def _say_of_paused(self, name: str, state: Literal["queued", "stopped"]) -> None:
        """Say at once where a paused run stands now: nobody trains it, and the worker may take seconds to come up."""
        run = self.home.run(name)
        status = run.status()
        if status.state == "paused":
            status.state = state
            with contextlib.suppress(OSError):
                run.write("status.json", status)

    def _ask(self, name: str, control: Control) -> None:
        run = self.home.run(name)
        if run.status().state in ("done", "stopped", "failed"):
            return
        self.home.ask(run, control)
        self.start()

    def start(self) -> None:
        """Start the worker unless there is one, or one that was started a moment ago and has not got hold of the home yet."""
        with self._starting, self.home.log().open("ab") as log:
            if (self._started is not None and self._started.poll() is None) or self.alive():
                return
            self._started = subprocess.Popen(
                [sys.executable, "-m", "rnnviz", "worker", "--home", str(self.home.folder)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd=Path(__file__).parents[2],
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )  # fmt: skip

    def alive(self) -> bool:
        """Return whether a worker holds this home."""
        lock = lock_of(self.home)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        lock.release()
        return False


def work(place: Home, idle: float) -> None:
    """Be the worker of a home, until nothing has been wanted for `idle` seconds. Returns at once where there is one already."""
    lock = lock_of(place)
    while True:
        try:
            lock.acquire(timeout=0)  # before torch is imported, which takes seconds
        except Timeout:
            return
        try:
            from rnnviz.training.worker import Worker

            Worker(place).serve(idle)
        finally:
            lock.release()
        if not place.waiting():  # nobody has asked for anything in the very last moment
            return


def lock_of(place: Home) -> FileLock:
    """Return the lock that a worker holds as long as it lives, however it ends."""
    return FileLock(place.folder / "worker.lock", thread_local=False)


def _state(place: Home, name: str) -> str:
    try:
        return place.run(name).status().state
    except ValueError:
        return ""


def find(name: str) -> Run:
    """Return the run of that name on this machine. Raises ValueError for an unknown one."""
    return home().run(name)
