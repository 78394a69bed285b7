"""Gated recurrent unit.

Cho et al. 2014, in the form that torch.nn.GRU computes: the reset gate acts after the hidden product, and the update
gate z *keeps* the old state (the paper's z lets the new one in). Weights lie as in torch.nn.GRU: reset, update, new.
"""

from __future__ import annotations

import torch
from torch import Tensor

from rnnviz.cells.base import Cell, Edit, Pullback, Signal, Signals, State, Weights, flat, times, unedited


class GRU(Cell):
    name = "gru"
    title = "GRU"
    blocks = 3
    letters = ("r", "z", "n")
    keep_block = 1
    module = torch.nn.GRU
    signals = (
        Signal("update_gate", "gate", "keep", "z", "update gate", (0.0, 1.0)),
        Signal("reset_gate", "gate", "write", "r", "reset gate", (0.0, 1.0)),
        Signal("candidate", "state", "candidate", "n", "candidate", (-1.0, 1.0)),
        Signal("hidden", "state", "hidden", "h", "hidden state", (-1.0, 1.0)),
    )
    equations = {
        "update_gate": r"z_t = \sigma(W_{iz} x_t + b_{iz} + W_{hz} h_{t-1} + b_{hz})",
        "reset_gate": r"r_t = \sigma(W_{ir} x_t + b_{ir} + W_{hr} h_{t-1} + b_{hr})",
        "candidate": r"n_t = \tanh(W_{in} x_t + b_{in} + r_t \odot (W_{hn} h_{t-1} + b_{hn}))",
        "hidden": r"h_t = (1 - z_t) \odot n_t + z_t \odot h_{t-1}",
    }
    formulas = {
        "update_gate": "sigmoid(from_x_z + from_h_z)",
        "reset_gate": "sigmoid(from_x_r + from_h_r)",
        "candidate": "tanh(from_x_n + reset_gate * from_h_n)",
        "hidden": "(1 - update_gate) * candidate + update_gate * previous_hidden",
    }

    def gates(self, weights: Weights, x: Tensor, hidden: Tensor, edit: Edit = unedited) -> dict[str, Tensor]:
        from_x = torch.nn.functional.linear(x, weights.input, weights.input_bias).chunk(3, dim=-1)
        from_h = torch.nn.functional.linear(hidden, weights.hidden, weights.hidden_bias).chunk(3, dim=-1)
        r = edit("reset_gate", (from_x[0] + from_h[0]).sigmoid())
        z = edit("update_gate", (from_x[1] + from_h[1]).sigmoid())
        n = edit("candidate", torch.addcmul(from_x[2], r, from_h[2]).tanh())
        return {"reset_gate": r, "update_gate": z, "candidate": n}

    def states(self, weights: Weights, gates: Signals, previous: Tensor, cell: Tensor | None, edit: Edit = unedited) -> dict[str, Tensor]:
        n, z = gates["candidate"], gates["update_gate"]
        return {"hidden": edit("hidden", torch.lerp(n, previous, z))}  # (1 - z) n + z h_{t-1}, and exactly h_{t-1} for z = 1

    def slopes(self, weights: Weights, signals: Signals) -> dict[str, Tensor]:
        r, z, n, previous = (signals[name] for name in ("reset_gate", "update_gate", "candidate", "previous_hidden"))
        rows = slice(2 * n.shape[-1], None)
        bias = None if weights.hidden_bias is None else weights.hidden_bias[rows]
        recalled = torch.nn.functional.linear(previous, weights.hidden[rows], bias)
        at_n = (1 - z) * (1 - n * n)
        at_z = (previous - n) * z * (1 - z)
        at_r = at_n * recalled * r * (1 - r)
        return {"to_input": torch.stack([at_r, at_z, at_n], dim=-2), "to_hidden": torch.stack([at_r, at_z, at_n * r], dim=-2), "kept": z}

    def adjoint(self, weights: Weights, slopes: Signals, d_hidden: Tensor, d_cell: Tensor | None, *, with_input: bool) -> Pullback:
        d_input = times(d_hidden, slopes["to_input"]) @ weights.input if with_input else None
        d_previous = torch.addcmul(times(d_hidden, slopes["to_hidden"]) @ weights.hidden, d_hidden, slopes["kept"])
        return Pullback(d_input, d_previous)

    def fused(self, x: Tensor, state: State, weights: Weights) -> tuple[Tensor, State]:
        hidden, last = torch.gru(x, state.hidden[None], flat(weights), weights.input_bias is not None, 1, 0.0, False, False, False)
        return hidden, State(last[0])


CELL = GRU()
