"""The gradient that training follows, and what clipping makes of it (Mikolov 2012; Pascanu, Mikolov & Bengio 2013)."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rnnviz.models import Classifier, LanguageModel, TextModel
from rnnviz.models.classifier import numbers_of


def parameter_gradients(
    model: TextModel, text: str, *, truncate: int | None = None, labels: Sequence[str] | None = None
) -> dict[str, Tensor]:
    """Return the gradient of the mean loss of a text (nats) with respect to every parameter, by torch's autograd.

    With `truncate`, the text is read in pieces of so many steps and the state is detached between them, as a training
    loop with truncated backpropagation does; a Classifier reads its text in one piece. The model is not touched: a copy
    of it runs, with dropout off.
    """
    if not isinstance(model, LanguageModel | Classifier):
        raise TypeError(f"model: expected a LanguageModel or a Classifier, got {type(model).__name__}")
    if truncate is not None and (isinstance(truncate, bool) or not isinstance(truncate, int) or truncate < 1):
        raise ValueError(f"truncate: expected a number of steps from 1, got {truncate!r}")
    if labels is not None and not isinstance(model, Classifier):
        raise TypeError(f"labels: only a Classifier takes them, not {type(model).__name__}")
    device = model.device
    # cuDNN goes back through recurrent networks in training mode alone, where dropout would be on
    plainly = torch.autocast(device.type, enabled=False), torch.backends.cudnn.flags(enabled=False)
    with torch.inference_mode(False), torch.enable_grad(), plainly[0], plainly[1]:
        own = copy.deepcopy(model).eval().requires_grad_()
        ids = torch.tensor([own.vocabulary.encode(text).ids], device=device)
        names, parameters = zip(*own.named_parameters(), strict=True)
        if isinstance(own, Classifier):
            if truncate is not None:
                raise ValueError("truncate: a Classifier has one loss, at the last step; there is nothing to read in pieces")
            logits = own(ids)
            right = logits.argmax(dim=-1) if labels is None else numbers_of(own, labels, 1).to(device)
            loss = torch.nn.functional.cross_entropy(logits, right)
        else:
            loss = _language_loss(own, ids, truncate)
        gradients = torch.autograd.grad(loss, parameters, allow_unused=True)
    return {
        name: torch.zeros_like(parameter) if gradient is None else gradient
        for name, parameter, gradient in zip(names, parameters, gradients, strict=True)
    }


def _language_loss(model: LanguageModel, ids: Tensor, truncate: int | None) -> Tensor:
    steps = ids.shape[1] - 1
    if steps < 1:
        raise ValueError("text: one character has no next character to learn from; type at least two")
    state, losses = None, []
    for start in range(0, steps, truncate or steps):
        piece = ids[:, start : start + (truncate or steps) + 1]
        logits, state = model(piece[:, :-1], state)
        losses.append(torch.nn.functional.cross_entropy(logits.transpose(1, 2), piece[:, 1:], reduction="none"))
        state = tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()
    return torch.cat(losses, dim=1).mean()


@dataclass(frozen=True)
class Clipped:
    """Gradients before and after clipping. Norms are Euclidean."""

    before: Mapping[str, float]
    """By parameter."""
    after: Mapping[str, float]
    total_before: float
    """Of all parameters as one vector: what clipping by norm looks at."""
    total_after: float
    cosine: float
    """Of the angle between the two directions: 1 where clipping only shortens the step."""
    share: float
    """Of the values that clipping changed."""


def clip(gradients: Mapping[str, Tensor], *, norm: float | None = None, value: float | None = None) -> Clipped:
    """Return what torch.nn.utils.clip_grad_norm_ (`norm`) or clip_grad_value_ (`value`) makes of gradients; neither leaves them.

    Raises ValueError for both at once or a threshold that is not above 0.
    """
    threshold = norm if norm is not None else value
    if norm is not None and value is not None:
        raise ValueError("norm, value: expected one of them, got both")
    if not gradients:
        raise ValueError("gradients: there is none")
    if threshold is not None and not (isinstance(threshold, int | float) and threshold > 0 and math.isfinite(threshold)):
        raise ValueError(f"{'norm' if norm is not None else 'value'}: expected a threshold above 0, got {threshold!r}")
    holders: list[Any] = []
    for gradient in gradients.values():
        holder = torch.nn.Parameter(torch.zeros_like(gradient))
        holder.grad = gradient.detach().clone()
        holders.append(holder)
    if norm is not None:
        torch.nn.utils.clip_grad_norm_(holders, norm)
    elif value is not None:
        torch.nn.utils.clip_grad_value_(holders, value)
    before = torch.cat([gradient.detach().double().flatten() for gradient in gradients.values()])
    after = torch.cat([holder.grad.double().flatten() for holder in holders])
    sizes = (before.norm(), after.norm())
    return Clipped(
        before={name: float(gradient.double().norm()) for name, gradient in gradients.items()},
        after={name: float(holder.grad.double().norm()) for name, holder in zip(gradients, holders, strict=True)},
        total_before=float(sizes[0]),
        total_after=float(sizes[1]),
        cosine=float(before @ after / (sizes[0] * sizes[1])) if all(sizes) else math.nan,
        share=float((before != after).double().mean()),
    )
