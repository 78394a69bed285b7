from rnnviz.ui import enter

enter()

import streamlit as st  # noqa: E402

from rnnviz.ui import content, engine, frame, glossary, link, place, strips  # noqa: E402

words = content.words("home", link.language())
picture_words = content.words("gates", link.language())
recipe = frame.recipe()
trace = engine.trace(recipe)
sizes = trace.sizes("hidden")

if not link.presenting():
    st.header(words["question"], anchor=False)
    glossary.caption(words["lead"])
top = sizes["layer"]
here = place.carried(trace)
strips.draw(
    trace,
    recipe,
    words={**picture_words["picture"], **picture_words["says"], "sort": picture_words["sorts"]["similarity"], "rnn_sum": words["sum"]},
    title=f"{recipe.model}, layer {top}",
    view=strips.View(
        here.t, here.unit or strips.first_unit(trace, "hidden", top, "similarity"), top, signal="hidden", sort="similarity", rows=0
    ),
    signals=("hidden",),
    layout="compact",
    key="home",
)
if link.presenting():
    st.stop()
glossary.caption(f"{words['notice']} {words['try']}")
left, right = st.columns(2)
with left.container(border=True):
    st.page_link("pages/gates.py", label=f"**{words['door']}**", icon=":material/arrow_forward:")
    st.caption(words["door_lead"])
with right.container(border=True):
    st.markdown(f"**{words['own_title']}**")
    st.code(
        "import torch, rnnviz\n\n"
        "lstm = torch.nn.LSTM(32, 64, num_layers=2, batch_first=True)\n"
        "trace = rnnviz.record(lstm, torch.randn(1, 20, 32))\n"
        'print(trace["forget_gate"].sel(layer=1, time=7, unit=3))\n'
        "print(trace.residual)  # largest difference from torch.nn",
        language="python",
    )
