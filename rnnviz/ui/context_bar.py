"""The context bar: which model reads which text. Drawn once, around every page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from rnnviz.figures.numbers import fmt_count
from rnnviz.recipe import LONGEST_TEXT, Recipe
from rnnviz.text import spelled
from rnnviz.ui import content, engine, link


def presets(language: str) -> list[dict[str, str]]:
    return content.words("presets", language)["preset"]


def draw() -> Recipe:
    """Draw the controls and return what is asked for, corrected where it could not be run."""
    words = content.words("frame", link.language())
    names = sorted(engine.cards(), key=lambda name: name != Recipe().model)  # the default first, the others by their score
    names += _opened()
    _arrive(names)
    _correct_model(words, names)
    examples = presets(link.language())
    link.presenting()  # reads the link, which must come before the switch is drawn
    row = st.container(key="context", horizontal=True, vertical_alignment="bottom")
    name = row.selectbox(
        words["model"], names, index=0, key="model", help=words["model_help"], bind="query-params", label_visibility="collapsed", width=210
    )
    own = engine.card(name).examples
    _suit_text(name, own, examples)
    text = _text_field(row, words, own[0] if own else examples[0]["text"])
    with row.container(key="examples", width="content"), st.popover(words["examples"]):
        for at, example in enumerate(own):
            st.button(example, key=f"own-{name}-{at}", on_click=_use, args=(example,), width="stretch")
        for example in () if own else examples:
            st.button(
                f"**{example['name']}** — {example['text']}",
                key=f"example-{example['key']}",
                on_click=_use,
                args=(example["text"],),
                width="stretch",
            )
            st.caption(example["goal"])
    with row:
        _present_switch(words)
        from rnnviz.ui import hiding, mount, qr

        hiding.menu()
        code = content.words("tour", link.language())["qr"]
        said = {**{key: words[key] for key in ("copy_link", "copied", "theme")}, "qr": code["button"], "qr_help": code["help"]}
        qr.offered(mount.actions(said, ["", *_page_addresses()], link.language(), presenting=link.presenting()))
        _language_switch(words)
    return Recipe(name, _readable(text, words, own[0] if own else examples[0]["text"]))


def summary(recipe: Recipe, trace) -> None:
    """Say what is being shown, how the text was read, and prove it."""
    words = content.words("frame", link.language())
    card = engine.card(recipe.model)
    unknown = len([token for token in trace.tokens if token in set(trace.unknown)])
    note = words["unknown"].format(count=unknown) if unknown else words["unknown_none"]
    line = network_line(card.cell, card.layers, card.hidden, card.parameters, engine.reads(recipe.model), len(trace.tokens), note)
    largest = max(1.0, *(float(np.abs(part.values).max()) for part in map(trace.part, trace) if part.attrs["kind"] == "state"))
    sound = trace.residual < 1e-4 * largest  # float32 has seven digits, and a cell state adds up hundreds of roundings
    badge = words["proof" if sound else "proof_bad"].format(residual=_power(trace.residual), largest=f"{largest:.3g}")
    colour = "green" if sound else "red"
    st.markdown(f":gray[{line}] · :{colour}[{badge}]", help=words["proof_help"].format(residual=f"{trace.residual:.2e}"))
    if trace.unknown:
        link.notice(_unknown_sentence(trace, words["notice"]))


def network_line(cell: str, layers: int, hidden: int, parameters: int, reads: str, count: int, note: str) -> str:
    """Return a network's shape and how much it reads in one line. `reads` is what its tokens are: characters, words, numbers."""
    from rnnviz.cells import named  # torch is there by now: something was computed with it

    words = content.words("frame", link.language())
    return words["summary"].format(
        cell=named(cell).title,
        layers=layers,
        hidden=hidden,
        parameters=fmt_count(parameters),
        characters=words[f"{reads}_one"] if count == 1 else words[reads].format(count=count),
        unknown=note,
    )


def other_preset(text: str) -> str:
    """Return the text that “Try this” puts in: the sentence with one letter changed, or back again."""
    by_key = {example["key"]: example["text"] for example in presets(link.language())}
    return by_key["man"] if text == by_key["men"] else by_key["men"]


