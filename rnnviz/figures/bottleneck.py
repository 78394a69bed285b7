"""Quality by length of the input: where one vector of fixed size no longer holds a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_INKS = {"none": "#D55E00", "dot": "#0072B2", "general": "#009E73", "additive": "#793CBA"}
_NEUTRAL = "#8A8A8A"
"""Readable on light and on dark."""

_DASHES = {"none": [8, 4], "dot": [2, 3], "general": [6, 2, 1, 2], "additive": [1, 0]}


def bottleneck(curves: Mapping[str, Mapping[str, Mapping[str, float]]], quality: str, own: int, words: Mapping[str, str]) -> Any:
    """Return an Altair chart: one line an attention, by input length, with the person's own length as a rule.

    `curves[score][length]` holds `count` and the measured `quality`, `exact` (0 to 1) or `bleu` (0 to 100).
    """
    import altair as alt
    import pandas as pd

    rows = [
        {"length": int(length), "attention": words[score], "value": row[quality], "count": int(row["count"]), "score": score}
        for score, by_length in curves.items()
        for length, row in by_length.items()
    ]
    table = pd.DataFrame(rows).sort_values(["score", "length"])
    names = [words[score] for score in curves]
    colour = alt.Color("attention:N", sort=names, legend=None).scale(domain=names, range=[_INKS[score] for score in curves])
    dash = alt.StrokeDash("attention:N", legend=None).scale(domain=names, range=[_DASHES[score] for score in curves])
    top = 1 if quality == "exact" else max(10.0, max(float(row["value"]) for row in rows) * 1.05)
    y = alt.Y("value:Q", title=words[f"y_{quality}"], axis=alt.Axis(format="%" if quality == "exact" else "d", tickCount=5)).scale(
        domain=[0, top]
    )
    lengths = [row["length"] for row in rows]
    x = alt.X("length:Q", title=words["x"], axis=alt.Axis(tickMinStep=1, format="d"))
    x = x.scale(domain=[min(*lengths, own) - 0.5, max(*lengths, own) + 1.5], nice=False)
    tip = [
        alt.Tooltip("attention:N", title=words["attention"]), alt.Tooltip("length:Q", title=words["x"]),
        alt.Tooltip("value:Q", title=words[f"y_{quality}"], format=".3f"), alt.Tooltip("count:Q", title=words["count"]),
    ]  # fmt: skip
    lines = (
        alt.Chart(table)
        .mark_line(strokeWidth=3, point=alt.OverlayMarkDef(size=50))
        .encode(x=x, y=y, color=colour, strokeDash=dash, tooltip=tip)
    )
    spread = table.groupby("length")["value"].agg(lambda values: values.max() - values.min())
    apart = table[table["length"] == spread.idxmax()]  # where the lines are furthest apart their names do not touch
    labels = alt.Chart(apart).mark_text(align="left", dx=10, dy=-10, fontSize=14, fontWeight="bold").encode(x=x, y=y, text="attention:N")
    mark = pd.DataFrame({"length": [own], "text": [f"{words['yours']} ({own})"]})
    rule = alt.Chart(mark).mark_rule(strokeDash=[4, 4], strokeWidth=2, color=_NEUTRAL).encode(x=x)
    note = alt.Chart(mark).mark_text(align="left", dx=6, dy=-6, baseline="top", fontSize=13).encode(x=x, y=alt.value(8), text="text:N")
    return (rule + lines + labels + note).properties(height=300, title=words["title"])
