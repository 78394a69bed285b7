"""How a language model goes on after a text: the most probable token each time, drawn, or by beam search.

A token is drawn in five steps, all of which are kept: logits, divided by the temperature, filtered (top-k, Fan et al. 2018;
top-p, Holtzman et al. 2020), softmax, and a number u from 0 to 1 that falls into one token's share. ⟨unk⟩ is never said.
The text before is read as `rnnviz.record` reads it, so that a record of text and continuation shows the gates behind each token.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rnnviz.decoding import Beam, check_width, search
from rnnviz.models import LanguageModel
from rnnviz.network import calm, check_finite, exactly
from rnnviz.text import UNKNOWN

LONGEST = 500
"""Tokens that a continuation may have."""


@dataclass(frozen=True)
class Draw:
    """How a token is drawn. `top_k` = 0 and `top_p` = 1 keep all; the most probable token is always kept."""

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.temperature) and self.temperature > 0):
            raise ValueError(f"temperature: expected a number above 0, got {self.temperature!r}")
        if not isinstance(self.top_k, int) or isinstance(self.top_k, bool) or self.top_k < 0:
            raise ValueError(f"top_k: expected a whole number, 0 for all, got {self.top_k!r}")
        if not 0 < self.top_p <= 1:
            raise ValueError(f"top_p: expected a share above 0 and up to 1, got {self.top_p!r}")


@dataclass(frozen=True)
class Pipeline:
    """From logits to shares, one entry a token, the most probable first. `token` are numbers of the vocabulary."""

    token: np.ndarray
    logit: np.ndarray
    scaled: np.ndarray
    """Logit divided by the temperature."""
    model_probability: np.ndarray
    """Softmax of the logits as they came, ⟨unk⟩ left out: what the model itself expects."""
    kept: np.ndarray
    """Whether the filter lets it through."""
    probability: np.ndarray
    """Softmax of what was kept; the shares, which sum to 1."""
    until: np.ndarray
    """Where its share ends, from 0 to 1; the shares lie one after another."""
    place: np.ndarray
    """Among all tokens by probability, from 0."""
    count: int
    """How many tokens the filter let through."""

    def first(self, most: int, place: int) -> Pipeline:
        """Return the `most` probable tokens alone, with one more: the one at `place`, or where that is among them the next."""
        rows = [*range(most), max(place, most)]
        if rows[-1] >= len(self.token):
            return self
        names = ("token", "logit", "scaled", "model_probability", "kept", "probability", "until", "place")
        return Pipeline(**{name: getattr(self, name)[rows] for name in names}, count=self.count)

    def pick(self, u: float) -> int:
        """Return the place of the token into whose share `u`, from 0 to below 1, falls."""
        last = int(self.probability.nonzero()[0][-1])
        return min(int(np.searchsorted(self.until, u, side="right")), last)  # rounding may leave the last share short of 1


def pipeline(logits: Tensor, draw: Draw, unsaid: Sequence[int] = ()) -> Pipeline:
    """Return the shares of the tokens from logits (vocabulary,), in double precision. `unsaid` tokens have none."""
    values = logits.double().cpu().numpy().copy()
    values[list(unsaid)] = -np.inf
    order = np.argsort(-values, kind="stable")[: len(values) - len(set(unsaid))]
    ranked = values[order]
    softened = _softmax(ranked, draw.temperature)
    kept = np.ones(len(order), dtype=bool)
    if draw.top_k:
        kept[draw.top_k :] = False
    if draw.top_p < 1:
        among = softened * kept
        before = np.concatenate([[0.0], (among / among.sum()).cumsum()[:-1]])
        kept &= before < draw.top_p  # the smallest set that reaches top_p
    shares = softened * kept
    shares = shares / shares.sum()
    return Pipeline(
        order,
        ranked,
        _divided(ranked, draw.temperature),
        _softmax(ranked, 1.0),
        kept,
        shares,
        shares.cumsum(),
        np.arange(len(order)),
        int(kept.sum()),
    )


def _softmax(ranked: np.ndarray, temperature: float) -> np.ndarray:
    raised = np.exp(_divided(ranked - ranked[0], temperature))  # the largest, which is the first, stays 0
    return raised / raised.sum()


def _divided(values: np.ndarray, temperature: float) -> np.ndarray:
    with np.errstate(over="ignore"):  # next to no temperature makes them infinite
        return values / temperature


@dataclass(frozen=True)
class Step:
    """One token that was said, and what else it could have been."""

    token: str
    number: int
    probability: float
    """What the model itself expects of it, whatever the temperature and the filter, ⟨unk⟩ left out."""
    place: int
    """Among all tokens by probability, from 0."""
    u: float
    """The number that was drawn; NaN where the most probable token was taken."""
    entropy: float
    """Of what the model expected, in bits."""
    pipeline: Pipeline
    """Of all tokens, or of the most probable ones and the one that was said."""


@dataclass(frozen=True)
class Continuation:
    """What a model said after a text."""

    text: str
    tokens: tuple[str, ...]
    said: str
    """The tokens put together."""
    steps: tuple[Step, ...]
    stopped: str
    """Why it ended: `length`, `stop` (the stop sequence came) or `end` (the model said that the text ends)."""

    @property
    def log_probability(self) -> float:
        """Of all that was said, in nats, as the model itself expects it."""
        return sum(math.log(step.probability) if step.probability else -math.inf for step in self.steps)


def _end(model: LanguageModel) -> int | None:
    """Return the token that says that the text ends, where there is one; a line break ends nothing."""
    boundary = model.vocabulary.boundary
    return None if boundary is None or boundary.isspace() else model.vocabulary.tokens.index(boundary)


class Reader:
    """A language model that has read tokens, at least one, and says what may come next, for several continuations at once.

    ⟨unk⟩ is left out of what it expects. Make and use it within `exactly`.
    """

    def __init__(self, model: LanguageModel, ids: Sequence[int]) -> None:
        check_finite(model)
        self.model = model = calm(model)
        names = model.vocabulary.tokens
        self.unsaid = [at for at, name in enumerate(names) if name == UNKNOWN]
        self._unsaid = torch.tensor(self.unsaid, dtype=torch.long, device=model.device)
        self.end = _end(model)
        self.last = torch.tensor(ids[-1:], device=model.device)
        self.state: Any = model(torch.tensor([ids[:-1]], device=model.device))[1] if len(ids) > 1 else None

    def then(self, ids: Sequence[int]) -> Reader:
        """Return a reader that has read these tokens too, at least one."""
        further = copy.copy(self)
        read = torch.cat([self.last, torch.tensor(ids[:-1], dtype=torch.long, device=self.model.device)])
        further.state = self.model(read[None], self.state)[1]
        further.last = torch.tensor(ids[-1:], device=self.model.device)
        return further

    def logits(self, tokens: Tensor, state: Any) -> tuple[Tensor, Any]:
        """Return logits (continuations, vocabulary) after one more token each, and the new state."""
        found, state = self.model(tokens[:, None], state)
        return found[:, 0], state

    def after(self, tokens: Tensor, state: Any, step: int) -> tuple[Tensor, Any]:
        """Return log-probabilities (continuations, vocabulary) of what comes next, and the new state; as decoding.Says asks for it."""
        logits, state = self.logits(tokens, state)
        return logits.double().index_fill(1, self._unsaid, -torch.inf).log_softmax(dim=-1), state


def read(model: LanguageModel, text: str) -> Reader:
    """Let a model read a text. Raises TypeError for another kind of model, and what the vocabulary's `encode` raises."""
    if not isinstance(model, LanguageModel):
        raise TypeError(f"model: expected a rnnviz.models.LanguageModel, got {type(model).__name__}")
    return Reader(model, model.vocabulary.encode(text).ids)


