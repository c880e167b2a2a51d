"""What tests of Earth2Studio's own server ask of one that they can only reach by HTTP, asked anew of the gateway."""

from __future__ import annotations

import json
import pathlib
import re
import socket
import subprocess
import time
import zipfile
from io import BytesIO
from urllib.parse import urlsplit

import pytest
import requests
from gateway import ROOT, Gateway, command
from serving.served import analysis


@pytest.fixture(scope="module")
def url(serve_gateway: Gateway) -> str:
    return serve_gateway.url


def submit(url: str, workflow: str, **parameters: object) -> requests.Response:
    return requests.post(f"{url}/v1/infer/{workflow}", json={"parameters": parameters}, timeout=60)


def finished(url: str, workflow: str, **parameters: object) -> str:
    id = submit(url, workflow, **parameters).json()["execution_id"]
    for _ in range(600):
        state = requests.get(f"{url}/v1/infer/{workflow}/{id}/status", timeout=60).json()
        if state["status"] in ("completed", "failed"):
            return id
        time.sleep(0.1)
    raise TimeoutError(state)


@pytest.fixture(scope="module")
def small(url: str) -> str:
    """Results of an execution of `small`, as a URL."""
    id = finished(url, "small", bytes=104, text="done")
    return f"{url}/v1/infer/small/{id}/results"


# Schemas


@pytest.fixture(scope="module")
def schema(url: str) -> dict:
    answer = requests.get(f"{url}/v1/infer/workflows/test_workflow/schema", timeout=60)
    assert answer.status_code == 200
    return answer.json()


def test_schema_is_a_json_schema_of_an_object(schema: dict) -> None:
    assert schema["type"] == "object"
    assert schema["title"]
    assert schema["additionalProperties"] is False


def test_schema_has_every_parameter(schema: dict) -> None:
    assert {"forecast_times", "nsteps", "model_type"} <= set(schema["properties"])


def test_schema_has_descriptions_and_bounds(schema: dict) -> None:
    times, steps = schema["properties"]["forecast_times"], schema["properties"]["nsteps"]
    assert (times["type"], times["items"]["format"]) == ("array", "date-time")
    assert times["description"]
    assert (steps["type"], steps["minimum"], steps["maximum"]) == ("integer", 1, 100)
    assert steps["description"]


def test_schema_has_defaults(schema: dict) -> None:
    defaults = {name: schema["properties"][name]["default"] for name in ("forecast_times", "nsteps", "model_type")}
    assert defaults == {"forecast_times": ["2024-01-01T00:00:00"], "nsteps": 10, "model_type": "fcn"}


def test_schema_of_nothing(url: str) -> None:
    answer = requests.get(f"{url}/v1/infer/workflows/nonexistent_workflow/schema", timeout=60)
    assert answer.status_code == 404
    assert "not found" in answer.json()["detail"].lower()


def test_schema_is_bare(schema: dict) -> None:
    assert {"type", "properties"} <= set(schema)
    assert "workflow_name" not in schema


def test_schema_spells_choices_and_options_as_pydantic(schema: dict) -> None:
    assert schema["properties"]["only"]["const"] == "one"
    assert {"type": "null"} in schema["properties"]["seed"]["anyOf"]
    assert "seed" not in schema.get("required", [])


# Parameters: the shallow-water model stands for the names of upstream; its analysis begins in 2000

START = "2000-01-01T00:00:00"


def refused(answer: requests.Response, *named: str) -> None:
    assert answer.status_code == 422
    detail = answer.json()["detail"]
    assert "Invalid parameters" in detail
    for name in named:
        assert name in detail


def test_valid_parameters_of_the_deterministic_workflow(url: str) -> None:
    answer = submit(
        url,
        "deterministic_workflow",
        forecast_times=[START],
        nsteps=1,
        model_type="fcn",
        data_source="gfs",
        output_format="zarr",
        plot_variable="t2m",
    )
    assert (answer.status_code, answer.json()["status"]) == (200, "queued")


@pytest.mark.parametrize(
    ("workflow", "wrong"),
    [
        ("deterministic_workflow", {"model_type": "invalid_model"}),
        ("deterministic_workflow", {"data_source": "invalid_source"}),
        ("deterministic_workflow", {"output_format": "invalid_format"}),
        ("deterministic_workflow", {"plot_variable": "invalid_variable"}),
        ("deterministic_workflow", {"nsteps": 0}),
        ("deterministic_workflow", {"nsteps": 101}),
        ("deterministic_workflow", {"nsteps": "not_an_int"}),
        ("deterministic_workflow", {"unknown": 1}),
        ("diagnostic_workflow", {"prognostic_model_type": "invalid_prognostic"}),
        ("diagnostic_workflow", {"diagnostic_model_type": "invalid_diagnostic"}),
    ],
)
def test_a_wrong_parameter_is_named(url: str, workflow: str, wrong: dict) -> None:
    refused(submit(url, workflow, forecast_times=[START], **wrong), *wrong)


