"""Reverse: read letters, say them backwards, with an encoder and a decoder."""

from __future__ import annotations

import string
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

import torch

from rnnviz.tasks.base import Batch, Example, choose, whole
from rnnviz.tasks.paired import PairTask
from rnnviz.text import CharacterVocabulary


class Reverse(PairTask):
    """Say a word backwards: an encoder reads it, a decoder says it. Attention then runs from the end to the beginning."""

    name: ClassVar[str] = "reverse"
    suggests: ClassVar[Mapping[str, Any]] = {
        "cell": "lstm", "hidden": 32, "embedding": 32, "learning_rate": 0.005, "schedule": "linear", "steps": 1000, "validate_every": 50,
        "stop_at": 1.0,
    }  # fmt: skip

    longest: int = whole(16, 2, 30)
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
        return text[::-1]

    def example(self) -> Example:
        """Return a word that the eye reads in both directions, where words are as long as that."""
        word = "backwards"
        return Example(word, self.right_for(word)) if len(word) <= self.longest else super().example()


TASK = Reverse
