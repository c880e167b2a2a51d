"""Maps: a model applied to every sample of a dataset, beside onnxruntime on the whole sample."""

from __future__ import annotations

import concurrent.futures
import pathlib
import re
import signal
import os
import time
import warnings
from collections.abc import Iterator

import numpy as np
import onnx
import onnx.helper as oh
import onnx.numpy_helper as on
import onnxruntime as ort
import pandas as pd
import pytest
import requests
import xarray as xr
import yaml
from gateway import ROOT, Gateway, command

DATA = pathlib.Path(os.environ.get("ZARR_GATEWAY_DATA", ROOT.parent / "shared/data"))
SCALE = {"lat": 2, "lon": 3}


def write_model(folder: pathlib.Path, channels: int = 2, *, name: str = "fine", seed: int = 1, **changes: object) -> pathlib.Path:
    """Two convolutions and a shuffle of channels into space: `x` (channels, lat, lon) → `y` (1, 2·lat, 3·lon)."""
    folder.mkdir(parents=True, exist_ok=True)
    numbers = np.random.default_rng(seed)
    weights = lambda *shape: (numbers.normal(0, 0.3, shape)).astype("f4")
    sy, sx = SCALE["lat"], SCALE["lon"]
    initial = {
        "w1": weights(8, channels, 3, 3), "b1": weights(8), "w2": weights(sy * sx, 8, 3, 3), "b2": weights(sy * sx),
        "axes": np.array([0], "i8"), "split": np.array([0, sy, sx, 0, 0], "i8"), "axis0": np.array(0, "i8"), "h": np.array([2], "i8"),
    }
    nodes = [
        oh.make_node("Conv", ["x", "w1", "b1"], ["a"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        oh.make_node("Tanh", ["a"], ["t"]),
        oh.make_node("Conv", ["t", "w2", "b2"], ["c"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        # (batch, sy·sx, lat, lon) → (batch, 1, lat·sy, lon·sx)
        oh.make_node("Shape", ["x"], ["shape"]),
        oh.make_node("Slice", ["shape", "s0", "s1"], ["batch"]),
        oh.make_node("Slice", ["shape", "s2", "s4"], ["space"]),
        oh.make_node("Concat", ["batch", "factors", "space"], ["apart"], axis=0),
        oh.make_node("Reshape", ["c", "apart"], ["r"]),
        oh.make_node("Transpose", ["r"], ["p"], perm=[0, 3, 1, 4, 2]),
        oh.make_node("Mul", ["space", "factors"], ["finer"]),
        oh.make_node("Concat", ["batch", "one", "finer"], ["whole"], axis=0),
        oh.make_node("Reshape", ["p", "whole"], ["y"]),
    ]
    initial |= {"s0": np.array([0], "i8"), "s1": np.array([1], "i8"), "s2": np.array([2], "i8"), "s4": np.array([4], "i8"), "factors": np.array([sy, sx], "i8"), "one": np.array([1], "i8")}
    for unused in ("axes", "split", "axis0", "h"):
        initial.pop(unused)
    value = lambda key, shape: oh.make_tensor_value_info(key, onnx.TensorProto.FLOAT, shape)
    graph = oh.make_graph(nodes, "fine", [value("x", ["b", channels, "h", "w"])], [value("y", ["b", 1, "hh", "ww"])], [on.from_array(v, k) for k, v in initial.items()])
    model = oh.make_model(graph, opset_imports=[oh.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, folder / "fine.onnx")
    package = {
        "title": "Finer fields", "license": "MIT",
        "grid": ["lat", "lon"], "scale": SCALE,
        "variables": {"t": {"units": "K"}, "p": {"units": "hPa", "standard_name": "air_pressure"}, name: {"units": "K", "long_name": "finer temperature"}},
        "diagnostics": [{
            "file": "fine.onnx",
            "inputs": {"x": {"state": ["t", "p"], "layout": ["batch", "channel", "lat", "lon"], "normalize": {"mean": [280.0, 1000.0], "std": [10.0, 20.0]}}},
            "outputs": {"y": {"diagnostic": [name], "layout": ["batch", "channel", "lat", "lon"], "normalize": {"mean": 280.0, "std": 10.0}}},
        }],
    }
    (folder / "model.yaml").write_text(yaml.safe_dump(package | changes, sort_keys=False))
    return folder


def reference(folder: pathlib.Path, inputs: np.ndarray) -> np.ndarray:
    """(channels, lat, lon) as the graph wants them → (lat, lon) of the result, in K."""
    session = ort.InferenceSession(folder / "fine.onnx", providers=["CPUExecutionProvider"])
    return session.run(None, {"x": inputs[None].astype("f4")})[0][0, 0] * np.float32(10) + np.float32(280)


def source(times: int = 5, lat: int = 40, lon: int = 60, step: float = 1.0) -> xr.Dataset:
    numbers = np.random.default_rng(3)
    data = lambda mean, std: numbers.normal(mean, std, (times, lat, lon)).astype("f4")
    dataset = xr.Dataset(
        {
            "t": (("time", "latitude", "longitude"), data(280, 9), {"units": "K"}),
            "mslp": (("time", "latitude", "longitude"), data(100_000, 900), {"units": "Pa", "standard_name": "air_pressure"}),
            "other": (("time",), np.arange(times)),
        },
        {
            "time": ("time", pd.date_range("2026-01-01", periods=times, freq="D"), {"long_name": "day"}),
            "latitude": ("latitude", 60 - np.arange(lat) * step, {"units": "degrees_north", "standard_name": "latitude"}),
            "longitude": ("longitude", np.arange(lon) * step, {"units": "degrees_east", "standard_name": "longitude"}),
        },
    )
    dataset.time.encoding = {"units": "hours since 2026-01-01", "dtype": "i4"}
    return dataset


def inputs_of(dataset: xr.Dataset, at: int) -> np.ndarray:
    return np.stack([(dataset.t[at].values - 280) / np.float32(10), (dataset.mslp[at].values * np.float32(0.01) - 1000) / np.float32(20)])


def serve(folder: pathlib.Path, maps: dict, **configuration: object) -> Gateway:
    text = {"datasets": {"coarse": {"location": "coarse.zarr"}}, "maps": maps, **configuration}
    (folder / "gateway.yaml").write_text(yaml.safe_dump(text))
    return Gateway("serve", "-c", str(folder / "gateway.yaml"), "--port", "0", log=folder / "gateway.log")


def entry(**changes: object) -> dict:
    return {"model": "fine", "dataset": "coarse", **changes}


def opened(server: Gateway, id: str) -> xr.Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return xr.open_dataset(f"{server.url}/datasets/{id}.zarr", engine="zarr", chunks={})


def counted(server: Gateway, name: str, map: str) -> float:
    found = re.search(rf'^zarr_gateway_map_{name}{{map="{map}"}} (\S+)$', requests.get(f"{server.url}/metrics", timeout=30).text, re.MULTILINE)
    assert found, f"no metric {name} of {map}"
    return float(found[1])


TILE = {"lat": 16, "lon": 24, "overlap": 6}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("maps")
    write_model(folder / "fine")
    source().chunk({"time": 2, "latitude": 20}).to_zarr(folder / "coarse.zarr", zarr_format=3)
    return folder


@pytest.fixture(scope="module")
def server(folder: pathlib.Path) -> Iterator[Gateway]:
    maps = {
        "whole": entry(),
        "linear": entry(tile=TILE),
        "cut": entry(tile=TILE | {"blend": "cut"}),
        "counted": entry(tile=TILE),
        "shared": entry(),
        "killed": entry(),
        "chunked": entry(chunks={"time": 1, "latitude": 20, "longitude": 60}, title="In pieces", attributes={"license": None, "n": 3}),
    }
    server = serve(folder, maps)
    yield server
    server.stop()


def test_a_map_opens_without_running_anything(server: Gateway, folder: pathlib.Path) -> None:
    dataset, coarse = opened(server, "counted"), source()
    assert dict(dataset.sizes) == {"time": 5, "latitude": 80, "longitude": 180}
    assert dataset.fine.dims == ("time", "latitude", "longitude") and dataset.fine.dtype == "float32"
    assert dataset.fine.chunks == ((1,) * 5, (80,), (180,))
    np.testing.assert_array_equal(dataset.time, coarse.time)
    assert dataset.time.attrs["long_name"] == "day"
    np.testing.assert_allclose(dataset.latitude.values.reshape(-1, 2).mean(axis=1), coarse.latitude)
    np.testing.assert_allclose(np.diff(dataset.latitude), -0.5)
    np.testing.assert_allclose(dataset.longitude.values.reshape(-1, 3)[:, 1], coarse.longitude, atol=1e-12)
    assert dataset.latitude.attrs["standard_name"] == "latitude" and dataset.longitude.attrs["units"] == "degrees_east"
    assert dataset.fine.attrs["units"] == "K" and dataset.attrs["title"] == "Finer fields" and dataset.attrs["mapped_dataset"] == "coarse"
    requests.head(f"{server.url}/datasets/counted/zarr/fine/c/0/0/0", timeout=30)
    assert requests.get(f"{server.url}/datasets/counted", timeout=30).status_code == 200
    assert counted(server, "samples_total", "counted") == 0


def test_a_sample_in_one_piece_is_what_the_graph_gives(server: Gateway, folder: pathlib.Path) -> None:
    dataset, coarse = opened(server, "whole"), source()
    for at in (3, 0):
        np.testing.assert_allclose(dataset.fine[at].values, reference(folder / "fine", inputs_of(coarse, at)), rtol=1e-5)


def blended(starts: list[int], tile: int, overlap: int, length: int) -> np.ndarray:
    """Cells of an axis that lie in the overlap of tiles."""
    covered = np.zeros(length, int)
    for start in starts:
        covered[start : start + tile] += 1
    return covered > 1


def test_tiles_equal_the_whole_where_they_are_not_blended(server: Gateway, folder: pathlib.Path) -> None:
    whole = reference(folder / "fine", inputs_of(source(), 1))
    came = opened(server, "linear").fine[1].values
    # as the configuration says: tiles of 16 × 24 with 6 in common, spread evenly over 40 × 60
    rows, columns = blended([0, 8, 16, 24], 16, 6, 40), blended([0, 18, 36], 24, 6, 60)
    sure = ~(np.repeat(rows, 2)[:, None] | np.repeat(columns, 3)[None, :])
    assert sure.sum() > 500
    # equal but for the order in which a convolution of another size adds
    np.testing.assert_allclose(came[sure], whole[sure], rtol=1e-6)


def test_cut_tiles_equal_the_whole_everywhere(server: Gateway, folder: pathlib.Path) -> None:
    whole = reference(folder / "fine", inputs_of(source(), 2))
    np.testing.assert_allclose(opened(server, "cut").fine[2].values, whole, rtol=1e-6)


def test_tiles_blend_with_weights_that_rise(server: Gateway, folder: pathlib.Path) -> None:
    """The same sum, put together here tile by tile."""
    inputs = inputs_of(source(), 4)
    total, weights = np.zeros((80, 180)), np.zeros((80, 180))
    for row in (0, 8, 16, 24):
        for column in (0, 18, 36):
            tile = reference(folder / "fine", inputs[:, row : row + 16, column : column + 24])
            weight = np.outer(ramp(32, 12, row > 0, row < 24), ramp(72, 18, column > 0, column < 36))
            place = np.s_[row * 2 : row * 2 + 32, column * 3 : column * 3 + 72]
            total[place] += weight * tile
            weights[place] += weight
    np.testing.assert_allclose(opened(server, "linear").fine[4].values, total / weights, rtol=1e-5)


def ramp(cells: int, overlap: int, left: bool, right: bool) -> np.ndarray:
    depth = np.minimum(np.arange(1, cells + 1) if left else np.inf, np.arange(cells, 0, -1) if right else np.inf)
    return np.minimum(1, depth / (overlap + 1))


def test_many_clients_cost_one_run(server: Gateway, folder: pathlib.Path) -> None:
    url = f"{server.url}/datasets/shared/zarr/fine/c/2/0/0"
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: requests.get(url, timeout=60), range(16)))
    assert {answer.status_code for answer in answers} == {200} and len({answer.content for answer in answers}) == 1
    assert counted(server, "samples_total", "shared") == 1 and counted(server, "tiles_total", "shared") == 1
    explained = requests.get(f"{url}?explain", timeout=30)
    assert explained.status_code == 200 and '"samplesKept": 1' in re.sub(r'":\s*', '": ', explained.text)
    assert requests.get(url, timeout=30).headers["etag"] == answers[0].headers["etag"]


def test_published_chunks_may_be_smaller(server: Gateway, folder: pathlib.Path) -> None:
    dataset = opened(server, "chunked")
    assert dataset.fine.chunks == ((1,) * 5, (20,) * 4, (60,) * 3) and dataset.title == "In pieces"
    assert "license" not in dataset.attrs and dataset.attrs["n"] == 3
    np.testing.assert_allclose(dataset.fine[0, 30:50, 100:130].values, reference(folder / "fine", inputs_of(source(), 0))[30:50, 100:130], rtol=1e-5)
    assert counted(server, "samples_total", "chunked") == 1


def test_views_pictures_and_catalogs_know_maps(server: Gateway, folder: pathlib.Path) -> None:
    mean = xr.open_dataset(f"{server.url}/datasets/whole@mean(time).zarr", engine="zarr", chunks={}).fine.values
    expected = np.mean([reference(folder / "fine", inputs_of(source(), at)) for at in range(5)], axis=0)
    np.testing.assert_allclose(mean, expected, rtol=1e-5)
    picture = requests.get(f"{server.url}/datasets/whole/plot/fine.png?time=2026-01-02", timeout=60)
    assert picture.status_code == 200 and picture.content[:4] == b"\x89PNG"
    assert "whole" in requests.get(f"{server.url}/datasets", timeout=30).json()
    assert requests.get(f"{server.url}/datasets/whole/zarr/fine/c/5/0/0", timeout=30).status_code == 404


def test_a_killed_process_is_replaced(server: Gateway, folder: pathlib.Path) -> None:
    get = lambda at: requests.get(f"{server.url}/datasets/killed/zarr/fine/c/{at}/0/0", timeout=60)
    before = set(server.pids)
    assert get(0).status_code == 200
    for pid in set(server.pids) - before:
        os.kill(pid, signal.SIGKILL)
    answers = [get(1).status_code for _ in range(3)]
    assert answers[-1] == 200 and set(answers) <= {200, 500, 502, 503}


def test_longitudes_go_around(tmp_path: pathlib.Path) -> None:
    """On a global dataset tiles go over the seam, so that a tile as long as the circle and its overlap has no edge in it."""
    write_model(tmp_path / "fine")
    around = source(times=1, lat=20, lon=36, step=10)
    around = around.assign_coords(latitude=("latitude", 57 - 6.0 * np.arange(20), around.latitude.attrs))
    around.to_zarr(tmp_path / "coarse.zarr", zarr_format=3)
    maps = {"once": entry(tile={"lon": 44, "overlap": 8, "blend": "cut"}), "many": entry(tile={"lon": 15, "overlap": 4, "blend": "cut"}), "not": entry()}
    server = serve(tmp_path, maps)
    try:
        inputs = inputs_of(around, 0)
        padded = np.concatenate([inputs[:, :, -6:], inputs, inputs[:, :, :6]], axis=2)
        expected = reference(tmp_path / "fine", padded)[:, 18:-18]
        for id in ("once", "many"):
            np.testing.assert_allclose(opened(server, id).fine[0].values, expected, rtol=1e-6)
        assert not np.allclose(opened(server, "not").fine[0].values[:, :3], expected[:, :3], rtol=1e-4)
    finally:
        server.stop()


def test_maps_of_views_and_of_maps(tmp_path: pathlib.Path) -> None:
    write_model(tmp_path / "fine")
    source(times=3).to_zarr(tmp_path / "coarse.zarr", zarr_format=3)
    maps = {"part": entry(dataset="coarse@isel(latitude=0:10,longitude=10:30)"), "again": entry(dataset="part", variables={"t": "fine", "p": "fine"})}
    package = yaml.safe_load((tmp_path / "fine/model.yaml").read_text())
    package["variables"]["p"] = {"standard_name": "air_pressure"}
    (tmp_path / "fine2").mkdir()
    (tmp_path / "fine2/model.yaml").write_text(yaml.safe_dump(package, sort_keys=False))
    maps["again"] |= {"model": "fine2", "weights": "fine"}
    server = serve(tmp_path, maps)
    try:
        inputs = inputs_of(source(times=3), 1)[:, :10, 10:30]
        part = reference(tmp_path / "fine", inputs)
        np.testing.assert_allclose(opened(server, "part").fine[1].values, part, rtol=1e-5)
        twice = reference(tmp_path / "fine", np.stack([(part - 280) / 10, (part - 1000) / 20]))
        assert opened(server, "again").fine.shape == (3, 40, 180)
        np.testing.assert_allclose(opened(server, "again").fine[1].values, twice, rtol=1e-4)
    finally:
        server.stop()


def test_missing_values_are_refused_or_pass(tmp_path: pathlib.Path) -> None:
    write_model(tmp_path / "fine")
    package = yaml.safe_load((tmp_path / "fine/model.yaml").read_text())
    for name, nan in (("allow", "allow"), ("number", 280)):
        (tmp_path / name).mkdir()
        variables = {**package["variables"], "t": {"units": "K", "nan": nan}, "fine": {"units": "K", "nan": "allow"}}
        (tmp_path / name / "model.yaml").write_text(yaml.safe_dump(package | {"variables": variables}, sort_keys=False))
    holes = source(times=2)
    holes.t[0, 5, 7] = np.nan
    holes.to_zarr(tmp_path / "coarse.zarr", zarr_format=3)
    server = serve(tmp_path, {"refuse": entry(), "allow": entry(model="allow", weights="fine", tile=TILE), "number": entry(model="number", weights="fine")})
    try:
        answer = requests.get(f"{server.url}/datasets/refuse/zarr/fine/c/0/0/0", timeout=60)
        assert answer.status_code >= 500 and answer.json()["code"] == "model_output_invalid" and "1 missing" in answer.text
        assert requests.get(f"{server.url}/datasets/refuse/zarr/fine/c/1/0/0", timeout=60).status_code == 200
        missing = np.isnan(opened(server, "allow").fine[0].values)
        assert missing[10:12, 21:24].all() and missing.sum() == 25 * 6
        filled = inputs_of(holes, 0)
        filled[0, 5, 7] = 0
        np.testing.assert_allclose(opened(server, "number").fine[0].values, reference(tmp_path / "fine", filled), rtol=1e-5)
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"tile": {"lat": 6, "overlap": 6}}, "maps.bad.tile: tile.lat: expected more than the overlap"),
        ({"tile": {"x": 6}}, "tile.x: the model has the axes lat, lon"),
        ({"tile": {"lat": 0}}, "maps.bad.tile.lat: expected a number of cells"),
        ({"model": "missing"}, "maps.bad.model"),
        ({"dataset": "nowhere"}, "maps.bad.dataset: there is no dataset"),
        ({"dataset": "bad"}, "a map cannot be made of itself: bad → bad"),
        ({"variables": {"q": "t"}}, "not a state variable of the model"),
        ({"size": 3}, "maps.bad.size"),
    ],
)
def test_mistakes_stop_the_start(folder: pathlib.Path, tmp_path: pathlib.Path, change: dict, expected: str) -> None:
    (tmp_path / "fine").symlink_to(folder / "fine")
    (tmp_path / "coarse.zarr").symlink_to(folder / "coarse.zarr")
    with pytest.raises(RuntimeError, match=re.escape(expected)):
        serve(tmp_path, {"bad": entry(**change)})


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"along": "latitude"}, "lies along \\\"latitude\\\" and \\\"time\\\""),
        ({"along": "day"}, "none of which is \\\"day\\\""),
        ({"variables": {"t": "other"}}, "none of which is the model's"),
        ({"variables": {"p": "pressure"}}, "no variable \\\"pressure\\\""),
        ({"execution": {"maxSampleMiB": 1}, "dataset": "coarse@regrid(0.2deg)"}, "more than execution.maxSampleMiB"),
    ],
)
def test_datasets_that_do_not_fit_are_failures_with_a_reason(folder: pathlib.Path, tmp_path: pathlib.Path, change: dict, expected: str) -> None:
    (tmp_path / "fine").symlink_to(folder / "fine")
    (tmp_path / "coarse.zarr").symlink_to(folder / "coarse.zarr")
    server = serve(tmp_path, {"bad": entry(**change)})
    try:
        answer = requests.get(f"{server.url}/datasets/bad/zarr/zarr.json", timeout=60)
        assert answer.status_code >= 500 and expected in answer.text, answer.text
    finally:
        server.stop()


