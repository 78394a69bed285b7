"""A character language model of a text that somebody pastes in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import torch
from pydantic import model_validator
from torch import Tensor

from rnnviz.tasks.agreement import DETERMINERS, PEOPLE, THINGS, VERBS
from rnnviz.tasks.base import Batch, Example, Task, whole
from rnnviz.tasks.files import as_text
from rnnviz.text import CharacterVocabulary

MOST = 2_000_000
"""Characters of a text that are read; of a longer one, the first."""

LEAST = 200
"""Characters of a text that can be learned from."""

ENDS = ("purple hair", "a red coat", "no money", "three ships", "a good idea")


class Characters(Task):
    """Predict the next character of your own text; a tenth at its end is kept for validation.

    Without a file it reads sentences of a small grammar, made here. Pieces of `length` characters are read one after
    another, and the state is carried along (truncated back-propagation through time, Williams & Peng 1990).
    """

    name: ClassVar[str] = "characters"
    asks: ClassVar = "next"
    metric: ClassVar = "bits"
    takes_files: ClassVar[bool] = True
    suggests: ClassVar[Mapping[str, Any]] = {
        "cell": "lstm",
        "hidden": 64,
        "embedding": 16,
        "batch": 16,
        "steps": 2000,
        "schedule": "cosine",
    }

    length: int = whole(50, 2, 500)
    files: Mapping[str, bytes] = {}

    @model_validator(mode="after")
    def _long_enough(self):
        if self.files and len(self.text) < LEAST:
            raise ValueError(f"data: the text has {len(self.text)} characters; {LEAST} is the least to learn from")
        return self

    @cached_property
    def text(self) -> str:
        """All of the text."""
        if self.files:
            return "\n".join(as_text(name, content) for name, content in self.files.items())[:MOST]
        return made_text(20_000)

    @cached_property
    def vocabulary(self) -> CharacterVocabulary:  # pyright: ignore[reportIncompatibleMethodOverride]
        return CharacterVocabulary(self.text)

    @cached_property
    def _ids(self) -> Tensor:
        # sorted like the vocabulary, and numbered from 1: the numbers that encode() gives, in a tenth of the time
        points = np.frombuffer(self.text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        return torch.tensor(np.unique(points, return_inverse=True)[1] + 1)

    @property
    def _cut(self) -> int:
        return len(self._ids) - max(20, len(self._ids) // 10)

    def stream(self) -> Tensor:
        return self._ids[: self._cut]

    @cached_property
    def validation(self) -> Batch:  # pyright: ignore[reportIncompatibleMethodOverride]
        held_out = self._ids[self._cut :][:20_001]
        streams = max(1, min(8, len(held_out) // 50))
        span = (len(held_out) - 1) // streams
        return Batch(held_out[: span * streams].view(streams, span), held_out[1 : span * streams + 1].view(streams, span))

    def draw(self, count: int, chance: torch.Generator) -> Batch:
        """Draw pieces from anywhere in the text: for looking at the task; training reads the stream."""
        ids, length = self.stream(), min(self.length, len(self.stream()) - 1)
        starts = torch.randint(len(ids) - length, (count,), generator=chance)
        pieces = torch.stack([ids[start : start + length + 1] for start in starts.tolist()])
        return Batch(pieces[:, :-1], pieces[:, 1:])

    def example(self) -> Example:
        text = "".join(self.vocabulary.tokens[i] for i in self.validation.inputs[0, :60].tolist())
        return Example(text, (*text[1:], None))


def made_text(length: int) -> str:
    """Return sentences of a small grammar in which the subject's number decides the verb, the same every time."""
    chance = torch.Generator().manual_seed(11)
    coins = iter(torch.randint(2**30, (length,), generator=chance).tolist())
    of = lambda options: options[next(coins) % len(options)]  # noqa: E731
    sentences, size = [], 0
    while size < length:
        plural = next(coins) % 2
        clause = f" who {of(VERBS)} {of(DETERMINERS)} {of(THINGS)[next(coins) % 2]}" if next(coins) % 2 else ""
        sentences.append(f"{of(DETERMINERS).capitalize()} {of(PEOPLE)[plural]}{clause} {'have' if plural else 'has'} {of(ENDS)}.")
        size += len(sentences[-1]) + 1
    return " ".join(sentences)[:length]


TASK = Characters
