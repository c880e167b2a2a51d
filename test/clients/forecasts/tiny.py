"""A tiny model and its analysis: what a forecast is, small enough to be rolled out in NumPy."""

from __future__ import annotations

import pathlib

import numpy as np
import onnx
import onnx.helper as oh
import pandas as pd
import xarray as xr
import yaml

LAT, LON, LEVELS = np.linspace(50, -50, 6), np.arange(8) * 45.0, [850, 500]
GRID = {"lat": {"start": 50, "step": -20, "size": 6}, "lon": {"start": 0, "step": 45, "size": 8}}
OROGRAPHY = (np.arange(48, dtype="f4") % 7).reshape(6, 8)
STEP = np.timedelta64(6, "h")


def analysis(times: int = 8, shift: float = 0.0, start: str = "2026-01-01") -> xr.Dataset:
    """`h` in km, of which the model wants metres, and `t` on levels in the other order than the model has them."""
    numbers = np.random.default_rng(7)
    time = pd.date_range(start, periods=times, freq="6h")
    h = (numbers.normal(5, 1, (times, 6, 8)) + shift).astype("f4")
    t = numbers.normal(260, 9, (times, 2, 6, 8)).astype("f4")
    dataset = xr.Dataset(
        {"h": (("time", "lat", "lon"), h, {"units": "km"}), "temperature": (("time", "level", "lat", "lon"), t, {"units": "K", "standard_name": "air_temperature"})},
        {"time": time, "level": ("level", LEVELS[::-1], {"units": "hPa"}), "lat": ("lat", LAT, {"units": "degrees_north"}), "lon": ("lon", LON, {"units": "degrees_east"})},
    )
    dataset.time.encoding = {"units": "hours since 2026-01-01", "dtype": "i4"}
    return dataset


def write_analysis(path: pathlib.Path, dataset: xr.Dataset | None = None) -> pathlib.Path:
    dataset = analysis() if dataset is None else dataset
    dataset.chunk({"time": 1}).to_zarr(path, zarr_format=3, mode="w", consolidated=True)
    return path


