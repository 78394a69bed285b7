"""The numbers as files: CSV and netCDF. The pictures: test_saved_pictures.py."""

from __future__ import annotations

import csv

import pytest
import xarray


def test_the_numbers_as_a_table(visit, tmp_path):
    visitor = visit("/gates?text=Good%20morrow&t=5&unit=9")
    visitor.page.get_by_role("button", name="Export").click()
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name="This layer as CSV").click()
    download.value.save_as(tmp_path / "layer.csv")
    with (tmp_path / "layer.csv").open(encoding="utf-8") as file:
        rows = {(row["time"], row["unit"]): row for row in csv.DictReader(file)}
    for b in visitor.page.locator(".value b").all():
        row = rows[b.get_attribute("data-t"), b.get_attribute("data-unit")]
        assert float(row[b.get_attribute("data-signal")]) == pytest.approx(float(b.get_attribute("data-value")), rel=1e-6)
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name="Trace as netCDF").click()
    download.value.save_as(tmp_path / "trace.nc")
    with xarray.open_dataset(tmp_path / "trace.nc", engine="h5netcdf") as back:
        assert back["forget_gate"].sizes["time"] == 11
    assert "rnnviz.record(model, 'Good morrow')" in visitor.page.get_by_test_id("stCode").inner_text()
