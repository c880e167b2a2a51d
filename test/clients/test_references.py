"""Reference sets that kerchunk and VirtualiZarr write, served; and the sets of the gateway, read by them."""

from __future__ import annotations

import base64
import json
import os
import pathlib
import subprocess
import time
from collections.abc import Callable, Iterator

import fsspec
import h5py
import hdf5plugin
import numcodecs
import numpy as np
import pytest
import requests
import xarray as xr
import zarr
from conftest import SHARED_DATA
from gateway import ROOT, Gateway, command

kerchunk_hdf = pytest.importorskip("kerchunk.hdf", reason="kerchunk is not installed")
virtualizarr = pytest.importorskip("virtualizarr", reason="VirtualiZarr is not installed")
import kerchunk.combine  # noqa: E402
import kerchunk.df  # noqa: E402
import kerchunk.netCDF3  # noqa: E402
import kerchunk.utils  # noqa: E402
import kerchunk.zarr  # noqa: E402
import obstore.store  # noqa: E402
from fsspec.implementations.reference import LazyReferenceMapper  # noqa: E402
from virtualizarr.parsers import HDFParser, KerchunkJSONParser, KerchunkParquetParser, NetCDF3Parser  # noqa: E402
from obspec_utils.registry import ObjectStoreRegistry  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")
SAMPLES = {
    "curvilinear": "cmip6/tos_Omon_IITM-ESM_1pctCO2_r1i1p1f1_gn_193001-193412.nc",
    "labels": "cmip6/msftmz_Omon_MPI-ESM1-2-HR_historical_r1i1p1f1_gn_191001.nc",
    "classic": "cmip5/tas_Amon_HadGEM2-ES_rcp85_r1i1p1_200512-203011.nc",
}


def write_year(path: pathlib.Path, year: int, engine: str = "netcdf4", **encoding) -> pathlib.Path:
    """Ten days of packed and plain values with missing ones, in chunks that do not fit the shape."""
    time_axis = np.arange(np.datetime64(f"{year}-01-01"), np.datetime64(f"{year}-01-11"))
    rng = np.random.default_rng(year)
    tas = rng.normal(280, 9, (10, 7, 11)).astype("f4")
    tas[0, 0, :3] = np.nan
    dataset = xr.Dataset(
        {"tas": (("time", "lat", "lon"), tas, {"units": "K"}), "pr": (("time", "lat", "lon"), np.abs(tas - 280).astype("f8"))},
        {"time": time_axis, "lat": np.linspace(-60, 60, 7), "lon": np.arange(11, dtype="f4") * 30, "height": 2.0},
        {"title": f"year {year}"},
    )
    units = {"time": {"units": "days since 1990-01-01", "dtype": "i4"}, "pr": {"dtype": "i2", "scale_factor": 0.01, "add_offset": 5.0, "_FillValue": -32767}}
    compression = {"tas": {"zlib": True, "complevel": 4, "shuffle": True, "chunksizes": (5, 7, 5), **encoding}} if engine == "netcdf4" else {}
    dataset.to_netcdf(path, engine=engine, format=None if engine == "netcdf4" else "NETCDF3_64BIT", encoding={**units, **compression}, unlimited_dims=["time"] if engine == "scipy" else None)
    return path


def write_filters(path: pathlib.Path) -> pathlib.Path:
    values = np.linspace(0, 50, 4 * 30 * 20, dtype="f4").reshape(4, 30, 20)
    with h5py.File(path, "w") as file:
        for name, size in [("time", 4), ("y", 30), ("x", 20)]:
            file.create_dataset(name, data=np.arange(size, dtype="f8")).make_scale(name)
        settings = {
            "blosc": hdf5plugin.Blosc(cname="zstd", clevel=5, shuffle=2),
            "zstandard": hdf5plugin.Zstd(clevel=3),
            "shuffled": {"compression": "gzip", "shuffle": True},
            "only_shuffled": {"shuffle": True},
            "deflated": {"compression": "gzip"},
        }
        for name, options in settings.items():
            variable = file.create_dataset(name, data=values, chunks=(1, 30, 10), **options)
            for axis, dim in enumerate(["time", "y", "x"]):
                variable.dims[axis].attach_scale(file[dim])
    return path


