from rnnviz.ui import enter

enter()

import streamlit as st  # noqa: E402

from rnnviz.ui import activations, content, link  # noqa: E402

words = content.words("activations", link.language())

if not link.presenting():
    st.header(words["question"], anchor=False)
    st.caption(words["lead"])
activations.draw(words, title=words["title"], key="activations")
