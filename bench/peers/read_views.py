"""Wall-clock and processor seconds of xarray with dask for a mean over time and one by month, and the peak memory, as JSON."""

import json
import os
import resource
import sys
import time

import dask
import xarray as xr

path, threads = sys.argv[1], int(sys.argv[2])
results = {}
with dask.config.set(scheduler="threads", num_workers=threads):
    dataset = xr.open_zarr(path, chunks={})
    for name in ("maps", "boxes"):
        for view, work in {
            "mean(time)": lambda data: data.mean("time"),
            "groupby(time.month,mean)": lambda data: data.groupby("time.month").mean(),
        }.items():
            wall, processor = time.perf_counter(), sum(os.times()[:2])
            work(dataset[name]).compute()
            results[f"{view} of {name}"] = {"wallMs": 1000 * (time.perf_counter() - wall), "cpuMs": 1000 * (sum(os.times()[:2]) - processor)}
print(json.dumps({"results": results, "peakBytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))
