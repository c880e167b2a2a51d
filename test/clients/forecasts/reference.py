"""
Roll-outs of model packages in NumPy and onnxruntime, written from the text of the language of model.yaml, for tests to
compare with. It is slow and plain on purpose: every field has its own array, every tensor is built with all its axes and
then transposed.
"""

from __future__ import annotations

import hashlib
import pathlib
import re
from collections.abc import Mapping

import numpy as np
import onnxruntime as ort
import pandas as pd
import yaml

Field = tuple[str, float | None]
"""A variable and its level."""


def roll_out(
    package: pathlib.Path,
    analysis: Mapping[str, np.ndarray],
    init: str | np.datetime64,
    member: int = 0,
    steps: int = 1,
    *,
    version: str = "",
    weights: pathlib.Path | None = None,
) -> dict[str, np.ndarray]:
    """
    All leads 0…steps of the published variables: [lead, (level,) grid…].

    `analysis` has arrays [time, (level,) grid…] on the model's levels, in its units and on its grid, and `time`
    (datetime64). `version` is that of the package, on which random inputs depend.
    """
    model = Model(package, weights or package, version)
    run = RollOut(model, analysis, pd.Timestamp(init), member)
    names = list(dict.fromkeys(name for name, _ in [*model.state, *model.diagnostic]))
    return {name: np.stack([run.published(n, name) for n in range(steps + 1)]) for name in names}


def milliseconds(duration: str) -> int:
    match = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", duration)
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return 1000 * (86400 * days + 3600 * hours + 60 * minutes + seconds)


class Model:
    def __init__(self, package: pathlib.Path, weights: pathlib.Path, version: str) -> None:
        text = yaml.safe_load((package / "model.yaml").read_text())
        self.folder, self.version = weights, version
        self.step = milliseconds(text["step"])
        self.history = text.get("history", 1)
        self.grid = {name: len(axis["values"]) if "values" in axis else axis["size"] for name, axis in text["grid"].items()}
        self.properties = {name: properties or {} for name, properties in text.get("variables", {}).items()}
        self.state: dict[Field, None] = {}
        self.diagnostic: dict[Field, None] = {}
        networks = [Network(self, f"networks[{i}]", one, False) for i, one in enumerate(text["networks"])]
        self.diagnostics = [Network(self, f"diagnostics[{i}]", one, True) for i, one in enumerate(text.get("diagnostics", []))]
        self.networks = networks

    def network(self, n: int) -> Network:
        return next(one for one in self.networks if one.holds(n))

    @property
    def cells(self) -> tuple[int, ...]:
        return tuple(self.grid.values())


class Network:
    def __init__(self, model: Model, key: str, text: dict, is_diagnostic: bool) -> None:
        self.key = key
        self.stride = milliseconds(text["step"]) // model.step if "step" in text else 1
        self.when = text.get("when", {})
        self.session = ort.InferenceSession(str(model.folder / text["file"]), providers=["CPUExecutionProvider"])
        self.inputs = [Tensor(model, name, one, True) for name, one in text["inputs"].items()]
        self.outputs = []
        for name, one in text["outputs"].items():
            liked = text["inputs"][one["like"]] if "like" in one else {}
            taken = {key: liked[key] for key in ("state", "channels", "levels", "order", "layout", "normalize") if key in liked}
            self.outputs.append(Tensor(model, name, {**taken, **one}, False))
        for tensor in [*self.inputs, *self.outputs]:
            for kind, what in tensor.channels:
                if kind in ("state", "diagnostic"):
                    getattr(model, kind)[what] = None

    def holds(self, n: int) -> bool:
        in_range = self.when.get("from", 1) <= n <= self.when.get("to", n)
        return in_range and n % self.when.get("every", 1) == 0 and n >= self.stride

    def run(self, feeds: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        types = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16}
        inputs, outputs = self.session.get_inputs(), self.session.get_outputs()
        named = lambda name, all: all[int(name[1:])] if name.startswith("$") else next(one for one in all if one.name == name)
        cast = {}
        for name, values in feeds.items():
            cast[named(name, inputs).name] = values.astype(types[named(name, inputs).type])
        made = self.session.run([named(tensor.name, outputs).name for tensor in self.outputs], cast)
        return {tensor.name: values.astype(np.float32) for tensor, values in zip(self.outputs, made)}


