"""Small networks and inputs that tests are made of."""

from __future__ import annotations

import itertools

import torch

TORCH_CELLS = {
    "rnn": lambda *a, **k: torch.nn.RNN(*a, nonlinearity="tanh", **k),
    "rnn-relu": lambda *a, **k: torch.nn.RNN(*a, nonlinearity="relu", **k),
    "lstm": torch.nn.LSTM,
    "gru": torch.nn.GRU,
}
SHAPES = list(itertools.product([1, 2, 3], [False, True], [False, True], [torch.float32, torch.float64]))
"""Layers x bidirectional x batch_first x dtype."""


def seeded(make, seed=0):
    """Make a module from a seed without touching the process's random state."""
    with torch.random.fork_rng(devices=[]):
        torch.random.set_rng_state(torch.Generator().manual_seed(seed).get_state())
        return make()


def tensor(*shape, seed=0, dtype=torch.float32):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)
