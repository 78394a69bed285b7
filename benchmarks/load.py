"""A class on one server: thirty open the link at once, fifty type, twenty stay. The visitors share the machine with the
server, so their own work is in these figures too."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from itertools import islice

from benchmarks.server import Server, serve
from benchmarks.table import Row, at_most, mebibytes, milliseconds, whole
from benchmarks.texts import texts
from benchmarks.visitor import Run, Visitor

EVERY_S = 3.0
"""Between two texts of one person."""


def rows(*, quick: bool) -> Iterator[Row]:
    with serve() as server:
        asyncio.run(warm(server))
        yield from _arrival(server, people=30, waves=2 if quick else 5)
        yield from _typing(server, people=50, seconds=12 if quick else 30)
    with serve() as server:  # a fresh one: the class above would count
        yield from _memory(server, people=20, changes=3 if quick else 8)


async def warm(server: Server) -> None:
    """Two visitors: the first waits for torch, the second meets the server as it will stay."""
    for seed in (1, 2):
        visitor = Visitor(server.port)
        await visitor.open()
        await visitor.change(next(texts(60, seed)))
        await visitor.close()


def _arrival(server: Server, people: int, waves: int) -> Iterator[Row]:
    found = [asyncio.run(_open_at_once(server, people)) for _ in range(waves)]
    pictures = [[run.picture for run in runs if run.picture is not None] for runs in found]
    missing = sum(run.picture is None or bool(run.errors) for runs in found for run in runs)
    what = f"{people} people open /gates at once on a warm server"
    yield Row("arrival", f"{what}: the last one has the picture", [max(times) for times in pictures], milliseconds, at_most(2.0))
    yield Row("arrival", f"{what}: all of them have it", [seconds for times in pictures for seconds in times], milliseconds)
    yield Row("arrival", f"{what}: errors, or no picture", [missing], whole, at_most(0))


async def _open_at_once(server: Server, people: int) -> list[Run]:
    visitors = [Visitor(server.port) for _ in range(people)]
    runs = await asyncio.gather(*(visitor.open() for visitor in visitors))
    await asyncio.gather(*(visitor.close() for visitor in visitors))
    return runs


def _typing(server: Server, people: int, seconds: float) -> Iterator[Row]:
    runs, lost = asyncio.run(_type_for(server, people, seconds))
    latencies = [run.finished for run in runs]
    wrong = lost + sum(run.errors > 0 or run.picture is None for run in runs)
    what = f"{people} people, a new text every {EVERY_S:g} s, T=60, {seconds:g} s"
    yield Row("typing", f"{what}: sent -> script finished, p50", latencies, milliseconds)
    yield Row("typing", f"{what}: sent -> script finished, p95", latencies, milliseconds, at_most(0.5), quantile=0.95)
    yield Row("typing", f"{what}: errors, lost connections, missing pictures", [wrong], whole, at_most(0))


async def _type_for(server: Server, people: int, seconds: float) -> tuple[list[Run], int]:
    """Return all runs, and how many people lost their connection."""
    visitors = [Visitor(server.port) for _ in range(people)]
    for visitor in visitors:  # one after the other: arrival is measured elsewhere
        await visitor.open()
    end = time.monotonic() + seconds
    done = await asyncio.gather(*(_type(visitor, seed, end) for seed, visitor in enumerate(visitors)), return_exceptions=True)
    await asyncio.gather(*(visitor.close() for visitor in visitors), return_exceptions=True)
    return [run for runs in done if isinstance(runs, list) for run in runs], sum(isinstance(runs, BaseException) for runs in done)


async def _type(visitor: Visitor, seed: int, end: float) -> list[Run]:
    runs, chance = [], random.Random(seed)
    due = time.monotonic() + chance.uniform(0, EVERY_S)  # people do not press Enter together
    for text in texts(60, seed=1000 + seed):
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        if time.monotonic() >= end:
            break
        runs.append(await visitor.change(text))
        due = max(due + EVERY_S, time.monotonic())
    return runs


def _memory(server: Server, people: int, changes: int) -> Iterator[Row]:
    asyncio.run(warm(server))
    before = server.resident_bytes()
    wrong, held = asyncio.run(stay(server, people, changes))
    what = f"server process, {people} people, {changes} texts each, T=200"
    yield Row("memory", f"{what}: resident, all connected", [held], mebibytes, at_most(700 * 2**20))
    yield Row("memory", f"{what}: resident before they came", [before], mebibytes)
    yield Row("memory", f"{what}: the most it ever held", [server.resident_bytes("VmHWM")], mebibytes)
    yield Row("memory", f"{what}: errors", [wrong], whole, at_most(0))


async def stay(server: Server, people: int, changes: int) -> tuple[int, int]:
    """Return how many runs went wrong, and the server's bytes while everybody is still there."""
    visitors = [Visitor(server.port) for _ in range(people)]
    runs = list(await asyncio.gather(*(visitor.open() for visitor in visitors)))
    words = [islice(texts(200, seed=2000 + seed), changes) for seed in range(people)]
    for row in zip(*words, strict=True):
        runs += await asyncio.gather(*(visitor.change(text) for visitor, text in zip(visitors, row, strict=True)))
    held = server.resident_bytes()
    await asyncio.gather(*(visitor.close() for visitor in visitors))
    return sum(run.errors > 0 or run.picture is None for run in runs), held
