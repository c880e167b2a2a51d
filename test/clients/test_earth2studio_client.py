"""Earth2Studio's own client, unmodified, against the gateway: what it promises its users, and what it makes of failures."""

from __future__ import annotations

import datetime
import pathlib
import time

import numpy as np
import pystac
import pytest
import requests
import xarray as xr
from earth2studio.serve.client.client import Earth2StudioClient
from earth2studio.serve.client.exceptions import (
    BadRequestError,
    Earth2StudioAPIError,
    InferenceRequestNotFoundError,
    RequestTimeoutError,
)
from earth2studio.serve.client.models import InferenceRequest, RequestStatus
from gateway import Gateway
from serving.between import Between
from serving.upstream import remote_workflow

POLL = 0.05


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The client polls every 5 s; here the pauses are noted and made short."""
    asked: list[float] = []
    sleep = time.sleep

    def pause(seconds: float) -> None:
        asked.append(seconds)
        sleep(min(seconds, POLL))

    monkeypatch.setattr(time, "sleep", pause)
    return asked


def client_of(gateway: Gateway, workflow: str = "synth", **more: object) -> Earth2StudioClient:
    return Earth2StudioClient(base_url=gateway.url, workflow_name=workflow, **more)


def run(client: Earth2StudioClient, **parameters: object):
    return client.run_inference_sync(InferenceRequest(parameters=parameters), poll_interval=POLL, timeout=120)


def test_it_is_well(serve_gateway: Gateway) -> None:
    health = client_of(serve_gateway).health_check()
    assert health.status == "healthy"
    assert abs((datetime.datetime.now(datetime.UTC) - health.timestamp).total_seconds()) < 60


def test_submit_poll_and_download(serve_gateway: Gateway) -> None:
    client = client_of(serve_gateway)
    parameters = {
        "start_time": [datetime.datetime(2024, 1, 2, 6)],
        "num_steps": np.int64(3),
        "gap": datetime.timedelta(hours=6),
    }
    answer = client.submit_inference_request(InferenceRequest(parameters=parameters))
    assert answer.status == RequestStatus.QUEUED
    assert answer.message == "Workflow 'synth' queued for execution"
    results = client.wait_for_completion(answer.execution_id, POLL, 120)
    assert results.request_id == answer.execution_id
    assert results.status == RequestStatus.COMPLETED
    assert results.completion_time > answer.timestamp - datetime.timedelta(seconds=1)
    assert results.execution_time_seconds > 0
    assert results.result_paths() == [f"{answer.execution_id}/results.zarr"]
    for file in results.output_files:
        assert len(client.download_result(results, file.path).getvalue()) == file.size


@pytest.mark.parametrize("time", [np.datetime64("2024-01-01T00"), np.datetime64("2024-01-01T00:00:00"), "2024-01-01 00:00"])
def test_times_as_people_have_them(serve_gateway: Gateway, time: object) -> None:
    result = remote_workflow()(serve_gateway.url, "synth")(start_time=np.array([time]), num_steps=1)
    assert result.as_dataset().time.values[0] == np.datetime64("2024-01-01T00:00")


def test_without_parameters(serve_gateway: Gateway) -> None:
    """It sends null, which its own server refuses."""
    client = client_of(serve_gateway, "fake_wf")
    results = client.wait_for_completion(client.submit_inference_request(InferenceRequest()).execution_id, POLL, 120)
    assert results.output_files == []


def test_advertised_defaults_are_served(serve_gateway: Gateway) -> None:
    """The schema's start time is one of the forecast, and no parameters at all run it."""
    times = "forecast_times"
    for workflow in ["deterministic_workflow", "ensemble_workflow"]:
        url = f"{serve_gateway.url}/v1/infer/workflows/{workflow}/schema"
        properties = requests.get(url, timeout=30).json()["properties"]
        [start] = properties[times]["default"]
        datetime.datetime.fromisoformat(start)
        assert properties[times]["type"] == "array"
        with Earth2StudioClient(serve_gateway.url, workflow_name=workflow) as client:
            id = client.submit_inference_request(InferenceRequest(parameters={})).execution_id
            status = requests.get(f"{serve_gateway.url}/v1/infer/{workflow}/{id}/status", timeout=30).json()
            assert status["metadata"]["parameters"][times] == [start]
            requests.post(f"{serve_gateway.url}/v1/jobs/{id}/cancel", timeout=30)


def test_progress_is_what_the_workflow_says(serve_gateway: Gateway) -> None:
    client = client_of(serve_gateway)
    id = client.submit_inference_request(InferenceRequest(parameters={"num_steps": 8, "delay": 1})).execution_id
    seen = None
    while (status := client.get_request_status(id)).status != RequestStatus.COMPLETED:
        seen = status.progress or seen
        assert status.error_message is None
        time.sleep(POLL)
    assert seen.progress.startswith("Step ")
    assert (seen.total_steps, 0 < seen.current_step <= 8) == (8, True)


