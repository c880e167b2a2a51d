"""
Model packages with the signatures of published checkpoints on a small grid, and others that use the rest of the language.
Their graphs mix channels, neighbours and places by fixed random numbers, so that values in a wrong place or order change
every result, and are bounded, so that long roll-outs stay where single precision can be compared.
"""

from __future__ import annotations

import pathlib
from collections.abc import Callable

import numpy as np
import onnx
import onnx.helper as oh
import yaml

ROOT = pathlib.Path(__file__).parents[3]
GRID = {"lat": {"start": 90, "step": -30, "size": 7}, "lon": {"start": 0, "step": 45, "size": 8}}
ROWS, COLUMNS = 7, 8
TYPICAL = {
    "z": (50_000, 30_000), "q": (3e-3, 2e-3), "t": (250, 25), "u": (5, 15), "v": (0, 10), "r": (50, 30), "msl": (101_325, 1_000),
    "t2m": (280, 15), "u10m": (1, 5), "v10m": (0, 5), "tp06": (0.5, 2), "h": (5_000, 300), "sst": (290, 8),
}  # fmt: skip
"""Mean and standard deviation of variables, in the units of the packages."""


class Graph:
    """Nodes that name themselves."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, np.ndarray] = {}

    def add(self, op: str, *inputs: str | np.ndarray | float, **attributes: object) -> str:
        names = [one if isinstance(one, str) else self.constant(one) for one in inputs]
        name = f"{op.lower()}{len(self.nodes)}"
        self.nodes.append(oh.make_node(op, names, [name], **attributes))
        return name

    def constant(self, value: np.ndarray | float) -> str:
        name = f"constant{len(self.constants)}"
        array = np.asarray(value)
        self.constants[name] = array.astype(np.float32) if array.dtype.kind == "f" else array
        return name

    def reshape(self, x: str, *shape: int) -> str:
        return self.add("Reshape", x, np.array(shape, np.int64))

    def part(self, x: str, axis: int, start: int, stop: int) -> str:
        return self.add("Slice", x, *(np.array([value], np.int64) for value in (start, stop, axis)))

    def east(self, x: str, axis: int, length: int) -> str:
        return self.add("Concat", self.part(x, axis, length - 1, length), self.part(x, axis, 0, length - 1), axis=axis)

    def save(self, path: pathlib.Path, inputs: dict[str, list], outputs: dict[str, tuple[str, list]], kind: int = onnx.TensorProto.FLOAT) -> None:
        for name, (made, _) in outputs.items():
            self.nodes.append(oh.make_node("Identity", [made], [name]))
        value = lambda name, shape: oh.make_tensor_value_info(name, kind, shape)
        graph = oh.make_graph(
            self.nodes,
            "tiny",
            [value(*one) for one in inputs.items()],
            [value(name, shape) for name, (_, shape) in outputs.items()],
            [onnx.numpy_helper.from_array(array, name) for name, array in self.constants.items()],
        )
        model = oh.make_model(graph, opset_imports=[oh.make_opsetid("", 17)], ir_version=9)
        onnx.checker.check_model(model)
        onnx.save(model, str(path))


def mixed(graph: Graph, x: str, numbers: np.random.Generator, sizes: tuple[int, int, int, int]) -> str:
    """[batch, inputs, rows, columns] → [batch, outputs, rows, columns], all of order 1. `sizes` are the last four."""
    inputs, outputs, rows, columns = sizes
    matrix = numbers.normal(0, 0.6 / np.sqrt(inputs), (outputs, inputs))
    flat = graph.add("MatMul", matrix, graph.reshape(x, -1, inputs, rows * columns))
    over = graph.reshape(flat, -1, outputs, rows, columns)
    neighbours = graph.add("Mul", graph.east(over, 3, columns), numbers.normal(0, 0.4, (rows, columns)))
    sums = graph.add("Add", graph.add("Add", over, neighbours), numbers.normal(0, 0.3, (outputs, 1, 1)))
    return graph.add("Mul", graph.add("Tanh", sums), 1.5)


def scales(names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    mean, std = np.array([TYPICAL[name] for name in names], np.float64).T[..., None, None]
    return mean, std


def shipped(name: str, folder: pathlib.Path) -> dict:
    """`configs/models/NAME.yaml` on the small grid, and nothing else changed."""
    text = yaml.safe_load((ROOT / "configs" / "models" / f"{name}.yaml").read_text())
    text["grid"] = GRID
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.yaml").write_text(yaml.safe_dump(text, sort_keys=False))
    return text


def write_pangu(folder: pathlib.Path) -> pathlib.Path:
    """`input` [5, 13, …] and `input_surface` [4, …], without a batch axis, in physical units."""
    shipped("pangu", folder)
    upper = [name for name in ("z", "q", "t", "u", "v") for _ in range(13)]
    mean, std = scales([*upper, "msl", "u10m", "v10m", "t2m"])
    for seed, name in ((24, "pangu_weather_24.onnx"), (6, "pangu_weather_6.onnx")):
        graph = Graph()
        both = graph.add("Concat", graph.reshape("input", 65, ROWS, COLUMNS), "input_surface", axis=0)
        x = graph.reshape(graph.add("Div", graph.add("Sub", both, mean), std), 1, 69, ROWS, COLUMNS)
        y = graph.reshape(mixed(graph, x, np.random.default_rng(seed), (69, 69, ROWS, COLUMNS)), 69, ROWS, COLUMNS)
        made = graph.add("Add", graph.add("Mul", y, std), mean)
        shapes = {"input": [5, 13, ROWS, COLUMNS], "input_surface": [4, ROWS, COLUMNS]}
        outputs = {
            "output": (graph.reshape(graph.part(made, 0, 0, 65), *shapes["input"]), shapes["input"]),
            "output_surface": (graph.part(made, 0, 65, 69), shapes["input_surface"]),
        }
        graph.save(folder / name, shapes, outputs)
    return folder


def write_fengwu(folder: pathlib.Path) -> pathlib.Path:
    """138 channels in and out, two times, scaled outside; a free batch axis."""
    shipped("fengwu", folder)
    numbers = np.random.default_rng(69)
    names = ["u10m", "v10m", "t2m", "msl", *(name for name in ("z", "q", "u", "v", "t") for _ in range(13))]
    mean, std = (array[:, 0, 0] for array in scales(names))
    np.save(folder / "global_means.npy", mean * numbers.uniform(0.9, 1.1, 69))
    np.save(folder / "global_stds.npy", (std * numbers.uniform(0.9, 1.1, 69)).astype(np.float32)[:, None, None])
    graph = Graph()
    made = mixed(graph, "input", numbers, (138, 138, ROWS, COLUMNS))
    shape = ["batch", 138, ROWS, COLUMNS]
    graph.save(folder / "fengwu_v1.onnx", {"input": shape}, {"output": (made, shape)})
    return folder


def write_fuxi(folder: pathlib.Path) -> pathlib.Path:
    """[1, 2, 70, …] and 12 features of time; the logarithm makes precipitation NaN in places, as an output may be."""
    shipped("fuxi", folder)
    names = [*(name for name in ("z", "t", "u", "v", "r") for _ in range(13)), "t2m", "u10m", "v10m", "msl", "tp06"]
    mean, std = scales(names)
    for seed, name in enumerate(("short", "medium", "long")):
        numbers = np.random.default_rng(seed)
        graph = Graph()
        x = graph.add("Div", graph.add("Sub", "input", mean), std)
        features = graph.add("MatMul", "temb", numbers.normal(0, 0.5, (12, 140)))
        shifted = graph.add("Add", graph.reshape(x, 1, 140, ROWS, COLUMNS), graph.reshape(features, 1, 140, 1, 1))
        y = graph.reshape(mixed(graph, shifted, numbers, (140, 140, ROWS, COLUMNS)), 1, 2, 70, ROWS, COLUMNS)
        made = graph.add("Add", graph.add("Mul", y, std), mean)
        rain = graph.add("Log", graph.add("Add", graph.part(made, 2, 69, 70), 2.0))
        whole = graph.add("Concat", graph.part(made, 2, 0, 69), rain, axis=2)
        shape = [1, 2, 70, ROWS, COLUMNS]
        graph.save(folder / f"{name}.onnx", {"input": shape, "temb": [1, 12]}, {f"{name}_out": (whole, shape)})
    return folder


def write_ensemble(folder: pathlib.Path) -> pathlib.Path:
    """The example of the language: random input, an orography, an hour, increments, and rain from each state."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.yaml").write_text("""
step: PT1H
grid: { lat: { start: -90, step: 12, size: 16 }, lon: { start: 0, step: 15, size: 24 } }
networks:
  - file: step.onnx
    inputs:
      x: { layout: [batch, channel, lat, lon], channels: [ { state: [h] }, { static: [orography.npy] }, { random: normal }, { time: [sin(2pi*hour/24)] } ] }
    outputs: { dx: { state: [h], layout: [batch, channel, lat, lon], residual: true, normalize: { mean: 0, std: 12.5 } } }
diagnostics:
  - file: rain.onnx
    inputs: { x: { state: [h], layout: [batch, channel, lat, lon] } }
    outputs: { rain: { diagnostic: [rain], layout: [batch, channel, lat, lon] } }
""")
    numbers = np.random.default_rng(12)
    np.save(folder / "orography.npy", numbers.uniform(0, 3, (16, 24)).astype(np.float32))
    graph = Graph()
    scale = np.array([1 / 300, 1, 1, 1])[:, None, None]
    x = graph.add("Mul", graph.add("Sub", "x", np.array([5000.0, 0, 0, 0])[:, None, None]), scale)
    graph.save(
        folder / "step.onnx",
        {"x": ["batch", 4, 16, 24]},
        {"dx": (mixed(graph, x, numbers, (4, 1, 16, 24)), ["batch", 1, 16, 24])},
    )
    graph = Graph()
    rain = graph.add("Relu", graph.add("Sub", graph.east("x", 3, 24), 4_900.0))
    graph.save(folder / "rain.onnx", {"x": ["batch", 1, 16, 24]}, {"rain": (rain, ["batch", 1, 16, 24])})
    return folder


