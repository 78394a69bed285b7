from rnnviz.ui import enter

enter()

import streamlit as st  # noqa: E402

from rnnviz.ui import content, engine, frame, gradients, link, place  # noqa: E402
from rnnviz.ui import gradients_controls as controls  # noqa: E402

words = content.words("gradients", link.language())
recipe = frame.recipe()
here = place.asked(engine.trace(recipe))
link.carry("t", here.t if here.t > 1 else None)
link.carry("unit", here.unit)
view = controls.view()

if not link.presenting():
    st.header(words["question"], anchor=False)
    st.caption(words["lead"])

asked = None
with st.container(key="controls", horizontal=True, vertical_alignment="bottom"):
    st.segmented_control(
        words["view"], controls.VIEWS, key="view", persist_state="session", required=True, format_func=words["views"].get
    )
if view in ("flow", "experiment"):
    asked = controls.experiment(recipe, words) if view == "experiment" else controls.trained(recipe, words)
    with st.container(key="controls2", horizontal=True, vertical_alignment="bottom"):
        shown = controls.options(asked, words, here.t)
    gradients.draw(asked.members, shown, words=words, held=asked.held, note="", title=f"{words['title']}", key="gradients")
