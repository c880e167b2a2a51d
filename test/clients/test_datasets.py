"""Every dataset, opened by xarray from its URL, is the dataset that xarray opens from the file."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest
import requests
import xarray as xr
from comparing import Attempt, as_zarr_can_say, differences, is_limited, samples
from conftest import SHARED_DATA
from fixtures import FIXTURES, id_of
from gateway import Gateway
from local import engine_of, groups_of, open_local

FORMATS = ["v3", "v2"]
DECODINGS = ["decoded", "raw"]
NOT_READ_HERE = {".md", ".json", ".grib", ".grb2", ".hdf", ".tmp", ""}
# GRIB, HDF4, references and Icechunk are other tests' business (or nobody's: HDF4 is refused).
SAMPLE_FILES = (
    sorted(p for p in SHARED_DATA.rglob("*") if p.is_file() and p.suffix not in NOT_READ_HERE and p.parent.parent == SHARED_DATA)
    if SHARED_DATA.is_dir()
    else []
)
# Where stored chunks are certainly addressable, and so must be published byte for byte.
ADDRESSABLE = ["zarr2.types", "zarr2.compressors", "zarr2.blosc", "zarr2.filters", "netcdf4.classic-model", "netcdf4.many-chunks", "hdf5.chunk-index-latest", "hdf5.superblock-0"]


def open_served(base: str, id: str, published: str, group: str | None, **options) -> xr.Dataset:
    """v3 the way the README tells: the URL alone, no engine."""
    if published == "v3":
        return xr.open_dataset(f"{base}/datasets/{id}.zarr", group=group, **options)
    path = {"v2": "zarr2", "kerchunk": "kerchunk"}[published]
    return xr.open_dataset(f"{base}/datasets/{id}/{path}", engine="zarr", zarr_format=2, group=group, **options)


def is_wholly_comparable(expected: xr.Dataset, actual: xr.Dataset) -> bool:
    """assert_identical reads everything, knows no infinite attribute in JSON, and fails on repeated dimensions."""
    attributes = [expected.attrs, *(variable.attrs for variable in expected.variables.values())]
    infinite = any(isinstance(value, (float, np.floating)) and np.isinf(value) for attrs in attributes for value in attrs.values())
    repeated = any(len(set(variable.dims)) < variable.ndim for variable in expected.variables.values())
    return not infinite and not repeated and all(samples(variable) == [{}] for variable in actual.variables.values())


def compare_group(path: pathlib.Path, base: str, id: str, published: str, decoding: str, group: str | None) -> list[str]:
    options = {"decode_cf": decoding == "decoded"}
    raw = Attempt(lambda: open_local(path, group, decode_cf=False).load())
    if raw.error:
        pytest.skip(f"xarray cannot open the file itself, test_arrays compares it: {raw.error}")
    local = Attempt(lambda: open_local(path, group, **options).load())

    def read() -> list[str]:
        actual = open_served(base, id, published, group, **options)
        if local.error:
            actual.load()
            return [f"opened, although the file does not: {local.error!r}"]
        expected = local.dataset
        if is_limited(raw.dataset, published):
            expected = as_zarr_can_say(raw.dataset, published)
            expected = xr.decode_cf(expected) if decoding == "decoded" else expected
        found = differences(expected, actual)
        if not found and is_wholly_comparable(expected, actual):
            xr.testing.assert_identical(expected, actual)
        return found

    served = Attempt(read)
    where = f"{group or '/'} ({published}, {decoding})"
    if local.error and served.error:
        return [] if type(served.error) is type(local.error) else [f"{where}: {served.error!r}, the file gives {local.error!r}"]
    found = [f"{where}: {type(served.error).__name__}: {str(served.error)[:600]}"] if served.error else [f"{where}: {line}" for line in served.dataset]
    found += [f"{where}: warns {warning}" for warning in sorted(served.warnings - local.warnings)]
    return found


def check(path: pathlib.Path, base: str, id: str, published: str, decoding: str) -> None:
    found: list[str] = []
    for group in groups_of(path):
        found += compare_group(path, base, id, published, decoding, group)
    assert not found, f"{id}:\n" + "\n".join(found[:40])


@pytest.mark.parametrize("decoding", DECODINGS)
@pytest.mark.parametrize("published", FORMATS)
@pytest.mark.parametrize("item", FIXTURES, ids=lambda item: item.id)
def test_fixture_is_identical(gateway, fixture_folder, item, published, decoding):
    check(fixture_folder / item.path, gateway.url, item.id, published, decoding)


@pytest.mark.parametrize("decoding", DECODINGS)
@pytest.mark.parametrize("published", FORMATS)
@pytest.mark.parametrize("path", SAMPLE_FILES, ids=lambda path: path.name)
def test_sample_file_is_identical(sample_gateway, path, published, decoding):
    check(path, sample_gateway.url, id_of(str(path.relative_to(SHARED_DATA))), published, decoding)


def has_address(path: pathlib.Path, variable: xr.DataArray) -> bool:
    """Numbers in chunks of HDF5; not strings on its heap, codecs without a name in Zarr, or records of NetCDF-3 that lie apart."""
    encoding = variable.encoding
    is_named = not encoding.get("szip") and not encoding.get("bzip2")
    return variable.dtype.kind in "iuf" and bool(encoding.get("chunksizes")) and is_named and path.parent.name not in ["hdf5", "netcdf3"]


def check_stored(path: pathlib.Path, base: str, id: str, must_exist: bool) -> None:
    answer = requests.get(f"{base}/datasets/{id}/kerchunk/.zmetadata", timeout=60)
    if answer.status_code == 404 and not must_exist:
        assert len(answer.json()["detail"]) > 20, "a 404 here says why"
        pytest.skip(answer.json()["detail"])
    assert answer.status_code == 200, answer.text
    for group in groups_of(path):
        local = Attempt(lambda: open_local(path, group, decode_cf=False).load())
        if local.error:
            continue

        def read() -> list[str]:
            actual = open_served(base, id, "kerchunk", group, decode_cf=False)
            expected = local.dataset.drop_vars(local.dataset.variables.keys() - actual.variables.keys())
            missing = [f"{name} is missing" for name in local.dataset.variables.keys() - actual.variables.keys() if has_address(path, local.dataset[name])]
            return missing + differences(as_zarr_can_say(expected, "v2"), actual)

        served = Attempt(read)
        assert served.error is None, repr(served.error)
        assert not served.dataset, "\n".join(served.dataset)


@pytest.mark.parametrize("item", FIXTURES, ids=lambda item: item.id)
def test_stored_chunks_of_fixture_have_the_same_values(gateway, fixture_folder, item):
    check_stored(fixture_folder / item.path, gateway.url, item.id, item.id in ADDRESSABLE)


@pytest.mark.parametrize("path", SAMPLE_FILES, ids=lambda path: path.name)
def test_stored_chunks_of_sample_file_have_the_same_values(sample_gateway, path):
    check_stored(path, sample_gateway.url, id_of(str(path.relative_to(SHARED_DATA))), False)


@pytest.mark.parametrize("published", FORMATS)
@pytest.mark.parametrize("path", [item for item in FIXTURES if "tree" in item.path or "groups" in item.path], ids=lambda item: item.id)
def test_groups_open_as_one_tree(gateway, fixture_folder, path, published):
    file = fixture_folder / path.path
    local = Attempt(lambda: xr.open_datatree(file, engine=engine_of(file)))
    url = f"{gateway.url}/datasets/{path.id}.zarr" if published == "v3" else f"{gateway.url}/datasets/{path.id}/zarr2"
    served = Attempt(lambda: xr.open_datatree(url, engine="zarr", zarr_format=3 if published == "v3" else 2))
    assert type(served.error) is type(local.error), repr(served.error)
    if local.error:
        return
    expected, actual = local.dataset, served.dataset
    assert set(expected.groups) == set(actual.groups)
    for name in expected.groups:
        assert not differences(expected[name].to_dataset(), actual[name].to_dataset()), name


@pytest.mark.parametrize("path", [p for p in SHARED_DATA.rglob("*.tmp") if p.parent.parent == SHARED_DATA], ids=lambda path: path.name)
def test_a_file_of_any_name_is_served_when_asked_for(path, tmp_path):
    server = Gateway("serve", str(path), "--port", "0", log=tmp_path / "gateway.log")
    try:
        (id,) = requests.get(f"{server.url}/datasets", timeout=60).json()
        for published in FORMATS:
            for decoding in DECODINGS:
                check(path, server.url, id, published, decoding)
    finally:
        server.stop()


def test_every_fixture_is_listed(gateway):
    ids = requests.get(f"{gateway.url}/datasets", timeout=60).json()
    assert sorted({item.id for item in FIXTURES} - set(ids)) == []


@pytest.mark.skipif(not SAMPLE_FILES, reason="no sample data beside the clone")
def test_every_sample_file_is_listed(sample_gateway):
    ids = requests.get(f"{sample_gateway.url}/datasets", timeout=60).json()
    assert sorted({id_of(str(p.relative_to(SHARED_DATA))) for p in SAMPLE_FILES} - set(ids)) == []
