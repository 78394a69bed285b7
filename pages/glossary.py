from rnnviz.ui import enter

enter()

import streamlit as st  # noqa: E402

from rnnviz.ui import content, link  # noqa: E402

words = content.words("glossary", link.language())
if not link.presenting():
    st.header(words["question"], anchor=False)
    st.caption(words["lead"])
