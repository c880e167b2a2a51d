"""Writes what the benchmark serves: one Zarr store for every server, NetCDF-4 files for cold reads, tiny files to configure by the thousand."""

import pathlib
import shutil
import sys

import h5py
import netCDF4
import numpy as np
import xarray as xr
from zarr.codecs import BloscCodec

COLD_FILES = 12
MANY_CHUNKS = 100_000
FIELD = (721, 1440)
TIMES = 16
# 170 MB of small chunks: more than a server keeps of what was asked a moment ago.
SAMPLES = 4096


def field(times: int, shape: tuple[int, int]) -> np.ndarray:
    """Waves and enough noise in the low bits to compress like real single-precision fields (about 1.7 times)."""
    generator = np.random.default_rng(1)
    y, x = np.meshgrid(np.linspace(-1.5, 1.5, shape[0]), np.linspace(0, 6, shape[1]), indexing="ij")
    waves = [280 + 20 * np.cos(y) + 8 * np.sin(3 * x + 0.3 * t) for t in range(times)]
    return (np.stack(waves) + generator.normal(0, 0.08, (times, *shape))).astype("f4")


def main(folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    large, small = field(TIMES, FIELD), field(SAMPLES, (120, 120))
    dataset = xr.Dataset(
        {"large": (("time", "lat", "lon"), large, {"units": "K"}), "small": (("sample", "y", "x"), small, {"units": "K"})},
        {"time": ("time", np.arange(TIMES), {"units": "days since 2020-01-01"}), "lat": np.linspace(90, -90, FIELD[0]), "lon": np.linspace(0, 359.75, FIELD[1])},
        {"title": "benchmark"},
    )
    codec = BloscCodec(cname="lz4", clevel=5, shuffle="shuffle")
    encoding = {"large": {"chunks": (1, *FIELD), "compressors": [codec]}, "small": {"chunks": (1, 120, 120), "compressors": [codec]}}
    dataset.to_zarr(folder / "store.zarr", zarr_format=3, consolidated=True, encoding=encoding)

    (folder / "cold").mkdir()
    first = folder / "cold" / "cold-00.nc"
    with netCDF4.Dataset(first, "w") as file:
        for name, length in {"time": None, "lat": FIELD[0], "lon": FIELD[1]}.items():
            file.createDimension(name, length)
        variable = file.createVariable("tas", "f4", ("time", "lat", "lon"), compression="zlib", complevel=4, shuffle=True, chunksizes=(1, *FIELD))
        variable[:] = large
        file.createVariable("time", "f8", ("time",))[:] = np.arange(TIMES)
    for number in range(1, COLD_FILES):
        shutil.copy(first, folder / "cold" / f"cold-{number:02d}.nc")

    with netCDF4.Dataset(folder / "many-chunks.nc", "w") as file:
        file.createDimension("time", None)
        variable = file.createVariable("v", "i4", ("time",), compression="zlib", complevel=1, chunksizes=(2,))
        variable[:] = np.arange(2 * MANY_CHUNKS)

    with h5py.File(folder / "tiny.nc", "w") as file:
        scale = file.create_dataset("x", data=np.arange(100.0))
        scale.make_scale("x")
        file.create_dataset("v", data=np.arange(100.0), chunks=(10,), compression="gzip").dims[0].attach_scale(scale)


main(pathlib.Path(sys.argv[1]))
