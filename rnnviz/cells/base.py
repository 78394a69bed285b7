"""What a recurrent cell is, written once.

A cell says three things about itself, for tensors of any leading shape: how its gates follow from an input and the
previous hidden state (`gates`), how its states follow from the gates (`states`), and how a gradient goes one step back
(`slopes`, the derivatives of one step, and `adjoint`, which applies them). Recording, stepping, gradients, pictures of
equations and the tests are all built on these.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

Kind = Literal["gate", "state", "gradient", "weight", "attention", "probability", "logit"]
Role = Literal["input", "hidden", "cell", "keep", "write", "read", "candidate"]


@dataclass(frozen=True)
class Signal:
    """One quantity that a cell computes at every timestep, and all that a reader needs to know about it."""

    name: str
    kind: Kind
    role: Role
    """What it does, whatever its cell calls it: the forget gate and the GRU's update gate both `keep`."""
    symbol: str
    long_name: str
    valid_range: tuple[float, float] | None
    """The bounds that the equations guarantee, or None."""


class Weights(NamedTuple):
    """The weights of one layer in one direction, laid out as in torch.nn: blocks of `hidden` rows, one block a gate."""

    input: Float[Tensor, "blocks inputs"]
    hidden: Float[Tensor, "blocks outputs"]
    input_bias: Float[Tensor, " blocks"] | None = None
    hidden_bias: Float[Tensor, " blocks"] | None = None
    projection: Float[Tensor, "outputs hidden"] | None = None


class State(NamedTuple):
    """What one step hands to the next. `cell` is None for a cell without a cell state."""

    hidden: Float[Tensor, "*batch outputs"]
    cell: Float[Tensor, "*batch hidden"] | None = None


class Pullback(NamedTuple):
    """Gradients one step back, for any number of pending losses along the leading axes."""

    input: Float[Tensor, "*pending inputs"] | None
    """With respect to x_t; None when it was not asked for."""
    hidden: Float[Tensor, "*pending outputs"]
    """With respect to h_{t-1}."""
    cell: Float[Tensor, "*pending hidden"] | None = None
    """With respect to c_{t-1}."""
    cell_here: Float[Tensor, "*pending hidden"] | None = None
    """With respect to c_t, the way through h_t included."""


Signals = Mapping[str, Tensor]

Edit = Callable[[str, Tensor], Tensor]
"""What may lay a hand on a signal as soon as it is computed: (name, value) -> the value that the run goes on with."""


def unedited(name: str, value: Tensor) -> Tensor:
    """Leave every signal as it is."""
    return value


