"""Milliseconds that h5py takes to open each file and to read its first chunk, as JSON."""

import json
import sys
import time

import h5py

taken = []
for path in sys.argv[1:]:
    start = time.perf_counter()
    with h5py.File(path) as file:
        file["tas"][0]
    taken.append((time.perf_counter() - start) * 1000)
print(json.dumps(taken))
