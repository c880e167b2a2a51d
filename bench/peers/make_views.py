"""Two gigabytes of float32 in chunks of whole maps and in boxes of many steps, as zarr-python writes them by default."""

import pathlib
import sys

import numpy as np
import zarr

path = pathlib.Path(sys.argv[1])
steps, rows, columns = 492, 721, 1440
group = zarr.create_group(path, overwrite=True, zarr_format=3)
random = np.random.default_rng(0)
base = (280 + 30 * np.cos(np.linspace(-np.pi / 2, np.pi / 2, rows))[:, None] + random.normal(0, 1, (rows, columns))).astype("f4")
noise = [random.normal(0, 2, (rows, columns)).astype("f4") for _ in range(5)]
for name, chunks in (("maps", (4, rows, columns)), ("boxes", (123, 103, 144))):
    array = group.create_array(name, shape=(steps, rows, columns), chunks=chunks, dtype="f4", fill_value=0.0, dimension_names=["time", "lat", "lon"])
    for first in range(0, steps, 123 if name == "boxes" else 12):
        last = min(steps, first + (123 if name == "boxes" else 12))
        array[first:last] = np.stack([np.round(base + noise[step % 5] * (step % 7), 2) for step in range(first, last)])
time = group.create_array("time", data=3.0 * np.arange(steps), dimension_names=["time"])
time.attrs.update({"units": "days since 2000-01-01", "calendar": "standard"})
group.create_array("lat", data=np.linspace(90, -90, rows), dimension_names=["lat"])
group.create_array("lon", data=0.25 * np.arange(columns), dimension_names=["lon"])
zarr.consolidate_metadata(path)
