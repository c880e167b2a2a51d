"""Datasets in buckets, served by the gateway, are what xarray opens from the files themselves."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import subprocess
import time
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
    (folder / "series").mkdir()
    for part in range(4):
        air.isel(time=slice(part * 10, part * 10 + 10)).to_netcdf(folder / f"series/part_{part}.nc", engine="netcdf4")
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


@contextlib.contextmanager
def object_store(kind: str, folder: pathlib.Path, *buckets: str) -> Iterator[dict]:
    """A server with the folder's files, and what opens it."""
    server = subprocess.Popen([str(NODE), str(SERVER), kind, str(folder), *buckets], stdout=subprocess.PIPE, cwd=ROOT)
    try:
        yield json.loads(server.stdout.readline())
    finally:
        server.terminate()
        server.wait(20)


@contextlib.contextmanager
def gateway_of(files: pathlib.Path, configuration: dict, *locations: str) -> Iterator[Gateway]:
    (files / "gateway.yaml").write_text(json.dumps(configuration))
    gateway = Gateway("serve", "-c", str(files / "gateway.yaml"), *locations, "--port", "0", log=files / "log")
    try:
        yield gateway
    finally:
        gateway.stop()


@pytest.fixture(scope="module", params=["s3", "azure"])
def bucket(request: pytest.FixtureRequest, folder: pathlib.Path) -> Iterator[tuple[str, dict]]:
    """The address of the bucket and what opens it."""
    with object_store(request.param, folder) as credentials:
        yield ("az" if request.param == "azure" else request.param) + "://data/", credentials


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
            "only": {"location": f"{url}years/ch*.nc"},
            "series": {"location": f"{url}series/part_[0-9].nc", "combine": {"along": "time"}},
            "all": {"location": f"{url}series/", "combine": {"along": "time"}},
        },
    }
    with gateway_of(files, configuration) as gateway:
        yield gateway


@pytest.mark.parametrize("id, path", [("v3", "v3 store.zarr"), ("v2", "v2.zarr"), ("chunked", "years/chunked.nc"), ("classic", "classic.nc"), ("only", "years/chunked.nc")])
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


@pytest.mark.parametrize("id", ["series", "all"])
def test_files_of_a_bucket_are_combined_as_xarray_combines_the_local_ones(served: Gateway, folder: pathlib.Path, id: str) -> None:
    local = xr.open_mfdataset(str(folder / "series/part_*.nc"), combine="nested", concat_dim="time", data_vars="minimal", coords="minimal", compat="override")
    xr.testing.assert_equal(local.load(), xr.open_dataset(f"{served.url}/datasets/{id}.zarr").load())


def test_folders_of_a_bucket_publish_every_dataset_in_them(bucket: tuple[str, dict], folder: pathlib.Path, tmp_path: pathlib.Path) -> None:
    url, credentials = bucket
    configuration = {
        "sources": {"credentials": {url: credentials}},
        "folders": [{"path": url}, {"path": f"{url}**/part_*.nc", "id": "part-{stem}"}],
    }
    with gateway_of(tmp_path, configuration, f"{url}years/") as gateway:
        ids = requests.get(f"{gateway.url}/datasets").json()
        own = ["classic", "series.part_0", "series.part_1", "series.part_2", "series.part_3", "v2", "v3-store", "years.chunked"]
        assert ids == sorted([*own, "chunked", *(f"part-part_{part}" for part in range(4))])
        for id, path in [("v3-store", "v3 store.zarr"), ("years.chunked", "years/chunked.nc"), ("chunked", "years/chunked.nc")]:
            local = xr.open_zarr(folder / path, consolidated=False, chunks=None) if path.endswith(".zarr") else xr.open_dataset(folder / path)
            xr.testing.assert_identical(local.load(), xr.open_dataset(f"{gateway.url}/datasets/{id}.zarr").load())
        assert requests.get(f"{gateway.url}/datasets/nothing.zarr/zarr.json").status_code == 404


