"""The training loop of the zoo's language models: a plain generator that trains while it is asked for more.

Truncated back-propagation through time (Williams & Peng 1990): the text is cut into parallel streams, each batch
continues where the last one ended, and the state is carried over without its history.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from rnnviz.cells import State, named
from rnnviz.models import LanguageModel
from rnnviz.network import initial_states, network_of, run_layer
from rnnviz.training.chance import Chance
from rnnviz.training.settings import CharacterSettings


@dataclass(frozen=True)
class Progress:
    """Where training stands. Losses are nats per character."""

    step: int
    loss: float
    """Mean over the steps since the last report."""
    validation_loss: float | None
    gradient_norm: float
    """Before clipping."""
    tokens_per_second: float
    learning_rate: float


def initialise(model: LanguageModel, settings: CharacterSettings) -> None:
    """Start from orthogonal recurrent blocks (Saxe et al. 2014) and gates that keep."""
    cell = named(model.cell)
    chance = Chance(settings.seed)
    with torch.no_grad(), chance.drawn():
        for module in (model.embedding, model.recurrent, model.readout):
            for child in module.modules():
                if hasattr(child, "reset_parameters"):
                    child.reset_parameters()  # pyright: ignore[reportCallIssue] (torch types it as Tensor | Module)
        for name, parameter in model.recurrent.named_parameters():
            if name.startswith("weight_hh"):
                for block in parameter.chunk(cell.blocks):
                    torch.nn.init.orthogonal_(block)
            if name.startswith("bias"):
                parameter.zero_()
                if name.startswith("bias_ih") and cell.keep_block is not None:
                    parameter.chunk(cell.blocks)[cell.keep_block].fill_(settings.keep_bias)


def train(
    model: LanguageModel, training: Tensor, validation: Tensor | None, settings: CharacterSettings, *, report_every: int = 50
) -> Iterator[Progress]:
    """Train in place and yield every `report_every` steps.

    `training` and `validation` are token numbers of consecutive text, (characters,) each. Raises ValueError when the
    text is too short for the batch and FloatingPointError when the loss is no longer finite.
    """
    if len(training) < settings.batch * 2 + settings.length:
        raise ValueError(f"training: {len(training)} characters are too few for {settings.batch} streams of {settings.length}")
    chance = Chance(settings.seed + 1)
    optimiser = torch.optim.AdamW(model.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay, betas=(0.9, 0.99))
    batches = _batches(training, settings, chance.generator)
    state, losses, started = None, [], time.perf_counter()
    for step in range(1, settings.steps + 1):
        inputs, targets, fresh = next(batches)
        rate = _rate(step, settings)
        for group in optimiser.param_groups:
            group["lr"] = rate
        model.train()
        with chance.drawn(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=settings.precision == "bfloat16"):
            logits, state = _forward(model, inputs, None if fresh else state, settings.weight_drop)
        loss = torch.nn.functional.cross_entropy(logits.float().flatten(0, 1), targets.flatten())
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
        if not math.isfinite(loss.item()) or not math.isfinite(norm.item()):
            raise FloatingPointError(f"step {step}: loss {loss.item():.3g}, gradient norm {norm.item():.3g}; lower the learning rate")
        optimiser.step()
        losses.append(loss.item())
        validate = validation is not None and (step % settings.validate_every == 0 or step == settings.steps)
        if step % report_every == 0 or validate or step == settings.steps:
            speed = len(losses) * inputs.numel() / (time.perf_counter() - started)
            held_out = validation_loss(model, validation) if validate and validation is not None else None
            yield Progress(step, sum(losses) / len(losses), held_out, norm.item(), speed, rate)
            losses, started = [], time.perf_counter()


@torch.inference_mode()
def validation_loss(model: LanguageModel, ids: Tensor, *, streams: int = 8, chunk: int = 1000) -> float:
    """Return the mean loss in nats per character over consecutive text, the state carried from end to end.

    With `streams=1` the text is read as one: every character but the first is predicted from all before it.
    """
    if len(ids) < 2:
        raise ValueError(f"ids: {len(ids)} tokens leave nothing to predict")
    training = model.training
    model.eval()
    streams = min(streams, len(ids) - 1)
    span = (len(ids) - 1) // streams
    inputs = ids[: span * streams].view(streams, span)
    targets = ids[1 : span * streams + 1].view(streams, span)
    state, total = None, 0.0
    for start in range(0, span, chunk):
        logits, state = model(inputs[:, start : start + chunk], state)
        wanted = targets[:, start : start + chunk]
        total += torch.nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten(), reduction="sum").item()
    model.train(training)
    return total / (span * streams)


def _batches(ids: Tensor, settings: CharacterSettings, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, bool]]:
    """Yield inputs, targets (batch, length each) and whether the streams start afresh, epoch after epoch."""
    while True:
        # every epoch cuts the streams elsewhere, so that no character always stands at a seam
        skip = int(torch.randint(min(settings.length, len(ids) - settings.batch * 2), (1,), generator=generator))
        span = (len(ids) - skip - 1) // settings.batch
        inputs = ids[skip : skip + span * settings.batch].view(settings.batch, span)
        targets = ids[skip + 1 : skip + 1 + span * settings.batch].view(settings.batch, span)
        for start in range(0, max(1, span - settings.length + 1), settings.length):
            window = inputs[:, start : start + settings.length]
            masked = torch.rand(window.shape, generator=generator) < settings.unknown_rate
            yield window.masked_fill(masked, 0), targets[:, start : start + settings.length], start == 0


def _rate(step: int, settings: CharacterSettings) -> float:
    warm = min(1.0, step / min(100, max(1, settings.steps // 10)))
    cosine = 0.5 * (1 + math.cos(math.pi * step / settings.steps))
    return settings.learning_rate * warm * (0.01 + 0.99 * cosine)


def _forward(model: LanguageModel, ids: Tensor, carried: list[State] | None, weight_drop: float) -> tuple[Tensor, list[State]]:
    """Return the logits (batch, time, vocabulary) and each layer's last state, cut off from its history.

    The same computation as `model(ids)`, layer by layer, so that recurrent weights can be dropped.
    """
    network = network_of(model.recurrent)
    x = model.dropout(model.embedding(ids)).transpose(0, 1)
    starts = carried or [runs[0] for runs in initial_states(network, x.shape[1], x, None)]
    last = []
    for at, ((weights,), start) in enumerate(zip(network.layers, starts, strict=True)):
        dropped = weights._replace(hidden=torch.nn.functional.dropout(weights.hidden, weight_drop))
        x, end = run_layer(network.cell, dropped, model.dropout(x) if at else x, start)
        last.append(State(end.hidden.detach(), None if end.cell is None else end.cell.detach()))
    return model.readout(model.dropout(x)).transpose(0, 1), last
