"""Earth2Studio's own client, unmodified, where networks, proxies and time get between it and the gateway; and its numbers."""

from __future__ import annotations

import io
import socket
import time
import zipfile

import aiohttp
import numpy as np
import pytest
import requests
import xarray as xr
from earth2studio.serve.client.client import Earth2StudioClient
from earth2studio.serve.client.exceptions import (
    APIConnectionError,
    BadRequestError,
    Earth2StudioAPIError,
    InferenceRequestNotFoundError,
    InternalServerError,
    RequestTimeoutError,
)
from earth2studio.serve.client.models import InferenceRequest, RequestStatus
from gateway import Gateway
from serving.between import Between
from serving.ours import Ours
from serving.upstream import remote_workflow

POLL = 0.05


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    sleep = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: sleep(min(seconds, POLL)))


def client_of(url: str, workflow: str = "synth", **more: object) -> Earth2StudioClient:
    return Earth2StudioClient(base_url=url, workflow_name=workflow, **more)


def finished(url: str, workflow: str = "synth", **parameters: object):
    return client_of(url, workflow).run_inference_sync(InferenceRequest(parameters=parameters), POLL, 120)


def executions(url: str, workflow: str) -> set[str]:
    jobs = requests.get(f"{url}/v1/jobs", params={"definition": workflow, "limit": 1000}, timeout=30).json()["jobs"]
    return {job["id"] for job in jobs}


def test_numbers_are_those_of_the_forecast(serve_gateway: Gateway) -> None:
    """By the client's default workflow, as dataset, data source and model, beside the forecast itself."""
    url = serve_gateway.url
    workflow = remote_workflow()(url, Earth2StudioClient().workflow_name, xr_args={"chunks": None}).to("cpu")
    result = workflow(start_time=[np.datetime64("2000-01-02T00")], num_steps=3)
    forecast = xr.open_zarr(f"{url}/datasets/jets.zarr", chunks=None).sel(init_time="2000-01-02", member=0).isel(lead_time=slice(0, 4)).load()
    dataset = result.as_dataset()
    for name in forecast.data_vars:
        assert dataset[name].dtype == forecast[name].dtype
        np.testing.assert_array_equal(dataset[name][0], forecast[name])
    for name in ("lead_time", "lat", "lon"):
        np.testing.assert_array_equal(dataset[name], forecast[name])
    source = result.as_data_source()
    field = source(np.array([np.datetime64("2000-01-02T02")]), ["vorticity", "h"])
    np.testing.assert_array_equal(field[0], np.stack([forecast.vorticity[2], forecast.h[2]]))
    names = list(source.da.coords["variable"].values)
    for step, (values, coords) in enumerate(result.as_model().to("cpu").create_iterator()):
        assert coords["lead_time"][0] == np.timedelta64(step, "h")
        np.testing.assert_array_equal(values.numpy().squeeze(), np.stack([forecast[name][step] for name in names]))
    assert step == 3


def test_several_stores_and_files(serve_gateway: Gateway) -> None:
    client = client_of(serve_gateway.url, "several")
    results = client.run_inference_sync(InferenceRequest(), POLL, 120)
    id = results.request_id
    assert results.result_paths() == [f"{id}/a.zarr", f"{id}/b.zarr", f"{id}/inner/c.zarr", f"{id}/b.nc"]
    assert client.result_root_path(results) == f"/v1/infer/several/{id}/results/"
    workflow = remote_workflow()(serve_gateway.url, "several")
    assert workflow().as_dataset()["value"].values.tolist() == [1]
    for file in results.output_files:
        assert len(client.download_result(results, file.path, timeout=30).getvalue()) == file.size
    archive = zipfile.ZipFile(client.download_result(results, f"several:{id}"))
    assert sorted(archive.namelist()) == sorted(file.path for file in results.output_files)
    assert archive.read(f"{id}/a.txt") == client.download_result(results, f"{id}/a.txt").getvalue() == b"text"


def test_results_that_go_while_they_are_open_are_no_missing_values(serve_gateway: Gateway) -> None:
    workflow = remote_workflow()(serve_gateway.url, "synth", xr_args={"chunks": None})
    result = workflow(num_steps=2)
    dataset = result.as_dataset()
    assert float(dataset.t2m[0, 1, 0, 0]) == 100
    Ours(serve_gateway).expire(result.execution_id)
    manifest = f"{serve_gateway.url}/v1/infer/synth/{result.execution_id}/results"
    while requests.get(manifest, timeout=30).status_code == 200:  # half a second at most
        time.sleep(POLL)
    with pytest.raises(aiohttp.ClientResponseError, match="410"):
        dataset.u10m.load()
    client = workflow.client
    assert client.get_request_status(result.execution_id).status == RequestStatus.COMPLETED
    with pytest.raises(BadRequestError, match="Results expired .*no longer available"):
        client.wait_for_completion(result.execution_id, POLL)
    with pytest.raises(Earth2StudioAPIError, match=r"Results expired \(HTTP 410\)"):
        client.download_result(result._get_result(), result._get_result().output_files[0].path)


