"""What people write instead: Python loops over time that keep every gate, and autograd called once a loss.

nn.LSTMCell and nn.GRUCell return no gates, so their loops compute them from the cell's weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

Loop = Callable[[Tensor], dict[str, Tensor]]
"""Takes (batch, time, inputs), returns each signal as (layer, batch, time, unit)."""

Step = Callable[[nn.RNNCellBase, Tensor, tuple[Tensor, ...]], tuple[tuple[Tensor, ...], dict[str, Tensor]]]
"""One step of a cell: (cell, x, state) -> (state, signals). The hidden state comes first in a state."""


def lstm_step(cell: nn.RNNCellBase, x: Tensor, state: tuple[Tensor, ...]) -> tuple[tuple[Tensor, ...], dict[str, Tensor]]:
    h, c = state
    i, f, g, o = (linear(x, cell.weight_ih, cell.bias_ih) + linear(h, cell.weight_hh, cell.bias_hh)).chunk(4, dim=-1)
    i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
    c = f * c + i * g
    h = o * c.tanh()
    return (h, c), {"forget_gate": f, "input_gate": i, "candidate": g, "output_gate": o, "cell": c, "hidden": h}


def gru_step(cell: nn.RNNCellBase, x: Tensor, state: tuple[Tensor, ...]) -> tuple[tuple[Tensor, ...], dict[str, Tensor]]:
    (h,) = state
    x_r, x_z, x_n = linear(x, cell.weight_ih, cell.bias_ih).chunk(3, dim=-1)
    h_r, h_z, h_n = linear(h, cell.weight_hh, cell.bias_hh).chunk(3, dim=-1)
    r, z = (x_r + h_r).sigmoid(), (x_z + h_z).sigmoid()
    n = (x_n + r * h_n).tanh()
    h = n + z * (h - n)
    return (h,), {"reset_gate": r, "update_gate": z, "candidate": n, "hidden": h}


def rnn_step(cell: nn.RNNCellBase, x: Tensor, state: tuple[Tensor, ...]) -> tuple[tuple[Tensor, ...], dict[str, Tensor]]:
    h = cell(x, state[0])
    return (h,), {"hidden": h}


def looped(cell: type[nn.RNNCellBase], step: Step, states: int) -> Callable[[nn.RNNBase], Loop]:
    """Return what makes a loop out of a network: one cell a layer, with the network's weights."""

    def of(network: nn.RNNBase) -> Loop:
        cells = cells_of(network, cell)

        def run(x: Tensor) -> dict[str, Tensor]:
            layers = []
            for cell_ in cells:
                state = (x.new_zeros(len(x), network.hidden_size),) * states
                kept: list[dict[str, Tensor]] = []
                for x_t in x.unbind(1):
                    state, signals = step(cell_, x_t, state)
                    kept.append(signals)
                layers.append({name: torch.stack([signals[name] for signals in kept], dim=1) for name in kept[0]})
                x = layers[-1]["hidden"]
            return {name: torch.stack([layer[name] for layer in layers]) for name in layers[0]}

        return run

    return of


LOOPS: Mapping[type[nn.RNNBase], Callable[[nn.RNNBase], Loop]] = MappingProxyType(
    {
        nn.LSTM: looped(nn.LSTMCell, lstm_step, states=2),
        nn.GRU: looped(nn.GRUCell, gru_step, states=1),
        nn.RNN: looped(nn.RNNCell, rnn_step, states=1),
    }
)


def cells_of(network: nn.RNNBase, kind: type[nn.RNNCellBase]) -> list[nn.RNNCellBase]:
    """Return one cell a layer that holds the very weights of the network."""
    cells = []
    for layer in range(network.num_layers):
        cell = kind(network.input_size if layer == 0 else network.hidden_size, network.hidden_size)
        cell.load_state_dict({name: getattr(network, f"{name}_l{layer}") for name, _ in cell.named_parameters()})
        cells.append(cell)
    return cells


def gradients_by_autograd(lstm: nn.LSTM, x: Tensor, loss: Callable[[Tensor], Tensor]) -> dict[str, Tensor]:
    """Return the norms of dL_t/dh_k and dL_t/dc_k, (losses, steps) each, by one autograd.grad call for each loss.

    The loop keeps every h_t and c_t as a node of the graph, which the fused call does not.
    """
    (cell,) = cells_of(lstm, nn.LSTMCell)
    h = c = x.new_zeros(len(x), lstm.hidden_size)
    hidden, memory = [], []
    for x_t in x.unbind(1):
        h, c = cell(x_t, (h, c))
        hidden.append(h)
        memory.append(c)
    losses = loss(torch.stack(hidden, dim=1))[0]
    steps = len(hidden)
    norms = {"hidden": x.new_zeros(steps, steps), "cell": x.new_zeros(steps, steps)}
    for t in range(steps):
        reached = t + 1  # no later state leads to this loss
        gradients = torch.autograd.grad(losses[t], hidden[:reached] + memory[:reached], retain_graph=True)
        norms["hidden"][t, :reached] = torch.cat(gradients[:reached]).norm(dim=-1)
        norms["cell"][t, :reached] = torch.cat(gradients[reached:]).norm(dim=-1)
    return norms
