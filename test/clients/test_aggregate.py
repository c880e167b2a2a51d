"""Many files published as one dataset are what xr.open_mfdataset makes of them, with the defaults that xarray is moving to."""

from __future__ import annotations

import json
import pathlib
import shutil
import time
from collections.abc import Callable, Iterator
from typing import Any

import netCDF4
import numpy as np
import pandas as pd
import pytest
import requests
import xarray as xr
from comparing import as_zarr_can_say, differences, is_limited
from conftest import SHARED_DATA
from gateway import Gateway

FORMATS = ["zarr", "zarr2"]
PATTERN = {"from": "name", "pattern": "(r\\d+i\\d+p\\d+)"}


@pytest.fixture(autouse=True)
def future_defaults() -> Iterator[None]:
    """data_vars=None, coords="minimal", compat="override", join="exact"."""
    with xr.set_options(use_new_combine_kwarg_defaults=True):
        yield


def days(start: str, count: int, **attrs: Any) -> xr.Dataset:
    """Daily fields that tell their date, on a 3 × 4 grid."""
    times = pd.date_range(start, periods=count)
    number = (times - pd.Timestamp("2000-01-01")).days.to_numpy()
    data = (number[:, None, None] * 100 + np.arange(12).reshape(3, 4)[None]).astype("f4")
    dataset = xr.Dataset({"tas": (("time", "lat", "lon"), data, {"units": "K"})}, {"time": times, "lat": [50.0, 51.0, 52.0], "lon": [0.0, 1.0, 2.0, 3.0]}, attrs)
    dataset.time.encoding = {"units": "days since 2000-01-01", "dtype": "f8", "calendar": "standard"}
    return dataset


