"""One row a promise: what was measured, what was to be reached, and whether it was."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

Write = Callable[[float], str]

RESULTS = Path(__file__).parent / "results.md"
HEAD = ("row", "what", "median", "spread", "reach", "met")


def times(value: float) -> str:
    return f"{value:.2f}x" if value < 10 else f"{value:.1f}x"


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.2f} s"


def kilobytes(count: float) -> str:
    return f"{count / 1e3:.1f} KB"


def mebibytes(count: float) -> str:
    return f"{count / 2**20:.0f} MiB"


def power(value: float) -> str:
    return f"{value:.1e}"


def whole(value: float) -> str:
    return f"{value:.0f}"


@dataclass(frozen=True)
class Reach:
    """What was promised. Make one with `at_most` or `at_least`."""

    limit: float
    upper: bool

    def met_by(self, value: float) -> bool:
        return value <= self.limit if self.upper else value >= self.limit

    def written(self, write: Write) -> str:
        return f"{'<=' if self.upper else '>='} {write(self.limit)}"


def at_most(limit: float) -> Reach:
    return Reach(limit, upper=True)


def at_least(limit: float) -> Reach:
    return Reach(limit, upper=False)


@dataclass(frozen=True)
class Row:
    row: str
    what: str
    samples: Sequence[float]
    write: Write
    reach: Reach | None = None
    """None for a figure that is printed for information."""
    quantile: float = 0.5
    """Which of the samples counts: 0.5 for a median, 0.95 for a p95."""

    @property
    def value(self) -> float:
        return float(np.quantile(np.asarray(self.samples, float), self.quantile))

    @property
    def met(self) -> bool | None:
        return None if self.reach is None else self.reach.met_by(self.value)

    def cells(self) -> tuple[str, ...]:
        """Return the row as printed. The spread is p10..p90, or min..max where there are fewer than ten samples."""
        edges = (0.1, 0.9) if len(self.samples) >= 10 else (0.0, 1.0)
        low, high = np.quantile(np.asarray(self.samples, float), edges)
        spread = f"{self.write(low)} .. {self.write(high)}  n={len(self.samples)}" if len(self.samples) > 1 else "one value"
        reach = self.reach.written(self.write) if self.reach else "(information)"
        return self.row, self.what, self.write(self.value), spread, reach, {None: "", True: "yes", False: "NO, MISSED"}[self.met]


def as_text(rows: Sequence[Row]) -> str:
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(HEAD))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)


def as_markdown(rows: Sequence[Row], command: str, load_before: tuple[float, float, float]) -> str:
    missed = [row for row in rows if row.met is False]
    table = [HEAD, ("---",) * len(HEAD), *(row.cells() for row in rows)]
    lines = ["| " + " | ".join(line) + " |" for line in table]
    for at, row in enumerate(rows, start=2):
        if row.met is False:
            lines[at] = lines[at].replace("NO, MISSED", "**NO, missed**")
    verdict = f"{len(missed)} of {sum(row.reach is not None for row in rows)} promised rows missed."
    return "\n".join(["# Benchmarks", "", *machine(command, load_before), "", *lines, "", verdict, ""])


def machine(command: str, load_before: tuple[float, float, float]) -> list[str]:
    """Say when and where this was measured. The load averages tell how far to trust it."""
    load = [" ".join(f"{value:.2f}" for value in loads) for loads in (load_before, os.getloadavg())]
    return [
        f"- made by `{command}` on {datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC",
        f"- machine: {_cpu()}, {len(os.sched_getaffinity(0))} cores; torch on one thread",
        f"- Python {platform.python_version()}, torch {version('torch')}, streamlit {version('streamlit')}",
        f"- load average (1, 5, 15 minutes) before: {load[0]}; after: {load[1]}",
        "- median: of all samples, or the percentile that the row names; spread: p10 .. p90, min .. max below ten samples",
    ]


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
