"""Training beside the page: as fast as a plain loop, and in how much memory."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from playwright.sync_api import Page

from benchmarks.chromium import chromium, in_sight
from benchmarks.load import stay, warm
from benchmarks.server import serve
from benchmarks.table import Row, at_least, at_most, mebibytes, milliseconds, times
from rnnviz import tasks
from rnnviz.training import Settings
from rnnviz.training.jobs import WorkerProcess
from rnnviz.training.runs import Home, Status
from rnnviz.training.trainer import Trainer

SETTINGS = Settings(task="characters", cell="lstm", hidden=128, embedding=32, batch=32, steps=100_000, validate_every=100_000)


def rows(*, quick: bool) -> Iterator[Row]:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RNNVIZ_HOME"] = folder
        place = Home(Path(folder))
        place.make()
        executor = WorkerProcess(place)
        yield from _speed(executor, rounds=2 if quick else 5, seconds=3.0 if quick else 6.0)
        yield from _memory(executor, changes=2 if quick else 6)


def _speed(executor: WorkerProcess, rounds: int, seconds: float) -> Iterator[Row]:
    """Turn and turn about: the plain loop while the worker pauses, the worker with the page open on it."""
    what = "char LSTM, H=128, batch 32 x 50 steps"
    job = executor.submit(SETTINGS, until=20)
    while job.running():
        time.sleep(0.2)
    watched, alone, plain = [], [], []
    with serve() as server, chromium() as browser:
        page = browser.new_page()
        page.goto(f"{server.url}/training?run={job.id}")
        in_sight(page, ".chart svg")
        for _ in range(rounds):
            plain.append(_plain_loop(seconds))
            executor.resume(job.id)
            page.goto(f"{server.url}/training?run={job.id}")
            page.get_by_role("button", name="Pause").wait_for()
            watched.append(_pace(executor, job.id, seconds))
            page.goto("about:blank")
            alone.append(_pace(executor, job.id, seconds))
            executor.pause(job.id)
            while job.running():
                time.sleep(0.05)
        rests = [_pause(executor, job.id, page, server.url) for _ in range(rounds)]
        executor.stop(job.id)
    yield Row("training", f"{what}: Pause pressed in the browser -> the run rests, the slowest", [max(rests)], milliseconds, at_most(1.0))
    ratios = [a / b for a, b in zip(watched, plain, strict=True)]
    yield Row("training", f"{what}: worker with the page open / plain torch loop, steps a second", ratios, times, at_least(0.9))
    yield Row("training", f"{what}: worker alone / plain torch loop", [a / b for a, b in zip(alone, plain, strict=True)], times)
    yield Row("training", f"{what}: plain torch loop, steps a second", plain, lambda value: f"{value:.0f}")


def _pause(executor: WorkerProcess, name: str, page: Page, address: str) -> float:
    executor.resume(name)
    page.goto(f"{address}/training?run={name}")
    button = page.get_by_role("button", name="Pause")
    button.wait_for()
    page.wait_for_timeout(1000)
    started = time.monotonic()
    button.click()
    while _status(executor, name).state != "paused":
        time.sleep(0.005)
    return time.monotonic() - started


def _pace(executor: WorkerProcess, name: str, seconds: float) -> float:
    first, started = _step(executor, name)
    time.sleep(seconds)
    last, ended = _step(executor, name)
    return (last - first) / (ended - started)


def _step(executor: WorkerProcess, name: str) -> tuple[int, float]:
    """Return a step as soon as the worker has written a new one, and when."""
    before = _status(executor, name).step
    while (now := _status(executor, name).step) == before:
        time.sleep(0.002)
    return now, time.monotonic()


def _status(executor: WorkerProcess, name: str) -> Status:
    return executor.home.run(name).status()


def _plain_loop(seconds: float) -> float:
    """Return the steps a second of the loop that one would write by hand, on the same network, batches and optimiser."""
    trainer = Trainer(tasks.make("characters"), SETTINGS)
    model, state, step = trainer.model.train(), None, 0
    optimiser = torch.optim.AdamW(model.parameters(), lr=0.005, weight_decay=0.0, fused=True)
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        step += 1
        batch, fresh = trainer.feed.at(step)
        optimiser.zero_grad(set_to_none=True)
        logits, state = model(batch.inputs, None if fresh else state)
        state = tuple(part.detach() for part in state)
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), batch.targets.flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        loss.item()
    return step / (time.monotonic() - started)


def _memory(executor: WorkerProcess, changes: int) -> Iterator[Row]:
    """Twenty people on the app, four runs being trained."""
    jobs = [executor.submit(SETTINGS.model_copy(update={"hidden": 64, "seed": seed})) for seed in range(4)]
    while any(_status(executor, job.id).step < 20 for job in jobs):
        time.sleep(0.2)
    with serve() as server:
        asyncio.run(warm(server))
        wrong, held = asyncio.run(stay(server, people=20, changes=changes))
        worker = _resident(_status(executor, jobs[0].id).worker)
    for job in jobs:
        job.cancel()
    what = "server and training worker, 20 people, 4 runs"
    yield Row("memory", f"{what}: resident together", [held + worker], mebibytes, at_most(2**30))
    yield Row("memory", f"{what}: the worker's part", [worker], mebibytes)
    yield Row("memory", f"{what}: errors", [wrong], lambda value: f"{value:.0f}", at_most(0))


def _resident(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))
