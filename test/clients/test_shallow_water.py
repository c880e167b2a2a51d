"""The example's model, as onnxruntime runs it alone: published test cases, what it conserves, and a float64 integration."""

from __future__ import annotations

import pathlib
import subprocess

import numpy as np
import onnx
import onnxruntime
import pytest
from forecasts.shallow_water import ShallowWater, Sphere, galewsky_jet, rossby_haurwitz, rossby_haurwitz_speed, steady_zonal_flow
from gateway import ROOT

SPHERE, MODEL = Sphere(), ShallowWater()


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("shallow-water")
    subprocess.run([str(ROOT / "node_modules/.bin/node"), str(ROOT / "examples/forecast/shallow-water/make-model.ts"), str(folder)], check=True, timeout=60)
    return folder


def load(path: pathlib.Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


@pytest.fixture(scope="module")
def step(graphs: pathlib.Path) -> onnxruntime.InferenceSession:
    return load(graphs / "step.onnx")


def roll_out(step: onnxruntime.InferenceSession, fields: np.ndarray, hours: int) -> np.ndarray:
    """[hours + 1, 3, lat, lon]"""
    states = [fields.astype("f4")]
    for _ in range(hours):
        states.append(step.run(None, {"state": states[-1][None]})[0][0])
    return np.stack(states)


def rms(field: np.ndarray) -> float:
    return float(np.sqrt(np.mean(field.astype("f8") ** 2)))


def test_the_graphs_are_valid_onnx(graphs: pathlib.Path) -> None:
    for name in ["step.onnx", "vorticity.onnx"]:
        onnx.checker.check_model(onnx.load(graphs / name), full_check=True)


@pytest.mark.parametrize("case", [rossby_haurwitz, galewsky_jet])
def test_it_equals_a_float64_integration(step: onnxruntime.InferenceSession, case: object) -> None:
    fields = case(SPHERE).astype("f4")
    expected, found = MODEL.advance(fields, 6), roll_out(step, fields, 6)[-1]
    wind = rms(expected[:2])
    assert rms(expected - fields)  # it has moved
    assert rms(found[:2] - expected[:2]) < 1e-5 * wind
    assert rms(found[2] - expected[2]) < 1e-6 * rms(expected[2])


def test_vorticity_is_that_of_the_wind(graphs: pathlib.Path) -> None:
    fields = rossby_haurwitz(SPHERE).astype("f4")
    found = load(graphs / "vorticity.onnx").run(None, {"state": fields[None]})[0][0, 0]
    expected = SPHERE.field(SPHERE.rotation(*fields[:2].astype("f8"))[0])
    assert rms(found - expected) < 5e-6 * rms(expected)


def test_a_steady_flow_stays(step: onnxruntime.InferenceSession) -> None:
    """Williamson et al. (1992), test 2: error norms after five days."""
    states = roll_out(step, steady_zonal_flow(SPHERE), 120)
    error, height = states[-1] - states[0], states[0, 2]
    assert rms(error[2]) < 1e-5 * rms(height)
    assert np.abs(error[2]).max() < 2e-5 * height.max()
    assert rms(error[:2]) < 5e-5 * rms(states[0, :2])


def test_a_rossby_haurwitz_wave_travels_as_published(step: onnxruntime.InferenceSession) -> None:
    """Williamson et al. (1992), test 6. The exact speed is that of a flow without divergence; a deep fluid comes near."""
    ratios = {depth: pattern_speed(roll_out(step, rossby_haurwitz(SPHERE, depth), 48)) / rossby_haurwitz_speed() for depth in [8000.0, 20_000.0, 50_000.0]}
    assert ratios[8000.0] == pytest.approx(0.934, abs=0.003)
    assert 1 - ratios[20_000.0] == pytest.approx((1 - ratios[50_000.0]) * 2.2, rel=0.1)
    assert ratios[50_000.0] == pytest.approx(1, abs=0.02)


def pattern_speed(states: np.ndarray) -> float:
    """Radians eastward a second of the wave of zonal wave number 4, from hourly states."""
    shape = SPHERE.weights[:, None] * np.sin(SPHERE.latitude) * np.cos(SPHERE.latitude) ** 3
    phase = np.unwrap(np.angle(np.fft.rfft((states[:, 1] * shape).sum(1), axis=-1)[:, 4]))
    return -(phase[-1] - phase[0]) / 4 / ((len(states) - 1) * 3600)


def test_a_jet_rolls_up_as_published_and_conserves_what_it_should(step: onnxruntime.InferenceSession, graphs: pathlib.Path) -> None:
    """Galewsky et al. (2004), figure 4: by day 6 the jet is a row of vortices west of the bump, still smooth east of it."""
    states = roll_out(step, galewsky_jet(SPHERE), 144)
    before, after = (MODEL.invariants(states[n]) for n in (0, -1))
    change = {name: abs(after[name] / before[name] - 1) for name in before}
    assert change["mass"] < 2e-7
    assert change["energy"] < 1e-4
    assert change["angular momentum"] < 1e-5
    assert change["potential enstrophy"] < 0.02  # what diffusion takes from the smallest scales
    vorticity = load(graphs / "vorticity.onnx").run(None, {"state": states[-1:]})[0][0, 0]
    assert 1.0e-4 < vorticity.max() < 1.4e-4
    north = np.abs(states[-1, 1, :32])
    smooth, rolled = north[:, 40:64], north[:, 72:]  # 112 to 178 and 202 to 358 degrees east
    assert smooth.max() < 15 < 40 < rolled.max()


def test_without_a_bump_the_jet_stays_zonal(step: onnxruntime.InferenceSession) -> None:
    states = roll_out(step, galewsky_jet(SPHERE, perturbation=0), 72)
    assert np.abs(states[-1, 1]).max() < 0.1
    assert states[-1, 0].max() == pytest.approx(states[0, 0].max(), rel=0.02)


def test_members_of_a_batch_are_what_they_are_alone(step: onnxruntime.InferenceSession) -> None:
    batch = np.stack([case(SPHERE) for case in [rossby_haurwitz, galewsky_jet, steady_zonal_flow]]).astype("f4")
    together = step.run(None, {"state": batch})[0]
    for alone, found in zip(batch, together, strict=True):
        np.testing.assert_allclose(found, step.run(None, {"state": alone[None]})[0][0], rtol=1e-5, atol=2e-3)


