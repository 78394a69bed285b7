from rnnviz.ui import enter

enter()

import streamlit as st  # noqa: E402

from rnnviz.ui import content, link, tour  # noqa: E402

words = content.words("tour", link.language())
if not link.presenting():
    st.header(words["question"], anchor=False)
    st.caption(words["lead"])
tour.listed(words)
if not link.presenting():
    tour.teaching(words)