def _arrive(names: list[str]) -> None:
    """Take over the model and the text of a link between two pages: within a session, widgets keep what they had."""
    if st.session_state.get("_arrived"):
        for name in ("model", "text"):
            value = st.query_params.get(name, "")[:LONGEST_TEXT]
            if value and value != st.session_state.get(name) and (name == "text" or value in names):
                st.session_state[name] = value
        st.session_state["_model"] = st.session_state.get("model")


def _opened() -> list[str]:
    """Return the networks of the training lab that this session, or its link, has opened here. Translators have a page of their own."""
    opened = st.session_state.setdefault("_opened", [])
    for name in (st.query_params.get("model"), st.session_state.get("model")):
        if name and name not in opened and engine.trained(name) is not None and not engine.is_translator(name):
            opened.append(name)
    return [name for name in opened if engine.trained(name) is not None]  # one may have been deleted


def _suit_text(name: str, own: Sequence[str], examples: list[dict[str, str]]) -> None:
    """Put in a text that suits another model, unless somebody typed or linked one."""
    state, before = st.session_state, st.session_state.get("_model")
    state["_model"] = name
    if before == name or ("text" in st.query_params and before is None):
        return
    ready = {example["text"] for example in examples}.union(*(engine.card(n).examples for n in (before, name) if n and _known(n)))
    if state.get("text", examples[0]["text"]) in ready:
        state["text"] = own[0] if own else examples[0]["text"]


def _known(name: str) -> bool:
    return name in engine.cards() or engine.trained(name) is not None


def _text_field(row, words: Mapping[str, Any], default: str) -> str:
    given = link.from_link("text")
    if given is not None and len(given) > LONGEST_TEXT:  # only a link can bring one that long
        link.notice(words["notice"]["cut"].format(count=fmt_count(len(given)), most=LONGEST_TEXT))
        st.session_state.text = given[:LONGEST_TEXT]
    return row.text_input(
        words["text"],
        value=default,
        key="text",
        max_chars=LONGEST_TEXT,
        bind="query-params",
        placeholder=words["text_placeholder"],
        label_visibility="collapsed",
        width="stretch",
    )


def _present_switch(words: Mapping[str, Any]) -> None:
    st.toggle(words["present"], key="present", persist_state="session", help=words["present_help"])


def _language_switch(words: Mapping[str, Any]) -> None:
    """Draw a button for every other language, in its own name."""
    for other in content.languages():
        if other != link.language():
            st.button(content.words("frame", other)["name"], key=f"speak-{other}", help=words["switch"], on_click=link.speak, args=(other,))


def _readable(text: str, words: Mapping[str, Any], default: str) -> str:
    """Return a text that can be run: the example for an empty one."""
    if not text:
        link.notice(words["notice"]["empty"])
        return default
    return text


def _correct_model(words: Mapping[str, Any], names: list[str]) -> None:
    asked = link.from_link("model")
    if asked is not None and asked not in names:
        which = "translator" if engine.is_translator(asked) else "model"
        link.notice(words["notice"][which].format(given=link.short(asked), shown=names[0]))
    if st.session_state.get("model", names[0]) not in names:
        st.session_state.model = names[0]


def _unknown_sentence(trace, words: Mapping[str, str]) -> str:
    shown = [f"“{link.short(spelled(token))}”" for token in trace.unknown[:8]]
    if len(trace.unknown) > 8:
        shown.append(words["more"].format(count=len(trace.unknown) - 8))
    every = all(token in set(trace.unknown) for token in trace.tokens)
    key = "unknown_all" if every else "unknown_one" if len(trace.unknown) == 1 else "unknown_many"
    return words[key].format(names=words["comma"].join(shown))


def _use(text: str) -> None:
    st.session_state.text = text


def _page_addresses() -> list[str]:
    from rnnviz.ui.pages import PAGES

    return [name for name in PAGES if name != "home"]


def _power(value: float) -> str:
    """Return a small number as 2e−7."""
    return f"{value:.0e}".replace("e-0", "e-").replace("-", "\u2212") if value == value and value else f"{value:g}"
