"""What stands around the attention picture: what is known of the model, its measured bottleneck, its gates, files to take away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from rnnviz.components.base import Choice
from rnnviz.components.strips import payload as strips_payload
from rnnviz.figures.numbers import fmt_count, fmt_prob
from rnnviz.figures.strips import picture
from rnnviz.pair_recipe import PairRecipe, as_python
from rnnviz.ui import charts, content, downloads, engine, link, mount, signals
from rnnviz.ui.translators import Family


def about(recipe: PairRecipe, family: Family, words: Mapping[str, Any]) -> None:
    """Say in one line what answers here, and how good it is."""
    from rnnviz.cells import named

    card, model = engine.card(recipe.model), engine.model(recipe.model)
    facts = words["about"]["facts"].format(
        cell=named(model.cell).title, units=2 * model.hidden_size, parameters=fmt_count(model.parameter_count)
    )
    scores = {name: fmt_prob(value) for name, value in getattr(card, "scores", {}).items() if name != "bleu"}
    bleu = getattr(card, "scores", {}).get("bleu")
    said = words["about"][family.key if family.key in words["about"] else "run"].format(
        exact=scores.get("test", scores.get("validation", "")), bleu="" if bleu is None else f"{bleu:.1f}"
    )
    st.caption(words["about"]["line"].format(facts=facts, said=said))


def draw(recipe: PairRecipe, family: Family, words: Mapping[str, Any]) -> None:
    """Draw what follows the picture."""
    answer = engine.translation(recipe)
    about(recipe, family, words)
    _measured(recipe, family, words)
    with st.container(key="insides", horizontal=True, vertical_alignment="bottom"):
        gates = words["gates"]
        shown = link.choice("inside", ("none", "encoder", "decoder"), "none")
        st.segmented_control(
            words["insides"], ("none", "encoder", "decoder"), key="inside", persist_state="session", required=True,
            format_func=gates.get, help=words["insides_help"],
        )  # fmt: skip
        direction = "forward"
        if shown == "encoder":
            direction = link.choice("way", ("forward", "backward"), "forward")
            st.segmented_control(
                gates["direction"], ("forward", "backward"), key="way", persist_state="session", required=True, format_func=gates.get
            )
        _files(recipe, answer, words)
    if shown != "none":
        st.caption(gates[f"caption_{shown}"])
        step = st.session_state.get("inp" if shown == "encoder" else "out") or 1
        _gates(answer.encoder if shown == "encoder" else answer.decoder, recipe, shown, direction, step)


def _gates(trace, recipe: PairRecipe, shown: str, direction: str, step: int) -> None:
    words = content.words("gates", link.language())
    strip_words = {
        **words["picture"],
        **words["says"],
        "sort": words["sorts"]["mean"],
        "title": content.words("attention", link.language())["gates"][shown],
    }
    data = _strips(signals.spoken(trace, link.language()), (recipe, shown), direction, min(step, len(trace.tokens)), dict(strip_words))
    mount.strips(data, key=f"inside-{shown}", on_chosen=_nothing, on_attempt=_nothing)


@st.cache_data(show_spinner=False, max_entries=32, hash_funcs=mount.AS_WRITTEN)
def _strips(_trace, key: tuple, direction: str, step: int, words: Mapping[str, Any]) -> bytes:
    # `key` and `words` hold all that the trace was made of, its language too, so it need not be hashed
    drawn = picture(_trace, layer=1, direction=direction, sort="mean", sort_by="hidden")
    choice = Choice(step, 1, "hidden", turn=step)  # another step of the picture above moves this one too
    return strips_payload(drawn, choice, rows=10, words=words, title=words["title"], layout="compact", keys=False)


def _nothing() -> None:
    """A step among the gates stays in the browser."""


def _files(recipe: PairRecipe, answer, words: Mapping[str, Any]) -> None:
    with st.popover(words["export"]):
        st.download_button(
            words["netcdf"], lambda: downloads.as_netcdf(answer.trace), f"{recipe.model}.nc", "application/x-netcdf", on_click="ignore",
            width="stretch",
        )  # fmt: skip
        if answer.attention is not None:
            st.download_button(
                words["csv"], lambda: as_csv(answer), f"{recipe.model}-attention.csv", "text/csv", on_click="ignore", width="stretch"
            )
        st.markdown(f"**{words['python']}**")
        st.code(as_python(recipe), language="python")


def as_csv(answer) -> bytes:
    """Return the attention matrix as a table: output step and token, then a column for each input token, in full precision."""
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text)
    padding = answer.attention.shape[1] - len(answer.source)
    writer.writerow(["t", "output", *(f"{at}:{token}" for at, token in enumerate((*answer.source, *["·"] * padding), start=1))])
    for t, (token, row) in enumerate(zip(answer.tokens, answer.attention, strict=True), start=1):
        writer.writerow([t, token, *(repr(float(value)) for value in row)])
    return text.getvalue().encode("utf-8")


def _measured(recipe: PairRecipe, family: Family, words: Mapping[str, Any]) -> None:
    """Draw the measured quality by length of the family's models with the person's own text marked on it."""
    from rnnviz.figures.bottleneck import bottleneck

    curves = {score: by_length for score, name in family.models.items() if (by_length := getattr(engine.card(name), "by_length", None))}
    if not curves:
        return
    own = len(engine.translation(recipe).source)
    quality = "bleu" if all("bleu" in row for rows in curves.values() for row in rows.values()) else "exact"
    said = words["measured"]
    st.subheader(words["bottleneck"], anchor=False)
    title = said["title_bleu" if quality == "bleu" else "title"]
    chart = bottleneck(curves, quality, own, {**said, "title": title, "attention": words["score"], **words["scores"]})
    charts.draw(chart, key="measured", alt=title)
    if "none" not in curves or len(curves) < 2:
        return
    gaps = {
        (length, score): row[quality] - curves["none"][length][quality]
        for score, rows in curves.items()
        for length, row in rows.items()
        if length in curves["none"]
    }
    length, score = max(gaps, key=lambda place: gaps[place])
    shown = fmt_prob if quality == "exact" else (lambda value: said["bleu"].format(value=f"{value:.1f}"))
    count = max(sum(int(row["count"]) for row in rows.values()) for rows in curves.values())
    st.caption(
        said["caption"].format(
            count=fmt_count(count), length=length, which=words["scores"][score], best=shown(curves[score][length][quality]),
            none=shown(curves["none"][length][quality]),
        )
    )  # fmt: skip
