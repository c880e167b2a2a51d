"""Opens a Parquet reference set so often with fsspec's own reader, and reads chunks of it. Prints milliseconds and bytes."""

import json
import pathlib
import sys
import time

import fsspec

path, openings = sys.argv[1], int(sys.argv[2])
RECORD_SIZE, WARM = 10_000, 2000


def resident_bytes():
    text = pathlib.Path("/proc/self/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0]) * 1024


def read_one(copy):
    start = time.perf_counter()
    fs = fsspec.filesystem("reference", fo=path, remote_protocol="file", lazy=True, skip_instance_cache=True)
    fs.cat("v/.zarray")
    opened = time.perf_counter()
    first = (copy * 97 + 3) * RECORD_SIZE
    fs.cat(f"v/{first}")
    cold = time.perf_counter()
    for number in range(1, WARM + 1):
        fs.cat(f"v/{first + number}")
    warm = time.perf_counter()
    return {"openMs": (opened - start) * 1e3, "coldChunkMs": (cold - opened) * 1e3, "warmChunkMs": (warm - cold) * 1e3 / WARM}


before = resident_bytes()
fs = fsspec.filesystem("reference", fo=path, remote_protocol="file", lazy=True, skip_instance_cache=True)
fs.cat("v/0")
resident = resident_bytes() - before
reads = [read_one(copy) for copy in range(openings)]
fs = fsspec.filesystem("reference", fo=path, remote_protocol="file", lazy=True, skip_instance_cache=True)
fs.references["v/0"]
start = time.perf_counter()
for row in range(RECORD_SIZE):
    fs.references[f"v/{row}"]
look_up = (time.perf_counter() - start) * 1e3 / RECORD_SIZE
print(json.dumps({"reads": reads, "residentBytes": resident, "lookUpMs": look_up}))
