"""Other clients, unmodified: fsspec caches, object_store, tensorstore, GDAL, listings, the whole server as one tree."""

from __future__ import annotations

import numpy as np
import obstore.store
import pytest
import requests
import tensorstore
import xarray as xr
import zarr
from comparing import differences
from fixtures import FIXTURES
from gateway import Gateway
from local import open_local
from zarr.storage import FsspecStore, ObjectStore

SOME = ["xarray-zarr3.time-monthly-standard", "xarray-zarr2.time-daily-noleap", "xarray-netcdf4.large-180x360", "xarray-netcdf3-classic.curvilinear", "zarr3.groups", "netcdf4.classic-model"]
PATHS = {item.id: item.path for item in FIXTURES}


@pytest.fixture(params=SOME)
def pair(request, gateway, fixture_folder):
    """A dataset's local file as opened by xarray, and its address without ending."""
    return open_local(fixture_folder / PATHS[request.param]), f"{gateway.url}/datasets/{request.param}"


def check(expected: xr.Dataset, actual: xr.Dataset) -> None:
    found = differences(expected, actual)
    assert not found, "\n".join(found)


def test_xarray_open_zarr_with_dask(pair):
    expected, url = pair
    actual = xr.open_zarr(f"{url}/zarr")
    check(expected, actual)
    assert any(variable.chunks for variable in actual.variables.values())


@pytest.mark.parametrize("ending", [".zarr", ".zarr/", "/zarr", "/zarr/"])
def test_every_address_of_the_store_works(pair, ending):
    expected, url = pair
    check(expected, xr.open_dataset(url + ending, engine="zarr", consolidated=True))


def test_fsspec_simplecache(pair, tmp_path):
    expected, url = pair
    # Without "asynchronous" fsspec and zarr-python 3 fail together on any HTTP server, a static one as well.
    options = {"simplecache": {"cache_storage": str(tmp_path)}, "http": {"asynchronous": True}}
    check(expected, xr.open_dataset(f"simplecache::{url}.zarr", engine="zarr", storage_options=options))


@pytest.mark.parametrize("zarr_format", [3, 2])
@pytest.mark.filterwarnings("ignore:Failed to open Zarr store")
def test_unconsolidated_open_walks_the_html_listing(pair, zarr_format):
    expected, url = pair
    path = "zarr" if zarr_format == 3 else "zarr2"
    check(expected, xr.open_dataset(f"{url}/{path}", engine="zarr", consolidated=False, zarr_format=zarr_format))


@pytest.mark.parametrize("zarr_format", [3, 2])
def test_obstore_http_store(pair, zarr_format):
    """object_store is strict: 206 with the very range asked for, a numeric length, strong validators."""
    expected, url = pair
    store = ObjectStore(obstore.store.HTTPStore.from_url(f"{url}/{'zarr' if zarr_format == 3 else 'zarr2'}", client_options={"allow_http": True}), read_only=True)
    check(expected, xr.open_zarr(store, consolidated=True, zarr_format=zarr_format))


def test_obstore_reads_shards_by_range(gateway, fixture_folder):
    local = zarr.open_group(str(fixture_folder / "zarr3/shards.zarr"), mode="r")
    store = ObjectStore(obstore.store.HTTPStore.from_url(f"{gateway.url}/datasets/zarr3.shards.zarr", client_options={"allow_http": True}), read_only=True)
    served = zarr.open_group(store, mode="r")
    for name in ["zstd_end", "zstd_start", "raw_end", "ragged", "nested", "sparse"]:
        np.testing.assert_array_equal(local[name][...], served[name][...], err_msg=name)


TENSORSTORE_NAMES = ["tmin", "tmax", "time", "time_bounds"]


@pytest.mark.parametrize("driver", ["zarr3", "zarr"])
def test_tensorstore(gateway, fixture_folder, driver):
    for id in ["xarray-zarr3.time-monthly-standard", "xarray-zarr2.time-monthly-standard", "xarray-netcdf4.time-monthly-standard", "xarray-netcdf3-classic.time-monthly-standard"]:
        local = open_local(fixture_folder / PATHS[id], decode_cf=False)
        base = f"{gateway.url}/datasets/{id}{'.zarr' if driver == 'zarr3' else '/zarr2'}/"
        for name in TENSORSTORE_NAMES:
            array = tensorstore.open({"driver": driver, "kvstore": {"driver": "http", "base_url": f"{base}{name}/"}}, open=True, read=True).result()
            np.testing.assert_array_equal(array.read().result(), local[name].values, err_msg=f"{id} {name}")


