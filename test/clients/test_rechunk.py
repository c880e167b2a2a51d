"""Chunks, shards, rounding and compressors of the configuration: what clients read is what xarray and numcodecs make."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Iterator

import numcodecs
import numpy as np
import pytest
import tensorstore
import xarray as xr
import zarr
from gateway import ROOT, Gateway
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, ShardingCodec, ZstdCodec

CONFIGURATION = """
server: {{ logLevel: warn }}
cache: {{ memory: {memory} }}
datasets:
  plain: {{ location: air.nc }}
  chunked: {{ location: air.nc, chunks: {{ time: 6, lat: 7, lon: -1 }} }}
  rounded: {{ location: air.nc, round: 7 }}
  named: {{ location: air.nc, round: {{ tas: 5 }}, encoding: {{ wide: {{ round: 20 }}, half: {{ round: 3 }} }} }}
  shards: {{ location: air.nc, chunks: {{ time: 5, lat: 10 }}, shards: {{ time: 20, lat: 20 }} }}
  plain-shards: {{ location: air.nc, chunks: {{ time: 5, lat: 10 }}, shards: {{ time: 20 }}, compressor: {{ name: none }} }}
  short-shards: {{ location: air.nc, chunks: {{ time: 5 }}, shards: {{ time: 10 }} }}
  stored-shards: {{ location: air.zarr, shards: {{ time: 28 }} }}
  own: {{ location: air.nc, encoding: {{ tas: {{ chunks: {{ time: 10 }}, shards: {{ time: -1 }}, round: 9, compressor: {{ name: blosc, level: 4 }} }} }} }}
  unknown: {{ location: air.nc, encoding: {{ tos: {{ round: 9 }} }} }}
  too-many: {{ location: air.nc, round: {{ tas: 24 }} }}
  uneven: {{ location: air.nc, chunks: {{ time: 5 }}, shards: {{ time: 12 }} }}
