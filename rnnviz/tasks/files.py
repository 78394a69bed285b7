"""Files that a person brings: text, labelled texts, a column of numbers. Every one is read with a sentence for what is wrong."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

MOST_BYTES = 40 << 20
"""Of one file, unpacked."""

MOST_ROWS = 200_000
"""Of a labelled file or a column; of more, the last are taken."""


def as_text(name: str, content: bytes) -> str:
    """Return a file as text: plain or .gz, UTF-8 or Latin-1. Raises ValueError with a sentence."""
    if content[:2] == b"\x1f\x8b":
        try:
            with gzip.open(io.BytesIO(content)) as packed:
                content = packed.read(MOST_BYTES + 1)
        except (OSError, EOFError, zlib.error):
            raise ValueError(f"data: {name[:60]!r} ends in .gz but cannot be unpacked") from None
    if len(content) > MOST_BYTES:
        raise ValueError(f"data: {name[:60]!r} is larger than {MOST_BYTES >> 20} MB")
    if b"\0" in content[:4096]:
        raise ValueError(f"data: {name[:60]!r} is not a text file")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return content.decode("latin-1").replace("\r\n", "\n")


@dataclass(frozen=True)
class Labelled:
    """Texts and the name of each one's class."""

    texts: list[str]
    labels: list[str]


def labelled(files: Mapping[str, bytes], *, fields: str = "all") -> Labelled:
    """Return labelled texts from files as they are published.

    A CSV has the label in its first column and the text in the others (`fields="last"` takes the last one alone); a first
    row whose label occurs nowhere else is a heading. Of files with .pos or .neg in their names each line is a text.
    """
    texts: list[str] = []
    labels: list[str] = []
    for name, content in files.items():
        text = as_text(name, content)
        side = next((side for mark, side in (("pos", "positive"), ("neg", "negative")) if mark in name.split(".")[1:]), None)
        if side:
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            texts += lines
            labels += [side] * len(lines)
            continue
        try:
            rows = [row for row in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in row)]
        except csv.Error as error:
            raise ValueError(f"data: {name[:60]!r} cannot be read as CSV: {error}") from None
        if rows and min(len(row) for row in rows) < 2:
            bad = next(at for at, row in enumerate(rows, start=1) if len(row) < 2)
            raise ValueError(f"data: row {bad} of {name[:60]!r} has one column; expected a label and a text")
        if len(rows) > 2 and rows[0][0] not in {row[0] for row in rows[1:]}:
            rows = rows[1:]
        rows = rows[-MOST_ROWS:]
        labels += [row[0].strip() for row in rows]
        texts += [row[-1] if fields == "last" else " ".join(row[1:]) for row in rows]
    if len(set(labels)) < 2:
        raise ValueError(f"data: {len(texts)} texts of {len(set(labels))} class; two classes are the least to tell apart")
    if len(set(labels)) > 50:
        raise ValueError(f"data: {len(set(labels))} different labels; 50 classes are the most. Is the label in the first column?")
    return Labelled(texts, labels)


@dataclass(frozen=True)
class Column:
    """One column of numbers."""

    title: str
    values: np.ndarray
    filled: int
    """How many gaps were filled, by a straight line between their neighbours."""
    dropped: int
    """How many rows at the start were left out because there were too many."""


def column(name: str, content: bytes, wanted: str = "") -> Column:
    """Return a column of numbers from a CSV: the one called `wanted`, or the first one that holds numbers.

    Gaps are filled between their neighbours. Raises ValueError with a sentence: no numbers, fewer than 20 rows, an unknown name.
    """
    import pandas as pd

    text = as_text(name, content)
    try:
        first = text.split("\n", 1)[0]
        separator = max(",;\t", key=first.count) if any(mark in first for mark in ",;\t") else ","
        headed = not any(_is_number(cell) for cell in first.split(separator))
        table = pd.read_csv(io.StringIO(text), sep=separator, header=0 if headed else None, skip_blank_lines=False, low_memory=False)
    except (ValueError, pd.errors.ParserError) as error:
        raise ValueError(f"data: {name[:60]!r} cannot be read as CSV: {str(error).splitlines()[0][:120]}") from None
    titles = [str(title).strip() if headed else f"column {at}" for at, title in enumerate(table.columns, start=1)]
    table.columns = [title if titles.index(title) == at else f"{title} ({at + 1})" for at, title in enumerate(titles)]
    numbers = {title: np.asarray(pd.to_numeric(table[title], errors="coerce"), dtype=float) for title in table.columns}
    good = {title: values for title, values in numbers.items() if np.isfinite(values).mean() >= 0.5} if len(table) else {}
    if wanted and wanted not in numbers:
        raise ValueError(f"column: {wanted[:40]!r} is not in {name[:60]!r}; there are {', '.join(list(numbers)[:12])}")
    if wanted and wanted not in good:
        raise ValueError(f"column: {wanted[:40]!r} holds text or gaps more often than numbers")
    if not good:
        raise ValueError(f"data: no column of {name[:60]!r} holds numbers in at least half of its {len(table)} rows")
    title = wanted or next(iter(good))
    values = good[title]
    values = np.where(np.isfinite(values) & (np.abs(values) < 1e30), values, np.nan)
    known = np.flatnonzero(np.isfinite(values))
    if not known.size:
        raise ValueError(f"column: {title[:40]!r} holds no number that is small enough to learn from")
    values = values[known[0] : known[-1] + 1]
    if len(values) < 20:
        raise ValueError(f"data: column {title[:40]!r} has {len(values)} rows; 20 are the least to learn from")
    dropped = max(0, len(values) - MOST_ROWS)
    values = values[dropped:]
    gaps = ~np.isfinite(values)
    values[gaps] = np.interp(np.flatnonzero(gaps), np.flatnonzero(~gaps), values[~gaps])
    return Column(title, values, int(gaps.sum()), dropped)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
