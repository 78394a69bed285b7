from rnnviz.ui import enter

enter()

import streamlit as st  # noqa: E402

from rnnviz.ui import attention, attention_below, attention_controls, content, glossary, link  # noqa: E402

words = content.words("attention", link.language())

if not link.presenting():
    st.header(words["question"], anchor=False)
    glossary.caption(words["lead"])

recipe, family = attention_controls.draw(words)
recipe = attention.checked(recipe, words)
attention.draw(recipe, family, st.session_state.beside, words=words, title=attention.title_of(recipe, words), key="attention")
glossary.cards(attempt=words["three"]["try"])
if not link.presenting():
    attention_below.draw(recipe, family, words)
