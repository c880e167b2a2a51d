"""For each repository: milliseconds to open it and its array, to read one chunk, and to read one more of many, as JSON."""

import asyncio
import json
import pathlib
import resource
import sys
import time

import icechunk
import zarr
from zarr.core.buffer import default_buffer_prototype

icechunk.set_logs_filter("error")  # it writes them where the answer goes
MANY = 2000


async def read(store, chunk):
    found = await store.get(f"v/c/{chunk}", default_buffer_prototype())
    assert len(found) == 1024


async def read_many(store):
    for number in range(MANY):
        await read(store, number * 7919 % 1_000_000)


results = []
for path in map(pathlib.Path, sys.argv[1:]):
    storage = icechunk.local_filesystem_storage(str(path))
    start = time.perf_counter()
    repository = icechunk.Repository.open(storage, authorize_virtual_chunk_access={f"file://{path.parent}/files/": None})
    store = repository.readonly_session("main").store
    zarr.open_array(store, path="v", mode="r")
    opened = time.perf_counter()
    asyncio.run(read(store, 999_999))
    first = time.perf_counter()
    asyncio.run(read_many(store))
    many = time.perf_counter()
    results.append({"openMs": 1000 * (opened - start), "firstChunkMs": 1000 * (first - opened), "chunkMs": 1000 * (many - first) / MANY})
print(json.dumps({"reads": results, "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))