def write_odd(folder: pathlib.Path) -> pathlib.Path:
    """
    What no published model has at once: channels last, a turned grid, levels slowest, a second list of levels, vectors of
    static and random numbers, levels in another order, a variable that stays, three times of which some are fed back, and a network of 18 h that is
    used beside one of 6 h.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.yaml").write_text("""
step: PT6H
history: 4
grid: { lat: { start: 90, step: -30, size: 7 }, lon: { start: 0, step: 45, size: 8 } }
variables: { sst: { nan: 285, clip: [271, 310] }, t: { clip: [200, 300] }, rain: { nan: allow } }
networks:
  - file: long.onnx
    step: PT18H
    when: { every: 3 }
    inputs: &inputs
      fields:
        layout: [batch, lon, lat, [time, channel]]
        times: [-1, 0]
        channels:
          - { state: [t, u], levels: [850, 500, 250], order: level }
          - { static: [two.npy, 0.5] }
          - { state: [sst] }
          - { time: [cos(2pi*day/365.25), lead/100, step] }
          - { random: uniform, count: 2 }
          - { state: [q], levels: [1000, 850] }
        normalize: { mean: means.npy, std: [10, 10, 10, 10, 10, 10, 1, 1, 1, 5, 1, 1, 9, 1, 1, 0.01, 0.01] }
      vector: { layout: [channel], channels: [ { static: [3] }, { random: normal, count: 3 }, { time: [hour/24] } ], times: [0] }
    outputs: &outputs
      made: { state: [t], levels: [250, 850, 500], layout: [batch, variable, level, lat, lon], times: [1], residual: true, normalize: { mean: 0, std: [0.5, 1.5, 1] } }
      others: { layout: [lon, [channel, lat], time], times: [2, 1, 0], feed: [1], channels: [ { diagnostic: [rain] }, { state: [u], levels: [250, 500, 850] } ] }
  - file: short.onnx
    inputs:
      <<: *inputs
      history: { layout: [time, lat, lon], state: [sst] }
    outputs:
      <<: *outputs
      back: { layout: [time, level, lat, lon], state: [q], levels: [1000, 850], times: [-1, 1, 0], feed: [1, 0], normalize: { mean: 0.003, std: 0.001 } }
