"""Attention: which input tokens each output token looked at, what it made of them, and what else could have been said.

components/attention draws it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnviz.text import visible
from rnnviz.trace import Trace

TOP = 6
"""Tokens that could have been said, for each step."""


@dataclass(frozen=True)
class Attended:
    """One answer and how it came about. Arrays are (output, input) unless said otherwise."""

    source: tuple[str, ...]
    """Input tokens as printed; empty places that a batch would have are `·`."""
    unknown: tuple[int, ...]
    """Which of them the model does not know, from 1."""
    said: tuple[str, ...]
    """Output tokens, `⟨end⟩` at the end of an answer that ended."""
    scores: np.ndarray | None
    weights: np.ndarray | None
    """None for a translator without attention."""
    own: np.ndarray | None
    """What the weights would have been where they were forced."""
    memory: np.ndarray
    """The encoder's states, both directions side by side: (input, feature)."""
    context: np.ndarray | None
    """(output, feature)"""
    states: np.ndarray
    """The decoder's: (output, unit)."""
    bridge: np.ndarray
    """Its first one, before any step: (1, unit), or (2, unit) where there is a cell state."""
    probabilities: np.ndarray
    """Of what was said: (output,)."""
    alternatives: tuple[tuple[tuple[str, float], ...], ...]
    """The most probable tokens of each step, and the one that was said if it is not among them."""
    entropy: np.ndarray | None
    """Of each row of weights, in bits: (output,)."""
    log_probability: float
    ended: bool
    text: str


def attended(trace: Trace, said: Sequence[str], *, text: str, bridge: np.ndarray, log_probability: float, ended: bool) -> Attended:
    """Return what to draw of a translation's trace."""
    part = lambda name: trace.part(name).values[0] if name in trace else None  # noqa: E731
    weights = part("attention")
    memory = np.concatenate([trace.part("encoder_hidden").values[d, 0] for d in range(2)], axis=-1)
    names = [str(name) for name in trace["probability"].coords["token"].values]
    number = {name: at for at, name in enumerate(names)}
    given = trace.part("probability").values[0]
    padding = 0 if weights is None else weights.shape[1] - len(trace.tokens)
    unknown = set(trace.unknown)
    ids = [number[token] for token in said]
    order = np.argsort(-given, axis=1, kind="stable")[:, : min(TOP, len(names))]
    listed = [[*best, *([token] if token not in best else [])] for best, token in zip(order.tolist(), ids, strict=True)]
    return Attended(
        source=tuple(visible(token) if len(token) == 1 else token for token in trace.tokens) + ("·",) * padding,
        unknown=tuple(at for at, token in enumerate(trace.tokens, start=1) if token in unknown),
        said=tuple(said),
        scores=part("score"),
        weights=weights,
        own=part("own_attention"),
        memory=np.concatenate([memory, np.zeros((padding, memory.shape[1]), memory.dtype)]),
        context=part("context"),
        states=trace.part("decoder_hidden").values[0],
        bridge=bridge,
        probabilities=given[np.arange(len(said)), ids],
        alternatives=tuple(tuple((names[i], float(row[i])) for i in best) for row, best in zip(given, listed, strict=True)),
        entropy=None if weights is None else entropy(weights),
        log_probability=log_probability,
        ended=ended,
        text=text,
    )


def entropy(weights: np.ndarray) -> np.ndarray:
    """Return the entropy of each row in bits: 0 where all weight is on one token, log2 of their number where it is spread evenly."""
    weights = weights.astype(float)
    logs = np.log2(weights, where=weights > 0, out=np.zeros_like(weights))
    return -(weights * logs).sum(axis=-1) + 0.0


def changes(before: Sequence[str], after: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return another answer beside one, token by token: (token, `same`), (token, `new`), and (token, `lost`) for one that is gone.

    Blocks of equal tokens are matched as difflib does, the longest first.
    """
    from difflib import SequenceMatcher

    found: list[tuple[str, str]] = []
    for what, i, j, k, m in SequenceMatcher(None, list(before), list(after), autojunk=False).get_opcodes():
        if what == "equal":
            found += [(token, "same") for token in after[k:m]]
        else:
            found += [(token, "lost") for token in before[i:j]] + [(token, "new") for token in after[k:m]]
    return tuple(found)
