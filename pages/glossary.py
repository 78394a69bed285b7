from rnnviz.ui import enter

enter()

import streamlit as st  # noqa: E402

from rnnviz.ui import content, glossary, glossary_list, link  # noqa: E402

words = content.words("glossary", link.language())
if not link.presenting():
    st.header(words["question"], anchor=False)
    glossary.caption(words["lead"])
chosen = glossary_list.chosen(words)
order = link.choice("order", list(words["orders"]), "alphabet")
with st.container(key="controls", horizontal=True, vertical_alignment="bottom"):
    asked = st.text_input(
        words["find"], value="", key="find", max_chars=60, bind="query-params", placeholder=words["find_placeholder"], width=320
    )
    st.segmented_control(
        words["order"], list(words["orders"]), key="order", persist_state="session", required=True, format_func=words["orders"].get
    )
    st.download_button(words["csv"], lambda: glossary.as_csv(link.language()), "rnnviz-glossary.csv", "text/csv", on_click="ignore")
if chosen:
    glossary_list.one(chosen, words)
glossary_list.draw(asked or "", order, words)