def test_valid_parameters_of_the_diagnostic_workflow(url: str) -> None:
    answer = submit(
        url,
        "diagnostic_workflow",
        forecast_times=[START],
        nsteps=1,
        prognostic_model_type="fcn",
        diagnostic_model_type="precipitation_afno",
        data_source="gfs",
        plot_variable="tp",
    )
    assert (answer.status_code, answer.json()["status"]) == (200, "queued")


def test_several_wrong_parameters(url: str) -> None:
    wrong = {"nsteps": 101, "model_type": "a", "data_source": "b", "output_format": "c"}
    refused(submit(url, "deterministic_workflow", **wrong), *wrong)


@pytest.mark.parametrize(
    "times",
    [
        ["2024-01-01T00:00:00"],
        ["2024-01-01T00:00:00Z"],
        ["2024-01-01T00:00:00+00:00"],
        ["2024-01-01T00:00:00.123456"],
        ["2024-01-01 00:00:00"],
        ["2024-01-01T00:00:00", "2024-01-02T00:00:00", "2024-01-03T00:00:00"],
    ],
)
def test_times_in_iso_8601(url: str, times: list[str]) -> None:
    answer = submit(url, "test_workflow", forecast_times=times)
    assert (answer.status_code, answer.json()["status"]) == (200, "queued")
    finished(url, "test_workflow", forecast_times=times)


@pytest.mark.parametrize(
    "times",
    [
        ["2024-01-01"],
        ["01/01/2024"],
        ["not-a-date"],
        ["2024-13-01T00:00:00"],
        ["2024-01-32T00:00:00"],
        ["2024-01-01T25:00:00"],
        ["2024-01-01T00:00:00", "not-a-date", "2024-01-03T00:00:00"],
        [12345],
    ],
)
def test_times_that_are_none(url: str, times: list[object]) -> None:
    refused(submit(url, "deterministic_workflow", forecast_times=times, nsteps=10), "forecast_times")


@pytest.mark.parametrize(("given", "read"), [("10", 10), (10.0, 10)])
def test_numbers_are_read_laxly(url: str, given: object, read: int) -> None:
    id = submit(url, "test_workflow", nsteps=given).json()["execution_id"]
    state = requests.get(f"{url}/v1/infer/test_workflow/{id}/status", timeout=60).json()
    assert state["metadata"]["parameters"]["nsteps"] == read


# The body


@pytest.mark.parametrize(
    "body", [{"parameters": {}, "extra": 1}, {"parameters": {}, "a": 1, "b": 2}, {"num_steps": 3}, {"parameters": [1]}, {"parameters": "x"}]
)
def test_the_envelope_is_closed(url: str, body: dict) -> None:
    answer = requests.post(f"{url}/v1/infer/fake_wf", json=body, timeout=60)
    assert answer.status_code == 422
    assert all({"type", "loc", "msg"} <= set(one) for one in answer.json()["detail"])


# Lists, probes, what is hidden


def test_workflows_are_listed_with_descriptions(url: str) -> None:
    listed = requests.get(f"{url}/v1/infer/workflows", timeout=60).json()
    assert listed["workflows"]["fake_wf"] == "Fake workflow for list test"
    assert "test_endpoints_wf" not in listed["workflows"]


def test_an_unknown_workflow(url: str) -> None:
    answer = submit(url, "nonexistent_workflow")
    assert answer.status_code == 404
    assert "not found" in answer.json()["detail"].lower()


@pytest.mark.parametrize("workflow", ["nonexistent_wf", "test_endpoints_wf"])
@pytest.mark.parametrize("route", ["exec_1/status", "exec_1/results", "exec_1/results/file.nc"])
def test_unknown_and_hidden_workflows_have_nothing(url: str, workflow: str, route: str) -> None:
    answer = requests.get(f"{url}/v1/infer/{workflow}/{route}", timeout=60)
    assert answer.status_code == 404
    assert ("not found" if workflow == "nonexistent_wf" else "not exposed") in answer.json()["detail"].lower()


