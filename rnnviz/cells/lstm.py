"""Long short-term memory.

Hochreiter & Schmidhuber 1997, with the forget gate of Gers, Schmidhuber & Cummins 2000 and, where `proj_size` is set,
the projection of Sak, Senior & Beaufays 2014. Weights lie as in torch.nn.LSTM: input, forget, candidate, output.
"""

from __future__ import annotations

import torch
from torch import Tensor

from rnnviz.cells.base import Cell, Edit, Pullback, Signal, Signals, State, Weights, flat, preactivations, unedited


class LSTM(Cell):
    name = "lstm"
    title = "LSTM"
    blocks = 4
    letters = ("i", "f", "g", "o")
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
    formulas = {
        "forget_gate": "sigmoid(from_x_f + from_h_f)",
        "input_gate": "sigmoid(from_x_i + from_h_i)",
        "candidate": "tanh(from_x_g + from_h_g)",
        "output_gate": "sigmoid(from_x_o + from_h_o)",
        "cell": "forget_gate * previous_cell + input_gate * candidate",
        "hidden": "output_gate * tanh(cell)",
    }

    def gates(self, weights: Weights, x: Tensor, hidden: Tensor, edit: Edit = unedited) -> dict[str, Tensor]:
        i, f, g, o = preactivations(weights, x, hidden).chunk(4, dim=-1)
        gates = {"input_gate": i.sigmoid(), "forget_gate": f.sigmoid(), "candidate": g.tanh(), "output_gate": o.sigmoid()}
        return {name: edit(name, value) for name, value in gates.items()}

    def states(self, weights: Weights, gates: Signals, previous: Tensor, cell: Tensor | None, edit: Edit = unedited) -> dict[str, Tensor]:
        assert cell is not None
        written = gates["input_gate"] * gates["candidate"]
        cells = edit("cell", _scan(gates["forget_gate"], written, cell))
        hidden = gates["output_gate"] * cells.tanh()
        if weights.projection is not None:
            hidden = torch.nn.functional.linear(hidden, weights.projection)
        return {"cell": cells, "hidden": edit("hidden", hidden)}

    def slopes(self, weights: Weights, signals: Signals) -> dict[str, Tensor]:
        i, f, g, o = (signals[name] for name in ("input_gate", "forget_gate", "candidate", "output_gate"))
        squashed = signals["cell"].tanh()
        from_cell = [g * i * (1 - i), signals["previous_cell"] * f * (1 - f), i * (1 - g * g)]
        return {
            "from_cell": torch.stack(from_cell, dim=-2),
            "from_hidden": squashed * o * (1 - o),
            "shown": o * (1 - squashed * squashed),
            "kept": f,
        }

    def adjoint(self, weights: Weights, slopes: Signals, d_hidden: Tensor, d_cell: Tensor | None, *, with_input: bool) -> Pullback:
        assert d_cell is not None
        d_shown = d_hidden if weights.projection is None else d_hidden @ weights.projection
        d_here = torch.addcmul(d_cell, d_shown, slopes["shown"])
        d_pre = d_here.new_empty(*d_here.shape[:-1], 4, d_here.shape[-1])
        torch.mul(d_here[..., None, :], slopes["from_cell"], out=d_pre[..., :3, :])
        torch.mul(d_shown, slopes["from_hidden"], out=d_pre[..., 3, :])
        d_pre = d_pre.flatten(-2)
        return Pullback(d_pre @ weights.input if with_input else None, d_pre @ weights.hidden, d_here * slopes["kept"], d_here)

    def along_cell(self, weights: Weights, slopes: Signals, d_hidden: Tensor, d_path: Tensor) -> tuple[Tensor, Tensor]:
        d_shown = d_hidden if weights.projection is None else d_hidden @ weights.projection
        d_here = torch.addcmul(d_path, d_shown, slopes["shown"])
        return d_here, d_here * slopes["kept"]  # nothing but the product of forget gates: why it does not forget

    def fused(self, x: Tensor, state: State, weights: Weights) -> tuple[Tensor, State]:
        assert state.cell is not None
        hidden, last, cell = torch.lstm(
            x, (state.hidden[None], state.cell[None]), flat(weights), weights.input_bias is not None, 1, 0.0, False, False, False
        )
        return hidden, State(last[0], cell[0])


def _scan(forget: Tensor, written: Tensor, cell: Tensor) -> Tensor:
    """Return c_t = f_t c_{t-1} + written_t for every t: keep what f lets stay, add what i lets in. May overwrite `written`."""
    if forget.is_cpu and not torch.is_grad_enabled() and forget.dtype in (torch.float32, torch.float64):
        # the same two roundings a step as below; NumPy's small operations cost a third of torch's
        f, cells, c = forget.numpy(), written.numpy(), cell.detach().numpy()
        for f_t, c_t in zip(f, cells, strict=True):
            c_t += f_t * c
            c = c_t
        return torch.from_numpy(cells)
    kept = []
    for f_t, written_t in zip(forget.unbind(), written.unbind(), strict=True):
        cell = f_t * cell + written_t
        kept.append(cell)
    return torch.stack(kept)


CELL = LSTM()