diagnostics:
  - file: change.onnx
    inputs: { now: { layout: [lat, lon, [level, time]], times: [0, -2], state: [t], levels: [850, 500, 250] } }
    outputs: { change: { layout: [batch, channel, lat, lon], diagnostic: [change], levels: [850, 500, 250] } }
""")
    numbers = np.random.default_rng(5)
    np.save(folder / "two.npy", numbers.normal(0, 1, (2, ROWS, COLUMNS)))
    np.save(folder / "means.npy", np.array([250, 5] * 3 + [0, 0, 0, 290, 0, 0, 3, 0, 0, 0, 0], np.float32))
    for name, is_short in (("long", False), ("short", True)):
        graph = Graph()
        x = graph.add("Transpose", "fields", perm=[0, 3, 2, 1])
        x = graph.add("Tanh", graph.add("Mul", x, 0.7))
        x = graph.add("Add", x, graph.add("ReduceSum", graph.add("Mul", "vector", np.array([0.1, 0.2, 0.3, 0.4, 0.5])), keepdims=0))
        count = 34
        if is_short:
            history = graph.add("Div", graph.add("Sub", "history", 285.0), 40.0)
            x = graph.add("Concat", x, graph.reshape(graph.add("Max", history, -3.0), 1, 4, ROWS, COLUMNS), axis=1)
            count = 38
        y = mixed(graph, x, numbers, (count, 21, ROWS, COLUMNS))
        made = graph.reshape(graph.part(y, 1, 0, 3), 1, 1, 3, ROWS, COLUMNS)
        others = graph.reshape(graph.part(y, 1, 3, 15), 3, 4, ROWS, COLUMNS)  # time, channel, lat, lon
        others = graph.reshape(graph.add("Transpose", others, perm=[3, 1, 2, 0]), COLUMNS, 4 * ROWS, 3)
        outputs = {"made": (made, [1, 1, 3, ROWS, COLUMNS]), "others": (others, [COLUMNS, 4 * ROWS, 3])}
        inputs = {"fields": [1, COLUMNS, ROWS, 34], "vector": [5]}
        if is_short:
            inputs["history"] = [4, ROWS, COLUMNS]
            outputs["back"] = (graph.reshape(graph.part(y, 1, 15, 21), 3, 2, ROWS, COLUMNS), [3, 2, ROWS, COLUMNS])
        graph.save(folder / f"{name}.onnx", inputs, outputs)
    graph = Graph()
    parts = [graph.reshape(graph.part("now", 2, at, at + 1), ROWS, COLUMNS) for at in range(6)]
    changes = [graph.reshape(graph.add("Sub", *parts[at : at + 2]), 1, 1, ROWS, COLUMNS) for at in (0, 2, 4)]
    graph.save(folder / "change.onnx", {"now": [ROWS, COLUMNS, 6]}, {"change": (graph.add("Concat", *changes, axis=1), ["b", 3, ROWS, COLUMNS])})
    return folder


WRITERS: dict[str, Callable[[pathlib.Path], pathlib.Path]] = {
    "pangu": write_pangu,
    "fengwu": write_fengwu,
    "fuxi": write_fuxi,
    "ensemble": write_ensemble,
    "odd": write_odd,
}


def analysis(package: pathlib.Path, times: np.ndarray) -> dict[str, np.ndarray]:
    """Values of all state variables on the model's levels, in its units: [time, (level,) lat, lon], and `time`."""
    text = yaml.safe_load((package / "model.yaml").read_text())
    cells = [axis["size"] for axis in text["grid"].values()]
    levels: dict[str, int | None] = {}
    for network in text["networks"]:
        for tensor in network["inputs"].values():
            for piece in tensor.get("channels", [tensor]):
                for name in piece.get("state", []):
                    levels.setdefault(name, len(piece["levels"]) if "levels" in piece else None)
    numbers = np.random.default_rng(2020)
    arrays: dict[str, np.ndarray] = {"time": times}
    for name, count in levels.items():
        mean, std = TYPICAL[name]
        shape = (len(times), *([] if count is None else [count]), *cells)
        arrays[name] = numbers.normal(mean, std, shape).astype(np.float32)
        if isinstance(text.get("variables", {}).get(name, {}).get("nan"), (int, float)):
            arrays[name][..., 2, 3] = np.nan
    return arrays
