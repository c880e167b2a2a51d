"""sel, isel, nearest, vars, chunk."""

from __future__ import annotations

import numpy as np
import xarray as xr

from .steps import Step


def some_dims(rng: np.random.Generator, ds: xr.Dataset, names: list[str], most: int = 2) -> list[str]:
    names = [name for name in names if ds.sizes[name] > 0]
    if not names:
        return []
    return [str(name) for name in rng.permutation(names)[: int(rng.integers(1, most + 1))]]


def isel(rng: np.random.Generator, ds: xr.Dataset) -> Step | None:
    dims = some_dims(rng, ds, list(ds.sizes))
    if not dims:
        return None
    texts, indexers = [], {}
    for dim in dims:
        text, indexers[dim] = position(rng, ds.sizes[dim])
        texts.append(f"{dim}={text}")
    return Step(f"isel({','.join(texts)})", lambda d: d.isel(indexers), is_positional=True)


def position(rng: np.random.Generator, size: int):
    kind = rng.integers(0, 6)
    if kind == 0:
        at = int(rng.integers(-size, size))
        return str(at), at
    if kind == 1:
        chosen = [int(at) for at in rng.integers(-size, size, int(rng.integers(1, 5)))]
        return f"[{','.join(map(str, chosen))}]" if len(chosen) == 1 or rng.random() < 0.3 else ";".join(map(str, chosen)), chosen
    start, stop = sorted(int(at) for at in rng.integers(0, size + 1, 2))
    stop = max(stop, start + 1)
    step = int(rng.integers(2, 5)) if kind == 2 else None
    if kind == 3:
        backward = -int(rng.integers(1, 4))
        return f"::{backward}", slice(None, None, backward)
    if kind == 4:
        return f"{start - size}:", slice(start - size, None)
    return f"{start}:{stop}" + (f":{step}" if step else ""), slice(start, stop, step)


def number(value) -> str:
    return str(float(value)) if np.asarray(value).dtype.kind == "f" else str(int(value))


def numeric_dims(ds: xr.Dataset) -> list[str]:
    return [dim for dim in ds.sizes if dim in ds.coords and ds[dim].dtype.kind in "iuf" and monotonic(ds[dim].values)]


def monotonic(values: np.ndarray) -> bool:
    steps = np.diff(values)
    return bool((steps > 0).all() or (steps < 0).all())


def sel(rng: np.random.Generator, ds: xr.Dataset) -> Step | None:
    dims = some_dims(rng, ds, numeric_dims(ds))
    if not dims:
        return None
    texts, indexers = [], {}
    for dim in dims:
        values = ds[dim].values
        kind = rng.integers(0, 4)
        if kind == 0:
            chosen = values[int(rng.integers(0, values.size))]
            texts.append(f"{dim}={number(chosen)}")
            indexers[dim] = chosen
        elif kind == 1:
            chosen = values[np.sort(rng.choice(values.size, min(3, values.size), replace=False))]
            texts.append(f"{dim}=" + (";".join(map(number, chosen)) if chosen.size > 1 else f"[{number(chosen[0])}]"))
            indexers[dim] = chosen
        else:
            low, high = np.sort(rng.choice(values, 2))
            if rng.random() < 0.5:
                low, high = float(low) - 0.37, float(high) + 0.21
            step = int(rng.integers(2, 4)) if rng.random() < 0.2 else None
            open_end = rng.random()
            low_text, high_text = ("", number(high)) if open_end < 0.15 else (number(low), "") if open_end < 0.3 else (number(low), number(high))
            texts.append(f"{dim}={low_text}:{high_text}" + (f":{step}" if step else ""))
            bounds = [low if low_text else None, high if high_text else None]
            falls = values.size > 1 and values[0] > values[-1]
            indexers[dim] = slice(*(reversed(bounds) if falls else bounds), step)
    return Step(f"sel({','.join(texts)})", lambda d: d.sel(indexers))


def sel_time(rng: np.random.Generator, ds: xr.Dataset) -> Step | None:
    if "time" not in ds.sizes or ds.sizes["time"] < 2 or "time" not in ds.coords or ds.time.dtype.kind not in "MO":
        return None
    # a single label falls into a range or not by rules of the index, which a falling one does not change
    moments = sorted(rng.choice(ds.time.values, 2))
    length = [4, 7, 10, 13, 16][int(rng.integers(0, 5))]
    first, last = (str(np.datetime64(m, "s") if ds.time.dtype.kind == "M" else m.isoformat())[:length] for m in moments)
    falls = ds.time.values[0] > ds.time.values[-1]
    if not monotonic_times(ds.time.values):
        return None
    if rng.random() < 0.5:
        step = Step(f"sel(time={first})", lambda d: d.sel(time=first))
    elif falls:
        return None
    else:
        bounds = [first, last] if rng.random() < 0.7 else [first, None] if rng.random() < 0.5 else [None, last]
        step = Step(f"sel(time={bounds[0] or ''}:{bounds[1] or ''})", lambda d: d.sel(time=slice(*bounds)))
    try:
        return step if step.apply(ds).sizes.get("time", 1) > 0 else None
    except KeyError:
        return None


def monotonic_times(values: np.ndarray) -> bool:
    steps = np.diff(values)
    zero = np.timedelta64(0) if values.dtype.kind == "M" else __import__("datetime").timedelta(0)
    return bool((steps > zero).all() or (steps < zero).all())


def nearest(rng: np.random.Generator, ds: xr.Dataset) -> Step | None:
    dims = some_dims(rng, ds, numeric_dims(ds))
    if not dims:
        return None
    wanted = {}
    for dim in dims:
        values = ds[dim].values.astype("float64")
        wanted[dim] = round(float(rng.uniform(values.min() - 5, values.max() + 5)), 3)
    text = ",".join(f"{dim}={value}" for dim, value in wanted.items())
    return Step(f"nearest({text})", lambda d: d.sel(wanted, method="nearest"))


def text_label(rng: np.random.Generator, ds: xr.Dataset) -> Step | None:
    """A coordinate that is no index: what `set_xindex` makes one of."""
    if "place" not in ds.coords or ds.place.dims != ("lon",) or len(set(ds.place.values)) != ds.sizes["lon"]:
        return None
    chosen = str(rng.choice(ds.place.values))
    at = [str(name) for name in ds.place.values].index(chosen)
    return Step(f"sel(place={chosen})", lambda d: d.isel(lon=at))


def variables(rng: np.random.Generator, ds: xr.Dataset) -> Step | None:
    names = [str(name) for name in ds.data_vars]
    if len(names) < 2:
        return None
    chosen = [str(name) for name in rng.permutation(names)[: int(rng.integers(1, min(4, len(names)) + 1))]]
    return Step(f"vars({','.join(chosen)})", lambda d: d[chosen])


def rechunked(rng: np.random.Generator, ds: xr.Dataset) -> Step | None:
    dims = some_dims(rng, ds, list(ds.sizes), 3)
    if not dims:
        return None
    text = ",".join(f"{dim}={int(rng.choice([-1, 1, 3, 7, 1000]))}" for dim in dims)
    return Step(f"chunk({text})", lambda d: d, is_positional=True)


STEPS = {
    "isel": isel,
    "sel": sel,
    "sel_time": sel_time,
    "nearest": nearest,
    "text_label": text_label,
    "vars": variables,
    "chunk": rechunked,
}
