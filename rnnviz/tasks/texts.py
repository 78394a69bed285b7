"""What tasks over labelled texts share: reading the files, a word list, padding."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar, Literal

import torch
from pydantic import model_validator

from rnnviz.tasks.base import Batch, Example, Task, whole
from rnnviz.tasks.files import Labelled, labelled
from rnnviz.text import WordVocabulary, words_of


class TextTask(Task):
    """Say which class a text belongs to, word by word.

    Files are the person's own; one whose name begins with `validation/` or `test/` is kept for that, and texts that stand
    there are dropped from training. Without one a tenth is held out, drawn by a fixed seed.
    """

    asks: ClassVar = "last"
    takes_files: ClassVar[bool] = True
    holds_out_test: ClassVar[bool] = False

    length: int = whole(50, 5, 200)
    padding: Literal["none", "end", "start"] = "none"
    """Whether texts are filled up with DUMMY words to `length`, which the network then reads, or end where they end."""
    least: int = whole(2, 1, 20)
    """Words that come less often are unknown."""
    fields: Literal["all", "last"] = "all"
    """Of a CSV, whether all columns behind the label are text or the last one alone."""
    split: int = whole(0, 0, 99)
    """Which tenths are held out, where no file says so: another number draws others."""
    files: Mapping[str, bytes] = {}

    @abstractmethod
    def made(self) -> Labelled:
        """Return texts that are made here, for want of a file."""

    def naming(self, labels: set[str]) -> tuple[str, ...] | None:
        """Return names for these labels in their order where the task knows them; all it knows, in order, for no label."""
        return None

    @model_validator(mode="after")
    def _readable(self):
        if self.files:
            _ = self._texts
        return self

    @cached_property
    def _texts(self) -> dict[str, Labelled]:
        """The texts of each part: training, validation, and test where there is one."""
        given: dict[str, dict[str, bytes]] = {"training": {}, "validation": {}, "test": {}}
        for name, content in self.files.items():
            part, _, rest = name.partition("/")
            given[part if rest and part in given else "training"][name] = content
        if self.files and not given["training"]:
            raise ValueError("data: there is no file to train on")
        parts = {name: self._named(labelled(files, fields=self.fields)) for name, files in given.items() if files}
        parts.setdefault("training", self._named(self.made()))
        kept = {_key(text) for name, part in parts.items() if name != "training" for text in part.texts}
        rows = [(t, label) for t, label in zip(parts["training"].texts, parts["training"].labels, strict=True) if _key(t) not in kept]
        rows = [rows[i] for i in torch.randperm(len(rows), generator=torch.Generator().manual_seed(7 + self.split)).tolist()]
        tenth = max(2, len(rows) // 10)
        for name in ("test", "validation"):
            if name not in parts and (name == "validation" or self.holds_out_test):
                parts[name] = Labelled([text for text, _ in rows[:tenth]], [label for _, label in rows[:tenth]])
                held = {_key(text) for text in parts[name].texts}
                rows = [row for row in rows[tenth:] if _key(row[0]) not in held]
        if len(rows) < 4:
            raise ValueError(f"data: {len(rows)} texts are left to train on; that is too few")
        parts["training"] = Labelled([text for text, _ in rows], [label for _, label in rows])
        return parts

    def _named(self, part: Labelled) -> Labelled:
        """Return the texts of one part with names for labels; files of one corpus may count their classes from 0 and from 1."""
        names = self.naming(set(part.labels))
        if names is None:
            return part
        name_of = dict(zip(sorted(set(part.labels)), names, strict=True))
        return Labelled(part.texts, [name_of[label] for label in part.labels])

    @cached_property
    def answers(self) -> tuple[str, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        found = set(self._texts["training"].labels)
        if (known := self.naming(set())) and found <= set(known):
            return known
        return tuple(sorted(found, key=lambda label: (not label.isdigit(), int(label) if label.isdigit() else 0, label)))

    @cached_property
    def vocabulary(self) -> WordVocabulary:  # pyright: ignore[reportIncompatibleMethodOverride]
        counts = Counter(word for text in self._texts["training"].texts for word in words_of(text.lower()))
        frequent = sorted((word for word, count in counts.items() if count >= self.least), key=lambda word: (-counts[word], word))
        padded = self.padding != "none"
        return WordVocabulary(frequent, length=self.length if padded else 0, pad="start" if self.padding == "start" else "end")

    def _batch(self, part: Labelled) -> Batch:
        number = {label: at for at, label in enumerate(self.answers)}
        if unknown := set(part.labels) - set(number):
            raise ValueError(f"data: the label {sorted(unknown)[0]!r} does not occur in the training file")
        encoded = [self.vocabulary.encode(text if words_of(text) else ".").ids[: self.length] for text in part.texts]
        lengths = torch.tensor([len(ids) for ids in encoded])
        inputs = torch.zeros(len(encoded), int(lengths.max()), dtype=torch.long)
        for row, ids in enumerate(encoded):
            inputs[row, : len(ids)] = torch.tensor(ids)
        return Batch(inputs, torch.tensor([number[label] for label in part.labels]), lengths)

    @cached_property
    def _training(self) -> Batch:
        return self._batch(self._texts["training"])

    def training(self) -> Batch:
        return self._training

    @cached_property
    def validation(self) -> Batch:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._batch(self._texts["validation"])

    @cached_property
    def _test(self) -> Batch | None:
        return self._batch(self._texts["test"]) if "test" in self._texts else None

    def test(self) -> Batch | None:
        return self._test

    def example(self) -> Example:
        part = self._texts["validation"]
        text = " ".join(words_of(part.texts[0])[: self.length]) or "."
        return Example(text, (*(None,) * (len(self.vocabulary.encode(text).ids) - 1), part.labels[0]))


def _key(text: str) -> str:
    return " ".join(words_of(text.lower()))
