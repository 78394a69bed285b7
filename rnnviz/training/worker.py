"""The worker: one process that trains for everybody, in turns.

It looks at the list of active runs, gives each a slice of a tenth of a second, does what their control files say, and goes
when nothing has been wanted of it for a while. It may be killed at any time: the next one takes every run up.
"""

from __future__ import annotations

import contextlib
import resource
import sys
import time
import traceback
from pathlib import Path

import torch

from rnnviz.training.folder import FolderTrainer, follow, quiet, refused
from rnnviz.training.runs import ENDED, Home
from rnnviz.training.trainer import Diverged

SLICE_S = 0.1
LOOK_EVERY_S = 0.15
IDLE_S = 90.0
AT_ONCE = 24
"""Runs that are in memory at once; more wait in a queue."""
MEMORY_MIB = 600
"""Of the whole process. A run that would take it beyond is ended with a sentence."""


class Worker:
    """Trains the active runs of a home until there are none."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.jobs: dict[str, FolderTrainer] = {}
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
            job, control = self.jobs.get(name), run.control()
            if job is not None:
                if not self._attempt(name, job, lambda job=job, run=run, control=control: follow(run, control, job)):
                    self._forget(name)
            elif run.status().state in ENDED:
                self._forget(name)
            elif len(self.jobs) < AT_ONCE:
                self._take_up(name)
        for name in set(self.jobs) - set(self.home.waiting()):  # its folder is gone
            del self.jobs[name]

    def _take_up(self, name: str) -> None:
        run = self.home.run(name)
        try:
            self.jobs[name] = job = FolderTrainer(run, said=_say)
            if not follow(run, run.control(), job):
                self._forget(name)
        except Exception as error:
            _say(f"{name}: {traceback.format_exc()}" if not isinstance(error, ValueError) else f"{name}: {error}")
            refused(run, error)
            self._forget(name)

    def _slice(self, name: str, job: FolderTrainer) -> None:
        if not self._attempt(name, job, lambda: self._train(job)):
            self._forget(name)

    def _train(self, job: FolderTrainer) -> bool:
        until = job.run.control().until
        end = time.monotonic() + SLICE_S
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
        if len(self.jobs) == 1 or memory_mib() < MEMORY_MIB:
            return True
        raise MemoryError(
            f"the worker holds {memory_mib():.0f} MB for {len(self.jobs)} runs; this one was ended. Try fewer units or a smaller batch"
        )

    def _attempt(self, name: str, job: FolderTrainer, act) -> bool:
        try:
            return act()
        except Diverged as error:
            job.fail(error)
        except Exception as error:
            _say(f"{name}: {traceback.format_exc()}")
            with contextlib.suppress(Exception):
                job.fail(error)
        return False

    def _forget(self, name: str) -> None:
        self.jobs.pop(name, None)
        with contextlib.suppress(OSError):
            (self.home.active / name).unlink(missing_ok=True)


def memory_mib() -> float:
    """Return what this process holds in memory."""
    with contextlib.suppress(OSError, ValueError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _say(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stderr.flush()
