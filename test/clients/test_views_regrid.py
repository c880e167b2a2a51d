"""`@regrid` beside SciPy's interpolation and sums over shared areas that are made here."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import numpy as np
import pytest
import requests
import xarray as xr
from conftest import SHARED_DATA
from gateway import Gateway

pytestmark = pytest.mark.filterwarnings("ignore")


def global_grid(lats: np.ndarray, lons: np.ndarray, name: str = "tas", **dims: int) -> xr.Dataset:
    """A smooth field whose values tell where they are, with further dimensions before the two."""
    lat, lon = np.meshgrid(lats, lons, indexing="ij")
    field = 10 * np.sin(np.radians(lat)) + 5 * np.cos(np.radians(lat)) * np.cos(np.radians(lon - 30)) + 280
    steps = np.arange(int(np.prod(list(dims.values()), dtype=int))).reshape(tuple(dims.values()))
    values = (field[(None,) * len(dims)] + steps[..., None, None]).astype("f4")
    return xr.Dataset(
        {name: ((*dims, "lat", "lon"), values, {"units": "K", "cell_measures": "area: areacella"})},
        {
            "lat": ("lat", lats, {"units": "degrees_north", "standard_name": "latitude"}),
            "lon": ("lon", lons, {"units": "degrees_east", "standard_name": "longitude"}),
            "height": 2.0,
        },
    )


def curvilinear_grid() -> xr.Dataset:
    """A rotated grid: its pole lies at 39.25 N, 162 W, as that of EURO-CORDEX."""
    rlat, rlon = np.linspace(-25, 25, 101), np.linspace(-30, 30, 121)
    y, x = np.meshgrid(np.radians(rlat), np.radians(rlon), indexing="ij")
    pole_lat, pole_lon = np.radians(39.25), np.radians(-162.0)
    lat = np.arcsin(np.sin(y) * np.sin(pole_lat) + np.cos(y) * np.cos(x) * np.cos(pole_lat))
    lon = pole_lon + np.arctan2(-np.cos(y) * np.sin(x), -np.sin(pole_lat) * np.cos(y) * np.cos(x) + np.sin(y) * np.cos(pole_lat))
    lat, lon = np.degrees(lat), (np.degrees(lon) + 180) % 360 - 180
    return xr.Dataset(
        {"pr": (("time", "rlat", "rlon"), np.stack([lat + 2 * lon, lat - lon]).astype("f8"), {"units": "mm", "grid_mapping": "rotated_pole", "coordinates": "lat lon"}), "rotated_pole": ((), np.int32(0), {"grid_mapping_name": "rotated_latitude_longitude", "grid_north_pole_latitude": 39.25, "grid_north_pole_longitude": -162.0})},
        {
            "rlat": ("rlat", rlat, {"standard_name": "grid_latitude", "units": "degrees"}),
            "rlon": ("rlon", rlon, {"standard_name": "grid_longitude", "units": "degrees"}),
            "lat": (("rlat", "rlon"), lat, {"standard_name": "latitude", "units": "degrees_north"}),
            "lon": (("rlat", "rlon"), lon, {"standard_name": "longitude", "units": "degrees_east"}),
            "time": ("time", np.array(["2000-01-01", "2000-01-02"], "datetime64[ns]")),
        },
    )


DATASETS = {
    "rising": lambda: global_grid(np.arange(-88.75, 90, 2.5), np.arange(0, 360, 2.5), time=3),
    "falling": lambda: global_grid(np.arange(90, -91, -2.5), np.arange(-180, 180, 2.5), time=2, level=2),
    "region": lambda: global_grid(np.arange(20, 61, 2.0), np.arange(-20, 41, 2.0), time=1),
    "across": lambda: global_grid(np.arange(-10, 11, 1.0), np.arange(340, 381, 1.0) % 360),
    "turned": lambda: global_grid(np.arange(-88.75, 90, 2.5), np.arange(0, 360, 2.5), time=3).transpose("lon", "time", "lat"),
    "holes": lambda: global_grid(np.arange(-89, 90, 2.0), np.arange(1, 360, 2.0)).where(lambda ds: ~((ds.lat > 0) & (ds.lon < 90))),
    "packed": lambda: global_grid(np.arange(-89, 90, 2.0), np.arange(1, 360, 2.0)),
    "curvilinear": curvilinear_grid,
}


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, pathlib.Path]]:
    folder = tmp_path_factory.mktemp("regrid")
    for name, make in DATASETS.items():
        encoding = {"tas": {"dtype": "i2", "scale_factor": 0.01, "add_offset": 280.0, "_FillValue": -32767}} if name == "packed" else {}
        make().to_netcdf(folder / f"{name}.nc", encoding=encoding)
    server = Gateway("serve", str(folder), "--port", "0", log=tmp_path_factory.mktemp("log") / "gateway.log")
    yield server, folder
    server.stop()


def open_view(server: Gateway, dataset: str) -> xr.Dataset:
    return xr.open_zarr(f"{server.url}/datasets/{dataset}.zarr", chunks=None)


def local(folder: pathlib.Path, name: str) -> xr.Dataset:
    return xr.open_dataset(folder / f"{name}.nc")


def periodic(ds: xr.Dataset) -> xr.Dataset:
    """Rising from -360 to 720, so that interpolation finds a neighbour on both sides."""
    ds = ds.assign_coords(lon=ds.lon % 360).sortby("lon").sortby("lat")
    return xr.concat([ds.assign_coords(lon=ds.lon + turn) for turn in (-360, 0, 360)], "lon", data_vars="minimal")


@pytest.mark.parametrize("name", ["rising", "falling", "turned", "packed"])
@pytest.mark.parametrize("view,lats,lons", [
    ("regrid(1deg)", np.arange(-89.5, 90), np.arange(0.5, 360)),
    ("regrid(5deg)", np.arange(-87.5, 90, 5), np.arange(2.5, 360, 5)),
    ("regrid(lat=-60:60:0.75,lon=-179:180:1.5)", np.arange(-60, 60.1, 0.75), np.arange(-179, 180.1, 1.5)),
])
def test_bilinear_is_interpolation_round_the_globe(views, name, view, lats, lons):
    server, folder = views
    source, result = local(folder, name), open_view(server, f"{name}@{view}")
    expected = periodic(source).interp(lat=lats, lon=lons % 360)["tas"].transpose(*source["tas"].dims)
    actual = result["tas"]
    assert actual.dims == source["tas"].dims
    np.testing.assert_allclose(result.lat, lats)
    np.testing.assert_allclose(result.lon, lons)
    inside = expected.notnull().values
    np.testing.assert_allclose(actual.values[inside], expected.values[inside], rtol=2e-6)
    # between the last row and the pole the row itself holds
    assert actual.notnull().all()
    assert actual.dtype == source["tas"].dtype
    assert actual.attrs == {"units": "K"}
    assert "height" in result.coords


def test_a_region_ends_where_its_centres_end(views):
    server, folder = views
    expected = local(folder, "region").interp(lat=np.arange(-89.5, 90), lon=np.arange(0.5, 360))["tas"]
    west = local(folder, "region").assign_coords(lon=lambda ds: ds.lon + 360).interp(lat=np.arange(-89.5, 90), lon=np.arange(0.5, 360))["tas"]
    actual = open_view(server, "region@regrid(1deg)")["tas"]
    np.testing.assert_allclose(actual, expected.fillna(west), rtol=2e-6)
    across = open_view(server, "across@regrid(lat=-5:5:0.5,lon=-10:10:0.5)")["tas"]
    shifted = local(folder, "across").assign_coords(lon=lambda ds: (ds.lon + 180) % 360 - 180).sortby("lon")
    np.testing.assert_allclose(across, shifted.interp(lat=np.arange(-5, 5.1, 0.5), lon=np.arange(-10, 10.1, 0.5))["tas"], rtol=2e-6)


def test_what_touches_a_missing_value_is_missing(views):
    server, folder = views
    actual = open_view(server, "holes@regrid(1deg)")["tas"]
    expected = periodic(local(folder, "holes")).interp(lat=np.arange(-88.5, 89), lon=np.arange(0.5, 360))["tas"]
    np.testing.assert_allclose(actual.sel(lat=slice(-89, 89)), expected, rtol=2e-6)


def test_nearest_takes_values_as_they_are(views):
    server, folder = views
    source = local(folder, "falling")
    actual = open_view(server, "falling@regrid(lat=-89:89:2,lon=-179:179:2,nearest)")["tas"]
    expected = periodic(source).sel(lat=np.arange(-89, 90, 2), lon=np.arange(-179, 180, 2), method="nearest")["tas"]
    np.testing.assert_array_equal(actual, expected)


def overlaps(edges: np.ndarray, cells: np.ndarray) -> np.ndarray:
    low, high = np.maximum(edges[:-1, None], cells[None, :-1]), np.minimum(edges[1:, None], cells[None, 1:])
    return np.maximum(0, high - low)


@pytest.mark.parametrize("spacing", [1, 5, 10])
def test_conservative_keeps_the_mean_over_areas(views, spacing):
    server, folder = views
    source = local(folder, "rising")
    actual = open_view(server, f"rising@regrid({spacing}deg,conservative)")["tas"]
    rows = overlaps(np.sin(np.radians(np.arange(-90, 90.1, spacing))), np.sin(np.radians(np.arange(-90, 90.1, 2.5))))
    # cells around 0 reach below it
    cells = np.arange(-1.25, 361.25, 2.5)
    columns = overlaps(np.arange(0, 360.1, spacing), cells) + np.concatenate([overlaps(np.arange(0, 360.1, spacing), np.array([358.75, 361.25])), np.zeros((360 // spacing, 143))], axis=1)
    weights_y, weights_x = rows / rows.sum(1, keepdims=True), columns / columns.sum(1, keepdims=True)
    expected = np.einsum("ai,tij,bj->tab", weights_y, source["tas"].values.astype("f8"), weights_x)
    np.testing.assert_allclose(actual, expected, rtol=1e-6)
    area = np.diff(np.sin(np.radians(np.arange(-90, 90.1, spacing))))
    mean = (actual.values.astype("f8").mean(2) * area).sum(1) / area.sum()
    source_area = np.diff(np.sin(np.radians(np.arange(-90, 90.1, 2.5))))
    np.testing.assert_allclose(mean, (source["tas"].values.astype("f8").mean(2) * source_area).sum(1) / source_area.sum(), rtol=1e-6)


def test_conservative_takes_the_mean_of_what_is_there(views):
    server, folder = views
    actual = open_view(server, "holes@regrid(10deg,conservative)")["tas"]
    source = local(folder, "holes")["tas"]
    cell = source.sel(lat=slice(0, 10), lon=slice(80, 100))
    weights = np.cos(np.radians(cell.lat)) * xr.ones_like(cell)
    whole = float(cell.sel(lon=slice(90, 100)).weighted(np.cos(np.radians(cell.lat))).mean())
    assert np.isnan(actual.sel(lat=5, lon=45))
    np.testing.assert_allclose(actual.sel(lat=5, lon=95), whole, rtol=1e-4)
    assert weights.notnull().all()


@pytest.mark.parametrize("method", ["bilinear", "nearest", "conservative"])
def test_curvilinear_grids_give_a_linear_field_back(views, method):
    server, _ = views
    result = open_view(server, f"curvilinear@regrid(lat=40:60:0.5,lon=0:30:0.5,{method})")
    assert result["pr"].dims == ("time", "lat", "lon")
    assert set(result.coords) == {"time", "lat", "lon"}
    lat, lon = np.meshgrid(result.lat, result.lon, indexing="ij")
    tolerance = {"bilinear": 0.02, "nearest": 1.6, "conservative": 0.6}[method]
    np.testing.assert_allclose(result["pr"][0], lat + 2 * lon, atol=tolerance)
    np.testing.assert_allclose(result["pr"][1], lat - lon, atol=tolerance)
    outside = open_view(server, f"curvilinear@regrid(lat=-60:-40:5,lon=0:30:5,{method})")
    assert outside["pr"].isnull().all()


def test_what_cannot_be_is_refused_with_the_place(views):
    server, _ = views
    for view, message in {
        "regrid()": "needs a grid",
        "regrid(1)": "spacing",
        "regrid(7deg)": "do not fill the globe",
        "regrid(0deg)": "do not fill",
        "regrid(0.000001deg)": "points",
        "regrid(1deg,cubic)": "no method",
        "regrid(1deg,nearest,nearest)": "too much",
        "regrid(lat=0:10:1)": "needs both",
        "regrid(lat=0:10:-1,lon=0:10:1)": "do not lead",
        "regrid(lat=0:100:1,lon=0:10:1)": "goes from",
        "regrid(lat=0:10:1,lon=0:360:1)": "round the globe",
    }.items():
        answer = requests.get(f"{server.url}/datasets/rising@{view}/zarr/zarr.json", timeout=30)
        assert answer.status_code == 400, view
        assert message in answer.json()["detail"], (view, answer.json()["detail"])
        assert "position" in answer.json()["detail"]


SAMPLES = {
    "tas_ANT-44": ("tas", "lat", "lon", "lat=-89.75:-70:0.5,lon=0:359:1"),
    "tas_EUR-11": ("tas", "lat", "lon", "lat=40:60:0.25,lon=-5:25:0.25"),
    "nemo_1m_20150101": ("votemper", "nav_lat", "nav_lon", "lat=-60:89:1,lon=0:359:1"),
}


@pytest.mark.skipif(not SHARED_DATA.exists(), reason="the sample data are not there")
@pytest.mark.parametrize("part", SAMPLES)
def test_real_grids_have_no_seam_and_no_hole(sample_gateway: Gateway, part: str) -> None:
    spatial = pytest.importorskip("scipy.spatial")
    _, lat_name, lon_name, grid = SAMPLES[part]
    name = next(i for i in requests.get(f"{sample_gateway.url}/datasets", timeout=60).json() if part in i)
    source = open_view(sample_gateway, name)
    field = next(n for n, v in source.data_vars.items() if v.ndim >= 3 and v.dims[-2:] == source[lat_name].dims)
    first = {dim: 0 for dim in source[field].dims[:-2]}
    view = f"{name}@isel({','.join(f'{dim}=0' for dim in first)})@vars({field})" if first else name
    values = source[field].isel(first)
    lat, lon = np.radians(source[lat_name].values.ravel().astype("f8")), np.radians(source[lon_name].values.ravel().astype("f8"))
    points = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], 1)
    tree = spatial.cKDTree(points)
    nearest = open_view(sample_gateway, f"{view}@regrid({grid},nearest)")[field]
    bilinear = open_view(sample_gateway, f"{view}@regrid({grid})")[field]
    y, x = np.meshgrid(np.radians(nearest.lat.values), np.radians(nearest.lon.values), indexing="ij")
    distances, places = tree.query(np.stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)], -1), k=6)
    distance, expected = distances[..., 0], values.values.ravel()[places[..., 0]]
    inside = distance < np.median(tree.query(points[:: max(1, len(points) // 500)], k=2)[0][:, 1])
    found = inside & ~np.isnan(expected)
    assert found.any()
    # of points that are equally near any may be taken
    near = (distances <= distance[..., None] * (1 + 1e-6)) & (values.values.ravel()[places] == nearest.values[..., None])
    assert near.any(-1)[found & ~np.isnan(nearest.values)].mean() > 0.999
    assert np.isnan(nearest.values[found]).mean() < 0.01
    # what has four neighbours with values lies between them
    surrounded = found & ~np.isnan(bilinear.values)
    assert surrounded.sum() > 0.9 * found.sum() or np.isnan(values.values).mean() > 0.2
    spread = float(np.nanstd(values.values))
    assert np.abs(bilinear.values[surrounded] - expected[surrounded]).mean() < 0.1 * spread
    assert np.nanmin(bilinear) >= np.nanmin(values) - 1e-3 * spread
    assert np.nanmax(bilinear) <= np.nanmax(values) + 1e-3 * spread
    if part == "tas_ANT-44":
        assert bilinear.isel(lat=0).notnull().all(), "the pole is a place like any other"
