from rnnviz.ui import enter

enter()

import streamlit as st  # noqa: E402

from rnnviz.ui import content, engine, frame, glossary, language, language_complete, language_generate, language_score, link, place  # noqa: E402

words = content.words("language", link.language())
recipe = language.suited(frame.recipe(), words)
trace = engine.trace(recipe)
place.carried(trace)
if recipe.model != frame.recipe().model:
    frame.summarise(recipe, trace)

if not link.presenting():
    st.header(words["question"], anchor=False)
    glossary.caption(words["lead"])

asked = link.choice("ask", language.ASKED, "score")
controls = st.container(key="controls", horizontal=True, vertical_alignment="bottom")
controls.segmented_control(
    words["ask"], language.ASKED, key="ask", format_func=words["asks"].get, persist_state="session", required=True
)  # fmt: skip
if asked == "score":
    language_score.draw(recipe, words, controls)
elif asked == "generate":
    language_generate.draw(recipe, words, controls)
else:
    language_complete.draw(recipe, words, controls)
