"""An independent reading of torch's documentation, one step and one sequence at a time, for autograd to work on.

Nothing of rnnviz is used here: the equations are typed from the documentation of nn.RNN, nn.LSTM and nn.GRU.
"""

from __future__ import annotations

import numpy as np
import torch


def step(module, suffix, x, h, c):
    """One step of one sequence: a dict of every signal."""
    get = lambda name: getattr(module, f"{name}_{suffix}", None)  # noqa: E731
    size = module.hidden_size
    from_x = get("weight_ih") @ x + (get("bias_ih") if module.bias else 0)
    from_h = get("weight_hh") @ h + (get("bias_hh") if module.bias else 0)
    ax, ah = from_x.split(size), from_h.split(size)
    if isinstance(module, torch.nn.LSTM):
        i, f = torch.sigmoid(ax[0] + ah[0]), torch.sigmoid(ax[1] + ah[1])
        g, o = torch.tanh(ax[2] + ah[2]), torch.sigmoid(ax[3] + ah[3])
        cell = f * c + i * g
        hidden = o * torch.tanh(cell)
        if module.proj_size:
            hidden = get("weight_hr") @ hidden
        return {"input_gate": i, "forget_gate": f, "candidate": g, "output_gate": o, "cell": cell, "hidden": hidden}
    if isinstance(module, torch.nn.GRU):
        r, z = torch.sigmoid(ax[0] + ah[0]), torch.sigmoid(ax[1] + ah[1])
        n = torch.tanh(ax[2] + r * ah[2])
        return {"reset_gate": r, "update_gate": z, "candidate": n, "hidden": (1 - z) * n + z * h}
    squash = torch.tanh if module.nonlinearity == "tanh" else torch.relu
    return {"hidden": squash(from_x + from_h)}


def run(module, x, h0=None, c0=None):
    """Run one sequence (time, inputs): signals[layer][direction][t] is a dict, and the top layer's outputs (time, features)."""
    directions = 2 if module.bidirectional else 1
    rows = module.num_layers * directions
    h0 = x.new_zeros(rows, module.proj_size or module.hidden_size) if h0 is None else h0
    c0 = x.new_zeros(rows, module.hidden_size) if c0 is None else c0
    signals, inputs = [], list(x)
    for layer in range(module.num_layers):
        both = []
        for direction in range(directions):
            row = layer * directions + direction
            h, c = h0[row], c0[row]
            steps = [None] * len(inputs)
            order = range(len(inputs)) if direction == 0 else reversed(range(len(inputs)))
            for t in order:
                steps[t] = step(module, f"l{layer}" + ("_reverse" if direction else ""), inputs[t], h, c)
                h, c = steps[t]["hidden"], steps[t].get("cell", c)
            both.append(steps)
        signals.append(both)
        inputs = [torch.cat([steps[t]["hidden"] for steps in both]) for t in range(len(inputs))]
    return signals, torch.stack(inputs)


def gradient_norms(module, x, loss, name):
    """norms[layer][direction][t][k] of dL_t/d(signal name)_k by autograd, for one sequence."""
    signals, outputs = run(module, x)
    losses = loss(outputs[None])[0]
    time = len(x)
    norms = torch.zeros(len(signals), len(signals[0]), time, time, dtype=x.dtype)
    wanted = [steps[k][name] for both in signals for steps in both for k in range(time)]
    for t in range(time):
        found = torch.autograd.grad(losses[t], wanted, retain_graph=True, allow_unused=True)
        flat = torch.stack([x.new_zeros(()) if g is None else g.norm() for g in found])
        norms[:, :, t] = flat.view(len(signals), len(signals[0]), time).detach()
    return norms


def relative(found, expected):
    """Largest difference, relative to the largest expected value."""
    found, expected = torch.tensor(np.array(found)), torch.as_tensor(expected)
    return float((found - expected).abs().max() / expected.abs().max().clamp_min(1e-300))


def cut_run(module, x, stops):
    """As `run`, but the state is detached on its way from step `a` to step `b` wherever `stops(a, b)`."""
    directions = 2 if module.bidirectional else 1
    signals, inputs = [], list(x)
    for layer in range(module.num_layers):
        both = []
        for direction in range(directions):
            h, c = x.new_zeros(module.hidden_size), x.new_zeros(module.hidden_size)
            steps = [None] * len(inputs)
            before = None
            for t in range(len(inputs)) if direction == 0 else reversed(range(len(inputs))):
                if before is not None and stops(before, t):
                    h, c = h.detach(), c.detach()
                steps[t] = step(module, f"l{layer}" + ("_reverse" if direction else ""), inputs[t], h, c)
                h, c, before = steps[t]["hidden"], steps[t].get("cell", c), t
            both.append(steps)
        signals.append(both)
        inputs = [torch.cat([steps[t]["hidden"] for steps in both]) for t in range(len(inputs))]
    return signals, torch.stack(inputs)


def norms_of(signals, losses, name, rows):
    """norms[layer][direction][row][k] of dL_t/d(signal name)_k for the losses of the steps `rows`."""
    time = len(losses)
    wanted = [steps[k][name] for both in signals for steps in both for k in range(time)]
    found = [torch.autograd.grad(losses[t], wanted, retain_graph=True, allow_unused=True) for t in rows]
    flat = torch.stack([torch.stack([losses.new_zeros(()) if g is None else g.norm() for g in gradients]) for gradients in found])
    return flat.view(len(rows), len(signals), len(signals[0]), time).permute(1, 2, 0, 3).detach()
