"""Sources that a STAC item names: xpystac opens the Icechunk repository itself, and nothing is told that is not meant to be."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterator

import pystac
import pytest
import requests
import xarray as xr
from gateway import Gateway
from test_icechunk import chunked, create, write_chunked
from test_object_stores import gateway_of, object_store

icechunk = pytest.importorskip("icechunk")
pytest.importorskip("xpystac")


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict]:
    """A repository with chunks of its own, one whose chunks lie in a NetCDF file, that file, and a Zarr store."""
    folder = tmp_path_factory.mktemp("bucket")
    native = create(folder / "native", 1)
    session = native.writable_session("main")
    write_chunked(session.store)
    first = session.commit("first")
    native.create_tag("v1", first)
    session = native.writable_session("main")
    (chunked() * 2).to_zarr(session.store, mode="w", consolidated=False)
    session.commit("second")
    (folder / "files").mkdir()
    chunked()[["tas"]].to_netcdf(folder / "files/tas.nc", engine="netcdf4", encoding={"tas": {"chunksizes": (5, 4, 11), "zlib": True, "shuffle": False}})
    chunked().to_zarr(folder / "plain.zarr", consolidated=False)
    write_virtual(folder)
    with object_store("s3", folder) as credentials:
        yield credentials


def write_virtual(folder: pathlib.Path) -> None:
    """References to the NetCDF file as it will lie in the bucket."""
    import h5py
    import numpy as np

    config = icechunk.RepositoryConfig.default()
    config.set_virtual_chunk_container(icechunk.VirtualChunkContainer("s3://data/files/", icechunk.s3_store(region="us-east-1")))
    repository = create(folder / "virtual", 1, config)
    session = repository.writable_session("main")
    write_chunked(session.store)
    import zarr

    group = zarr.open_group(session.store, mode="a")
    del group["tas"]
    from zarr.codecs.numcodecs import Zlib

    group.create_array("tas", shape=(24, 9, 11), chunks=(5, 4, 11), dtype="f4", fill_value=np.nan, compressors=[Zlib(level=4)], filters=None, dimension_names=["time", "lat", "lon"])
    with h5py.File(folder / "files/tas.nc") as file:
        variable = file["tas"].id
        for number in range(variable.get_num_chunks()):
            info = variable.get_chunk_info(number)
            index = [offset // length for offset, length in zip(info.chunk_offset, (5, 4, 11))]
            session.store.set_virtual_ref(f"tas/c/{'/'.join(map(str, index))}", "s3://data/files/tas.nc", offset=info.byte_offset, length=info.size)
    session.commit("virtual")


@pytest.fixture(scope="module")
def served(bucket: dict, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    anonymous = {"anonymous": True, "endpoint": bucket["endpoint"], "region": "us-east-1"}
    configuration = {
        "sources": {"credentials": {"s3://data/": anonymous}, "allow": ["s3://data/"]},
        "catalog": {"source": "remote"},
        "datasets": {
            "native": {"location": "s3://data/native"},
            "tagged": {"location": "s3://data/native", "tag": "v1"},
            "virtual": {"location": "s3://data/virtual"},
            "file": {"location": "s3://data/files/tas.nc"},
            "plain": {"location": "s3://data/plain.zarr"},
        },
    }
    with gateway_of(tmp_path_factory.mktemp("gateway"), configuration) as gateway:
        yield gateway


def as_amazon(item: pystac.Item, bucket: dict, monkeypatch: pytest.MonkeyPatch) -> pystac.Asset:
    """xpystac knows S3 of AWS alone: the server here is given out for it, the rest is as the gateway wrote it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket["endpoint"])
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    for scheme in item.extra_fields["storage:schemes"].values():
        assert (scheme["type"], scheme["platform"]) == ("custom-s3", bucket["endpoint"].rstrip("/"))
        scheme["type"] = "aws-s3"
    return item.assets["icechunk"]


@pytest.mark.parametrize("id", ["native", "tagged", "virtual"])
def test_xpystac_opens_the_repository(served: Gateway, bucket: dict, id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    item = pystac.Item.from_file(f"{served.url}/datasets/{id}/stac")
    assert item.properties["storage:schemes"] == item.extra_fields["storage:schemes"]
    asset = as_amazon(item, bucket, monkeypatch)
    assert asset.extra_fields["version"] == asset.extra_fields["icechunk:snapshot_id"]
    with xr.open_dataset(f"{served.url}/datasets/{id}.zarr") as through, xr.open_dataset(asset) as itself:
        xr.testing.assert_identical(through.load(), itself.load())
        xr.testing.assert_equal(itself[["tas"]], chunked()[["tas"]] * 2 if id == "native" else chunked()[["tas"]])


def test_other_sources_are_told(served: Gateway) -> None:
    for id, path, kind in [("file", "files/tas.nc", "application/netcdf"), ("plain", "plain.zarr", "application/vnd.zarr; version=3")]:
        item = pystac.Item.from_file(f"{served.url}/datasets/{id}/stac")
        assert (item.assets["source"].href, item.assets["source"].media_type) == (f"s3://data/{path}", kind)


def test_nothing_is_told_by_itself(bucket: dict, tmp_path: pathlib.Path) -> None:
    """Neither a server of this network, nor a bucket that needs an account, nor a file."""
    datasets = {"native": {"location": "s3://data/native"}, "plain": {"location": "s3://data/plain.zarr"}}
    with gateway_of(tmp_path, {"sources": {"credentials": {"s3://data/": bucket}}, "datasets": datasets}) as gateway:
        for id in datasets:
            text = requests.get(f"{gateway.url}/datasets/{id}/stac").text
            assert "s3://" not in text and "storage:" not in text and bucket["secretAccessKey"] not in text
            assert json.loads(text)["assets"].keys() >= {"data"}
