"""Pictures by URL: pixels at known places have the colours that matplotlib gives the values there, values are xarray's."""

from __future__ import annotations

import io
import json
import pathlib
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator

import cmocean  # noqa: F401  registers cmo.*
import numpy as np
import pytest
import xarray as xr
from conftest import SHARED_DATA
from gateway import Gateway
from matplotlib import colormaps
from PIL import Image

TIMES = np.arange("2013-01-01", "2013-01-31", dtype="datetime64[D]").astype("datetime64[ns]")
POLE = {"grid_mapping_name": "rotated_latitude_longitude", "grid_north_pole_latitude": 39.25, "grid_north_pole_longitude": -162.0}


def field(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Smooth, without a symmetry that would hide a swapped axis."""
    return 280 + 20 * np.sin(np.radians(lon)) * np.cos(np.radians(lat)) + 0.2 * lat


def regular(lon: np.ndarray, lat: np.ndarray) -> xr.Dataset:
    values = field(*np.meshgrid(lon, lat)).astype("f4")
    values[3, 5] = np.nan
    steps = np.arange(len(TIMES), dtype="f4")
    return xr.Dataset(
        {"tas": (("time", "lat", "lon"), values + steps[:, None, None], {"units": "K", "long_name": "temperature"})},
        {"time": TIMES, "lat": ("lat", lat, {"units": "degrees_north"}), "lon": ("lon", lon, {"units": "degrees_east"})},
    )


def unrotated(rlon: np.ndarray, rlat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    tilt, lam, phi = np.radians(POLE["grid_north_pole_latitude"]), np.radians(rlon), np.radians(rlat)
    lat = np.arcsin(np.sin(tilt) * np.sin(phi) + np.cos(tilt) * np.cos(phi) * np.cos(lam))
    lon = np.arctan2(-np.cos(phi) * np.sin(lam), np.cos(tilt) * np.sin(phi) - np.sin(tilt) * np.cos(phi) * np.cos(lam))
    return (np.degrees(lon) + POLE["grid_north_pole_longitude"] + 180) % 360 - 180, np.degrees(lat)


def rotated() -> xr.Dataset:
    rlon, rlat = np.arange(-28, 18, 1.0), np.arange(-23, 22, 1.0)
    lon, lat = unrotated(*np.meshgrid(rlon, rlat))
    return xr.Dataset(
        {"tas": (("rlat", "rlon"), field(lon, lat).astype("f4"), {"grid_mapping": "pole", "units": "K"}), "pole": ((), 0, POLE)},
        {
            "rlon": ("rlon", rlon, {"standard_name": "grid_longitude", "units": "degrees"}),
            "rlat": ("rlat", rlat, {"standard_name": "grid_latitude", "units": "degrees"}),
        },
    )


def curvilinear() -> xr.Dataset:
    """Two-dimensional coordinates across the antimeridian, with fill values among them that are not declared."""
    x, y = np.meshgrid(np.linspace(-40, 40, 61), np.linspace(-30, 30, 51))
    lon, lat = (180 + x + 0.2 * y + 180) % 360 - 180, y + 0.15 * x
    values = field(lon, lat)
    lon[:4, :4] = lat[:4, :4] = 1e30
    return xr.Dataset(
        {"tas": (("y", "x"), values, {"units": "K", "coordinates": "nav_lat nav_lon"})},
    ).assign(nav_lon=(("y", "x"), lon, {"units": "degrees_east"}), nav_lat=(("y", "x"), lat, {"units": "degrees_north"}))


def unstructured(has_bounds: bool) -> xr.Dataset:
    """A lattice that forgot its shape, in radians."""
    lon, lat = (part.ravel() for part in np.meshgrid(np.arange(-177.5, 180, 5), np.arange(-87.5, 90, 5)))
    order = np.random.default_rng(3).permutation(len(lon))
    lon, lat = lon[order], lat[order]
    units = {"units": "radian"}
    dataset = xr.Dataset(
        {"tas": ("cell", field(lon, lat), {"units": "K", "coordinates": "clat clon"})},
    ).assign(clon=("cell", np.radians(lon), units | {"standard_name": "longitude"}), clat=("cell", np.radians(lat), units | {"standard_name": "latitude"}))
    if has_bounds:
        dx, dy = np.array([-2.5, 2.5, 2.5, -2.5]), np.array([-2.5, -2.5, 2.5, 2.5])
        dataset = dataset.assign(
            clon_bnds=(("cell", "v"), np.radians(lon[:, None] + dx)), clat_bnds=(("cell", "v"), np.radians(lat[:, None] + dy))
        )
        dataset.clon.attrs["bounds"], dataset.clat.attrs["bounds"] = "clon_bnds", "clat_bnds"
    return dataset


def projected() -> xr.Dataset:
    """Lambert's azimuthal map of Europe, in kilometres."""
    import pyproj

    crs = pyproj.CRS("+proj=laea +lat_0=52 +lon_0=10 +x_0=0 +y_0=0 +a=6378137 +rf=298.257223563 +units=m")
    x, y = np.arange(-1500, 1501, 50.0), np.arange(1400, -1401, -50.0)
    lon, lat = pyproj.Transformer.from_crs(crs, 4326, always_xy=True).transform(*(part * 1000 for part in np.meshgrid(x, y)))
    mapping = {
        "grid_mapping_name": "lambert_azimuthal_equal_area", "latitude_of_projection_origin": 52.0, "longitude_of_projection_origin": 10.0,
        "false_easting": 0.0, "false_northing": 0.0, "semi_major_axis": 6378137.0, "inverse_flattening": 298.257223563,
    }  # fmt: skip
    axis = {"units": "km"}
    return xr.Dataset(
        {"tas": (("y", "x"), field(lon, lat).astype("f4"), {"grid_mapping": "crs"}), "crs": ((), 0, mapping)},
        {"x": ("x", x, axis | {"standard_name": "projection_x_coordinate"}), "y": ("y", y, axis | {"standard_name": "projection_y_coordinate"})},
    )


def columns() -> xr.Dataset:
    """Levels, packed integers, a field without a value, a transposed one, text."""
    lat, lon, level = np.arange(-80.0, 81, 10), np.arange(0.0, 360, 10), np.array([1000.0, 850.0, 500.0, 100.0])
    values = field(*np.meshgrid(lon, lat)) - np.arange(4)[:, None, None] * 25
    coords = {"lat": ("lat", lat, {"units": "degrees_north"}), "lon": ("lon", lon, {"units": "degrees_east"}), "level": ("level", level, {"units": "hPa", "positive": "down"})}
    return xr.Dataset(
        {
            "ta": (("level", "lat", "lon"), values),
            "packed": (("lat", "lon"), np.where(values[0] > 290, np.nan, values[0])),
            "empty": (("lat", "lon"), np.full(values[0].shape, np.nan)),
            "turned": (("lon", "lat"), values[0].T),
            "label": (("level",), np.array(["a", "b", "c", "d"], dtype=object)),
        },
        coords,
    )


LATITUDES, LONGITUDES = np.arange(-88.0, 89, 4), np.arange(-178.0, 179, 4)


@pytest.fixture(scope="module")
def data() -> dict[str, xr.Dataset]:
    return {
        "rising": regular(LONGITUDES, LATITUDES),
        "falling": regular(LONGITUDES, LATITUDES[::-1]),
        "wide": regular(np.arange(2.0, 360, 4), LATITUDES),
        "pacific": regular(np.arange(152.0, 211, 4), LATITUDES[::-1]),
        "rotated": rotated(),
        "curvilinear": curvilinear(),
        "cells": unstructured(has_bounds=True),
        "places": unstructured(has_bounds=False),
        "projected": projected(),
        "columns": columns(),
    }


@pytest.fixture(scope="module")
def server(data: dict[str, xr.Dataset], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("pictures")
    for name, dataset in data.items():
        packing = {"packed": {"dtype": "i2", "scale_factor": 0.01, "add_offset": 250.0, "_FillValue": -32768}} if name == "columns" else {}
        nav = {key: {"_FillValue": None} for key in ("nav_lon", "nav_lat") if key in dataset}
        dataset.to_netcdf(folder / f"{name}.nc", encoding=packing | nav)
    gateway = Gateway("serve", str(folder), "--port", "0", log=tmp_path_factory.mktemp("log") / "gateway.log")
    yield gateway
    gateway.stop()


def get(server: Gateway, path: str, **parameters: object) -> tuple[bytes, dict[str, str]]:
    url = f"{server.url}/datasets/{path}{'?' if parameters else ''}{urllib.parse.urlencode(parameters)}"
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read(), {key.lower(): value for key, value in answer.headers.items()}


def refusal(server: Gateway, path: str) -> tuple[int, dict]:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{server.url}/datasets/{path}", timeout=30)
    assert caught.value.headers["Content-Type"] == "application/problem+json"
    return caught.value.code, json.loads(caught.value.read())


def pixels(server: Gateway, path: str, **parameters: object) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(get(server, path, **parameters)[0])).convert("RGBA"))