def registry_of(url: str) -> ObjectStoreRegistry:
    store = obstore.store.HTTPStore.from_url(url, client_options={"allow_http": True}) if url.startswith("http") else obstore.store.LocalStore()
    return ObjectStoreRegistry({url: store})


def virtual(path: pathlib.Path | str, parser: Callable) -> xr.Dataset:
    location = str(path) if "://" in str(path) else f"file://{path}"
    base = "/".join(location.split("/")[:3]) if location.startswith("http") else "file://"
    return virtualizarr.open_virtual_dataset(location, registry=registry_of(base), parser=parser, loadable_variables=[])


def write_json(path: pathlib.Path, content: dict) -> None:
    path.write_text(json.dumps(content))


def write_lazy(path: pathlib.Path, refs: dict, record_size: int) -> None:
    """fsspec's own Parquet writer."""
    mapper = LazyReferenceMapper.create(root=str(path), fs=fsspec.filesystem("file"), record_size=record_size)
    for key, value in refs.items():
        if key.endswith(".zarray"):
            mapper[key] = value
    for key, value in refs.items():
        mapper[key] = value
    mapper.flush()


def translate(path: pathlib.Path) -> dict:
    if h5py.is_hdf5(path):
        return kerchunk_hdf.SingleHdf5ToZarr(str(path), inline_threshold=200).translate()
    return kerchunk.netCDF3.NetCDF3ToZarr(str(path), inline_threshold=200).translate()


def as_version_3(folder: pathlib.Path) -> dict:
    """A Zarr v3 array as references: metadata under zarr.json, chunks in a file of their own."""
    store = zarr.storage.MemoryStore()
    group = zarr.create_group(store, attributes={"title": "three"})
    array = group.create_array("x", shape=(6, 4), chunks=(3, 4), dtype="i4", compressors=zarr.codecs.ZstdCodec(level=1), dimension_names=["t", "s"])
    array[:] = np.arange(24).reshape(6, 4)
    refs, data = {}, b""
    for key, value in store._store_dict.items():
        content = value.to_bytes()
        if key.endswith("zarr.json"):
            refs[key] = content.decode()
        else:
            refs[key] = ["chunks.bin", len(data), len(content)]
            data += content
    (folder / "chunks.bin").write_bytes(data)
    return {"version": 1, "refs": refs}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    root = tmp_path_factory.mktemp("references")
    data = root / "data"
    data.mkdir()
    years = [write_year(data / f"year-{year}.nc", year) for year in (2001, 2002, 2003)]
    classic = write_year(data / "classic.nc", 2001, engine="scipy")
    filters = write_filters(data / "filters.nc")
    singles = [translate(path) for path in years]
    combined = kerchunk.combine.MultiZarrToZarr(singles, concat_dims=["time"], identical_dims=["lat", "lon", "height"]).translate()
    write_json(root / "single.json", singles[0])
    write_json(root / "version0.json", singles[0]["refs"])
    write_json(root / "combined.json", combined)
    write_json(root / "classic-set.json", translate(classic))
    write_json(root / "filters-set.json", translate(filters))
    write_json(root / "unconsolidated.json", {"version": 1, "refs": {k: v for k, v in combined["refs"].items() if k != ".zmetadata"}})
    kerchunk.df.refs_to_dataframe(combined, str(root / "combined.parquet"), record_size=7)
    write_lazy(root / "lazy.parq", combined["refs"], record_size=3)
    datasets = [virtual(path, HDFParser()) for path in years]
    joined = xr.concat(datasets, dim="time", coords="minimal", compat="override", combine_attrs="override", data_vars="minimal")
    joined.vz.to_kerchunk(str(root / "virtualizarr.json"), format="json")
    # its Parquet writer fails on variables without dimensions
    joined.drop_vars("height").vz.to_kerchunk(str(root / "virtualizarr.parquet"), format="parquet", record_size=5)
    virtual(filters, HDFParser()).vz.to_kerchunk(str(root / "virtual-filters.json"), format="json")
    virtual(classic, NetCDF3Parser()).vz.to_kerchunk(str(root / "virtual-classic.json"), format="json")
    write_json(data / "three.json", as_version_3(data))
    for name, path in SAMPLES.items():
        if (SHARED_DATA / path).exists():
            (data / f"sample-{name}.nc").write_bytes((SHARED_DATA / path).read_bytes())
            write_json(root / f"sample-{name}.json", translate(data / f"sample-{name}.nc"))
    return root


