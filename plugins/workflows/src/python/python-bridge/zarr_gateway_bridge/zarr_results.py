"""Results as Zarr, where the package earth2studio does not write them."""


class ZarrResults:
    """As Earth2Studio's ZarrBackend, as far as workflows use it: add_array, write, and subscripts."""
    OUTER = {"time", "lead_time", "ensemble", "member"}

    def __init__(self, path, report, progress):
        import numpy, zarr
        self.np, self.zarr, self.report, self.progress = numpy, zarr, report, progress
        self.path, self.coords, self.watched = path, {}, None
        self.group = zarr.create_group(store=str(path))

    def add_array(self, coords, array_name, **kwargs):
        np = self.np
        for name in [array_name] if isinstance(array_name, str) else array_name:
            for dim, values in coords.items():
                if dim not in self.coords: self.add_coordinate(dim, np.asarray(values))
            shape = [len(values) for values in coords.values()]
            chunks = [1 if dim in self.OUTER else len(values) for dim, values in coords.items()]
            self.group.create_array(name, shape=shape, chunks=chunks, dtype="float32", fill_value=float("nan"),
                                    dimension_names=list(coords), compressors=None)
            if "lead_time" in coords and self.watched is None:
                self.watched = name
                self.report(self.progress(current_step=0, total_steps=len(coords["lead_time"])))

    def add_coordinate(self, dim, values):
        np, attrs = self.np, {}
        self.coords[dim] = values
        if values.dtype.kind == "M":
            values, attrs = values.astype("datetime64[s]").astype("int64"), {"units": "seconds since 1970-01-01"}
        elif values.dtype.kind == "m":
            values = values.astype("timedelta64[h]").astype("int64")
            attrs = {"units": "hours", "dtype": "timedelta64[ns]"}
        array = self.group.create_array(dim, shape=values.shape, chunks=values.shape, dtype=values.dtype,
                                        dimension_names=[dim], compressors=None, config={"write_empty_chunks": True})
        array.attrs.update(attrs)
        array[...] = values

    def write(self, x, coords, array_name):
        single = isinstance(array_name, str)
        for name, values in zip([array_name] if single else array_name, [x] if single else x):
            values = values.detach().cpu().numpy() if hasattr(values, "detach") else self.np.asarray(values)
            array = self.group[name]
            index = tuple(self.np.searchsorted(self.coords[dim], given) if len(self.coords[dim]) < 2 or self.coords[dim][0] < self.coords[dim][1]
                          else self.np.array([list(self.coords[dim]).index(one) for one in given])
                          for dim, given in ((dim, self.np.asarray(coords[dim])) for dim in coords))
            array.oindex[index] = values
            if name == self.watched:
                done = int(index[list(coords).index("lead_time")][-1]) + 1
                self.report(self.progress(current_step=done))

    def __getitem__(self, name): return self.group[name]
    def __contains__(self, name): return name in self.group
    def consolidate(self): self.zarr.consolidate_metadata(str(self.path))