def colour(value: float, cmap: str = "viridis", vmin: float = 250, vmax: float = 330) -> np.ndarray:
    return np.array(colormaps[cmap]((value - vmin) / (vmax - vmin), bytes=True))


BARE = {"decorations": "false", "cmap": "viridis", "vmin": 250, "vmax": 330}


def check(picture: np.ndarray, box: tuple[float, float, float, float], places: list[tuple[float, float, float]]) -> None:
    """PlateCarree: the pixel of a place is linear in its degrees. One step of the table is left to rounding."""
    west, south, east, north = box
    width = (east - west) % 360 or 360
    height = picture.shape[0]
    for lon, lat, value in places:
        column = int(((lon - west) % 360) / width * picture.shape[1])
        row = int((north - lat) / (north - south) * height)
        got = picture[row, column].astype(int)
        near = [colour(value + step * 80 / 256) for step in (-1, 0, 1)]
        assert any(abs(got - wanted.astype(int)).max() == 0 for wanted in near), (lon, lat, value, got, near[1])


@pytest.mark.parametrize("name", ["rising", "falling", "wide"])
@pytest.mark.parametrize("box", [(-180, -90, 180, 90), (-30, 20, 50, 70), (150, -60, -110, 60), (170, -20, 200, 10)])
def test_regular_grids_lie_where_their_coordinates_say(server, data, name, box):
    picture = pixels(server, f"{name}/plot/tas.png", isel="time:0", bbox=",".join(map(str, box)), width=720, **BARE)
    tas = data[name].tas[0]
    west, south, east, north = box
    places = [
        (float(lon), float(lat), float(tas.sel(lat=lat, lon=lon)))
        for lat in tas.lat.values if south < lat < north
        for lon in tas.lon.values if (lon - west) % 360 < ((east - west) % 360 or 360) and not np.isnan(tas.sel(lat=lat, lon=lon))
    ]  # fmt: skip
    assert len(places) > 20
    check(picture, box, places)


