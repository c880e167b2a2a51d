"""`zarr-gateway model check` and `model run`: the engine without a server, beside NumPy and beside the server."""

from __future__ import annotations

import pathlib
import subprocess
import warnings

import numpy as np
import pytest
import xarray as xr
import yaml
from forecasts import packages, reference, tiny
from gateway import Gateway, command

INIT = np.datetime64("2020-12-31T18:00")
NAMES = ["pangu", "fengwu", "fuxi", "ensemble", "odd"]


def model(*arguments: object) -> subprocess.CompletedProcess:
    words = [*command(), "model", *map(str, arguments), "--providers", "cpu", "--threads", "1"]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)


def opened(path: pathlib.Path | str) -> xr.Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return xr.open_dataset(path, engine="zarr", chunks=None)


def write_analysis(path: pathlib.Path, package: pathlib.Path, analysis: dict) -> None:
    text = yaml.safe_load((package / "model.yaml").read_text())
    axes = {name: axis["values"] if "values" in axis else axis["start"] + axis["step"] * np.arange(axis["size"]) for name, axis in text["grid"].items()}
    levels = {len(one): one for network in text["networks"] for tensor in network["inputs"].values() for piece in [tensor, *tensor.get("channels", [])] if (one := piece.get("levels"))}
    variables = {}
    for name, values in analysis.items():
        if name == "time":
            continue
        units = (text.get("variables", {}).get(name) or {}).get("units", "")
        dims = ["time", *(["level"] if values.ndim == 4 else []), *axes]
        variables[name] = (dims, values.astype(np.float32), {"units": units} if units else {})
    labels = next(iter(levels.values()), [])
    level = {"level": ("level", np.array(labels, float), {"units": "hPa"})} if any(len(dims) == 4 and "level" in dims for dims, *_ in variables.values()) else {}
    xr.Dataset(variables, {"time": analysis["time"], **axes, **level}).to_zarr(path, zarr_format=3)


@pytest.mark.parametrize("name", NAMES)
def test_check_makes_every_network_step(name: str, tmp_path: pathlib.Path) -> None:
    package = packages.WRITERS[name](tmp_path / name)
    done = model("check", package, "--steps", "2")
    assert done.returncode == 0, done.stderr
    networks = yaml.safe_load((package / "model.yaml").read_text())["networks"]
    for number in range(len(networks)):
        assert f"  networks[{number}]: " in done.stdout, done.stdout
    assert "runs on cpu" in done.stdout


@pytest.mark.parametrize(("name", "steps", "members"), [("pangu", 5, []), ("fuxi", 3, []), ("fengwu", 2, []), ("ensemble", 3, [0, 2])])
def test_run_writes_the_roll_out_of_the_reference(name: str, steps: int, members: list[int], tmp_path: pathlib.Path) -> None:
    package = packages.WRITERS[name](tmp_path / name)
    hours = 1 if name == "ensemble" else 6
    analysis = packages.analysis(package, INIT + np.arange(-4, 1) * np.timedelta64(hours, "h"))
    write_analysis(tmp_path / "analysis.zarr", package, analysis)
    arguments = ["--init", tmp_path / "analysis.zarr", "--time", INIT, "--steps", steps, "-o", tmp_path / "out.zarr"]
    done = model("run", package, *arguments, *(["--member", *members] if members else []))
    assert done.returncode == 0, done.stderr
    forecast = opened(tmp_path / "out.zarr")
    assert forecast.init_time.values == [INIT]
    assert list(forecast.lead_time.values / np.timedelta64(hours, "h")) == list(range(steps + 1))
    for position, member in enumerate(members or [0]):
        expected = reference.roll_out(package, analysis, INIT, member, steps, version=forecast.attrs["model_version"])
        for variable, values in expected.items():
            came = forecast[variable].isel(init_time=0, **({"member": position} if members else {})).values
            for lead in range(1, steps + 1):
                scale = np.nanstd(values[lead])
                np.testing.assert_allclose(came[lead].ravel(), np.ravel(values[lead]), rtol=1e-5, atol=1e-5 * scale, err_msg=f"{variable} at lead {lead}")


def test_run_writes_what_the_server_publishes(tmp_path: pathlib.Path) -> None:
    tiny.write_analysis(tmp_path / "analysis.zarr")
    tiny.write_model(tmp_path / "model")
    forecasts = {"f": {"model": "model", "initialConditions": {"dataset": "analysis"}, "steps": 4, "members": {"count": 3}, "execution": {"providers": ["cpu"]}}}
    (tmp_path / "gateway.yaml").write_text(yaml.safe_dump({"datasets": {"analysis": {"location": "analysis.zarr"}}, "forecasts": forecasts}))
    done = model("run", tmp_path / "model", "-c", tmp_path / "gateway.yaml", "--init", "analysis", "--steps", "4", "--member", "0", "1", "2", "-o", tmp_path / "out.zarr")
    assert done.returncode == 0, done.stderr
    written = opened(tmp_path / "out.zarr").load()
    server = Gateway("serve", "-c", str(tmp_path / "gateway.yaml"), "--port", "0", log=tmp_path / "gateway.log")
    try:
        published = opened(f"{server.url}/datasets/f/zarr").sel(init_time=written.init_time).load()
    finally:
        server.terminate()
    differing = {"initial_conditions"}
    for dataset in (written, published):
        dataset.attrs = {name: value for name, value in dataset.attrs.items() if name not in differing}
    xr.testing.assert_identical(written, published)
