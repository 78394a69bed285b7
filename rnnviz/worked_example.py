"""The network that fits on a page: "hell" -> "ello" with three hidden units, every number by hand.

h_t = tanh(W_xh x_t + W_hh h_{t-1} + b), y_t = W_hy h_t + b_y, softmax over the letters h, e, l, o. Two sets of weights:
`spreadsheet`, the numbers of a much-copied worked example (2017) whose W_hh and b are one number each, and `figure`, a set
of ours that reproduces the activations drawn in Karpathy's figure of 2015, which came without weights.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

LETTERS = "helo"
TEXT, TARGETS = "hell", "ello"
FLOOR = math.log(2) / 2
"""Mean loss, in nats, below which no network without memory gets: it must give "l" and "o" half each after an "l"."""

MOST = 1000.0
"""Largest weight that is taken, in magnitude."""


@dataclass(frozen=True, eq=False)
class Example:
    """The weights, float64. `W_hh` and `b` are one number or full; `b_y` may be missing."""

    W_xh: np.ndarray
    """(hidden, letter)"""
    W_hh: np.ndarray
    """() or (hidden, hidden)"""
    b: np.ndarray
    """() or (hidden,)"""
    W_hy: np.ndarray
    """(letter, hidden)"""
    b_y: np.ndarray | None = None
    """(letter,)"""

    def matrices(self) -> dict[str, np.ndarray]:
        """Return all that there is to learn, by name."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: values for name, values in found.items() if values is not None}

    @cached_property
    def recurrent(self) -> np.ndarray:
        """W_hh as the matrix it stands for: (hidden, hidden)."""
        return self.W_hh if self.W_hh.ndim else float(self.W_hh) * np.eye(len(self.W_xh))


@dataclass(frozen=True, eq=False)
class Pass:
    """One reading of "hell", step by step. Arrays are (time, …), float64."""

    example: Example
    x: np.ndarray
    """(time, letter), one-hot"""
    from_x: np.ndarray
    """W_xh x_t: (time, hidden)"""
    from_h: np.ndarray
    """W_hh h_{t-1} + b: (time, hidden)"""
    h: np.ndarray
    y: np.ndarray
    """Logits: (time, letter)"""
    p: np.ndarray
    loss: np.ndarray
    """-ln p of the right letter: (time,), nats."""
    difference: float
    """Largest difference between these hidden states and those of torch.nn.RNN with the same weights."""

    @property
    def says(self) -> str:
        return "".join(LETTERS[at] for at in self.p.argmax(axis=1))

    @property
    def right(self) -> bool:
        return self.says == TARGETS


@dataclass(frozen=True, eq=False)
class Film:
    """A training run, with some of its steps kept whole. Step k is the network after k updates."""

    optimiser: str
    losses: np.ndarray
    """Mean over the letters, nats: (steps + 1,)."""
    right_from: int | None
    """The first step from which on all four letters stay right, or None."""
    kept: np.ndarray
    """The steps that are kept whole."""
    passes: tuple[Pass, ...]
    gradients: tuple[dict[str, np.ndarray], ...]
    """Of the summed loss, at each kept step."""


PRESETS: Mapping[str, Example] = {
    "spreadsheet": Example(
        W_xh=np.array(
            [[0.287027, 0.84606, 0.572392, 0.486813], [0.902874, 0.871522, 0.691079, 0.18998], [0.537524, 0.09224, 0.558159, 0.491528]]
        ),
        W_hh=np.array(0.427043),
        b=np.array(0.567001),
        W_hy=np.array(
            [[0.37168, 0.974829459, 0.830034886], [0.39141, 0.282585823, 0.659835709],
             [0.64985, 0.09821557, 0.334287084], [0.91266, 0.32581642, 0.144630018]]
        ),
    ),
    "figure": Example(
        W_xh=np.array([[0.30952, 2.123208, -0.08787, 0.0], [-0.100335, 0.60016, 0.775756, 0.0], [1.472219, 0.30318, 0.458293, 0.0]]),
        W_hh=np.array([[0.183378, -0.563761, 1.73956], [-0.870472, -1.450646, -0.193959], [-0.504119, -0.829156, -0.149472]]),
        b=np.zeros(3),
        W_hy=np.array(
            [[0.426316, -0.382895, 0.806579], [1.152632, -2.590789, 2.088158],
             [-2.163158, 0.803947, -3.990789], [1.021053, -0.426316, 4.305263]]
        ),
        b_y=np.array([0.107895, -0.284211, 1.321053, -0.123684]),
    ),
}  # fmt: skip

