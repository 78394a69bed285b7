"""An embedding with count ratios beside it: how much likelier each class is to hold a word, and a word with the one before it."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor


class PhraseEmbedding(torch.nn.Module):
    """Stand in for an embedding: the learned one, and behind its columns the log-count ratios of naive Bayes (Wang & Manning
    2012) of the word and of the word with the one before it. They are looked up from the token numbers alone.

    Of two classes the ratio of the second one says all; of more there is one a class. The tables are zeros until they are
    filled (training.counts); `pairs` is how many word pairs have a ratio.
    """

    words: Tensor
    """Ratios of each word, (words, classes)."""
    pairs: Tensor
    """The word pairs that have ratios, as `keys` writes them, in rising order behind a -1: number 0 stands for every other pair."""
    of_pairs: Tensor
    """Ratios of each pair, (1 + pairs, classes); zeros for number 0."""

    def __init__(self, words: int, columns: int, classes: int, pairs: int) -> None:
        super().__init__()
        self.learned = torch.nn.Embedding(words, columns)
        sides = sides_of(classes)
        self.register_buffer("words", torch.zeros(words, sides))
        self.register_buffer("pairs", torch.arange(-1, pairs))
        self.register_buffer("of_pairs", torch.zeros(1 + pairs, sides))

    @property
    def embedding_dim(self) -> int:
        return self.learned.embedding_dim

    @property
    def extra_columns(self) -> int:
        """How many columns stand beside the learned ones."""
        return 2 * self.words.shape[1]

    @property
    def pair_count(self) -> int:
        return len(self.pairs) - 1

    def ratios(self, ids: Int[Tensor, "*batch time"]) -> Float[Tensor, "*batch time columns"]:
        """Return what stands beside the learned columns: first the words' ratios, then the pairs'."""
        return torch.cat([self.words[ids], self.of_pairs[numbers_of_pairs(ids, self.pairs, len(self.words))]], dim=-1)

    def forward(self, ids: Int[Tensor, "*batch"]) -> Float[Tensor, "*batch columns"]:
        if ids.ndim == 0:  # one word on its own
            return self(ids[None])[0]
        return torch.cat([self.learned(ids), self.ratios(ids)], dim=-1)


def sides_of(classes: int) -> int:
    """Return how many ratios a word has."""
    return 1 if classes == 2 else classes


def keys(ids: Int[Tensor, "*batch time"], words: int) -> Int[Tensor, "*batch time"]:
    """Return one whole number for each word and the one before it; -2 where one of the two is unknown, which has no ratios.

    Before the first word stands number `words`, which no word has.
    """
    before = torch.nn.functional.pad(ids[..., :-1], (1, 0), value=words)
    return (before * words + ids).masked_fill((ids == 0) | (before == 0), -2)


def numbers_of_pairs(ids: Int[Tensor, "*batch time"], pairs: Int[Tensor, " pairs"], words: int) -> Int[Tensor, "*batch time"]:
    """Return each step's place in the list of pairs, 0 where it is not among them."""
    wanted = keys(ids, words)
    place = torch.searchsorted(pairs, wanted).clamp_max(len(pairs) - 1)
    return torch.where(pairs[place] == wanted, place, 0)