def test_a_hidden_workflow_has_no_schema_and_takes_no_work(url: str) -> None:
    hidden = requests.get(f"{url}/v1/infer/workflows/test_endpoints_wf/schema", timeout=60)
    assert (hidden.status_code, hidden.json()["detail"]) == (404, "Workflow 'test_endpoints_wf' is not exposed")
    assert submit(url, "test_endpoints_wf").status_code == 404


def test_unknown_executions(url: str) -> None:
    base = f"{url}/v1/infer/fake_wf/exec_unknown"
    codes = [requests.get(f"{base}{route}", timeout=60).status_code for route in ("/status", "/results", "/results/x")]
    assert codes == [404, 400, 404]


def test_probes(url: str) -> None:
    assert requests.get(f"{url}/liveness", timeout=60).json() == {"status": "alive"}
    for route in ("health", "readiness"):
        answer = requests.get(f"{url}/{route}", timeout=60)
        assert (answer.status_code, answer.json()["status"]) == (200, "healthy")
        assert answer.json()["timestamp"]
        assert '"status":"healthy"' in answer.text


def test_metrics_are_for_prometheus(url: str) -> None:
    answer = requests.get(f"{url}/metrics", timeout=60)
    assert answer.headers["content-type"].startswith("text/plain")
    assert "# HELP" in answer.text


