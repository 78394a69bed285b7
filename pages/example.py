from rnnviz.ui import enter

enter()

import streamlit as st  # noqa: E402

from rnnviz.ui import content, example, link  # noqa: E402

words = content.words("example", link.language())
preset = link.choice("preset", list(words["presets"]), "spreadsheet")
recurrence = link.choice("recurrence", example.RECURRENCES, example.natural_recurrence(preset))
optimiser = link.choice("train", example.TRAINS, "none")

if not link.presenting():
    st.header(words["question"], anchor=False)
    st.caption(words["lead"])

with st.container(key="controls", horizontal=True, vertical_alignment="bottom"):
    st.segmented_control(
        words["preset"], list(words["presets"]), key="preset", persist_state="session", required=True, format_func=words["presets"].get,
        on_change=example.start_over,
    )  # fmt: skip
    st.segmented_control(
        words["recurrence"], example.RECURRENCES, key="recurrence", persist_state="session", required=True,
        format_func=words["recurrences"].get, on_change=example.forget_recurrence,
    )  # fmt: skip
    st.segmented_control(
        words["train"], example.TRAINS, key="train", persist_state="session", required=True, format_func=words["trains"].get
    )
    edits = example.changes(preset, recurrence, words["notice"])
    st.download_button(
        words["download"], lambda: example.spreadsheet(preset, recurrence, edits), "rnnviz-hello.xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", on_click="ignore", help=words["download_help"],
    )  # fmt: skip
    if edits:
        st.button(words["reset"], on_click=example.undo)

title = words["titled"].format(title=words["title"], preset=words["presets"][preset])
example.draw(preset, recurrence, edits, optimiser, words=words, title=title, key="example")
if not link.presenting():
    st.caption(words["about"][preset])
