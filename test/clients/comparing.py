"""What "the same dataset" means: expected comes from the local file, actual from the gateway, both opened by xarray."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr

# Variables of more chunks are compared in samples: a thousand small requests a second is what the client manages.
MOST_CHUNKS = 400


def plain(value: Any) -> Any:
    """An attribute in Python's own types: numpy scalars as numbers, arrays as lists, of one element as that element."""
    if isinstance(value, np.ndarray):
        value = value.tolist() if value.ndim else value.item()
    elif isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, (list, tuple)):
        return plain(value[0]) if len(value) == 1 else [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return value


def same_attribute(expected: Any, actual: Any) -> bool:
    """Equal value and kind: 1 is not 1.0. NaN has no place in JSON and arrives as None."""
    if isinstance(expected, float) and math.isnan(expected):
        return actual is None or (isinstance(actual, float) and math.isnan(actual))
    if isinstance(expected, complex) and isinstance(actual, complex):
        return same_attribute(expected.real, actual.real) and same_attribute(expected.imag, actual.imag)
    if isinstance(expected, float) and math.isinf(expected):
        return actual == expected or actual == ("Infinity" if expected > 0 else "-Infinity")
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(same_attribute, expected, actual))
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(same_attribute(expected[key], actual[key]) for key in expected)
    return type(expected) is type(actual) and expected == actual


def attribute_differences(where: str, expected: Mapping, actual: Mapping) -> Iterator[str]:
    for name in expected.keys() - actual.keys():
        yield f"{where}: attribute {name} = {expected[name]!r} is missing"
    for name in actual.keys() - expected.keys():
        yield f"{where}: attribute {name} = {actual[name]!r} is new"
    for name in expected.keys() & actual.keys():
        if not same_attribute(plain(expected[name]), plain(actual[name])):
            yield f"{where}: attribute {name} is {actual[name]!r} ({type(actual[name]).__name__}), expected {expected[name]!r} ({type(expected[name]).__name__})"


def is_text(dtype: np.dtype) -> bool:
    return dtype.kind in "OUT"


def native(dtype: np.dtype) -> np.dtype:
    return dtype if dtype.kind == "T" else dtype.newbyteorder("=")


def same_values(expected: np.ndarray, actual: np.ndarray) -> bool:
    """Every element equal, to the bit for floats except which NaN it is."""
    if is_text(expected.dtype) or is_text(actual.dtype):
        return bool(np.all(np.asarray(expected, object) == np.asarray(actual, object))) or xr.core.duck_array_ops.array_equiv(expected, actual)
    if expected.dtype.kind == "f":
        return np.array_equal(expected, actual, equal_nan=True) and np.array_equal(np.signbit(expected[~np.isnan(expected)]), np.signbit(actual[~np.isnan(expected)]))
    if expected.dtype.kind in "cmM":
        return np.array_equal(expected, actual, equal_nan=True)
    return np.array_equal(expected, actual)