def test_remote_workflow_as_dataset_source_and_model(serve_gateway: Gateway) -> None:
    workflow = remote_workflow()(serve_gateway.url, "synth", xr_args={"chunks": None})
    result = workflow(start_time=[datetime.datetime(2024, 1, 1)], num_steps=4)
    dataset = result.as_dataset()
    assert dict(dataset.sizes) == {"time": 1, "lead_time": 5, "lat": 5, "lon": 8}
    assert list(dataset.lead_time.values) == [np.timedelta64(6 * step, "h") for step in range(5)]
    assert float(dataset.u10m.isel(time=0, lead_time=3, lat=1, lon=2)) == 1000 + 300 + 10

    source = result.as_data_source()
    field = source([datetime.datetime(2024, 1, 1, 12)], ["t2m", "u10m"])
    assert field.dims == ("time", "variable", "lat", "lon")
    assert float(field[0, 0, 0, 0]) == 200

    steps = list(result.as_model().create_iterator())
    assert len(steps) == 5
    for step, (values, coords) in enumerate(steps):
        assert coords["lead_time"][0] == np.timedelta64(6 * step, "h")
        assert values.numpy().ravel()[0] == 100 * step
    model = result.as_model("time")
    values, coords = model()
    assert list(model.output_coords(model.input_coords())["lat"]) == [60, 30, 0, -30, -60]
    assert coords["time"][0] == np.datetime64("2024-01-01")


def test_a_token_travels_with_every_request(serve_gateway: Gateway) -> None:
    with Between(serve_gateway.url) as between:
        workflow = remote_workflow()(between.url, "synth", token="s3cret")
        workflow(num_steps=1).as_dataset().load()
    assert len(between.seen) > 8
    assert {token for _, _, token in between.seen} == {"Bearer s3cret"}
    assert any("/c/0" in path for _, path, _ in between.seen)


def test_a_base_url_may_have_a_path(serve_gateway: Gateway) -> None:
    with Between(serve_gateway.url, prefix="/earth2") as between:
        dataset = remote_workflow()(between.url, "synth")(num_steps=1).as_dataset().load()
    assert dataset.sizes["lead_time"] == 2


def test_netcdf_can_be_downloaded(serve_gateway: Gateway, tmp_path: pathlib.Path) -> None:
    """`as_dataset` of the client fails on any NetCDF; what it downloads is one."""
    client = client_of(serve_gateway)
    results = run(client, num_steps=1, output_format="netcdf4")
    [path] = results.result_paths()
    assert path.endswith("results.nc")
    file = tmp_path / "results.nc"
    file.write_bytes(client.download_result(results, path).getvalue())
    dataset = xr.open_dataset(file, engine="netcdf4")
    assert float(dataset.t2m[0, 1, 0, 3]) == 103


def test_a_failed_execution_says_why(serve_gateway: Gateway) -> None:
    client = client_of(serve_gateway)
    id = client.submit_inference_request(InferenceRequest(parameters={"mode": "fail"})).execution_id
    with pytest.raises(Earth2StudioAPIError, match=f"{id} failed: .*nothing to eat"):
        client.wait_for_completion(id, POLL, 120)
    with pytest.raises(InferenceRequestNotFoundError, match="Workflow execution failed .*nothing to eat"):
        client.get_request_results(id)


def test_no_outputs(serve_gateway: Gateway) -> None:
    result = remote_workflow()(serve_gateway.url, "synth")(mode="none")
    with pytest.raises(Earth2StudioAPIError, match="did not return any outputs"):
        result.as_dataset()


def test_wrong_parameters_are_named(serve_gateway: Gateway) -> None:
    with pytest.raises(Earth2StudioAPIError) as caught:
        client_of(serve_gateway).submit_inference_request(InferenceRequest(parameters={"num_steps": 0}))
    assert caught.value.status_code == 422
    assert str(caught.value).startswith("Earth2Studio API Error: Invalid parameters for workflow 'synth' (HTTP 422)")
    assert "num_steps" in caught.value.details


def test_semantic_mistakes_are_refused_at_submission(serve_gateway: Gateway) -> None:
    times = ["2024-01-01T00:00:00", "2024-01-02T00:00:00"]
    with pytest.raises(Earth2StudioAPIError, match="start_time: exactly one is expected") as caught:
        client_of(serve_gateway).submit_inference_request(InferenceRequest(parameters={"start_time": times}))
    assert caught.value.status_code == 422