def steps(model: LanguageModel, text: str, draw: Draw | None = None, *, seed: int = 1, most: int = 0) -> Iterator[Step]:
    """Yield one token after another, without end: drawn, or without `draw` the most probable. The same seed draws the same.

    With `most`, steps keep so many candidates and the token that was said: 6,000 words take 400 kB a step.

    Raises TypeError for another kind of model, and TypeError and ValueError as the vocabulary's `encode` does.
    """
    chance = torch.Generator().manual_seed(seed)
    with exactly(model):
        reader = read(model, text)
    last, state = reader.last, reader.state
    while True:
        with exactly(model):
            logits, state = reader.logits(last, state)
        shares = pipeline(logits[0], draw or Draw(), reader.unsaid)
        u = float(torch.rand((), generator=chance, dtype=torch.double)) if draw else math.nan
        step = _said(model, shares, shares.pick(u) if draw else 0, u, most)
        yield step
        last = torch.tensor([step.number], device=model.device)


def generate(
    model: LanguageModel, text: str, draw: Draw | None = None, *, seed: int = 1, length: int = 120, stop: str = "", most: int = 0
) -> Continuation:
    """Go on after a text for `length` tokens at the most, or until what was said ends in `stop`, or until the model ends it.

    Raises ValueError for a length that is no whole number from 1 to 500, and as `steps` does.
    """
    if not isinstance(length, int) or isinstance(length, bool) or not 1 <= length <= LONGEST:
        raise ValueError(f"length: expected a whole number from 1 to {LONGEST}, got {length!r}")
    end = _end(model)
    found: list[Step] = []
    stopped = "length"
    for step in steps(model, text, draw, seed=seed, most=most):
        found.append(step)
        if step.number == end:
            stopped = "end"
            break
        if stop and _written(model, [each.token for each in found]).endswith(stop):
            stopped = "stop"
            break
        if len(found) == length:
            break
    tokens = tuple(step.token for step in found)
    return Continuation(text, tokens, _written(model, tokens), tuple(found), stopped)


