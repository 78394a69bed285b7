"""A field that completes what is typed, as mail programs do: grey text behind the cursor, Tab takes it.

Keys are the browser's own. Python is asked once the hand rests for a moment, and answers from a fragment; an answer that
comes late is used as far as it still fits what was typed meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rnnviz.components.base import Layout, from_files

TYPING = from_files("typing", shared=("numbers.js", "dom.js", "told.js"), scripts=("field.js", "others.js", "siblings.js", "typing.js"))


def data(
    begin: str,
    turn: str,
    answered: str,
    number: int,
    suggestions: Sequence[tuple[str, float]],
    siblings: Sequence[tuple[str, str, float]],
    *,
    least: float,
    words: Mapping[str, Any],
    layout: Layout = "page",
) -> dict[str, Any]:
    """Return what the field is drawn from.

    `begin` is the text to start with, taken over whenever `turn` changes. `suggestions` complete the text `answered`,
    the `number`-th that was asked; the first is shown behind the cursor if it is at least as probable as `least`.
    `siblings` are (model, added, probability): what models alike but for their cell would suggest first.
    """
    return {
        "begin": begin,
        "turn": turn,
        "answered": answered,
        "number": number,
        "least": least,
        "words": dict(words),
        "layout": layout,
        "suggestions": [{"added": added, "probability": probability} for added, probability in suggestions],
        "siblings": [{"label": label, "added": added, "probability": probability} for label, added, probability in siblings],
    }
