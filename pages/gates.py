from rnnviz.ui import enter

enter()

import streamlit as st  # noqa: E402

from rnnviz.figures.order import ORDERS  # noqa: E402
from rnnviz.ui import content, context_bar, downloads, engine, frame, link, strips  # noqa: E402

ROWS = {"10": 10, "24": 24, "all": 0}

words = content.words("gates", link.language())
recipe = frame.recipe()
trace = engine.trace(recipe)
signals = [name for name in trace if "unit" in trace[name].dims]
sizes = trace[signals[0]].sizes
gated = any(trace[name].attrs["kind"] == "gate" for name in signals)
plain = "" if gated else "_plain"

st.header(words["question" + plain], anchor=False)
if not link.presenting():
    st.caption(words["lead" + plain])

link.whole("layer", 1, sizes["layer"], 1)
link.whole("unit", 1, sizes["unit"], 1)
link.whole("t", 1, sizes["time"], 1)
link.choice("direction", list(trace[signals[0]]["direction"].values), "forward")
link.choice("signal", signals, signals[0])
link.choice("sort", list(ORDERS), "mean")
link.choice("rows", list(ROWS), "10")
link.choice("scale", list(words["scales"]), "robust")

direction = "forward"
with st.container(key="controls", horizontal=True, vertical_alignment="bottom"):
    layer = st.segmented_control(words["layer"], list(range(1, sizes["layer"] + 1)), key="layer", bind="query-params", required=True)
    if sizes["direction"] > 1:
        options = [str(d) for d in trace[signals[0]]["direction"].values]
        direction = st.segmented_control(words["direction"], options, key="direction", default="forward", bind="query-params", required=True)
    unit = st.number_input(words["unit"], 1, sizes["unit"], key="unit", bind="query-params", width=120)
    t = st.number_input(words["time"], 1, sizes["time"], key="t", bind="query-params", width=120)
    signal = st.selectbox(
        words["signal"], signals, key="signal", bind="query-params", width=150, help=words["signal_help"],
        format_func=lambda name: trace[name].attrs["long_name"],
    )  # fmt: skip
    sort = st.selectbox(words["sort"], list(ORDERS), key="sort", bind="query-params", format_func=words["sorts"].get, width=130)
    rows = st.segmented_control(
        words["rows"], list(ROWS), key="rows", default="10", bind="query-params", required=True,
        format_func=lambda name: words["rows_all"] if name == "all" else name,
    )  # fmt: skip
    scale = st.selectbox(words["scale"], list(words["scales"]), key="scale", bind="query-params", format_func=words["scales"].get, width=150)
    downloads.draw(trace, recipe, words, signal=signal, layer=layer, direction=direction, time=t, unit=unit)

notice = {"lstm": "notice", "gru": "notice_gru"}.get(engine.cards()[recipe.model].cell, "notice_plain")
card = {} if link.presenting() else {key: words["cards"][key] for key in ("notice_title", "try_title", "try", "try_button")}
strips.draw(
    trace,
    recipe,
    words={**words["picture"], **words["says"], **card, "notice": words["cards"][notice] if card else "", "sort": words["sorts"][sort]},
    title=f"{words['title']}: {recipe.model}, layer {layer}",
    t=t,
    unit=unit,
    layer=layer,
    direction=direction,
    signal=signal,
    sort=sort,
    rows=ROWS[rows],
    robust=scale == "robust",
    attempt=context_bar.other_preset(recipe.text),
    key="gates",
)
