"""How probable a text is: the product of what a language model expected of each token, after all that came before it.

P(w_1 … w_n) = ∏ P(w_t | w_1 … w_{t−1}), the chain rule; its logarithm, in bits, is minus the sum of the surprises. A text is
read behind the vocabulary's boundary (⟨s⟩ before a sentence, a line break before a line), so that its first token counts too.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from rnnviz.models import LanguageModel
from rnnviz.network import calm, check_finite, exactly
from rnnviz.text import CharacterVocabulary

MOST_ORDERS = 1000

_LOGITS = 2_000_000
"""How many logits are held at once, 16 MB in double precision."""

_END = re.compile(r"\s*[.!?…。！？]+$")
"""What stays at the end of a sentence whose words change places."""

_I = re.compile(r"I(?!\w)")
"""A first word whose capital is its own: I, I'm."""


@dataclass(frozen=True)
class Reading:
    """A text as a language model is asked about it: after each of `ids` it should say the token of `targets` beside it."""

    ids: tuple[int, ...]
    targets: tuple[int, ...]
    opening: str
    """The first token that is read, about which nothing is asked: the boundary, or the text's own first token where there is none."""
    tokens: tuple[str, ...]
    """The targets as typed, and the boundary where the model also says that the text ends."""
    scored: tuple[bool, ...]
    """Whether a target is one that the model can say: a character that it does not know never is."""


def reading(model: LanguageModel, text: str) -> Reading:
    """Read a text. Raises TypeError for another kind of model, and TypeError and ValueError as the vocabulary's `encode` does."""
    if not isinstance(model, LanguageModel):
        raise TypeError(f"model: expected a rnnviz.models.LanguageModel, got {type(model).__name__}")
    vocabulary = model.vocabulary
    encoded = vocabulary.encode(text)
    ids, tokens = list(encoded.ids), list(encoded.tokens)
    letters = isinstance(vocabulary, CharacterVocabulary)
    if vocabulary.boundary is not None:
        edge = vocabulary.tokens.index(vocabulary.boundary)
        if letters:
            ids, tokens = [edge, *ids], [vocabulary.boundary, *tokens]
        else:  # a sentence is read with its opening boundary, and the model also says that it ends
            ids, tokens = [*ids, edge], [*tokens, vocabulary.boundary]
    scored = tuple(number != 0 or not letters for number in ids[1:])
    return Reading(tuple(ids[:-1]), tuple(ids[1:]), tokens[0], tuple(tokens[1:]), scored)


@dataclass(frozen=True)
class Score:
    """How probable a model finds a text, step by step. Arrays have one entry a token of `tokens`; NaN where it is not scored."""

    text: str
    opening: str
    tokens: tuple[str, ...]
    words: tuple[tuple[int, ...], ...]
    """Which tokens make up each word, by position: the space before a word belongs to it."""
    log_probability: np.ndarray
    """Natural logarithm, after all tokens before."""
    rank: np.ndarray
    """Place among all tokens by probability, 1 for the one that was expected most."""
    entropy: np.ndarray
    """Of what was expected, in bits: the mean surprise if the text went on as the model thinks."""
    expected: tuple[tuple[tuple[str, float], ...], ...]
    """The most probable tokens at each step with their probabilities, the first first."""

    @property
    def counted(self) -> int:
        """How many tokens were scored."""
        return int(np.isfinite(self.log_probability).sum())

    @cached_property
    def total(self) -> float:
        """Logarithm of the text's probability, in nats; minus torch's cross-entropy, summed."""
        return float(np.nansum(self.log_probability))

    @property
    def bits(self) -> float:
        return -self.total / math.log(2) + 0.0  # nothing scored is 0 bits, not −0

    @property
    def perplexity(self) -> float:
        """e to the mean cross-entropy: among how many equally probable tokens the model chose, on average; NaN for nothing scored."""
        return math.exp(-self.total / self.counted) if self.counted else math.nan

    @cached_property
    def surprise(self) -> np.ndarray:
        """−log₂ p, in bits, one entry a token."""
        return -self.log_probability / math.log(2)

    @cached_property
    def word_surprise(self) -> np.ndarray:
        """The same, one entry a word: the sum over its tokens that were scored."""
        return np.array([np.nansum(self.surprise[list(word)]) for word in self.words])


def score(model: LanguageModel, text: str, *, most: int = 10) -> Score:
    """Return how probable a model finds a text, with the `most` probable tokens at each step.

    Raises TypeError for another kind of model or for anything but a text, ValueError for a text with nothing to read.
    Dropout is off; the model is only read.
    """
    read = reading(model, text)
    if not isinstance(most, int) or isinstance(most, bool) or most < 0:
        raise ValueError(f"most: expected a whole number from 0, got {most!r}")
    model = _ready(model)
    names = model.vocabulary.tokens
    with exactly(model):
        logits = model(torch.tensor([read.ids], dtype=torch.long, device=model.device))[0][0] if read.ids else torch.zeros(0, len(names))
        logs = logits.double().log_softmax(dim=-1).cpu()
    targets = torch.tensor(read.targets, dtype=torch.long)
    of_target = logs.gather(1, targets[:, None])
    rank = 1 + (logs > of_target).sum(dim=1)
    best = logs.topk(min(most, len(names)), dim=1)
    expected = tuple(
        tuple((names[number], p) for number, p in zip(numbers, values, strict=True))
        for numbers, values in zip(best.indices.tolist(), best.values.exp().tolist(), strict=True)
    )
    hidden = ~np.array(read.scored, dtype=bool)
    chosen = np.where(hidden, np.nan, of_target[:, 0].numpy())
    ranks = np.where(hidden, np.nan, rank.double().numpy())
    entropy = -(logs.exp() * logs.clamp(min=-1e4)).sum(dim=1).numpy() / math.log(2)  # 0 log 0 is 0
    return Score(text, read.opening, read.tokens, _words(model, read), chosen, ranks, entropy, expected)


