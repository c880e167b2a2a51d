"""
The published documents are those that `ds.to_zarr` writes.

Where source and published format are the same, they are equal as JSON. Otherwise these fields differ by design, and no other:
- `codecs`, `compressor`, `filters`: stored bytes pass untouched, so the stored encoding is named, not xarray's default;
- `chunk_grid`, `chunks`: of a NetCDF file, its own chunks (or about 1 to 8 MB of contiguous data);
- `fill_value` in format 3: what a missing chunk reads as. That is the source's own fill, xarray writes 0 or NaN;
- format 2 of a format 3 source: CF's `_FillValue` stands in the attributes and `fill_value` is null, unless the source's missing chunks read as it;
- `dtype` in format 2 of a big-endian file: its own byte order;
- text, where the length is not fixed: xarray measures it and writes that, the gateway publishes what is stored. Likewise booleans, which
  a NetCDF file keeps as int8 with an attribute `dtype`.
The expected document is written from the undecoded dataset: what is stored, not what xarray would choose anew.
"""

from __future__ import annotations

import json
import pathlib
import warnings

import pytest
import requests
import xarray as xr
from comparing import as_zarr_can_say, same_attribute
from fixtures import FIXTURES
from local import open_local

XARRAY_ZARR = [item for item in FIXTURES if item.path.startswith("xarray-zarr") and "tree" not in item.path]
XARRAY_NETCDF = [item for item in FIXTURES if item.path.startswith(("xarray-netcdf4/", "xarray-netcdf3-classic/")) and "tree" not in item.path]
BY_DESIGN = {"codecs", "compressor", "filters", "chunk_grid", "chunks", "chunk_key_encoding", "dimension_separator", "order"}


def get_json(url: str):
    answer = requests.get(url, timeout=60)
    assert answer.status_code == 200, f"{url}: {answer.status_code} {answer.text[:300]}"
    assert answer.headers["Content-Type"].split(";")[0] == "application/json"
    return answer.json()


def written(dataset: xr.Dataset, folder: pathlib.Path, zarr_format: int) -> dict:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.to_zarr(folder, zarr_format=zarr_format, consolidated=True)
    return json.loads((folder / ("zarr.json" if zarr_format == 3 else ".zmetadata")).read_text())


def document_differences(where: str, expected, actual) -> list[str]:
    if isinstance(expected, dict) and isinstance(actual, dict):
        found = [f"{where}: {key} missing, expected {expected[key]!r}" for key in expected.keys() - actual.keys()]
        found += [f"{where}: {key} = {actual[key]!r} is new" for key in actual.keys() - expected.keys()]
        for key in expected.keys() & actual.keys():
            found += document_differences(f"{where}/{key}", expected[key], actual[key])
        return found
    return [] if same_attribute(expected, actual) else [f"{where}: {actual!r}, expected {expected!r}"]


def nodes(document: dict) -> dict[str, dict]:
    """Path → metadata of each array, in either format."""
    if "zarr_consolidated_format" in document:
        return {key.removesuffix("/.zarray"): {**value, "attributes": document["metadata"].get(key.replace(".zarray", ".zattrs"), {})} for key, value in document["metadata"].items() if key.endswith("/.zarray")}
    return document["consolidated_metadata"]["metadata"]


@pytest.mark.parametrize("item", XARRAY_ZARR, ids=lambda item: item.id)
def test_same_format_gives_the_same_document(gateway, fixture_folder, item):
    store = fixture_folder / item.path
    if item.path.startswith("xarray-zarr3"):
        expected, actual = json.loads((store / "zarr.json").read_text()), get_json(f"{gateway.url}/datasets/{item.id}/zarr/zarr.json")
    else:
        expected, actual = json.loads((store / ".zmetadata").read_text()), get_json(f"{gateway.url}/datasets/{item.id}/zarr2/.zmetadata")
    found = document_differences("", expected, actual)
    assert not found, "\n".join(found[:30])


