"""How an answer is found: the most probable token each time, drawn, or by beam search with its whole tree.

The search asks any speaker that says how probable each next token is: a translator's decoder here, a language model in
rnnviz.generating. An answer's score is its log-probability, in nats, with the end counted; nothing is divided by its length. ⟨unk⟩ is never
said. Everything can start from a forced beginning and run under forced attention (rnnviz.forcing).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from rnnviz.forcing import NONE, Forced
from rnnviz.models import Translator
from rnnviz.models.translator import Read
from rnnviz.network import exactly
from rnnviz.text import UNKNOWN

LONGEST = 60
"""Tokens that an answer may have."""

MOST_BEAMS = 50


@dataclass(frozen=True)
class Answer:
    """What was said, as token numbers; `ended` says whether END came, which is then the last of them."""

    ids: tuple[int, ...]
    log_probability: float
    ended: bool


@dataclass(frozen=True)
class Node:
    """One token that beam search looked at."""

    parent: int
    """Number of the node before it, -1 for the first token."""
    depth: int
    """Which output token it would be, from 1."""
    token: int
    probability: float
    """Of this token, after those before it."""
    score: float
    """Log-probability of everything up to it."""
    kept: bool
    """Whether the search went on from it, or it ended an answer."""


@dataclass(frozen=True)
class Beam:
    """A beam search: every node it looked at, and the answers that ended, the most probable first."""

    width: int
    nodes: tuple[Node, ...]
    answers: tuple[Answer, ...]
    leaves: tuple[int, ...]
    """The node that ends each answer."""

    @property
    def best(self) -> Answer:
        return self.answers[0]

    def path(self, node: int) -> tuple[int, ...]:
        """Return the nodes that lead to one, from the first token."""
        found = []
        while node >= 0:
            found.append(node)
            node = self.nodes[node].parent
        return tuple(reversed(found))


class Says(Protocol):
    """What a search asks: log-probabilities of what comes next, for several unfinished answers at once."""

    @property
    def unsaid(self) -> Collection[int]:
        """What is never said."""
        ...

    def after(self, tokens: Tensor, state: Any, step: int) -> tuple[Tensor, Any]:
        """Return log-probabilities (answers, token) of what comes next, at output step `step` from 1, and the new state."""
        ...


class Speaker:
    """A decoder that goes on one token at a time, for several unfinished answers to one input at once."""

    def __init__(self, model: Translator, read: Read, forced: Forced = NONE) -> None:
        self.model, self.read, self.forced = model, read, forced
        self.keys = None if model.attention is None else model.attention.keys(read.memory)
        self.unsaid = [at for at, token in enumerate(model.answers) if token == UNKNOWN]
        """What is never said."""
        self._unsaid = torch.tensor(self.unsaid, device=read.memory.device)

    def after(self, tokens: Tensor, state: Any, step: int) -> tuple[Tensor, Any]:
        """Return log-probabilities (answers, token) of what comes next, at output step `step` from 1, and the new state."""
        model, count = self.model, len(tokens)
        states, state = model.listen(tokens[:, None], state)
        read = Read(self.read.memory.expand(count, -1, -1), None, None if self.read.lengths is None else self.read.lengths.expand(count))
        keys = None if self.keys is None else self.keys.expand(count, -1, -1)
        if not self.forced or model.attention is None:
            said = model.say(read, states, keys=keys)
        else:
            assert keys is not None
            scores = model.attention.scores(states, keys)
            said = model.say(read, states, self.forced.weights(scores, read.lengths, first=step), keys)
        logits = said.logits[:, 0].double()
        return logits.log_softmax(dim=-1).index_fill(1, self._unsaid, -torch.inf), state


def limit_for(source: int) -> int:
    """Return how many tokens an answer to an input of so many tokens may have."""
    return min(LONGEST, 2 * source + 12)


def greedy(model: Translator, read: Read, *, prefix: Sequence[int] = (), forced: Forced = NONE, limit: int = LONGEST) -> Answer:
    """Say the most probable token each time, after a forced beginning. `read` is of one input."""
    return drawn(model, read, None, prefix=prefix, forced=forced, limit=limit)


def drawn(
    model: Translator, read: Read, chance: torch.Generator | None, *,
    temperature: float = 1.0, prefix: Sequence[int] = (), forced: Forced = NONE, limit: int = LONGEST,
) -> Answer:  # fmt: skip
    """Draw each token from what the decoder expects, logits divided by `temperature`; without `chance` take the most probable.

    The answer's log-probability is the model's own, whatever the temperature.
    """
    if not (math.isfinite(temperature) and temperature > 0):
        raise ValueError(f"temperature: expected a number above 0, got {temperature}")
    with exactly(model):
        speaker, state, token = Speaker(model, read, forced), read.bridge, model.end
        said: list[int] = []
        total = 0.0
        while len(said) < max(limit, len(prefix) + 1):
            expected, state = speaker.after(torch.tensor([token], device=model.device), state, len(said) + 1)
            if len(said) < len(prefix):
                token = prefix[len(said)]
            elif chance is None:
                token = int(expected[0].argmax())
            else:
                logits = (expected[0] - expected[0].max()) / temperature  # the largest stays 0 at any temperature
                token = int(torch.multinomial(logits.softmax(dim=-1).cpu(), 1, generator=chance))
            said.append(token)
            total += float(expected[0, token])
            if token == model.end:
                return Answer(tuple(said), total, True)
        return Answer(tuple(said), total, False)


def check_width(width: Any, name: str = "width") -> None:
    """Raise ValueError for a width of a beam that is no whole number from 1 to 50."""
    if not isinstance(width, int) or isinstance(width, bool) or not 1 <= width <= MOST_BEAMS:
        raise ValueError(f"{name}: expected a whole number from 1 to {MOST_BEAMS}, got {width!r}")


def beam_search(
    model: Translator, read: Read, width: int = 5, *, prefix: Sequence[int] = (), forced: Forced = NONE, limit: int = LONGEST
) -> Beam:
    """Follow the `width` most probable beginnings at once and keep the whole tree.

    The greedy answer is never dropped, so the best answer is at least as probable as it, if it ends. The search ends when
    no unfinished answer can overtake the best finished one: a longer answer is never more probable. Answers that `limit`
    cut off are given only where none has ended. Raises ValueError for a width that is no whole number from 1 to 50.
    """
    check_width(width)
    with exactly(model):
        first = torch.tensor([model.end], device=model.device)
        return search(Speaker(model, read, forced), read.bridge, first, width, ends=(model.end,), prefix=prefix, limit=limit)


def search(
    speaker: Says, state: Any, last: Tensor, width: int, *, ends: Collection[int], prefix: Sequence[int] = (), limit: int = LONGEST
) -> Beam:
    """Do what `beam_search` says with any speaker, from its state and the token (1,) said last. `ends` are tokens that end an answer.

    A state is a tensor or a tuple of tensors, each (layers, answers, units).
    """
    nodes: list[Node] = []
    ended: list[tuple[float, int]] = []
    live = [-1]
    totals, favourite = torch.zeros(1, dtype=torch.double), 0
    for depth in range(1, max(limit, len(prefix) + 1) + 1):
        expected, state = speaker.after(last, state, depth)
        expected = expected.cpu()
        if depth <= len(prefix):
            looked = [(row, prefix[depth - 1]) for row in range(len(live))]
            greedy_pair = looked[0]
        else:
            # the most that can matter: `width` candidates of each, of which the best `width` of all are kept
            best = expected.topk(min(width, expected.shape[1]), dim=1).indices.tolist()
            greedy_pair = (favourite, int(expected[favourite].argmax())) if favourite >= 0 else None
            if greedy_pair is not None and greedy_pair[1] not in best[favourite]:
                best[favourite].append(greedy_pair[1])  # of many that are equally probable, greedy takes the first
            looked = [(row, token) for row, tokens in enumerate(best) for token in tokens if token not in speaker.unsaid]
        rows, tokens = [row for row, _ in looked], [token for _, token in looked]
        logs = expected[rows, tokens]
        scores = dict(zip(looked, (totals[rows] + logs).tolist(), strict=True))
        chosen = sorted(looked, key=scores.__getitem__, reverse=True)[:width]
        if greedy_pair is not None and greedy_pair not in chosen:
            chosen.append(greedy_pair)
        first, taken = len(nodes), set(chosen)
        nodes += [
            Node(live[row], depth, token, probability, scores[row, token], (row, token) in taken)
            for (row, token), probability in zip(looked, logs.exp().tolist(), strict=True)
        ]
        number = {pair: first + at for at, pair in enumerate(looked)}
        ended += [(scores[pair], number[pair]) for pair in chosen if pair[1] in ends]
        on = [pair for pair in chosen if pair[1] not in ends]
        favourite = on.index(greedy_pair) if greedy_pair in on else -1
        if not on:
            live, totals = [], totals.new_zeros(0)
            break
        live, totals = [number[pair] for pair in on], torch.tensor([scores[pair] for pair in on], dtype=torch.double)
        if ended and favourite < 0 and max(ended)[0] >= float(totals.max()):
            break
        survivors = torch.tensor([row for row, _ in on], device=last.device)
        last = torch.tensor([token for _, token in on], device=last.device)
        state = tuple(part[:, survivors] for part in state) if isinstance(state, tuple) else state[:, survivors]
    found = sorted(ended, reverse=True) or sorted(zip(totals.tolist(), live, strict=True), reverse=True)
    beam = Beam(width, tuple(nodes), (), ())
    answers = tuple(Answer(tuple(nodes[each].token for each in beam.path(node)), score, nodes[node].token in ends) for score, node in found)
    return Beam(width, tuple(nodes), answers, tuple(node for _, node in found))
