"""Random datasets, the same ones for the same seed: every calendar, packed and missing values, both orders of latitude."""

from __future__ import annotations

import math
import pathlib
import shutil
import warnings

import cftime
import numpy as np
import xarray as xr

CALENDARS = ["standard", "proleptic_gregorian", "noleap", "360_day", "all_leap", "julian"]
FREQUENCIES = ["6h", "D", "MS", "h", "5D"]


def times(rng: np.random.Generator, calendar: str) -> tuple[xr.DataArray, dict]:
    """A coordinate, and how it is stored."""
    count = int(rng.integers(20, 90))
    frequency = str(rng.choice(FREQUENCIES))
    start = str(rng.choice(["1999-12-20", "2000-02-25", "1850-01-01", "2013-01-01T06:00:00"]))
    values = xr.date_range(start, periods=count, freq=frequency, calendar=calendar, use_cftime=calendar not in ("standard", "proleptic_gregorian"))
    units = f"{rng.choice(['hours', 'days', 'minutes'])} since {rng.choice(['1850-01-01', '2000-01-01 12:00:00'])}"
    needs_float = units.startswith("days")
    encoding = {"units": units, "calendar": calendar, "dtype": "float64" if needs_float else str(rng.choice(["int64", "float64", "int32"]))}
    attrs = {"standard_name": "time", "axis": "T"}
    return xr.DataArray(values, dims="time", attrs=attrs), encoding


def grid(rng: np.random.Generator) -> dict[str, xr.DataArray]:
    dtype = str(rng.choice(["float32", "float64"]))
    lat = np.linspace(-87.5, 87.5, int(rng.integers(5, 14))).astype(dtype)
    if rng.random() < 0.5:
        lat = lat[::-1].copy()
    count = int(rng.integers(6, 17))
    lon = (np.arange(count) * (360.0 / count) - (180.0 if rng.random() < 0.5 else 0.0)).astype(dtype)
    return {
        "lat": xr.DataArray(lat, dims="lat", attrs={"units": "degrees_north", "standard_name": "latitude"}),
        "lon": xr.DataArray(lon, dims="lon", attrs={"units": "degrees_east", "standard_name": "longitude"}),
        "level": xr.DataArray(np.array([1000, 850, 500, 200], str(rng.choice(["int32", "int64", "float64"]))), dims="level", attrs={"units": "hPa", "positive": "down"}),
    }


def field(rng: np.random.Generator, shape: tuple[int, ...], kind: str) -> tuple[np.ndarray, dict]:
    """Values, and how they are stored."""
    smooth = 280 + 10 * rng.standard_normal(shape)
    if kind == "packed":
        smooth[rng.random(shape) < 0.1] = np.nan
        dtype = str(rng.choice(["int16", "int32", "uint16"]))
        return smooth, {"dtype": dtype, "scale_factor": 0.01, "add_offset": 250.0 if dtype != "uint16" else 200.0, "_FillValue": np.array(-9999 if dtype != "uint16" else 65535, dtype)[()]}
    if kind == "integer":
        return rng.integers(-1000, 1000, shape).astype(str(rng.choice(["int8", "int16", "int32", "int64", "uint8"]))), {}
    if kind == "text":
        return rng.choice(np.array(["rain", "snow", "", "hail ü"]), shape), {}
    if kind == "bool":
        return rng.random(shape) < 0.5, {}
    values = smooth.astype(kind)
    if rng.random() < 0.7:
        values[rng.random(shape) < 0.15] = np.nan
    if rng.random() < 0.2:
        values[...] = np.nan
    return values, {"_FillValue": np.array(1e20, kind)[()]} if rng.random() < 0.4 else {}


MOST_CHUNKS = 60


def chunks(rng: np.random.Generator, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Of any shape, but not so many that a view of them takes thousands of requests."""
    chosen = [int(rng.choice([1, max(1, length // 3), max(1, length // 2), max(1, length)])) for length in shape]
    while math.prod(-(-length // chunk) for length, chunk in zip(shape, chosen)) > MOST_CHUNKS:
        axis = max(range(len(shape)), key=lambda at: shape[at] / chosen[at])
        chosen[axis] = min(shape[axis], 2 * chosen[axis] + 1)
    return tuple(chosen)


def dataset(seed: int) -> tuple[xr.Dataset, dict]:
    """One dataset, and the encoding of its variables."""
    rng = np.random.default_rng(seed)
    calendar = CALENDARS[seed % len(CALENDARS)]
    time, time_encoding = times(rng, calendar)
    axes = {"time": time, **grid(rng)}
    names = list(axes)
    ds = xr.Dataset(coords={**axes, "height": xr.DataArray(2.0, attrs={"units": "m"})}, attrs={"title": f"random {seed}", "history": "made", "number": seed})
    encoding: dict[str, dict] = {"time": time_encoding}
    for position, kind in enumerate(["float32", "float64", "packed", "integer", "float32", "text", "bool"]):
        count = 1 if kind in ("text", "bool") else int(rng.integers(1, 5))
        dims = [name for name in rng.permutation(names)[:count]]
        if position < 2:
            dims = ["time", "level", "lat", "lon"] if rng.random() < 0.4 else ["time", "lat", "lon"]
        shape = tuple(axes[dim].size for dim in dims)
        values, stored = field(rng, shape, kind)
        name = f"{kind}_{position}"
        ds[name] = xr.DataArray(values, dims=dims, attrs={"long_name": f"a {kind}", "units": "K" if kind != "text" else "1", "cell_methods": "time: point"})
        encoding[name] = {**stored, "chunks": chunks(rng, shape)}
    ds["place"] = xr.DataArray([f"p{at:02d}" for at in range(axes["lon"].size)], dims="lon", attrs={"long_name": "a name"})
    ds["area"] = xr.DataArray(rng.random((axes["lat"].size, axes["lon"].size)), dims=("lat", "lon"), attrs={"units": "m2"})
    ds = ds.set_coords(["place", "area"])
    ds["time_bnds"] = bounds(ds.time)
    ds.time.attrs["bounds"] = "time_bnds"
    encoding["time_bnds"] = time_encoding
    return ds, encoding


def bounds(time: xr.DataArray) -> xr.DataArray:
    step = np.timedelta64(1, "h") if time.dtype.kind == "M" else __import__("datetime").timedelta(hours=1)
    return xr.DataArray(np.stack([time.values - step, time.values + step], axis=1), dims=("time", "bnds"))


def write(folder: pathlib.Path, seeds: list[int]) -> dict[str, pathlib.Path]:
    """Every dataset as a Zarr store of either version; ids and paths."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    paths = {}
    for seed in seeds:
        ds, encoding = dataset(seed)
        path = folder / f"r{seed}.zarr"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ds.to_zarr(path, zarr_format=2 + seed % 2, consolidated=True, encoding=encoding)
        paths[f"r{seed}"] = path
    return paths


__all__ = ["CALENDARS", "cftime", "dataset", "write"]
