"""The training loop of the zoo's language models of sentences, and their two scores: perplexity, and how often word order is heard.

Every sentence is read from ⟨s⟩ to ⟨s⟩ and from a state of zeros; a batch holds sentences of similar length, so that little is
padding. The readout starts from how often each word occurs, and so has only what differs from that left to learn.
"""

from __future__ import annotations

import math
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from rnnviz.cells import named
from rnnviz.models import LanguageModel
from rnnviz.network import initial_states, network_of, run_layer
from rnnviz.sentences import BoundedSentenceVocabulary, split
from rnnviz.training.chance import Chance
from rnnviz.training.characters import Progress
from rnnviz.training.settings import SentenceSettings

LONGEST = 30
"""Words and signs of the longest sentence that is trained on."""

NOTHING = -1
"""Stands behind the end of a shorter sentence of a batch."""

MARKS = frozenset(".!?…")

Words = tuple[str, ...]
"""A sentence as words and signs, in lower case."""


@dataclass(frozen=True)
class Corpus:
    """Sentences to train on and sentences held out; no two that differ in signs or capitals alone stand on both sides."""

    training: list[Words]
    held_out: list[Words]
    words: tuple[str, ...]
    """The most frequent words of the training sentences, the most frequent first."""


def corpus_of(text: str, language: str, most_words: int, held_out: int) -> Corpus:
    """Return the sentences of a text, one a line and each once; where a line has tabs, what stands before the first.

    The same sentences are always held out: so many, drawn from all. Raises ValueError when too few are left.
    """
    alike: dict[Words, list[Words]] = {}
    for line in dict.fromkeys(line.split("\t")[0].strip() for line in text.splitlines()):
        if words := tuple(word.lower() for word in split(line, language)):
            alike.setdefault(_bare(words) or words, []).append(words)
    keys = sorted(alike)
    random.Random(20_001).shuffle(keys)
    training = list(dict.fromkeys(words for key in keys[held_out:] for words in alike[key] if len(words) <= LONGEST))
    if len(training) < 2:
        raise ValueError(f"data: {len(keys)} different sentences are too few to hold out {held_out}")
    counts = Counter(word for words in training for word in words)
    frequent = sorted(counts, key=lambda word: (-counts[word], word))[:most_words]
    return Corpus(training, [alike[key][0] for key in keys[:held_out]], tuple(frequent))


def _bare(words: Words) -> Words:
    """Return the words without the signs."""
    return tuple(word for word in words if any(map(str.isalnum, word)))


def numbered(vocabulary: BoundedSentenceVocabulary, sentences: Iterable[Words]) -> list[Int[Tensor, " time"]]:
    """Return sentences as token numbers, ⟨s⟩ before and behind each."""
    number = {word: at for at, word in enumerate(vocabulary.tokens)}
    bound = vocabulary.boundary_number
    return [torch.tensor([bound, *(number.get(word, 0) for word in words), bound]) for words in sentences]


def initialise(model: LanguageModel, training: Sequence[Tensor], settings: SentenceSettings) -> None:
    """Start from small embeddings, orthogonal recurrent blocks (Saxe et al. 2014), gates that keep, and the words' frequencies."""
    cell, chance = named(model.cell), Chance(settings.seed)
    counts = torch.cat([ids[1:] for ids in training]).bincount(minlength=len(model.answers)).float()
    with torch.no_grad(), chance.drawn():
        for name, parameter in model.named_parameters():
            if name.startswith("embedding"):
                parameter.normal_(0, 0.05)  # as small as a readout's weights, which with `tied` it is
            elif "norm" in name:
                parameter.fill_(float("weight" in name))
            elif "bias" in name:
                parameter.zero_()
            else:
                parameter.uniform_(-(model.hidden_size**-0.5), model.hidden_size**-0.5)
            if "weight_hh" in name:
                for block in parameter.chunk(cell.blocks):
                    torch.nn.init.orthogonal_(block)
            if "bias_ih" in name and cell.keep_block is not None:
                parameter.chunk(cell.blocks)[cell.keep_block].fill_(settings.keep_bias)
        model.readout.bias.copy_((counts.clamp_min(0.5) / counts.sum()).log())


def train(
    model: LanguageModel, training: Sequence[Tensor], held_out: Sequence[Tensor], settings: SentenceSettings, *, report_every: int = 50
) -> Iterator[Progress]:
    """Train in place and yield every `report_every` steps. Losses are nats per word, signs and the end of a sentence included.

    Sentences are token numbers from ⟨s⟩ to ⟨s⟩. Raises FloatingPointError when the loss is no longer finite.
    """
    chance = Chance(settings.seed + 1)
    optimiser = torch.optim.AdamW(model.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay, betas=(0.9, 0.99))
    batches = _batches(training, settings, chance.generator)
    losses, words, started = [], 0, time.perf_counter()
    for step in range(1, settings.steps + 1):
        sentences = next(batches)
        rate = _rate(step, settings)
        for group in optimiser.param_groups:
            group["lr"] = rate
        model.train()
        inputs, targets = sentences[:, :-1].clamp_min(0), sentences[:, 1:]
        asked = targets != NOTHING
        with chance.drawn(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=settings.precision == "bfloat16"):
            logits = model.readout(_states(model, inputs, settings)[asked])
        loss = torch.nn.functional.cross_entropy(logits.float(), targets[asked])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
        if not math.isfinite(loss.item()) or not math.isfinite(norm.item()):
            raise FloatingPointError(f"step {step}: loss {loss.item():.3g}, gradient norm {norm.item():.3g}; lower the learning rate")
        optimiser.step()
        losses.append(loss.item())
        words += len(logits)
        validate = step % settings.validate_every == 0 or step == settings.steps
        if step % report_every == 0 or validate:
            speed = words / (time.perf_counter() - started)
            yield Progress(step, sum(losses) / len(losses), nats_per_word(model, held_out) if validate else None, norm.item(), speed, rate)
            losses, words, started = [], 0, time.perf_counter()


