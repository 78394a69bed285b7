"""What can be taken away: the picture as SVG and PNG, the numbers as CSV and netCDF."""

from __future__ import annotations

import csv
import xml.etree.ElementTree as ElementTree

import pytest
import xarray
from PIL import Image


@pytest.mark.parametrize("kind", ["SVG", "PNG"])
def test_the_picture_as_a_file(visit, tmp_path, kind):
    visitor = visit("/gates?text=Good%20morrow&t=5")
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name=f"Save {kind}").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    if kind == "PNG":
        with Image.open(file) as image:
            assert image.width >= 1600
            assert len(image.convert("RGB").getcolors(1 << 24)) > 50
        return
    root = ElementTree.parse(file).getroot()
    texts = [e.text for e in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "Gates: shakespeare-lstm, layer 1" in texts
    assert "".join(t for t in texts if t and len(t) == 1)[:11] == "Good␣morrow"
    assert {"1 open", "0 closed", "forget gate", "cell state"} <= set(texts)
    assert sum(1 for _ in root.iter("{http://www.w3.org/2000/svg}image")) == 6


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
