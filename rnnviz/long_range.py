"""How much one stretch of a text still matters for another, further on: by gradient and by taking it away, for one text or many.

One sentence is an anecdote, so `sentences` makes as many as are wanted for each distance, from a small grammar of our own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from rnnviz.gradients import gradient_flow, next_character
from rnnviz.models import LanguageModel, SequenceModel
from rnnviz.network import exactly
from rnnviz.recording import as_numpy, run_stack, run_text

Span = tuple[int, int]
"""First and last step, from 1."""

NOUNS = ("man", "boy", "king", "maid", "lord", "widow", "nurse", "guard", "miller", "sailor", "beggar", "servant")
CLAUSES = (
    "who ate my bread", "who sang", "who came by night", "who sold the horse to us", "who met the duke", "who had lost all hope",
    "who kept the gate of the town", "who slept", "who spoke to the queen", "who never paid", "who wept at the door", "who told the truth",
    "who ran from the storm", "who fought for the old crown", "who heard the bell", "who loved the sea and hated the land",
)  # fmt: skip
JOINTS = (" and ", ", ", " but ")
ENDS = ("has red hair", "has cold hands", "has brown eyes", "has a long beard", "has white teeth", "has no shoes", "has a new coat")


@dataclass(frozen=True)
class Sentence:
    text: str
    source: Span
    target: Span

    @property
    def distance(self) -> int:
        """Characters between the two."""
        return self.target[0] - self.source[1] - 1


def words_of(text: str) -> list[Span]:
    """Return where the words of a text lie, as spans."""
    return [(found.start() + 1, found.end()) for found in re.finditer(r"\w+(?:['’-]\w+)*", text)]


def sentences(distance: int, count: int, *, seed: int, tolerance: int = 3) -> list[Sentence]:
    """Return sentences "The NOUN who … has … WORD", with about `distance` characters between the noun and the last word.

    The same for the same seed. Raises ValueError for a distance that no sentence of the grammar has.
    """
    if count < 1:
        raise ValueError(f"count: expected 1 or more, got {count}")
    draw = np.random.default_rng(seed)
    shortest = min(len(f" {end}") - len(end.split()[-1]) for end in ENDS)
    if distance + tolerance < shortest:
        raise ValueError(f"distance: expected {shortest - tolerance} or more characters, got {distance}")
    found: dict[str, Sentence] = {}
    for _ in range(4000 * count):
        noun, end = draw.choice(NOUNS), str(draw.choice(ENDS))
        middle = ""
        while len(middle) + len(end) + 1 - len(end.split()[-1]) < distance - tolerance:
            middle += (str(draw.choice(JOINTS)) if middle else " ") + str(draw.choice(CLAUSES))
        text = f"The {noun}{middle} {end}"
        first = len(text) - len(end.split()[-1]) + 1
        sentence = Sentence(text, (5, 4 + len(noun)), (first, len(text)))
        if abs(sentence.distance - distance) <= tolerance:
            found.setdefault(text, sentence)
        if len(found) >= count:
            return list(found.values())
    raise ValueError(
        f"distance: the grammar has only {len(found)} sentences with {distance} ± {tolerance} characters, {count} were asked for"
    )


def influence(model: SequenceModel, given: Sequence[Sentence]) -> xr.Dataset:
    """Return how much each sentence's source matters for its target, all sentences in one pass.

    A Dataset over `sentence` with `gradient`, the norm of the gradient of the target's mean loss (nats a character) with
    respect to the embeddings of the source; `occlusion`, how much that loss changes (bits a character) when zeros stand
    in the source's place, positive where the source helped; `loss`, the loss as it is (bits a character); `distance`.

    Raises ValueError for a target that does not come after its source.
    """
    if not isinstance(model, LanguageModel):
        raise TypeError(f"model: expected a LanguageModel, got {type(model).__name__}")
    if not given:
        raise ValueError("given: there is no sentence")
    for each in given:
        if not 1 <= each.source[0] <= each.source[1] < each.target[0] <= each.target[1] <= len(each.text):
            raise ValueError(
                f"sentence: expected the source {each.source} before the target {each.target} within {len(each.text)} characters"
            )
    with exactly(model):
        gradient, before, after = _influence(model, given)
    return xr.Dataset(
        {
            "gradient": ("sentence", gradient, {"long_name": "gradient of the target's loss at the source"}),
            "occlusion": ("sentence", after - before, {"units": "bits a character"}),
            "loss": ("sentence", before, {"units": "bits a character"}),
            "distance": ("sentence", np.array([each.distance for each in given]), {"units": "characters"}),
        }
    )


def _influence(model: LanguageModel, given: Sequence[Sentence]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return gradient, loss as it is and loss without the source, (sentence,) each; NaN where the network has left the numbers."""
    texts = [each.text for each in given]
    own = next_character(model, [model.vocabulary.encode(text) for text in texts])
    steps = torch.arange(1, max(map(len, texts)) + 1, device=model.device)
    # the loss of step t is about character t + 1
    asked = torch.stack([(steps >= each.target[0] - 1) & (steps <= each.target[1] - 1) for each in given])

    def target_loss(outputs: Tensor) -> Tensor:
        return (own(outputs) / asked.sum(dim=1, keepdim=True)).masked_fill(~asked, math.nan)

    def bits(outputs: Tensor) -> np.ndarray:
        return as_numpy(target_loss(outputs.transpose(0, 1)).masked_fill(~asked, 0).sum(dim=1).double() / math.log(2))

    run = run_text(model, texts).stack
    changed = run.sequences.values.transpose(0, 1).clone()
    for row, each in zip(changed, given, strict=True):
        row[each.source[0] - 1 : each.source[1]] = 0
    before = bits(run.outputs)
    after = bits(run_stack(model.recurrent, changed, lengths=[len(text) for text in texts]).outputs)
    flow = gradient_flow(model, texts, target_loss, of="sum", with_input=True)
    norms = flow.part("input_gradient").values.astype(float)  # (sentence, time)
    gradient = np.array([np.linalg.norm(row[each.source[0] - 1 : each.source[1]]) for row, each in zip(norms, given, strict=True)])
    return np.where(np.isfinite(before), gradient, np.nan), before, after
