"""groupby, resample, anomaly."""

from __future__ import annotations

import warnings

import numpy as np
import xarray as xr

from .steps import Step

ACTIONS = ["mean", "min", "max", "sum", "std", "var", "median", "count", "first", "last"]
COMPONENTS = ["year", "month", "day", "hour", "season", "dayofyear", "dayofweek", "minute", "days_in_month"]
OF_DATETIME64 = ["quarter", "week"]
FREQUENCIES = ["MS", "ME", "2MS", "QS", "QS-DEC", "QE", "YS", "YE", "YS-JUL", "D", "5D", "12h", "6h", "7h", "3ME"]


def is_time(ds: xr.Dataset) -> bool:
    return "time" in ds.sizes and "time" in ds.coords and ds.time.dims == ("time",) and ds.sizes["time"] > 0 and holds_times(ds.time)


def holds_times(array: xr.DataArray) -> bool:
    return array.dtype.kind == "M" or (array.dtype.kind == "O" and array.size > 0 and hasattr(array.values.flat[0], "calendar"))


def is_text(array: xr.DataArray) -> bool:
    return array.dtype.kind in "UT" or (array.dtype.kind == "O" and not holds_times(array))


def groupby(rng: np.random.Generator, ds: xr.Dataset) -> Step | None:
    if not is_time(ds):
        return None
    component = str(rng.choice(COMPONENTS + (OF_DATETIME64 if ds.time.dtype.kind == "M" else [])))
    action = str(rng.choice(ACTIONS))
    if component in ds.variables or component in ds.dims:
        return None
    return Step(f"groupby(time.{component},{action})", lambda d: within(d, lambda part: part.groupby(f"time.{component}"), action, "time"), rtol=1e-6)


def groupby_coordinate(rng: np.random.Generator, ds: xr.Dataset) -> Step | None:
    names = [str(name) for name, coord in ds.coords.items() if coord.ndim == 1 and coord.dtype.kind in "iufUTO" and not holds_times(coord)]
    if not names:
        return None
    name, action = str(rng.choice(names)), str(rng.choice(ACTIONS))
    (dim,) = ds[name].dims
    return Step(f"groupby({name},{action})", lambda d: within(d, lambda part: part.groupby(name), action, dim), rtol=1e-6)


def resample(rng: np.random.Generator, ds: xr.Dataset) -> Step | None:
    if not is_time(ds) or not ds.indexes["time"].is_monotonic_increasing:
        return None
    frequency, action = str(rng.choice(FREQUENCIES)), str(rng.choice(ACTIONS))
    if ds.time.dtype.kind == "M" and rng.random() < 0.2:
        frequency = str(rng.choice(["W", "2W-WED"]))
    seconds = (ds.time.values[-1] - ds.time.values[0]) / (np.timedelta64(1, "s") if ds.time.dtype.kind == "M" else __import__("datetime").timedelta(seconds=1))
    if frequency[-1] == "h" and seconds > 40 * 86400:
        return None
    if action in ("first", "last") and all(len(members) == 1 for members in part_indices(ds, frequency)):
        return None  # xarray gives back the dataset itself then, whatever the bins are called
    return Step(f"resample(time={frequency},{action})", lambda d: within(d, lambda part: part.resample(time=frequency), action, "time", keeps_order=action in ("first", "last")), rtol=1e-6)


def anomaly(rng: np.random.Generator, ds: xr.Dataset) -> Step | None:
    if not is_time(ds):
        return None
    component = str(rng.choice(["month", "season", "dayofyear", "year", "hour"]))
    if component in ds.variables or component in ds.dims:
        return None
    target, period = f"time.{component}", None
    if rng.random() < 0.4 and ds.indexes["time"].is_monotonic_increasing and ds.indexes["time"].is_unique:
        first, last = (str(ds.time.values[at])[:10] for at in np.sort(rng.integers(0, ds.sizes["time"], 2)))
        period = slice(first, last)
    text = f"anomaly({target}" + (f",{period.start}:{period.stop})" if period else ")")
    if period is None:
        return Step(text, lambda d: differences(d, target, None), rtol=1e-5)
    numbers = [str(name) for name, array in ds.data_vars.items() if array.dtype.kind in "iuf"]
    if not numbers:
        return None
    return Step(f"vars({','.join(numbers)})@{text}", lambda d: differences(d[numbers], target, period), rtol=1e-5)


def differences(ds: xr.Dataset, target: str, period: slice | None) -> xr.Dataset:
    ds = ds.drop_vars([name for name, array in ds.data_vars.items() if is_text(array) or (array.dtype == bool and "time" not in array.dims)])
    reference = ds if period is None else ds.sel(time=period)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        climatology = precise(reference).groupby(target).mean()
        for name, array in reference.data_vars.items():
            if array.dtype.kind == "f":
                climatology[name] = climatology[name].astype(array.dtype)
        result = ds.groupby(target) - climatology
    # readers would take the differences of what `bounds` names for times
    result.time.attrs.pop("bounds", None)
    return result


def precise(ds: xr.Dataset) -> xr.Dataset:
    """Sums of float32 in float64: a small difference of large means shows how they were added up."""
    return ds.assign({name: array.astype("float64") for name, array in ds.data_vars.items() if array.dtype.kind == "f"})


def part_indices(ds: xr.Dataset, frequency: str) -> list[np.ndarray]:
    positions = xr.DataArray(np.arange(ds.sizes["time"]), coords={"time": ds.time})
    return [part.values for _, part in positions.resample(time=frequency)]


def within(ds: xr.Dataset, grouped, action: str, dim: str, keeps_order: bool = False) -> xr.Dataset:
    """xarray's own answer, without the variables for which it has none; text is never compared."""
    dropped = [name for name, array in ds.data_vars.items() if has_no_answer(array, action, dim)]
    part = ds.drop_vars(dropped)
    without = [name for name in part.data_vars if dim not in part[name].dims] if action in ("first", "last") else []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = getattr(grouped(part.drop_vars(without)), action)()
        if without and not result.identical(part.drop_vars(without)):
            # of what does not vary xarray finds no first: every value is
            static = grouped(part.drop_vars([name for name in part.data_vars if name not in without])).min()
            result = result.assign(static.data_vars)
        elif without:
            result = part
    result = result[[name for name in ds.data_vars if name in result]]
    for coord in result.coords if action == "count" else []:
        # readers would take the counts of what `bounds` names for times
        result[coord].attrs.pop("bounds", None)
    return without_gaps(result)


def has_no_answer(array: xr.DataArray, action: str, dim: str) -> bool:
    """What xarray raises for, and extremes of text."""
    if is_text(array):
        return action in ("std", "var") or (action in ("min", "max") and dim in array.dims)
    return holds_times(array) and (action in ("std", "var") or (action in ("sum", "median") and dim in array.dims))


def without_gaps(ds: xr.Dataset) -> xr.Dataset:
    """Text cannot be missing."""
    return ds.drop_vars([name for name, array in ds.data_vars.items() if array.dtype.kind == "O" and any(isinstance(value, float) for value in array.values.flat)])


STEPS = {"groupby": groupby, "groupby_coordinate": groupby_coordinate, "resample": resample, "anomaly": anomaly}
