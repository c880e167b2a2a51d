"""convert."""

from __future__ import annotations

import numpy as np
import xarray as xr

from .steps import Step

UNITS = {"degC": (1.0, -273.15), "degF": (9 / 5, -459.67), "mK": (1000.0, 0.0), "kelvin": (1.0, 0.0)}


def convert(rng: np.random.Generator, ds: xr.Dataset) -> Step | None:
    names = [str(name) for name in ds.data_vars if ds[name].dtype.kind in "iuf" and ds[name].attrs.get("units") == "K"]
    if not names:
        return None
    name = str(rng.choice(names))
    unit = str(rng.choice(sorted(UNITS)))
    factor, offset = UNITS[unit]

    def apply(d: xr.Dataset) -> xr.Dataset:
        before = d[name]
        after = (before.astype("float64") * factor + offset).astype(before.dtype if before.dtype.kind == "f" else "float64")
        return d.assign({name: after.assign_attrs({**before.attrs, "units": unit})})

    return Step(f"convert({name}={unit})", apply, rtol=2e-6)


STEPS = {"convert": convert}