"""
SHARDED = ["shards", "plain-shards", "stored-shards", "own"]


def air() -> xr.Dataset:
    """Floats of all sizes with missing values, infinities and an all-missing time; a fill value that rounding would change."""
    random = np.random.default_rng(7)
    shape, dims = (50, 30, 40), ("time", "lat", "lon")
    tas = random.normal(280, 15, shape).astype("f4")
    tas[10:20] = np.nan
    tas[30, 3] = [np.inf, -np.inf] * 20
    wide = random.normal(0, 1, shape) * 10.0 ** random.integers(-300, 300, shape)
    pr = np.where(random.random(shape) < 0.2, np.nan, random.gamma(2, 1e-5, shape)).astype("f4")
    half = random.normal(0, 5, shape).astype("f2")
    dataset = xr.Dataset(
        {"tas": (dims, tas), "pr": (dims, pr), "wide": (dims, wide), "half": (dims, half), "count": (dims[:2], random.integers(0, 99, shape[:2]))},
        coords={"time": np.arange(50), "lat": np.linspace(-87.13, 87.13, 30), "lon": np.linspace(0, 351.3, 40).astype("f4"), "area": (dims[1:], random.random(shape[1:]))},
    )
    dataset["lat_bnds"] = (("lat", "bnds"), random.random((30, 2)))
    dataset["lat"].attrs["bounds"] = "lat_bnds"
    return dataset


@pytest.fixture(scope="module", params=["64MiB", "0MiB"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("rechunk")
    dataset = air()
    encoding = {name: {"chunksizes": (7, 30, 40), "zlib": True} for name in ["tas", "pr", "wide"]}
    encoding["pr"]["_FillValue"] = np.float32(1e20)
    # NetCDF has no half precision: that variable comes from Zarr alone
    dataset.drop_vars("half").to_netcdf(folder / "air.nc", engine="netcdf4", encoding=encoding)
    dataset.chunk(time=7).to_zarr(folder / "air.zarr", zarr_format=3, consolidated=True)
    text = CONFIGURATION.format(memory=request.param).replace("named: { location: air.nc", "named: { location: air.zarr")
    (folder / "gateway.yaml").write_text(text)
    server = Gateway("serve", "-c", str(folder / "gateway.yaml"), "--port", "0", log=folder / "gateway.log")
    server.folder = folder
    yield server
    server.stop()


def opened(server: Gateway, name: str, store: str = "zarr", **options) -> xr.Dataset:
    return xr.open_dataset(f"{server.url}/datasets/{name}/{store}", engine="zarr", zarr_format=2 if store == "zarr2" else 3, **options)


def local(server: Gateway, name: str, **options) -> xr.Dataset:
    path = server.folder / ("air.zarr" if name == "stored-shards" else "air.nc")
    return xr.open_dataset(path, **options)


@pytest.mark.parametrize("store", ["zarr", "zarr2"])
@pytest.mark.parametrize("name", ["chunked", *SHARDED[:3]])
def test_values_and_attributes_are_the_files_own(server, name, store):
    xr.testing.assert_identical(opened(server, name, store).load(), local(server, name).load())


def test_chunks_are_those_of_the_configuration(server):
    dataset = opened(server, "chunked")
    assert dataset["tas"].encoding["chunks"] == (6, 7, 40)
    assert dataset["lat"].encoding["chunks"] == (30,)


def rounded(values: np.ndarray, bits: int) -> np.ndarray:
    codec = numcodecs.BitRound(bits)
    return codec.decode(codec.encode(values)).view(values.dtype).reshape(values.shape)


@pytest.mark.parametrize("store", ["zarr", "zarr2"])
def test_rounding_is_numcodecs_own_to_the_bit(server, store):
    raw, published = (open_("rounded", mask_and_scale=False) for open_ in (lambda *a, **k: local(server, *a, **k), lambda *a, **k: opened(server, *a, store, **k)))
    for name in ["tas", "wide", "pr"]:
        expected = rounded(raw[name].values, 7)
        if name == "pr":
            missing = raw[name].values == np.float32(1e20)
            assert missing.any()
            expected = np.where(missing, np.float32(1e20), expected)
        kind = expected.dtype.str.replace("f", "i")
        np.testing.assert_array_equal(published[name].values.view(kind), expected.view(kind), err_msg=name)
    for name in ["count", "time", "lat", "lon", "area", "lat_bnds"]:
        np.testing.assert_array_equal(published[name].values, raw[name].values, err_msg=name)


def test_missing_values_stay_missing(server):
    before, after = local(server, "plain")["pr"].isnull(), opened(server, "rounded")["pr"].isnull()
    assert before.any()
    xr.testing.assert_equal(before, after)


def test_single_variables_are_rounded(server):
    raw, published = xr.open_dataset(server.folder / "air.zarr", mask_and_scale=False), opened(server, "named", mask_and_scale=False)
    for name, bits in [("tas", 5), ("wide", 20), ("half", 3)]:
        expected = rounded(raw[name].values, bits)
        kind = expected.dtype.str.replace("f", "i")
        np.testing.assert_array_equal(published[name].values.view(kind), expected.view(kind), err_msg=name)
    np.testing.assert_array_equal(published["pr"].values, raw["pr"].values)


def test_shards_are_described_as_zarr_python_writes_them(server, tmp_path):
    for name, chunks, shards, codecs in [
        ("shards", (5, 10, 40), (20, 20, 40), [BytesCodec(), ZstdCodec(level=3)]),
        ("plain-shards", (5, 10, 40), (20, 10, 40), [BytesCodec()]),
        ("own", (10, 30, 40), (50, 30, 40), [BytesCodec(), BloscCodec(cname="zstd", clevel=4, shuffle="shuffle", typesize=4)]),
    ]:
        array = zarr.open_array(f"{server.url}/datasets/{name}/zarr/tas", mode="r")
        assert (array.chunks, array.shards) == (chunks, shards)
        sharding = ShardingCodec(chunk_shape=chunks, codecs=codecs, index_codecs=[BytesCodec(), Crc32cCodec()])
        written = zarr.create_array(tmp_path / name, shape=array.shape, dtype="f4", chunks=shards, serializer=sharding, filters=None, compressors=None)
        assert array.metadata.to_dict()["codecs"] == written.metadata.to_dict()["codecs"]


@pytest.mark.parametrize("name", SHARDED)
def test_zarr_python_reads_parts_of_shards(server, name):
    array = zarr.open_array(f"{server.url}/datasets/{name}/zarr/tas", mode="r")
    expected = local(server, name, mask_and_scale=False)["tas"].values
    if name == "own":
        expected = rounded(expected, 9)
    for part in [np.s_[3:4, 2:3, :], np.s_[10:20], np.s_[19:41, 5:25, 7], np.s_[49], np.s_[...]]:
        np.testing.assert_array_equal(array[part], expected[part])


@pytest.mark.parametrize("name", SHARDED)
def test_tensorstore_reads_shards(server, name):
    store = {"driver": "http", "base_url": f"{server.url}/datasets/{name}/zarr/", "path": "tas/"}
    array = tensorstore.open({"driver": "zarr3", "kvstore": store}, read=True).result()
    expected = local(server, name, mask_and_scale=False)["tas"].values
    if name == "own":
        expected = rounded(expected, 9)
    np.testing.assert_array_equal(array[18:22, 3:13].read().result(), expected[18:22, 3:13])
    np.testing.assert_array_equal(array.read().result(), expected)


def get(url: str, span: str | None = None, method: str = "GET"):
    request = urllib.request.Request(url, method=method, headers={} if span is None else {"Range": f"bytes={span}"})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


@pytest.mark.parametrize("name", SHARDED)
def test_every_range_of_a_shard_is_a_part_of_the_whole(server, name):
    """In whatever order they are asked for: a part before the whole, the index alone, from the middle to the end."""
    url = f"{server.url}/datasets/{name}/zarr/tas/c/0/0/0"
    status, headers, tail = get(url, "-100")
    assert status == 206
    total = int(headers["Content-Range"].split("/")[1])
    parts = [get(url, f"{start}-{min(total, start + 7001) - 1}")[2] for start in range(0, total, 7001)]
    status, whole_headers, whole = get(url)
    assert (status, len(whole)) == (200, total)
    assert b"".join(parts) == whole
    assert whole.endswith(tail)
    assert whole_headers["ETag"] == headers["ETag"] and not headers["ETag"].startswith("W/")
    assert get(url, f"{total}-")[0] == 416


def test_head_of_a_shard_tells_the_tag_of_get(server):
    url = f"{server.url}/datasets/shards/zarr/wide/c/1/1/0"
    status, headers, body = get(url, method="HEAD")
    assert (status, body) == (200, b"")
    assert headers["ETag"] == get(url, "0-10")[1]["ETag"]


def test_inner_chunks_that_are_all_missing_are_absent_from_the_index(server):
    # times 10 to 19 are NaN: the inner chunks 2 and 3 along time, of 2 along latitude
    _, _, tail = get(f"{server.url}/datasets/shards/zarr/tas/c/0/0/0", "-132")
    index = np.frombuffer(tail[:-4], "<u8").reshape(4, 2, 2)
    assert (index[2:] == 2**64 - 1).all()
    assert (index[:2] != 2**64 - 1).all()


def test_a_shard_of_nothing_but_fill_is_absent(server):
    url = f"{server.url}/datasets/short-shards/zarr/tas/c"
    assert [get(f"{url}/{number}/0/0", span)[0] for number in [1, 0] for span in ["-36", None]] == [404, 404, 206, 200]
    assert np.isnan(zarr.open_array(url.removesuffix("/c"), mode="r")[10:20]).all()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("unknown", 'there is no variable "tos"'),
        ("too-many", '"round" is 0 to 23 for float32, not 24'),
        ("uneven", "no multiple of its chunks of 5"),
    ],
)
def test_what_does_not_fit_is_said(server, name, reason):
    status, _, body = get(f"{server.url}/datasets/{name}/zarr/zarr.json")
    assert status >= 500
    assert reason in body.decode().replace("\\", "")


def test_the_configuration_of_the_documentation_works(tmp_path):
    page = (ROOT / "docs/rechunking.md").read_text()
    (tmp_path / "gateway.yaml").write_text(re.search(r"```yaml\n(.*?)```", page, re.DOTALL)[1])
    dataset = air().drop_vars("half").isel(time=slice(48))
    dataset.to_netcdf(tmp_path / "air.nc", engine="netcdf4", encoding={"tas": {"chunksizes": (8, 30, 40)}, "pr": {"chunksizes": (8, 30, 40)}})
    server = Gateway("serve", "-c", str(tmp_path / "gateway.yaml"), "--port", "0", log=tmp_path / "gateway.log")
    try:
        shapes = {}
        for name in ["air", "air-small", "air-sharded", "air-mixed"]:
            array = {variable: zarr.open_array(f"{server.url}/datasets/{name}/zarr/{variable}", mode="r") for variable in ["tas", "pr"]}
            shapes[name] = [(array[variable].chunks, array[variable].shards) for variable in ["tas", "pr"]]
            bits = {"air-small": (10, 10), "air-mixed": (9, 12)}.get(name)
            for variable, keep in zip(["tas", "pr"], bits or (23, 23)):
                expected = rounded(dataset[variable].values, keep)
                np.testing.assert_array_equal(array[variable][...], expected)
        stored, series, sharded = ((8, 30, 40), None), ((48, 10, 10), None), ((1, 30, 40), (24, 30, 40))
        assert shapes == {"air": [series] * 2, "air-small": [stored] * 2, "air-sharded": [sharded] * 2, "air-mixed": [stored, ((6, 30, 40), (48, 30, 40))]}
    finally:
        server.stop()