def test_pages_of_other_origins_may_read(url: str) -> None:
    headers = {"Origin": "https://example.org"}
    assert requests.get(f"{url}/v1/infer/nope/exec_1/status", headers=headers, timeout=60).headers["Access-Control-Allow-Origin"] == "*"
    asked = {**headers, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type, idempotency-key"}
    answer = requests.options(f"{url}/v1/infer/synth", headers=asked, timeout=60)
    assert answer.status_code == 204
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "Idempotency-Key" in answer.headers["Access-Control-Allow-Headers"]


# Scripts that search the text


def test_texts_are_as_scripts_search_them(url: str) -> None:
    text = submit(url, "small", bytes=1).text
    [id] = re.findall(r'"execution_id":"([^"]*)"', text)
    assert re.fullmatch(r"exec_\d+_[0-9a-f]{8}", id)
    assert re.findall(r'"status":"([^"]*)"', text) == ["queued"]
    seen = set()
    while "completed" not in seen:
        [state] = re.findall(r'"status":"([^"]*)"', requests.get(f"{url}/v1/infer/small/{id}/status", timeout=60).text)
        seen.add(state)
        assert state in {"queued", "running", "pending_results", "completed"}


# Files


def raw(url: str, target: str, *lines: str) -> tuple[int, bytes]:
    """A target as it is written: clients of any comfort would tidy it up."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), timeout=60) as connection:
        connection.sendall("\r\n".join([f"GET {target} HTTP/1.1", "Host: x", "Connection: close", *lines, "", ""]).encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


@pytest.mark.parametrize("path", ["../../../etc/passwd", "..%2F..%2Fetc%2Fpasswd", "%2e%2e/x", "a/../../../x"])
def test_no_way_out_of_the_results(url: str, small: str, path: str) -> None:
    status, body = raw(url, f"{urlsplit(small).path}/{path}")
    assert status == 403
    assert json.loads(body)["detail"]["error"] == "Access denied"


def test_files_with_and_without_the_execution(small: str) -> None:
    id = small.split("/")[-2]
    bytes_ = bytes(range(104))
    for path in ("bytes.bin", f"{id}/bytes.bin", f"{id}%2Fbytes.bin"):
        answer = requests.get(f"{small}/{path}", timeout=60)
        assert (answer.status_code, answer.content) == (200, bytes_)
        assert answer.headers["content-disposition"] == 'attachment; filename="bytes.bin"'
    assert requests.get(f"{small}/nothing", timeout=60).json()["detail"]["error"] == "File not found"
    folder = requests.get(f"{small}/{id}", timeout=60)
    assert (folder.status_code, folder.json()["detail"]["error"]) == (400, "Not a file")
    unnamed = requests.get(f"{small}/empty", timeout=60)
    assert (unnamed.status_code, unnamed.headers["content-type"]) == (200, "application/octet-stream")


def test_the_archive(small: str) -> None:
    id = small.split("/")[-2]
    for name in (f"small:{id}", f"small%3A{id}"):
        answer = requests.get(f"{small}/{name}", timeout=60)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    archive = zipfile.ZipFile(BytesIO(answer.content))
    assert archive.testzip() is None
    assert archive.read(f"{id}/bytes.bin") == bytes(range(104))
    tail = requests.get(f"{small}/small:{id}", headers={"Range": "bytes=-22"}, timeout=60)
    assert (tail.status_code, tail.content) == (206, answer.content[-22:])


RANGES = [
    ("bytes=0-9", 206, "bytes 0-9/104", slice(0, 10)),
    ("bytes=100-200", 206, "bytes 100-103/104", slice(100, 104)),
    ("bytes=200-300", 416, "bytes */104", None),
    ("bytes=-10", 206, "bytes 94-103/104", slice(94, 104)),
    ("bytes=-1000", 206, "bytes 0-103/104", slice(0, 104)),
    ("bytes=-0", 416, "bytes */104", None),
    ("bytes=abc-5", 200, None, slice(0, 104)),
    ("bytes=-", 200, None, slice(0, 104)),
    ("items=0-1", 200, None, slice(0, 104)),
]


@pytest.mark.parametrize(("asked", "status", "told", "part"), RANGES, ids=[asked for asked, *_ in RANGES])
def test_ranges(small: str, asked: str, status: int, told: str | None, part: slice | None) -> None:
    answer = requests.get(f"{small}/bytes.bin", headers={"Range": asked}, timeout=60)
    assert (answer.status_code, answer.headers.get("content-range")) == (status, told)
    if part is not None:
        assert answer.content == bytes(range(104))[part]


def test_inverted_and_several_ranges_and_empty_files(small: str) -> None:
    assert requests.get(f"{small}/bytes.bin", headers={"Range": "bytes=5-2"}, timeout=60).status_code in (200, 416)
    several = requests.get(f"{small}/bytes.bin", headers={"Range": "bytes=0-1,4-5"}, timeout=60)
    assert several.status_code == 206
    assert several.headers["content-type"].startswith("multipart/byteranges")
    assert b"\r\n\r\n\x00\x01\r\n" in several.content
    empty = requests.get(f"{small}/empty", headers={"Range": "bytes=0-1"}, timeout=60)
    assert (empty.status_code, empty.content) == (200, b"")


def test_head_and_validators(small: str) -> None:
    head = requests.head(f"{small}/bytes.bin", headers={"Range": "bytes=0-1"}, timeout=60)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, "104", b"")
    tag, date = head.headers["etag"], head.headers["last-modified"]
    for name, value in (("If-None-Match", tag), ("If-Modified-Since", date)):
        assert requests.get(f"{small}/bytes.bin", headers={name: value}, timeout=60).status_code == 304
    for current in (tag, date):
        part = requests.get(f"{small}/bytes.bin", headers={"Range": "bytes=0-1", "If-Range": current}, timeout=60)
        assert (part.status_code, part.content) == (206, b"\x00\x01")
    whole = requests.get(f"{small}/bytes.bin", headers={"Range": "bytes=0-1", "If-Range": '"old"'}, timeout=60)
    assert whole.status_code == 200


def test_head_everywhere(url: str, small: str) -> None:
    id = small.split("/")[-2]
    for route in ("/v1/infer/workflows", "/v1/infer/workflows/small/schema", f"/v1/infer/small/{id}/status", f"/v1/infer/small/{id}/results"):
        head = requests.head(f"{url}{route}", timeout=60, headers={"Accept-Encoding": "identity"})
        body = requests.get(f"{url}{route}", timeout=60, headers={"Accept-Encoding": "identity"})
        assert (head.status_code, head.headers["content-length"]) == (200, str(len(body.content)))


def test_a_repeated_key_makes_one_execution(url: str) -> None:
    headers = {"Idempotency-Key": f"key-{time.time()}"}
    send = lambda bytes_: requests.post(f"{url}/v1/infer/small", json={"parameters": {"bytes": bytes_}}, headers=headers, timeout=60)  # noqa: E731
    first, again, other = send(1), send(1), send(2)
    assert first.json()["execution_id"] == again.json()["execution_id"]
    assert other.status_code == 422


def test_the_page_about_it_has_a_configuration_that_works(tmp_path: pathlib.Path) -> None:
    [text] = re.findall(r"^```yaml\n(.*?)^```", (ROOT / "docs/earth2studio.md").read_text(), re.DOTALL | re.MULTILINE)
    text = text.replace("examples/forecast", str(ROOT / "examples/forecast")).replace("data/analysis.zarr", str(analysis()))
    file = tmp_path / "gateway.yaml"
    file.write_text(text)
    checked = subprocess.run([*command(), "check", str(file)], capture_output=True, text=True, timeout=120)
    assert checked.returncode == 0, checked.stdout + checked.stderr
