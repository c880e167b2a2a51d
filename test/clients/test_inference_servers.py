"""Models on a server of the Open Inference Protocol: forecasts and maps are the bytes that the graphs themselves give here."""

from __future__ import annotations

import contextlib
import pathlib
import shutil
import subprocess
from collections.abc import Iterator

import numpy as np
import pytest
import requests
import xarray as xr
import yaml
from forecasts import tiny
from gateway import ROOT, Gateway
from test_maps import inputs_of, reference, source, write_model

NODE = ROOT / "node_modules/.bin/node"
SERVER = ROOT / "packages/inference/src/runtime/oip/testing/serve-models.ts"
STEPS = 4


@contextlib.contextmanager
def inference_server(*arguments: str) -> Iterator[tuple[str, subprocess.Popen]]:
    server = subprocess.Popen([str(NODE), str(SERVER), *arguments], stdout=subprocess.PIPE, cwd=ROOT, text=True)
    try:
        yield server.stdout.readline().strip(), server
    finally:
        server.kill()
        server.wait(20)
        server.stdout.close()


def remote(folder: pathlib.Path, to: pathlib.Path, url: str) -> None:
    """The package with models of a server in place of its graphs."""
    to.mkdir()
    for array in folder.glob("*.npy"):
        shutil.copy(array, to)
    text = yaml.safe_load((folder / "model.yaml").read_text())
    for network in [*text.get("networks", []), *text.get("diagnostics", [])]:
        network["model"] = network.pop("file").removesuffix(".onnx")
    (to / "model.yaml").write_text(yaml.safe_dump({**text, "runtime": "oip", "url": url}, sort_keys=False))


def serve(folder: pathlib.Path) -> Gateway:
    start = {"dataset": "analysis"}
    quick = {"stepTimeoutMs": 3000}
    text = {
        "datasets": {"analysis": {"location": "analysis.zarr"}, "coarse": {"location": "coarse.zarr"}},
        "forecasts": {id: {"model": id, "initialConditions": start, "steps": STEPS, "members": {"count": 2}, "execution": quick} for id in ("here", "there")},
        "maps": {id: {"model": id.replace("map", "fine"), "dataset": "coarse", "tile": {"lat": 16, "lon": 24, "overlap": 6}, "execution": quick} for id in ("map-here", "map-there")},
    }
    (folder / "gateway.yaml").write_text(yaml.safe_dump(text))
    return Gateway("serve", "-c", str(folder / "gateway.yaml"), "--port", "0", log=folder / "gateway.log")


def opened(server: Gateway, id: str) -> xr.Dataset:
    return xr.open_dataset(f"{server.url}/datasets/{id}.zarr", engine="zarr", chunks={})


@pytest.mark.parametrize("option", [[], ["--json"]], ids=["binary", "json"])
def test_forecasts_and_maps_are_the_same_here_and_there(option: list[str], tmp_path: pathlib.Path) -> None:
    tiny.write_analysis(tmp_path / "analysis.zarr")
    tiny.write_model(tmp_path / "here")
    write_model(tmp_path / "fine-here")
    source(times=2).to_zarr(tmp_path / "coarse.zarr", zarr_format=3)
    graphs = [f"{name}={tmp_path}/{path}" for name, path in [("step", "here/step.onnx"), ("rain", "here/rain.onnx"), ("fine", "fine-here/fine.onnx")]]
    with inference_server(*graphs, *option) as (url, process):
        remote(tmp_path / "here", tmp_path / "there", url)
        remote(tmp_path / "fine-here", tmp_path / "fine-there", url)
        server = serve(tmp_path)
        try:
            here, there = opened(server, "here"), opened(server, "there")
            for name in ("h", "t", "rain"):
                # noise is seeded by the package, which is another one
                left, right = (dataset[name].isel(member=0, init_time=1, lead_time=0).load() for dataset in (here, there))
                np.testing.assert_array_equal(left, right)
            assert there.h.isel(init_time=1).load().notnull().all()
            np.testing.assert_array_equal(opened(server, "map-here").fine.load(), opened(server, "map-there").fine.load())
            np.testing.assert_allclose(opened(server, "map-there").fine[1, :10, :10], reference(tmp_path / "fine-here", inputs_of(source(times=2), 1))[:10, :10], rtol=1e-5)
            assert "model_providers" not in there.attrs and there.attrs["model_runtime"] == "oip"
            process.kill()
            answer = requests.get(f"{server.url}/datasets/there/zarr/h/c/2/1/0/0/0", timeout=30)
            assert answer.status_code >= 500 and answer.json()["code"] in ("model_failed", "model_timeout") and "Traceback" not in answer.text
        finally:
            server.stop()


def test_a_roll_out_on_a_server_is_the_one_in_numpy(tmp_path: pathlib.Path) -> None:
    tiny.write_analysis(tmp_path / "analysis.zarr")
    tiny.write_exact_model(tmp_path / "here")
    write_model(tmp_path / "fine-here")
    source(times=1).to_zarr(tmp_path / "coarse.zarr", zarr_format=3)
    graphs = [f"{name}={tmp_path}/{path}" for name, path in [("step", "here/step.onnx"), ("rain", "here/rain.onnx"), ("fine", "fine-here/fine.onnx")]]
    with inference_server(*graphs) as (url, _):
        remote(tmp_path / "here", tmp_path / "there", url)
        remote(tmp_path / "fine-here", tmp_path / "fine-there", url)
        server = serve(tmp_path)
        try:
            expected = tiny.roll_out(tiny.analysis(), 3, STEPS)
            there = opened(server, "there").isel(init_time=3, member=0)
            for name, values in expected.items():
                np.testing.assert_allclose(there[name].load(), values, rtol=1e-5, atol=1e-2)
        finally:
            server.stop()


def test_a_token_is_sent_where_it_is_configured_and_shown_nowhere(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.write_analysis(tmp_path / "analysis.zarr")
    tiny.write_exact_model(tmp_path / "here")
    monkeypatch.setenv("MODEL_TOKEN", "s3cret")
    graphs = [f"{name}={tmp_path}/here/{name}.onnx" for name in ("step", "rain")]
    with inference_server(*graphs, "--token=s3cret") as (url, _):
        remote(tmp_path / "here", tmp_path / "there", url)
        one = {"model": "there", "initialConditions": {"dataset": "analysis"}, "steps": STEPS}
        headers = {"headers": {"Authorization": "Bearer ${MODEL_TOKEN}"}}
        text = {"datasets": {"analysis": {"location": "analysis.zarr"}}, "forecasts": {"without": one, "with": {**one, "execution": headers}}}
        (tmp_path / "gateway.yaml").write_text(yaml.safe_dump(text))
        server = Gateway("serve", "-c", str(tmp_path / "gateway.yaml"), "--port", "0", log=tmp_path / "gateway.log")
        try:
            assert opened(server, "with").h.isel(init_time=0, lead_time=2).load().notnull().all()
            refused = requests.get(f"{server.url}/datasets/without/zarr/h/c/0/1/0/0", timeout=30)
            assert refused.status_code == 502 and refused.json()["code"] == "model_failed" and "token is needed" in refused.json()["detail"]
            shown = [requests.get(f"{server.url}/datasets/with{path}", timeout=30).text for path in ("", "/info", "/stac", "/zarr/zarr.json")]
            assert not any("s3cret" in page for page in [*shown, (tmp_path / "gateway.log").read_text()])
        finally:
            server.stop()