def test_tensorstore_reads_codecs_and_shards(gateway, fixture_folder):
    for store, names in {
        "zarr3/shards.zarr": ["zstd_end", "zstd_start", "blosc_end", "ragged", "big_transposed"],
        "zarr3/compressors.zarr": ["none", "gzip", "zstd", "crc32c", "default"], "zarr3/layout.zarr": ["transpose_fortran", "transpose_twice", "keys_v2_dot", "keys_default_dot"],
        "zarr3/types.zarr": ["little_f4", "big_f8", "little_i8", "flag", "little_f2", "little_c8"], "zarr2/blosc.zarr": ["lz4_shuffle", "zstd_bitshuffle", "zlib_noshuffle", "blosclz_shuffle"],
    }.items():
        local = zarr.open_group(str(fixture_folder / store), mode="r")
        for name in names:
            url = f"{gateway.url}/datasets/{store[:-5].replace('/', '.')}.zarr/{name}/"
            array = tensorstore.open({"driver": "zarr3", "kvstore": {"driver": "http", "base_url": url}}, open=True, read=True).result()
            np.testing.assert_array_equal(array.read().result(), local[name][...], err_msg=f"{store} {name}")


def test_tensorstore_revalidates_with_the_entity_tag(gateway):
    url = f"{gateway.url}/datasets/xarray-zarr3.time-monthly-standard.zarr/tmin/"
    spec = {"driver": "zarr3", "kvstore": {"driver": "http", "base_url": url}, "recheck_cached_data": True, "context": {"cache_pool": {"total_bytes_limit": 10_000_000}}}
    array = tensorstore.open(spec, open=True, read=True).result()
    first = array.read().result()
    np.testing.assert_array_equal(first, array.read().result())


def gdal_reads_zarr() -> bool:
    import rasterio

    with rasterio.Env() as environment:
        return "Zarr" in environment.drivers()


@pytest.mark.skipif(not gdal_reads_zarr(), reason="this rasterio wheel has no Zarr driver")
@pytest.mark.parametrize("address", [".zarr", "/zarr2"])
@pytest.mark.parametrize("id", ["xarray-zarr3.time-monthly-standard", "xarray-zarr2.time-monthly-standard", "xarray-netcdf4.time-monthly-standard", "xarray-netcdf3-classic.time-monthly-standard"])
@pytest.mark.filterwarnings("ignore")
def test_gdal_through_rasterio(gateway, fixture_folder, id, address):
    import rasterio

    expected = open_local(fixture_folder / PATHS[id], decode_cf=False)["tmin"].values
    with rasterio.open(f'ZARR:"/vsicurl/{gateway.url}/datasets/{id}{address}":/tmin') as raster:
        assert (raster.count, raster.height, raster.width) == expected.shape
        np.testing.assert_array_equal(raster.read(), expected)


def test_whole_server_is_one_tree(fixture_folder, tmp_path):
    """Of datasets that xarray can put into one tree: every dimension named, groups aligned with their parents."""
    server = Gateway("serve", str(fixture_folder / "xarray-zarr3"), "--port", "0", log=tmp_path / "gateway.log")
    try:
        tree = xr.open_datatree(f"{server.url}/datasets", engine="zarr", chunks={})
        assert set(tree.children) == {item.id.split(".", 1)[1] for item in FIXTURES if item.path.startswith("xarray-zarr3/")}
        for id in ["time-monthly-standard", "curvilinear", "mixed"]:
            check(open_local(fixture_folder / "xarray-zarr3" / f"{id}.zarr"), tree[id].to_dataset())
        assert set(tree["tree"].children) == {"a", "c"}
    finally:
        server.stop()


def test_whole_server_as_zarr2_document(gateway):
    document = requests.get(f"{gateway.url}/datasets/.zmetadata", timeout=60).json()
    assert document["zarr_consolidated_format"] == 1
    assert "xarray-zarr3.time-monthly-standard/tmin/.zarray" in document["metadata"]


def test_old_clients_find_zarr2_beside_zarr3(gateway):
    """`P/zarr` answers v2's consolidated document and chunk keys, but no `.zgroup`, or zarr-python would warn."""
    url = f"{gateway.url}/datasets/xarray-zarr3.time-monthly-standard/zarr"
    assert requests.get(f"{url}/.zmetadata", timeout=60).status_code == 200
    assert requests.get(f"{url}/.zgroup", timeout=60).status_code == 404
    assert requests.get(f"{url}/tmin/0.0.0", timeout=60).status_code == 200


def test_opening_costs_few_requests_and_no_warning(gateway, recwarn):
    xr.open_dataset(f"{gateway.url}/datasets/xarray-zarr3.time-monthly-standard.zarr").load()
    assert [str(w.message) for w in recwarn if w.category is not ResourceWarning] == []
