"""Xpublish with its Zarr plugin on the store that the gateway serves: stored chunks, and chunks of two steps."""

import sys

import xarray as xr
import xpublish

store, port = sys.argv[1], int(sys.argv[2])
stored = xr.open_zarr(store, chunks={})
rechunked = stored.chunk({"time": 2, "sample": 2})
for variable in rechunked.variables.values():
    variable.encoding = {}
xpublish.Rest({"era": stored, "rechunked": rechunked}).serve(host="127.0.0.1", port=port, log_level="error")
