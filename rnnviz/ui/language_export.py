"""What can be taken away from the language page: the numbers as CSV, the lines that make the same view."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from rnnviz.recipe import Recipe, loading


@dataclass(frozen=True)
class Asked:
    """What a continuation is made with, as one flat value: the key of the caches."""

    model: str
    text: str
    decode: str = "sample"
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 1
    length: int = 120
    stop: str = ""
    width: int = 4


def draw(words: Mapping[str, Any], name: str, table, lines: str) -> None:
    """Draw the menu. `table` makes the CSV when it is asked for; without one there is only the code."""
    with st.popover(words["export"]):
        if table is not None:
            st.download_button(words["csv"], table, f"{name}.csv", "text/csv", on_click="ignore", width="stretch")
            st.caption(words["figure"])
        st.markdown(f"**{words['python']}**")
        st.code(lines, language="python")
        st.caption(words["python_help"])


def scores_as_csv(scores: Mapping[str, Any]) -> bytes:
    """Return scores by sentence as a table, a row a token, in full precision. Tokens that are not scored have no numbers."""
    rows: list[list[Any]] = [["sentence", "t", "token", "log_probability", "probability", "bits", "rank", "entropy_bits"]]
    for text, score in scores.items():
        for at, token in enumerate(score.tokens):
            value = float(score.log_probability[at])
            numbers = [value, math.exp(value), float(score.surprise[at]), int(score.rank[at])] if math.isfinite(value) else [""] * 4
            rows.append([text, at + 1, token, *numbers, float(score.entropy[at])])
    return _written(rows)


def steps_as_csv(said) -> bytes:
    """Return a continuation as a table, a row a token, in full precision."""
    rows: list[list[Any]] = [["t", "token", "probability", "place", "u", "entropy_bits", "tokens_kept"]]
    for at, step in enumerate(said.steps, start=1):
        u = "" if math.isnan(step.u) else step.u
        rows.append([at, step.token, step.probability, step.place + 1, u, step.entropy, step.pipeline.count])
    return _written(rows)


def _written(rows: list[list[Any]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8")


def score_lines(recipe: Recipe, against: str, orders: int) -> str:
    """Return the lines that score the same sentences."""
    texts = [recipe.text, *([against] if against else [])]
    lines = [
        "import rnnviz",
        "",
        *loading(recipe.model),
        f"for text in {texts!r}:",
        "    score = rnnviz.scoring.score(model, text)",
        "    print(text, score.bits, score.perplexity)",
        "    for token, bits, rank in zip(score.tokens, score.surprise, score.rank):",
        "        print(repr(token), bits, rank)",
    ]
    if orders:
        lines += [
            f"others = rnnviz.scoring.shuffled(model, {recipe.text!r}, count={orders})",
            "print(others.rank, others.orders[:5])",
        ]
    return "\n".join(lines)


def generate_lines(asked: Asked) -> str:
    """Return the lines that write the same text."""
    loaded = ["import rnnviz", "", *loading(asked.model)]
    if asked.decode == "beam":
        stops = (asked.stop,) if asked.stop else ()
        call = f"rnnviz.generating.beam_search(model, {asked.text!r}, {asked.width}, length={min(asked.length, 120)}, stops={stops!r})"
        return "\n".join(
            [
                *loaded,
                f"beam = {call}",
                "names = model.vocabulary.tokens",
                "for way in beam.answers:",
                "    print(way.log_probability, model.vocabulary.text(names[number] for number in way.ids))",
            ]
        )
    draw = f"rnnviz.generating.Draw({asked.temperature}, {asked.top_k}, {asked.top_p})" if asked.decode == "sample" else "None"
    options = f"seed={asked.seed}, length={asked.length}, stop={asked.stop!r}"
    return "\n".join(
        [
            *loaded,
            f"said = rnnviz.generating.generate(model, {asked.text!r}, {draw}, {options})",
            "print(said.said)",
            "for step in said.steps:",
            "    print(repr(step.token), step.probability, step.u)",
        ]
    )


def complete_lines(recipe: Recipe, text: str) -> str:
    """Return the lines that complete the same text."""
    return "\n".join(["import rnnviz", "", *loading(recipe.model), f"print(rnnviz.completing.complete(model, {text!r}))"])