def test_a_store_is_published_alone_and_a_bucket_that_cannot_be_listed_is_a_failure(bucket: tuple[str, dict], tmp_path: pathlib.Path) -> None:
    url, credentials = bucket
    configuration = {"sources": {"credentials": {url: credentials}}, "folders": [{"path": f"{url}v2.zarr"}]}
    with gateway_of(tmp_path, configuration) as gateway:
        assert requests.get(f"{gateway.url}/datasets").json() == ["v2"]
    configuration["folders"] = [{"path": url.replace("data", "nothing")}]
    configuration["sources"]["credentials"] = {url.replace("data", "nothing"): credentials}
    with gateway_of(tmp_path, configuration) as gateway:
        assert requests.get(f"{gateway.url}/datasets/x.zarr/zarr.json").status_code >= 500
    assert "cannot be listed" in gateway.log.read_text()  # it is complete when the gateway has stopped


def client_of(kind: str, credentials: dict):
    """Another program that writes into the bucket."""
    from obstore.store import AzureStore, S3Store

    if kind == "az":
        return AzureStore("data", account_name=credentials["account"], account_key=credentials["accountKey"], endpoint=credentials["endpoint"], client_options={"allow_http": True})
    return S3Store("data", endpoint=credentials["endpoint"], access_key_id=credentials["accessKeyId"], secret_access_key=credentials["secretAccessKey"], region="us-east-1", client_options={"allow_http": True})


def replaced(folder: pathlib.Path, tmp_path: pathlib.Path) -> xr.Dataset:
    new = xr.open_dataset(folder / "years/chunked.nc").load()
    new["t"] = new["t"] + 1
    new.to_netcdf(tmp_path / "new.nc", engine="netcdf4", encoding={"t": {"zlib": True, "chunksizes": (10, 20, 30)}})
    return new


def test_a_replaced_object_shows_within_check_every_under_a_new_etag(bucket: tuple[str, dict], folder: pathlib.Path, tmp_path: pathlib.Path) -> None:
    url, credentials = bucket
    new = replaced(folder, tmp_path)
    objects = client_of(url.split(":")[0], credentials)
    objects.put("changing.nc", (folder / "years/chunked.nc").read_bytes())
    configuration = {"sources": {"credentials": {url: credentials}, "checkEvery": "1s"}, "datasets": {"c": {"location": f"{url}changing.nc"}}}
    with gateway_of(tmp_path, configuration) as gateway:
        chunk = f"{gateway.url}/datasets/c.zarr/t/c/0/0/0"
        before = requests.get(chunk)
        assert before.status_code == 200 and requests.get(chunk, headers={"If-None-Match": before.headers["ETag"]}).status_code == 304
        objects.put("changing.nc", (tmp_path / "new.nc").read_bytes())
        time.sleep(1.1)
        deadline = time.monotonic() + 3  # a look takes a moment, on a machine that has other work
        while (after := requests.get(chunk, headers={"If-None-Match": before.headers["ETag"]})).status_code == 304 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert after.status_code == 200 and after.content != before.content and after.headers["ETag"] != before.headers["ETag"]
        xr.testing.assert_identical(new, xr.open_dataset(f"{gateway.url}/datasets/c.zarr").load())


def test_a_read_across_a_replacement_fails_instead_of_mixing(bucket: tuple[str, dict], folder: pathlib.Path, tmp_path: pathlib.Path) -> None:
    url, credentials = bucket
    new = replaced(folder, tmp_path)
    objects = client_of(url.split(":")[0], credentials)
    objects.put("mixed.nc", (folder / "years/chunked.nc").read_bytes())
    configuration = {"sources": {"credentials": {url: credentials}, "checkEvery": "1h"}, "datasets": {"m": {"location": f"{url}mixed.nc"}}}
    with gateway_of(tmp_path, configuration) as gateway:
        store = f"{gateway.url}/datasets/m.zarr"
        assert requests.get(f"{store}/t/c/0/0/0").status_code == 200
        objects.put("mixed.nc", (tmp_path / "new.nc").read_bytes())
        # nobody has read this one yet, and nobody has looked whether the object is still the same
        across = requests.get(f"{store}/t/c/3/2/2")
        assert across.status_code >= 500 and "has changed" in across.text, (across.status_code, across.text[:300])
        # what was open is opened anew; an answer given a moment ago may be given again for so long
        time.sleep(1.5)
        xr.testing.assert_identical(new, xr.open_dataset(store).load())


