"""Pairs: a person's own tab-separated file, one pair a line; a small made-up corner of English and French without one."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, Literal

import torch
from pydantic import model_validator
from torch import Tensor

from rnnviz.sentences import Language, SentenceVocabulary, split
from rnnviz.tasks.base import NOT_ASKED, Batch, Example, whole
from rnnviz.tasks.files import as_text
from rnnviz.tasks.paired import Pair, PairTask
from rnnviz.text import CharacterVocabulary

MOST_PAIRS = 250_000

_NOUNS = {
    "car": "voiture f", "house": "maison f", "table": "table f", "shirt": "chemise f", "flower": "fleur f", "door": "porte f",
    "dog": "chien m", "cat": "chat m", "hat": "chapeau m", "book": "livre m", "garden": "jardin m", "bag": "sac m",
}  # fmt: skip
_ADJECTIVES = {
    "red": "rouge rouge", "black": "noir noire", "green": "vert verte", "white": "blanc blanche", "heavy": "lourd lourde",
    "empty": "vide vide",
}  # fmt: skip
_ENDS = {"is here": "est ici", "is on the table": "est sur la table", "belongs to me": "est à moi", "is not mine": "n'est pas à moi"}


def made_up() -> list[Pair]:
    """Return a corner of English and French with genders and adjectives that change places: the red car -> la voiture rouge."""
    found = []
    for (noun, there), (colour, both), (end, fin) in itertools.product(_NOUNS.items(), _ADJECTIVES.items(), _ENDS.items()):
        word, gender = there.split()
        adjective = both.split()[gender == "f"]
        for article, le, la in (("the", "le", "la"), ("this", "ce", "cette"), ("my", "mon", "ma")):
            found.append((f"{article} {colour} {noun} {end}.", f"{la if gender == 'f' else le} {word} {adjective} {fin}."))
    return found


class Pairs(PairTask):
    """Say what stands in the second column of your own tab-separated file when the first is read: a translator of anything.

    Further columns are left alone. Sources are held out whole: no pair of theirs is trained on. A file whose name begins
    with `validation/` or `test/` is kept for that. Without a file, a made-up corner of English and French is learned.
    """

    name: ClassVar[str] = "pairs"
    takes_files: ClassVar[bool] = True
    suggests: ClassVar[Mapping[str, Any]] = {
        "cell": "lstm", "hidden": 32, "embedding": 32, "learning_rate": 0.005, "schedule": "linear", "steps": 1000, "validate_every": 50,
    }  # fmt: skip

    reads: Literal["words", "characters"] = "words"
    source_language: Language = "any"
    """How words are split; without a file English."""
    target_language: Language = "any"
    most_words: int = whole(5000, 10, 50_000)
    """The most frequent words of each side that are known; others are ⟨unk⟩."""
    whole_only: bool = False
    """Whether pairs with a word that is not among them are left out."""
    longest: int = whole(12, 1, 60)
    """Tokens of the longest input; longer pairs are left out."""
    longest_answer: int = whole(16, 1, 60)
    held_out: int = whole(200, 2, 5000)
    """Sources kept for validation, where no file is; a test of 1,000 is kept as well where there are plenty."""
    tied: bool = False
    """Whether the readout's weights are the decoder's embedding (Press & Wolf 2017)."""
    files: Mapping[str, bytes] = {}

    @model_validator(mode="after")
    def _readable(self):
        if self.files:
            _ = self._parts
        return self

    @property
    def more(self) -> dict[str, Any]:
        return {"tied": self.tied}

    @cached_property
    def _languages(self) -> tuple[str, str]:
        return (self.source_language, self.target_language) if self.files else ("english", "french")

    def _split(self, text: str, side: int) -> list[str]:
        if self.reads == "characters":
            return list(text)
        return [token.lower() for token in split(text, self._languages[side])]

    @cached_property
    def _parts(self) -> dict[str, list[Pair]]:
        """The pairs of each part: training, validation, and test where there are enough."""
        given: dict[str, list[Pair]] = {"training": [], "validation": [], "test": []}
        for name, content in self.files.items():
            part, _, rest = name.partition("/")
            given[part if rest and part in given else "training"] += _pairs_of(name, content)
        if not self.files:
            given["training"] = made_up()
        if not given["training"]:
            raise ValueError("data: there is no pair to train on; expected lines with a text, a tab and a text")
        parts = {name: self._fitting(pairs) for name, pairs in given.items() if pairs}
        if self.whole_only:
            known = [{word for word, _ in self._counted(parts["training"], side)[: self.most_words]} for side in (0, 1)]
            parts = {name: [pair for pair in pairs if all(known[s].issuperset(self._split(pair[s], s)) for s in (0, 1))]
                     for name, pairs in parts.items()}  # fmt: skip
        sources = sorted({self._key(pair[0]) for pair in parts["training"]})
        random.Random(20_001).shuffle(sources)
        held: set[str] = {self._key(source) for name, pairs in parts.items() if name != "training" for source, _ in pairs}
        for name, count in (("test", 1000 if len(sources) > 20_000 else 0), ("validation", min(self.held_out, len(sources) // 5))):
            if name not in parts and count:
                chosen, sources = set(sources[:count]), sources[count:]
                parts[name] = [pair for pair in parts["training"] if self._key(pair[0]) in chosen]
                held |= chosen
        parts["training"] = [pair for pair in parts["training"] if self._key(pair[0]) not in held]
        if len(parts["training"]) < 4 or not parts.get("validation"):
            raise ValueError(f"data: {len(parts['training'])} pairs are left to train on; that is too few")
        return parts

    def _fitting(self, pairs: Sequence[Pair]) -> list[Pair]:
        return [
            (source, target)
            for source, target in pairs
            if 0 < len(self._split(source, 0)) <= self.longest and 0 < len(self._split(target, 1)) <= self.longest_answer
        ]

    def _key(self, source: str) -> str:
        return " ".join(self._split(source, 0))

    def _counted(self, pairs: Sequence[Pair], side: int) -> list[tuple[str, int]]:
        counts = Counter(token for pair in pairs for token in self._split(pair[side], side))
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))

    def _vocabulary(self, side: int) -> CharacterVocabulary | SentenceVocabulary:
        frequent = [token for token, _ in self._counted(self._parts["training"], side)[: self.most_words]]
        if self.reads == "characters":
            return CharacterVocabulary(frequent)
        return SentenceVocabulary(frequent, language=self._languages[side])

    @cached_property
    def vocabulary(self):  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._vocabulary(0)

    @cached_property
    def target(self):  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._vocabulary(1)

    @cached_property
    def _training(self) -> Batch:
        return self.batch(self._parts["training"])

    def training(self) -> Batch:
        return self._training

    def sources(self, part: str) -> dict[str, list[str]]:
        """Return the sources of `validation` or `test`, each with all of its right answers."""
        found: dict[str, list[str]] = {}
        keys: dict[str, str] = {}
        for source, target in self._parts.get(part, ()):
            found.setdefault(keys.setdefault(self._key(source), source), []).append(target)
        return found

    @cached_property
    def validation(self) -> Batch:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._held("validation")

    @cached_property
    def _test(self) -> Batch | None:
        return self._held("test") if "test" in self._parts else None

    def test(self) -> Batch | None:
        return self._test

    def _held(self, part: str) -> Batch:
        return self.batch([(source, answers[0]) for source, answers in self.sources(part).items()])

    @cached_property
    def _answers(self) -> dict[tuple[int, ...], set[tuple[int, ...]]]:
        """Every right answer to each source that is held out, as token numbers."""
        found: dict[tuple[int, ...], set[tuple[int, ...]]] = {}
        for part in ("validation", "test"):
            for source, target in self._parts.get(part, ()):
                said = (*self.target.encode(target).ids, len(self.target))
                found.setdefault(self.vocabulary.encode(source).ids, set()).add(said)
        return found

    def right(self, batch: Batch, said: Tensor) -> Tensor:
        """Return which answers equal one of those that the file has for their source."""
        assert batch.lengths is not None
        asked = lambda ids: tuple(i for i in ids.tolist() if i != NOT_ASKED)  # noqa: E731
        found = []
        for read, length, answer, target in zip(batch.inputs, batch.lengths.tolist(), said, batch.targets, strict=True):
            known = self._answers.get(tuple(read[:length].tolist()), {asked(target)})
            found.append(asked(answer) in known)
        return torch.tensor(found)

    def example(self) -> Example:
        source, answers = next(iter(self.sources("validation").items()))
        if not self.files:
            source, answers = "the red car is on the table.", ["la voiture rouge est sur la table."]
        said = [*(self.target.tokens[i] for i in self.target.encode(answers[0]).ids), self.answers[-1]]
        return Example(source, tuple(said))


def _pairs_of(name: str, content: bytes) -> list[Pair]:
    found: list[Pair] = []
    for at, line in enumerate(as_text(name, content).splitlines(), start=1):
        cells = line.split("\t")
        if not line.strip():
            continue
        if len(cells) < 2:
            raise ValueError(f"data: line {at} of {name[:60]!r} has no tab; expected a text, a tab and a text")
        if cells[0].strip() and cells[1].strip():
            found.append((cells[0].strip(), cells[1].strip()))
    return found[-MOST_PAIRS:]


TASK = Pairs