def test_missing_values_are_transparent_and_cells_reach_half_way(server, data):
    box = (-180, -90, 180, 90)
    picture = pixels(server, "rising/plot/tas.png", isel="time:0", bbox="-180,-90,180,90", width=720, height=360, **BARE)
    assert picture.shape == (360, 720, 4)
    missing = data["rising"].tas[0, 3, 5]
    column, row = int((float(missing.lon) + 180) * 2), int((90 - float(missing.lat)) * 2)
    assert picture[row, column, 3] == 0
    # a cell of four degrees is eight pixels, from its west end to its east end
    assert (picture[row, column - 4 : column + 4, 3] == 0).all()
    assert (picture[row, [column - 5, column + 4], 3] == 255).all()
    check(picture, box, [(float(lon), 0.0, float(data["rising"].tas[0].sel(lat=0.0, lon=lon))) for lon in LONGITUDES])


def test_a_field_across_the_antimeridian_is_in_one_piece(server, data):
    picture = pixels(server, "pacific/plot/tas.png", isel="time:0", **BARE)
    tas = data["pacific"].tas[0]
    places = [(float(lon), float(lat), float(tas.sel(lat=lat, lon=lon))) for lat in tas.lat.values for lon in tas.lon.values if not np.isnan(tas.sel(lat=lat, lon=lon))]
    check(picture, (150, -90, 210, 90), places)


