"""What forecasts start from: analyses that lie otherwise than the model, in every calendar, forecasts, and chunks that are written anew."""

from __future__ import annotations

import pathlib
import subprocess
import time
from collections.abc import Iterator

import numpy as np
import onnx
import pytest
import requests
import xarray as xr
import yaml
import zarr
from gateway import Gateway, command
from onnx import TensorProto, helper

CALENDARS = ["standard", "noleap", "360_day", "julian", "all_leap", "proleptic_gregorian"]
LEVELS = [850, 500]
LAT = np.arange(90, -91, -10.0)
LON = np.arange(0, 360, 15.0)
STEP = np.timedelta64(6, "h")
MODEL = {
    "step": "PT6H",
    "history": 2,
    "grid": {"lat": {"start": 90, "step": -10, "size": 19}, "lon": {"start": 0, "step": 15, "size": 24}},
    "variables": {"t": {"units": "K", "standard_name": "air_temperature"}, "tp": {"units": "mm", "nan": 0}},
    "perturbation": {"variables": {"t": 0.5}, "correlation": 2000},
    "networks": [
        {
            "file": "line.onnx",
            "inputs": {"x": {"layout": ["batch", "time", "channel", "lat", "lon"], "channels": [{"state": ["t"], "levels": LEVELS}, {"state": ["tp"]}]}},
            "outputs": {
                "y": {"layout": ["batch", "channel", "lat", "lon"], "channels": [{"state": ["t"], "levels": LEVELS}, {"state": ["tp"]}]},
                "d": {"layout": ["batch", "channel", "lat", "lon"], "diagnostic": ["change"]},
            },
        }
    ],
}


def write_model(folder: pathlib.Path) -> None:
    """The state goes on as it did in the last step: a line through both times; the change of its first channel is diagnostic."""
    folder.mkdir()
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 2, 3, 19, 24])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3, 19, 24])
    d = helper.make_tensor_value_info("d", TensorProto.FLOAT, ["n", 1, 19, 24])
    nodes = [
        helper.make_node("Gather", ["x", "one"], ["now"], axis=1),
        helper.make_node("Gather", ["x", "zero"], ["before"], axis=1),
        helper.make_node("Sub", ["now", "before"], ["step"]),
        helper.make_node("Add", ["now", "step"], ["y"]),
        helper.make_node("Slice", ["step", "from", "to", "axis"], ["d"]),
    ]
    scalars = [helper.make_tensor(name, TensorProto.INT64, [], [value]) for name, value in {"zero": 0, "one": 1}.items()]
    lists = [helper.make_tensor(name, TensorProto.INT64, [1], [value]) for name, value in {"from": 0, "to": 1, "axis": 1}.items()]
    graph = helper.make_graph(nodes, "line", [x], [y, d], [*scalars, *lists])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10), folder / "line.onnx")
    (folder / "model.yaml").write_text(yaml.safe_dump(MODEL))


def analysis(calendar: str = "standard") -> xr.Dataset:
    """On other names, units, orders and longitudes than the model has."""
    random = np.random.default_rng(0)
    times = xr.date_range("2020-02-26", periods=17, freq="6h", calendar=calendar, use_cftime=calendar != "standard")
    fields = random.normal(0, 10, (17, 3, 24, 19)).astype("f4")
    rain = (random.random((17, 19, 24)) * 1e-3).astype("f4")
    rain[:, 3, 4] = np.nan
    return xr.Dataset(
        {
            "ta": (("time", "plev", "longitude", "latitude"), fields, {"units": "degC", "standard_name": "air_temperature"}),
            "tp": (("time", "latitude", "longitude"), rain, {"units": "m"}),
        },
        {
            "time": times,
            "plev": ("plev", [100_000.0, 85_000.0, 50_000.0], {"units": "Pa", "positive": "down"}),
            "longitude": ("longitude", (LON + 180) % 360 - 180, {"units": "degrees_east"}),
            "latitude": ("latitude", LAT, {"units": "degrees_north"}),
        },
    ).sortby(["longitude", "latitude"])


