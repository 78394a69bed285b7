"""What tasks over single characters share: a vocabulary, and numbers of its characters."""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor

from rnnviz.tasks.base import Task
from rnnviz.text import CharacterVocabulary


class SymbolTask(Task):
    """A task whose tokens are single characters."""

    @property
    def characters(self) -> str:
        raise NotImplementedError

    @cached_property
    def vocabulary(self) -> CharacterVocabulary:  # pyright: ignore[reportIncompatibleMethodOverride]
        return CharacterVocabulary(self.characters)

    def numbers(self, characters: str) -> Tensor:
        """Return the token numbers of some characters, in their order."""
        return torch.tensor(self.vocabulary.encode(characters).ids)