@pytest.mark.parametrize("name", ["rotated", "curvilinear", "projected"])
def test_grids_with_places_of_two_dimensions(server, data, name):
    dataset = data[name]
    if name == "rotated":
        lon, lat = unrotated(*np.meshgrid(dataset.rlon, dataset.rlat))
    elif name == "curvilinear":
        lon, lat = dataset.nav_lon.values, dataset.nav_lat.values
    else:
        import pyproj

        back = pyproj.Transformer.from_crs("+proj=laea +lat_0=52 +lon_0=10 +ellps=WGS84", 4326, always_xy=True)
        lon, lat = back.transform(*(part * 1000 for part in np.meshgrid(dataset.x, dataset.y)))
    box = {"rotated": (-50, 20, 80, 75), "curvilinear": (130, -40, -130, 40), "projected": (-15, 35, 40, 66)}[name]
    picture = pixels(server, f"{name}/plot/tas.png", bbox=",".join(map(str, box)), width=1600, **BARE)
    west, south, east, north = box
    width = (east - west) % 360
    inside = (np.abs(lat) < 90) & (lat > south + 0.1) & (lat < north - 0.1) & ((lon - west) % 360 > 0.1) & ((lon - west) % 360 < width - 0.1)
    places = list(zip(lon[inside], lat[inside], dataset.tas.values[inside], strict=True))
    assert len(places) > 500
    check(picture, box, places)


@pytest.mark.parametrize("name", ["cells", "places"])
def test_unstructured_grids_with_and_without_corners(server, data, name):
    tas = data[name].tas
    places = list(zip(np.degrees(data[name].clon.values), np.degrees(data[name].clat.values), tas.values, strict=True))
    picture = pixels(server, f"{name}/plot/tas.png", bbox="-180,-90,180,90", width=720, **BARE)
    check(picture, (-180, -90, 180, 90), places)
    assert (picture[..., 3] == 255).mean() > 0.97
    pacific = pixels(server, f"{name}/plot/tas.png", bbox="150,-60,-150,60", width=720, **BARE)
    check(pacific, (150, -60, -150, 60), [place for place in places if (place[0] - 150) % 360 < 60 and abs(place[1]) < 60])


