"""A text classifier: embedding, recurrent stack, and one answer read from the last real step (many-to-one)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from rnnviz.cells import stack
from rnnviz.text import CharacterVocabulary


class Classifier(torch.nn.Module):
    """Say which class a text belongs to, after its last character and at no other step.

    `forward` takes token numbers (batch, time) and how many of each row are real, and returns logits (batch, classes).
    """

    def __init__(
        self, vocabulary: CharacterVocabulary, classes: Sequence[str], cell: str, hidden: int, *, layers: int = 1, embedding: int = 32
    ) -> None:
        super().__init__()
        if len(classes) < 2 or len(set(classes)) != len(classes):
            raise ValueError(f"classes: expected two or more different names, got {list(classes)!r}")
        self.vocabulary, self.classes, self.cell = vocabulary, tuple(classes), cell
        self.embedding = torch.nn.Embedding(len(vocabulary), embedding)
        self.recurrent = stack(cell, embedding, hidden, layers, batch_first=True)
        self.readout = torch.nn.Linear(hidden, len(classes))

    def forward(self, ids: Int[Tensor, "batch time"], lengths: Int[Tensor, " batch"] | None = None) -> Float[Tensor, "batch classes"]:
        outputs, _ = self.recurrent(self.embedding(ids))
        last = torch.full((len(ids),), ids.shape[1], device=ids.device) if lengths is None else lengths
        return self.readout(outputs[torch.arange(len(ids), device=ids.device), last - 1])


def numbers_of(model: Classifier, labels: Sequence[str], texts: int) -> Int[Tensor, " batch"]:
    """Return the number of each label's class. Raises ValueError for an unknown label or a wrong count of them."""
    if isinstance(labels, str) or not isinstance(labels, Sequence):
        raise ValueError(f"labels: expected a list with one class a text, got {labels!r}")
    unknown = [label for label in labels if label not in model.classes]
    if len(labels) != texts or unknown:
        what = f"{unknown[0]!r}" if unknown else f"{len(labels)} of them for {texts} texts"
        raise ValueError(f"labels: expected one of {', '.join(model.classes)} for each text, got {what}")
    return torch.tensor([model.classes.index(label) for label in labels])
