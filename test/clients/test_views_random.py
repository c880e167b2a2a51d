"""Random chains of steps on random datasets are what xarray gives. A family of operations joins by its `STEPS`."""

from __future__ import annotations

import math
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import xarray as xr

from gateway import Gateway
from views import conversion, datasets, expressions, groups, selection
from views.equality import assert_same, opened, url
from views.steps import Maker, Step, view

FAMILIES: dict[str, dict[str, Maker]] = {"selection": {**selection.STEPS, **conversion.STEPS}, "groups": groups.STEPS, "expressions": expressions.STEPS}
SEEDS = list(range(12))
VIEWS = math.ceil(540 / len(SEEDS) / len(FAMILIES))  # of each dataset and family


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    return datasets.write(tmp_path_factory.mktemp("views") / "data", SEEDS)


@pytest.fixture(scope="module")
def server(stores, tmp_path_factory):
    folder = next(iter(stores.values())).parent
    running = Gateway("serve", str(folder), "--port", "0", log=tmp_path_factory.mktemp("log") / "views.log")
    yield running
    running.stop()


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("dataset", [f"r{seed}" for seed in SEEDS])
def test_random_views(dataset, family, stores, server):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        base = xr.open_zarr(stores[dataset], chunks=None).load()
        plain = xr.open_zarr(stores[dataset], chunks=None, decode_cf=False).load()
        rng = np.random.default_rng(zlib.crc32(f"{dataset} {family}".encode()))
        chains = [view(rng, base, FAMILIES[family], 1 + number % 3) for number in range(VIEWS)]
    with ThreadPoolExecutor(4) as threads:
        failures = [failure for failure in threads.map(lambda chain: problem(server.url, dataset, (base, plain), chain), chains) if failure]
    assert not failures, "\n\n".join(failures[:5]) + f"\n\n{len(failures)} of {len(chains)} failed"


def problem(server: str, dataset: str, bases: tuple[xr.Dataset, xr.Dataset], chain: list[Step]) -> str | None:
    address = url(server, dataset, chain)
    base, plain = bases
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert_same(applied(base, chain), opened(address), max(step.rtol for step in chain))
            if all(step.is_positional for step in chain):
                assert_same(without_lists(applied(plain, chain)), without_lists(opened(address, decode_cf=False)))
        return None
    except Exception as error:  # noqa: BLE001 - told with the view it belongs to
        return f"{address}\n{type(error).__name__}: {str(error)[:1500]}"


def applied(ds: xr.Dataset, chain: list[Step]) -> xr.Dataset:
    for step in chain:
        ds = step.apply(ds)
    return ds


def without_lists(ds: xr.Dataset) -> xr.Dataset:
    """Where `coordinates` are listed is for the writer to choose; a scalar coordinate is data where nothing is decoded."""
    ds = ds.reset_coords([name for name in ds.coords if name not in ds.dims])
    ds.attrs.pop("coordinates", None)
    for name in ds.variables:
        ds[name].attrs.pop("coordinates", None)
    return ds
