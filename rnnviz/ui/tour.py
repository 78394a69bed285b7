"""The Tour page: the list of lessons, and what a teacher takes from it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import streamlit as st

from rnnviz.components.lessons import LESSONS as LIST
from rnnviz.components.lessons import Row, data
from rnnviz.ui import content, hiding, lesson, lessons, link, mount, pages, qr, worksheet
from rnnviz.ui.lessons import LESSONS

_LIST = mount.register(LIST)


def listed(words: Mapping[str, Any]) -> None:
    """Draw the lessons with their ticks, which only the browser knows."""
    said, language, kept = words["list"], link.language(), lesson.kept()
    rows = []
    for each in LESSONS:
        told = words["lessons"][each.key]
        page = said["on"].format(page=content.words(each.page, language)["title"])
        time = said["minutes"].format(minutes=each.minutes)
        rows.append(Row(each.key, told["title"], told["goal"], lessons.address_of(each, kept), page, time, len(each.steps)))
    _LIST(key="lesson_list", data=data(rows, said))
    if not link.presenting():
        st.caption(words["card"]["keys"])


def base() -> str:
    """Return the app's address as this browser sees it, with its last slash; nothing where it is not known."""
    found = st.context.url or ""
    return re.sub(rf"(?<=/)({'|'.join(pages.PAGES)})/?$", "", found if found.endswith("/") or not found else found + "/") if found else ""


def teaching(words: Mapping[str, Any]) -> None:
    """Draw what a teacher needs: a link with everything in it, and worksheets."""
    said, hide, language = words["teach"], words["hide"], link.language()
    st.subheader(said["title"], anchor=False)
    st.caption(said["lead"])
    with st.container(key="teaching", horizontal=True, vertical_alignment="bottom"):
        key = st.selectbox(
            said["lesson"], lessons.KEYS, key="teach_lesson", persist_state="session", width=340,
            format_func=lambda key: words["list"]["row"].format(number=lessons.KEYS.index(key) + 1, title=words["lessons"][key]["title"]),
        )  # fmt: skip
        present = st.toggle(said["present"], key="teach_present", persist_state="session")
        for label, help, answers in ((said["sheet"], said["sheet_help"], False), (said["copy"], said["copy_help"], True)):
            sheet = worksheet.Sheet(lessons.named(key), language, base(), answers)
            st.download_button(
                label, lambda sheet=sheet: worksheet.html(sheet).encode(), worksheet.name(sheet), "text/html", on_click="ignore", help=help,
                key=f"sheet_{answers}", icon=":material/print:",
            )  # fmt: skip
    parts = st.pills(
        said["hide"], list(hiding.PARTS), selection_mode="multi", key="teach_hide", persist_state="session", format_func=hide["parts"].get
    )
    kept = {"lang": language, "present": "1" if present else "", "hide": ",".join(name for name in hiding.PARTS if name in (parts or ()))}
    relative = lessons.address_of(lessons.named(key), {name: value for name, value in kept.items() if value})
    address = base() + relative.removeprefix("./")
    st.markdown(f"**{said['address']}**")
    st.code(address, language=None, wrap_lines=True)
    st.link_button(said["open"], address, icon=":material/open_in_new:")
    if qr.is_local(address):
        st.caption(said["phones"])