@pytest.mark.parametrize("projection", ["Robinson", "Mollweide", "EqualEarth", "Orthographic", "NorthPolarStereo", "LambertAzimuthalEqualArea", "Mercator", "PlateCarree"])
@pytest.mark.parametrize("name", ["falling", "cells"])
def test_projections_put_places_where_cartopy_does(server, data, projection, name):
    ccrs = pytest.importorskip("cartopy.crs")
    radius = 1000.0
    globe = ccrs.Globe(semimajor_axis=radius, semiminor_axis=radius, ellipse=None)
    made = {
        "Orthographic": lambda: ccrs.Orthographic(10, 30, globe=globe),
        "NorthPolarStereo": lambda: ccrs.NorthPolarStereo(10, globe=globe),
        "LambertAzimuthalEqualArea": lambda: ccrs.LambertAzimuthalEqualArea(10, 30, globe=globe),
        "Mercator": lambda: ccrs.Mercator(10, -85.0511287798066, 85.0511287798066, globe=globe),
        "PlateCarree": lambda: ccrs.PlateCarree(10),
    }
    crs = made.get(projection, lambda: getattr(ccrs, projection)(10, globe=globe))()
    middle = {"central_longitude": 10} | ({"central_latitude": 30} if projection in ("Orthographic", "LambertAzimuthalEqualArea") else {})
    picture = pixels(server, f"{name}/plot/tas.png", width=1500, projection=projection, **middle, **({"isel": "time:0"} if name == "falling" else {}), **BARE)
    height, width = picture.shape[:2]
    if name == "falling":
        tas = data[name].tas[0]
        lon, lat = (part.ravel() for part in np.meshgrid(tas.lon, tas.lat))
        values = tas.values.ravel()
    else:
        lon, lat, values = np.degrees(data[name].clon.values), np.degrees(data[name].clat.values), data[name].tas.values
    points = crs.transform_points(ccrs.PlateCarree() if projection == "PlateCarree" else ccrs.PlateCarree(globe=globe), lon, lat)[:, :2]
    if projection == "NorthPolarStereo":
        reach = 2 * radius * np.tan(np.radians(45) / 2)
        keep, bounds = np.hypot(*points.T) < 0.95 * reach, (-reach, reach, -reach, reach)
    else:
        bounds = (*crs.x_limits, *crs.y_limits)
        if projection == "LambertAzimuthalEqualArea":
            edge = 2 * radius * np.sin(np.radians(179) / 2)
            bounds = (-edge, edge, -edge, edge)
        # not at the cut itself, where the middle of a pixel may lie at the other end, or beyond the map
        keep = np.isfinite(points).all(axis=1) & (np.abs(lat) < 84) & (np.abs((lon - 190 + 180) % 360 - 180) > 5)
        if projection in ("Orthographic", "LambertAzimuthalEqualArea"):
            keep &= np.hypot(*points.T) < 0.85 * bounds[1]
    checked = 0
    for (x, y), value in zip(points[keep], values[keep], strict=True):
        if np.isnan(value):
            continue
        column, row = int((x - bounds[0]) / (bounds[1] - bounds[0]) * width), int((bounds[3] - y) / (bounds[3] - bounds[2]) * height)
        if not (2 < column < width - 2 and 2 < row < height - 2):
            continue
        got = picture[row, column].astype(int)
        assert any(abs(got - colour(value + step * 80 / 256).astype(int)).max() == 0 for step in (-1, 0, 1)), (projection, x, y, value, got)
        checked += 1
    assert checked > 300


@pytest.mark.parametrize("cmap", ["viridis", "RdBu_r", "twilight", "tab20", "cubehelix", "thermal", "cmo.balance_r", "gist_grey", "Grays", "berlin"])
def test_colour_maps_are_those_of_matplotlib_and_cmocean(server, data, cmap):
    picture = pixels(server, "rising/plot/tas.png", isel="time:0", width=360, height=180, **(BARE | {"cmap": cmap}))
    named = f"cmo.{cmap}" if cmap == "thermal" else cmap
    tas = data["rising"].tas[0]
    for lon in LONGITUDES:
        value = float(tas.sel(lat=0.0, lon=lon))
        steps = [colormaps[named](np.clip((value - 250) / 80 + step / 256, 0, 1), bytes=True) for step in (-1, 0, 1)]
        assert any(tuple(picture[90, int(lon + 180)]) == wanted for wanted in steps), (cmap, lon)


def test_every_map_of_matplotlib_is_known(server):
    names = [name for name in colormaps if not name.endswith(("_i", "_r_i", "_i_r"))]
    for name in names[::7]:
        assert get(server, "rising/plot/tas.png", width=16, height=16, cmap=name, decorations="false")[0][:4] == b"\x89PNG", name


@pytest.mark.parametrize("name,variable,selection", [("rising", "tas", {"time": "2013-01-05"}), ("falling", "tas", {}), ("columns", "ta", {"level": "500"}), ("columns", "packed", {}), ("columns", "turned", {}), ("rotated", "tas", {}), ("curvilinear", "tas", {}), ("cells", "tas", {})])  # fmt: skip
def test_npy_and_json_are_what_xarray_has(server, data, name, variable, selection):
    wanted = data[name][variable]
    if "time" in wanted.dims:
        wanted = wanted.sel(time=selection["time"]) if selection else wanted[-1]
    if "level" in wanted.dims:
        wanted = wanted.sel(level=float(selection["level"]))
    array = np.load(io.BytesIO(get(server, f"{name}/plot/{variable}.npy", **selection)[0]))
    assert array.shape == wanted.shape and (array.dtype == wanted.dtype)
    tolerance = 0.006 if variable == "packed" else 0
    np.testing.assert_allclose(array, wanted.values, rtol=0, atol=tolerance)
    document = json.loads(get(server, f"{name}/plot/{variable}.json", **selection)[0])
    values = np.array(document["values"], dtype=float)
    np.testing.assert_allclose(values, wanted.values, rtol=1e-6, atol=tolerance)
    assert document["dims"] == list(wanted.dims) and document["shape"] == list(wanted.shape)
    assert document["scale"]["vmin"] == pytest.approx(float(wanted.min()), abs=0.01)


