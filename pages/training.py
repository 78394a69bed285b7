from rnnviz.ui import enter

enter()

import streamlit as st  # noqa: E402

from rnnviz.ui import content, glossary, link, training, training_below  # noqa: E402
from rnnviz.ui import training_controls as controls  # noqa: E402

words = content.words("training", link.language())
tasks = content.words("tasks", link.language())

if not link.presenting():
    st.header(words["question"], anchor=False)
    glossary.caption(words["lead"])
training.take_up(words)
asked = controls.draw(words)
run = training.shown(words)
training.buttons(asked, run, words)
task = st.session_state["lab_task"]
training.draw(asked, run, words, tasks[task], training_below.hand_over)
glossary.cards(notice=words["three"]["notice"], attempt=words["three"]["try"])
if not link.presenting():
    training_below.draw(asked, run, words)
