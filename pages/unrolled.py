from rnnviz.ui import enter

enter()

import streamlit as st  # noqa: E402

from rnnviz.figures.unrolled import MODES  # noqa: E402
from rnnviz.ui import content, downloads, engine, frame, link, place, signals, strips, unrolled  # noqa: E402

words = content.words("unrolled", link.language())
asked = frame.recipe()
mode = link.choice("mode", MODES, MODES[0])
recipe, typed = unrolled.read(asked, mode)
trace = engine.trace(recipe)
signal = link.choice("show", trace.unit_signals, "hidden")
here = place.asked(trace)

if not link.presenting():
    st.header(words["question"], anchor=False)
    st.caption(words["leads"][mode])

with st.container(key="controls", horizontal=True, vertical_alignment="bottom"):
    st.selectbox(words["mode"], MODES, key="mode", persist_state="session", width=210, format_func=words["modes"].get)
    if mode == "chain":  # it has one layer, four units, and a player of its own
        here = place.carried(trace)
    else:
        here = place.draw(trace, words, here, strips.usual_unit(trace, here.layer))
        st.selectbox(
            words["signal"], trace.unit_signals, key="show", persist_state="session", width=150, help=words["signal_help"],
            format_func=signals.names(trace, link.language()).__getitem__,
        )  # fmt: skip
        downloads.draw(trace, recipe, words, signal=signal, layer=here.layer, direction=here.direction, time=here.t, unit=here.unit or 1)

swap = unrolled.asked_swap(recipe.text) if mode in MODES[:2] else None
card = {"notice_title": words["cards"]["notice_title"], "notice": words["cards"][mode]}
unrolled.draw(
    recipe,
    typed,
    here,
    mode=mode,
    signal=signal,
    swap=swap,
    words={**words["picture"], **({} if link.presenting() else card)},
    title=words["picture_title"].format(model=recipe.model, mode=words["modes"][mode]),
    key="unrolled",
)