def write(dataset: xr.Dataset, path: pathlib.Path, format: str = "NETCDF4", chunk: int | None = None, **encoding: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".zarr":
        dataset.chunk({"time": chunk or 5}).to_zarr(path, zarr_format=3, consolidated=True)
        return
    settings = {name: {**encoding} for name in dataset.data_vars}
    if chunk and format == "NETCDF4":
        for name in settings:
            lengths = [min(chunk, size) if dim == "time" else size for dim, size in dataset[name].sizes.items()]
            settings[name] |= {"chunksizes": lengths, "zlib": True}
    dataset.to_netcdf(path, format=format, encoding=settings, unlimited_dims=["time"] if "time" in dataset.dims else [])


def months(folder: pathlib.Path, year: int = 2001, **options: Any) -> None:
    for month in range(1, 13):
        start = pd.Timestamp(year, month, 1)
        write(days(str(start), start.days_in_month, title=f"month {month}"), folder / f"tas_{year}{month:02}.nc", **options)


def write_sets(root: pathlib.Path) -> None:
    months(root / "classic", format="NETCDF3_CLASSIC")
    months(root / "deflated", chunk=31)
    months(root / "steps", chunk=1)
    for part in range(4):
        piece = days(str(pd.Timestamp(2000, 1, 1) + pd.Timedelta(days=10 * part)), 10 if part < 3 else 7)
        write(piece, root / "stores" / f"part{part}.zarr", chunk=5)
        write(piece, root / "mixed" / (f"part{part}.nc" if part % 2 else f"part{part}.zarr"), chunk=5)
        write(piece.isel(time=slice(None, None, -1)), root / "falling" / f"part{part}.nc", chunk=5)
        write(piece.isel(time=slice(None, None, -1)), root / "falling3" / f"part{part}.nc", format="NETCDF3_CLASSIC")
        write(days(str(pd.Timestamp(2000, 1, 1) + pd.Timedelta(days=10 * part)), 13), root / "overlap" / f"part{part}.nc", chunk=5)
        for unit, epoch in [("days since 1999-12-25", "days"), ("hours since 2000-01-01 06:00", "hours"), ("seconds since 1970-01-01", "seconds"), ("minutes since 2000-01-01T00:00:00Z", "minutes")][part : part + 1]:
            other = piece.copy()
            other.time.encoding = {"units": unit, "dtype": "f8" if epoch != "seconds" else "i8", "calendar": "standard"}
            write(other, root / "units" / f"part{part}.nc", chunk=5)
        fine = piece.assign_coords(time=piece.time + pd.Timedelta(minutes=7 * part + 1))
        fine.time.encoding = {"units": f"days since {1850 + 50 * part}-01-01", "dtype": "f8", "calendar": "standard"}
        write(fine, root / "inexact" / f"part{part}.nc", chunk=5)
        for member in ["r1i1p1", "r2i1p1", "r10i1p1"]:
            write(piece + int(member[1:-4]), root / "nested" / f"tas_{member}_{part}.nc", chunk=10)
            write((piece - int(member[1:-4])).rename(tas="pr"), root / "nested" / f"pr_{member}_{part}.nc", chunk=10)
        packing = {"dtype": "i2", "scale_factor": 0.5 + 0.25 * part, "add_offset": 100.0 * part, "_FillValue": -9 - part}
        write(with_gap(piece), root / "packed" / f"part{part}.nc", chunk=5, **packing)
        write(with_gap(piece), root / "masked" / f"part{part}.nc", format="NETCDF3_CLASSIC", _FillValue=-9.0 - part)
        for member in [1, 2]:
            packing = {"dtype": "i2", "scale_factor": 0.5 * member, "add_offset": -3.0, "_FillValue": -32767}
            write(with_gap(piece) * member, root / "packed-members" / f"tas_r{member}_{part}.nc", chunk=5, **packing)
    for step, units in enumerate(["hours", "minutes", "seconds"]):
        lead = days("2000-01-01", 3).rename(time="lead").assign_coords(lead=("lead", np.arange(3 * step, 3 * step + 3) * 60.0**step, {"units": units}))
        lead.to_netcdf(mkdir(root / "lead") / f"part{step}.nc")
    for step in range(5):
        one = days(str(pd.Timestamp(2000, 1, 1) + pd.Timedelta(days=step)), 1).squeeze("time")
        one.time.encoding = {"units": f"days since 2000-01-{step + 1:02}", "dtype": "f8", "calendar": "standard"}
        one.to_netcdf(mkdir(root / "scalar") / f"step{step}.nc")
    write(days("2000-01-01", 10), root / "variables" / "a.nc", chunk=5)
    write(days("2000-01-01", 10).rename(tas="pr"), root / "variables" / "b.nc", format="NETCDF3_CLASSIC")
    write(days("2000-01-01", 10).rename(tas="uas"), root / "variables" / "c.zarr", chunk=5)


def with_gap(dataset: xr.Dataset) -> xr.Dataset:
    """Without the first value of every step."""
    return dataset.where((dataset.lat > 50) | (dataset.lon > 0))


def mkdir(path: pathlib.Path) -> pathlib.Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def files(pattern: str) -> list[str]:
    return [str(path) for path in sorted(pathlib.Path("/").glob(pattern.lstrip("/")))]


def opened(path: str, **options: Any) -> xr.Dataset:
    return xr.open_dataset(path, engine="zarr" if path.endswith(".zarr") else "netcdf4", **options)


def combined(pattern: str, **options: Any) -> Callable[..., xr.Dataset]:
    def local(**decoding: Any) -> xr.Dataset:
        paths = files(pattern)
        if all(path.endswith(".nc") for path in paths):
            return xr.open_mfdataset(paths, **options, **decoding)
        return xr.combine_by_coords([opened(path, **decoding) for path in paths], combine_attrs="override")

    return local


def nested(root: pathlib.Path, name: str, members: list[str]) -> Callable[..., xr.Dataset]:
    def local(**decoding: Any) -> xr.Dataset:
        paths = [files(f"{root}/nested/{name}_{member}_*.nc") for member in members]
        found = xr.open_mfdataset(paths, combine="nested", concat_dim=["member", "time"], **decoding)
        return found.assign_coords(member=members)

    return local


def generated(root: pathlib.Path) -> dict[str, tuple[dict, Callable[..., xr.Dataset], bool]]:
    """Configuration, what xarray makes of it, and whether undecoded times are comparable too."""
    along = {"combine": {"along": "time"}}
    members = ["r1i1p1", "r2i1p1", "r10i1p1"]

    def both(**decoding: Any) -> xr.Dataset:
        return xr.merge([nested(root, name, members)(**decoding) for name in ["pr", "tas"]])

    def kept(which: str) -> Callable[..., xr.Dataset]:
        def local(**decoding: Any) -> xr.Dataset:
            whole = xr.concat([opened(path, **decoding) for path in files(f"{root}/overlap/*.nc")], "time", combine_attrs="override")
            return whole.drop_duplicates("time", keep=which)

        return local

    return {
        **{
            name: ({"location": f"{root}/{name}/*", **along}, combined(f"{root}/{name}/*"), name not in ["units", "inexact", "packed", "masked"])
            for name in ["classic", "deflated", "steps", "stores", "mixed", "falling", "falling3", "units", "inexact", "packed", "masked"]
        },
        "lead": ({"location": f"{root}/lead/*", "combine": {"along": "lead"}}, combined(f"{root}/lead/*"), False),
        "packed-members": (
            {"location": f"{root}/packed-members/*", "combine": [{"new": "member", "values": {"from": "name", "pattern": "_(r\\d)_"}}, along["combine"]]},
            lambda **decoding: xr.open_mfdataset([files(f"{root}/packed-members/tas_r{m}_*") for m in [1, 2]], combine="nested", concat_dim=["member", "time"], **decoding).assign_coords(member=["r1", "r2"]),
            False,
        ),
        "folder": ({"location": f"{root}/deflated", **along}, combined(f"{root}/deflated/*"), True),
        "list": ({"location": files(f"{root}/deflated/*")[::-1], **along}, combined(f"{root}/deflated/*"), True),
        "overlap-first": ({"location": f"{root}/overlap/*", "combine": {"along": "time", "overlap": "first"}}, kept("first"), True),
        "overlap-last": ({"location": f"{root}/overlap/*", "combine": {"along": "time", "overlap": "last"}}, kept("last"), True),
        "nested": ({"location": f"{root}/nested/tas_*", "combine": [{"new": "member", "values": PATTERN}, along["combine"]]}, nested(root, "tas", members), True),
        "nested-both": ({"location": f"{root}/nested/*.nc", "combine": [{"new": "member", "values": PATTERN}, along["combine"]]}, both, True),
        "nested-list": (
            {"location": [f"{root}/nested/tas_{member}_*.nc" for member in members[::-1]], "combine": [{"new": "member", "values": members[::-1]}, along["combine"]]},
            nested(root, "tas", members[::-1]),
            True,
        ),
        "numbers": (
            {"location": files(f"{root}/nested/tas_r*_0.nc"), "combine": {"new": "number", "values": [10, 1, 2]}},
            lambda **decoding: xr.open_mfdataset(files(f"{root}/nested/tas_r*_0.nc"), combine="nested", concat_dim="number", **decoding).assign_coords(number=[10, 1, 2]),
            True,
        ),
        "scalar": (
            {"location": f"{root}/scalar/*", "combine": {"new": "time"}},
            lambda **decoding: xr.open_mfdataset(files(f"{root}/scalar/*"), combine="nested", concat_dim="time", **decoding),
            False,
        ),
        "variables": ({"location": f"{root}/variables/*"}, lambda **decoding: xr.merge([opened(path, **decoding) for path in files(f"{root}/variables/*")]), True),
    }


GENERATED = list(generated(pathlib.Path("/")))
SAMPLES: dict[str, tuple[str, dict, dict]] = {
    "siconc": ("cmip6/siconc_SImon_MPI*.nc", {"along": "time"}, {}),
    "rlds": ("cmip6/rlds_*.nc", {"along": "time"}, {}),
    "hadgem": ("cmip5/tas_Amon_HadGEM2*.nc", {"along": "time"}, {}),
    "ec-earth": ("cmip5/tas_Amon_EC-EARTH*.nc", {"along": "time"}, {}),
    "downscaled": ("downscaled/*_day_*.nc", {}, {}),
    "cordex": ("cordex/tas_AFR*.nc", {"along": "time"}, {}),
    "members": ("cmip6/tasmax_day_*.nc", {"new": "member", "values": {"from": "name", "pattern": "-(r\\d+i\\d+p\\d+f\\d+)_"}}, {"combine": "nested", "concat_dim": "member"}),
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("aggregates")
    write_sets(folder)
    return folder


def serve(folder: pathlib.Path, datasets: dict) -> Gateway:
    configuration = folder / "gateway.json"
    configuration.write_text(json.dumps({"cache": {"disk": {"path": str(folder / "cache"), "size": "100MiB"}}, "sources": {"checkEvery": "300ms"}, "datasets": datasets}))
    return Gateway("serve", "-c", str(configuration), "--port", "0", log=folder / "gateway.log")


@pytest.fixture(scope="module")
def server(root: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    datasets = {name: configuration for name, (configuration, _, _) in generated(root).items()}
    if SHARED_DATA.is_dir():
        for name, (pattern, combine, _) in SAMPLES.items():
            datasets[name] = {"location": str(SHARED_DATA / pattern), **({"combine": combine} if combine else {})}
    gateway = serve(tmp_path_factory.mktemp("server"), datasets)
    yield gateway
    gateway.stop()


def published(server: Gateway, id: str, format: str, **options: Any) -> xr.Dataset:
    return xr.open_dataset(f"{server.url}/datasets/{id}/{format}", engine="zarr", zarr_format=3 if format == "zarr" else 2, consolidated=True, **options)


def plain_text(dataset: xr.Dataset) -> xr.Dataset:
    """Strings of any kind alike."""
    return dataset.assign_coords({name: c.astype(object) for name, c in dataset.coords.items() if c.dtype.kind in "UT"})


def check(expected: xr.Dataset, actual: xr.Dataset) -> None:
    expected, actual = plain_text(expected.load()), plain_text(actual.load())
    assert not differences(expected, actual)
    xr.testing.assert_identical(expected, actual)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", GENERATED)
def test_is_what_open_mfdataset_gives(server: Gateway, root: pathlib.Path, name: str, format: str) -> None:
    _, local, is_comparable_raw = generated(root)[name]
    decoding = {"decode_timedelta": True} if name == "lead" else {}
    check(local(**decoding), published(server, name, format, **decoding))
    if is_comparable_raw:
        check(local(decode_times=False), published(server, name, format, decode_times=False))


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="no sample data beside the clone")
@pytest.mark.parametrize("decode_times", [True, False], ids=["decoded", "raw"])
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", SAMPLES)
def test_sample_data(server: Gateway, name: str, format: str, decode_times: bool) -> None:
    pattern, _, options = SAMPLES[name]
    if name == "ec-earth" and not decode_times:
        pytest.skip("each file counts from its own date: undecoded numbers mean nothing together")
    whole = {"chunks": {"time": -1, "rlat": -1, "rlon": -1, "lat": -1, "lon": -1, "i": -1, "j": -1}}
    expected = xr.open_mfdataset(files(str(SHARED_DATA / pattern)), decode_times=decode_times, **whole, **options)
    actual = published(server, name, format, decode_times=decode_times)
    if name == "members":
        expected = expected.assign_coords(member=["r1i1p1f1", "r2i1p1f1", "r3i1p1f1"])
        if (format, decode_times) != ("zarr", True):
            expected, actual = expected.isel(time=slice(700, 760)), actual.isel(time=slice(700, 760))
    check(expected, actual)


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="no sample data beside the clone")
def test_chunks_are_those_of_the_files(server: Gateway) -> None:
    """Chunk 61 of four files of 60 months is chunk 1 of the second, byte for byte."""
    path = files(str(SHARED_DATA / "cmip6/siconc_SImon_MPI*.nc"))[1]
    document = requests.get(f"{server.url}/datasets/siconc/zarr/siconc/zarr.json", timeout=30).json()
    assert document["chunk_grid"]["configuration"]["chunk_shape"] == [1, 5, 9]
    answer = requests.get(f"{server.url}/datasets/siconc/kerchunk/siconc/61.0.0", timeout=30)
    assert answer.status_code == 200 and answer.content in pathlib.Path(path).read_bytes()
    head = requests.head(f"{server.url}/datasets/siconc/kerchunk/siconc/61.0.0", timeout=30)
    assert head.headers["Content-Length"] == str(len(answer.content)) and head.headers["ETag"] == answer.headers["ETag"]
    references = requests.get(f"{server.url}/datasets/siconc/references.json", timeout=30).json()
    assert "siconc/61.0.0" in references["refs"]


@pytest.mark.parametrize("name", ["deflated", "steps", "classic", "units", "nested"])
def test_reference_sets_have_the_coordinates_that_raw_chunks_lack(server: Gateway, root: pathlib.Path, name: str) -> None:
    """Times joined from several files are chunks of none of them: not under kerchunk/, but written into references.json."""
    url = f"{server.url}/datasets/{name}"
    raw = requests.get(f"{url}/kerchunk/.zmetadata", timeout=30)
    if raw.status_code == 200:
        assert "time/.zarray" not in raw.json()["metadata"]
    refs = requests.get(f"{url}/references.json", timeout=30).json()["refs"]
    assert refs["time/0"].startswith("base64:") or isinstance(refs["time/0"], str)
    actual = xr.open_dataset(f"{url}/references.json", engine="kerchunk")
    expected = generated(root)[name][1]()
    np.testing.assert_array_equal(actual.time.values, expected.time.values)
    if "tas/.zarray" in refs:
        np.testing.assert_array_equal(actual.tas.values, expected.tas.values)


def detail(url: str) -> tuple[int, str]:
    answer = requests.get(f"{url}/zarr/zarr.json", timeout=60)
    return answer.status_code, answer.json().get("detail", "")


def test_files_that_do_not_fit_are_refused_and_named(tmp_path: pathlib.Path) -> None:
    """Each refusal: what is wrong, which two files, no path of the server."""
    first = days("2000-01-01", 10)
    second = days("2000-01-11", 10)
    along = {"along": "time"}
    cases: dict[str, tuple[list[xr.Dataset], Any, list[str]]] = {
        "overlap": ([first, days("2000-01-08", 10)], along, ['"time"', "overlaps", "overlap: first | last"]),
        "same": ([first, first + 1], along, ["overlaps"]),
        "unsorted": ([first.isel(time=[0, 2, 1]), second], along, ['"a.nc"', "not sorted"]),
        "directions": ([first, second.isel(time=slice(None, None, -1))], along, ["rises", "falls"]),
        "calendar": ([first, retimed(second, calendar="noleap")], along, ["calendars", "standard", "365_day"]),
        "months": ([first, retimed_raw(second, "months since 2000-01-01")], along, ["units", "months since 2000-01-01"]),
        "grid": ([first, second.assign_coords(lat=[50.0, 51.0, 52.5])], along, ['"lat"', "other values"]),
        "size": ([first, second.isel(lat=slice(2))], along, ['"lat"', "3, 2"]),
        "dtype": ([first, second.assign(tas=second.tas.astype("f8"))], along, ['"tas"', "float32, float64"]),
        "unit": ([first, with_attrs(second, units="degC")], along, ['"tas"', "units", "K", "degC"]),
        "missing": ([first.assign(pr=first.tas), second], along, ['"pr"', "but not in", "variables: { drop: [pr] }"]),
        "no-dimension": ([first, second], {"along": "step"}, ['"step"', "new: step"]),
        "variable": ([first, first + 1], None, ['"tas"', "is in both", "along"]),
        "merge-grid": ([first, first.rename(tas="pr").assign_coords(lat=[1.0, 2.0, 3.0])], None, ['"lat"', "other values"]),
        "merge-size": ([first, first.rename(tas="pr").isel(time=slice(5))], None, ['"time"', "(10, 5)"]),
        "members": ([first, second], {"new": "member", "values": ["a", "b"]}, ['"time"', "other values"]),
        "pattern": ([first, second], {"new": "member", "values": {"from": "name", "pattern": "_(r\\d+)_"}}, ["pattern", '"a.nc"']),
        "existing": ([first, first], {"new": "time", "values": [1, 2]}, ['"time"', "already", "along: time"]),
        "packed-type": ([first, second], along, ['"tas"', "int16, int32"]),
        "lengths": ([retimed_raw(first, "hours"), retimed_raw(second, "K")], along, ['"a.nc" has hours', '"b.nc" has K']),
    }
    datasets = {}
    for name, (pair, combine, _) in cases.items():
        for file, dataset in zip("ab", pair):
            encoding = {}
            if name == "packed-type":
                encoding = {"dtype": "i2" if file == "a" else "i4", "scale_factor": 0.5, "_FillValue": -1}
            write(dataset, tmp_path / name / f"{file}.nc", **encoding)
        locations = [str(tmp_path / name / f"{file}.nc") for file in "ab"]
        datasets[name] = {"location": locations, **({"combine": combine} if combine else {})}
    write(first, tmp_path / "groups" / "a.nc")
    with netCDF4.Dataset(tmp_path / "groups" / "a.nc", "a") as file:
        file.createGroup("inner")
    write(second, tmp_path / "groups" / "b.nc")
    datasets["groups"] = {"location": str(tmp_path / "groups/*.nc"), "combine": along}
    datasets["groups-root"] = {**datasets["groups"], "group": "/"}
    datasets["dropped"] = {**datasets["dtype"], "variables": {"drop": ["tas"]}}
    datasets["nothing"] = {"location": str(tmp_path / "none*.nc"), "combine": along}
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "a.nc").write_bytes(b"CDF\x01nonsense")
    datasets["damaged"] = {"location": [str(tmp_path / "damaged/a.nc"), str(tmp_path / "dtype/a.nc")], "combine": along}
    server = serve(tmp_path, datasets)
    try:
        for name, (_, _, words) in cases.items():
            status, text = detail(f"{server.url}/datasets/{name}")
            assert status == 502, (name, status, text)
            assert all(word in text for word in words), (name, text)
            assert '"a.nc"' in text and ('"b.nc"' in text or name in ["unsorted", "pattern", "no-dimension", "existing"]), (name, text)
            assert str(tmp_path) not in text
        status, text = detail(f"{server.url}/datasets/groups")
        assert status == 502 and "inner" in text and '"a.nc"' in text
        assert detail(f"{server.url}/datasets/groups-root")[0] == 200
        assert detail(f"{server.url}/datasets/dropped")[0] == 200
        status, text = detail(f"{server.url}/datasets/nothing")
        assert status == 502 and str(tmp_path.parent) not in text
        status, text = detail(f"{server.url}/datasets/damaged")
        assert status == 502 and '"damaged/a.nc"' in text and str(tmp_path) not in text
    finally:
        server.stop()


