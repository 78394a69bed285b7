"""What all tests share: one torch thread, hypothesis profiles, small networks."""

from __future__ import annotations

import os

import pytest
import torch
from hypothesis import HealthCheck, settings
from networks import seeded

torch.set_num_threads(1)
settings.register_profile("fast", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("nightly", max_examples=500, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


@pytest.fixture
def lstm():
    return seeded(lambda: torch.nn.LSTM(3, 5, 2, batch_first=True))
