"""A trace is a value: labelled, read-only, and it survives being written down."""

from __future__ import annotations

import copy
import pickle
import warnings

import numpy as np
import pytest
import xarray as xr
from networks import tensor

import rnnviz
from rnnviz.trace import Labelled, Trace


@pytest.fixture
def trace(lstm):
    return rnnviz.record(lstm, tensor(2, 7, 3))


def test_arrays_are_read_only(trace):
    for name in trace:
        with pytest.raises(ValueError, match="read-only"):
            trace[name].values[...] = 0
        with pytest.raises(ValueError, match="read-only"):
            trace.dataset[name].values[...] = 0


def test_nobody_can_add_to_anothers_trace(trace):
    trace.dataset["mine"] = ("time", np.zeros(7))
    trace["hidden"].attrs["kind"] = "mine"
    assert "mine" not in trace.dataset
    assert trace["hidden"].attrs["kind"] == "state"
    with pytest.raises(AttributeError, match="cannot be changed"):
        trace.residual = 0.0


def test_an_unknown_signal_names_those_there_are(trace):
    with pytest.raises(KeyError, match="'gate' is not recorded here; there are forget_gate, input_gate"):
        trace["gate"]
    assert "hidden" in trace
    assert len(trace) == 6


def test_a_trace_survives_netcdf_and_zarr(trace, tmp_path):
    trace.dataset.to_netcdf(tmp_path / "trace.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "trace.nc", engine="h5netcdf") as back:
        xr.testing.assert_equal(back.load(), trace.dataset)
        assert back["forget_gate"].attrs["kind"] == "gate"
        assert back.attrs["residual"] == trace.residual
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zarr says that its text axis is young
        trace.dataset.to_zarr(tmp_path / "trace.zarr")
        back = xr.open_zarr(tmp_path / "trace.zarr").load()
    np.testing.assert_array_equal(back["cell"].values, trace["cell"].values)


def test_a_table_names_every_value(trace):
    table = trace.dataset[["cell"]].to_dataframe()
    assert table.loc[(2, "forward", 1, 6, 4), "cell"] == trace["cell"].values[1, 0, 0, 5, 3]


def test_the_picture_of_a_trace_in_a_terminal(trace):
    assert "forget_gate    layer=2 direction=1 batch=2 time=7 unit=5" in repr(trace)


def test_axes_count_from_one():
    trace = Trace({"a": Labelled(("time", "unit"), np.arange(6.0).reshape(2, 3), {"kind": "state"})}, residual=0.5, tokens="ab")
    assert trace["a"].sel(time=2, unit=3).item() == 5.0
    assert trace.tokens == ("a", "b")
    assert trace.dataset.attrs == {"residual": 0.5, "tokens": "ab"}


def test_a_trace_can_be_copied_and_sent(trace):
    for again in (copy.copy(trace), copy.deepcopy(trace), pickle.loads(pickle.dumps(trace))):
        np.testing.assert_array_equal(again["cell"].values, trace["cell"].values)
        assert again["cell"].attrs == trace["cell"].attrs
        assert again.residual == trace.residual


def test_the_quick_way_in_equals_the_labelled_one(trace):
    found = trace.layer("cell", 2, batch=2)
    assert found.dims == ("time", "unit")
    np.testing.assert_array_equal(found.values, trace["cell"].sel(layer=2, direction="forward", batch=2).values)
    assert trace.sizes("cell") == dict(trace["cell"].sizes)
    with pytest.raises(IndexError, match="count from 1, got layer=0"):
        trace.layer("cell", 0)
    with pytest.raises(TypeError):
        found.attrs["kind"] = "mine"
