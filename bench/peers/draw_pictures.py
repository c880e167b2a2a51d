"""The same pictures by matplotlib, with cartopy where it is installed: `draw_pictures.py make FOLDER` writes the data."""

from __future__ import annotations

import json
import pathlib
import statistics
import sys
import time

import numpy as np
import xarray as xr

SHAPE = (24, 721, 1440)


def make(folder: pathlib.Path) -> None:
    """ERA5-like: 0.25 degrees, one chunk a time, values that do not compress to nothing."""
    random = np.random.default_rng(1)
    lat, lon = np.linspace(90, -90, SHAPE[1]), np.arange(0, 360, 0.25)
    base = 280 + 25 * np.cos(np.radians(lat))[:, None] + 6 * np.sin(np.radians(3 * lon))
    noise = random.normal(0, 0.5, SHAPE[1:])
    values = np.stack([base + noise + 3 * np.sin(np.radians(lon + 15 * step)) for step in range(SHAPE[0])]).astype("f4")
    dataset = xr.Dataset(
        {"t2m": (("time", "lat", "lon"), values, {"units": "K", "long_name": "2 metre temperature"})},
        {"time": np.arange(24).astype("timedelta64[h]").astype("timedelta64[ns]") + np.datetime64("2020-01-01", "ns"),
         "lat": ("lat", lat, {"units": "degrees_north"}), "lon": ("lon", lon, {"units": "degrees_east"})},
    )  # fmt: skip
    dataset.to_zarr(folder / "pictures.zarr", zarr_format=3, encoding={"t2m": {"chunks": (1, *SHAPE[1:])}}, consolidated=True)


def measure(folder: pathlib.Path) -> dict:
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    field = xr.open_zarr(folder / "pictures.zarr").t2m

    def plain(step: int) -> None:
        figure, axes = plt.subplots(figsize=(9.6, 5), dpi=100)
        field[step].plot(ax=axes)
        figure.savefig(folder / "peer.png")
        plt.close(figure)

    def robinson(step: int) -> None:
        import cartopy.crs as ccrs

        figure, axes = plt.subplots(figsize=(9.6, 5), dpi=100, subplot_kw={"projection": ccrs.Robinson()})
        field[step].plot(ax=axes, transform=ccrs.PlateCarree())
        axes.gridlines()
        figure.savefig(folder / "peer.png")
        plt.close(figure)

    def movie(_: int) -> None:
        from matplotlib.animation import FuncAnimation, PillowWriter

        figure, axes = plt.subplots(figsize=(9.6, 5), dpi=100)
        mesh = field[0].plot(ax=axes)
        FuncAnimation(figure, lambda step: mesh.set_array(field[step].values), frames=24).save(folder / "peer.gif", writer=PillowWriter(6))
        plt.close(figure)

    results = {"matplotlib": matplotlib.__version__, "plateCarree": timed(plain, 6), "movie": timed(movie, 1, warm=False)}
    try:
        import cartopy

        results |= {"cartopy": cartopy.__version__, "robinson": timed(robinson, 3)}
    except ImportError:
        pass
    return results


def timed(draw, count: int, warm: bool = True) -> dict:
    """Median of the wall clock, mean of the processor's time; milliseconds. The first picture is not counted."""
    if warm:
        draw(0)
    walls, cpu = [], time.process_time()
    for step in range(1, count + 1):
        start = time.perf_counter()
        draw(step)
        walls.append((time.perf_counter() - start) * 1000)
    return {"wallMs": statistics.median(walls), "cpuMs": (time.process_time() - cpu) * 1000 / count}


if __name__ == "__main__":
    task, target = sys.argv[1], pathlib.Path(sys.argv[2])
    target.mkdir(parents=True, exist_ok=True)
    if task == "make":
        make(target)
        print("{}")
    else:
        print(json.dumps(measure(target)))
