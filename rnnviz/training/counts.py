"""What is known of words before training: how many texts of each class hold them, as log-count ratios (Wang & Manning 2012)."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from rnnviz.models import Classifier, SequenceModel
from rnnviz.models.phrases import PhraseEmbedding, keys, numbers_of_pairs, sides_of
from rnnviz.tasks import Batch, Task
from rnnviz.text import WordVocabulary

FOLDS = 10
"""Row i of the training texts is read with ratios counted without every row of its fold, i modulo this."""

LEAST = 2
"""Texts that hold a word pair with ratios."""

MOST_RATIOS = 400_000
"""Of word pairs, over all classes; of more pairs, the most frequent ones keep theirs."""


class Ratios:
    """The log-count ratios of words and of word pairs in a list of texts, from all of them and without each fold.

    While training, a row is read with ratios that do not know it: those from all texts would give its answer away, by every
    word and pair that only it and few others hold, and the network would trust them more than they deserve on new texts.
    """

    def __init__(self, listed: Batch, words: int, classes: int) -> None:
        self.listed, self.vocabulary_size, self.classes = listed, words, classes
        ids = listed.inputs.masked_fill(~_real(listed), 0)
        self.pairs = _frequent(keys(ids, words), MOST_RATIOS // sides_of(classes))
        self.of_words = self._tables(ids, words)
        self.of_pairs = self._tables(numbers_of_pairs(ids, self.pairs, words), len(self.pairs))

    def fill(self, embedding: PhraseEmbedding) -> None:
        """Give an embedding the ratios from all texts."""
        embedding.words, embedding.pairs, embedding.of_pairs = self.of_words[FOLDS], self.pairs, self.of_pairs[FOLDS]

    def without(self, rows: Int[Tensor, " batch"], ids: Int[Tensor, "batch time"]) -> Float[Tensor, "batch time columns"]:
        """Return the ratios of some rows of the list, as PhraseEmbedding.ratios does, each counted without the row's fold."""
        fold = (rows % FOLDS)[:, None]
        pairs = numbers_of_pairs(ids, self.pairs, self.vocabulary_size)
        return torch.cat([self.of_words[fold, ids], self.of_pairs[fold, pairs]], dim=-1)

    def _tables(self, numbers: Int[Tensor, "texts time"], size: int) -> Float[Tensor, "tables size sides"]:
        """Return one table without each fold, and at the end the one of all texts."""
        targets, fold = self.listed.targets, torch.arange(len(numbers)) % FOLDS
        holding = torch.stack([texts_holding(numbers[fold == k], targets[fold == k], size, self.classes) for k in range(FOLDS)])
        texts = torch.stack([torch.bincount(targets[fold == k], minlength=self.classes) for k in range(FOLDS)])
        left = [(holding.sum(dim=0) - holding[k], texts.sum(dim=0) - texts[k]) for k in range(FOLDS)]
        found = torch.stack([log_ratios(*counts) for counts in (*left, (holding.sum(dim=0), texts.sum(dim=0)))])
        return (found[..., 1:] if self.classes == 2 else found).contiguous()


def ratios_for(task: Task, listed: Batch | None, columns: int) -> Ratios:
    """Return the ratios of a task's training texts. Raises ValueError with a sentence where it has none."""
    if listed is None or task.asks != "last" or not task.answers:
        raise ValueError("phrases: the ratios are counted in listed texts of one class each; this task has none")
    if not isinstance(task.vocabulary, WordVocabulary):
        raise ValueError("phrases: the ratios are those of words; this task does not read words")
    if not columns:
        raise ValueError("phrases: the ratios stand beside a word embedding; set embedding to 1 or more")
    return Ratios(listed, len(task.vocabulary), len(task.answers))


@torch.no_grad()
def start_from_counts(model: SequenceModel, listed: Batch | None) -> None:
    """Let the first columns of the embedding, one a class, start from the log-count ratios of its words in the training texts."""
    embedding: Any = model.embedding
    if isinstance(embedding, PhraseEmbedding):
        raise ValueError("naive_bayes: with phrases these ratios already stand beside the embedding; set one of the two")
    if listed is None or not isinstance(model, Classifier) or not isinstance(embedding, torch.nn.Embedding):
        raise ValueError("naive_bayes: it is for classes of listed texts read through a word embedding; this task has none")
    table, classes = embedding.weight, len(model.classes)
    if classes > table.shape[1]:
        raise ValueError(f"naive_bayes: {classes} classes need an embedding of at least as many columns, got {table.shape[1]}")
    ids = listed.inputs.masked_fill(~_real(listed), 0)
    holding = texts_holding(ids, listed.targets, len(model.vocabulary), classes)
    table[:, :classes] = log_ratios(holding, torch.bincount(listed.targets, minlength=classes))


def texts_holding(
    numbers: Int[Tensor, "texts time"], targets: Int[Tensor, " texts"], size: int, classes: int
) -> Int[Tensor, "size classes"]:
    """Return how many texts of each class hold each number below `size`."""
    text = torch.arange(len(numbers))[:, None].expand_as(numbers)
    once = torch.unique(text * size + numbers)  # a text that holds a number twice holds it
    return torch.bincount(once % size * classes + targets[once // size], minlength=size * classes).reshape(size, classes)


def log_ratios(holding: Int[Tensor, "size classes"], texts: Int[Tensor, " classes"]) -> Float[Tensor, "size classes"]:
    """Return ln of how much likelier a text of the class is to hold each number than another text, clipped to ±3 and halved.

    One text of each kind is added that holds it, and one that does not. Number 0 has zeros: nothing is known of the unknown.
    """
    inside, outside = (holding + 1) / (texts + 2), (holding.sum(dim=1, keepdim=True) - holding + 1) / (texts.sum() - texts + 2)
    found = (inside.log() - outside.log()).clamp(-3, 3) / 2
    found[0] = 0
    return found


def _frequent(wanted: Int[Tensor, "texts time"], most: int) -> Int[Tensor, " pairs"]:
    """Return the keys of the pairs that at least LEAST texts hold, at most so many, in rising order behind a -1."""
    found, place = torch.unique(wanted, return_inverse=True)
    text = torch.arange(len(wanted))[:, None].expand_as(place)
    once = torch.unique(text * len(found) + place) % len(found)
    count = torch.bincount(once, minlength=len(found)).masked_fill(found < 0, 0)
    kept = count.argsort(descending=True, stable=True)[:most]
    return torch.cat([torch.tensor([-1]), found[kept[count[kept] >= LEAST].sort().values]])


def _real(listed: Batch) -> Tensor:
    """Return which steps are no padding, (batch, time)."""
    if listed.lengths is None:
        return torch.ones_like(listed.inputs, dtype=torch.bool)
    return torch.arange(listed.inputs.shape[1]) < listed.lengths[:, None]