def retimed(dataset: xr.Dataset, calendar: str) -> xr.Dataset:
    changed = dataset.convert_calendar(calendar, use_cftime=True)
    changed.time.encoding = {"units": "days since 2000-01-01", "dtype": "f8", "calendar": calendar}
    return changed


def retimed_raw(dataset: xr.Dataset, units: str) -> xr.Dataset:
    return dataset.assign_coords(time=("time", np.arange(20.0, 20.0 + dataset.sizes["time"]), {"units": units}))


def with_attrs(dataset: xr.Dataset, **attrs: Any) -> xr.Dataset:
    return dataset.assign(tas=dataset.tas.assign_attrs(attrs))


def test_new_and_changed_files_show_under_a_new_version(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "growing"
    for part in range(3):
        write(days(str(pd.Timestamp(2000, 1, 1) + pd.Timedelta(days=10 * part)), 10), folder / f"part{part}.nc", chunk=5)
    server = serve(tmp_path, {"growing": {"location": f"{folder}/*.nc", "combine": {"along": "time"}}})
    try:
        url = f"{server.url}/datasets/growing/zarr/zarr.json"
        before = requests.get(url, timeout=30)
        write(days("2000-01-31", 4), folder / "part3.nc", chunk=5)
        eventually(lambda: requests.get(url, timeout=30).headers.get("ETag") not in [None, before.headers["ETag"]])
        check(combined(f"{folder}/*.nc")(), published(server, "growing", "zarr"))
        chunk = f"{server.url}/datasets/growing/zarr/tas/c/0/0/0"
        stale = requests.get(chunk, timeout=30)
        changed = days("2000-01-11", 10) + 1
        write(changed, tmp_path / "changed.nc", chunk=5)
        shutil.move(tmp_path / "changed.nc", folder / "part1.nc")
        eventually(lambda: requests.head(chunk, timeout=30).headers.get("ETag") not in [None, stale.headers["ETag"]])
        check(combined(f"{folder}/*.nc")(), published(server, "growing", "zarr"))
        folder.rename(tmp_path / "away")
        mkdir(folder)
        eventually(lambda: requests.get(url, timeout=30).status_code == 502)
        assert 'no file fits "*.nc"' in detail(f"{server.url}/datasets/growing")[1]
        (tmp_path / "away" / "part0.nc").rename(folder / "part0.nc")
        eventually(lambda: requests.get(url, timeout=30).status_code == 200)
        check(combined(f"{folder}/*.nc")(), published(server, "growing", "zarr"))
    finally:
        server.stop()


def eventually(attempt: Callable[[], Any], seconds: float = 20) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = attempt()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError("nothing changed")


def test_a_damaged_index_is_built_anew(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "files"
    for part in range(3):
        write(days(str(pd.Timestamp(2000, 1, 1) + pd.Timedelta(days=10 * part)), 10), folder / f"part{part}.nc", chunk=5)
    datasets = {"files": {"location": f"{folder}/*.nc", "combine": {"along": "time"}}}
    versions = []
    for damage in [None, lambda path: path.write_bytes(b"nonsense" * 4096), spoil]:
        index = tmp_path / "cache" / "aggregates" / "aggregates.sqlite"
        if damage:
            for more in ["-wal", "-shm"]:
                pathlib.Path(f"{index}{more}").unlink(missing_ok=True)
            damage(index)
        server = serve(tmp_path, datasets)
        try:
            check(combined(f"{folder}/*.nc")(), published(server, "files", "zarr"))
            versions.append(requests.get(f"{server.url}/datasets/files/zarr/zarr.json", timeout=30).headers["ETag"])
        finally:
            server.stop()
        assert index.exists()
    assert len(set(versions)) == 1


def spoil(path: pathlib.Path) -> None:
    """Other bytes in the middle of every page."""
    data = bytearray(path.read_bytes())
    for at in range(2048, len(data), 4096):
        data[at : at + 64] = bytes(byte ^ 0xFF for byte in data[at : at + 64])
    path.write_bytes(data)


def test_configurations_that_cannot_be_meant_stop_the_start(tmp_path: pathlib.Path) -> None:
    for combine, words in [
        ({"along": "time", "overlap": "both"}, ["overlap", "first"]),
        ([{"along": "time"}, {"new": "member"}], ["along"]),
        ({"new": "member", "values": ["a", "b", "c"]}, ["3 values", "1 location"]),
        ({"new": "member", "values": {"from": "name", "pattern": "("}}, ["pattern", "regular expression"]),
        ({"onto": "time"}, ["combine"]),
    ]:
        with pytest.raises(RuntimeError) as failure:
            serve(tmp_path, {"x": {"location": str(tmp_path / "*.nc"), "combine": combine}}).stop()
        assert all(word in str(failure.value) for word in words), str(failure.value)
        assert "gateway.json" in str(failure.value)


def test_the_configuration_of_the_guide(root: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """docs/aggregation.md, run on files called as it says."""
    page = (pathlib.Path(__file__).parents[2] / "docs" / "aggregation.md").read_text()
    shutil.copytree(root / "deflated", tmp_path / "months")
    for file in (root / "nested").glob("tas_*"):
        shutil.copy(file, mkdir(tmp_path / "ensemble") / file.name)
    for scenario in ["ssp126", "ssp585"]:
        shutil.copytree(root / "falling", tmp_path / scenario)
    shutil.copytree(root / "variables", tmp_path / "variables")
    shutil.copytree(root / "overlap", tmp_path / "runs")
    for number, path in enumerate(sorted((tmp_path / "runs").iterdir())):
        with netCDF4.Dataset(path, "a") as file:
            file.createVariable("cycle", "i4")[...] = number
    (tmp_path / "gateway.yaml").write_text(page.split("```yaml\n")[1].split("```")[0])
    server = Gateway("serve", "-c", str(tmp_path / "gateway.yaml"), "--port", "0", log=tmp_path / "gateway.log")
    try:
        shapes = {name: dict(published(server, name, "zarr").sizes) for name in ["tas", "ensemble", "scenarios", "surface", "analyses"]}
    finally:
        server.stop()
    grid = {"lat": 3, "lon": 4}
    assert shapes == {
        "tas": {"time": 365, **grid},
        "ensemble": {"member": 3, "time": 37, **grid},
        "scenarios": {"scenario": 2, "time": 37, **grid},
        "surface": {"time": 10, **grid},
        "analyses": {"time": 43, **grid},
    }
