"""Earth2Studio's diagnostic workflow: what networks make of the state, or a refusal where none does."""

from __future__ import annotations

import time

import numpy as np
import requests
import xarray as xr
from gateway import Gateway

ROUTE = "/v1/infer/diagnostic_workflow"
REQUEST = {"forecast_times": ["2000-01-02T00:00:00"], "nsteps": 2}


def submitted(gateway: Gateway, **parameters: object) -> requests.Response:
    return requests.post(f"{gateway.url}{ROUTE}", json={"parameters": {**REQUEST, **parameters}}, timeout=60)


def test_diagnostic_variables_are_those_of_the_forecast_and_are_drawn(serve_gateway: Gateway) -> None:
    execution = submitted(serve_gateway).json()["execution_id"]
    while (status := requests.get(f"{serve_gateway.url}{ROUTE}/{execution}/status", timeout=60).json())["status"] != "completed":
        assert status["status"] != "failed", status
        time.sleep(0.1)
    own = xr.open_dataset(f"{serve_gateway.url}/datasets/{execution}.zarr").isel(time=0)
    jets = xr.open_dataset(f"{serve_gateway.url}/datasets/jets.zarr").isel(member=0, lead_time=slice(3)).sel(init_time="2000-01-02T00")
    for name in ("u", "vorticity"):
        np.testing.assert_array_equal(own[name].transpose("lead_time", "lat", "lon"), jets[name].transpose("lead_time", "lat", "lon"))
    assert np.abs(own.vorticity).max() > 0
    assert status["metadata"]["forecast_info"]["diagnostic_variables"] == ["vorticity"]
    listed = requests.get(f"{serve_gateway.url}{ROUTE}/{execution}/results", timeout=60).json()["output_files"]
    assert f"{execution}/forecast_plot_vorticity_step2.png" in [file["path"] for file in listed]


def test_a_forecast_without_diagnostics_is_refused(serve_gateway: Gateway) -> None:
    answer = submitted(serve_gateway, prognostic_model_type="dlwp")
    assert answer.status_code == 422
    assert "diagnostic_model_type: 'precipitation_afno' cannot be run" in answer.json()["detail"]
    assert answer.json()["detail"].endswith("has no diagnostic variables, it has u, v, h")
