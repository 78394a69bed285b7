"""Subject-verb agreement: has or have, with clauses between that mean to mislead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar

import torch

from rnnviz.tasks.base import Batch, Example, Task, whole
from rnnviz.text import WordVocabulary

PEOPLE = (("man", "men"), ("woman", "women"), ("child", "children"), ("teacher", "teachers"), ("sailor", "sailors"), ("queen", "queens"))
THINGS = (("pizza", "pizzas"), ("dog", "dogs"), ("mouse", "mice"), ("apple", "apples"), ("letter", "letters"), ("ship", "ships"))
DETERMINERS = ("the", "my", "your")
LINKS = ("who", "that")
VERBS = ("ate", "saw", "liked", "found", "lost", "kept", "painted")
"""In the past, so that nothing but the subject tells the number."""


class Agreement(Task):
    """Say "has" or "have" after a subject and up to `clauses` clauses: "the man who ate my pizzas …" (Linzen et al. 2016).

    Nouns in the clauses take either number, so the nearest one misleads half of the time.
    """

    name: ClassVar[str] = "agreement"
    asks: ClassVar = "last"
    suggests: ClassVar[Mapping[str, Any]] = {"cell": "gru", "hidden": 8, "embedding": 8, "learning_rate": 0.01, "steps": 300}

    clauses: int = whole(3, 0, 5)

    @cached_property
    def vocabulary(self) -> WordVocabulary:  # pyright: ignore[reportIncompatibleMethodOverride]
        nouns = [word for pair in (*PEOPLE, *THINGS) for word in pair]
        return WordVocabulary((*DETERMINERS, *LINKS, *VERBS, *nouns))

    @property
    def answers(self) -> tuple[str, ...]:
        return ("has", "have")

    def draw(self, count: int, chance: torch.Generator) -> Batch:
        coins = iter(torch.randint(2**30, (count * (4 + 5 * self.clauses),), generator=chance).tolist())
        sentences = [self._sentence(coins) for _ in range(count)]
        lengths = torch.tensor([len(words) for words, _ in sentences])
        inputs = torch.zeros(count, int(lengths.max()), dtype=torch.long)
        for row, (words, _) in enumerate(sentences):
            inputs[row, : len(words)] = torch.tensor([self._number[word] for word in words])
        return Batch(inputs, torch.tensor([plural for _, plural in sentences]), lengths)

    @cached_property
    def _number(self) -> Mapping[str, int]:
        return {word: number for number, word in enumerate(self.vocabulary.tokens)}

    def _sentence(self, coins: Iterator[int]) -> tuple[list[str], int]:
        of = lambda options: options[next(coins) % len(options)]  # noqa: E731
        plural = next(coins) % 2
        words = [of(DETERMINERS), of(PEOPLE)[plural]]
        for clause in range(next(coins) % (self.clauses + 1)):
            words += [LINKS[min(clause, 1)], of(VERBS), of(DETERMINERS), of(THINGS)[next(coins) % 2]]
        return words, plural

    def example(self) -> Example:
        text = "the man who ate my pizzas"
        return Example(text, (None,) * 5 + ("has",))


TASK = Agreement