def _graph(nodes: list[onnx.NodeProto], initial: dict[str, np.ndarray], inputs: dict[str, list], outputs: dict[str, list]) -> onnx.ModelProto:
    value = lambda name, shape: oh.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
    graph = oh.make_graph(nodes, "tiny", [value(*x) for x in inputs.items()], [value(*x) for x in outputs.items()], [onnx.numpy_helper.from_array(v, k) for k, v in initial.items()])
    model = oh.make_model(graph, opset_imports=[oh.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return model


def step_graph(busy: int = 0, poison: int | None = None, factor: float = 0.9) -> onnx.ModelProto:
    """
    Channels h, t850, t500, orography, sin of the hour, step number, noise → increments of the first three.
    `busy` multiplications of matrices take time; from step `poison` on the output is NaN.
    """
    i64 = lambda *values: np.array(values, "i8")
    initial = {"s0": i64(0), "s1": i64(1), "s3": i64(3), "s4": i64(4), "s5": i64(5), "s6": i64(6), "s7": i64(7), "s8": i64(8), "axis": i64(1), "lon": i64(3), "factor": np.float32(factor), "tenth": np.float32(0.1), "hundredth": np.float32(0.01)}
    nodes = [
        oh.make_node("Slice", ["x", "s0", "s3", "axis"], ["state"]),
        oh.make_node("Slice", ["x", "s3", "s4", "axis"], ["orography"]),
        oh.make_node("Slice", ["x", "s4", "s5", "axis"], ["hour"]),
        oh.make_node("Slice", ["x", "s5", "s6", "axis"], ["number"]),
        oh.make_node("Slice", ["x", "s6", "s7", "axis"], ["noise"]),
        oh.make_node("Slice", ["state", "s7", "s8", "lon"], ["last"]),
        oh.make_node("Slice", ["state", "s0", "s7", "lon"], ["others"]),
        oh.make_node("Concat", ["last", "others"], ["east"], axis=3),
        oh.make_node("Sub", ["east", "state"], ["difference"]),
        oh.make_node("Mul", ["difference", "factor"], ["advected"]),
        oh.make_node("Mul", ["orography", "tenth"], ["lifted"]),
        oh.make_node("Add", ["advected", "lifted"], ["a"]),
        oh.make_node("Add", ["a", "hour"], ["b"]),
        oh.make_node("Mul", ["noise", "hundredth"], ["shaken"]),
        oh.make_node("Add", ["b", "shaken"], ["c"]),
    ]
    last = "c"
    if poison is not None:
        initial |= {"limit": np.float32(poison), "zero": np.float32(0)}
        nodes += [
            oh.make_node("Sub", ["limit", "number"], ["left"]),
            oh.make_node("Max", ["left", "zero"], ["least"]),
            oh.make_node("Mul", ["least", "zero"], ["nothing"]),
            oh.make_node("Div", ["nothing", "least"], ["poison"]),
            oh.make_node("Add", [last, "poison"], ["poisoned"]),
        ]
        last = "poisoned"
    if busy > 0:
        body = oh.make_graph(
            [oh.make_node("MatMul", ["m", "m"], ["square"]), oh.make_node("Tanh", ["square"], ["next"]), oh.make_node("Identity", ["on"], ["stay"])],
            "body",
            [oh.make_tensor_value_info("i", onnx.TensorProto.INT64, []), oh.make_tensor_value_info("on", onnx.TensorProto.BOOL, []), oh.make_tensor_value_info("m", onnx.TensorProto.FLOAT, [64, 64])],
            [oh.make_tensor_value_info("stay", onnx.TensorProto.BOOL, []), oh.make_tensor_value_info("next", onnx.TensorProto.FLOAT, [64, 64])],
        )
        initial |= {"trips": np.int64(busy), "true": np.bool_(True), "matrix": np.full((64, 64), 0.01, "f4"), "none": np.float32(0)}
        nodes += [
            oh.make_node("Loop", ["trips", "true", "matrix"], ["worked"], body=body),
            oh.make_node("ReduceSum", ["worked"], ["sum"], keepdims=0),
            oh.make_node("Mul", ["sum", "none"], ["void"]),
            oh.make_node("Add", [last, "void"], ["late"]),
        ]
        last = "late"
    nodes.append(oh.make_node("Identity", [last], ["dx"]))
    return _graph(nodes, initial, {"x": ["batch", 7, 6, 8]}, {"dx": ["batch", 3, 6, 8]})


def rain_graph() -> onnx.ModelProto:
    """h → rain, what h is above 5000."""
    nodes = [oh.make_node("Sub", ["x", "limit"], ["more"]), oh.make_node("Relu", ["more"], ["rain"])]
    return _graph(nodes, {"limit": np.float32(5000)}, {"x": ["batch", 1, 6, 8]}, {"rain": ["batch", 1, 6, 8]})


STATE = [{"state": ["h"]}, {"state": ["t"], "levels": LEVELS}]


def description(**changes: object) -> dict:
    """`model.yaml`."""
    layout = ["batch", "channel", "lat", "lon"]
    extra = [{"static": ["orography.npy"]}, {"time": ["sin(2pi*hour/24)", "step"]}, {"random": "normal"}]
    return {
        "title": "Drift",
        "license": "CC0-1.0",
        "step": "PT6H",
        "grid": GRID,
        "variables": {
            "h": {"units": "m", "long_name": "height"},
            "t": {"units": "K", "standard_name": "air_temperature"},
            "rain": {"units": "mm", "long_name": "rain"},
        },
        "networks": [{"file": "step.onnx", "inputs": {"x": {"layout": layout, "channels": STATE + extra}}, "outputs": {"dx": {"layout": layout, "channels": STATE, "residual": True}}}],
        "diagnostics": [{"file": "rain.onnx", "inputs": {"x": {"state": ["h"], "layout": layout}}, "outputs": {"rain": {"diagnostic": ["rain"], "layout": layout}}}],
        **changes,
    }


def write_model(folder: pathlib.Path, yaml_changes: dict | None = None, **graph: object) -> pathlib.Path:
    """Noise-free where the forecast has one member; the noise of step numbers is the gateway's own."""
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(step_graph(**graph), str(folder / "step.onnx"))
    onnx.save(rain_graph(), str(folder / "rain.onnx"))
    np.save(folder / "orography.npy", OROGRAPHY)
    (folder / "model.yaml").write_text(yaml.safe_dump(description(**(yaml_changes or {})), sort_keys=False))
    return folder


def without_noise(text: dict) -> dict:
    """The noise channel is a constant: what is left can be computed by anybody."""
    channels = text["networks"][0]["inputs"]["x"]["channels"]
    return {**text, "networks": [{**text["networks"][0], "inputs": {"x": {**text["networks"][0]["inputs"]["x"], "channels": [*channels[:-1], {"static": [0.0]}]}}}]}


def write_exact_model(folder: pathlib.Path, **graph: object) -> pathlib.Path:
    write_model(folder, **graph)
    (folder / "model.yaml").write_text(yaml.safe_dump(without_noise(description()), sort_keys=False))
    return folder


def roll_out(dataset: xr.Dataset, init: int, steps: int, factor: float = 0.9) -> dict[str, np.ndarray]:
    """Independent of ONNX and of the gateway: [lead, (level,) lat, lon], float32 with float64 in between."""
    h = dataset.h.values[init].astype("f8") * 1000
    t = dataset.temperature.values[init, ::-1].astype("f8")
    state = np.concatenate([h[None], t])
    time = pd.Timestamp(dataset.time.values[init])
    states = [state]
    for n in range(1, steps + 1):
        hour = np.sin(2 * np.pi * (time + (n - 1) * pd.Timedelta(STEP)).hour / 24)
        east = np.roll(state, 1, axis=-1)
        state = state + factor * (east - state) + 0.1 * OROGRAPHY + hour
        states.append(state)
    states = np.array(states)
    return {"h": states[:, 0], "t": states[:, 1:], "rain": np.maximum(states[:, 0] - 5000, 0)}