def test_connections_that_are_cut_are_tried_again_for_reads_alone(serve_gateway: Gateway) -> None:
    url = serve_gateway.url
    id = finished(url, "fake_wf").request_id
    with Between(url, treat=lambda number, *_: "cut" if number <= 2 else None) as between:
        assert client_of(between.url, "fake_wf").get_request_status(id).status == RequestStatus.COMPLETED
        assert len(between.seen) == 3
    with Between(url, treat=lambda *_: "cut") as between, pytest.raises(APIConnectionError, match="Failed to connect"):
        client_of(between.url, "fake_wf", max_retries=1).get_request_status(id)
    before = executions(url, "fake_wf")
    with Between(url, treat=lambda *_: "cut") as between, pytest.raises(APIConnectionError):
        client_of(between.url, "fake_wf").submit_inference_request(InferenceRequest())
    assert len(executions(url, "fake_wf") - before) == 1


def test_files_that_end_early_are_no_files(serve_gateway: Gateway) -> None:
    results = finished(serve_gateway.url, "small", bytes=1000)
    with Between(serve_gateway.url, treat=lambda *_: "half") as between, pytest.raises(requests.exceptions.RequestException):
        client_of(between.url, "small").download_result(results, f"{results.request_id}/bytes.bin")


def test_chunks_that_cannot_be_had_are_no_missing_values(serve_gateway: Gateway) -> None:
    treatments = {"/c/0/0/": 503, "/c/0/1/": "half", "/c/0/2/": 429, "/c/0/3/": 500}
    treat = lambda number, method, path: next((treatment for part, treatment in treatments.items() if f"t2m{part}" in path), None)  # noqa: E731
    with Between(serve_gateway.url, treat=treat) as between:
        dataset = remote_workflow()(between.url, "synth", xr_args={"chunks": None})(num_steps=4).as_dataset()
        for step in range(4):
            with pytest.raises(aiohttp.ClientError):
                dataset.t2m[0, step].load()
        assert float(dataset.t2m[0, 4, 0, 1]) == 401


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, BadRequestError), (404, InferenceRequestNotFoundError), (500, InternalServerError), (413, Earth2StudioAPIError), (429, Earth2StudioAPIError), (503, Earth2StudioAPIError)],
)
def test_submissions_are_refused_in_words(serve_gateway: Gateway, status: int, kind: type[Earth2StudioAPIError]) -> None:
    with Between(serve_gateway.url, treat=lambda *_: status) as between, pytest.raises(kind) as caught:
        client_of(between.url).submit_inference_request(InferenceRequest())
    assert (caught.value.status_code, caught.value.message, caught.value.details, len(between.seen)) == (status, "later", "not now", 1)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_reads_end_after_as_many_tries_as_were_wanted(serve_gateway: Gateway, status: int) -> None:
    with Between(serve_gateway.url, treat=lambda *_: status) as between:
        client = client_of(between.url, max_retries=2, retry_backoff_factor=0.01)
        for read in (client.health_check, lambda: client.get_request_status("x"), lambda: client.get_request_results("x", timeout=5)):
            before = len(between.seen)
            with pytest.raises(Earth2StudioAPIError, match=f"too many {status} error responses"):
                read()
            assert len(between.seen) - before == 3


def test_a_server_that_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = client_of(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2, max_retries=0)
        for ask in (lambda: client.submit_inference_request(InferenceRequest()), lambda: client.get_request_results("x", timeout=0.1)):
            with pytest.raises((RequestTimeoutError, APIConnectionError)):
                ask()


def test_files_of_the_largest_kind_of_name(serve_gateway: Gateway) -> None:
    client = client_of(serve_gateway.url, "small")
    results = client.run_inference_sync(InferenceRequest(parameters={"text": "t" * 5000}), POLL, 120)
    names = {file.path.split("/", 1)[1]: file for file in results.output_files}
    assert client.download_result(results, names["a b:ü.json"].path).read() == b"{}"
    assert isinstance(client.download_result(results, names["notes.txt"].path), io.BytesIO)
    client.close()
