"""Reverse: read letters, say them backwards, with an encoder and a decoder."""

from __future__ import annotations

import string
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

import torch

from rnnviz.tasks.base import Batch, choose, whole
from rnnviz.tasks.paired import PairTask
from rnnviz.text import CharacterVocabulary


class Reverse(PairTask):
    """Say a word backwards: an encoder reads it, a decoder says it. Attention then runs from the end to the beginning."""

    name: ClassVar[str] = "reverse"
    suggests: ClassVar[Mapping[str, Any]] = {
        "cell": "lstm", "hidden": 48, "embedding": 32, "learning_rate": 0.005, "schedule": "linear", "steps": 1500, "validate_every": 50,
        "stop_at": 1.0,
    }  # fmt: skip

    longest: int = whole(12, 2, 30)
    """Letters of the longest word; every length from 1 comes equally often."""

    @cached_property
    def vocabulary(self) -> CharacterVocabulary:  # pyright: ignore[reportIncompatibleMethodOverride]
        return CharacterVocabulary(string.ascii_lowercase + " ")

    @property
    def target(self) -> CharacterVocabulary:
        return self.vocabulary

    def draw(self, count: int, chance: torch.Generator) -> Batch:
        lengths = (1 + choose(count, self.longest, chance)).tolist()
        letters = choose(count, len(self.vocabulary) - 1, chance, self.longest)
        words = [
            "".join(self.vocabulary.characters[i] for i in row[:length]) for row, length in zip(letters.tolist(), lengths, strict=True)
        ]
        return self.batch([(word, word[::-1]) for word in words])

    @staticmethod
    def answer_to(text: str) -> str:
        """Return the right answer."""
        return text[::-1]


TASK = Reverse
