"""Random model packages, of every layout that the language allows, served as forecasts and compared with a roll-out in NumPy."""

from __future__ import annotations

import pathlib

import numpy as np
import onnx
import onnx.helper as oh
import pandas as pd
import pytest
import xarray as xr
import yaml
from forecasts.reference import roll_out
from gateway import Gateway

PACKAGES = 24
STEPS = 7
FEATURES = ["day/366", "sin(2pi*hour/24)", "cos(day/366)", "lead/100", "step/10", "cos(2pi*hour/24)"]
UNITS = {"K": ("degC", lambda values: values - 273.15), "Pa": ("hPa", lambda values: values / 100), "m": ("m", lambda values: values), "1": ("%", lambda values: values * 100)}


class Random:
    def __init__(self, seed: int) -> None:
        self.numbers = np.random.default_rng(seed)

    def chance(self, share: float) -> bool:
        return bool(self.numbers.random() < share)

    def choice(self, values: list) -> object:
        return values[int(self.numbers.integers(len(values)))]

    def some(self, values: list, least: int = 1) -> list:
        count = int(self.numbers.integers(least, len(values) + 1))
        return [values[at] for at in self.numbers.permutation(len(values))[:count]]

    def shuffled(self, values: list) -> list:
        return [values[at] for at in self.numbers.permutation(len(values))]


