from rnnviz.ui import enter

enter()

from dataclasses import replace  # noqa: E402

import streamlit as st  # noqa: E402

from rnnviz.ui import cell, content, downloads, edits, engine, frame, link, place, strips  # noqa: E402

words = content.words("cell", link.language())
recipe = frame.recipe()
trace = engine.trace(recipe)
kind = engine.card(recipe.model).cell
recipe = replace(recipe, edits=edits.current(words["notice"], trace, engine.model(recipe.model)))

if not link.presenting():
    st.header(words["question"], anchor=False)
    st.caption(words["lead"])

here = place.asked(trace)
with st.container(key="controls", horizontal=True, vertical_alignment="bottom"):
    here = place.draw(trace, words, here, strips.usual_unit(trace, here.layer))
    downloads.draw(
        engine.trace(recipe), recipe, words, signal="hidden", layer=here.layer, direction=here.direction, time=here.t, unit=here.unit or 1
    )

card = {"notice_title": words["cards"]["notice_title"], "notice": words["cards"].get(f"notice_{kind}", words["cards"]["notice_rnn"])}
shown = cell.draw(
    recipe,
    here,
    words={**words["picture"], **({} if link.presenting() else card)},
    title=words["picture_title"].format(model=recipe.model, layer=here.layer),
    key="cell",
)
if kind == "gru" and not link.presenting():
    cell.conventions(shown, here, words["conventions"])