def as_the_model_has_it(dataset: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    turned = dataset.assign_coords(longitude=dataset.longitude % 360).sortby("longitude").sortby("latitude", ascending=False)
    t = turned.ta.sel(plev=[100 * level for level in LEVELS]).transpose("time", "plev", "latitude", "longitude") + 273.15
    return t.values, turned.tp.fillna(0).values * 1000


PACKED = {"ta": {"dtype": "i2", "scale_factor": 0.01, "add_offset": 5.0, "_FillValue": -32768}}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, pathlib.Path]]:
    folder = tmp_path_factory.mktemp("initial")
    write_model(folder / "model")
    forecasts = {}
    for calendar in CALENDARS:
        units = {"time": {"units": "days since 1850-01-01", "calendar": calendar, "dtype": "f8"}}
        analysis(calendar).to_netcdf(folder / f"{calendar}.nc", encoding=units | PACKED)
        forecasts[f"f_{calendar}"] = of(calendar)
    forecasts |= {
        "members": {**of("standard"), "members": {"count": 3}},
        "again": of("members@isel(member=1)"),
        "valid": of("members@isel(member=0,lead_time=4)"),
        "along": of("members@isel(member=0,init_time=2)"),
        "short": of("standard@isel(time=3:5)"),
    }
    datasets = {calendar: {"location": f"{calendar}.nc"} for calendar in CALENDARS}
    (folder / "gateway.yaml").write_text(yaml.safe_dump({"datasets": datasets, "forecasts": forecasts}))
    server = Gateway("serve", "-c", str(folder / "gateway.yaml"), "--port", "0", log=folder / "gateway.log")
    yield server, folder
    server.stop()


def of(dataset: str) -> dict:
    return {"model": "model", "initialConditions": {"dataset": dataset}, "steps": 4}


def opened(server: Gateway, id: str) -> xr.Dataset:
    return xr.open_dataset(f"{server.url}/datasets/{id}/zarr", engine="zarr", chunks=None)


@pytest.mark.parametrize("calendar", CALENDARS)
def test_analyses_in_any_calendar_become_what_the_model_has(served: tuple[Gateway, pathlib.Path], calendar: str) -> None:
    server, folder = served
    forecast = opened(server, f"f_{calendar}")
    with xr.open_dataset(folder / f"{calendar}.nc") as source:
        assert (forecast.init_time.values == source.time.values[1:]).all()
        assert (forecast.valid_time.values[:-2, 2] == source.time.values[3:]).all()
        t, rain = as_the_model_has_it(source)
    assert forecast.lead_time.dtype == "timedelta64[ns]"
    for init in [0, 15]:
        before, now = t[init], t[init + 1]
        for lead in range(4):
            np.testing.assert_allclose(forecast.t[init, lead], now + lead * (now - before), rtol=1e-6, atol=1e-4)
        np.testing.assert_allclose(forecast.tp[init, 0], rain[init + 1], rtol=1e-6)
        assert np.isnan(forecast.change[init, 0]).all()
        np.testing.assert_allclose(forecast.change[init, 1], (now - before)[0], atol=1e-4)


def test_members_have_noise_of_the_wanted_size_and_length(served: tuple[Gateway, pathlib.Path]) -> None:
    forecast = opened(served[0], "members")
    noise = (forecast.t[:, 0] - forecast.t[:, 0, 0]).values
    assert (noise[:, 0] == 0).all()
    drawn = noise[:, 1:].reshape(-1, 19, 24)
    assert drawn.std() == pytest.approx(0.5, rel=0.05)
    one_row = np.sqrt((drawn[:, 9] ** 2).mean() * (drawn[:, 10] ** 2).mean())
    expected = np.exp(-((np.deg2rad(10) * 6371 / 2000) ** 2) / 2)
    assert (drawn[:, 9] * drawn[:, 10]).mean() / one_row == pytest.approx(expected, abs=0.05)
    assert np.ptp(drawn[:, 0], axis=-1).max() < 1e-4  # one value at the pole
    assert (forecast.tp[0, 0, 1] == forecast.tp[0, 0, 0]).all()