def _written(model: LanguageModel, tokens: Sequence[str]) -> str:
    vocabulary: Any = model.vocabulary
    return vocabulary.text(tokens)


def along(model: LanguageModel, text: str, said: Sequence[int], *, stop: str = "", most: int = 0) -> Continuation:
    """Return what was expected at each step of a continuation that is known, tokens `said` after a text: of a beam's way, say.

    Raises ValueError where `said` is empty or holds what is no token or never said, and as `steps` does.
    """
    found = []
    with exactly(model):
        reader = read(model, text)
        if not said or not set(said) <= set(range(len(model.vocabulary))) - set(reader.unsaid):
            raise ValueError(f"said: expected at least one token and only such as can be said, got {list(said)!r}")
        ids = torch.cat([reader.last, torch.tensor(list(said[:-1]), dtype=torch.long, device=model.device)])
        logits = reader.model(ids[None], reader.state)[0][0]
    for row, number in zip(logits, said, strict=True):
        shares = pipeline(row, Draw(), reader.unsaid)
        found.append(_said(model, shares, int((shares.token == number).argmax()), math.nan, most))
    tokens = tuple(step.token for step in found)
    written = _written(model, tokens)
    stopped = "end" if said[-1] == reader.end else "stop" if stop and written.endswith(stop) else "length"
    return Continuation(text, tokens, written, tuple(found), stopped)


def _said(model: LanguageModel, shares: Pipeline, place: int, u: float, most: int) -> Step:
    own, number = shares.model_probability, int(shares.token[place])
    entropy = float(-(own * np.log2(np.maximum(own, 1e-300))).sum())
    kept = shares.first(most, place) if most else shares
    return Step(model.vocabulary.tokens[number], number, float(own[place]), place, u, entropy, kept)


def beam_search(model: LanguageModel, text: str, width: int = 4, *, length: int = 40, stops: Collection[str] = ()) -> Beam:
    """Go on after a text along the `width` most probable ways at once (decoding.search): for `length` tokens at the most.

    A way ends early where the model ends the text or says one of the tokens `stops`. The greedy way is never dropped.
    Scores leave ⟨unk⟩ out, as the steps of `generate` and `along` do.
    Raises ValueError for a width that is no whole number from 1 to 50, and as `generate` does.
    """
    check_width(width)
    if not isinstance(length, int) or isinstance(length, bool) or not 1 <= length <= LONGEST:
        raise ValueError(f"length: expected a whole number from 1 to {LONGEST}, got {length!r}")
    names = model.vocabulary.tokens
    with exactly(model):
        reader = read(model, text)
        ends = {reader.end} if reader.end is not None else set()
        ends |= {number for number, name in enumerate(names) if name in stops}
        return search(reader, reader.state, reader.last, width, ends=ends, limit=length)
