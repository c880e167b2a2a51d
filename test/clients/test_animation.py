"""The animation page: cloudify's addresses, and that its view holds what cloudify would show."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterator

import numpy as np
import pytest
import requests
import xarray as xr
from gateway import Gateway

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, xr.Dataset]]:
    folder = tmp_path_factory.mktemp("animation")
    rng = np.random.default_rng(3)
    ds = xr.Dataset(
        {"tas": (("time", "lat", "lon"), rng.normal(280, 9, (30, 18, 36)).astype("f4"), {"units": "K"}), "index": (("time",), np.arange(30.0))},
        {
            "time": xr.date_range("2001-01-01", periods=30, freq="MS"),
            "lat": ("lat", np.linspace(85, -85, 18), {"units": "degrees_north"}),
            "lon": ("lon", np.arange(36) * 10.0, {"units": "degrees_east"}),
        },
    )
    ds.to_netcdf(folder / "air.monthly.nc", encoding={"tas": {"chunksizes": (1, 18, 36)}})
    server = Gateway("serve", str(folder), "--port", "0", log=tmp_path_factory.mktemp("log") / "gateway.log")
    yield f"{server.url}/datasets/air.monthly", ds
    server.stop()


def view_of(base: str, path: str) -> xr.Dataset:
    page = requests.get(f"{base}/plot/{path}", timeout=60)
    assert page.status_code == 200, page.text
    assert page.headers["Content-Type"].startswith("text/html")
    assert "Data from air for aggregation monthly" in page.text
    found = re.search(r'<a href="[./]*datasets/([^"]+)/"><code>[^<]*@', page.text)
    return xr.open_zarr(f"{base.rsplit('/', 1)[0]}/{found[1]}.zarr", chunks=None)


@pytest.mark.parametrize("path,times,lats,lons", [
    ("tas/image/coolwarm/", slice(-12, None), None, None),
    ("tas/image/coolwarm/time/-12_-1", slice(-12, -1), None, None),
    ("tas/quadmesh/RdBu_r/time/-1_0", slice(-1, None), None, None),
    ("tas/contourf/viridis/lat/20_73/lon/-45_65/time/0_3", slice(0, 3), (20, 73), (-45, 65)),
    ("tas/image/jet/time/0_1/latitude/-90_0", slice(0, 1), (-90, 0), None),
    ("tas/image/cmo.thermal/time/2001-02_2001-04/lon/0.5_25.5", slice(1, 4), None, (0.5, 25.5)),
])
def test_the_view_is_what_the_address_says(served, path, times, lats, lons):
    base, ds = served
    expected = ds["tas"].isel(time=times)
    if lats:
        expected = expected.isel(lat=np.flatnonzero((ds.lat >= lats[0]) & (ds.lat < lats[1])))
    if lons:
        signed = (ds.lon.values + 180) % 360 - 180
        inside = np.flatnonzero((signed >= lons[0]) & (signed < lons[1]))
        expected = expected.isel(lon=inside[np.argsort(signed[inside])])
    xr.testing.assert_equal(view_of(base, path)["tas"], expected)


def test_complaints_have_the_words_of_cloudify(served):
    base, _ = served
    for path, detail in {
        "nothing/image/coolwarm/": "Variable 'nothing' not found in dataset",
        "tas/cinema/coolwarm/": "Cannot use 'cinema' for plotting",
        "tas/image/nocolour/": "Variable 'nocolour' not found in colormaps",
        "tas/image/coolwarm/time": "Variable '['time']' must have length 4",
        "tas/image/coolwarm/depth/0_1": "Coordinate 'depth' not found in dataset",
        "tas/image/coolwarm/lat/a_b": "Could not use range a_b. Must be separated by '_' and of type integer.",
        "tas/image/coolwarm/lat/20": "Could not use range 20. Must be separated by '_' and of type integer.",
        "tas/image/coolwarm/lat/91_99": "Your subset leads to empty array.",
        "tas/image/coolwarm/time/5_5": "Your subset leads to empty array.",
        "index/image/coolwarm/": "Need 'lat' or 'latitude' coordinate",
    }.items():
        answer = requests.get(f"{base}/plot/{path}", timeout=60)
        assert (answer.status_code, answer.json()["detail"]) == (404, detail), path


def test_other_forms_are_pictures_of_the_same_view(served):
    base, _ = served
    for query, magic in {"?format=png": b"\x89PNG", ".png": b"\x89PNG", "?format=gif": b"GIF8", "?format=svg": b"<"}.items():
        answer = requests.get(f"{base}/plot/tas/image/coolwarm/time/0_2{query}", timeout=120)
        assert answer.status_code == 200, answer.text
        assert answer.content.startswith(magic), query
    assert requests.get(f"{base}/plot/tas/image/coolwarm/?format=exe", timeout=60).status_code == 400
