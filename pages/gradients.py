from rnnviz.ui import enter

enter()

import streamlit as st  # noqa: E402

from rnnviz.ui import clipping, content, engine, frame, glossary, gradients, gradients_below, link, long_range, place  # noqa: E402
from rnnviz.ui import gradients_controls as controls  # noqa: E402

words = content.words("gradients", link.language())
recipe = frame.recipe()
here = place.asked(engine.trace(recipe))
link.carry("t", here.t if here.t > 1 else None)
link.carry("unit", here.unit)
letters = engine.reads_letters(recipe.model)
view = controls.view() if letters else "flow"

if not link.presenting():
    st.header(words["question"], anchor=False)
    glossary.caption(words["leads"][view])

asked = shown = None
row = st.container(key="controls", horizontal=True, vertical_alignment="bottom")
waiting = st.empty()
with row:
    if letters:
        st.segmented_control(
            words["view"], controls.VIEWS, key="view", persist_state="session", required=True, format_func=words["views"].get
        )
    if view == "flow":
        asked = controls.trained(recipe, words)
        shown = controls.options(asked, words, here.t, waiting)
    beside = st.container(horizontal=True, vertical_alignment="bottom", width="content")
if view == "experiment":
    asked, menu = controls.experiment(recipe, words, cell_label=words["experiment"]["cell"])
    with beside:
        shown = controls.options(asked, words, here.t, waiting, menu)

if asked is not None and gradients.steps(asked.members[asked.series]) < 2:
    st.info(words["bad"]["short"])
elif asked is not None and shown is not None:
    gradients.warn(asked.members, shown, words)
    gradients.draw(
        asked.members, shown, words=controls.words_of(words, asked, view), held=asked.held, title=words["title"], key="gradients"
    )
    if not link.presenting():
        gradients_below.draw(asked.members[shown.series], shown, words)
elif view == "clip":
    clipping.draw(recipe, words["clip"], words)
else:
    long_range.draw(recipe, words["words"], words["picture"]["series"])
glossary.cards(notice=words["three"].get(f"notice_{view}", ""), attempt=words["three"][f"try_{view}"])
