"""Members of Earth2Studio's ensemble workflow: as large, as correlated and as reproducible as a request says."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest
import requests
import xarray as xr
from gateway import Gateway

FEW = {"forecast_times": ["2000-01-02T00:00:00"], "nsteps": 2, "nensemble": 4, "create_plots": False}


def submitted(gateway: Gateway, **parameters: object) -> requests.Response:
    body = {"parameters": {**FEW, **parameters}}
    return requests.post(f"{gateway.url}/v1/infer/ensemble_workflow", json=body, timeout=60)


def ran(gateway: Gateway, **parameters: object) -> str:
    answer = submitted(gateway, **parameters)
    assert answer.status_code == 200, answer.text
    execution = answer.json()["execution_id"]
    while True:
        status = requests.get(f"{gateway.url}/v1/infer/ensemble_workflow/{execution}/status", timeout=60).json()
        assert status["status"] != "failed", status
        if status["status"] == "completed":
            return execution
        time.sleep(0.1)


def opened(gateway: Gateway, execution: str) -> xr.Dataset:
    return xr.open_dataset(f"{gateway.url}/datasets/{execution}.zarr").isel(time=0).load()


def files(gateway: Gateway, execution: str) -> dict[str, str]:
    """Digests of the result's files."""
    listed = requests.get(f"{gateway.url}/v1/infer/ensemble_workflow/{execution}/results", timeout=60).json()
    return {file["path"].removeprefix(f"{execution}/"): file["sha256"] for file in listed["output_files"]}


def noise(dataset: xr.Dataset, step: int = 0) -> np.ndarray:
    u = dataset.u.isel(lead_time=step).to_numpy().astype("f8")
    return u[1:] - u[0]


def test_members_are_those_of_the_forecast_unless_told(serve_gateway: Gateway) -> None:
    own = opened(serve_gateway, ran(serve_gateway))
    jets = xr.open_dataset(f"{serve_gateway.url}/datasets/jets.zarr").sel(init_time="2000-01-02T00")
    expected = jets.isel(member=slice(4), lead_time=slice(3)).transpose("member", "lead_time", "lat", "lon")
    for name in "uvh":
        np.testing.assert_array_equal(own[name].to_numpy(), expected[name].to_numpy())


def test_spread_follows_the_amplitude_and_the_seed_makes_other_members(serve_gateway: Gateway) -> None:
    small, large = (opened(serve_gateway, ran(serve_gateway, noise_amplitude=a, seed_base=5)) for a in (0.075, 0.6))
    assert large.attrs["member_noise"] == "Gaussian noise in u (0.2 m s-1), v (0.2 m s-1), correlated over 1000 km, seed 5"
    assert noise(large).std() == pytest.approx(8 * noise(small).std(), rel=1e-3)
    assert noise(large, 2).std() == pytest.approx(8 * noise(small, 2).std(), rel=0.02)
    assert noise(large).std() == pytest.approx(0.2, rel=0.15)
    np.testing.assert_array_equal(large.u[0], small.u[0])
    correlations = np.corrcoef(noise(large).reshape(3, -1))
    assert np.abs(correlations - np.eye(3)).max() < 0.3
    other = opened(serve_gateway, ran(serve_gateway, noise_amplitude=0.6, seed_base=6))
    assert abs(np.corrcoef(noise(large).ravel(), noise(other).ravel())[0, 1]) < 0.3
    none = opened(serve_gateway, ran(serve_gateway, noise_amplitude=0))
    assert noise(none, 2).std() == 0
    white = opened(serve_gateway, ran(serve_gateway, perturbation="gaussian"))
    assert noise(white).std() == pytest.approx(0.05, rel=0.02)
    lag = noise(white)[..., 1:] * noise(white)[..., :-1]
    assert abs(lag.mean()) < 0.1 * noise(white).var() < 0.9 * (noise(small)[..., 1:] * noise(small)[..., :-1]).mean() * 16


def test_the_same_request_gives_the_same_bytes(serve_gateway: Gateway) -> None:
    request = {"noise_amplitude": 0.3, "seed_base": 11, "nensemble": 2}
    first = ran(serve_gateway, **request)
    second = ran(serve_gateway, **request, batch_size=1)
    one, two = files(serve_gateway, first), files(serve_gateway, second)
    assert len(one) > 10
    # what says how it was asked for differs
    different = {path for path in one if one[path] != two[path]}
    assert one.keys() == two.keys()
    assert different == {"forecast_metadata.json", "results.zarr/zarr.json"}
    third = files(serve_gateway, ran(serve_gateway, **request))
    assert third == one


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"noise_amplitude": 0, "seed_base": 1}, "seed_base: nothing is random without noise: a seed changes nothing"),
        ({"nensemble": 1, "noise_amplitude": 0.2}, "noise_amplitude: member 0 is the control, which has no noise"),
        ({"nensemble": 9}, 'nensemble: the forecast "jets" has 8 members, not 9'),
    ],
)
def test_what_cannot_be_is_refused_before_a_job_is_made(serve_gateway: Gateway, asked: dict, said: str) -> None:
    answer = submitted(serve_gateway, **asked)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


def test_catalogs_say_what_it_takes_to_make_it_again(serve_gateway: Gateway) -> None:
    execution = ran(serve_gateway, seed_base=11, nensemble=2)
    properties = requests.get(f"{serve_gateway.url}/datasets/{execution}/stac", timeout=60).json()["properties"]
    assert properties["provenance_parameters_seed_base"] == 11
    assert properties["provenance_program"].startswith("zarr-gateway ")
    assert properties["initial_conditions"] == "analysis"
    assert properties["forecast:reference_datetime"] == "2000-01-02T00:00:00Z"
    assert {"model_version", "member_noise", "provenance_seed"} <= properties.keys()
    told = json.loads(opened(serve_gateway, execution).attrs["workflow_parameters"])
    assert (told["forecast"], told["data_source"], told["seed_base"]) == ("jets", "analysis", 11)
