"""What all tests share: one torch thread, hypothesis profiles, small networks."""

from __future__ import annotations

import os
import tempfile

os.environ["RNNVIZ_HOME"] = tempfile.mkdtemp(prefix="rnnviz-tests-")  # no test touches a person's runs

import pytest
import torch
from hypothesis import HealthCheck, settings
from networks import seeded

torch.set_num_threads(1)
settings.register_profile("fast", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("nightly", max_examples=500, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


def pytest_collection_modifyitems(items):
    """Browser tests first: they are the longest, and two processes share the files in this order."""
    items.sort(key=lambda item: "browser" not in item.path.parts)


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch, request):
    """Pages that are run without a server start no process; the browser tests have a real one."""
    if "browser" not in request.node.path.parts:
        from rnnviz.training.jobs import WorkerProcess

        monkeypatch.setattr(WorkerProcess, "start", lambda self: None)
        # a test that is the worker itself holds all that the tests before it have loaded
        monkeypatch.setattr("rnnviz.training.worker.MEMORY_MIB", 10_000)


@pytest.fixture
def lstm():
    return seeded(lambda: torch.nn.LSTM(3, 5, 2, batch_first=True))
