"""Reductions over HTTP beside xarray's own: random datasets of a fixed seed, every dtype, holes, packed values, odd chunks."""

from __future__ import annotations

import pathlib
import urllib.error
import urllib.request
import warnings
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from comparing import attribute_differences
from gateway import Gateway

SEEDS = range(4)
METHODS = ["mean", "sum", "min", "max", "std", "var", "median", "count"]
DIMENSIONS = [["time"], ["lat"], ["lat", "lon"], None]
TEXT = ["name", "place"]
# numpy has no sums of points in time; xarray then refuses the whole dataset, the gateway leaves them out.
TIMES = ["time_bnds", "step"]


def make(seed: int) -> tuple[xr.Dataset, dict]:
    rng = np.random.default_rng(seed)
    lengths = {"time": int(rng.integers(1, 30)), "lat": int(rng.integers(1, 9)), "lon": int(rng.integers(1, 12))}
    t, y, x = lengths.values()

    def holes(values: np.ndarray) -> np.ndarray:
        values = values.copy()
        values[rng.random(values.shape) < 0.2] = np.nan
        values[:, -1:] = np.nan
        return values

    times = pd.date_range("2000-01-01", periods=t)
    dataset = xr.Dataset(
        {
            "f4": (("time", "lat", "lon"), holes(rng.normal(280, 20, (t, y, x)).astype("f4")), {"units": "K"}),
            "f8": (("lat", "time", "lon"), holes(rng.normal(0, 1, (y, t, x)))),
            "packed": (("time", "lat", "lon"), holes(rng.normal(280, 20, (t, y, x)))),
            "masked": (("time", "lat"), holes(rng.integers(0, 100, (t, y)).astype("f4"))),
            "i2": (("lon", "time"), rng.integers(-9999, 9999, (x, t)).astype("i2")),
            "i4": (("time", "lat"), rng.integers(-(2**31), 2**31, (t, y)).astype("i4")),
            "i8": (("time", "lat"), rng.integers(-(2**63), 2**63 - 1, (t, y))),
            "u1": (("time",), rng.integers(0, 255, t).astype("u1")),
            "u8": (("time", "lat"), rng.integers(0, 2**64 - 1, (t, y), dtype="u8")),
            "truth": (("time", "lon"), rng.random((t, x)) < 0.5),
            "time_bnds": (("time", "bnds"), np.stack([times, times + pd.Timedelta("1D")], 1)),
            "lat_bnds": (("lat", "bnds"), np.sort(rng.uniform(-90, 90, (y, 2)))),
            "name": (("time",), np.array([f"n{i}" for i in range(t)], dtype=object)),
            "place": (("lat",), np.array([f"p{i}" for i in range(y)], dtype=object)),
            "crs": ((), np.int32(7), {"grid_mapping_name": "latitude_longitude"}),
            "step": (("time",), (np.arange(t) * np.timedelta64(1, "h")).astype("m8[ns]")),
        },
        coords={
            "time": times,
            "lat": ("lat", np.linspace(-80, 80, y), {"bounds": "lat_bnds", "units": "degrees_north", "standard_name": "latitude"}),
            "lon": ("lon", np.arange(x) * 1.5, {"units": "degrees_east", "standard_name": "longitude"}),
            "height": 2.0,
            "local": (("time", "lat"), rng.random((t, y))),
        },
        attrs={"title": "random"},
    )
    dataset.time.attrs["bounds"] = "time_bnds"
    encoding = {
        "packed": {"dtype": "i2", "scale_factor": 0.01, "add_offset": 273.0, "_FillValue": -32768},
        "masked": {"dtype": "i2", "_FillValue": -999},
    }
    for name, variable in dataset.variables.items():
        if variable.dims and name not in dataset.dims:
            encoding.setdefault(str(name), {})["chunks"] = tuple(int(rng.integers(1, n + 2)) for n in variable.shape)
    return dataset, encoding


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("views")
    for seed in SEEDS:
        dataset, encoding = make(seed)
        version = 2 + seed % 2
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # text has no final specification yet
            dataset.to_zarr(folder / f"d{seed}.zarr", encoding=encoding, zarr_format=version, consolidated=version == 2)
    running = Gateway("serve", str(folder), "--port", "0", log=tmp_path_factory.mktemp("log") / "views.log")
    yield running
    running.stop()


