"""Dates as people write them, and their answer as ISO 8601: 3rd of May 1999 -> 1999-05-03."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from datetime import date
from functools import cache, cached_property
from typing import Any, ClassVar

import torch

from rnnviz.tasks.base import Batch, Example, choose
from rnnviz.tasks.paired import Pair, PairTask
from rnnviz.text import CharacterVocabulary

FIRST, LAST = date(1950, 1, 1), date(2049, 12, 31)
"""The days there are; of a year in two digits, 50 to 99 are in the 1900s."""

FORMATS = (
    "{d} {month} {year}", "{d}{nth} of {month} {year}", "the {d}{nth} of {month}, {year}", "{month} {d}, {year}",
    "{month} {d}{nth}, {year}", "{month} {d} {year}", "{d} {mon} {year}", "{d}-{mon}-{yy}", "{mon} {d}, {year}", "{mon} {d} '{yy}",
    "{weekday}, {d} {month} {year}", "{wkd} {d} {mon} {year}", "{weekday}, {month} {d}, {year}", "{d}.{m}.{year}", "{dd}.{mm}.{year}",
    "{dd}/{mm}/{year}", "{d}/{m}/{yy}", "{year}/{mm}/{dd}", "{year}-{mm}-{dd}", "{year}{mm}{dd}", "{year}年{m}月{d}日",
)  # fmt: skip
"""How a date may be written. With slashes and dots the day comes first, unless the year does."""

_MONTHS, _DAYS = tuple(calendar.month_name), tuple(calendar.day_name)
_ALL = (LAST - FIRST).days + 1
_HELD_OUT = 10
"""One day in so many is never trained on, and another one is kept for the test."""


class Dates(PairTask):
    """Write a date as year-month-day, however it was written: 3rd of May 1999 becomes 1999-05-03."""

    name: ClassVar[str] = "dates"
    suggests: ClassVar[Mapping[str, Any]] = {
        "cell": "lstm", "hidden": 32, "embedding": 24, "learning_rate": 0.005, "schedule": "linear", "steps": 800, "validate_every": 50,
    }  # fmt: skip

    @cached_property
    def vocabulary(self) -> CharacterVocabulary:  # pyright: ignore[reportIncompatibleMethodOverride]
        signs = (re.sub(r"\{\w+\}", "", form) for form in FORMATS)
        words = "".join((*_MONTHS, *_DAYS, *signs, "stndrdth"))
        return CharacterVocabulary(words + words.lower() + words.upper() + "0123456789")

    @cached_property
    def target(self) -> CharacterVocabulary:  # pyright: ignore[reportIncompatibleMethodOverride]
        return CharacterVocabulary("0123456789-")

    @staticmethod
    def answer_to(text: str) -> str | None:
        found = answer_to(text)  # of a day that the calendar lacks nothing is right
        return found if found is not None and is_a_day(found) else None

    def draw(self, count: int, chance: torch.Generator) -> Batch:
        return self.batch(_drawn(count, chance, parts=range(2, _HELD_OUT)))

    @cached_property
    def validation(self) -> Batch:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self.batch(_drawn(512, torch.Generator().manual_seed(20_001), parts=range(1)))

    @cached_property
    def _test(self) -> Batch:
        return self.batch(_drawn(2000, torch.Generator().manual_seed(20_002), parts=range(1, 2)))

    def example(self) -> Example:
        """Return a day that is never trained on, as people say it."""
        day = self.as_example(self.validation, 0).targets[:-1]
        text = write(date.fromisoformat("".join(map(str, day))), FORMATS[1])
        return Example(text, self.right_for(text))

    def test(self) -> Batch:
        return self._test


def _drawn(count: int, chance: torch.Generator, *, parts: range) -> list[Pair]:
    """Draw dates whose day belongs to one of these tenths, each in a format and a case drawn as well."""
    days = _days_of(parts.start, parts.stop)
    chosen = days[choose(count, len(days), chance)].tolist()
    formats, cases = choose(count, len(FORMATS), chance).tolist(), choose(count, 10, chance).tolist()
    pairs = []
    for day, form, case in zip(chosen, formats, cases, strict=True):
        when = date.fromordinal(FIRST.toordinal() + day)
        text = write(when, FORMATS[form])
        pairs.append((text.lower() if case < 3 else text.upper() if case == 3 else text, when.isoformat()))
    return pairs


@cache
def _days_of(start: int, stop: int) -> torch.Tensor:
    """Return the days, counted from FIRST, that belong to these tenths; which one a day belongs to looks like chance."""
    days = torch.arange(_ALL)
    tenth = ((days + 1) * 2_654_435_761 % 4_294_967_296) * _HELD_OUT // 4_294_967_296
    return days[(tenth >= start) & (tenth < stop)]


def write(when: date, form: str) -> str:
    """Return a date in one of FORMATS."""
    month, weekday = _MONTHS[when.month], _DAYS[when.weekday()]
    return form.format(
        d=when.day, dd=f"{when.day:02}", nth=_nth(when.day), m=when.month, mm=f"{when.month:02}", month=month, mon=month[:3],
        year=when.year, yy=f"{when.year % 100:02}", weekday=weekday, wkd=weekday[:3],
    )  # fmt: skip


def _nth(day: int) -> str:
    return "th" if 11 <= day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def answer_to(text: str) -> str | None:
    """Return the right answer to a date in one of FORMATS, whether there is such a day or not; None for any other text.

    A weekday that does not fit the date is not looked at, as the answer does not depend on it.
    """
    for pattern in _patterns():
        if (found := pattern.fullmatch(text.strip().lower())) is None:
            continue
        part = found.groupdict()
        names = [name.lower() for name in _MONTHS]
        number = names.index(part["month"]) if "month" in part else [name[:3] for name in names].index(part["mon"]) if "mon" in part else 0
        month = number or int(part.get("mm") or part["m"])
        year = int(part["year"]) if "year" in part else int(part["yy"]) + (1900 if int(part["yy"]) >= 50 else 2000)
        return f"{year:04}-{month:02}-{int(part.get('dd') or part['d']):02}"
    return None


def is_a_day(iso: str) -> bool:
    """Return whether the calendar has this day."""
    try:
        date.fromisoformat(iso)
    except ValueError:
        return False
    return True


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    either = lambda names: "|".join(name.lower() for name in names if name)  # noqa: E731
    parts = {
        "d": r"\d{1,2}", "dd": r"\d{2}", "m": r"\d{1,2}", "mm": r"\d{2}", "year": r"\d{4}", "yy": r"\d{2}", "nth": "st|nd|rd|th",
        "month": either(_MONTHS), "mon": either(name[:3] for name in _MONTHS),
        "weekday": either(_DAYS), "wkd": either(name[:3] for name in _DAYS),
    }  # fmt: skip
    return tuple(
        re.compile("".join(f"(?P<{piece[1:-1]}>{parts[piece[1:-1]]})" if piece.startswith("{") else re.escape(piece.lower())
                           for piece in re.split(r"(\{\w+\})", form)))
        for form in FORMATS
    )  # fmt: skip


TASK = Dates
