"""`download.nc` of every dataset: what netCDF4 reads from the file is what xarray reads from the Zarr store."""

from __future__ import annotations

import pathlib
import urllib.parse
from collections.abc import Iterator

import netCDF4
import numpy as np
import pytest
import requests
import xarray as xr
from comparing import attribute_differences, is_text, same_values
from conftest import SHARED_DATA
from fixtures import FIXTURES
from gateway import Gateway

pytestmark = pytest.mark.filterwarnings("ignore")
# Forty thousand chunks: one request each through Zarr, and one file here; compared elsewhere.
TOO_MANY_CHUNKS = {"netcdf4.many-chunks"}
# Bytes of a sample that is compared value by value.
LARGEST = 40 * 2**20


def addresses(url: str, dataset_id: str) -> Iterator[tuple[str, str, str | None]]:
    """File, Zarr store and group of every group that has variables."""
    base = f"{url}/datasets/{urllib.parse.quote(dataset_id)}"
    groups = [group for group in requests.get(f"{base}/groups", timeout=60).json() if group != "/"]
    if not groups:
        yield f"{base}/download.nc", f"{base}.zarr", None
    for group in ["/", *groups] if groups else []:
        yield f"{base}/download.nc?group={urllib.parse.quote(group)}", f"{base}.zarr", group


def file_differences(expected: xr.Dataset, actual: xr.Dataset) -> Iterator[str]:
    for name in expected.variables.keys() ^ actual.variables.keys():
        yield f"{name}: only in one of them"
    for name in expected.variables.keys() & actual.variables.keys():
        wanted, got = expected.variables[name], actual.variables[name]
        if wanted.dims != got.dims:
            yield f"{name}: dimensions {got.dims}, expected {wanted.dims}"
            continue
        if wanted.dtype == object and got.dtype == bool:
            continue  # in Zarr xarray masks False where it is the fill value; a file has no fill value for booleans
        text = is_text(wanted.dtype) or is_text(got.dtype) or wanted.dtype.kind == "S"
        # an integer scale_factor of JSON has 64 bits, and xarray unpacks to its type
        has_integer_scale = isinstance(got.encoding.get("scale_factor"), (int, np.integer))
        if not text and wanted.dtype != got.dtype and wanted.dtype.kind not in "mM" and wanted.dtype != np.float16 and not has_integer_scale:
            yield f"{name}: dtype {got.dtype}, expected {wanted.dtype}"
        values = got.values
        if got.dtype.kind == "S" and wanted.dtype.kind != "S":
            values = np.array([v if isinstance(w, bytes) else v.decode() for v, w in zip(values.ravel(), wanted.values.ravel())], object).reshape(values.shape)
        if text and wanted.dtype == object:
            # in Zarr xarray masks text that is the fill value, a file has none for text
            values = np.where(wanted.isnull().values, np.nan, values).astype(object)
        if not same_values(wanted.values.astype(got.dtype) if wanted.dtype == np.float16 else wanted.values, values):
            yield f"{name}: values differ: {values.ravel()[:4]}, expected {wanted.values.ravel()[:4]}"
        # JSON has no NaN and no infinity, the file has
        simple = {k: v for k, v in wanted.attrs.items() if np.ndim(v) == 0 and not isinstance(v, (bool, dict)) and v not in (None, "NaN", "Infinity", "-Infinity")}
        yield from attribute_differences(name, simple, {key: got.attrs[key] for key in simple if key in got.attrs})


def check_dataset(gateway: Gateway, dataset_id: str, folder: pathlib.Path) -> None:
    for number, (file_url, store, group) in enumerate(addresses(gateway.url, dataset_id)):
        answer = requests.get(file_url, timeout=300)
        if answer.status_code in (413, 501):
            assert answer.json()["detail"], f"{file_url}: refused without a reason"
            continue
        try:
            expected = xr.open_zarr(store, group=group, chunks=None, zarr_format=3)
        except Exception:  # noqa: BLE001 - what xarray refuses to open as Zarr cannot be compared
            continue
        assert answer.status_code == 200, f"{file_url}: {answer.status_code} {answer.text[:300]}"
        assert len(answer.content) == int(answer.headers["Content-Length"])
        path = folder / f"{number}.nc"
        path.write_bytes(answer.content)
        with netCDF4.Dataset(path) as opened:
            assert opened.data_model.startswith("NETCDF3")
        with xr.open_dataset(path, engine="netcdf4") as actual:
            assert list(file_differences(expected, actual)) == [], file_url


@pytest.mark.parametrize("item", [item for item in FIXTURES if item.id not in TOO_MANY_CHUNKS], ids=lambda item: item.id)
def test_every_fixture_comes_as_a_file(gateway: Gateway, tmp_path: pathlib.Path, item) -> None:
    check_dataset(gateway, item.id, tmp_path)


@pytest.mark.skipif(not SHARED_DATA.exists(), reason="the sample data are not there")
def test_every_sample_comes_as_a_file(sample_gateway: Gateway, tmp_path: pathlib.Path) -> None:
    for dataset_id in requests.get(f"{sample_gateway.url}/datasets", timeout=60).json():
        head = requests.head(f"{sample_gateway.url}/datasets/{dataset_id}/download.nc", timeout=60)
        if int(head.headers.get("Content-Length", 0)) > LARGEST:
            continue
        check_dataset(sample_gateway, dataset_id, tmp_path)


def test_a_file_comes_in_ranges_with_a_name_and_a_validator(gateway: Gateway) -> None:
    dataset_id = next(i for i in requests.get(f"{gateway.url}/datasets", timeout=60).json() if i.startswith("xarray-netcdf4."))
    url = f"{gateway.url}/datasets/{dataset_id}/download.nc"
    whole = requests.get(url, timeout=60)
    assert whole.headers["Content-Type"] == "application/x-netcdf"
    assert whole.headers["Content-Disposition"] == f'attachment; filename="{dataset_id}.nc"'
    part = requests.get(url, headers={"Range": "bytes=100-299", "If-Range": whole.headers["ETag"]}, timeout=60)
    assert (part.status_code, part.content) == (206, whole.content[100:300])
    assert requests.get(url, headers={"If-None-Match": whole.headers["ETag"]}, timeout=60).status_code == 304


def test_a_dataset_with_groups_asks_for_one(gateway: Gateway) -> None:
    for dataset_id in requests.get(f"{gateway.url}/datasets", timeout=60).json():
        base = f"{gateway.url}/datasets/{dataset_id}"
        groups = requests.get(f"{base}/groups", timeout=60)
        if groups.ok and len(groups.json()) > 1:
            refusal = requests.get(f"{base}/download.nc", timeout=60)
            assert refusal.status_code == 400
            assert "?group=/" in refusal.json()["detail"]
            assert requests.get(f"{base}/download.nc?group=/nowhere", timeout=60).status_code == 404
            return
    pytest.fail("no fixture has groups")
