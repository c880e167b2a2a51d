"""`groupby` and `diagnostics` documents beside what xarray computes from the file."""

from __future__ import annotations

import io
import pathlib
from collections.abc import Iterator

import numpy as np
import pytest
import requests
import xarray as xr
from gateway import Gateway

pytestmark = pytest.mark.filterwarnings("ignore")


def field(calendar: str) -> xr.Dataset:
    rng = np.random.default_rng(7)
    time = xr.date_range("2001-01-15", periods=30, freq="MS", calendar=calendar, use_cftime=calendar != "standard")
    tas = rng.normal(280, 9, (30, 7, 12)).astype("f4")
    tas[3, 2, 1] = np.nan
    return xr.Dataset(
        {"tas": (("time", "lat", "lon"), tas, {"units": "K", "long_name": "air temperature"}), "name": ("lat", list("abcdefg"))},
        {
            "time": time,
            "lat": ("lat", np.linspace(-75, 75, 7), {"units": "degrees_north"}),
            "lon": ("lon", np.arange(12) * 30.0, {"units": "degrees_east"}),
        },
    )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, pathlib.Path]]:
    folder = tmp_path_factory.mktemp("diagnostics")
    for calendar in ["standard", "noleap", "360_day"]:
        field(calendar).to_netcdf(folder / f"{calendar}.nc", encoding={"tas": {"chunksizes": (5, 7, 6), "zlib": True}})
    server = Gateway("serve", str(folder), "--port", "0", log=tmp_path_factory.mktemp("log") / "gateway.log")
    yield f"{server.url}/datasets", folder
    server.stop()


@pytest.mark.parametrize("action", ["mean", "min", "max", "count", "first", "last", "sum", "std", "var", "median"])
@pytest.mark.parametrize("coordinate", ["time.month", "time.season", "time.year", "lat"])
def test_groups_are_those_of_xarray(served, action, coordinate):
    base, folder = served
    expected = getattr(xr.open_dataset(folder / "noleap.nc")[["tas"]].groupby(coordinate), action)()["tas"]
    document = requests.get(f"{base}/noleap/groupby/tas/{coordinate}/{action}", params={"format": "json"}, timeout=60).json()
    actual = xr.DataArray.from_dict({key: document[key] for key in ("dims", "coords", "data", "attrs")})
    assert actual.dims == expected.dims
    name = coordinate.split(".")[-1]
    assert list(actual[name].values) == list(expected[name].values)
    np.testing.assert_allclose(actual.astype("f8"), expected.astype("f8"), rtol=2e-6)


@pytest.mark.parametrize("calendar", ["standard", "noleap", "360_day"])
def test_all_forms_hold_the_same_numbers(served, calendar, tmp_path):
    base, folder = served
    expected = xr.open_dataset(folder / f"{calendar}.nc").groupby("time.month").mean()["tas"]
    url = f"{base}/{calendar}/groupby/tas/time.month/mean"
    table = np.genfromtxt(io.StringIO(requests.get(f"{url}?format=csv", timeout=60).text), delimiter=",", skip_header=1)
    assert table.shape == (12 * 7 * 12, 4)
    np.testing.assert_allclose(table[:, 3].reshape(12, 7, 12), expected, rtol=2e-6)
    np.testing.assert_allclose(table[::84, 0], np.arange(1, 13))
    (tmp_path / "file.nc").write_bytes(requests.get(f"{url}?format=nc", timeout=60).content)
    np.testing.assert_allclose(xr.open_dataset(tmp_path / "file.nc")["tas"], expected, rtol=2e-6)
    target = requests.get(f"{url}?format=zarr", allow_redirects=False, timeout=60)
    assert target.status_code == 303
    np.testing.assert_allclose(xr.open_zarr(target.headers["Location"], chunks=None)["tas"], expected, rtol=2e-6)


def test_the_page_shows_table_line_and_maps(served):
    base, folder = served
    answer = requests.get(f"{base}/noleap/groupby/tas/time.month/mean", timeout=60)
    assert answer.headers["Content-Type"].startswith("text/html")
    page = answer.text
    assert "<table>" in page and "<polyline" in page and page.count("loading=\"lazy\"") == 12
    assert "tas by time.month" in page
    ds = xr.open_dataset(folder / "noleap.nc")
    mean = ds["tas"].groupby("time.month").mean().weighted(np.cos(np.radians(ds.lat))).mean(["lat", "lon"])
    assert f"<td>{float(mean[0]):.6g}</td>" in page


