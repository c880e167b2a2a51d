"""Trains the network of this folder on runs of the shallow-water model beside it, with NumPy alone.

    node ../make-data.ts && python train.py        # numpy, onnx, onnxruntime, zarr; about ten minutes

Four convolutions (5 811 weights) learn by how much wind and height change in three hours on a grid of 5.625°. Every run
that it learns from starts with noise; the analysis itself, from which the forecasts of gateway.yaml start, is never seen.
"""

from __future__ import annotations

import argparse
import pathlib

import numpy as np
import onnx
import onnxruntime
import zarr
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
HOURS, CHANNELS, RUNS, DAYS = 3, (5, 16, 16, 16, 3), 16, 6
LATITUDES = np.arange(-87.1875, 90, 5.625)  # as @regrid(5.625deg) has them
MEAN, STD = np.float32([0, 0, 9500]), np.float32([20, 10, 500])
CHANGE = np.float32([2, 2, 20])


def coarse(fields: np.ndarray, latitudes: np.ndarray) -> np.ndarray:
    """[..., 64, 128] north to south, as [..., 32, 64] south to north: bilinear, as @regrid does it."""
    position = np.interp(LATITUDES, latitudes[::-1], np.arange(len(latitudes))[::-1])
    above = position.astype(int)
    share = (position - above).astype("f4")[:, None]
    columns = fields[..., 1::2]
    return columns[..., above, :] * (1 - share) + columns[..., above + 1, :] * share


