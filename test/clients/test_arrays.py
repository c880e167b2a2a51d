"""Plain arrays: zarr-python reads from the gateway what zarr-python or h5py reads from the disk, to the bit."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import h5py
import numpy as np
import pytest
import zarr
from comparing import attribute_differences, native, same_values
from fixtures import FIXTURES

ZARR_FIXTURES = [item for item in FIXTURES if item.path.endswith(".zarr")]
# Read through xarray in samples; here they would be forty thousand requests.
TOO_MANY_CHUNKS = {"netcdf4.many-chunks"}


def arrays_of(node: zarr.Group | zarr.Array) -> dict[str, zarr.Array]:
    if isinstance(node, zarr.Array):
        return {"": node}
    return {name: member for name, member in node.members(max_depth=None) if isinstance(member, zarr.Array)}


def array_differences(name: str, expected: zarr.Array, actual: zarr.Array) -> Iterator[str]:
    if expected.shape != actual.shape:
        yield f"{name}: shape {actual.shape}, expected {expected.shape}"
        return
    if native(np.dtype(expected.dtype)) != native(np.dtype(actual.dtype)) and not {np.dtype(expected.dtype).kind, np.dtype(actual.dtype).kind} <= set("OT"):
        yield f"{name}: dtype {actual.dtype}, expected {expected.dtype}"
    # CF's fill is compared through xarray; where v3 cannot say it (text), it is called missing_value.
    ignored = {"_ARRAY_DIMENSIONS", "_FillValue", *({"missing_value"} - set(expected.attrs))}
    yield from attribute_differences(name, {k: v for k, v in expected.attrs.items() if k not in ignored}, {k: v for k, v in actual.attrs.items() if k not in ignored})
    dims = expected.metadata.dimension_names if expected.metadata.zarr_format == 3 else expected.attrs.get("_ARRAY_DIMENSIONS")
    published = actual.metadata.dimension_names if actual.metadata.zarr_format == 3 else actual.attrs.get("_ARRAY_DIMENSIONS")
    if dims is not None and None not in dims and list(dims) != list(published or []):
        yield f"{name}: dimension names {published}, expected {dims}"
    try:
        got, wanted = np.asarray(actual[...]), np.asarray(expected[...])
    except Exception as error:  # noqa: BLE001 - whatever the client raises is the finding
        yield f"{name}: reading failed: {type(error).__name__}: {str(error)[:300]}"
        return
    if not same_values(wanted, got):
        yield f"{name}: values differ: got {got.ravel()[:5]}, expected {wanted.ravel()[:5]}"


def open_node(url: str, zarr_format: int) -> zarr.Group | zarr.Array:
    try:
        return zarr.open_group(url, mode="r", zarr_format=zarr_format)
    except Exception:  # noqa: BLE001 - the root may be an array
        return zarr.open_array(url, mode="r", zarr_format=zarr_format)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("published", ["v3", "v2", "kerchunk"])
@pytest.mark.parametrize("item", ZARR_FIXTURES, ids=lambda item: item.id)
def test_zarr_reads_the_same_arrays(gateway, fixture_folder, item, published):
    path = {"v3": f"{item.id}.zarr", "v2": f"{item.id}/zarr2", "kerchunk": f"{item.id}/kerchunk"}[published]
    url = f"{gateway.url}/datasets/{path}"
    expected = arrays_of(zarr.open(str(fixture_folder / item.path), mode="r"))
    try:
        node = open_node(url, 3 if published == "v3" else 2)
    except FileNotFoundError:
        if published == "kerchunk":
            pytest.skip("no addressable chunks in words of Zarr v2")
        raise
    actual = arrays_of(node)
    if list(expected) == [""] and list(actual) != [""]:
        # A store that is one array is published as a group with that array in it.
        assert len(actual) == 1
        actual = {"": next(iter(actual.values()))}
    nameless = {name for name in expected if name.startswith(("bz2", "lzma"))} if published == "v3" else set()
    missing = [] if published == "kerchunk" else sorted(expected.keys() - actual.keys() - nameless)
    found = [f"{name} is missing" for name in missing]
    for name in expected.keys() & actual.keys():
        found += array_differences(name, expected[name], actual[name])
    assert not found, "\n".join(found[:40])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("published", ["v3", "v2"])
@pytest.mark.parametrize("item", [i for i in FIXTURES if i.path.startswith(("hdf5/", "netcdf4/")) and i.id not in TOO_MANY_CHUNKS], ids=lambda item: item.id)
def test_zarr_reads_what_h5py_reads(gateway, fixture_folder, item, published):
    """The third opinion: no NetCDF library, no xarray."""
    url = f"{gateway.url}/datasets/{item.id}" + (".zarr" if published == "v3" else "/zarr2")
    root = zarr.open_group(url, mode="r", zarr_format=3 if published == "v3" else 2)
    found = []
    with h5py.File(fixture_folder / item.path) as file:
        for name, array in arrays_of(root).items():
            try:
                wanted = stored_values(file[name])
            except OSError:
                continue  # strings never written: h5py itself fails
            # netCDF extends every variable to the length of its unlimited dimension, h5py shows what was written.
            got = np.asarray(array[tuple(slice(0, length) for length in wanted.shape)])
            if got.dtype.kind in "OT":
                got = got.astype(object)
            if wanted.shape == got.shape and (wanted.dtype.kind, got.dtype.kind) == ("S", "S"):
                wanted = wanted.astype(got.dtype)
            if not same_values(wanted, got):
                found.append(f"{name}: got {got.dtype} {got.ravel()[:4]}, expected {wanted.dtype} {wanted.ravel()[:4]}")
    assert not found, "\n".join(found[:40])


def stored_values(dataset: h5py.Dataset) -> np.ndarray:
    text = h5py.check_string_dtype(dataset.dtype)
    if text is not None and text.length is None:
        return np.asarray(dataset.asstr()[()], dtype=object)
    return np.asarray(dataset[()])


def test_unrepresentable_variables_are_left_out_and_named(gateway):
    """Compound, ragged, opaque and reference types: the rest of the file works, the page and the API say what is missing."""
    root = zarr.open_group(f"{gateway.url}/datasets/hdf5.oddities.zarr", mode="r")
    names = set(root.array_keys())
    assert {"target", "x", "bits", "hard"} <= names
    assert not names & {"references", "compound", "ragged", "dangling", "outside"}
    np.testing.assert_array_equal(root["target"][...], np.arange(4.0))
    assert root["target"].attrs["units"] == "m"


def test_single_arrays_open_by_their_own_address(gateway, fixture_folder):
    for item in ["zarr2.types", "zarr3.types", "netcdf4.groups"]:
        for name in ["lat"] if item.startswith("netcdf") else ["little_f4", "flag"]:
            one = zarr.open_array(f"{gateway.url}/datasets/{item}.zarr/{name}", mode="r")
            two = zarr.open_array(f"{gateway.url}/datasets/{item}/zarr2/{name}", mode="r", zarr_format=2)
            np.testing.assert_array_equal(one[...], two[...])
    nested = zarr.open_group(f"{gateway.url}/datasets/netcdf4.groups.zarr/upper/deep", mode="r")
    assert pathlib.PurePosixPath("deeper/q").as_posix() in dict(nested.members(max_depth=None))
