"""Random sets of files are published as what xr.open_mfdataset makes of them, or refused where it is not certain what they mean."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import requests
import xarray as xr
from gateway import Gateway
from test_aggregate import FORMATS, check, detail, future_defaults, published, serve

__all__ = ["future_defaults"]

SEEDS = range(int(os.environ.get("AGGREGATE_SEEDS", "24")))
CONTAINERS = ["NETCDF3_CLASSIC", "NETCDF3_64BIT", "NETCDF4", "NETCDF4_CLASSIC", "zarr2", "zarr3"]
UNITS = ["days since 2000-01-01", "hours since 1999-12-30 12:00", "seconds since 1970-01-01", "minutes since 2001-07-01T06:00:00", "days since 1850-01-01"]

# what `coordinates` attributes name is a coordinate all the same: `decode_cf=False` would make it data
RAW = {"mask_and_scale": False, "decode_times": False}


class FileSet:
    """Files along one dimension, perhaps of several members and variables, and how they are combined."""

    def __init__(self, folder: pathlib.Path, seed: int) -> None:
        self.random = random = np.random.default_rng(seed)
        self.folder = folder
        folder.mkdir(parents=True)
        self.dim = str(random.choice(["time", "time", "time", "step", "depth"]))
        self.has_coordinate = random.random() < 0.9
        self.calendar = str(random.choice(["standard", "standard", "noleap", "360_day", "proleptic_gregorian"]))
        self.is_falling = self.has_coordinate and random.random() < 0.2
        # dates before all of them: numbers of every unit count up from there
        self.units = [str(random.choice(UNITS))] * 9 if random.random() < 0.6 else [str(unit) for unit in random.choice(UNITS, 9)]
        self.number = random.choice(["f8", "f8", "i4", "i8"])
        self.members = ["r1", "r2", "r10"][: random.integers(2, 4)] if random.random() < 0.3 else []
        self.variables = ["tas", "pr"] if random.random() < 0.3 else ["tas"]
        self.containers = [str(c) for c in (random.choice(CONTAINERS, 3) if random.random() < 0.4 else [random.choice(CONTAINERS)])]
        self.lengths = [int(random.integers(1, 9))] * 5 if random.random() < 0.5 else [int(n) for n in random.integers(1, 9, 5)]
        self.count = int(random.integers(1 if self.members else 2, 6))
        self.chunk = int(random.integers(1, 6))
        self.has_same_chunks = random.random() < 0.6
        self.packing = random.choice(["none", "none", "i2", "i4", "u1"])
        self.axis = int(random.integers(0, 3)) if random.random() < 0.3 else 0
        self.extras = {name for name in ["bounds", "scalar", "static", "grid", "text", "step"] if random.random() < 0.3}
        self.is_falling &= max(self.lengths[: self.count]) > 1  # single values have no direction
        if self.containers != ["NETCDF4"]:
            self.extras.discard("text")
        if len(self.variables) > 1:
            self.extras -= {"text", "step"}  # data that two sets of files share are refused
        if self.calendar != "standard" and self.calendar != "proleptic_gregorian":
            self.units = [self.units[0]] * 9
        if any(c in ["NETCDF3_CLASSIC", "NETCDF3_64BIT", "NETCDF4_CLASSIC"] for c in self.containers):
            self.number = "i4" if self.number == "i8" else self.number
            self.packing = "i2" if self.packing == "u1" else self.packing
        self.is_listed = random.random() < 0.2
        self.paths: dict[tuple[str, str, int], str] = {}
        self.write()

    def write(self) -> None:
        names = self.random.permutation(self.count)  # names say nothing of the order, where there is a coordinate
        for member in self.members or [""]:
            for variable in self.variables:
                start = 0
                for part in range(self.count):
                    length = self.lengths[part]
                    name = f"{variable}_{member or 'all'}_{names[part] if self.has_coordinate else part}"
                    container = self.containers[int(self.random.integers(len(self.containers)))]
                    self.paths[member, variable, part] = self.write_part(name, container, self.part(member, variable, start, length), self.units[part])
                    start += length

    def part(self, member: str, variable: str, start: int, length: int) -> xr.Dataset:
        number = np.arange(start, start + length)
        number = 1000 - number if self.is_falling else number
        cells = number[:, None, None] * 20 + np.arange(12).reshape(3, 4)
        seed = sum(map(ord, member + variable))
        data = (cells + seed % 7).astype("f4")
        if self.random.random() < 0.3:
            data[self.random.random(data.shape) < 0.3] = np.nan
        if self.random.random() < 0.1:
            data[:] = np.nan  # of which a store may write no chunk
        dims = ["y", "x"]
        dims.insert(self.axis, self.dim)
        data = np.moveaxis(data, 0, self.axis)
        coords: dict[str, Any] = {"y": [1.0, 2.0, 3.0], "x": np.arange(4.0)}
        if self.has_coordinate:
            coords[self.dim] = (self.dim, self.coordinate(number))
        dataset = xr.Dataset({variable: (dims, data, {"units": "K", "long_name": variable})}, coords, {"title": f"{member} {start}"})
        if "bounds" in self.extras and self.has_coordinate:
            name = f"{self.dim}_bnds"
            dataset[self.dim].attrs["bounds"] = name
            edges = np.stack([number, number + 1], -1)
            dataset[name] = ((self.dim, "bnds"), self.coordinate(edges.ravel()).reshape(edges.shape))
        if "scalar" in self.extras:
            dataset = dataset.assign_coords(height=2.0)
        if "static" in self.extras:
            dataset["orography"] = (("y", "x"), np.arange(12.0).reshape(3, 4))
        if "grid" in self.extras:
            dataset = dataset.assign_coords(lat=(("y", "x"), np.arange(12.0).reshape(3, 4) / 7))
        if "text" in self.extras:
            dataset["label"] = (self.dim, np.array([f"day {n:04}" for n in number], dtype=object))
        if "step" in self.extras:
            dataset["flag"] = (self.dim, number.astype("i4"))
        return dataset

    def coordinate(self, number: np.ndarray) -> np.ndarray:
        if self.dim == "step":
            return number.astype("i4")
        if self.dim == "depth":
            return number / 4
        start = "2002-01-01"
        calendar = "standard" if self.calendar == "proleptic_gregorian" else self.calendar
        times = xr.date_range(start, periods=2100, calendar=calendar, use_cftime=calendar not in ["standard"])
        return np.asarray(times)[number]

    def write_part(self, name: str, container: str, dataset: xr.Dataset, units: str) -> str:
        encoding: dict[str, dict] = {}
        for key, variable in dataset.variables.items():
            own: dict[str, Any] = {}
            if key in ["tas", "pr"]:
                chunk = self.chunk if self.has_same_chunks else int(self.random.integers(1, 6))
                shape = [min(chunk, size) if dim == self.dim else size for dim, size in variable.sizes.items()]
                if container.startswith("zarr"):
                    own["chunks"] = [chunk if dim == self.dim else size for dim, size in variable.sizes.items()]
                elif container.startswith("NETCDF4") and self.random.random() < 0.8:
                    own |= {"chunksizes": shape, "zlib": bool(self.random.random() < 0.7)}
                if self.packing != "none":
                    own |= {"dtype": str(self.packing), "scale_factor": 4.0, "add_offset": 3000.0 if self.packing == "i2" else 0.0, "_FillValue": 255 if self.packing == "u1" else -9999}
            if np.issubdtype(variable.dtype, np.datetime64) or variable.dtype == object and key not in ["label"]:
                own |= {"units": units, "calendar": self.calendar, "dtype": self.number}
            if own:
                encoding[str(key)] = own
        path = self.folder / f"{name}.{'zarr' if container.startswith('zarr') else 'nc'}"
        if container.startswith("zarr"):
            dataset.to_zarr(path, zarr_format=int(container[-1]), consolidated=bool(self.random.random() < 0.7), encoding=encoding)
        else:
            unlimited = [self.dim] if self.random.random() < 0.5 and (container.startswith("NETCDF4") or self.axis == 0) else []
            dataset.to_netcdf(path, format=container, encoding=encoding, unlimited_dims=unlimited)
        return str(path)

    @property
    def has_same_units(self) -> bool:
        return self.dim != "time" or len(set(self.units[: self.count])) == 1

    def configuration(self) -> dict:
        location = sorted(self.paths.values()) if self.is_listed or not self.has_coordinate else f"{self.folder}/*"
        levels: list[dict] = [{"along": self.dim}]
        if self.members:
            levels.insert(0, {"new": "member", "values": {"from": "name", "pattern": "_(r\\d+)_"}})
        return {"location": location, "combine": levels if len(levels) > 1 else levels[0]}

    def local(self, **decoding: Any) -> xr.Dataset:
        """What xarray makes of the files in their order."""

        def opened(path: str) -> xr.Dataset:
            return xr.open_dataset(path, engine="zarr" if path.endswith(".zarr") else "netcdf4", **decoding)

        sets = []
        for variable in self.variables:
            rows = [[opened(self.paths[member, variable, part]) for part in range(self.count)] for member in self.members or [""]]
            along = [xr.combine_nested(row, self.dim, combine_attrs="override") for row in rows]
            if self.members:
                sets.append(xr.concat(along, "member", combine_attrs="override").assign_coords(member=self.members))
            else:
                sets.append(along[0])
        return sets[0] if len(sets) == 1 else xr.merge(sets, combine_attrs="override")

    def describe(self) -> str:
        hidden = {"random", "paths", "folder"}
        return ", ".join(f"{key}={value}" for key, value in vars(self).items() if key not in hidden)


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> dict[int, FileSet]:
    folder = tmp_path_factory.mktemp("random")
    return {seed: FileSet(folder / f"set{seed}", seed) for seed in SEEDS}


@pytest.fixture(scope="module")
def server(sets: dict[int, FileSet], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    gateway = serve(tmp_path_factory.mktemp("server"), {f"set{seed}": one.configuration() for seed, one in sets.items()})
    yield gateway
    gateway.stop()


@pytest.mark.parametrize("seed", SEEDS)
def test_is_what_xarray_gives(server: Gateway, sets: dict[int, FileSet], seed: int) -> None:
    one = sets[seed]
    format = FORMATS[seed % 2]
    status, words = detail(f"{server.url}/datasets/set{seed}")
    assert status == 200, f"{words}\n{one.describe()}"
    try:
        check(one.local(), published(server, f"set{seed}", format))
        if one.has_same_units:
            check(one.local(**RAW), published(server, f"set{seed}", format, **RAW))
    except AssertionError as error:
        raise AssertionError(f"{error}\n{one.describe()}") from error
    check_references(server, f"set{seed}", one)


def check_references(server: Gateway, id: str, one: FileSet) -> None:
    """What reference sets say is what is stored in the files."""
    answer = requests.get(f"{server.url}/datasets/{id}/references.json", timeout=30)
    assert answer.status_code in [200, 404, 409, 422, 501], answer.text
    if answer.status_code != 200:
        return
    for key, value in answer.json()["refs"].items():
        if not isinstance(value, list) or not str(value[0]).startswith("file://"):
            continue
        url, offset, length = value
        raw = requests.get(f"{server.url}/datasets/{id}/kerchunk/{key}", timeout=30)
        stored = pathlib.Path(requests.utils.unquote(url[7:])).read_bytes()[offset : offset + length]
        assert raw.status_code == 200 and raw.content == stored, f"{key}\n{one.describe()}"