def test_refusals_have_the_words_of_cloudify(served):
    base, _ = served
    for path, detail in {
        "nothing/time.month/mean": "Variable 'nothing' not found in dataset",
        "tas/height.month/mean": "Groupby coordinate 'height.month' not found in dataset",
        "tas/time.month/exec": "Groupby action 'exec' not recognized",
    }.items():
        answer = requests.get(f"{base}/noleap/groupby/{path}", timeout=60)
        assert (answer.status_code, answer.json()["detail"]) == (404, detail)
    for path in ["tas/time.moon/mean", "tas/lat.month/mean", "name/time.month/mean", "tas/time.month/mean?format=xml"]:
        answer = requests.get(f"{base}/noleap/groupby/{path}", timeout=60)
        assert answer.status_code == 400, (path, answer.text)
    before = requests.get(f"{base}/noleap/keys", timeout=60).json()
    hostile = "__import__('os').system('true')"
    assert requests.get(f"{base}/noleap/groupby/{hostile}/time.month/mean", timeout=60).status_code == 404
    assert requests.get(f"{base}/noleap/keys", timeout=60).json() == before


def test_diagnostics_are_what_xarray_computes(served):
    base, folder = served
    ds = xr.open_dataset(folder / "noleap.nc")
    weighted = ds["tas"].weighted(np.cos(np.radians(ds.lat))).mean(["lat", "lon"])
    listed = requests.get(f"{base}/noleap/diagnostics/tas?format=json", timeout=60).json()
    assert [entry["name"] for entry in listed["diagnostics"]] == ["timeseries", "climatology", "map", "zonal", "trend", "histogram", "statistics"]
    documents = {entry["name"]: requests.get(entry["json"], timeout=60).json() for entry in listed["diagnostics"]}
    np.testing.assert_allclose(documents["timeseries"]["data"], weighted, rtol=1e-6)
    assert documents["timeseries"]["coords"]["time"]["data"][0] == "2001-02-01T00:00:00"
    np.testing.assert_allclose(documents["climatology"]["data"], weighted.groupby("time.month").mean(), rtol=1e-6)
    np.testing.assert_allclose(documents["zonal"]["data"], ds["tas"].mean(["time", "lon"]), rtol=1e-6)
    np.testing.assert_allclose(documents["map"]["data"], ds["tas"].mean("time"), rtol=1e-6)
    assert np.shape(documents["trend"]["data"]) == (7, 12)
    values = ds["tas"].values.astype("f8")
    statistics = documents["statistics"]
    assert (statistics["size"], statistics["count"], statistics["missing"]) == (2520, 2519, 1)
    for name in ["min", "max", "mean", "std"]:
        np.testing.assert_allclose(statistics[name], getattr(np, f"nan{name}")(values), rtol=1e-6)
    histogram = documents["histogram"]
    width, centres = histogram["coords"]["bin"]["attrs"]["width"], np.array(histogram["coords"]["bin"]["data"])
    edges = np.append(centres - width / 2, centres[-1] + width / 2)
    assert sum(histogram["data"]) == 2519
    np.testing.assert_array_equal(histogram["data"], np.histogram(values[~np.isnan(values)], edges)[0])


def test_diagnostics_have_pictures_and_a_page(served):
    base, _ = served
    page = requests.get(f"{base}/noleap/diagnostics/tas", timeout=60).text
    assert page.count("<section") == 7
    for name in ["timeseries", "climatology", "map", "zonal", "trend"]:
        picture = requests.get(f"{base}/noleap/diagnostics/tas/{name}.png", timeout=120)
        assert picture.content.startswith(b"\x89PNG"), (name, picture.text[:300])
    assert b"<polyline" in requests.get(f"{base}/noleap/diagnostics/tas/histogram.svg", timeout=60).content
    assert requests.get(f"{base}/noleap/diagnostics/nothing", timeout=60).status_code == 404
    assert requests.get(f"{base}/noleap/diagnostics/tas/nothing.json", timeout=60).status_code == 404
    assert requests.get(f"{base}/noleap/diagnostics/lat", timeout=60).status_code == 400