def test_a_box_cuts_the_values_to_what_is_drawn(server, data):
    document = json.loads(get(server, "falling/plot/tas.json", isel="time:0", bbox="-30,20,50,70")[0])
    assert document["extent"] == {"west": -30, "south": 20, "east": 50, "north": 70}
    lat, lon = np.array(document["coords"]["lat"]), np.array(document["coords"]["lon"])
    np.testing.assert_array_equal(np.array(document["values"], "f4"), data["falling"].tas[0].sel(lat=lat, lon=lon))
    assert lat.min() <= 22 and lat.max() >= 68 and lat.size < 20


def test_sections_lines_and_movies(server):
    for path, kind in [
        ("columns/plot/ta.png?lon=30", "PNG"),
        ("rising/plot/tas.png?kind=hovmoller", "PNG"),
        ("rising/plot/tas.png?lat=0&lon=2", "PNG"),
        ("rising/plot/tas.webp?width=300", "WEBP"),
        ("columns/plot/label.png", None),
    ]:
        if kind is None:
            assert refusal(server, path)[0] == 400
        else:
            assert Image.open(io.BytesIO(get(server, path)[0])).format == kind
    for suffix in ("gif", "webp"):
        for query in ("frames=5", "time=2013-01-03:2013-01-07", "isel.time=2:7"):
            movie = Image.open(io.BytesIO(get(server, f"rising/plot/tas.{suffix}?animate=time&width=300&{query}")[0]))
            assert movie.n_frames == 5
    assert get(server, "rising/plot/tas.svg")[0].startswith(b"<?xml")


def test_the_frames_of_a_movie_show_their_times(server, data):
    movie = Image.open(io.BytesIO(get(server, "rising/plot/tas.gif", time="2013-01-01:2013-01-04", bbox="-180,-90,180,90", width=720, **BARE)[0]))
    for frame in range(4):
        movie.seek(frame)
        picture = np.asarray(movie.convert("RGBA")).astype(int)
        for lon in LONGITUDES[::5]:
            wanted = colour(float(data["rising"].tas[frame].sel(lat=0.0, lon=lon))).astype(int)
            assert abs(picture[180, int((lon + 180) * 2)] - wanted).max() <= 12, (frame, lon)


def test_equal_pictures_share_a_validator_and_revalidate_for_free(server):
    first, headers = get(server, "rising/plot/tas.png", time="2013-01-05", cmap="magma")
    again, same = get(server, "rising/plot/tas.png", cmap="magma", isel="time:4")
    assert first == again and headers["etag"] == same["etag"]
    assert get(server, "rising/plot/tas.png", time="2013-01-06", cmap="magma")[1]["etag"] != headers["etag"]
    request = urllib.request.Request(f"{server.url}/datasets/rising/plot/tas.png?time=2013-01-05&cmap=magma", headers={"If-None-Match": headers["etag"]})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert caught.value.code == 304
    head = urllib.request.Request(f"{server.url}/datasets/rising/plot/tas.png?time=2013-01-07", method="HEAD")
    with urllib.request.urlopen(head) as answer:
        assert answer.headers["ETag"] and answer.headers["Content-Length"] is None