class Cell(ABC):
    """One kind of recurrent cell. Cells hold no weights and no state, so one object serves every network and thread."""

    name: ClassVar[str]
    """How people ask for it, as in `--cell lstm`."""
    title: ClassVar[str]
    blocks: ClassVar[int]
    """How many blocks of `hidden` rows its weight matrices have."""
    letters: ClassVar[tuple[str, ...]]
    """The field's letter for each block, in torch's order: i, f, g, o for an LSTM."""
    keep_block: ClassVar[int | None] = None
    """Which block belongs to the gate that keeps memory, for initialising its bias."""
    signals: ClassVar[tuple[Signal, ...]]
    """What is recorded, in the order of computation."""
    equations: ClassVar[Mapping[str, str]]
    """The LaTeX equation of each signal, by the signal's name."""
    formulas: ClassVar[Mapping[str, str]]
    """The same as expressions over one unit's numbers, in the order of computation, for pages that fill numbers in.

    They may use the signals, `previous_hidden`, `previous_cell`, and for the block of letter f `from_x_f` (W_if x_t +
    b_if) and `from_h_f` (W_hf h_{t-1} + b_hf), with + - * and sigmoid, tanh, relu. A test holds them to what is recorded.
    """
    module: ClassVar[type[torch.nn.RNNBase] | None]
    """The fused torch.nn module of this cell, or None where torch has none."""
    module_options: ClassVar[Mapping[str, str]] = {}
    """Keyword arguments that make `module` this cell."""

    @property
    def has_cell_state(self) -> bool:
        return any(signal.name == "cell" for signal in self.signals)

    @abstractmethod
    def gates(
        self, weights: Weights, x: Float[Tensor, "*batch inputs"], hidden: Float[Tensor, "*batch outputs"], edit: Edit = unedited
    ) -> dict[str, Tensor]:
        """Return all that follows from x_t and h_{t-1} alone: (*batch, hidden) each. One call serves one step or all."""

    @abstractmethod
    def states(
        self,
        weights: Weights,
        gates: Signals,
        previous: Float[Tensor, "time *batch outputs"],
        cell: Float[Tensor, "*batch hidden"] | None,
        edit: Edit = unedited,
    ) -> dict[str, Tensor]:
        """Return the states of consecutive steps from their gates: (time, *batch, units) each.

        `previous` holds h_{t-1} of every step, `cell` the one cell state before the first. An `edit` is for one step
        alone: what it does to a state, the next step must already see.
        """

    @abstractmethod
    def slopes(self, weights: Weights, signals: Signals) -> dict[str, Tensor]:
        """Return the local derivatives that `adjoint` needs, for one step or all at once: (*batch, …, hidden) each.

        `signals` are the recorded ones with `previous_hidden` and, for a cell state, `previous_cell` beside them.
        """

    @abstractmethod
    def adjoint(self, weights: Weights, slopes: Signals, d_hidden: Tensor, d_cell: Tensor | None, *, with_input: bool) -> Pullback:
        """Pull gradients with respect to h_t and c_t back to h_{t-1}, c_{t-1} and, if asked, x_t.

        `slopes` are those of one step; gradients carry the pending losses in front: (pending, *batch, hidden).
        """

    def along_cell(self, weights: Weights, slopes: Signals, d_hidden: Tensor, d_path: Tensor) -> tuple[Tensor, Tensor]:
        """Follow only the path through the cell state: (gradient at c_t, gradient at c_{t-1}).

        `d_hidden` is what reaches h_t from outside the recurrence, `d_path` what came back along the path from c_{t+1}.
        """
        raise TypeError(f"{self.name} has no cell state, so no path through one")

    def fused(self, x: Float[Tensor, "time batch inputs"], state: State, weights: Weights) -> tuple[Tensor, State]:
        """Run one layer in one direction with torch's own kernel: (every h_t, the last state)."""
        raise TypeError(f"torch.nn has no fused {self.name}")

    def step(
        self, weights: Weights, x: Float[Tensor, "*batch inputs"], state: State, edit: Edit = unedited
    ) -> tuple[State, dict[str, Tensor]]:
        """Take one step: (the next state, every signal of the step). All that follows a signal follows from its edited value."""
        gates = self.gates(weights, x, state.hidden, edit)
        states = self.states(weights, {name: value[None] for name, value in gates.items()}, state.hidden[None], state.cell, edit)
        signals = {**gates, **{name: value[0] for name, value in states.items()}}
        return State(signals["hidden"], signals.get("cell")), signals


def preactivations(weights: Weights, x: Tensor, hidden: Tensor) -> Tensor:
    """Return W_ih x + b_ih + W_hh h + b_hh, every block side by side: (*batch, blocks)."""
    bias = None if weights.input_bias is None or weights.hidden_bias is None else weights.input_bias + weights.hidden_bias
    total = torch.nn.functional.linear(x, weights.input, bias)
    # added in place: at 200 steps of 128 units each pass over memory costs as much as a third of the product
    total.view(-1, total.shape[-1]).addmm_(hidden.reshape(-1, hidden.shape[-1]), weights.hidden.T)
    return total


def times(d: Tensor, slopes: Tensor) -> Tensor:
    """Return the gradient at several blocks of pre-activations that one gradient feeds, side by side.

    `d` is (*pending, hidden), `slopes` (*batch, blocks, hidden); the result (*pending, blocks * hidden).
    """
    return (d[..., None, :] * slopes).flatten(-2)


def flat(weights: Weights) -> list[Tensor]:
    """Return the weights in the order in which torch's fused functions take them."""
    return [w for w in weights if w is not None]
