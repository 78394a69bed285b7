from rnnviz.ui import enter

enter()

import streamlit as st  # noqa: E402

from rnnviz.ui import content, context_bar, engine, frame, gates_controls, glossary, link, strips  # noqa: E402

words = content.words("gates", link.language())
recipe = frame.recipe()
trace = engine.trace(recipe)
signals = trace.unit_signals
gated = any(trace.part(name).attrs["kind"] == "gate" for name in signals)
plain = "" if gated else "_plain"
suffix = "_gru" if engine.card(recipe.model).cell == "gru" else plain

if not link.presenting():
    st.header(words["question" + suffix], anchor=False)
    glossary.caption(words["lead" + plain].format(signs=words["sign_leads"][gates_controls.signs(words)]))

view = gates_controls.draw(trace, recipe, words, signals)

about = engine.card(recipe.model).task
task = content.words("tasks", link.language()).get(about)
cards = {} if link.presenting() else {"notice_title": words["cards"]["notice_title"], "notice": words["cards"]["notice" + suffix]}
if cards and task:
    cards["notice"] = words["cards"]["notice_task" + suffix].format(goal=task["goal"])
elif cards and about in words["notices"]:
    cards["notice"] = words["notices"][about]
elif cards:
    cards |= {key: words["cards"][key] for key in ("try_title", "try", "try_button")}
strips.draw(
    trace,
    recipe,
    words={**words["picture"], **words["says"], **cards, "sort": words["sorts"][view.sort]},
    title=words["picture_title"].format(model=recipe.model, layer=view.layer),
    view=view,
    attempt=context_bar.other_preset(recipe.text),
    key="gates",
)
