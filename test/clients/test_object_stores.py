"""Datasets in buckets, served by the gateway, are what xarray opens from the files themselves."""

from __future__ import annotations

import json
import pathlib
import subprocess
from collections.abc import Iterator

import pytest
import requests
import xarray as xr
from gateway import ROOT, Gateway

SERVER = ROOT / "packages/stores/src/testing/serve-folder.ts"
NODE = ROOT / "node_modules/.bin/node"
SECRET_KEYS = ["accessKeyId", "secretAccessKey", "accountKey"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A Zarr v3 store, a v2 store with consolidated metadata, and NetCDF files, one of them in a folder."""
    folder = tmp_path_factory.mktemp("bucket")
    air = make_dataset()
    air.to_zarr(folder / "v3 store.zarr", zarr_format=3, consolidated=False)
    air.to_zarr(folder / "v2.zarr", zarr_format=2, consolidated=True)
    (folder / "years").mkdir()
    air.to_netcdf(folder / "years/chunked.nc", engine="netcdf4", encoding={"t": {"zlib": True, "chunksizes": (10, 20, 30)}})
    air.to_netcdf(folder / "classic.nc", engine="scipy", format="NETCDF3_64BIT")
    return folder


def make_dataset() -> xr.Dataset:
    import numpy as np
    import pandas as pd

    random = np.random.default_rng(4)
    values = random.normal(280, 10, (40, 60, 90)).astype("f4")
    values[3, :5] = np.nan
    return xr.Dataset(
        {"t": (("time", "lat", "lon"), values, {"units": "K"}), "flag": (("time",), np.arange(40, dtype="i2"))},
        {"time": pd.date_range("2020-01-01", periods=40), "lat": np.linspace(-89, 89, 60), "lon": np.arange(90.0) * 4},
        {"title": "in a bucket"},
    ).chunk({"time": 10, "lat": 20, "lon": 30})


@pytest.fixture(scope="module", params=["s3", "azure"])
def bucket(request: pytest.FixtureRequest, folder: pathlib.Path) -> Iterator[tuple[str, dict]]:
    """The address of the bucket and what opens it."""
    server = subprocess.Popen([str(NODE), str(SERVER), request.param, str(folder)], stdout=subprocess.PIPE, cwd=ROOT)
    try:
        yield ("az" if request.param == "azure" else request.param) + "://data/", json.loads(server.stdout.readline())
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="module")
def served(bucket: tuple[str, dict], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    url, credentials = bucket
    files = tmp_path_factory.mktemp("gateway")
    configuration = {
        "sources": {"credentials": {url: credentials}, "checkEvery": "200ms"},
        "datasets": {
            "v3": {"location": f"{url}v3%20store.zarr"},
            "v2": {"location": f"{url}v2.zarr/"},
            "chunked": {"location": f"{url}years/chunked.nc"},
            "classic": {"location": f"{url}classic.nc"},
            "missing": {"location": f"{url}nothing.zarr"},
        },
    }
    (files / "gateway.yaml").write_text(json.dumps(configuration))
    gateway = Gateway("serve", "-c", str(files / "gateway.yaml"), "--port", "0", log=files / "log")
    yield gateway
    gateway.stop()


@pytest.mark.parametrize("id, path", [("v3", "v3 store.zarr"), ("v2", "v2.zarr"), ("chunked", "years/chunked.nc"), ("classic", "classic.nc")])
def test_a_dataset_in_a_bucket_equals_the_local_one(served: Gateway, folder: pathlib.Path, id: str, path: str) -> None:
    local = xr.open_zarr(folder / path, consolidated=False if id == "v3" else None, chunks=None) if path.endswith(".zarr") else xr.open_dataset(folder / path)
    remote = xr.open_dataset(f"{served.url}/datasets/{id}.zarr")
    xr.testing.assert_identical(local.load(), remote.load())


def test_what_is_missing_is_a_failure_that_names_no_secret(served: Gateway, bucket: tuple[str, dict]) -> None:
    answer = requests.get(f"{served.url}/datasets/missing.zarr/zarr.json")
    assert answer.status_code >= 500, answer.text
    secrets = [bucket[1][key] for key in SECRET_KEYS if key in bucket[1]]
    for text in [answer.text, served.log.read_text()]:
        assert not any(secret in text for secret in secrets)
