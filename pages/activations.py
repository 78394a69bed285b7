from rnnviz.ui import enter

enter()

import streamlit as st  # noqa: E402

from rnnviz.ui import activations, content, glossary, link  # noqa: E402

words = content.words("activations", link.language())

if not link.presenting():
    st.header(words["question"], anchor=False)
    glossary.caption(words["lead"])
activations.draw(words, title=words["title"], key="activations")
activations.files(content.words("glossary", link.language()), words)
glossary.cards(notice=words["three"]["notice"], attempt=words["three"]["try"])
