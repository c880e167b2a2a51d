"""Whether a view is what xarray gives."""

from __future__ import annotations

import datetime
import urllib.parse
import warnings

import numpy as np
import pandas as pd
import xarray as xr

from .steps import Step


def url(server: str, dataset: str, steps: list[Step]) -> str:
    """As clients built on fsspec need it: two colons would be theirs."""
    text = "".join(f"@{step.text}" for step in steps)
    return f"{server}/datasets/{dataset}{urllib.parse.quote(text, safe='@()=,;.-_')}.zarr"


def opened(address: str, **options) -> xr.Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return xr.open_zarr(address, chunks=None, **options).load()


def assert_same(expected: xr.Dataset, actual: xr.Dataset, rtol: float = 0.0) -> None:
    """Identical but for what a file cannot say; with `rtol` floats may differ so much."""
    for name, variable in expected.variables.items():
        assert name in actual.variables, f"{name} is missing"
        assert kind(variable.dtype) == kind(actual[name].dtype), f"{name} is {actual[name].dtype}, expected {variable.dtype}"
        assert actual[name].dims == variable.dims, f"{name} has {actual[name].dims}, expected {variable.dims}"
    if rtol == 0.0:
        xr.testing.assert_identical(expected, actual)
        return
    assert set(expected.variables) == set(actual.variables)
    assert set(expected.coords) == set(actual.coords)
    assert expected.attrs == actual.attrs
    for name, variable in expected.variables.items():
        found = actual.variables[name]
        assert variable.attrs == found.attrs, f"attributes of {name}: {found.attrs}, expected {variable.attrs}"
        if variable.dtype.kind in "fc":
            atol = rtol * float(np.nanmax(np.abs(variable.values), initial=0.0))
            np.testing.assert_allclose(found.values, variable.values, rtol=rtol, atol=atol, err_msg=str(name))
        elif variable.dtype.kind in "mM" or (variable.dtype.kind == "O" and hasattr(next(iter(variable.values.flat), None), "calendar")):
            assert_same_times(variable.values, found.values, name)
        else:
            xr.testing.assert_equal(variable.to_base_variable(), found.to_base_variable())


def assert_same_times(expected: np.ndarray, actual: np.ndarray, name: object) -> None:
    """Means of times are numbers of days, say, in the file, and rounded there."""
    missing = np.asarray(pd.isnull(expected))
    assert (missing == np.asarray(pd.isnull(actual))).all(), f"{name} is missing elsewhere"
    limit = np.timedelta64(10, "us") if expected.dtype.kind in "mM" else datetime.timedelta(microseconds=10)
    assert all(abs(left - right) <= limit for left, right in zip(expected[~missing], actual[~missing])), f"times of {name}: {actual}, expected {expected}"


def kind(dtype: np.dtype) -> str:
    if dtype.kind in "OUT":
        return "text or object"
    return "time" if dtype.kind in "Mm" else str(dtype.newbyteorder("="))
