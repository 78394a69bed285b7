"""Generate: the text goes on token by token, each with the numbers that chose it, and the gates behind it below."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from rnnviz.components.base import Choice, Layout
from rnnviz.components.writing import SHOWN, WRITING, Listed, Way, Written, payload
from rnnviz.recipe import LONGEST_TEXT, Recipe
from rnnviz.ui import content, engine, glossary, language, language_export, link, mount, playhead, strips
from rnnviz.ui.language_export import Asked

DECODES = ("greedy", "sample", "beam")

LONGEST = 300
"""Tokens that are written at once."""

MOST_BEAM_STEPS = 120

_WRITING = mount.register(WRITING)


def draw(recipe: Recipe, words: Mapping[str, Any], controls) -> None:
    """Draw the controls, into their row, and the picture, with the gates below."""
    with controls:
        asked = _controls(recipe, words)
    said = _continuation(asked)
    with controls:
        language_export.draw(
            words, f"{asked.model}-text", lambda: language_export.steps_as_csv(said), language_export.generate_lines(asked)
        )
    step = link.whole("step", 1, len(said.steps), len(said.steps)) or len(said.steps)
    link.carry("step", step if step < len(said.steps) else None)
    layout: Layout = "present" if link.presenting() else "page"
    choice = playhead.followed(("generate", asked), step, 1)
    cards = words["cards"]["generate" if asked.decode == "sample" else asked.decode]
    picture = glossary.with_terms({**words["picture"], **words["writing"], "cards": cards})
    names = tuple(language.family(recipe.model)[1:])
    data = _payload(asked, names, choice, picture, words, f"{words['title']}: {asked.model}", layout)
    _WRITING(key="generate", data=data, on_chosen_change=playhead.chosen("generate", into=("step", "_row")))
    if layout == "page":
        _behind(asked, said, step, words)


def _controls(recipe: Recipe, words: Mapping[str, Any]) -> Asked:
    said = words["generate"]
    decode = link.choice("decode", DECODES, "sample")
    link.number("temperature", 0.1, 2.0, 1.0)
    link.whole("luck", 1, 9999, 1)
    link.whole("chars", 1, LONGEST, 120)
    link.whole("topk", 0, 50, 0)
    link.number("topp", 0.05, 1.0, 1.0)
    link.whole("beams", 1, 20, 4)
    st.segmented_control(said["decode"], DECODES, key="decode", format_func=said["decodes"].get, persist_state="session", required=True)
    drawn = decode == "sample"
    temperature = st.slider(
        said["temperature"],
        0.1,
        2.0,
        1.0,
        0.05,
        key="temperature",
        bind="query-params",
        disabled=not drawn,
        help=said["temperature_help"],
        width=190,
    )
    seed = st.number_input(said["seed"], 1, 9999, 1, key="luck", bind="query-params", disabled=not drawn, help=said["seed_help"], width=110)
    st.button(said["again"], key="again", on_click=_again, disabled=not drawn, icon=":material/casino:")
    with st.popover(said["more"]):
        top_k = st.number_input(said["top_k"], 0, 50, 0, key="topk", bind="query-params", help=said["top_k_help"])
        top_p = st.slider(said["top_p"], 0.05, 1.0, 1.0, 0.05, key="topp", bind="query-params", help=said["top_p_help"])
        length = st.number_input(said["length"], 1, LONGEST, 120, key="chars", bind="query-params")
        stop = st.text_input(said["stop"], "", max_chars=20, key="stop", bind="query-params", help=said["stop_help"])
        width = st.number_input(said["width"], 1, 20, 4, key="beams", bind="query-params", help=said["width_help"])
    room = LONGEST_TEXT - len(recipe.text)
    if language.reads_letters(recipe.model) and (length or 1) > room:
        link.notice(said["room"].format(room=max(1, room), most=LONGEST_TEXT))
        length = max(1, room)
    return Asked(
        recipe.model,
        recipe.text,
        decode,
        round(temperature, 2),
        int(top_k or 0),
        round(top_p, 2),
        int(seed or 1),
        int(length or 120),
        stop or "",
        int(width or 4),
    )


def _again() -> None:
    st.session_state.luck = int(st.session_state.get("luck") or 1) % 9999 + 1


@st.cache_resource(show_spinner=False, max_entries=64)
def _continuation(asked: Asked):
    from rnnviz.generating import Draw, along, generate

    model = engine.model(asked.model)
    if asked.decode == "beam":
        return along(model, asked.text, _beam(asked).best.ids, stop=asked.stop, most=SHOWN)
    draw = Draw(asked.temperature, asked.top_k, asked.top_p) if asked.decode == "sample" else None
    return generate(model, asked.text, draw, seed=asked.seed, length=asked.length, stop=asked.stop, most=SHOWN)


@st.cache_resource(show_spinner=False, max_entries=16)
def _beam(asked: Asked):
    from rnnviz.generating import beam_search

    stops = (asked.stop,) if asked.stop else ()
    return beam_search(engine.model(asked.model), asked.text, asked.width, length=min(asked.length, MOST_BEAM_STEPS), stops=stops)


@st.cache_data(show_spinner=False, max_entries=32, hash_funcs=mount.AS_WRITTEN)
def _payload(
    asked: Asked, names: tuple[str, ...], choice: Choice, picture: Mapping[str, Any], words: Mapping[str, Any], title: str, layout: Layout
) -> bytes:
    said = _continuation(asked)
    others = [Asked(**{**vars(asked), "model": name}) for name in names] if layout == "page" else []
    letters = language.reads_letters(asked.model)
    settings = {"temperature": asked.temperature, "top_k": asked.top_k, "top_p": asked.top_p, "decode": asked.decode}
    return payload(
        asked.text,
        _written(asked, said, words),
        _listed(asked, said),
        [_written(each, _continuation(each), words) for each in others],
        _ways(asked),
        choice,
        settings=settings,
        most_bits=8.0 if letters else 16.0,
        words=picture,
        title=title,
        layout=layout,
    )


def _written(asked: Asked, said, words: Mapping[str, Any]) -> Written:
    probability = np.array([step.probability for step in said.steps])
    return Written(
        language.label(asked.model),
        language.note(asked.model, words),
        said.tokens,
        _pieces(asked, said.tokens),
        probability,
        -said.log_probability / math.log(2),
        said.stopped,
    )


def _pieces(asked: Asked, tokens: tuple[str, ...]) -> tuple[str, ...]:
    """Return what each token adds to the text: of letters the letter, of words the word with the space that it needs."""
    vocabulary = engine.model(asked.model).vocabulary
    if language.reads_letters(asked.model):
        return tokens
    so_far = list(vocabulary.encode(asked.text).tokens)
    found, before = [], vocabulary.text(so_far)
    for token in tokens:
        so_far.append(token)
        after = vocabulary.text(so_far)
        found.append(f" {token}" if token == vocabulary.boundary else after[len(before) :])
        before = after
    return tuple(found)


def _listed(asked: Asked, said) -> Listed:
    names, pipelines = engine.model(asked.model).vocabulary.tokens, [step.pipeline for step in said.steps]

    def column(name: str) -> np.ndarray:
        return np.array([getattr(each, name) for each in pipelines])

    chosen = [int((step.pipeline.place == step.place).argmax()) for step in said.steps]
    return Listed(
        tuple(tuple(names[number] for number in each.token) for each in pipelines),
        column("logit"),
        column("scaled"),
        column("model_probability"),
        column("kept"),
        column("probability"),
        column("until"),
        column("place"),
        np.array([step.u for step in said.steps]),
        np.array(chosen),
        np.array([step.entropy for step in said.steps]),
        np.array([each.count for each in pipelines]),
        len(pipelines[0].token) > SHOWN,
    )


def _ways(asked: Asked) -> list[Way]:
    if asked.decode != "beam":
        return []
    from rnnviz.generating import generate

    beam, names = _beam(asked), engine.model(asked.model).vocabulary.tokens
    greedy = generate(engine.model(asked.model), asked.text, length=min(asked.length, MOST_BEAM_STEPS), most=1)
    own = tuple(step.number for step in greedy.steps)
    return [
        Way(
            _pieces(asked, tuple(names[number] for number in answer.ids)),
            -answer.log_probability / math.log(2),
            answer.ids == own[: len(answer.ids)],
        )
        for answer in beam.answers[: asked.width]
    ]


def _behind(asked: Asked, said, step: int, words: Mapping[str, Any]) -> None:
    """Draw the gates of the network while it read text and continuation; the playhead stands where the token was chosen."""
    pieces = _pieces(asked, said.tokens[:-1] if said.stopped == "end" else said.tokens)
    whole = Recipe(asked.model, (asked.text + "".join(pieces))[:LONGEST_TEXT])
    trace = engine.trace(whole)
    before = len(engine.model(asked.model).vocabulary.encode(asked.text).tokens)
    t = min(before + step - 1, len(trace.tokens))
    top = trace.sizes("hidden")["layer"]
    picture = content.words("gates", link.language())
    said_words = words["generate"]
    st.markdown(f"**{said_words['behind'].format(t=step, before=t)}**")
    unit = link.whole("unit", 1, trace.sizes("hidden")["unit"], None) or strips.usual_unit(trace, top)
    view = strips.View(t, unit, top, signal=trace.unit_signals[0], sort="mean", rows=9)
    strips.draw(
        trace,
        whole,
        words={**picture["picture"], **picture["says"], "sort": picture["sorts"]["mean"]},
        title=f"{asked.model}, layer {top}",
        view=view,
        layout="compact",
        second=True,
        key="behind",
    )
    st.page_link(
        "pages/gates.py",
        label=said_words["open_gates"],
        query_params={"model": asked.model, "text": whole.text, "t": str(t), "layer": str(top)},
    )
