"""examples/forecast as its README has it: xarray reads chunks that nobody has computed, in any order."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import onnxruntime
import pytest
import requests
import xarray as xr
from forecasts.shallow_water import ShallowWater, Sphere
from gateway import ROOT, Gateway, command

EXAMPLE = ROOT / "examples/forecast"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    subprocess.run([str(ROOT / "node_modules/.bin/node"), str(EXAMPLE / "make-data.ts")], check=True, timeout=120)
    server = Gateway("serve", "-c", str(EXAMPLE / "gateway.yaml"), "--port", "0", log=tmp_path_factory.mktemp("forecast") / "gateway.log")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def forecasts(gateway: Gateway) -> dict[str, xr.Dataset]:
    return {id: xr.open_dataset(f"{gateway.url}/datasets/{id}.zarr") for id in ["analysis", "jets", "learned"]}


def network(path: pathlib.Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def state_of(dataset: xr.Dataset) -> np.ndarray:
    return np.stack([dataset[name].to_numpy() for name in "uvh"])[None].astype("f4")


def steps_run(gateway: Gateway, id: str) -> int:
    lines = requests.get(f"{gateway.url}/metrics", timeout=60).text.splitlines()
    return int(next(line for line in lines if line.startswith(f'zarr_gateway_model_steps_total{{forecast="{id}"}}')).split()[-1])


def test_opening_runs_nothing(gateway: Gateway, forecasts: dict[str, xr.Dataset]) -> None:
    jets = forecasts["jets"]
    assert dict(jets.sizes) == {"init_time": 5, "lead_time": 241, "member": 8, "lat": 64, "lon": 128}
    assert list(jets.data_vars) == ["u", "v", "h", "vorticity"]
    np.testing.assert_array_equal(jets.init_time, forecasts["analysis"].time)
    assert dict(forecasts["learned"].sizes) == {"init_time": 7, "lead_time": 17, "lat": 32, "lon": 64}
    assert steps_run(gateway, "jets") == steps_run(gateway, "learned") == 0


def test_the_control_starts_at_the_analysis(forecasts: dict[str, xr.Dataset]) -> None:
    first = forecasts["jets"].isel(lead_time=0, member=0, init_time=3)
    for name in "uvh":
        np.testing.assert_array_equal(first[name], forecasts["analysis"][name].isel(time=3))


def test_any_chunk_equals_the_roll_out_in_python(forecasts: dict[str, xr.Dataset]) -> None:
    step, vorticity = network(EXAMPLE / "shallow-water/step.onnx"), network(EXAMPLE / "shallow-water/vorticity.onnx")
    for init, member, leads in [(4, 0, [12, 30, 7]), (1, 5, [26, 3])]:
        run = forecasts["jets"].isel(init_time=init, member=member)
        states = [state_of(run.isel(lead_time=0))]
        for _ in range(max(leads)):
            states.append(step.run(None, {"state": states[-1]})[0])
        for lead in leads:
            found = run.isel(lead_time=lead).load()
            for channel, name in enumerate("uvh"):
                np.testing.assert_allclose(found[name], states[lead][0, channel], rtol=1e-5, atol=2e-3)
            expected = vorticity.run(None, {"state": states[lead]})[0][0, 0]
            np.testing.assert_allclose(found.vorticity, expected, rtol=1e-5, atol=1e-9)


def test_it_equals_a_float64_integration(forecasts: dict[str, xr.Dataset]) -> None:
    run = forecasts["jets"].isel(init_time=1, member=5)
    expected = ShallowWater(Sphere()).advance(state_of(run.isel(lead_time=0))[0], 3)
    found = state_of(run.isel(lead_time=3))[0]
    error = np.sqrt(((found - expected) ** 2).mean((1, 2)))
    assert (error < [2e-4, 2e-4, 5e-3]).all(), error


def test_members_part(forecasts: dict[str, xr.Dataset]) -> None:
    runs = forecasts["jets"].u.isel(init_time=0, lead_time=0).to_numpy()
    spread = (runs[1:] - runs[0]).std((1, 2))
    np.testing.assert_allclose(spread, 0.05, rtol=0.3)
    assert len({run.tobytes() for run in runs}) == len(runs)


def test_the_learned_model_is_better_than_no_change(gateway: Gateway, forecasts: dict[str, xr.Dataset]) -> None:
    """Against the model that it learned from, on the same grid, from jets that have rolled up; README has these numbers."""
    truth = xr.open_dataset(f"{gateway.url}/datasets/jets@regrid(5.625deg).zarr").isel(member=0, init_time=4)
    learned = forecasts["learned"].isel(init_time=1)
    assert learned.init_time.values == truth.valid_time.sel(lead_time=np.timedelta64(120, "h")).values
    weights = np.cos(np.radians(learned.lat))

    def rms(difference: xr.DataArray) -> float:
        return float((difference**2).weighted(weights).mean() ** 0.5)

    skill = {}
    for hours in [24, 48]:
        lead = {"lead_time": np.timedelta64(hours, "h")}
        later = {"lead_time": np.timedelta64(120 + hours, "h")}
        for name in "uvh":
            start = learned[name].isel(lead_time=0)
            skill[name, hours] = 1 - rms(learned[name].sel(lead) - truth[name].sel(later)) / rms(start - truth[name].sel(later))
    expected = {("u", 24): 0.67, ("v", 24): 0.77, ("h", 24): 0.60, ("u", 48): 0.51, ("v", 48): 0.38, ("h", 48): 0.35}
    assert skill == pytest.approx(expected, abs=0.02)


def test_a_film_moves_along_lead_time(gateway: Gateway) -> None:
    page = requests.get(f"{gateway.url}/datasets/jets/plot/vorticity/image/RdBu_r", timeout=60).text
    assert "&quot;plays&quot;:&quot;lead_time&quot;" in page
    asked = requests.get(f"{gateway.url}/datasets/jets/plot/vorticity/image/RdBu_r/lead_time/0_49?format=gif", timeout=60, allow_redirects=False)
    assert asked.status_code == 303
    assert asked.headers["location"].endswith("/datasets/jets@vars(vorticity)@isel(lead_time=0:49)/plot/vorticity.gif?cmap=RdBu_r&animate=lead_time")


def test_the_readme_opens_it(gateway: Gateway, tmp_path: pathlib.Path) -> None:
    """Both samples: Python, and the configuration, on the example's analysis and model."""
    readme = (ROOT / "README.md").read_text()
    python = next(block for block in re.findall(r"^```python\n(.*?)^```", readme, re.DOTALL | re.MULTILINE) if "jets" in block)
    sample = python.replace("http://127.0.0.1:9000", gateway.url).replace('lead_time="6D"', 'lead_time="2h"')
    printed = subprocess.run([sys.executable, "-c", sample], capture_output=True, text=True, check=True, timeout=300).stdout
    assert 5e-5 < float(printed) < 2e-4
    text = next(block for block in re.findall(r"^```yaml\n(.*?)^```", readme, re.DOTALL | re.MULTILINE) if "forecasts:" in block)
    (tmp_path / "data").symlink_to(EXAMPLE / "data")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "gateway.yaml").write_text(text)
    check = subprocess.run([*command(), "check", str(tmp_path / "gateway.yaml")], capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert check.returncode == 0, check.stdout + check.stderr