def smooth_noise(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Random waves up to number 12, of standard deviation 1."""
    spectrum = np.fft.rfft2(random.standard_normal(shape))
    rows, columns = np.fft.fftfreq(shape[-2], 1 / shape[-2]), np.arange(spectrum.shape[-1])
    spectrum *= np.hypot(*np.meshgrid(rows, columns, indexing="ij")) <= 12
    noise = np.fft.irfft2(spectrum, shape[-2:])
    return noise / noise.std()


def make_runs(random: np.random.Generator) -> np.ndarray:
    """[run, time, field, lat, lon] on the coarse grid, every three hours."""
    analysis = zarr.open_group(HERE / "../data/analysis.zarr", mode="r")
    states = np.stack([analysis[name][:] for name in "uvh"], axis=1)
    latitudes = analysis["lat"][:]
    start = np.stack([np.roll(states[random.integers(len(states))], random.integers(128), axis=-1) for _ in range(RUNS)])
    start[:, :2] += smooth_noise(random, start[:, :2].shape) * np.cos(np.radians(latitudes))[:, None] * random.uniform(0.2, 2, (RUNS, 1, 1, 1))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(HERE / "../shallow-water/step.onnx", options, providers=["CPUExecutionProvider"])
    state, kept = start.astype("f4"), []
    for hour in range(DAYS * 24 + 1):
        if hour % HOURS == 0:
            kept.append(coarse(state, latitudes))
        state = np.concatenate([session.run(None, {"state": part})[0] for part in np.array_split(state, 3)])
    return np.stack(kept, axis=1)


def padded(x: np.ndarray) -> np.ndarray:
    """One more cell around: the globe along longitude, the last row again at the poles."""
    x = np.concatenate([x[..., -1:], x, x[..., :1]], axis=-1)
    return np.concatenate([x[..., :1, :], x, x[..., -1:, :]], axis=-2)


def patches(x: np.ndarray) -> np.ndarray:
    """[channels * 9, batch * lat * lon]"""
    views = np.lib.stride_tricks.sliding_window_view(padded(x), (3, 3), axis=(-2, -1))
    return views.transpose(1, 4, 5, 0, 2, 3).reshape(x.shape[1] * 9, -1)


def unpatched(gradient: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The transpose of `patches`."""
    batch, channels, rows, columns = shape
    parts = gradient.reshape(channels, 3, 3, batch, rows, columns).transpose(3, 0, 1, 2, 4, 5)
    whole = np.zeros((batch, channels, rows + 2, columns + 2), "f4")
    for i in range(3):
        for j in range(3):
            whole[:, :, i : i + rows, j : j + columns] += parts[:, :, i, j]
    inner = whole[:, :, 1:-1].copy()
    inner[:, :, 0] += whole[:, :, 0]
    inner[:, :, -1] += whole[:, :, -1]
    result = inner[..., 1:-1].copy()
    result[..., -1] += inner[..., 0]
    result[..., 0] += inner[..., -1]
    return result


Weights = list[np.ndarray]


def forward(weights: Weights, x: np.ndarray) -> tuple[np.ndarray, list[tuple[np.ndarray, ...]]]:
    kept = []
    for layer in range(len(weights) // 2):
        kernel, bias = weights[2 * layer], weights[2 * layer + 1]
        columns = patches(x)
        sums = kernel.reshape(len(kernel), -1) @ columns + bias[:, None]
        gate = 1 / (1 + np.exp(-sums))
        kept.append((columns, sums, gate, np.array(x.shape)))
        out = sums if 2 * layer + 2 == len(weights) else sums * gate
        x = out.reshape(len(kernel), len(x), *x.shape[2:]).swapaxes(0, 1)
    return x, kept


def backward(weights: Weights, kept: list[tuple[np.ndarray, ...]], gradient: np.ndarray) -> Weights:
    gradients: Weights = []
    for layer in reversed(range(len(kept))):
        columns, sums, gate, shape = kept[layer]
        kernel = weights[2 * layer]
        flat = gradient.swapaxes(0, 1).reshape(len(kernel), -1)
        if layer + 1 < len(kept):
            flat = flat * gate * (1 + sums * (1 - gate))
        gradients = [(flat @ columns.T).reshape(kernel.shape), flat.sum(1), *gradients]
        if layer > 0:
            gradient = unpatched(kernel.reshape(len(kernel), -1).T @ flat, tuple(shape))
    return gradients


def inputs(states: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    scaled = (states - MEAN[:, None, None]) / STD[:, None, None]
    return np.concatenate([scaled, np.broadcast_to(latitude, (len(states), *latitude.shape))], axis=1).astype("f4")


def train(runs: np.ndarray, latitude: np.ndarray, steps: int, random: np.random.Generator) -> Weights:
    """Adam on the mean square error of the change, weighted by area, with a rate that falls as a cosine."""
    weights = [part for a, b in zip(CHANNELS, CHANNELS[1:], strict=False) for part in (random.standard_normal((b, a, 3, 3)).astype("f4") * np.float32((1.5 / (9 * a)) ** 0.5), np.zeros(b, "f4"))]
    first, second = [np.zeros_like(w) for w in weights], [np.zeros_like(w) for w in weights]
    area = np.cos(np.radians(LATITUDES)).astype("f4")[:, None]
    running = 0.0
    for step in range(1, steps + 1):
        pick, time = random.integers(len(runs), size=8), random.integers(runs.shape[1] - 1, size=8)
        before, after = runs[pick, time], runs[pick, time + 1]
        turn = random.integers(64)  # the model knows no longitude
        before, after = np.roll(before, turn, axis=-1), np.roll(after, turn, axis=-1)
        found, kept = forward(weights, inputs(before, latitude))
        error = (found - (after - before) / CHANGE[:, None, None]) * area
        running += (float((error**2).mean()) - running) / min(step, 100)
        gradients = backward(weights, kept, error * area * np.float32(2 / error.size))
        rate = 3e-3 * 0.5 * (1 + np.cos(np.pi * step / steps)) * min(1, step / 50)
        for w, g, m, s in zip(weights, gradients, first, second, strict=True):
            m += 0.1 * (g - m)
            s += 0.01 * (g**2 - s)
            w -= np.float32(rate) * (m / (1 - 0.9**step)) / (np.sqrt(s / (1 - 0.99**step)) + 1e-8)
        if step % 100 == 0:
            print(f"step {step}: error {running:.5f}, of no change {float((((after - before) / CHANGE[:, None, None] * area) ** 2).mean()):.5f}", flush=True)
    return weights


def write_graph(weights: Weights, path: pathlib.Path) -> None:
    nodes, value = [], "state"
    constants = {"last column": np.int64([-1]), "end": np.int64([2**31]), "first": np.int64([0]), "one": np.int64([1]), "lon": np.int64([3])}
    for layer in range(len(weights) // 2):
        name = lambda what, layer=layer: f"{what} {layer}"  # noqa: E731
        nodes += [
            helper.make_node("Slice", [value, "last column", "end", "lon"], [name("west")]),
            helper.make_node("Slice", [value, "first", "one", "lon"], [name("east")]),
            helper.make_node("Concat", [name("west"), value, name("east")], [name("round")], axis=3),
            helper.make_node("Pad", [name("round"), "rows"], [name("padded")], mode="edge"),
            helper.make_node("Conv", [name("padded"), name("kernel"), name("bias")], [name("sum")]),
        ]
        constants |= {name("kernel"): weights[2 * layer], name("bias"): weights[2 * layer + 1]}
        value = name("sum")
        if 2 * layer + 2 < len(weights):
            nodes += [helper.make_node("Sigmoid", [value], [name("gate")]), helper.make_node("Mul", [value, name("gate")], [name("out")])]
            value = name("out")
    nodes.append(helper.make_node("Identity", [value], ["change"]))
    constants["rows"] = np.int64([0, 0, 1, 0, 0, 0, 1, 0])
    shape = lambda channels: ["batch", channels, 32, 64]  # noqa: E731
    graph = helper.make_graph(
        nodes,
        "learned",
        [helper.make_tensor_value_info("state", TensorProto.FLOAT, shape(CHANNELS[0]))],
        [helper.make_tensor_value_info("change", TensorProto.FLOAT, shape(CHANNELS[-1]))],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="train.py")
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--output", type=pathlib.Path, default=HERE)
    options = parser.parse_args()
    random = np.random.default_rng(1)
    angle = np.radians(LATITUDES)[:, None] + np.zeros(64)
    latitude = np.stack([np.sin(angle), np.cos(angle)]).astype("f4")
    runs = make_runs(random)
    print(f"{runs.shape[0]} runs of {runs.shape[1]} states; change in {HOURS} h: {np.diff(runs, axis=1).std(axis=(0, 1, 3, 4))}", flush=True)
    weights = train(runs, latitude, options.steps, random)
    write_graph(weights, options.output / "change.onnx")
    np.save(options.output / "latitude.npy", latitude)


if __name__ == "__main__":
    main()