class Tensor:
    """`channels` are (kind, what): ("state", (name, level)), ("time", text), ("static", array), ("random", name)."""

    def __init__(self, model: Model, name: str, text: dict, is_input: bool) -> None:
        self.name, self.layout = name, text["layout"]
        self.channels = [channel for piece in text.get("channels", [text]) for channel in pieces(model, piece)]
        self.levels = len(text.get("levels", [None]))
        self.times = text.get("times", list(range(1 - model.history, 1)) if is_input else [1])
        if is_input and "time" not in self.axes and all(kind in ("static", "random") for kind, _ in self.channels):
            self.times = text.get("times", [0])
        self.feed, self.residual = text.get("feed", [1]), text.get("residual", False)
        scale = text.get("normalize", {"mean": 0.0, "std": 1.0})
        self.mean, self.std = (self.per_channel(model, scale[key]) for key in ("mean", "std"))

    @property
    def axes(self) -> list[str]:
        return [axis for item in self.layout for axis in (item if isinstance(item, list) else [item])]

    def per_channel(self, model: Model, value: object) -> np.ndarray:
        array = np.load(model.folder / value) if isinstance(value, str) else np.asarray(value)
        return np.broadcast_to(array.astype(np.float64).ravel(), len(self.channels))

    def full(self, model: Model) -> dict[str, int]:
        """Length of each axis, in the order of arrays before they are transposed."""
        lengths = {"batch": 1, "time": len(self.times)}
        if "channel" in self.axes:
            lengths["channel"] = len(self.channels)
        else:
            levels = self.levels if "level" in self.axes else 1
            lengths |= {"variable": len(self.channels) // levels, "level": levels}
        return lengths | (model.grid if set(model.grid) <= set(self.axes) else {})

    def pack(self, model: Model, values: np.ndarray) -> np.ndarray:
        """From [time, channel, grid…] to what the graph takes."""
        lengths = self.full(model)
        values = values.reshape(tuple(lengths.values()))
        absent = [axis for axis in lengths if axis not in self.axes]
        assert all(lengths[axis] == 1 for axis in absent)
        values = values.transpose([list(lengths).index(axis) for axis in [*self.axes, *absent]])
        sizes = [np.prod([lengths[axis] for axis in (item if isinstance(item, list) else [item])], dtype=int) for item in self.layout]
        return values.reshape(sizes)

    def unpack(self, model: Model, values: np.ndarray) -> np.ndarray:
        lengths = self.full(model)
        absent = [axis for axis in lengths if axis not in self.axes]
        order = [*self.axes, *absent]
        values = values.reshape([lengths[axis] for axis in order])
        values = values.transpose([order.index(axis) for axis in lengths])
        return values.reshape(len(self.times), len(self.channels), *model.cells)


def pieces(model: Model, piece: dict) -> list[tuple[str, object]]:
    for kind in ("state", "diagnostic"):
        if kind in piece:
            fields = [(name, level) for name in piece[kind] for level in piece.get("levels", [None])]
            if piece.get("order") == "level":
                fields = [(name, level) for level in piece["levels"] for name in piece[kind]]
            return [(kind, field) for field in fields]
    if "time" in piece:
        return [("time", text) for text in piece["time"]]
    if "random" in piece:
        return [("random", piece["random"])] * piece.get("count", 1)
    channels = []
    for value in piece["static"]:
        array = np.load(model.folder / value) if isinstance(value, str) else np.full(model.cells, value)
        channels += [("static", field) for field in array.reshape(-1, *model.cells)]
    return channels


State = list[dict[Field, np.ndarray]]
"""Fields at times n, n − 1, …"""


class RollOut:
    def __init__(self, model: Model, analysis: Mapping[str, np.ndarray], init: pd.Timestamp, member: int) -> None:
        self.model, self.init, self.member = model, init, member
        self.states: dict[int, State] = {0: self.first(analysis)}
        self.fields: dict[int, dict[Field, np.ndarray]] = {0: dict(self.states[0][0]) | self.diagnosed(0)}

    def first(self, analysis: Mapping[str, np.ndarray]) -> State:
        levels: dict[str, list] = {}
        for name, level in self.model.state:
            levels.setdefault(name, []).append(level)
        entries = []
        for back in range(self.model.history):
            time = self.init - back * pd.Timedelta(self.model.step, "ms")
            at = list(pd.DatetimeIndex(analysis["time"])).index(time)
            entry = {}
            for name, of in levels.items():
                for position, level in enumerate(of):
                    values = analysis[name][at] if level is None else analysis[name][at, position]
                    nan = self.model.properties.get(name, {}).get("nan", "refuse")
                    values = np.where(np.isnan(values), nan, values) if isinstance(nan, (int, float)) else values
                    entry[name, level] = np.asarray(values, np.float32)
            entries.append(entry)
        return entries

    def state(self, n: int) -> State:
        if n not in self.states:
            self.advance(n)
        return self.states[n]

    def published(self, n: int, name: str) -> np.ndarray:
        self.state(n)
        levels = [level for one, level in [*self.model.state, *self.model.diagnostic] if one == name]
        nothing = np.full(self.model.cells, np.nan, np.float32)
        values = [self.fields[n].get((name, level), nothing) for level in levels]
        return values[0] if levels == [None] else np.stack(values)

    def advance(self, n: int) -> None:
        network = self.model.network(n)
        start = self.state(n - network.stride)
        made = network.run({tensor.name: self.input(network, tensor, n, n - network.stride, start) for tensor in network.inputs})
        fed: dict[int, dict[Field, np.ndarray]] = {}
        fields = dict(start[0])
        for tensor in network.outputs:
            for time, values in zip(tensor.times, tensor.unpack(self.model, made[tensor.name])):
                for number, (kind, field) in enumerate(tensor.channels):
                    value = values[number].astype(np.float64) * tensor.std[number] + tensor.mean[number]
                    if tensor.residual:
                        value = value + start[0][field]
                    if time == 1:
                        fields[field] = value.astype(np.float32)
                    if kind == "state" and time in tensor.feed:
                        fed.setdefault(n - network.stride + time * network.stride, {})[field] = value.astype(np.float32)
        entries: State = []
        for k in range(n, n - self.model.history, -1):
            if k == n:
                entry = dict(start[0])
            elif k <= n - network.stride:
                entry = dict(start[n - network.stride - k])
            else:
                entry = dict(self.state(k)[0])
            entries.append(entry | fed.get(k, {}))
        self.states[n] = entries
        self.fields[n] = fields | self.diagnosed(n)

    def diagnosed(self, n: int) -> dict[Field, np.ndarray]:
        fields = {}
        for network in self.model.diagnostics:
            made = network.run({tensor.name: self.input(network, tensor, n, n, self.states[n]) for tensor in network.inputs})
            for tensor in network.outputs:
                for values in tensor.unpack(self.model, made[tensor.name]):
                    for number, (_, field) in enumerate(tensor.channels):
                        fields[field] = (values[number].astype(np.float64) * tensor.std[number] + tensor.mean[number]).astype(np.float32)
        return fields

    def input(self, network: Network, tensor: Tensor, n: int, start: int, state: State) -> np.ndarray:
        """`start` is the step number of the tensor's time 0."""
        has_grid = set(self.model.grid) <= set(tensor.axes)
        cells = self.model.cells if has_grid else (1,) * len(self.model.grid)
        values = np.empty((len(tensor.times), len(tensor.channels), *cells))
        for position, time in enumerate(tensor.times):
            for number, (kind, what) in enumerate(tensor.channels):
                if kind == "state":
                    value = self.entering(what[0], state[-time * network.stride][what])
                elif kind == "time":
                    value = self.feature(what, start + time * network.stride)
                elif kind == "random":
                    key = [self.model.version, self.init.isoformat(), self.member, n, network.key, tensor.name]
                    value = random_field(what, key, (number, time), int(np.prod(cells))).reshape(cells)
                else:
                    value = what if has_grid else what.flat[0]
                values[position, number] = (value - tensor.mean[number]) / tensor.std[number]
        return tensor.pack(self.model, values.astype(np.float32))

    def entering(self, name: str, values: np.ndarray) -> np.ndarray:
        properties = self.model.properties.get(name, {})
        if isinstance(properties.get("nan"), (int, float)):
            values = np.where(np.isnan(values), properties["nan"], values)
        return np.clip(values, *properties["clip"]) if "clip" in properties else values

    def feature(self, text: str, step: int) -> float:
        time = self.init + step * pd.Timedelta(self.model.step, "ms")
        wave, angle, quantity, divisor = re.fullmatch(r"(?:(sin|cos)\()?(2pi\*)?(day|hour|lead|step)(?:/([\d.]+))?\)?", text).groups()
        value = {
            "day": time.day_of_year,
            "hour": (time - time.normalize()) / pd.Timedelta(1, "h"),
            "lead": step * self.model.step / 3_600_000,
            "step": step,
        }[quantity]
        value = value / float(divisor or 1) * (2 * np.pi if angle else 1)
        return {None: lambda x: x, "sin": np.sin, "cos": np.cos}[wave](value)


def random_field(distribution: str, key: list, field: tuple[int, int], count: int) -> np.ndarray:
    """Philox4x32-10 with the key of a hash and the counters (block, channel, time, 0); Box and Muller's method."""
    first, second = np.frombuffer(hashlib.sha256("\n".join(map(str, key)).encode()).digest()[:8], "<u4")
    blocks = -(-count // 4)
    counters = np.zeros((4, blocks), np.uint64)
    counters[0], counters[1], counters[2] = np.arange(blocks), field[0], field[1] % 2**32
    words = philox(counters, int(first), int(second))
    if distribution == "uniform":
        values = (words >> np.uint64(8)) / 2**24
    else:
        radius = np.sqrt(-2 * np.log((words[0::2] + 0.5) / 2**32))
        angle = 2 * np.pi * words[1::2] / 2**32
        values = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).reshape(4, blocks)
    return values.T.ravel()[:count].astype(np.float32)


def philox(counters: np.ndarray, key0: int, key1: int) -> np.ndarray:
    mask, shift = np.uint64(0xFFFFFFFF), np.uint64(32)
    a, b, c, d = counters
    for _ in range(10):
        p, q = a * np.uint64(0xD2511F53), c * np.uint64(0xCD9E8D57)
        a, b, c, d = (q >> shift) ^ b ^ np.uint64(key0), q & mask, (p >> shift) ^ d ^ np.uint64(key1), p & mask
        key0, key1 = (key0 + 0x9E3779B9) % 2**32, (key1 + 0xBB67AE85) % 2**32
    return np.stack([a, b, c, d])
