"""The lower half of the Home page: how it came about, what sequences are for, why order matters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from rnnviz.components.miniature import MINIATURE, Column, decay, shape
from rnnviz.figures.numbers import fmt_count, fmt_prob, fmt_small
from rnnviz.recipe import Recipe
from rnnviz.ui import engine, link, mount
from rnnviz.ui import home_examples as examples

_MINIATURE = mount.register(MINIATURE)

ERAS: Mapping[str, tuple[tuple[str, str, Mapping[str, str]], ...]] = {
    "memory": (("unrolled", "unrolled", {"mode": "chain", "text": "hello"}), ("example", "example", {})),
    "fading": (("gradients", "gradients", {"view": "flow", "model": "shakespeare-rnn"}),),
    "gates": (("gates", "gates", {"model": "shakespeare-lstm"}), ("cell", "cell", {"model": "tiny-lstm"})),
    "gru": (("gates", "gates", {"model": "shakespeare-gru"}), ("cell", "cell", {"model": "tiny-gru"})),
    "attention": (("attention", "attention", {"translator": "dates-additive", "sentence": "May 3rd, 1999"}),),
    "after": (("attention", "attention", {"translator": "french-general"}),),
}
"""What the timeline opens, by era: name of the link, page, what the link says."""

START, WRITTEN = "J", 6
SENTENCE = "We are very tired today."
BRACKETS = "([])[(("
REVIEW = "a moving film with a clever script"
LONGEST_REVIEW = 120

IN_ORDER, JUMBLED = "we love working on deep learning", "working love learning we on deep"
FIRST_X, FIRST_Y = "bbcdXadcaddbcddbacbddbcacYbbccccdccccacccc", "bbcdYadcaddbcddbacbddbcacXbbccccdccccacccc"


def history(words: Mapping[str, Any]) -> None:
    st.subheader(words["title"], anchor=False)
    st.caption(words["lead"])
    with st.container(key="history", horizontal=True):
        for era, links in ERAS.items():
            said = words[era]
            with st.container(key=f"era-{era}", border=True, width="stretch"):
                st.markdown(f":blue[**{said['years']}**]  \n**{said['title']}**")
                st.markdown(said["says"])
                _measured(era, said, words)
                for name, page, asked in links:
                    st.page_link(f"pages/{page}.py", label=said[name], query_params=dict(asked))


def _measured(era: str, said: Mapping[str, Any], words: Mapping[str, Any]) -> None:
    """Say what the engine finds of it."""
    size = examples.sizes()
    values = {f"{kind}_parameters": fmt_count(count) for kind, count in size.parameters.items()}
    if era == "fading":
        text = Recipe().text
        lines = examples.fading(text)
        back = 20
        values |= {kind: fmt_small(line[back]) for kind, line in lines.items()} | {"back": str(back)}
        label = said["chart"].format(**values)
        _MINIATURE(key="mini-fading", data=decay(lines, label=label, words={"axis": said["axis"]}))
    if era == "attention":
        values |= {score: fmt_prob(examples.rightly(f"dates-{score}")) for score in ("none", "additive")}
    if era == "gru":
        values["share"] = fmt_prob(size.parameters["gru"] / size.parameters["lstm"])
    if "measured" in said:
        st.caption(said["measured"].format(**values, inputs=size.inputs, units=size.units))


def shapes(words: Mapping[str, Any]) -> None:
    st.subheader(words["title"], anchor=False)
    st.caption(words["lead"])
    with st.container(key="shapes", horizontal=True):
        with _card("one_to_many", words):
            columns = examples.written(START, WRITTEN)
            _drawn("one_to_many", columns, words)
            said = START + engine.continuation(Recipe(examples.WRITES, START), WRITTEN)
            _says("one_to_many", words, start=START, said=said)
            _opens("unrolled", words["one_to_many"], {"model": examples.WRITES, "mode": "one-to-many", "text": START})
        with _card("many_to_one", words):
            _many_to_one(words)
        with _card("aligned", words):
            columns = examples.matched(BRACKETS)
            _drawn("aligned", columns, words)
            _says("aligned", words, read=BRACKETS)
            _opens("gates", words["aligned"], {"model": examples.MATCHES, "text": BRACKETS})
        with _card("encoder_decoder", words):
            columns, said = examples.translated(SENTENCE)
            _drawn("encoder_decoder", columns, words)
            _says("encoder_decoder", words, read=SENTENCE, said=said)
            _opens("attention", words["encoder_decoder"], {"translator": examples.TRANSLATES, "sentence": SENTENCE})


@st.fragment
def _many_to_one(words: Mapping[str, Any]) -> None:
    """The one miniature that reads what a person types: only this card is drawn again."""
    said = words["many_to_one"]
    typed = st.text_input(
        said["field"], value=REVIEW, key="review", max_chars=LONGEST_REVIEW, bind="query-params", label_visibility="collapsed"
    )
    review = (typed or "").strip()[:LONGEST_REVIEW]
    if not review:
        st.caption(said["empty"])
        review = REVIEW
    columns, unknown = examples.verdict(review)
    _drawn("many_to_one", columns, words)
    _says("many_to_one", words, answer=said["answers"].get(columns[-1].says, columns[-1].says), p=fmt_prob(columns[-1].probability or 0),
          right=fmt_prob(examples.rightly(examples.FEELS)))  # fmt: skip
    if unknown:
        st.caption(said["unknown"].format(words=", ".join(link.short(word) for word in unknown[:6])))
    _opens("gates", said, {"model": examples.FEELS, "text": review})


def _card(name: str, words: Mapping[str, Any]):
    card = st.container(key=f"shape-{name}", border=True, width="stretch")
    card.markdown(f"**{words[name]['title']}**  \n{words[name]['what']}")
    return card


def _drawn(name: str, columns: list[Column], words: Mapping[str, Any]) -> None:
    _MINIATURE(key=f"mini-{name}", data=shape(columns, label=f"{words[name]['title']}: {words[name]['what']}", words={}))


def _says(name: str, words: Mapping[str, Any], **values: str) -> None:
    st.caption(words[name]["says"].format(**{key: link.short(value, 80) for key, value in values.items()}))


def _opens(page: str, said: Mapping[str, Any], asked: Mapping[str, str]) -> None:
    st.page_link(f"pages/{page}.py", label=said["open"], query_params=dict(asked))


def order(words: Mapping[str, Any]) -> None:
    st.subheader(words["title"], anchor=False)
    st.caption(words["lead"])
    model = examples.reader()
    first, second = examples.bits(model, IN_ORDER), examples.bits(model, JUMBLED)
    with st.container(key="order", horizontal=True):
        with st.container(key="order-words", border=True, width="stretch"):
            st.markdown(f"**{words['words_title']}**")
            _compared({IN_ORDER: words["bits"].format(bits=f"{first:.1f}"), JUMBLED: words["bits"].format(bits=f"{second:.1f}")})
            apart = second - first
            key = "more" if apart > 0 else "less"
            said = words[key].format(times=f"{2 ** abs(apart):.3g}", bits=f"{abs(apart):.1f}", model=model)
            reads = "reads_characters" if engine.reads(model) == "characters" else "reads_words"
            st.caption(f"{said} {words[reads]}")
            asked = {"model": model, "text": IN_ORDER, "against": JUMBLED}
            st.page_link("pages/language.py", label=words["score"], query_params=asked)
        with st.container(key="order-symbols", border=True, width="stretch"):
            st.markdown(f"**{words['symbols_title']}**")
            lines = {}
            for symbols in (FIRST_X, FIRST_Y):
                answer, p = examples.ordered(symbols)
                lines[symbols] = words["answer"].format(answer=answer, p=fmt_prob(p))
            _compared(lines)
            st.caption(words["symbols_says"])
            st.page_link("pages/gates.py", label=words["symbols_open"], query_params={"model": examples.ORDERS, "text": FIRST_X})


def _compared(lines: Mapping[str, str]) -> None:
    for text, said in lines.items():
        st.markdown(f"`{text}`  \n{said}")
