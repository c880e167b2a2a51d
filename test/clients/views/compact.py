"""Datasets of a few chunks in every calendar, with all types, packed and missing values, and scalars: ids are calendars."""

from __future__ import annotations

import pathlib
import warnings

import numpy as np
import xarray as xr

CALENDARS = ["standard", "proleptic_gregorian", "noleap", "all_leap", "360_day", "julian"]
STEPS_OF_TIME = ["9D", "MS", "31h", "6h", "5D", "D"]


def dataset(calendar: str) -> tuple[xr.Dataset, dict]:
    seed = CALENDARS.index(calendar)
    random = np.random.default_rng(seed)
    time = xr.date_range("1999-12-20", periods=60, freq=STEPS_OF_TIME[seed], calendar=calendar, use_cftime=calendar not in CALENDARS[:2])
    field = random.normal(280, 10, (60, 3, 4)).astype("f4")
    field[random.random(field.shape) < 0.1] = np.nan
    ds = xr.Dataset(
        {
            "a": (("time", "lat", "lon"), field),
            "b": (("lat", "time"), random.normal(0, 1, (3, 60))),
            "i": (("time", "lon"), random.integers(-90, 90, (60, 4)).astype("i2")),
            "j": (("lat",), random.integers(0, 9, 3).astype("i4")),
            "l": (("time",), random.integers(0, 9, 60)),
            "f": (("time",), random.random(60) < 0.5),
            "s": ((), 3.5),
            "p": (("time", "lat"), random.normal(5, 1, (60, 3))),
        },
        coords={
            "time": ("time", time, {"standard_name": "time"}),
            "lat": [20.0, 10.0, 0.0],
            "lon": np.arange(4.0).astype("f4"),
            "h": 2.0,
            "area": (("lat", "lon"), random.random((3, 4))),
            "basin": ("lon", ["z", "a", "z", "ü"]),
        },
        attrs={"title": "compact", "number": seed},
    )
    ds["time_bnds"] = (("time", "bnds"), np.stack([time, time], 1))
    ds.time.attrs["bounds"] = "time_bnds"
    for name in "abijlsp":
        ds[name].attrs = {"units": "K", "long_name": name}
    coding = {"units": ["hours since 1850-01-01", "days since 2000-01-01 12:00:00"][seed % 2], "calendar": calendar}
    encoding = {"time": coding, "time_bnds": coding, "a": {"chunks": (20, 2, 4)}, "b": {"chunks": (3, 25)}, "p": {"dtype": "i2", "scale_factor": 0.001, "_FillValue": -9999}}
    return ds, encoding


def other(ds: xr.Dataset) -> xr.Dataset:
    """A part of it, in another order, with other attributes and scalars."""
    part = ds.isel(time=slice(7, 50), lat=[2, 0]).drop_vars("f")
    part["extra"] = ("lon", np.arange(4.0))
    part["h"] = 5.0
    part = part.set_coords("h")
    part.a.attrs["units"] = "degC"
    part.attrs["number"] = 99
    return part


def write(folder: pathlib.Path) -> None:
    folder.mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for calendar in CALENDARS:
            ds, encoding = dataset(calendar)
            ds.to_zarr(folder / f"{calendar}.zarr", encoding=encoding, zarr_format=3)
            times = {name: encoding[name] for name in ("time", "time_bnds")}
            other(ds).to_zarr(folder / f"{calendar}-other.zarr", zarr_format=3, encoding={**times, "a": {"chunks": (13, 2, 2)}})


def read(folder: pathlib.Path, name: str) -> xr.Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return xr.open_zarr(folder / f"{name}.zarr", chunks=None).load()
