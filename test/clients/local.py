"""The local side: how a user opens the file itself, and what groups it has."""

from __future__ import annotations

import pathlib
from typing import Any

import h5netcdf  # noqa: F401 - the engine of plain HDF5 files
import hdf5plugin  # noqa: F401 - h5py finds the registered filters through it
import netCDF4
import xarray as xr
import zarr


def engine_of(path: pathlib.Path) -> str:
    if path.suffix == ".zarr":
        return "zarr"
    # The two engines invent different names for dimensions without scales.
    return "h5netcdf" if path.parent.name == "hdf5" and path.stem != "no-scales" else "netcdf4"


def open_local(path: pathlib.Path, group: str | None = None, **options: Any) -> xr.Dataset:
    engine = engine_of(path)
    if engine == "h5netcdf":
        options["phony_dims"] = "sort"
    return xr.open_dataset(path, engine=engine, group=group, **options)


def groups_of(path: pathlib.Path) -> list[str | None]:
    """None for the root, then every group below it."""
    if engine_of(path) == "zarr":
        try:
            root = zarr.open_group(str(path), mode="r")
        except Exception:  # noqa: BLE001 - the root is an array
            return [None]
        return [None, *(name for name, node in root.members(max_depth=None) if isinstance(node, zarr.Group))]
    if engine_of(path) == "h5netcdf":
        return [None]
    with netCDF4.Dataset(path) as file:
        found: list[str | None] = [None]
        waiting = list(file.groups.values())
        while waiting:
            group = waiting.pop(0)
            found.append(group.path.strip("/"))
            waiting += group.groups.values()
        return found
