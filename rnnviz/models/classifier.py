"""A text classifier: embedding, recurrent stack, and one answer read from the last real step (many-to-one)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor

from rnnviz.models.sequence import Answers, SequenceModel
from rnnviz.text import Vocabulary


class Classifier(SequenceModel):
    """Say which class a text belongs to, after its last token and at no other step.

    `forward` takes token numbers (batch, time) and how many of each row are real, and returns logits (batch, classes).
    """

    asks: ClassVar[Answers] = "last"

    def __init__(self, vocabulary: Vocabulary, classes: Sequence[str], cell: str, hidden: int, **options: Any) -> None:
        if len(classes) < 2 or len(set(classes)) != len(classes):
            raise ValueError(f"classes: expected two or more different names, got {list(classes)!r}")
        super().__init__(vocabulary, classes, cell, hidden, **options)

    @property
    def classes(self) -> tuple[str, ...]:
        return self.answers

    def forward(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, ids: Int[Tensor, "batch time"], lengths: Int[Tensor, " batch"] | None = None
    ) -> Float[Tensor, "batch classes"]:
        return self.answered(self.run(ids, None, lengths)[0], lengths)


def numbers_of(model: Classifier, labels: Sequence[str], texts: int) -> Int[Tensor, " batch"]:
    """Return the number of each label's class. Raises ValueError for an unknown label or a wrong count of them."""
    if isinstance(labels, str) or not isinstance(labels, Sequence):
        raise ValueError(f"labels: expected a list with one class a text, got {labels!r}")
    unknown = [label for label in labels if label not in model.classes]
    if len(labels) != texts or unknown:
        what = f"{unknown[0]!r}" if unknown else f"{len(labels)} of them for {texts} texts"
        raise ValueError(f"labels: expected one of {', '.join(model.classes)} for each text, got {what}")
    return torch.tensor([model.classes.index(label) for label in labels])
