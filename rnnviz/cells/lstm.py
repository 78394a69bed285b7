"""Long short-term memory.

Hochreiter & Schmidhuber 1997, with the forget gate of Gers, Schmidhuber & Cummins 2000 and, where `proj_size` is set,
the projection of Sak, Senior & Beaufays 2014. Weights lie as in torch.nn.LSTM: input, forget, candidate, output.
"""

from __future__ import annotations

import torch
from torch import Tensor

from rnnviz.cells.base import Cell, Pullback, Signal, Signals, State, Weights, flat, preactivations


class LSTM(Cell):
    name = "lstm"
    title = "LSTM"
    blocks = 4
    keep_block = 1
    module = torch.nn.LSTM
    signals = (
        Signal("forget_gate", "gate", "keep", "f", "forget gate", (0.0, 1.0)),
        Signal("input_gate", "gate", "write", "i", "input gate", (0.0, 1.0)),
        Signal("candidate", "state", "candidate", "g", "candidate", (-1.0, 1.0)),
        Signal("output_gate", "gate", "read", "o", "output gate", (0.0, 1.0)),
        Signal("cell", "state", "cell", "c", "cell state", None),
        Signal("hidden", "state", "hidden", "h", "hidden state", (-1.0, 1.0)),
    )
    equations = {
        "forget_gate": r"f_t = \sigma(W_{if} x_t + b_{if} + W_{hf} h_{t-1} + b_{hf})",
        "input_gate": r"i_t = \sigma(W_{ii} x_t + b_{ii} + W_{hi} h_{t-1} + b_{hi})",
        "candidate": r"g_t = \tanh(W_{ig} x_t + b_{ig} + W_{hg} h_{t-1} + b_{hg})",
        "output_gate": r"o_t = \sigma(W_{io} x_t + b_{io} + W_{ho} h_{t-1} + b_{ho})",
        "cell": r"c_t = f_t \odot c_{t-1} + i_t \odot g_t",
        "hidden": r"h_t = o_t \odot \tanh(c_t)",
    }

    def gates(self, weights: Weights, x: Tensor, hidden: Tensor) -> dict[str, Tensor]:
        i, f, g, o = preactivations(weights, x, hidden).chunk(4, dim=-1)
        return {"input_gate": i.sigmoid(), "forget_gate": f.sigmoid(), "candidate": g.tanh(), "output_gate": o.sigmoid()}

    def states(self, weights: Weights, gates: Signals, previous: Tensor, cell: Tensor | None) -> dict[str, Tensor]:
        assert cell is not None
        written = gates["input_gate"] * gates["candidate"]
        kept = []
        for f, ig in zip(gates["forget_gate"].unbind(), written.unbind(), strict=True):
            cell = torch.addcmul(ig, f, cell)  # keep what f lets stay, add what i lets in
            kept.append(cell)
        cells = torch.stack(kept)
        hidden = gates["output_gate"] * cells.tanh()
        if weights.projection is not None:
            hidden = torch.nn.functional.linear(hidden, weights.projection)
        return {"cell": cells, "hidden": hidden}

    def adjoint(self, weights: Weights, signals: Signals, d_hidden: Tensor, d_cell: Tensor | None, *, with_input: bool) -> Pullback:
        assert d_cell is not None
        i, f, g, o = (signals[name] for name in ("input_gate", "forget_gate", "candidate", "output_gate"))
        squashed = signals["cell"].tanh()
        d_shown = d_hidden if weights.projection is None else d_hidden @ weights.projection
        d_here = torch.addcmul(d_cell, d_shown, o * (1 - squashed * squashed))
        d_pre = torch.cat(
            [
                d_here * (g * i * (1 - i)),
                d_here * (signals["previous_cell"] * f * (1 - f)),
                d_here * (i * (1 - g * g)),
                d_shown * (squashed * o * (1 - o)),
            ],
            dim=-1,
        )
        return Pullback(d_pre @ weights.input if with_input else None, d_pre @ weights.hidden, d_here * f, d_here)

    def along_cell(self, weights: Weights, signals: Signals, d_hidden: Tensor, d_path: Tensor) -> tuple[Tensor, Tensor]:
        squashed = signals["cell"].tanh()
        d_shown = d_hidden if weights.projection is None else d_hidden @ weights.projection
        d_here = torch.addcmul(d_path, d_shown, signals["output_gate"] * (1 - squashed * squashed))
        return d_here, d_here * signals["forget_gate"]  # nothing but the product of forget gates: why it does not forget

    def fused(self, x: Tensor, state: State, weights: Weights) -> tuple[Tensor, State]:
        assert state.cell is not None
        hidden, last, cell = torch.lstm(
            x, (state.hidden[None], state.cell[None]), flat(weights), weights.input_bias is not None, 1, 0.0, False, False, False
        )
        return hidden, State(last[0], cell[0])


CELL = LSTM()
