"""One word, far away, on a page: how much it still matters, in the person's sentence and over many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from rnnviz.experiment import Experiment
from rnnviz.figures.against_distance import against_distance
from rnnviz.figures.numbers import fmt_small, fmt_value
from rnnviz.long_range import Sentence, influence, sentences, words_of
from rnnviz.recipe import Recipe
from rnnviz.ui import charts, engine, gradients, link

DISTANCES = (10, 20, 40, 80, 160)
EACH = 24
"""Sentences for each distance."""
ROUNDING = 2.4e-7
"""Bits that the float32 loss of a character can just tell apart."""


def draw(recipe: Recipe, words: Mapping[str, Any], series: Mapping[str, str]) -> None:
    """Draw the choice of two words, the table for them, and the average over many sentences."""
    members = gradients.family(Experiment(recipe.model, recipe.text))
    spans = words_of(recipe.text)
    with st.container(key="long_range", horizontal=True, vertical_alignment="bottom"):
        with st.popover(words["presets"]):
            for at, each in enumerate(words["sentences"]):
                st.button(
                    f"**{each['name']}** · {each['text']}", key=f"sentence-{at}", on_click=_use, width="stretch",
                    args=(each["text"], each["source"], each["target"]),
                )  # fmt: skip
        sentence = _choose(recipe.text, spans, words) if len(spans) >= 2 else None
    if sentence is None:
        st.info(words["short"])
    else:
        _table(members, sentence, words, series)
    st.divider()
    _many(members, words, series)


def _choose(text: str, spans: list[tuple[int, int]], words: Mapping[str, Any]) -> Sentence:
    names = [text[first - 1 : last] for first, last in spans]
    preset = next((each for each in words["sentences"] if each["text"] == text.rstrip(".")), None)
    numbers = list(range(1, len(spans) + 1))
    source = link.whole("src", 1, len(spans), preset["source"] if preset else 1) or 1
    target = link.whole("dst", 1, len(spans), preset["target"] if preset else len(spans)) or len(spans)
    if "src" not in st.session_state:
        st.session_state.src = source
    if "dst" not in st.session_state:
        st.session_state.dst = target
    said = lambda number: f"{names[number - 1]} ({number})"  # noqa: E731
    source = st.selectbox(words["source"], numbers, key="src", format_func=said, persist_state="session", width=200)
    target = st.selectbox(words["target"], numbers, key="dst", format_func=said, persist_state="session", width=200)
    if source == target:
        source, target = (target - 1, target) if target > 1 else (1, 2)
        link.notice(words["same"])
    elif source > target:
        source, target = target, source
        link.notice(words["order"])
    link.write("src", str(source))
    link.write("dst", str(target))
    return Sentence(text, spans[source - 1], spans[target - 1])


def _use(text: str, source: int, target: int) -> None:
    st.session_state.text, st.session_state.src, st.session_state.dst = text, source, target


@st.cache_data(show_spinner=False, max_entries=64)
def _one(model: str, sentence: Sentence) -> dict[str, float]:
    found = influence(engine.model(model), [sentence])
    return {name: float(found[name][0]) for name in ("gradient", "occlusion", "loss")}


def _table(members: Mapping[str, Experiment], sentence: Sentence, words: Mapping[str, Any], series: Mapping[str, str]) -> None:
    columns = words["columns"]
    source, target = (sentence.text[first - 1 : last] for first, last in (sentence.source, sentence.target))
    rows = []
    for name, each in members.items():
        found = _one(each.model, sentence)
        rows.append(
            {
                columns["network"]: series[name], columns["gradient"]: fmt_small(found["gradient"]),
                columns["occlusion"]: fmt_small(found["occlusion"]), columns["loss"]: fmt_value(found["loss"], signed=False),
            }
        )  # fmt: skip
    st.markdown(words["heading"].format(source=link.short(source), target=link.short(target), distance=sentence.distance))
    st.table(rows)
    st.caption(f"{words['gradient_help']} {words['occlusion_help']} {words['one_example']}")


@st.cache_data(show_spinner=False, max_entries=12)
def _average(model: str) -> dict[int, dict[str, np.ndarray]]:
    found = {}
    for distance in DISTANCES:
        many = influence(engine.model(model), sentences(distance, EACH, seed=distance))
        found[distance] = {name: many[name].values for name in ("gradient", "occlusion")}
    return found


def _many(members: Mapping[str, Experiment], words: Mapping[str, Any], series: Mapping[str, str]) -> None:
    st.markdown(f"**{words['average_title']}**")
    st.caption(words["average_lead"].format(count=EACH, example=sentences(40, 1, seed=40)[0].text))
    if link.choice("many", ("no", "yes"), "no") == "no":
        total = EACH * len(DISTANCES)
        st.button(words["average_button"].format(total=total, networks=len(members)), on_click=_measure)
        return
    bar = st.progress(0.0)
    found = {}
    for at, (name, each) in enumerate(members.items()):
        bar.progress(at / len(members), words["average_wait"].format(name=series[name]))
        found[name] = _average(each.model)
    bar.empty()
    dark = st.context.theme.type == "dark"
    for column, measure in zip(st.columns(2), ("gradient", "occlusion"), strict=True):
        values = {name: {distance: by[measure] for distance, by in of.items()} for name, of in found.items()}
        chart = against_distance(
            values, titles=series, x=words["columns"]["distance"], y=words["axes"][measure], dark=dark,
            floor=ROUNDING if measure == "occlusion" else None, floor_title=words["rounding"], count=words["columns"]["count"],
        )  # fmt: skip
        charts.draw(chart, place=column, height=360, key=f"many-{measure}", alt=words["axes"][measure])
    st.caption(words["average_note"])


def _measure() -> None:
    st.session_state.many = "yes"
