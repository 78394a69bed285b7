from rnnviz.ui import enter

enter()

import streamlit as st  # noqa: E402

from rnnviz.ui import content, glossary, link, tour  # noqa: E402

words = content.words("tour", link.language())
if not link.presenting():
    st.header(words["question"], anchor=False)
    glossary.caption(words["lead"])
tour.listed(words)
if not link.presenting():
    tour.teaching(words)