def test_forecasts_are_analyses_too(served: tuple[Gateway, pathlib.Path]) -> None:
    first = opened(served[0], "members")
    again = opened(served[0], "again")
    assert (again.init_time.values == first.init_time.values[1:]).all()
    np.testing.assert_array_equal(again.t[0, 0], first.t[1, 0, 1])
    valid = opened(served[0], "valid")
    assert (valid.init_time.values == first.init_time.values[1:] + 4 * STEP).all()
    np.testing.assert_array_equal(valid.t[0, 0], first.t[1, 4, 0])
    along = opened(served[0], "along")
    assert (along.init_time.values == first.valid_time.values[2, 1:]).all()
    np.testing.assert_array_equal(along.t[1, 0], first.t[2, 2, 0])


def test_initial_times_are_those_with_their_history(served: tuple[Gateway, pathlib.Path]) -> None:
    server, folder = served
    with xr.open_dataset(folder / "standard.nc") as source:
        assert opened(server, "short").init_time.values == source.time.values[4]


def test_all_that_does_not_fit_is_told_at_once(tmp_path: pathlib.Path) -> None:
    write_model(tmp_path / "model")
    analysis().isel(latitude=slice(3, None), time=[0]).drop_vars("tp").to_netcdf(tmp_path / "a.nc")
    (tmp_path / "gateway.yaml").write_text(yaml.safe_dump({"datasets": {"a": {"location": "a.nc"}}, "forecasts": {"f": of("a")}}))
    done = subprocess.run([*command(), "check", "gateway.yaml"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    text = done.stdout + done.stderr
    for part in [
        '"tp": the analysis has no variable of that name; it has ta',
        'grid: the model has 19 labels from 90, 80 … to -90 along "lat", the analysis 16 labels from -60, -50 … to 90 along "latitude"',
        "a@regrid(lat=90:-90:-10,lon=0:345:15)",
        "no time of the analysis has 2 times 6 h apart up to it",
    ]:
        assert part in text, text


def test_chunks_that_are_written_anew_start_new_runs_and_no_others(tmp_path: pathlib.Path) -> None:
    write_model(tmp_path / "model")
    analysis().to_zarr(tmp_path / "a.zarr", consolidated=False, encoding={"ta": {"chunks": (1, 3, 24, 19)}, "tp": {"chunks": (1, 19, 24)}})
    text = {
        "datasets": {"a": {"location": "a.zarr"}},
        "forecasts": {"f": of("a")},
        "cache": {"memory": "64MiB", "disk": {"path": str(tmp_path / "cache"), "size": "100MiB"}},
    }
    (tmp_path / "gateway.yaml").write_text(yaml.safe_dump(text))

    def start() -> Gateway:
        return Gateway("serve", "-c", str(tmp_path / "gateway.yaml"), "--port", "0", log=tmp_path / "gateway.log")

    def chunk(server: Gateway, init: int) -> tuple[str, bytes]:
        answer = requests.get(f"{server.url}/datasets/f/zarr/t/c/{init}/2/0/0/0", timeout=60)
        answer.raise_for_status()
        return answer.headers["ETag"], answer.content

    def steps(server: Gateway) -> str:
        lines = requests.get(f"{server.url}/metrics", timeout=60).text.splitlines()
        return next(line.split()[-1] for line in lines if line.startswith('zarr_gateway_model_steps_total{forecast="f"}'))

    server = start()
    try:
        first, other = chunk(server, 0), chunk(server, 5)
        assert steps(server) == "4"
        array = zarr.open_group(tmp_path / "a.zarr", mode="r+")["ta"]
        array[0] = array[0] + 1
        time.sleep(3)
        changed = chunk(server, 0)
        assert changed[0] != first[0]
        assert changed[1] != first[1]
        assert chunk(server, 5) == other
        assert steps(server) == "6"
    finally:
        server.stop()
    server = start()
    try:
        assert chunk(server, 0) == changed
        assert chunk(server, 5) == other
        assert steps(server) == "0"
    finally:
        server.stop()