@pytest.fixture(scope="session")
def served(folder: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    server = Gateway("serve", str(folder), "--port", "0", log=tmp_path_factory.mktemp("log") / "references.log")
    yield server
    server.stop()


SETS = {
    "single": "single.json",
    "version0": "version0.json",
    "combined-json": "combined.json",
    "combined-parquet": "combined.parquet",
    "lazy": "lazy.parq",
    "classic-set": "classic-set.json",
    "filters-set": "filters-set.json",
    "unconsolidated": "unconsolidated.json",
    "virtualizarr-json": "virtualizarr.json",
    "virtualizarr-parquet": "virtualizarr.parquet",
    "virtual-filters": "virtual-filters.json",
    "virtual-classic": "virtual-classic.json",
    **{f"sample-{name}": f"sample-{name}.json" for name, path in SAMPLES.items() if (SHARED_DATA / path).exists()},
}


def open_set(path: str, **options) -> xr.Dataset:
    return xr.open_dataset(path, engine="kerchunk", open_dataset_options=options, storage_options={"remote_protocol": "file"})


def open_served(server: Gateway, id: str, published: str, **options) -> xr.Dataset:
    if published == "v3":
        return xr.open_dataset(f"{server.url}/datasets/{id}.zarr", **options)
    path = {"v2": "zarr2", "raw": "kerchunk"}[published]
    return xr.open_dataset(f"{server.url}/datasets/{id}/{path}", engine="zarr", zarr_format=2, **options)


@pytest.mark.parametrize("decode_cf", [True, False], ids=["decoded", "raw"])
@pytest.mark.parametrize("published", ["v3", "v2", "raw"])
@pytest.mark.parametrize("id", SETS)
def test_a_set_is_what_xarray_opens(served, folder, id, published, decode_cf):
    actual = open_served(served, id, published, decode_cf=decode_cf).load()
    expected = open_set(str(folder / SETS[id]), decode_cf=decode_cf).load()
    if id == "sample-labels" and published == "v3" and not decode_cf:
        # Zarr 3 has no _FillValue of byte strings, see comparing.py
        actual["sector"].attrs = expected["sector"].attrs = {}
    if id in ["virtualizarr-json", "virtual-classic"]:
        # VirtualiZarr writes the chunk of a variable without dimensions under a key that fsspec does not find
        assert actual.height == 2.0
        actual, expected = actual.drop_vars("height"), expected.drop_vars("height")
    xr.testing.assert_identical(actual, expected)


@pytest.mark.parametrize("published", ["v3", "v2", "raw"])
def test_a_combined_set_is_what_xarray_makes_of_the_files(served, folder, published):
    expected = xr.open_mfdataset(sorted(map(str, folder.glob("data/year-*.nc"))), combine="nested", concat_dim="time", data_vars="minimal", coords="minimal", compat="override").load()
    for id in ["combined-json", "virtualizarr-json"]:
        xr.testing.assert_equal(open_served(served, id, published).load(), expected)
    xr.testing.assert_equal(open_served(served, "virtualizarr-parquet", published).load(), expected.drop_vars("height"))


def test_a_set_of_zarr_3_is_read(served, folder):
    actual = open_served(served, "data.three", "v3").load()
    assert actual.attrs == {"title": "three"}
    np.testing.assert_array_equal(actual.x, np.arange(24).reshape(6, 4))
    assert open_served(served, "data.three", "raw").x.dims == ("t", "s")


def test_stored_bytes_are_unchanged(served, folder):
    refs = json.loads((folder / "filters-set.json").read_text())["refs"]
    for name in ["blosc", "zstandard", "shuffled", "only_shuffled", "deflated"]:
        path, offset, length = refs[f"{name}/1.0.1"]
        with open(path, "rb") as file:
            file.seek(offset)
            expected = file.read(length)
        answer = requests.get(f"{served.url}/datasets/filters-set/kerchunk/{name}/1.0.1", timeout=30)
        assert answer.content == expected, name
        part = requests.get(answer.url, headers={"Range": "bytes=5-14"}, timeout=30)
        assert (part.status_code, part.content) == (206, expected[5:15])


def test_tensorstore_reads_byte_filters_of_hdf5(served, folder):
    tensorstore = pytest.importorskip("tensorstore")
    expected = h5py.File(folder / "data/filters.nc")
    for id in ["filters-set", "virtual-filters"]:
        for name in ["blosc", "zstandard", "shuffled", "only_shuffled", "deflated"]:
            for driver, path in [("zarr3", "zarr"), ("zarr", "zarr2")]:
                store = {"driver": driver, "kvstore": f"{served.url}/datasets/{id}/{path}/{name}/"}
                np.testing.assert_array_equal(tensorstore.open(store, open=True).result().read().result(), expected[name][...])


ZARRITA = """
import * as zarr from "zarrita";
for (const name of process.argv.slice(3)) {
  const array = await zarr.open(new zarr.FetchStore(`${process.argv[2]}/${name}`), { kind: "array" });
  const { data } = await zarr.get(array);
  console.log(name, data.length, data.reduce((sum, value) => sum + value, 0));
}
"""


def test_zarrita_reads_byte_filters_of_hdf5(served, folder):
    expected = h5py.File(folder / "data/filters.nc")
    names = ["blosc", "zstandard", "shuffled", "only_shuffled", "deflated"]
    for path in ["zarr", "zarr2"]:
        words = [str(ROOT / "node_modules/.bin/node"), "--input-type=module", "-", f"{served.url}/datasets/filters-set/{path}", *names]
        result = subprocess.run(words, input=ZARRITA, capture_output=True, text=True, cwd=ROOT, timeout=60)
        assert result.returncode == 0, result.stderr
        for line, name in zip(result.stdout.splitlines(), names, strict=True):
            assert line.split()[:2] == [name, str(expected[name].size)]
            assert float(line.split()[2]) == pytest.approx(float(expected[name][...].sum(dtype="f8")))


def reader_of_references(how: str, url: str, **options) -> xr.Dataset:
    if how == "engine":
        return xr.open_dataset(url, engine="kerchunk", open_dataset_options=options)
    if how == "fsspec":
        fs = fsspec.filesystem("reference", fo=url, remote_protocol="http", remote_options={"asynchronous": True}, asynchronous=True)
        return xr.open_dataset(zarr.storage.FsspecStore(fs, read_only=True), engine="zarr", consolidated=False, zarr_format=2, **options)
    base = "/".join(url.split("/")[:3])
    # a variable without dimensions breaks its own reader
    store = KerchunkJSONParser(skip_variables=["height"])(url, registry_of(base))
    return xr.open_zarr(store, consolidated=False, zarr_format=3, **options)


@pytest.mark.parametrize("how", ["engine", "fsspec", "virtualizarr"])
@pytest.mark.parametrize("id", ["single", "combined-parquet", "filters-set", "virtualizarr-json", "data.year-2001", "data.filters", "data.classic"])
def test_references_of_the_gateway_open(served, id, how):
    url = f"{served.url}/datasets/{id}/references.json"
    # VirtualiZarr makes Zarr v3 of it, whose fill values are no missing data
    options = {"decode_cf": False} if how == "virtualizarr" else {}
    expected = open_served(served, id, "raw", **options).load()
    actual = reader_of_references(how, url, **options).load()
    if how == "virtualizarr":
        xr.testing.assert_allclose(actual.drop_attrs(), expected.drop_vars("height", errors="ignore").drop_attrs())
    else:
        xr.testing.assert_identical(actual, expected)


def test_references_validate_and_are_not_for_everybody(served):
    url = f"{served.url}/datasets/combined-json/references.json"
    head, get = requests.head(url, timeout=30), requests.get(url, timeout=30)
    assert head.headers["ETag"] == get.headers["ETag"] and head.content == b""
    assert requests.get(url, headers={"If-None-Match": get.headers["ETag"]}, timeout=30).status_code == 304
    targets = {value[0] for value in get.json()["refs"].values() if isinstance(value, list)}
    assert all(target.startswith(f"{served.url}/datasets/combined-json/kerchunk/") for target in targets)
    refused = requests.get(f"{url}?targets=source", timeout=30)
    assert refused.status_code == 403 and "data" not in refused.json()["detail"].replace("datasets", "")
    assert requests.get(f"{url}?targets=elsewhere", timeout=30).status_code == 400


def test_references_to_a_web_server_are_shown(served, folder, tmp_path):
    """The chunks of one gateway as the source of another."""
    set_path = tmp_path / "web.json"
    set_path.write_text(requests.get(f"{served.url}/datasets/single/references.json", timeout=30).text)
    config = tmp_path / "gateway.yaml"
    config.write_text(f"sources: {{ allow: [{tmp_path}, '{served.url}/datasets/single/'] }}\ndatasets: {{ web: {{ location: web.json }} }}\n")
    second = Gateway("serve", "-c", str(config), "--port", "0", log=tmp_path / "second.log")
    try:
        url = f"{second.url}/datasets/web"
        xr.testing.assert_identical(open_served(second, "web", "v3").load(), open_served(served, "single", "v3").load())
        refs = requests.get(f"{url}/references.json?targets=source", timeout=30).json()["refs"]
        assert refs["tas/0.0.0"][0] == f"{served.url}/datasets/single/kerchunk/tas/0.0.0"
    finally:
        second.stop()


def write_references(location: pathlib.Path, output: pathlib.Path, *options: str) -> str:
    result = subprocess.run([*command(), "references", str(location), "-o", str(output), *options], capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    return result.stderr


@pytest.fixture(scope="session")
def sources(folder: pathlib.Path) -> dict[str, tuple[pathlib.Path, Callable[..., xr.Dataset]]]:
    """One of each kind, and how xarray opens it."""
    year = folder / "data/year-2001.nc"
    opened = xr.open_dataset(year)
    made = {"netcdf4": (year, lambda **o: xr.open_dataset(year, **o)), "netcdf3": (folder / "data/classic.nc", lambda **o: xr.open_dataset(folder / "data/classic.nc", engine="scipy", **o))}
    for version in (2, 3):
        path = folder / f"data/store{version}.zarr"
        opened.load().drop_encoding().chunk({"time": 4}).to_zarr(path, zarr_format=version, mode="w")
        made[f"zarr{version}"] = (path, lambda path=path, **o: xr.open_zarr(path, **o))
    made["kerchunk"] = (folder / "combined.parquet", lambda **o: open_set(str(folder / "combined.parquet"), **o))
    return made


def test_compressed_references_are_the_same(sources, tmp_path):
    for suffix in ["json", "json.zst"]:
        write_references(sources["netcdf4"][0], tmp_path / f"set.{suffix}")
    text = numcodecs.Zstd().decode((tmp_path / "set.json.zst").read_bytes())
    assert bytes(text) == (tmp_path / "set.json").read_bytes()


@pytest.mark.parametrize("suffix", ["json", "parquet"])
@pytest.mark.parametrize("kind", ["netcdf4", "netcdf3", "zarr2", "zarr3", "kerchunk"])
def test_written_references_are_the_local_file(sources, tmp_path, kind, suffix):
    location, open_local = sources[kind]
    output = tmp_path / f"set.{suffix}"
    write_references(location, output)
    for decode_cf in [True, False]:
        actual = open_set(str(output), decode_cf=decode_cf).load()
        expected = open_local(decode_cf=decode_cf).load()
        if kind == "zarr3":
            # Zarr v3 keeps CF's fill beside its own, v2 in one place
            xr.testing.assert_equal(actual, expected)
        else:
            xr.testing.assert_identical(actual, expected)


@pytest.mark.parametrize("suffix,parser", [("json", KerchunkJSONParser), ("parquet", KerchunkParquetParser)])
def test_virtualizarr_reads_written_references(sources, tmp_path, suffix, parser):
    location, open_local = sources["netcdf4"]
    write_references(location, tmp_path / f"set.{suffix}")
    store = parser(skip_variables=["height"])(f"file://{tmp_path}/set.{suffix}", registry_of("file://"))
    actual = xr.open_zarr(store, consolidated=False, zarr_format=3, decode_cf=False).load()
    xr.testing.assert_allclose(actual.drop_attrs(), open_local(decode_cf=False).load().drop_vars("height").drop_attrs())


def test_native_chunks_of_icechunk_are_written(tmp_path):
    icechunk = pytest.importorskip("icechunk")
    repository = icechunk.Repository.create(icechunk.local_filesystem_storage(str(tmp_path / "repository")))
    session = repository.writable_session("main")
    values = xr.Dataset({"x": (("t", "s"), np.random.default_rng(1).normal(size=(20, 100)))}, attrs={"title": "native"})
    values.to_zarr(session.store, consolidated=False, encoding={"x": {"chunks": (5, 50)}})
    session.commit("first")
    output = tmp_path / "set.json"
    write_references(tmp_path / "repository", output)
    refs = json.loads(output.read_text())["refs"]
    assert refs["x/0.0"][0].startswith(str(tmp_path / "repository" / "chunks"))
    xr.testing.assert_identical(open_set(str(output)).load(), values)


def test_a_folder_of_something_else_is_not_replaced(sources, tmp_path):
    output = tmp_path / "set.parquet"
    output.mkdir()
    (output / "thesis.txt").write_text("years of work")
    result = subprocess.run([*command(), "references", str(sources["netcdf4"][0]), "-o", str(output)], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert result.returncode == 1 and "not replaced" in result.stderr
    assert (output / "thesis.txt").read_text() == "years of work"


ZARRAY = {"zarr_format": 2, "shape": [40], "chunks": [2], "dtype": "<i2", "fill_value": 0, "order": "C", "filters": None, "compressor": None}


def set_of(refs: dict, **more) -> dict:
    return {"version": 1, "refs": {".zgroup": '{"zarr_format":2}', "x/.zarray": json.dumps(ZARRAY), "x/.zattrs": '{"_ARRAY_DIMENSIONS":["t"]}', **refs}, **more}


def array_document(shape: list[int], chunks: list[int], dtype: str) -> str:
    return json.dumps({**ZARRAY, "shape": shape, "chunks": chunks, "dtype": dtype, "fill_value": None})


def write_generated(path: pathlib.Path) -> None:
    """Templates in templates' arguments, generators over numbers and words, floats that stand in the set."""
    for name in "ab":
        for number in range(3):
            np.random.default_rng(number).normal(size=60).astype("<f4").tofile(path.parent / f"part_{name}_{number:02d}.bin")
    arrays = {"x": ([3, 60], [1, 15], "<f4", ["t", "s"]), "a": ([180], [60], "<f4", ["q"]), "b": ([180], [60], "<f4", ["q"]), "k": ([4], [4], "<f8", ["k"]), "text": ([4], [4], "|S1", ["k"]), "whole": ([60], [60], "<f4", ["s"])}
    refs: dict = {".zgroup": '{"zarr_format":2}'}
    for name, (shape, chunks, dtype, dims) in arrays.items():
        refs |= {f"{name}/.zarray": array_document(shape, chunks, dtype), f"{name}/.zattrs": {"_ARRAY_DIMENSIONS": dims}}
    refs |= {"k/0": "base64:" + base64.b64encode(np.array([1.5, -0.0, np.nan, np.inf]).tobytes()).decode(), "text/0": "abcd", "whole/0": ["{{f(d=u, c='b')}}_01.bin"]}
    generators = [
        {"key": "x/{{i}}.{{j}}", "url": "{{f(d=u, c='a')}}_{{ '%02d' % i }}.bin", "offset": "{{(j * 3) * 20}}", "length": "{{20 * 3}}", "dimensions": {"i": {"stop": 3}, "j": {"start": 0, "stop": 4}}},
        {"key": "{{m}}/{{i}}", "url": "{{u}}/part_{{m}}_0{{i}}.bin", "offset": "0", "length": "240", "dimensions": {"m": ["a", "b"], "i": {"start": 2, "stop": -1, "step": -1}}},
    ]
    write_json(path, {"version": 1, "templates": {"u": str(path.parent), "f": "{{d}}/part_{{c}}"}, "gen": generators, "refs": refs})


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, pathlib.Path]]:
    """Sets that kerchunk's other tools write, and one that uses all that the format has."""
    root = tmp_path_factory.mktemp("tools")
    write_generated(root / "generated.json")
    # chunks without compressor that are whole rows, which can be cut
    days = [write_year(root / f"{year}.nc", year, zlib=False, shuffle=False, chunksizes=(5, 7, 11)) for year in (2001, 2002)]
    single, other = map(translate, days)
    combined = kerchunk.combine.MultiZarrToZarr([single, other], concat_dims=["time"], identical_dims=["lat", "lon", "height"]).translate()
    write_json(root / "of-sets.json", kerchunk.combine.MultiZarrToZarr([combined, combined], concat_dims=["member"], coo_map={"member": [1, 2]}, identical_dims=["time", "lat", "lon", "height"]).translate())
    write_json(root / "cut.json", kerchunk.utils.subchunk({"version": 1, "refs": dict(single["refs"])}, "tas", 5))
    write_json(root / "consolidated.json", kerchunk.utils.consolidate(dict(single["refs"])))
    xr.open_dataset(days[0]).drop_encoding().to_zarr(root / "store.zarr", zarr_format=2)
    write_json(root / "whole-files.json", kerchunk.zarr.single_zarr(str(root / "store.zarr")))
    server = Gateway("serve", str(root), "--port", "0", log=root.parent / "tools.log")
    yield server, root
    server.stop()


@pytest.mark.parametrize("id", ["generated", "of-sets", "cut", "consolidated", "whole-files"])
def test_sets_of_other_tools_are_what_xarray_opens(tools, id):
    server, root = tools
    options = {"remote_protocol": "file", "simple_templates": False}
    expected = xr.open_dataset(str(root / f"{id}.json"), engine="kerchunk", storage_options=options).load()
    for published in ["v3", "v2", "raw"]:
        xr.testing.assert_identical(open_served(server, id, published).load(), expected)
    remote = reader_of_references("engine", f"{server.url}/datasets/{id}/references.json").load()
    xr.testing.assert_identical(remote, expected)


FORBIDDEN = {
    0: "/etc/passwd",
    1: "file:///etc/passwd",
    2: "../../../../../../etc/passwd",
    3: "http://169.254.169.254/latest/meta-data",
    4: "http://127.0.0.1:1/private",
    5: "http://10.0.0.1/private",
    6: "s3://someone-elses/secret",
    7: "link",
    8: "http://[::1]:1/private",
    9: "local:///etc/passwd",
}


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, pathlib.Path]]:
    root = tmp_path_factory.mktemp("hostile") / "published"
    root.mkdir()
    (root / "short.bin").write_bytes(bytes(10))
    (root / "link").symlink_to("/etc/passwd")
    refs = {f"x/{index}": [target, 0, 4] for index, target in FORBIDDEN.items()}
    refs |= {"x/10": ["short.bin", 8, 4], "x/11": ["gone.bin", 0, 4], "x/12": ["short.bin", -4, 4], "x/13": ["short.bin", 0, 2**60], "x/14": ["short.bin", 2**53, 4], "x/15": "base64:AAA", "x/17": ["short.bin"], "x/16": ["short.bin", 0, 3]}
    write_json(root / "targets.json", set_of(refs))
    write_json(root / "cyclic.json", set_of({"x/0": ["{{a()}}", 0, 4]}, templates={"a": "{{b()}}", "b": "{{a()}}"}))
    write_json(root / "doubling.json", set_of({"x/0": ["{{z}}", 0, 4]}, templates={"z": "{{y(c='" + "a" * 8000 + "')}}", "y": "{{c}}" * 1600}))
    write_json(root / "generators.json", set_of({}, gen=[{"key": "x/{{i}}{{j}}", "url": "u", "dimensions": {"i": {"stop": 10**9}, "j": {"stop": 10**9}}}]))
    write_json(root / "negative.json", set_of({}, gen=[{"key": "x/{{i}}", "url": "u", "offset": "0", "length": "1", "dimensions": {"i": {"start": 0, "stop": 9, "step": 0}}}]))
    (root / "latin.json").write_bytes(json.dumps(set_of({"x/0": ["short.bin", 0, 4]})).encode() + b"\xff")
    (root / "half.json").write_text(json.dumps(set_of({}))[:-9])
    write_json(root / "inline.json", set_of({"x/0": "base64:" + base64.b64encode(bytes(10**7)).decode()}))
    parquet = root / "cut.parquet"
    refs = {"x/0": ["short.bin", 0, 4], **{k: v for k, v in set_of({})["refs"].items()}}
    kerchunk.df.refs_to_dataframe(refs, str(parquet), record_size=100)
    file = parquet / "x/refs.0.parq"
    file.write_bytes(file.read_bytes()[:-40])
    server = Gateway("serve", str(root), "--port", "0", log=root.parent / "gateway.log")
    yield server, root
    server.stop()


