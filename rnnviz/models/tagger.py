"""Models that answer at every step: with one of several names, or with a number."""

from __future__ import annotations

from typing import Any, ClassVar

from rnnviz.models.sequence import Answers, SequenceModel
from rnnviz.text import NumberReader


class Tagger(SequenceModel):
    """Answer at every step with one of `answers`: whether the count so far is odd, which bracket must close next."""

    asks: ClassVar[Answers] = "every"


class Forecaster(SequenceModel):
    """Read numbers and answer with a number at every step."""

    asks: ClassVar[Answers] = "every"

    def __init__(self, vocabulary: NumberReader, cell: str, hidden: int, **options: Any) -> None:
        super().__init__(vocabulary, (), cell, hidden, **{**options, "embedding": 0})


class Regressor(Forecaster):
    """Read numbers and answer with one number, after the last of them."""

    asks: ClassVar[Answers] = "last"