class Package:
    """model.yaml as `text`, with its graphs and arrays in the folder, and the analysis that it starts from."""

    def __init__(self, seed: int, folder: pathlib.Path) -> None:
        self.random, self.folder = Random(seed), folder
        folder.mkdir(parents=True)
        random = self.random
        self.history = int(random.choice([1, 1, 2, 3]))
        self.hours = int(random.choice([1, 3, 6, 12]))
        self.lat = np.linspace(60, -60, 5) if random.chance(0.5) else np.linspace(-40, 40, 5)
        self.lon = np.arange(6) * 60.0
        self.levels = [[850, 500, 250], [1000, 850]]
        self.surface = {f"s{k}": str(random.choice(list(UNITS))) for k in range(int(random.numbers.integers(1, 4)))}
        self.upper = {f"u{k}": int(random.numbers.integers(2)) for k in range(int(random.numbers.integers(0, 3)))}
        self.text: dict = {
            "step": f"PT{self.hours}H",
            "history": self.history,
            "grid": self.grid(),
            "variables": {name: self.properties(units) for name, units in self.surface.items()} | {name: {"units": "K"} for name in self.upper},
        }
        self.text["networks"] = self.networks()
        if random.chance(0.5):
            self.text["diagnostics"] = [self.network("diagnostic", diagnostic=True)]
        (folder / "model.yaml").write_text(yaml.safe_dump(self.text, sort_keys=False))

    def grid(self) -> dict:
        axes = {"lat": {"values": [float(x) for x in self.lat]}, "lon": {"start": 0, "step": 60, "size": 6}}
        return axes if self.random.chance(0.7) else dict(reversed(axes.items()))

    @property
    def sizes(self) -> dict[str, int]:
        return {name: {"lat": 5, "lon": 6}[name] for name in self.text["grid"]}

    def properties(self, units: str) -> dict:
        found: dict = {"units": units}
        if self.random.chance(0.3):
            found["clip"] = [-0.5, 0.8]
        return found

    def networks(self) -> list[dict]:
        random = self.random
        made = []
        if random.chance(0.4):
            made.append(self.network("first", when={"from": 1, "to": int(random.numbers.integers(1, 5))}))
        if self.history == 1 and random.chance(0.4):
            stride = int(random.choice([2, 3]))
            made.append(self.network("long", stride=stride, when={"every": stride}))
        made.append(self.network("last"))
        return made

    def network(self, name: str, stride: int = 1, when: dict | None = None, diagnostic: bool = False) -> dict:
        random = self.random
        batch = random.choice([None, 1, "n"])
        inputs = {f"x{k}": self.tensor(batch) for k in range(int(random.numbers.integers(1, 4)))}
        # all of the state is read and written, so that every mistake shows
        inputs["all"] = {"channels": self.state_pieces(), **self.layout(batch, ["channel"], self.history, grid=True)}
        outputs: dict = {}
        if diagnostic:
            outputs["d"] = {"diagnostic": ["d0", "d1"], **self.layout(batch, ["channel"], 1, grid=True)}
        elif random.chance(0.4):
            outputs["y"] = {"like": "all", "times": [0, 1] if self.history > 1 and random.chance(0.5) else [1]}
            if self.history > 1 or len(outputs["y"]["times"]) > 1:
                outputs["y"]["layout"] = self.layout(batch, ["channel"], len(outputs["y"]["times"]), grid=True)["layout"]
            if len(outputs["y"]["times"]) > 1 and random.chance(0.7):
                outputs["y"]["feed"] = [0, 1]
        else:
            for number, piece in enumerate(self.state_pieces()):
                if number > 0 and random.chance(0.2):
                    continue
                axes = ["variable", "level"] if "levels" in piece and "order" not in piece and random.chance(0.5) else ["channel"]
                outputs[f"y{number}"] = {**piece, **self.layout(batch, axes, 1, grid=True)}
                if random.chance(0.5):
                    outputs[f"y{number}"]["residual"] = True
        for tensor in [*inputs.values(), *outputs.values()]:
            if random.chance(0.6) and "like" not in tensor:
                tensor["normalize"] = self.scale(self.channels(tensor))
        self.write_graph(name, inputs, outputs, batch)
        found: dict = {"file": f"{name}.onnx"}
        if stride > 1:
            found["step"] = f"PT{self.hours * stride}H"
        if when:
            found["when"] = when
        return found | {"inputs": inputs, "outputs": outputs}

    def state_pieces(self) -> list[dict]:
        found = [{"state": self.random.shuffled(list(self.surface))}]
        for number, levels in enumerate(self.levels):
            names = [name for name, own in self.upper.items() if own == number]
            if names:
                found.append({"state": names, "levels": levels} | ({"order": "level"} if self.random.chance(0.3) else {}))
        return self.random.shuffled(found)

    def tensor(self, batch: object) -> dict:
        random = self.random
        times = random.choice([[0], list(range(1 - self.history, 1))])
        kind = random.choice(["state", "levels", "time", "vector", "mixed"])
        if kind == "levels" and self.upper:
            piece = next(piece for piece in self.state_pieces() if "levels" in piece)
            piece.pop("order", None)
            return {**piece, "times": times, **self.layout(batch, ["variable", "level"], len(times), grid=True)}
        if kind == "vector":
            times = random.choice([[0], [-1, 0, 1], times])
            return {"time": random.some(FEATURES), "times": times, **self.layout(batch, ["channel"], len(times), grid=False)}
        if kind == "time":
            return {"time": random.some(FEATURES), "times": times, **self.layout(batch, ["channel"], len(times), grid=True)}
        if kind == "mixed":
            pieces = random.shuffled([*random.some(self.state_pieces()), {"time": random.some(FEATURES)}, {"static": [self.static(), 0.25]}])
            return {"channels": pieces, "times": times, **self.layout(batch, ["channel"], len(times), grid=True)}
        axes = ["variable"] if random.chance(0.5) else ["channel"]
        return {"state": random.some(list(self.surface)), "times": times, **self.layout(batch, axes, len(times), grid=True)}

    def static(self) -> str:
        name = f"static{len(list(self.folder.glob('*.npy')))}.npy"
        shape = tuple(self.sizes.values())
        np.save(self.folder / name, self.random.numbers.normal(0, 0.5, shape if self.random.chance(0.5) else (2, *shape)).astype(self.random.choice(["f4", "f8"])))
        return name

    def layout(self, batch: object, axes: list[str], times: int, grid: bool) -> dict:
        random = self.random
        names = [*axes, *(["time"] if times > 1 or random.chance(0.3) else []), *(self.sizes if grid else [])]
        if random.chance(0.4):
            names = random.shuffled(names)
        items: list = list(names)
        if len(items) > 1 and random.chance(0.4):
            at = int(random.numbers.integers(len(items) - 1))
            items[at : at + 2] = [[items[at], items[at + 1]]]
        return {"layout": [*(["batch"] if batch else []), *items]}

    def channels(self, tensor: dict) -> int:
        count = 0
        for piece in tensor.get("channels", [tensor]):
            fields = piece.get("state") or piece.get("diagnostic")
            if fields:
                count += len(fields) * len(piece.get("levels", [None]))
            elif "time" in piece:
                count += len(piece["time"])
            else:
                count += sum(self.static_channels(value) for value in piece["static"])
        return count

    def static_channels(self, value: object) -> int:
        return 1 if not isinstance(value, str) else int(np.load(self.folder / value).reshape(-1, 5, 6).shape[0])

    def scale(self, channels: int) -> dict:
        random = self.random
        kind = random.choice(["number", "list", "file"])
        mean, std = random.numbers.normal(0, 0.3, channels), random.numbers.uniform(0.5, 2, channels)
        if kind == "number":
            return {"mean": float(mean[0]), "std": float(std[0])}
        if kind == "list":
            return {"mean": [float(x) for x in mean], "std": [float(x) for x in std]}
        name = f"scale{len(list(self.folder.glob('*.npy')))}"
        np.save(self.folder / f"{name}m.npy", mean.astype("f8").reshape(-1, 1, 1))
        np.save(self.folder / f"{name}s.npy", std.astype("f4"))
        return {"mean": f"{name}m.npy", "std": f"{name}s.npy"}

    def shape(self, tensor: dict, inputs: dict, batch: object) -> list:
        liked = inputs[tensor["like"]] if "like" in tensor else {}
        whole = {**liked, **tensor}
        levels = len(whole.get("levels", [None]))
        channels = self.channels(whole)
        default = [1] if tensor not in inputs.values() else list(range(1 - self.history, 1))
        lengths = {"channel": channels, "variable": channels // levels, "level": levels, "time": len(tensor.get("times", default)), **self.sizes, "batch": batch}
        return [lengths[item] if isinstance(item, str) else int(np.prod([lengths[axis] for axis in item])) for item in whole["layout"]]

    def write_graph(self, name: str, inputs: dict, outputs: dict, batch: object) -> None:
        """Every output is tanh of a random product with all elements of all inputs: each place of each tensor matters."""
        shapes = {key: self.shape(tensor, inputs, batch) for key, tensor in {**inputs, **outputs}.items()}
        size = lambda key: int(np.prod([length for length in shapes[key][1 if batch else 0 :]]))
        nodes, constants = [], {"flat": np.array([0 if batch else 1, -1], "i8")}
        for key in inputs:
            nodes.append(oh.make_node("Reshape", [key, "flat"], [f"{key}_flat"]))
        nodes.append(oh.make_node("Concat", [f"{key}_flat" for key in inputs], ["everything"], axis=1))
        total = sum(size(key) for key in inputs)
        for key in outputs:
            constants[f"{key}_w"] = self.random.numbers.normal(0, 0.7 / np.sqrt(total), (total, size(key))).astype("f4")
            constants[f"{key}_s"] = np.array([0 if batch else 1, *shapes[key][1:]] if batch else shapes[key], "i8")
            nodes += [
                oh.make_node("MatMul", ["everything", f"{key}_w"], [f"{key}_p"]),
                oh.make_node("Tanh", [f"{key}_p"], [f"{key}_t"]),
                oh.make_node("Reshape", [f"{key}_t", f"{key}_s"], [key]),
            ]
        value = lambda key: oh.make_tensor_value_info(key, onnx.TensorProto.FLOAT, shapes[key])
        initial = [onnx.numpy_helper.from_array(values, key) for key, values in constants.items()]
        graph = oh.make_graph(nodes, name, [value(key) for key in inputs], [value(key) for key in outputs], initial)
        onnx.save(oh.make_model(graph, opset_imports=[oh.make_opsetid("", 17)], ir_version=9), str(self.folder / f"{name}.onnx"))

    def analysis(self) -> dict[str, np.ndarray]:
        """Arrays on the model's grid, in its units; times one step apart, some of them missing."""
        times = pd.date_range("2021-12-30", periods=self.history + 4, freq=f"{self.hours}h")
        if self.random.chance(0.3):
            times = times.delete(self.history + 1)
        shape = (len(times), *self.sizes.values())
        numbers = self.random.numbers
        arrays = {name: numbers.normal(0, 0.7, shape).astype("f4") for name in self.surface}
        for name, number in self.upper.items():
            arrays[name] = numbers.normal(0, 0.7, (len(times), len(self.levels[number]), *shape[1:])).astype("f4")
        return {"time": times.values, **arrays}

    def write_analysis(self, arrays: dict[str, np.ndarray], path: pathlib.Path) -> None:
        """The same in other units, another order of dimensions, latitudes, levels and longitudes, with other names."""
        random = self.random
        names = list(self.sizes)
        dataset = xr.Dataset(coords={"time": arrays["time"], "lat": ("lat", self.lat, {"units": "degrees_north"}), "lon": ("lon", self.lon, {"units": "degrees_east"})})
        for name, units in self.surface.items():
            other, change = UNITS[units]
            dataset[name] = (("time", *names), change(arrays[name].astype("f8")), {"units": other})
        pressure = sorted({level for levels in self.levels for level in levels})
        if self.upper:
            dataset = dataset.assign_coords(plev=("plev", np.array(pressure) * 100.0, {"units": "Pa", "standard_name": "air_pressure"}))
        for name, number in self.upper.items():
            values = np.full((len(arrays["time"]), len(pressure), *self.sizes.values()), 7.0)
            for position, level in enumerate(self.levels[number]):
                values[:, pressure.index(level)] = arrays[name][:, position]
            dataset[name] = (("time", "plev", *names), values, {"units": "K"})
        if random.chance(0.5):
            dataset = dataset.isel(lat=slice(None, None, -1))
        if random.chance(0.4):
            dataset = dataset.roll(lon=3, roll_coords=True).assign_coords(lon=lambda data: ("lon", (data.lon.values + 180) % 360 - 180, data.lon.attrs))
        if random.chance(0.3):
            dataset = dataset.transpose(..., *reversed(names))
        dataset.time.encoding = {"units": "hours since 2021-12-01", "dtype": "i4"}
        dataset.to_zarr(path, zarr_format=3, consolidated=True)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("random-packages")
    packages, datasets, forecasts = [], {}, {}
    for seed in range(PACKAGES):
        package = Package(seed, folder / f"p{seed}")
        arrays = package.analysis()
        package.write_analysis(arrays, folder / f"a{seed}.zarr")
        packages.append((package, arrays))
        datasets[f"a{seed}"] = {"location": f"a{seed}.zarr"}
        forecasts[f"f{seed}"] = {"model": f"p{seed}", "initialConditions": {"dataset": f"a{seed}"}, "steps": STEPS, "execution": {"providers": ["cpu"], "threads": 1}}
    (folder / "gateway.yaml").write_text(yaml.safe_dump({"datasets": datasets, "forecasts": forecasts}))
    server = Gateway("serve", "-c", str(folder / "gateway.yaml"), "--port", "0", log=folder / "gateway.log")
    yield server, packages
    server.stop()


@pytest.mark.parametrize("seed", range(PACKAGES))
def test_a_random_package_rolls_out_as_in_numpy(served, seed: int) -> None:
    server, packages = served
    package, arrays = packages[seed]
    dataset = xr.open_dataset(f"{server.url}/datasets/f{seed}.zarr", engine="zarr")
    times = pd.DatetimeIndex(arrays["time"])
    step = pd.Timedelta(package.hours, "h")
    starts = [time for time in times if all(time - back * step in times for back in range(package.history))]
    assert list(pd.DatetimeIndex(dataset.init_time.values)) == starts
    start = starts[seed % len(starts)]
    expected = roll_out(package.folder, arrays, start, 0, STEPS)
    numbers = np.random.default_rng(seed)
    for name in numbers.permutation(list(expected)):
        field = dataset[name].sel(init_time=start)
        assert field.dtype == np.float32
        for lead in numbers.permutation(STEPS + 1):
            np.testing.assert_allclose(field.isel(lead_time=lead).values, expected[name][lead], rtol=1e-5, atol=2e-6, err_msg=f"{name}, lead {lead}\n{(package.folder / 'model.yaml').read_text()}")