def opened(server: Gateway, dataset: str) -> xr.Dataset:
    return xr.open_zarr(f"{server.url}/datasets/{dataset}/zarr", chunks=None).load()


def along(dataset: xr.Dataset, dims: list[str] | None) -> list[str]:
    return [name for name in dataset.data_vars if dims is None or set(dataset[name].dims) & set(dims)]


def wide(dataset: xr.Dataset) -> xr.Dataset:
    """float32 as float64: the gateway adds in float64 and rounds once, numpy rounds on the way."""
    return dataset.map(lambda v: v.astype("f8") if v.dtype == np.float32 else v, keep_attrs=True)


def narrow(result: xr.Dataset, original: xr.Dataset) -> xr.Dataset:
    for name in result.data_vars:
        if name in original and original[name].dtype == np.float32 and result[name].dtype == np.float64:
            result[name] = result[name].astype("f4")
    return result


def assert_same(expected: xr.Dataset, actual: xr.Dataset, ignored: tuple[str, ...] = ()) -> None:
    assert set(actual.data_vars) == set(expected.data_vars)
    assert set(actual.coords) == set(expected.coords)
    for name, variable in expected.variables.items():
        found = actual[name].variable
        assert found.dims == variable.dims, name
        differences = [text for text in attribute_differences(str(name), variable.attrs, found.attrs) if not any(word in text for word in ignored)]
        assert not differences
        if variable.dtype.kind == "f":
            single = np.float32 in (variable.dtype, found.dtype)
            np.testing.assert_allclose(found.values, variable.values, rtol=1e-6 if single else 1e-11, atol=1e-30 if single else 1e-11, err_msg=str(name))
        elif variable.dtype.kind in "mM":
            assert np.all(np.abs(pd.to_timedelta((found.values - variable.values).ravel())) <= pd.Timedelta("1us")), name
        else:
            assert np.array_equal(np.asarray(found.values, object), np.asarray(variable.values, object)), name
        assert found.dtype.kind == variable.dtype.kind or variable.dtype.kind in "OUT", name


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("method", METHODS)
def test_reductions_are_those_of_xarray(server: Gateway, seed: int, method: str) -> None:
    base = opened(server, f"d{seed}")
    for dims in DIMENSIONS:
        dropped = along(base, dims)
        lost = [] if method == "count" else [name for name in TEXT if name in dropped]
        if method in ("sum", "std", "var", "median"):
            lost += [name for name in TIMES if name in dropped and not (name == "step" and method in ("sum", "median"))]
        kept = [name for name in TEXT + TIMES if name not in dropped] if method in ("std", "var") else []
        source = wide(base) if method in ("mean", "sum", "std", "var") else base
        expected = getattr(source.drop_vars(lost + kept), method)(dims)
        expected = narrow(xr.merge([expected, base[kept]], combine_attrs="override"), base) if method != "count" else expected
        actual = opened(server, f"d{seed}@{method}({','.join(dims or [])})")
        # what counts values is no bounds of times any more
        assert_same(expected, actual, ("bounds",) if method == "count" else ())


def check(server: Gateway, seed: int, view: str, expected: Callable[[xr.Dataset], xr.Dataset], ignored: tuple[str, ...] = ()) -> None:
    base = opened(server, f"d{seed}")
    assert_same(expected(base), opened(server, f"d{seed}@{view}"), ignored)


@pytest.mark.parametrize("seed", SEEDS)
def test_quantiles_are_those_of_xarray(server: Gateway, seed: int) -> None:
    for dims in (["time"], ["lat", "lon"], None):
        for text, numbers in (("0.9", 0.9), ("0.1;0.5", [0.1, 0.5])):
            names = "".join(f"{dim}," for dim in dims or [])
            # numpy's differences of neighbouring integers overflow
            wide_integers = ["i4", "i8", "u8", "u1"]
            vars_ = "f4,f8,packed,masked,i2,crs,time_bnds,lat_bnds,step"
            base = opened(server, f"d{seed}")
            lost = [*wide_integers, *TEXT, "truth"]
            expected = base.drop_vars(lost).quantile(numbers, dims)
            assert_same(expected, opened(server, f"d{seed}@vars({vars_})@quantile({names}{text})"))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("dim", ["time", "lat"])
