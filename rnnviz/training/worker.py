"""The worker: one process that trains for everybody, in turns.

It looks at the list of active runs, gives each a slice of a tenth of a second (a lone one of a fifth), does what their
control files say, and goes when nothing has been wanted of it for a while. It may be killed at any time: the next one takes
every run up.
"""

from __future__ import annotations

import contextlib
import resource
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import torch

from rnnviz.training.folder import Busy, FolderTrainer, follow, leave_untouched, quiet, refused
from rnnviz.training.runs import ENDED, Home, Run
from rnnviz.training.trainer import Diverged

SLICE_S = 0.1
LOOK_EVERY_S = 0.15
IDLE_S = 90.0
AT_ONCE = 24
"""Runs that are in memory at once; more wait in a queue."""
MEMORY_MIB = 900
"""Of the whole process. Beyond, the run that has taken most of it is ended with a sentence."""
ATTEMPTS = 3
"""Times that a run may take the process down at one and the same step."""


class Worker:
    """Trains the active runs of a home until there are none."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.jobs: dict[str, FolderTrainer] = {}
        self._grown: dict[str, float] = {}
        """By run, the memory that the process has taken on its account, in MiB."""
        self._looked = 0.0

    def serve(self, idle: float = IDLE_S) -> None:
        """Work until nothing has been wanted for `idle` seconds. The caller holds the home's lock."""
        quiet()
        torch.optim.AdamW([torch.zeros(1, requires_grad=True)])  # the first optimiser imports for a second
        wanted = time.monotonic()
        while time.monotonic() - wanted < idle:
            if self.turn():
                wanted = time.monotonic()
            else:
                time.sleep(0.05)

    def turn(self) -> bool:
        """Give every run one slice. Returns whether there was anything to do."""
        self.look()
        for name in list(self.jobs):
            self.look()  # whoever presses stop need not wait for everybody's slice
            if name in self.jobs:
                self._slice(name, self.jobs[name])
        return bool(self.jobs)

    def look(self) -> None:
        """Take up runs that are wanted, and do what is wanted of those there are."""
        if time.monotonic() - self._looked < LOOK_EVERY_S:
            return
        self._looked = time.monotonic()
        for name in self.home.waiting():
            try:
                run = self.home.run(name)
            except ValueError:  # deleted
                self._forget(name)
                continue
            if run.control().want != "run":
                self._leave(name, run)
            elif name not in self.jobs and run.status().state in ENDED:
                self._forget(name)
            elif name not in self.jobs and len(self.jobs) < AT_ONCE:
                self._take_up(name, run)
        for name in set(self.jobs) - set(self.home.waiting()):  # its folder is gone
            self._let_go(name)

    def _leave(self, name: str, run: Run) -> None:
        """Pause or stop a run."""
        # off the list first: whatever is asked from now on puts it there again
        (self.home.active / name).unlink(missing_ok=True)
        control, job = run.control(), self.jobs.get(name)
        if control.want == "run":
            self.home.ask(run, control)
        elif job is None:
            leave_untouched(run, control)
        else:
            self._attempt(name, job, lambda: follow(run, control, job))
            self._let_go(name)

    def _take_up(self, name: str, run: Run) -> None:
        before = memory_mib()
        try:
            if count_attempts(run) > ATTEMPTS:
                raise RuntimeError(f"it ended the training process {ATTEMPTS} times at this step")
            self.jobs[name] = FolderTrainer(run, said=_say)
            self._grown[name] = memory_mib() - before
        except Busy:
            self._forget(name)
        except Exception as error:
            _say(f"{name}: {traceback.format_exc()}" if not isinstance(error, ValueError) else f"{name}: {error}")
            refused(run, error)
            self._forget(name)

    def _slice(self, name: str, job: FolderTrainer) -> None:
        before = memory_mib()
        goes_on = self._attempt(name, job, lambda: self._train(job))
        self._grown[name] = self._grown.get(name, 0.0) + memory_mib() - before
        if not goes_on:
            self._forget(name)
        elif memory_mib() > MEMORY_MIB:
            self._end_the_largest()

    def _train(self, job: FolderTrainer) -> bool:
        until = job.run.control().until
        end = time.monotonic() + (SLICE_S if len(self.jobs) > 1 else 2 * SLICE_S)
        while True:
            if job.trainer.done:
                job.finish()
                return False
            if until is not None and job.trainer.step >= until:
                job.pause()
                return False
            job.advance()
            if time.monotonic() > end:
                break
        job.housekeeping()
        return True

    def _end_the_largest(self) -> None:
        """End the run that has taken most of the memory."""
        name = max(self.jobs, key=lambda each: self._grown.get(each, 0.0))
        self.jobs[name].fail(
            MemoryError(f"the worker held {memory_mib():.0f} MB, most of it for this run; try fewer units or a smaller batch")
        )
        self._forget(name)

    def _attempt(self, name: str, job: FolderTrainer, act: Callable[[], bool]) -> bool:
        try:
            return act()
        except Exception as error:
            if not job.run.folder.exists():  # deleted under our hands
                return False
            if not isinstance(error, Diverged):
                _say(f"{name}: {traceback.format_exc()}")
            with contextlib.suppress(Exception):
                job.fail(error)
        return False

    def _forget(self, name: str) -> None:
        """Take a run off the list, unless somebody has asked for more of it meanwhile."""
        self._let_go(name)
        with contextlib.suppress(OSError):
            (self.home.active / name).unlink(missing_ok=True)
        with contextlib.suppress(ValueError, OSError):
            run = self.home.run(name)
            status, control = run.status(), run.control()
            if status.state in ("paused", "queued") and control.want == "run" and (control.until is None or control.until > status.step):
                self.home.ask(run, control)

    def _let_go(self, name: str) -> None:
        job = self.jobs.pop(name, None)
        self._grown.pop(name, None)
        if job is not None:
            job.let_go()


def count_attempts(run: Run) -> int:
    """Return how often this run has been taken up without getting any further, this time included."""
    path, step = run.folder / "attempts", run.status().step
    count = 0
    with contextlib.suppress(OSError, ValueError):
        before, count = (int(part) for part in path.read_text().split())
        count = count if before == step else 0
    with contextlib.suppress(OSError):
        path.write_text(f"{step} {count + 1}")
    return count + 1


def memory_mib() -> float:
    """Return what this process holds in memory."""
    with contextlib.suppress(OSError, ValueError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _say(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stderr.flush()