PUBLISHED: Mapping[str, Mapping[str, tuple[tuple[float, ...], ...]]] = {
    "spreadsheet": {
        "from_x": ((0.287027, 0.902874, 0.537524), (0.84606, 0.871522, 0.09224)),
        "from_h": ((0.567001,) * 3, (0.863014, 0.951149, 0.90954)),
        "h": ((0.693168, 0.899554, 0.802119), (0.936534, 0.949104, 0.762341)),
        "y": ((1.800334, 1.05478, 0.806943, 1.041726), (1.906075, 1.137792, 0.956664, 1.274228)),
        "p": ((0.432319, 0.205123, 0.160096, 0.202463), (0.419747, 0.194682, 0.162429, 0.223141)),
    },
    "figure": {
        "h": ((0.3, -0.1, 0.9), (1.0, 0.3, 0.1), (0.1, -0.5, -0.3), (-0.3, 0.9, 0.7)),
        "y": ((1.0, 2.2, -3.0, 4.1), (0.5, 0.3, -1.0, 1.2), (0.1, 0.5, 1.9, -1.1), (0.2, -1.5, -0.1, 2.2)),
    },
}
"""What the sources print, by step; the spreadsheet stops after two."""


def forward(example: Example) -> Pass:
    """Read "hell" with these weights, through torch.nn.RNN, and keep every quantity on the way."""
    import torch

    from rnnviz.recording import record

    hidden = len(example.W_xh)
    module = torch.nn.RNN(len(LETTERS), hidden, device="meta")  # no weights are drawn: they come below
    values = {
        "weight_ih_l0": example.W_xh, "weight_hh_l0": example.recurrent,
        "bias_ih_l0": np.broadcast_to(example.b, (hidden,)), "bias_hh_l0": np.zeros(hidden),
    }  # fmt: skip
    module.load_state_dict({name: torch.tensor(np.array(value, dtype=float)) for name, value in values.items()}, assign=True)
    x = _one_hot()
    recorded = record(module, torch.tensor(x)).layer("hidden", 1).values
    found = _forward(example)
    return replace(found, difference=float(np.abs(found.h - recorded).max()), h=recorded)


def with_recurrence(example: Example, kind: str) -> Example:
    """Return the example with its recurrence as `scalar` (one number), `full` (its own matrix), or `none` (0)."""
    hidden = len(example.W_xh)
    if kind == "none":
        return replace(example, W_hh=np.array(0.0))
    if kind == "full":
        return replace(example, W_hh=example.recurrent)
    return replace(example, W_hh=np.array(float(np.trace(example.recurrent)) / hidden))


def train(example: Example, optimiser: str = "sgd", steps: int = 1000, *, memory: bool = True, keep: int = 90) -> Film:
    """Train on "hell" -> "ello" by back-propagation through time of the summed loss, and keep some steps whole.

    `optimiser` is sgd (rate 0.1), adagrad (0.1) or adam (0.05), as torch.optim computes them. Without `memory` W_hh is 0
    and stays so. Raises ValueError for another optimiser and FloatingPointError when a weight is no longer finite.
    """
    if optimiser not in RULES:
        raise ValueError(f"optimiser: {optimiser!r} is not one of {', '.join(RULES)}")
    weights = {name: values.copy() for name, values in (example if memory else with_recurrence(example, "none")).matrices().items()}
    learned = [name for name in weights if memory or name != "W_hh"]
    rule = RULES[optimiser]
    memories: dict[str, dict[str, np.ndarray]] = {name: {} for name in learned}
    kept = np.unique(np.concatenate([np.arange(min(30, steps) + 1), np.geomspace(1, steps, keep).round().astype(int)]))
    wanted, losses, passes, gradients, right = set(kept.tolist()), [], [], [], []
    for step in range(steps + 1):
        found = _forward(Example(**weights))
        slopes = _backward(found)
        losses.append(float(found.loss.mean()))
        right.append(found.right)
        if step in wanted:
            passes.append(found)
            gradients.append(slopes)
        for name in learned:
            weights[name] = weights[name] - rule(slopes[name], memories[name], step + 1)
            if not np.isfinite(weights[name]).all():
                raise FloatingPointError(f"step {step + 1}: {name} is no longer finite; start from smaller weights")
    wrong = [step for step, ok in enumerate(right) if not ok]
    right_from = (wrong[-1] + 1 if wrong else 0) if right[-1] else None
    return Film(optimiser, np.array(losses), right_from, kept, tuple(passes), tuple(gradients))