def test_running_sums_differences_and_windows_are_those_of_xarray(server: Gateway, seed: int, dim: str) -> None:
    base = opened(server, f"d{seed}")
    lost = [name for name in along(base, [dim]) if name in TEXT + ["time_bnds"]]
    check(server, seed, f"cumsum({dim})", lambda b: narrow(wide(b.drop_vars(lost)).cumsum(dim), b))
    if base.sizes[dim] > 1:
        without = [name for name in along(base, [dim]) if name in TEXT + ["truth"]]
        check(server, seed, f"diff({dim})", lambda b: b.drop_vars(without).diff(dim), ("bounds",))
    for window in (1, 2, 4):
        if window > base.sizes[dim]:
            continue
        for text, options in (("", {}), (",center=true", {"center": True}), (",min_periods=1", {"min_periods": 1})):
            for method in ("mean", "max"):
                gone = [*lost, *(name for name in along(base, [dim]) if name in ("step", "i8", "u8"))]
                view = "vars(" + ",".join(str(name) for name in base.data_vars if name not in gone) + f")@rolling({dim}={window},{method}{text})"
                source = wide(base) if method == "mean" else base
                expected = narrow(getattr(source.drop_vars(gone).rolling({dim: window}, **options), method)(), base)
                assert_same(expected, opened(server, f"d{seed}@{view}"), ("bounds",))


@pytest.mark.parametrize("seed", SEEDS)
def test_weights_come_from_the_bounds_of_latitudes(server: Gateway, seed: int) -> None:
    base = opened(server, f"d{seed}")[["f4", "f8", "packed"]]
    bounds = np.sin(np.deg2rad(opened(server, f"d{seed}").lat_bnds))
    weights = abs(bounds[:, 1] - bounds[:, 0]).drop_vars("height", errors="ignore")
    for dims in (["lat"], ["lat", "lon"], ["lat", "lon", "time"]):
        expected = base.weighted(weights).mean(dims, keep_attrs=True)
        actual = opened(server, f"d{seed}@wmean({','.join(dims)})")[["f4", "f8", "packed"]]
        for name in expected.data_vars:
            np.testing.assert_allclose(actual[name], expected[name], rtol=1e-10)
            assert actual[name].dtype == np.float64


@pytest.mark.parametrize("seed", SEEDS)
def test_trends_are_slopes_of_least_squares_per_unit_of_the_coordinate(server: Gateway, seed: int) -> None:
    base = opened(server, f"d{seed}")
    actual = opened(server, f"d{seed}@trend(time)")
    assert actual.f4.attrs["units"] == "K day-1"
    days = np.arange(base.sizes["time"])
    for index in np.ndindex(base.f4.shape[1:]):
        values = base.f4.values[(slice(None), *index)].astype("f8")
        there = ~np.isnan(values)
        expected = np.polyfit(days[there], values[there], 1)[0] if there.sum() > 1 else np.nan
        np.testing.assert_allclose(actual.f4.values[index], expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "view",
    [
        "mean(depth)", "mean(time=3)", "mean(__proto__)", "first()", "first(time,lat)", "quantile(time)", "quantile(time,2)",
        "quantile(time,nan)", "rolling(time=0,mean)", "rolling(time=5)", "rolling(time=1000000,mean)", "rolling(time=5,mode)",
        "rolling(time=2,mean,min_periods=3)", "rolling(depth=2,mean)", "diff()", "diff(depth)", "cumsum(constructor)", "trend(bnds,time)",
        "wmean(depth)", "std(" + "x," * 400 + "y)", "vars(name)@mean(time)", "vars(name)@cumsum(time)", "mean(time)@mean(time)",
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(server: Gateway, view: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{server.url}/datasets/d0@{view}/zarr/zarr.json", timeout=10)
    assert refused.value.code == 400
    assert "position" in refused.value.read().decode()
