"""The plain recurrent network: one state, rewritten at every step.

Elman 1990, with tanh, with a rectifier as in torch.nn.RNN(nonlinearity="relu") (Le, Jaitly & Hinton 2015), or with the
logistic sigmoid of the first such networks (Rumelhart, Hinton & Williams 1986), which torch does not have.
"""

from __future__ import annotations

from abc import abstractmethod

import torch
from torch import Tensor

from rnnviz.cells.base import Cell, Edit, Pullback, Signal, Signals, State, Weights, flat, preactivations, unedited


class _PlainRNN(Cell):
    """What the two have in common: everything but the activation."""

    blocks = 1
    letters = ("h",)
    module = torch.nn.RNN

    @staticmethod
    @abstractmethod
    def squash(x: Tensor) -> Tensor:
        """Return the activation, element by element."""

    @staticmethod
    @abstractmethod
    def slope(h: Tensor) -> Tensor:
        """Return the activation's derivative, from its value."""

    def gates(self, weights: Weights, x: Tensor, hidden: Tensor, edit: Edit = unedited) -> dict[str, Tensor]:
        return {"hidden": edit("hidden", self.squash(preactivations(weights, x, hidden)))}

    def states(self, weights: Weights, gates: Signals, previous: Tensor, cell: Tensor | None, edit: Edit = unedited) -> dict[str, Tensor]:
        return {"hidden": gates["hidden"]}

    def slopes(self, weights: Weights, signals: Signals) -> dict[str, Tensor]:
        return {"slope": self.slope(signals["hidden"])}

    def adjoint(self, weights: Weights, slopes: Signals, d_hidden: Tensor, d_cell: Tensor | None, *, with_input: bool) -> Pullback:
        d_pre = d_hidden * slopes["slope"]
        return Pullback(d_pre @ weights.input if with_input else None, d_pre @ weights.hidden)


class TanhRNN(_PlainRNN):
    name = "rnn"
    title = "RNN"
    module_options = {"nonlinearity": "tanh"}
    signals = (Signal("hidden", "state", "hidden", "h", "hidden state", (-1.0, 1.0)),)
    equations = {"hidden": r"h_t = \tanh(W_{ih} x_t + b_{ih} + W_{hh} h_{t-1} + b_{hh})"}
    formulas = {"hidden": "tanh(from_x_h + from_h_h)"}

    @staticmethod
    def squash(x: Tensor) -> Tensor:
        return x.tanh()

    @staticmethod
    def slope(h: Tensor) -> Tensor:
        return 1 - h * h

    def fused(self, x: Tensor, state: State, weights: Weights) -> tuple[Tensor, State]:
        return _run(torch.rnn_tanh, x, state, weights)


class ReluRNN(_PlainRNN):
    name = "rnn-relu"
    title = "RNN (ReLU)"
    module_options = {"nonlinearity": "relu"}
    signals = (Signal("hidden", "state", "hidden", "h", "hidden state", None),)
    equations = {"hidden": r"h_t = \max(0, W_{ih} x_t + b_{ih} + W_{hh} h_{t-1} + b_{hh})"}
    formulas = {"hidden": "relu(from_x_h + from_h_h)"}

    @staticmethod
    def squash(x: Tensor) -> Tensor:
        return x.relu()

    @staticmethod
    def slope(h: Tensor) -> Tensor:
        return torch.where(h.isnan(), h, (h > 0).to(h.dtype))  # a state that is no number has no slope either

    def fused(self, x: Tensor, state: State, weights: Weights) -> tuple[Tensor, State]:
        return _run(torch.rnn_relu, x, state, weights)


class SigmoidRNN(_PlainRNN):
    name = "rnn-sigmoid"
    title = "RNN (sigmoid)"
    module = None
    signals = (Signal("hidden", "state", "hidden", "h", "hidden state", (0.0, 1.0)),)
    equations = {"hidden": r"h_t = \sigma(W_{ih} x_t + b_{ih} + W_{hh} h_{t-1} + b_{hh})"}
    formulas = {"hidden": "sigmoid(from_x_h + from_h_h)"}

    @staticmethod
    def squash(x: Tensor) -> Tensor:
        return x.sigmoid()

    @staticmethod
    def slope(h: Tensor) -> Tensor:
        return h * (1 - h)  # at most a quarter: each step back takes three quarters away, or more


def _run(kernel, x: Tensor, state: State, weights: Weights) -> tuple[Tensor, State]:
    hidden, last = kernel(x, state.hidden[None], flat(weights), weights.input_bias is not None, 1, 0.0, False, False, False)
    return hidden, State(last[0])


CELLS = (TanhRNN(), ReluRNN(), SigmoidRNN())
