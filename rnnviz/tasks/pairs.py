"""Pairs: a person's own tab-separated file, one pair a line; a small made-up corner of English and French without one."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, Literal, NamedTuple

import torch
from pydantic import Field, model_validator
from torch import Tensor

from rnnviz.sentences import Language, SentenceVocabulary, split
from rnnviz.tasks.base import NOT_ASKED, Batch, Example, whole
from rnnviz.tasks.files import as_text
from rnnviz.tasks.paired import Pair, PairTask
from rnnviz.text import CharacterVocabulary

MOST_PAIRS = 250_000


class Line(NamedTuple):
    """A pair, and its two sides as tokens in lower case."""

    source: str
    target: str
    read: tuple[str, ...]
    said: tuple[str, ...]

    @property
    def key(self) -> str:
        """What two sources that differ in signs alone have in common: they are held out together."""
        words = [token for token in self.read if any(map(str.isalnum, token))]
        return " ".join(words or self.read)


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
        "cell": "lstm", "hidden": 32, "embedding": 32, "learning_rate": 0.005, "schedule": "linear", "steps": 300, "validate_every": 20,
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
    short: int = whole(0, 0, 60)
    """Tokens up to which an input is short: validation and test hold short ones alone. 0 for no such line."""
    short_answer: int = whole(60, 1, 60)
    share: float = Field(default=1.0, ge=0, le=1)
    """Share of the longer pairs, drawn anew, that an epoch goes through beside all short ones."""
    held_out: int = whole(200, 2, 5000)
    """Sources kept for validation, where no file is; where there are plenty, 1,000 more for a test, and 500 longer ones."""
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

    def _split(self, text: str, side: int) -> tuple[str, ...]:
        if self.reads == "characters":
            return tuple(text)
        return tuple(token.lower() for token in split(text, self._languages[side]))

    @cached_property
    def _lines(self) -> dict[str, list[Line]]:
        """All pairs of the files, split into tokens, by the part that a file's name says."""
        given: dict[str, list[Line]] = {"training": [], "validation": [], "test": []}
        for name, content in self.files.items():
            part, _, rest = name.partition("/")
            given[part if rest and part in given else "training"] += [self._line(*pair) for pair in _pairs_of(name, content)]
        if not self.files:
            given["training"] = [self._line(*pair) for pair in made_up()]
        if not given["training"]:
            raise ValueError("data: there is no pair to train on; expected lines with a text, a tab and a text")
        return given

    def _line(self, source: str, target: str) -> Line:
        return Line(source, target, self._split(source, 0), self._split(target, 1))

    def _fits(self, line: Line) -> bool:
        return 0 < len(line.read) <= self.longest and 0 < len(line.said) <= self.longest_answer

    def _is_short(self, line: Line) -> bool:
        return not self.short or (len(line.read) <= self.short and len(line.said) <= self.short_answer)

    @cached_property
    def _parts(self) -> dict[str, list[Line]]:
        """The pairs of each part: training, validation, and where there are enough test and `long`. Training has the short ones first."""
        parts = {name: [line for line in lines if self._fits(line)] for name, lines in self._lines.items() if lines}
        if self.whole_only:
            known = [set(_frequent((line[side] for line in self._lines["training"]), self.most_words)) for side in (2, 3)]
            whole_ = lambda line: known[0].issuperset(line.read) and known[1].issuperset(line.said)  # noqa: E731
            parts = {name: [line for line in lines if whole_(line)] for name, lines in parts.items()}
        held = {line.key for name, lines in parts.items() if name != "training" for line in lines}
        short = _shuffled({line.key for line in parts["training"] if self._is_short(line)})
        long = _shuffled({line.key for line in parts["training"]} - set(short))
        plenty = len(short) > 20_000
        for name, count in (("test", 1000 * plenty), ("validation", min(self.held_out, len(short) // 5))):
            if name not in parts and count:
                chosen, short = set(short[:count]), short[count:]
                parts[name] = [line for line in parts["training"] if line.key in chosen and self._is_short(line)]
                held |= chosen
        if plenty and len(long) > 5000:
            chosen = set(long[:500])
            parts["long"] = [line for line in parts["training"] if line.key in chosen]
            held |= chosen
        kept = [line for line in parts["training"] if line.key not in held]
        parts["training"] = sorted(kept, key=lambda line: not self._is_short(line))
        if len(kept) < 4 or not parts.get("validation"):
            raise ValueError(f"data: {len(kept)} pairs are left to train on; that is too few")
        return parts

    def portion(self, chance: torch.Generator) -> Tensor | None:
        lines = self._parts["training"]
        short = sum(map(self._is_short, lines))
        if not self.short or self.share == 1:
            return None
        longer = short + torch.randperm(len(lines) - short, generator=chance)[: round(self.share * (len(lines) - short))]
        return torch.cat([torch.arange(short), longer])

    def _vocabulary(self, side: int) -> CharacterVocabulary | SentenceVocabulary:
        frequent = _frequent((line[2 + side] for line in self._parts["training"]), self.most_words)
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
        return self.batch([(line.source, line.target) for line in self._parts["training"]])

    def training(self) -> Batch:
        return self._training

    def sources(self, part: str) -> dict[str, list[str]]:
        """Return the sources of `validation`, `test` or `long`, each with every answer that the files have for it."""
        wanted: dict[tuple[str, ...], str] = {}
        for line in self._parts.get(part, ()):
            wanted.setdefault(line.read, line.source)
        found: dict[str, list[str]] = {source: [] for source in wanted.values()}
        for line in self._parts.get(part, ()):  # one that fits comes first
            found[wanted[line.read]].append(line.target)
        for lines in self._lines.values():
            for line in lines:
                if (source := wanted.get(line.read)) is not None and line.target not in found[source]:
                    found[source].append(line.target)
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
        return {
            self.vocabulary.encode(source).ids: {(*self.target.encode(answer).ids, len(self.target)) for answer in answers}
            for part in ("validation", "test", "long")
            for source, answers in self.sources(part).items()
        }

    def right(self, batch: Batch, said: Tensor) -> Tensor:
        """Return which answers equal one of those that the file has for their source."""
        assert batch.lengths is not None
        asked = lambda ids: tuple(i for i in ids.tolist() if i != NOT_ASKED)  # noqa: E731
        found = []
        for read, length, answer, target in zip(batch.inputs, batch.lengths.tolist(), said, batch.targets, strict=True):
            known = self._answers.get(tuple(read[:length].tolist()), {asked(target)})
            found.append(asked(answer) in known)
        return torch.tensor(found)

    def _tells_much(self, held: tuple[str, Sequence[str]]) -> bool:
        """Return whether a source and its answer have a few tokens and no unknown one."""
        read, said = self.vocabulary.encode(held[0]).ids, self.target.encode(held[1][0]).ids
        return 5 <= len(read) <= 10 and 0 not in read and 0 not in said

    def example(self) -> Example:
        held = list(self.sources("validation").items())
        source, answers = next(filter(self._tells_much, held), held[0])
        if not self.files:  # one that says much, and is held out as well
            source, answers = "the green car is on the table.", ["la voiture verte est sur la table."]
        said = [*(self.target.tokens[i] for i in self.target.encode(answers[0]).ids), self.answers[-1]]
        return Example(source, tuple(said))


def _frequent(texts: Iterable[Sequence[str]], most: int) -> list[str]:
    """Return the most frequent tokens, the most frequent first; of equally frequent ones in the order of the alphabet."""
    counts = Counter(token for text in texts for token in text)
    return sorted(counts, key=lambda token: (-counts[token], token))[:most]


def _shuffled(keys: Iterable[str]) -> list[str]:
    """Return keys in an order that looks like chance and is always the same."""
    found = sorted(keys)
    random.Random(20_001).shuffle(found)
    return found


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