def test_the_sample_of_the_documentation_runs(folder: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import icechunk
    import yaml

    air = make_dataset()
    air.to_zarr(tmp_path / "public/era.zarr", zarr_format=3)
    (tmp_path / "private/runs").mkdir(parents=True)
    air.to_netcdf(tmp_path / "private/runs/2025.nc")
    for part in range(4):
        air.isel(time=slice(part * 10, part * 10 + 10)).to_netcdf(tmp_path / f"private/runs/tas_{part}.nc")
    (tmp_path / "minio/models/deep").mkdir(parents=True)
    air.to_netcdf(tmp_path / "minio/models/deep/a.nc")
    air.to_zarr(tmp_path / "minio/models/b.zarr", zarr_format=2)
    repository = icechunk.Repository.create(icechunk.local_filesystem_storage(str(tmp_path / "archive/ice.zarr")))
    session = repository.writable_session("main")
    air.to_zarr(session.store, zarr_format=3, consolidated=False)
    session.commit("first")

    sample = (ROOT / "docs/object-stores.md").read_text().split("```yaml\n")[1].split("```")[0]
    configuration = yaml.safe_load(sample)
    credentials = configuration["sources"]["credentials"]
    with object_store("s3", tmp_path, "public", "private", "minio") as s3, object_store("azure", tmp_path, "archive") as azure:
        # where the servers are, which in the sample are the clouds', and the account that the test's server has
        for prefix, values in credentials.items():
            if prefix.startswith("s3:"):
                values["endpoint"] = s3["endpoint"]
        credentials["az://archive/"] |= {"account": azure["account"], "endpoint": azure["endpoint"]}
        for prefix in ["S3", "MINIO"]:
            monkeypatch.setenv(f"{prefix}_KEY", s3["accessKeyId"])
            monkeypatch.setenv(f"{prefix}_SECRET", s3["secretAccessKey"])
        monkeypatch.setenv("SAS", shared_access(azure))
        with gateway_of(tmp_path, configuration) as gateway:
            ids = requests.get(f"{gateway.url}/datasets").json()
            assert ids == ["era", "run", "ice", "series", "b", "deep.a"]
            for id in ids:
                xr.testing.assert_equal(air.load(), xr.open_dataset(f"{gateway.url}/datasets/{id}.zarr").load())


def shared_access(azure: dict) -> str:
    """A token with the rights to read and list, valid for a day."""
    script = """
      import { generateAccountSASQueryParameters as sign, AccountSASPermissions, AccountSASServices, AccountSASResourceTypes, StorageSharedKeyCredential } from "@azure/storage-blob";
      const key = new StorageSharedKeyCredential(process.env.ACCOUNT, process.env.KEY);
      const rights = { permissions: AccountSASPermissions.parse("rl"), services: AccountSASServices.parse("b").toString(), resourceTypes: AccountSASResourceTypes.parse("sco").toString() };
      process.stdout.write(sign({ ...rights, expiresOn: new Date(Date.now() + 864e5) }, key).toString());
    """
    environment = {**os.environ, "ACCOUNT": azure["account"], "KEY": azure["accountKey"]}
    folder = ROOT / "packages/stores"  # npm puts the package of the cloud there or above
    return subprocess.check_output([str(NODE), "--input-type=module", "-e", script], cwd=folder, env=environment, text=True)
