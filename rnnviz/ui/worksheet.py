"""A lesson on paper: one HTML file that needs no network, black on white, for A4. The teacher's copy has the answers in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from rnnviz.ui import content, lesson, lesson_facts, lessons, qr
from rnnviz.ui.lesson_facts import Table
from rnnviz.ui.lessons import Lesson

_STYLE = Path(__file__).parent / "worksheet.css"
_LINES = 3
"""Lines to write on under each question."""


@dataclass(frozen=True)
class Sheet:
    """What is asked for: a lesson in a language, for a student or, with the answers, for the teacher."""

    lesson: Lesson
    language: str
    base: str
    """The app's address, with its last slash."""
    answers: bool = False


def name(sheet: Sheet) -> str:
    """Return the name of the file."""
    number = lessons.KEYS.index(sheet.lesson.key) + 1
    return f"rnnviz-{number:02d}-{sheet.lesson.key}-{sheet.language}{'-answers' if sheet.answers else ''}.html"


def address(sheet: Sheet) -> str:
    """Return the lesson's link in full, as it is printed: in the sheet's language."""
    return sheet.base + lessons.address_of(sheet.lesson, {"lang": sheet.language}).removeprefix("./")


def html(sheet: Sheet) -> str:
    """Return the file. All text in it is escaped."""
    words = content.words("tour", sheet.language)
    said, told, facts = words["sheet"], lesson.texts(sheet.lesson, sheet.language), lesson_facts.of(sheet.lesson.key)
    number = words["card"]["number"].format(number=lessons.KEYS.index(sheet.lesson.key) + 1, all=len(lessons.LESSONS))
    parts = [
        _tag("p", f"{number} · {said['copy' if sheet.answers else 'worksheet']}", "kind"),
        _tag("h1", told["title"]),
        "" if sheet.answers else f'<p class="who">{escape(said["name"])} <span></span> {escape(said["date"])} <span></span></p>',
        _tag("h2", said["goal"]), _tag("p", told["goal"]),
        _link(sheet, said),
        _tag("h2", f"1. {said['predict']}"), _tag("p", told["see"]), _tag("p", told["question"], "question"),
        _options(told["options"], facts.answer if sheet.answers else ""),
        _tag("p", said["answer"].format(text=told["reveal"]), "answer") if sheet.answers else _tag("p", said["because"]) + _lines(2),
        _tag("h2", f"2. {said['look']}"),
        "<ol>" + "".join(_tag("li", step) for step in told["steps"]) + "</ol>",
        _table(facts.table, words["columns"], filled=sheet.answers),
        _tag("h2", f"3. {said['think']}"),
        *(_question(ask, answer, said["answer"], sheet.answers) for ask, answer in zip(told["ask"], told["told"], strict=True)),
        _tag("p", said["made"], "made") if sheet.answers else "",
    ]  # fmt: skip
    style = _STYLE.read_text(encoding="utf-8")
    title = escape(f"rnnviz: {told['title']}")
    return (
        f'<!doctype html>\n<html lang="{escape(sheet.language)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n'
        + "\n".join(part for part in parts if part)
        + "\n</body>\n</html>\n"
    )


def _tag(tag: str, text: str, kind: str = "") -> str:
    return f"<{tag}{f' class={chr(34)}{kind}{chr(34)}' if kind else ''}>{escape(text)}</{tag}>"


def _lines(count: int) -> str:
    return '<div class="lines">' + "<div></div>" * count + "</div>"


def _link(sheet: Sheet, said: Any) -> str:
    whole = address(sheet)
    found = qr.rows(whole) if sheet.base else []
    size = len(found) + 8
    box = f'viewBox="0 0 {size} {size}" role="img" aria-label="QR" shape-rendering="crispEdges"'
    code = f'<svg class="code" {box}><path d="{qr.path(found)}"/></svg>' if found else ""
    return f'<div class="link">{code}<div>{_tag("h2", said["open"])}{_tag("p", said["scan"])}{_tag("p", whole, "address")}</div></div>'


def _options(options: dict[str, str], answer: str) -> str:
    items = (
        f"<li{' class=right' if key == answer else ''}>{'☒' if key == answer else '☐'} {escape(text)}</li>" for key, text in options.items()
    )
    return f'<ul class="options">{"".join(items)}</ul>'


def _table(table: Table, names: dict[str, str], *, filled: bool) -> str:
    head = "".join(_tag("th", names.get(column, column)) for column in table.columns)

    def row(values: Sequence[str]) -> str:
        cells = (_tag("td", value) if filled or at < table.given else "<td></td>" for at, value in enumerate(values))
        return f"<tr>{''.join(cells)}</tr>"

    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(map(row, table.rows))}</tbody></table>"


def _question(ask: str, told: str, label: str, answers: bool) -> str:
    return (
        f'<div class="ask">{_tag("p", ask, "question")}{_tag("p", label.format(text=told), "answer") if answers else _lines(_LINES)}</div>'
    )