@pytest.mark.parametrize("item", XARRAY_ZARR, ids=lambda item: item.id)
def test_other_format_gives_xarrays_document(gateway, fixture_folder, item, tmp_path):
    from_two = item.path.startswith("xarray-zarr2")
    dataset = xr.open_zarr(fixture_folder / item.path, decode_cf=False)
    for variable in dataset.variables.values():
        # Codecs of the other format are no encoding here; the rest (dtype, units, _FillValue, chunks) is.
        for key in ["compressors", "filters", "serializer", "shards", "compressor", "fill_value"]:
            variable.encoding.pop(key, None)
    expected = nodes(written(dataset, tmp_path / "store", 3 if from_two else 2))
    actual = nodes(get_json(f"{gateway.url}/datasets/{item.id}/" + ("zarr/zarr.json" if from_two else "zarr2/.zmetadata")))
    check_nodes(expected, actual)


@pytest.mark.parametrize("zarr_format", [3, 2])
@pytest.mark.parametrize("item", XARRAY_NETCDF, ids=lambda item: item.id)
def test_netcdf_gives_xarrays_document(gateway, fixture_folder, item, tmp_path, zarr_format):
    dataset = as_zarr_can_say(open_local(fixture_folder / item.path, decode_cf=False).load(), f"v{zarr_format}")
    for variable in dataset.variables.values():
        for key in ["chunksizes", "zlib", "szip", "zstd", "bzip2", "blosc", "shuffle", "complevel", "fletcher32", "contiguous", "preferred_chunks", "original_shape", "source"]:
            variable.encoding.pop(key, None)
        if "_FillValue" not in variable.attrs:
            variable.encoding["_FillValue"] = None
    expected = nodes(written(dataset, tmp_path / "store", zarr_format))
    actual = nodes(get_json(f"{gateway.url}/datasets/{item.id}/" + ("zarr/zarr.json" if zarr_format == 3 else "zarr2/.zmetadata")))
    check_nodes(expected, actual)


def comparable(node: dict) -> dict:
    """Without what differs by design."""
    node = {key: value for key, value in node.items() if key not in BY_DESIGN}
    if node["zarr_format"] == 3:
        del node["fill_value"]
        return node
    node["dtype"] = node["dtype"].replace(">", "<")
    attributes = dict(node["attributes"])
    if node["fill_value"] is None and "_FillValue" in attributes:
        node["fill_value"] = attributes.pop("_FillValue")
    return {**node, "attributes": attributes}


def is_text_or_flag(node: dict) -> bool:
    return node.get("dtype") == "|O" or node.get("data_type") == "string" or node["attributes"].get("dtype") == "bool"


def check_nodes(expected: dict[str, dict], actual: dict[str, dict]) -> None:
    assert expected.keys() == actual.keys()
    found = []
    for name in [name for name in expected if not is_text_or_flag(actual[name])]:
        found += document_differences(name, comparable(expected[name]), comparable(actual[name]))
    assert not found, "\n".join(found[:30])


@pytest.mark.parametrize("item", [i for i in FIXTURES if "groups" in i.path or "tree" in i.path], ids=lambda item: item.id)
def test_every_group_and_array_has_its_own_documents(gateway, item):
    base = f"{gateway.url}/datasets/{item.id}"
    root = get_json(f"{base}/zarr/zarr.json")
    assert root["consolidated_metadata"]["kind"] == "inline" and root["consolidated_metadata"]["must_understand"] is False
    for path, node in root["consolidated_metadata"]["metadata"].items():
        own = get_json(f"{base}/zarr/{path}/zarr.json")
        if node["node_type"] == "array":
            assert own == node
            continue
        inside = {p[len(path) + 1 :]: n for p, n in root["consolidated_metadata"]["metadata"].items() if p.startswith(f"{path}/")}
        assert own["consolidated_metadata"]["metadata"].keys() == inside.keys()
        assert own["attributes"] == node["attributes"]
    two = get_json(f"{base}/zarr2/.zmetadata")["metadata"]
    for path, document in two.items():
        assert get_json(f"{base}/zarr2/{path}") == document
    for path in [p.removesuffix(".zgroup") for p in two if p.endswith("/.zgroup")]:
        own = get_json(f"{base}/zarr2/{path}.zmetadata")["metadata"]
        assert own == {p[len(path) :]: d for p, d in two.items() if p.startswith(path)}


def test_coordinates_attribute_is_sorted_like_xarrays(gateway):
    node = get_json(f"{gateway.url}/datasets/xarray-zarr3.curvilinear/zarr/tmin/zarr.json")
    assert node["attributes"]["coordinates"] == "lat lon"