def totals(model: LanguageModel, texts: Sequence[str]) -> np.ndarray:
    """Return the log-probability of each text in nats, (texts,): `score(model, text).total`, many at once."""
    readings = [reading(model, text) for text in texts]
    if not readings:
        return np.zeros(0)
    model, found = _ready(model), []
    longest = max(len(read.ids) for read in readings)
    rows = max(1, _LOGITS // (max(1, longest) * len(model.vocabulary)))
    for start in range(0, len(readings), rows):
        found += _totals_of(model, readings[start : start + rows])
    return np.array(found)


def _ready(model: LanguageModel) -> LanguageModel:
    check_finite(model)
    return calm(model)


def _totals_of(model: LanguageModel, readings: Sequence[Reading]) -> list[float]:
    steps = max(len(read.ids) for read in readings)
    if not steps:
        return [0.0] * len(readings)
    pad = lambda values: torch.tensor([[*row, *[0] * (steps - len(row))] for row in values], dtype=torch.long)  # noqa: E731
    ids, targets, counted = (pad([getattr(read, name) for read in readings]) for name in ("ids", "targets", "scored"))
    with exactly(model):
        logits = model(ids.to(model.device))[0].double().cpu()  # padding comes last: it changes no step before it
    logs = logits.gather(2, targets[:, :, None])[:, :, 0] - logits.logsumexp(dim=2)
    return torch.where(counted.bool(), logs, 0.0).sum(dim=1).tolist()


@dataclass(frozen=True)
class Orders:
    """A sentence among other orders of its words."""

    text: str
    log_probability: float
    orders: tuple[tuple[str, float], ...]
    """Other orders with their log-probabilities in nats, the most probable first."""
    every: bool
    """Whether these are all the orders there are."""

    @property
    def rank(self) -> int:
        """The place of the sentence among all of them, itself included; 1 for the most probable."""
        return 1 + sum(value > self.log_probability for _, value in self.orders)


def shuffled(model: LanguageModel, text: str, *, count: int = 200, seed: int = 1) -> Orders:
    """Score a sentence and `count` other orders of its words, all different; fewer where there are fewer.

    Signs that end the sentence stay at its end, and the first word's capital stays at the front. Raises TypeError and
    ValueError as `score` does, and ValueError for a count that is no whole number from 1 to 1000.
    """
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MOST_ORDERS:
        raise ValueError(f"count: expected a whole number from 1 to {MOST_ORDERS}, got {count!r}")
    own = float(totals(model, [text])[0])
    others, every = other_orders(text, count, seed)
    ranked = sorted(zip(others, totals(model, others).tolist(), strict=True), key=lambda pair: -pair[1]) if others else []
    return Orders(text, own, tuple(ranked), every)


def other_orders(text: str, count: int, seed: int) -> tuple[list[str], bool]:
    """Return up to `count` different orders of a text's words without its own, and whether these are all there are."""
    line = " ".join(text.split())
    end = match.group() if (match := _END.search(line)) and match.start() else ""
    words = line.removesuffix(end).split()
    capital = bool(words) and words[0][:1].isupper() and words[0][1:] == words[0][1:].lower() and not _I.match(words[0])
    plain = [words[0][:1].lower() + words[0][1:], *words[1:]] if capital else words

    def said(order: Sequence[int]) -> str:
        line = " ".join(plain[at] for at in order)
        return (line[:1].upper() + line[1:] if capital else line) + end

    own = said(range(len(plain)))
    if math.factorial(len(plain)) // math.prod(map(math.factorial, Counter(plain).values())) <= count + 1:
        return [order for order in map(said, _all_orders(plain, range(len(plain)))) if order != own], True
    return list(itertools.islice(_drawn_orders(said, len(plain), own, seed), count)), False


def _all_orders(words: Sequence[str], left: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Yield every order of the places that are left in which the words read differently."""
    if not left:
        yield ()
    for first in sorted({words[at]: at for at in reversed(left)}.values()):  # of equal words one goes first
        yield from ((first, *rest) for rest in _all_orders(words, [at for at in left if at != first]))


def _drawn_orders(said, length: int, own: str, seed: int) -> Iterator[str]:
    chance, seen = torch.Generator().manual_seed(seed), {own}
    while True:
        line = said(torch.randperm(length, generator=chance).tolist())
        if line not in seen:
            seen.add(line)
            yield line


def _words(model: LanguageModel, read: Reading) -> tuple[tuple[int, ...], ...]:
    """Return the positions in `tokens` that make up each word: every token of a model of words, letters up to the next space of others."""
    if not isinstance(model.vocabulary, CharacterVocabulary):
        return tuple((at,) for at in range(len(read.tokens)))
    found: list[list[int]] = []
    for at, token in enumerate(read.tokens):
        before = read.tokens[at - 1] if at else " "
        if not found or (token.isspace() and not before.isspace()):
            found.append([])  # the space opens the word that follows it
        found[-1].append(at)
    return tuple(map(tuple, found))