def test_forbidden_targets_are_refused_and_logged(hostile):
    server, root = hostile
    for index, target in FORBIDDEN.items():
        for path in ["zarr/x/c/", "zarr2/x/", "kerchunk/x/"]:
            answer = requests.get(f"{server.url}/datasets/targets/{path}{index}", timeout=30)
            assert answer.status_code == 403, (target, path, answer.text)
            assert "root:" not in answer.text and str(root) not in answer.text and "passwd" not in answer.text
    time.sleep(0.2)
    log = server.log.read_text()
    assert log.count('"code":"forbidden"') >= len(FORBIDDEN)
    assert "passwd" not in log


def test_places_that_are_none_are_failures_not_missing_chunks(hostile):
    server, _ = hostile
    for index in [10, 11, 12, 13, 14, 15, 16, 17]:
        answer = requests.get(f"{server.url}/datasets/targets/zarr/x/c/{index}", timeout=30)
        assert answer.status_code in (500, 502), (index, answer.status_code, answer.text)
    assert requests.get(f"{server.url}/datasets/targets/zarr/x/c/19", timeout=30).status_code == 404


@pytest.mark.parametrize("id", ["cyclic", "doubling", "generators", "negative", "latin", "half"])
def test_a_damaged_set_is_an_error_at_once(hostile, id):
    server, root = hostile
    started = time.monotonic()
    answer = requests.get(f"{server.url}/datasets/{id}/zarr/zarr.json", timeout=30)
    assert answer.status_code in (501, 502), answer.text
    assert len(answer.json()["detail"]) > 20 and str(root) not in answer.text
    assert time.monotonic() - started < 5