def test_what_is_unknown(serve_gateway: Gateway) -> None:
    client = client_of(serve_gateway)
    with pytest.raises(InferenceRequestNotFoundError, match="Execution exec_0_0 not found for workflow synth"):
        client.get_request_status("exec_0_0")
    with pytest.raises(BadRequestError, match="Execution exec_0_0 not found"):
        client.get_request_results("exec_0_0")
    with pytest.raises(InferenceRequestNotFoundError, match="Workflow 'nope' not found"):
        client_of(serve_gateway, "nope").submit_inference_request(InferenceRequest())
    with pytest.raises(InferenceRequestNotFoundError, match="is not exposed"):
        client_of(serve_gateway, "test_endpoints_wf").submit_inference_request(InferenceRequest())


def test_files_that_are_not_there(serve_gateway: Gateway) -> None:
    client = client_of(serve_gateway, "small")
    results = run(client)
    with pytest.raises(InferenceRequestNotFoundError, match="File not found .*does not exist"):
        client.download_result(results, f"{results.request_id}/nothing.bin")
    with pytest.raises(BadRequestError, match="Not a file"):
        client.download_result(results, results.request_id)
    names = sorted(file.path.split("/", 1)[1] for file in results.output_files)
    assert names == ["a b:ü.json", "bytes.bin", "empty", "notes.txt"]
    for file in results.output_files:
        assert len(client.download_result(results, file.path).getvalue()) == file.size


def test_results_that_are_not_ready_and_a_queue_that_is_full(queue_gateway: Gateway) -> None:
    client = client_of(queue_gateway)
    ids = [client.submit_inference_request(InferenceRequest()).execution_id for _ in range(3)]
    with pytest.raises(Earth2StudioAPIError, match="is still queued") as caught:
        client.get_request_results(ids[0])
    assert (caught.value.status_code, caught.value.details) == (202, "queued")
    with pytest.raises(RequestTimeoutError):
        client.wait_for_completion(ids[0], POLL, 0.0)
    assert [requests.get(f"{queue_gateway.url}/v1/infer/synth/{id}/status").json()["position"] for id in ids] == [0, 1, 2]
    with pytest.raises(Earth2StudioAPIError, match="Queue 'synth' is full") as full:
        client.submit_inference_request(InferenceRequest())
    assert full.value.status_code == 429
    answer = requests.post(f"{queue_gateway.url}/v1/infer", json={})
    assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (429, True)
    requests.post(f"{queue_gateway.url}/v1/jobs/{ids[0]}/cancel").raise_for_status()
    with pytest.raises(Earth2StudioAPIError, match="was cancelled"):
        client.wait_for_completion(ids[0], POLL, 10)
    assert requests.post(f"{queue_gateway.url}/v1/infer", json={}).json()["workflow_name"] == "synth"


@pytest.mark.parametrize("status", [429, 503])
def test_reads_that_are_put_off_are_tried_again_after_the_time_told(
    serve_gateway: Gateway, short_pauses: list[float], status: int
) -> None:
    with Between(serve_gateway.url, treat=lambda number, *_: status if number <= 2 else None) as between:
        client = Earth2StudioClient(base_url=between.url, workflow_name="synth")
        with pytest.raises(InferenceRequestNotFoundError):
            client.get_request_status("exec_0_0")
    assert len(between.seen) == 3
    assert short_pauses.count(7) == 2


def test_reads_that_never_succeed_end_and_submissions_are_not_repeated(serve_gateway: Gateway) -> None:
    with Between(serve_gateway.url, treat=lambda *_: 503) as between:
        client = Earth2StudioClient(base_url=between.url, workflow_name="synth")
        with pytest.raises(Earth2StudioAPIError, match="too many 503 error responses"):
            client.get_request_status("exec_0_0")
        assert len(between.seen) == 4
        with pytest.raises(Earth2StudioAPIError):
            client.submit_inference_request(InferenceRequest())
        assert len(between.seen) == 5


def test_the_shipped_ensemble_as_readme_has_it(serve_gateway: Gateway) -> None:
    """README's lines; the result is a dataset of the gateway with a STAC item."""
    root = pathlib.Path(__file__).resolve().parents[2]
    blocks = (root / "README.md").read_text().split("```python\n")[1:]
    [lines] = [block.split("```")[0] for block in blocks if "RemoteEarth2Workflow" in block]
    remote_workflow()
    names: dict[str, object] = {}
    exec(lines.replace("http://127.0.0.1:9000", serve_gateway.url), names)  # noqa: S102 - our own page
    forecast, run_ = names["forecast"], names["run"]
    assert forecast.sizes["ensemble"] == 8
    assert forecast.sizes["lead_time"] > 1
    assert bool(np.isfinite(forecast.to_array()).all())
    id = run_.execution_id
    same = xr.open_dataset(f"{serve_gateway.url}/datasets/{id}.zarr")
    xr.testing.assert_equal(same.drop_attrs(), forecast.drop_attrs())
    collection = pystac.Collection.from_file(f"{serve_gateway.url}/stac-collection-all.json")
    assert id in {item.id for item in collection.get_items()}