def _sgd(slope: np.ndarray, memory: dict[str, np.ndarray], step: int) -> np.ndarray:
    return 0.1 * slope


def _adagrad(slope: np.ndarray, memory: dict[str, np.ndarray], step: int) -> np.ndarray:
    memory["sum"] = memory.get("sum", 0) + slope**2
    return 0.1 * slope / (np.sqrt(memory["sum"]) + 1e-10)


def _adam(slope: np.ndarray, memory: dict[str, np.ndarray], step: int) -> np.ndarray:
    memory["mean"] = 0.9 * memory.get("mean", 0) + 0.1 * slope
    memory["square"] = 0.999 * memory.get("square", 0) + 0.001 * slope**2
    spread = np.sqrt(memory["square"] / (1 - 0.999**step)) + 1e-8
    return 0.05 * memory["mean"] / (1 - 0.9**step) / spread


RULES = {"sgd": _sgd, "adagrad": _adagrad, "adam": _adam}
"""How much to take off a weight, given its gradient and what is remembered of earlier ones."""


def _one_hot() -> np.ndarray:
    return np.eye(len(LETTERS))[[LETTERS.index(letter) for letter in TEXT]]


def _forward(example: Example) -> Pass:
    x = _one_hot()
    from_x = x @ example.W_xh.T
    hidden, from_h, states = np.zeros(len(example.W_xh)), [], []
    for row in from_x:
        from_h.append(example.recurrent @ hidden + example.b)
        hidden = np.tanh(row + from_h[-1])
        states.append(hidden)
    h = np.array(states)
    y = h @ example.W_hy.T + (0 if example.b_y is None else example.b_y)
    shifted = np.exp(y - y.max(axis=1, keepdims=True))
    p = shifted / shifted.sum(axis=1, keepdims=True)
    wanted = [LETTERS.index(letter) for letter in TARGETS]
    loss = np.log(shifted.sum(axis=1)) - (y - y.max(axis=1, keepdims=True))[np.arange(len(x)), wanted]
    return Pass(example, x, from_x, np.array(from_h), h, y, p, loss, float("nan"))


def _backward(found: Pass) -> dict[str, np.ndarray]:
    """Return the gradients of the summed loss, by back-propagation through time."""
    example = found.example
    error = found.p - np.eye(len(LETTERS))[[LETTERS.index(letter) for letter in TARGETS]]  # of the logits
    before = np.concatenate([np.zeros_like(found.h[:1]), found.h[:-1]])
    at_sum, carried = np.zeros_like(found.h), np.zeros(found.h.shape[1])
    for t in reversed(range(len(found.h))):
        at_sum[t] = (error[t] @ example.W_hy + carried) * (1 - found.h[t] ** 2)
        carried = at_sum[t] @ example.recurrent
    recurrent = at_sum.T @ before
    slopes = {
        "W_xh": at_sum.T @ found.x,
        "W_hh": recurrent if example.W_hh.ndim else np.array(np.trace(recurrent)),
        "b": at_sum.sum(axis=0) if example.b.ndim else np.array(at_sum.sum()),
        "W_hy": error.T @ found.h,
    }
    return slopes if example.b_y is None else {**slopes, "b_y": error.sum(axis=0)}