@pytest.mark.parametrize(
    "path,code,words",
    [
        ("rising/plot/tas.png?width=1000000000", 400, ["width", "4096"]),
        ("rising/plot/tas.gif?frames=1000000", 400, ["frames", "240"]),
        ("rising/plot/tas.png?levels=100000", 400, ["levels", "256"]),
        ("rising/plot/tas.png?contours=100000", 400, ["contours"]),
        ("rising/plot/tas.png?vmin=abc", 400, ["vmin", "number"]),
        ("rising/plot/tas.png?vmin=5&vmax=1", 400, ["vmin", "vmax"]),
        ("rising/plot/tas.png?cmap=virridis", 400, ["viridis"]),
        ("rising/plot/tas.png?projection=Robbinson", 400, ["Robinson"]),
        ("rising/plot/tas.png?bbox=1,2,3", 400, ["bbox"]),
        ("rising/plot/tas.png?bbox=0,50,10,20", 400, ["bbox"]),
        ("rising/plot/tas.png?bbox=0,1e999,10,20", 400, ["bbox"]),
        ("rising/plot/tos.png", 404, ["tas"]),
        ("rising/plot/__proto__.png", 404, []),
        ("rising/plot/tas.png?__proto__=1", 200, []),
        ("rising/plot/tas.png?constructor=1", 400, ["constructor"]),
        ("rising/plot/tas.png?tmie=2013", 400, ["time"]),
        ("rising/plot/tas.png?time=2014-05", 404, ["2013-01-30"]),
        ("rising/plot/tas.png?time=soon", 400, ["time"]),
        ("columns/plot/ta.png?level=700", 404, ["850", "500"]),
        ("rising/plot/tas.png?isel=time:99", 400, ["29"]),
        ("columns/plot/label.png", 400, ["numbers"]),
        ("columns/plot/ta.png?kind=line&x=nothing", 400, ["level"]),
        ("rising/plot/tas.png?width=5&width=6", 400, ["twice"]),
        ("rising/plot/tas.png?format=exe", 400, ["png"]),
    ],
)
def test_bad_requests_are_told_what_is_expected(server, path, code, words):
    if code == 200:
        get(server, path)
        return
    status, problem = refusal(server, path)
    assert status == code and all(word in problem["detail"] for word in words), problem
    assert str(pathlib.Path.home()) not in json.dumps(problem)


def test_a_field_without_values_is_a_picture(server):
    picture = pixels(server, "columns/plot/empty.png")
    assert picture.shape[1] == 960
    assert (pixels(server, "columns/plot/empty.png", decorations="false")[..., 3] == 0).all()


def test_pages_tell_who_unfolds_them_what_they_show(server):
    text, headers = get(server, "rising/plot/tas", cmap="magma")
    page = text.decode()
    assert 'property="og:image" content="' + server.url in page and "application/json+oembed" in page and "<script" not in page
    assert "default-src 'none'" in headers["content-security-policy"]
    with urllib.request.urlopen(f"{server.url}/oembed?url={urllib.parse.quote(server.url + '/datasets/rising/plot/tas?cmap=magma', safe='')}") as answer:
        photo = json.loads(answer.read())
    assert photo["type"] == "photo" and "cmap=magma" in photo["url"]
    with urllib.request.urlopen(photo["url"]) as answer:
        assert Image.open(io.BytesIO(answer.read())).width == photo["width"]
    for name in ("rising", "cells", "columns"):
        assert Image.open(io.BytesIO(get(server, f"{name}/thumbnail.png")[0])).width == 480


@pytest.mark.skipif(not SHARED_DATA.exists(), reason="the sample data are not beside the clone")
def test_every_variable_of_the_samples_is_drawn_or_refused_with_a_reason(sample_gateway):
    with urllib.request.urlopen(f"{sample_gateway.url}/datasets") as answer:
        ids = json.loads(answer.read())
    drawn = 0
    for name in ids:
        try:
            variables = json.loads(get(sample_gateway, f"{urllib.parse.quote(name)}/keys")[0])
        except urllib.error.HTTPError as error:
            assert error.code == 501, name  # a file that cannot be opened at all
            continue
        for variable in variables:
            path = f"{urllib.parse.quote(name)}/plot/{urllib.parse.quote(variable)}.png?width=200"
            try:
                assert get(sample_gateway, path)[0][:4] == b"\x89PNG"
                drawn += 1
            except urllib.error.HTTPError as error:
                assert error.code in (400, 404, 501), (path, error.code, error.read())
    assert drawn > 80
