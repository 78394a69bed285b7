from rnnviz.ui import enter

enter()

import streamlit as st  # noqa: E402

from rnnviz.ui import content, context_bar, engine, frame, gates_controls, link, strips  # noqa: E402

words = content.words("gates", link.language())
recipe = frame.recipe()
trace = engine.trace(recipe)
signals = trace.unit_signals
gated = any(trace.part(name).attrs["kind"] == "gate" for name in signals)
plain = "" if gated else "_plain"

if not link.presenting():
    st.header(words["question" + plain], anchor=False)
    st.caption(words["lead" + plain])

view = gates_controls.draw(trace, recipe, words, signals)

notice = {"lstm": "notice", "gru": "notice_gru"}.get(engine.card(recipe.model).cell, "notice_plain")
about = engine.card(recipe.model).task
task = content.words("tasks", link.language()).get(about) or words["tasks"].get(about)
card = {} if link.presenting() or task else {key: words["cards"][key] for key in ("notice_title", "try_title", "try", "try_button")}
strips.draw(
    trace,
    recipe,
    words={
        **words["picture"],
        **words["says"],
        **card,
        **({"notice_title": words["cards"]["notice_title"], "notice": task["goal"]} if task and not link.presenting() else {}),
        **({"notice": words["cards"][notice]} if card else {}),
        "sort": words["sorts"][view.sort],
    },
    title=words["picture_title"].format(model=recipe.model, layer=view.layer),
    view=view,
    attempt=context_bar.other_preset(recipe.text),
    key="gates",
)