def test_damaged_parquet_and_absurd_inline_data_are_errors(hostile):
    server, _ = hostile
    assert requests.get(f"{server.url}/datasets/cut/zarr/zarr.json", timeout=30).status_code == 200
    assert requests.get(f"{server.url}/datasets/cut/zarr/x/c/0", timeout=30).status_code == 502
    assert requests.get(f"{server.url}/datasets/inline/zarr/x/c/0", timeout=30).status_code == 502
    assert server.memory() < 700 * 2**20


def test_inline_coordinates_of_a_grib_set_are_served(tmp_path):
    """The GRIB file itself is not there: its variable fails, and nothing else."""
    path = SHARED_DATA / "kerchunk/0.json"
    if not path.exists():
        pytest.skip("no sample data beside the clone")
    server = Gateway("serve", str(path), "--port", "0", log=tmp_path / "gateway.log")
    try:
        dataset = xr.open_dataset(f"{server.url}/datasets/0.zarr")
        refs = {k: v for k, v in json.loads(path.read_text())["refs"].items() if not k.startswith("u10")}
        mapper = fsspec.get_mapper("reference://", fo={"version": 1, "refs": refs})
        expected = xr.open_dataset(mapper, engine="zarr", consolidated=False).load()
        xr.testing.assert_equal(dataset[list(expected.variables)].load(), expected)
        answer = requests.get(f"{server.url}/datasets/0/kerchunk/u10/0.0", timeout=30)
        assert answer.status_code >= 500 or answer.status_code == 403
    finally:
        server.stop()


def test_a_path_with_reference_in_front_is_served(folder, tmp_path):
    copied = folder / "data/set-of-another-name"
    copied.write_text((folder / "single.json").read_text())
    server = Gateway("serve", f"reference::{os.path.relpath(copied, ROOT)}", "--port", "0", log=tmp_path / "gateway.log")
    try:
        (id,) = requests.get(f"{server.url}/datasets", timeout=30).json()
        xr.testing.assert_identical(open_served(server, id, "v3").load(), open_set(str(folder / "single.json")).load())
    finally:
        server.stop()
