"""let, minus, plus, times, divided."""

from __future__ import annotations

import warnings

import numpy as np
import xarray as xr

from .steps import Step

UNARY = {"sqrt": np.sqrt, "abs": np.abs, "sin": np.sin, "cos": np.cos, "atan": np.arctan, "floor": np.floor, "ceil": np.ceil, "exp": lambda x: np.exp(x), "isnan": np.isnan, "log": np.log}
BINARY = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.true_divide}
COMPARISONS = {">": np.greater, "<=": np.less_equal, "!=": np.not_equal}


def numbers(ds: xr.Dataset) -> list[str]:
    return [str(name) for name, array in ds.variables.items() if array.dtype.kind in "iuf" and str(name).isidentifier()]


def formula(rng: np.random.Generator, ds: xr.Dataset, depth: int):
    """Its text, and what makes it of a dataset; every second one begins with a variable."""
    kind = rng.integers(0, 7) if depth > 0 else rng.integers(0, 2)
    if kind == 0 or (kind == 1 and depth == 3):
        name = str(rng.choice(numbers(ds)))
        return name, lambda d: d[name]
    if kind == 1:
        value = float(round(rng.uniform(0.1, 9), 2)) if rng.random() < 0.6 else int(rng.integers(1, 9))
        return repr(value), lambda d: value
    left, right = formula(rng, ds, depth - 1), formula(rng, ds, depth - 1)
    if kind == 2:
        name = str(rng.choice(sorted(UNARY)))
        return f"{name}({left[0]})", lambda d: weak(UNARY[name](left[1](d)))
    if kind == 3:
        sign = str(rng.choice(sorted(COMPARISONS)))
        return f"where({left[0]}{sign}{right[0]},{left[0]},{right[0]})", lambda d: where(COMPARISONS[sign](left[1](d), right[1](d)), left[1](d), right[1](d))
    if kind == 4:
        return f"-({left[0]})", lambda d: -left[1](d)
    sign = str(rng.choice(sorted(BINARY)))
    return f"({left[0]}){sign}({right[0]})", lambda d: operated(sign, left[1](d), right[1](d))


def weak(value):
    """A function of a number that is written in the formula stays such a number: it leaves float32 as it is."""
    return value.item() if isinstance(value, np.generic) else value


def operated(sign: str, left, right):
    return {"+": lambda: left + right, "-": lambda: left - right, "*": lambda: left * right, "/": lambda: left / right}[sign]()


def where(condition, left, right):
    return xr.where(condition, left, right) if isinstance(condition, xr.DataArray) else (left if condition else right)


def let(rng: np.random.Generator, ds: xr.Dataset) -> Step | None:
    if not numbers(ds):
        return None
    for _ in range(50):
        text, make = formula(rng, ds, 3)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                made = make(ds)
        except (TypeError, ValueError, OverflowError, ZeroDivisionError):
            continue  # numpy has no such operation
        if isinstance(made, xr.DataArray) and made.dtype.kind in "iufb" and made.size < 2_000_000:
            return Step(f"let(made={text})", lambda d: assigned(d, make), rtol=1e-5 if made.dtype.itemsize > 2 else 1e-2)
    return None


def assigned(ds: xr.Dataset, make) -> xr.Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ds.assign(made=make(ds).variable)


STEPS = {"let": let}