def test_a_graph_of_another_tile_is_told_when_the_map_opens(tmp_path: pathlib.Path) -> None:
    model = onnx.load(write_model(tmp_path / "fine") / "fine.onnx")
    for axis, length in ((2, 16), (3, 24)):
        model.graph.input[0].type.tensor_type.shape.dim[axis].dim_value = length
    onnx.save(model, tmp_path / "fine/fine.onnx")
    source(times=1).to_zarr(tmp_path / "coarse.zarr", zarr_format=3)
    server = serve(tmp_path, {"right": entry(tile=TILE), "wrong": entry(tile=TILE | {"lat": 32})})
    try:
        assert opened(server, "right").fine[0].load().notnull().all()
        answer = requests.get(f"{server.url}/datasets/wrong/zarr/zarr.json", timeout=60)
        assert answer.status_code >= 500 and "lat expected 32, got 16" in answer.text, answer.text
    finally:
        server.stop()


def test_a_file_of_this_world(tmp_path: pathlib.Path) -> None:
    """Temperature on levels, 64 × 128 around the globe, with a model that looks at two levels."""
    path = DATA / "reanalysis/nc4uvt.nc"
    if not path.exists():
        pytest.skip("no shared data")
    with xr.open_dataset(path) as dataset:
        values = dataset.T[0].load()
    levels = [float(values.lev[2]), float(values.lev[9])]
    write_model(tmp_path / "fine")
    package = yaml.safe_load((tmp_path / "fine/model.yaml").read_text())
    units = values.lev.attrs.get("units", "hPa")
    package["diagnostics"][0]["inputs"]["x"] = {"state": ["T"], "levels": levels, "layout": ["batch", "channel", "lat", "lon"], "normalize": {"mean": 250, "std": 30}}
    package |= {"variables": {"fine": {"units": "K"}}, "vertical": {"name": "lev", "units": "hPa"}}
    (tmp_path / "fine/model.yaml").write_text(yaml.safe_dump(package, sort_keys=False))
    maps = {"sr": entry(dataset="real", tile={"lat": 32, "lon": 48, "overlap": 6, "blend": "cut"})}
    server = serve(tmp_path, maps, datasets={"real": {"location": str(path)}}) if units == "hPa" else None
    if server is None:
        pytest.skip(f"levels in {units}")
    try:
        dataset = opened(server, "sr")
        assert dataset.fine.shape == (1, 128, 384)
        inputs = np.stack([(values.sel(lev=level).values - 250) / 30 for level in levels])
        padded = np.concatenate([inputs[:, :, -6:], inputs, inputs[:, :, :6]], axis=2)
        np.testing.assert_allclose(dataset.fine[0].values, reference(tmp_path / "fine", padded)[:, 18:-18], rtol=1e-5)
        np.testing.assert_allclose(dataset.lat.values.reshape(-1, 2).mean(axis=1)[1:-1], values.lat.values[1:-1], atol=0.01)
    finally:
        server.stop()