def _states(model: LanguageModel, ids: Int[Tensor, "batch time"], settings: SentenceSettings) -> Float[Tensor, "batch time units"]:
    """Return the top layer's states. The same computation as `model.run`, layer by layer, so that recurrent weights can be dropped."""
    network = network_of(model.recurrent)
    x = _dropped(model.embedding(ids).transpose(0, 1), settings.word_dropout)
    starts = [runs[0] for runs in initial_states(network, x.shape[1], x, None)]
    for (weights,), start, between in zip(network.layers, starts, network.between, strict=True):
        weights = weights._replace(hidden=torch.nn.functional.dropout(weights.hidden, settings.weight_drop))
        outputs, _ = run_layer(network.cell, weights, x, start)
        x = _dropped(between.onward(x, outputs), model.dropout.p)
    return x.transpose(0, 1)


def _dropped(x: Float[Tensor, "time batch features"], share: float) -> Float[Tensor, "time batch features"]:
    """Leave out the same features at every word of a sentence."""
    return x * torch.nn.functional.dropout(torch.ones_like(x[:1]), share) if share else x


def _batches(sentences: Sequence[Tensor], settings: SentenceSettings, generator: torch.Generator) -> Iterator[Int[Tensor, "batch time"]]:
    """Yield batches of sentences of similar length, epoch after epoch, each epoch in another order."""
    while True:
        order = torch.randperm(len(sentences), generator=generator).tolist()
        joined = int(settings.joined * len(order)) // 2 * 2
        rows = [torch.cat([sentences[a], sentences[b][1:]]) for a, b in zip(order[:joined:2], order[1:joined:2], strict=True)]
        rows += [sentences[at] for at in order[joined:]]
        order = torch.randperm(len(rows), generator=generator).tolist()
        many = 50 * settings.batch  # sorted by length within so many, not over all: a batch's company changes from epoch to epoch
        batches = []
        for start in range(0, len(order), many):
            alike = sorted(order[start : start + many], key=lambda at: len(rows[at]))
            batches += [alike[at : at + settings.batch] for at in range(0, len(alike), settings.batch)]
        for at in torch.randperm(len(batches), generator=generator).tolist():
            yield padded([rows[row] for row in batches[at]])


def padded(sentences: Sequence[Tensor]) -> Int[Tensor, "batch time"]:
    """Return sentences as one array, NOTHING behind the shorter ones."""
    return torch.nn.utils.rnn.pad_sequence(list(sentences), batch_first=True, padding_value=NOTHING)


def _rate(step: int, settings: SentenceSettings) -> float:
    warm = min(1.0, step / min(200, max(1, settings.steps // 10)))
    return settings.learning_rate * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / settings.steps)))


@torch.inference_mode()
def log_probabilities(model: LanguageModel, sentences: Sequence[Tensor]) -> Float[Tensor, " batch"]:
    """Return ln P of each sentence: of every word after ⟨s⟩, and of the ⟨s⟩ that ends it."""
    training = model.training
    model.eval()
    batch = padded(sentences)
    targets = batch[:, 1:]
    asked = targets != NOTHING
    states, _ = model.run(batch[:, :-1].clamp_min(0))
    surprise = torch.nn.functional.cross_entropy(model.readout(states[asked]), targets[asked], reduction="none")
    model.train(training)
    return -surprise.new_zeros(len(batch)).index_add(0, asked.nonzero()[:, 0], surprise)


def nats_per_word(model: LanguageModel, sentences: Sequence[Tensor], *, batch: int = 64) -> float:
    """Return the mean surprise in nats per word, signs and the end of a sentence included; e to it is the perplexity."""
    alike = sorted(sentences, key=len)
    total = sum(float(log_probabilities(model, alike[at : at + batch]).sum()) for at in range(0, len(alike), batch))
    return -total / sum(len(ids) - 1 for ids in sentences)


def orders_of(words: Words, count: int, chance: random.Random) -> list[Words]:
    """Return a sentence and distinct shuffles of its words, the sentence first: `count` in all, or fewer where there are no more.

    A mark at its end stays in its place.
    """
    end = words[-1:] if words[-1] in MARKS else ()
    moving = list(words[: len(words) - len(end)])
    found = {words: None}  # a dictionary keeps the order
    for _ in range(50 * count):  # a sentence of few different words may not have so many orders
        if len(found) == count:
            break
        chance.shuffle(moving)
        found.setdefault((*moving, *end))
    return list(found)


def first_of_orders(model: LanguageModel, sentences: Sequence[Words], *, orders: int = 100, most: int = 300) -> float:
    """Return the share of sentences of 5 to 8 words that are more probable than every shuffle of them: of the first `most` of them.

    Chance would be one in `orders`.
    """
    vocabulary = model.vocabulary
    assert isinstance(vocabulary, BoundedSentenceVocabulary)
    chance = random.Random(5)
    asked = [words for words in sentences if 5 <= len(_bare(words)) <= 8][:most]
    if not asked:
        return float("nan")
    right = 0
    for words in asked:
        found = log_probabilities(model, numbered(vocabulary, orders_of(words, orders, chance)))
        right += bool(found[0] > found[1:].max())
    return right / len(asked)
