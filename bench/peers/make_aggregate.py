"""Writes FOLDER/netcdf3 and FOLDER/netcdf4: COUNT small files each, one day a file, copies of one with other times."""

import pathlib
import struct
import sys

import netCDF4
import numpy as np

folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
MARKS = {"time": 1234567.0, "start": 1234567.25, "end": 1234567.75}


def write_first(path: pathlib.Path, format: str) -> None:
    with netCDF4.Dataset(path, "w", format=format) as file:
        for name, size in {"time": None, "lat": 18, "lon": 36, "bnds": 2}.items():
            file.createDimension(name, size)
        time = file.createVariable("time", "f8", ("time",))
        time.units, time.calendar, time.bounds = "days since 1970-01-01", "standard", "time_bnds"
        bounds = file.createVariable("time_bnds", "f8", ("time", "bnds"))
        for name, values in {"lat": np.linspace(-85, 85, 18), "lon": np.arange(36) * 10.0}.items():
            file.createVariable(name, "f8", (name,))[:] = values
        tas = file.createVariable("tas", "f4", ("time", "lat", "lon"))
        tas.units = "K"
        tas[0:1] = np.random.default_rng(1).normal(280, 10, (1, 18, 36))
        time[0], bounds[0] = MARKS["time"], [MARKS["start"], MARKS["end"]]


for kind, format, order in [("netcdf3", "NETCDF3_CLASSIC", ">d"), ("netcdf4", "NETCDF4", "<d")]:
    target = folder / kind
    target.mkdir(parents=True, exist_ok=True)
    first = target / "day_00000.nc"
    write_first(first, format)
    data = bytearray(first.read_bytes())
    places = {name: data.index(struct.pack(order, value)) for name, value in MARKS.items()}
    for day in range(count):
        for name, value in {"time": day + 0.5, "start": day, "end": day + 1.0}.items():
            struct.pack_into(order, data, places[name], float(value))
        (target / f"day_{day:05}.nc").write_bytes(data)
print("null")
