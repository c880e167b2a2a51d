"""For each folder: milliseconds that xr.open_mfdataset takes for its first COUNT files, and the peak memory, as JSON."""

import json
import pathlib
import resource
import sys
import time

import xarray as xr

count = int(sys.argv[1])
xr.set_options(use_new_combine_kwarg_defaults=True)
times = []
for folder in map(pathlib.Path, sys.argv[2:]):
    files = sorted(folder.iterdir())[:count]
    xr.open_mfdataset(files[:2]).close()
    start = time.perf_counter()
    xr.open_mfdataset(files).close()
    times.append(1000 * (time.perf_counter() - start))
print(json.dumps({"openMs": times, "peakBytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))