def samples(variable: xr.Variable) -> list[dict[str, slice]]:
    """The whole variable, or its two ends and its middle where it has too many chunks."""
    chunks = variable.encoding.get("chunks") or variable.encoding.get("chunksizes") or variable.shape
    counts = [math.ceil(length / max(1, min(chunk or 1, length))) if length else 0 for length, chunk in zip(variable.shape, chunks)]
    if math.prod(counts) <= MOST_CHUNKS:
        return [{}]
    spans = [{}, {}, {}]
    for dim, length, chunk, count in zip(variable.dims, variable.shape, chunks, counts):
        width = chunk * max(1, int((MOST_CHUNKS / 3) ** (1 / sum(c > 1 for c in counts)))) if count > 1 else length
        for span, start in zip(spans, [0, max(0, length // 2 - width // 2), max(0, length - width)]):
            span[dim] = slice(start, start + width)
    return spans


def variable_differences(name: str, expected: xr.Variable, actual: xr.Variable) -> Iterator[str]:
    if expected.dims != actual.dims or expected.shape != actual.shape:
        yield f"{name}: dimensions {dict(zip(actual.dims, actual.shape))}, expected {dict(zip(expected.dims, expected.shape))}"
        return
    yield from attribute_differences(name, expected.attrs, actual.attrs)
    both_text = is_text(expected.dtype) and is_text(actual.dtype)
    if not both_text and native(expected.dtype) != native(actual.dtype):
        yield f"{name}: dtype {actual.dtype}, expected {expected.dtype}"
    for span in [{}] if len(set(expected.dims)) < expected.ndim else samples(actual):
        try:
            wanted, got = expected.isel(span).values if span else expected.values, actual.isel(span).values if span else actual.values
        except Exception as error:  # noqa: BLE001 - whatever the client raises is the finding
            yield f"{name}: reading failed: {type(error).__name__}: {str(error)[:300]}"
            return
        if not same_values(wanted, got):
            different = np.asarray(wanted != got)
            yield f"{name}: {int(different.sum())} of {different.size} values differ, first: got {np.asarray(got)[different][:3] if different.ndim else got}, expected {np.asarray(wanted)[different][:3] if different.ndim else wanted}"
            return


def differences(expected: xr.Dataset, actual: xr.Dataset) -> list[str]:
    found = list(attribute_differences("dataset", expected.attrs, actual.attrs))
    if set(expected.coords) != set(actual.coords):
        found.append(f"coordinates {sorted(map(str, actual.coords))}, expected {sorted(map(str, expected.coords))}")
    for name in expected.variables.keys() - actual.variables.keys():
        found.append(f"{name}: variable is missing")
    for name in actual.variables.keys() - expected.variables.keys():
        found.append(f"{name}: variable is new")
    for name in expected.variables.keys() & actual.variables.keys():
        found.extend(variable_differences(str(name), expected.variables[name], actual.variables[name]))
    return found


def limited_attributes(variable: xr.Variable, published: str) -> dict[str, Any]:
    attributes = dict(variable.attrs)
    for key in ["scale_factor", "add_offset"]:
        if isinstance(attributes.get(key), np.generic) and not isinstance(attributes[key], np.float64):
            attributes[key] = attributes[key].item()
    fill = attributes.get("_FillValue")
    if fill is not None and variable.dtype.kind in "iu" and isinstance(fill, (float, np.floating)) and not float(fill).is_integer():
        del attributes["_FillValue"]
    elif fill is not None and published == "v3" and is_worded(variable):
        text = plain(attributes.pop("_FillValue"))
        if variable.dtype.kind not in "mM":
            attributes["missing_value"] = text
    return attributes


def is_worded(variable: xr.Variable) -> bool:
    """Elements whose `_FillValue` xarray cannot read from Zarr v3: it raises."""
    return variable.dtype.kind not in "biufc"


def has_a_zarr_type(variable: xr.Variable) -> bool:
    """False for compound and ragged elements."""
    return variable.dtype.kind != "V" and (variable.dtype.kind != "O" or all(isinstance(item, (str, bytes)) for item in variable.values.flat))


def has_a_codec_name(variable: xr.Variable, published: str) -> bool:
    """bz2 and lzma are numcodecs' own: clients of format 3 know no name for them."""
    codecs = variable.encoding.get("compressors") or ()
    return published != "v3" or not any(type(codec).__name__ in ["BZ2", "LZMA"] for codec in codecs)


def as_zarr_can_say(raw: xr.Dataset, published: str) -> xr.Dataset:
    """
    The undecoded local dataset within the limits of Zarr metadata, which `ds.to_zarr` has as well:
    - a float32 or short integer `scale_factor` or `add_offset` becomes a JSON number of 64 bits, so xarray unpacks to 64 bits;
    - a `_FillValue` that the variable's type cannot hold (NaN on integers) has no form and is left out;
    - format 3: xarray reads no `_FillValue` of byte strings, strings and native times (it raises), so it is called `missing_value`,
      which has no effect on byte strings because JSON has none; not-a-time needs no name;
    - compound and ragged variables have no Zarr type and are left out; so are bz2 and lzma in format 3.
    """
    limited = raw.copy().drop_vars([name for name, variable in raw.variables.items() if not has_a_zarr_type(variable) or not has_a_codec_name(variable, published)])
    for name, variable in limited.variables.items():
        limited[name].attrs = limited_attributes(variable, published)
    return limited


def is_limited(raw: xr.Dataset, published: str) -> bool:
    """Whether one of these limits concerns the dataset, so that it cannot equal what xarray makes of the file itself."""
    for variable in raw.variables.values():
        limited = limited_attributes(variable, published)
        if not has_a_zarr_type(variable) or not has_a_codec_name(variable, published) or limited.keys() != variable.attrs.keys():
            return True
        if any(type(limited[key]) is not type(variable.attrs[key]) for key in limited):
            return True
    return False


class Attempt:
    """One open: its dataset or its error, and the warnings it gave (category and text without locations)."""

    def __init__(self, open_dataset: Callable[[], Any]) -> None:
        self.dataset: Any = None
        self.error: Exception | None = None
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                self.dataset = open_dataset()
            except Exception as error:  # noqa: BLE001 - both sides have to fail alike
                self.error = error
        self.warnings = {(w.category.__name__, without_places(str(w.message))) for w in caught if w.category is not ResourceWarning}


def without_places(message: str) -> str:
    """Nor the type of a number: a float32 attribute comes back from JSON as a float64."""
    return re.sub(r"(https?://\S+|file://\S+|/\S+/\S+|np\.float\d+\([^)]*\))", "…", message)
