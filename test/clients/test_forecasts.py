"""Forecasts as datasets: a tiny model whose roll-out NumPy knows, read by real clients, damaged, killed and replaced."""

from __future__ import annotations

import concurrent.futures
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import time
import warnings
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pystac
import pystac.validation
import pytest
import requests
import xarray as xr
import yaml
from forecasts import tiny
from gateway import Gateway, command

STEPS = 10
BUSY = 20_000
"""Products of matrices in a step that takes some tenths of a second."""


def forecast(model: str = "exact", steps: int = STEPS, **changes: object) -> dict:
    return {"model": model, "initialConditions": {"dataset": "analysis"}, "steps": steps, **changes}


def serve(folder: pathlib.Path, forecasts: dict, *arguments: str, **configuration: object) -> Gateway:
    """On an analysis and a model in the folder, which are written where they are not there."""
    if not (folder / "analysis.zarr").exists():
        tiny.write_analysis(folder / "analysis.zarr")
    if not (folder / "exact").exists():
        tiny.write_exact_model(folder / "exact")
    text = {"datasets": {"analysis": {"location": "analysis.zarr"}}, "forecasts": forecasts, **configuration}
    (folder / "gateway.yaml").write_text(yaml.safe_dump(text))
    return Gateway("serve", "-c", str(folder / "gateway.yaml"), "--port", "0", *arguments, log=folder / "gateway.log")


class Client:
    def __init__(self, server: Gateway) -> None:
        self.server, self.url = server, server.url

    def get(self, path: str, **options: object) -> requests.Response:
        return requests.get(f"{self.url}{path}", timeout=60, **options)

    def counted(self, name: str, forecast: str) -> float:
        found = re.search(rf'^zarr_gateway_model_{name}{{forecast="{forecast}"}} (\S+)$', self.get("/metrics").text, re.MULTILINE)
        assert found, f"no metric {name} of {forecast}"
        return float(found[1])

    def steps(self, forecast: str) -> float:
        return self.counted("steps_total", forecast)

    def open(self, id: str, **options: object) -> xr.Dataset:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return xr.open_dataset(f"{self.url}/datasets/{id}.zarr", engine="zarr", chunks={}, **options)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("forecasts")
    tiny.write_model(folder / "noisy")
    tiny.write_exact_model(folder / "busy", busy=BUSY)
    server = serve(
        folder,
        {
            "exact": forecast(),
            "untouched": forecast(),
            "ensemble": forecast("noisy", members={"count": 3}),
            "shared": forecast("busy", steps=6),
            "assembled": forecast(chunks={"lead_time": 4, "lat": 3}),
            "titled": forecast(title="My own", attributes={"license": "CC-BY-4.0", "run": 3}),
        },
    )
    yield Client(server)
    server.stop()


@pytest.fixture(scope="module")
def expected() -> list[dict[str, np.ndarray]]:
    analysis = tiny.analysis()
    return [tiny.roll_out(analysis, init, STEPS) for init in range(analysis.sizes["time"])]


def close(actual: object, wanted: np.ndarray) -> None:
    np.testing.assert_allclose(np.asarray(actual), wanted, rtol=1e-5, atol=1e-3)


def test_opens_without_a_step_and_says_what_it_is(client: Client) -> None:
    dataset = client.open("untouched")
    analysis = tiny.analysis()
    assert dict(dataset.sizes) == {"init_time": 8, "lead_time": STEPS + 1, "level": 2, "lat": 6, "lon": 8}
    np.testing.assert_array_equal(dataset.init_time, analysis.time)
    np.testing.assert_array_equal(dataset.lead_time, np.arange(STEPS + 1) * tiny.STEP)
    assert dataset.lead_time.dtype.kind == "m"
    np.testing.assert_array_equal(dataset.valid_time, dataset.init_time.values[:, None] + dataset.lead_time.values)
    assert [dataset[name].attrs["standard_name"] for name in ["init_time", "lead_time", "valid_time"]] == ["forecast_reference_time", "forecast_period", "time"]
    assert (dataset.h.attrs["units"], dataset.t.attrs["standard_name"]) == ("m", "air_temperature")
    assert dataset.title == "Drift" and len(dataset.model_version) == 64
    assert client.steps("untouched") == 0 == client.counted("diagnostics_total", "untouched")


@pytest.mark.parametrize("format", [2, 3])
def test_any_chunk_in_any_order_is_the_roll_out(client: Client, expected: list, format: int) -> None:
    root = "zarr" if format == 3 else "zarr2"
    dataset = xr.open_zarr(f"{client.url}/datasets/exact/{root}", zarr_format=format, consolidated=True)
    places = [(init, n, name) for init in (0, 3, 7) for n in range(STEPS + 1) for name in ("h", "t", "rain")]
    random.Random(format).shuffle(places)
    for init, n, name in places:
        close(dataset[name][init, n].values, expected[init][name][n])


def test_later_leads_go_on_where_earlier_ones_ended(client: Client) -> None:
    before = client.steps("exact")
    dataset = client.open("exact")
    for n, made in [(4, 4), (2, 4), (0, 4), (4, 4), (7, 7)]:
        dataset.h[5, n].load()
        # a client that walks forward is gone ahead of, by two steps at most
        assert made <= client.steps("exact") - before <= made + 2


def test_members_differ_are_the_same_again_and_have_a_control(client: Client, tmp_path: pathlib.Path) -> None:
    dataset = client.open("ensemble")
    assert (dataset.h.dims[:3], list(dataset.member.values)) == (("init_time", "lead_time", "member"), [0, 1, 2])
    assert dataset.member.attrs["standard_name"] == "realization"
    values = dataset.h[2, 5].values
    assert len({row.tobytes() for row in values}) == 3 and np.isfinite(values).all()
    assert np.ptp(dataset.h[2, 0].values, axis=0).max() == 0  # no perturbation in this package
    tiny.write_model(tmp_path / "noisy")
    other = serve(tmp_path, {"ensemble": forecast("noisy", members={"count": 3})})
    try:
        np.testing.assert_array_equal(Client(other).open("ensemble").h[2, 5].values, values)
    finally:
        other.stop()


def test_views_take_what_they_need(client: Client, expected: list) -> None:
    close(client.open("exact@sel(lead_time=12)").h[1].values, expected[1]["h"][2])
    close(client.open("exact@mean(lead_time)").t[6].values, expected[6]["t"].mean(axis=0))
    before = client.steps("ensemble")
    mean = client.open("ensemble@mean(member)").h[4, 3].values
    assert client.steps("ensemble") - before <= 3 * 5
    close(mean, client.open("ensemble").h[4, 3].values.mean(axis=0))


def test_other_chunks_are_put_together(client: Client, expected: list) -> None:
    dataset = client.open("assembled")
    assert dataset.h.encoding["preferred_chunks"]["lead_time"] == 4
    close(dataset.h[2].values, expected[2]["h"])
    close(dataset.t[2, 9].values, expected[2]["t"][9])


def test_attributes_of_the_configuration_come_first(client: Client) -> None:
    attrs = client.open("titled").attrs
    assert (attrs["title"], attrs["license"], attrs["run"]) == ("My own", "CC-BY-4.0", 3)


def test_32_clients_cost_one_roll_out(client: Client) -> None:
    keys = [f"/datasets/shared/zarr/{name}" for name in ("h/c/1/6/0/0", "rain/c/1/5/0/0", "t/c/1/6/0/0/0")]
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(client.get, keys * 11))
    assert {answer.status_code for answer in answers} == {200}
    assert (client.steps("shared"), client.counted("waiters", "shared")) == (6, 0)
    assert len({(answer.url, answer.content) for answer in answers}) == 3


def test_nothing_but_chunks_runs_the_model(client: Client) -> None:
    """Each of these is asked twice, with HEAD and GET."""
    chunk = "/datasets/untouched/zarr/h/c/1/6/0/0"
    assert requests.head(f"{client.url}{chunk}").status_code == 200
    assert client.get(chunk, headers={"If-None-Match": requests.head(f"{client.url}{chunk}").headers["etag"]}).status_code == 304
    below = ["", "zarr/zarr.json", "zarr2/.zmetadata", "zarr/h/zarr.json", "zarr/", "zarr/h/", "keys", "info", "dict", "tree", "groups", "stac", "catalog.yaml", "references.json", "croissant.json", "plot/thumbnail.png", "thumbnail.png", "plot/h", "describe", "description", "zarr/h/c/1/6/0/0?explain", "?explain"]
    above = ["/", "/datasets", "/datasets/zarr.json", "/datasets/.zmetadata", "/stac", "/stac/search", "/stac-collection-all.json", "/intake.yaml", "/intake2.yaml", "/gridlook.json", "/catalog.jsonld", "/sitemap.xml", "/stac-geoparquet", "/openapi.json", "/statistics"]
    types = ["text/html", "application/json", "application/geo+json", "application/ld+json"]
    for path in [*above, *(f"/datasets/untouched/{path}" for path in below)]:
        for accept in types:
            requests.head(f"{client.url}{path}", headers={"Accept": accept})
            answer = client.get(path, headers={"Accept": accept})
            assert answer.status_code < 500, (path, accept, answer.text)
            assert client.steps("untouched") == 0, (path, accept)
    assert client.counted("diagnostics_total", "untouched") == 0


def test_pages_and_what_they_load_run_nothing(client: Client) -> None:
    """Whatever a browser fetches by itself: pictures, scripts, data of the map."""
    seen, queue = set(), ["/", "/datasets/untouched/"]
    while queue:
        path = queue.pop()
        answer = client.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 200, path
        for link in re.findall(r'(?:src|data-src|data-url|srcset)="([^" ]+)', answer.text):
            target = requests.compat.urljoin(answer.url, link.replace("&amp;", "&"))
            if target.startswith(client.url) and target not in seen:
                seen.add(target)
                assert requests.get(target).status_code == 200, target
    assert any("thumbnail" in target or "plot/" in target for target in seen), seen
    assert client.steps("untouched") == 0


def test_thumbnails_of_views_are_empty_until_the_model_has_run(client: Client) -> None:
    thumbnail = lambda id: client.get(f"/datasets/{id}/thumbnail.png")
    empty = thumbnail("untouched@mean(lead_time)")
    assert (empty.status_code, client.steps("untouched")) == (200, 0)
    before = thumbnail("exact@isel(init_time=0,lead_time=9)")
    client.open("exact").h[0, 9].load()
    client.open("exact").rain[0, 9].load()
    after = thumbnail("exact@isel(init_time=0,lead_time=9)")
    assert before.headers["etag"] != after.headers["etag"] or client.steps("exact") >= 9


def test_pictures_of_a_forecast(client: Client) -> None:
    for query in ["", "?init_time=2026-01-01T06&lead_time=12", "?lead_time=18"]:
        answer = client.get(f"/datasets/exact/plot/h.png{query}")
        assert (answer.status_code, answer.headers.get("content-type")) == (200, "image/png"), (query, answer.text[:300])


def test_kerchunk_says_why_not(client: Client) -> None:
    answer = client.get("/datasets/exact/kerchunk/h/1.2.0.0")
    assert answer.status_code == 404 and "chunk" in answer.json()["detail"]


def test_the_stac_item_is_valid(client: Client) -> None:
    from test_stac import OfflineValidator

    pystac.validation.set_validator(OfflineValidator())
    item = pystac.Item.from_file(f"{client.url}/datasets/ensemble/stac")
    item.validate()
    dims = item.properties["cube:dimensions"]
    assert {"init_time", "lead_time", "member", "lat", "lon", "level"} <= set(dims)


def test_intake_opens_it(client: Client, expected: list) -> None:
    intake = pytest.importorskip("intake")
    dataset = intake.open_catalog(f"{client.url}/intake.yaml")["exact"].to_dask()
    close(dataset.h[1, 1].values, expected[1]["h"][1])


def test_explain_tells_what_a_chunk_takes(client: Client) -> None:
    explained = lambda path: client.get(f"/datasets/{path}?explain").json()["makes"]
    [fresh] = explained("untouched/zarr/h/c/4/6/0/0")
    assert fresh.items() >= {"runs": 1, "steps": 6, "stepsKept": 0, "keptShare": 0, "stepsAhead": 0}.items()
    client.get("/datasets/exact/zarr/h/c/6/6/0/0")
    [made] = explained("exact/zarr/h/c/6/8/0/0")
    assert made["steps"] == 8 and made["stepsKept"] >= 6 and made["waitSeconds"] >= 0
    [one] = explained("ensemble@mean(member)/zarr/h/c/7/9/0/0")
    assert (one["runs"], one["steps"]) == (3, 27)
    assert explained("untouched@mean(lead_time)/zarr/h/c/4/0/0")[0]["steps"] == STEPS


def test_times_that_the_analysis_has_not_are_404(client: Client) -> None:
    for key in ["h/c/8/1/0/0", "h/c/1/11/0/0", "nothing/c/0/0"]:
        assert client.get(f"/datasets/exact/zarr/{key}").status_code == 404


def test_answers_tell_how_long_the_model_took(client: Client) -> None:
    fresh = client.get("/datasets/titled/zarr/t/c/1/2/0/0/0").headers["server-timing"]
    assert all(f"{name};dur=" in fresh for name in ["queue", "infer", "encode"]), fresh


def model_process(server: Gateway) -> int:
    """The one that holds a model, among what the server started."""
    named = [pid for pid in server.pids if pid != server.process.pid and "zarr-gateway model" in pathlib.Path(f"/proc/{pid}/cmdline").read_text()]
    assert len(named) == 1, named
    return named[0]


@pytest.fixture
def run(tmp_path: pathlib.Path) -> Iterator[Callable[..., Client]]:
    servers: list[Gateway] = []

    def start(forecasts: dict, *arguments: str, **configuration: object) -> Client:
        servers.append(serve(tmp_path, forecasts, *arguments, **configuration))
        return Client(servers[-1])

    yield start
    for server in servers:
        server.stop()


def test_nan_is_refused_and_not_kept(run: Callable[..., Client], tmp_path: pathlib.Path, expected: list) -> None:
    tiny.write_exact_model(tmp_path / "bad", poison=3)
    client = run({"bad": forecast("bad")})
    for _ in range(2):
        answer = client.get("/datasets/bad/zarr/h/c/1/5/0/0")
        assert (answer.status_code, answer.json()["code"]) == (502, "model_output_invalid")
        assert "dx" in answer.json()["detail"] and "NaN" in answer.json()["detail"]
    # what came before it is there
    close(client.open("bad").h[1, 3].values, expected[1]["h"][3])


def test_a_killed_process_costs_one_answer(run: Callable[..., Client], tmp_path: pathlib.Path, expected: list) -> None:
    tiny.write_exact_model(tmp_path / "busy", busy=4 * BUSY)
    client = run({"busy": forecast("busy"), "exact": forecast()})
    close(client.open("busy").h[1, 1].values, expected[1]["h"][1])
    url = f"{client.url}/datasets/busy/zarr/h/c"
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(requests.get, f"{url}/{init}/9/0/0", timeout=180) for init in (1, 2)]
        time.sleep(0.3)
        killed = model_process(client.server)
        os.kill(killed, signal.SIGKILL)
        answers = [future.result() for future in waiting]
    # runs that were in one batch are tried again, each alone: then nobody notices
    assert all(answer.status_code in (200, 500, 502, 503) for answer in answers), [answer.text for answer in answers]
    for init in (1, 2):
        close(client.open("busy").h[init, 9].values, expected[init]["h"][9])
    assert model_process(client.server) != killed
    close(client.open("exact").h[2, 2].values, expected[2]["h"][2])


def test_a_hanging_step_is_ended(run: Callable[..., Client], tmp_path: pathlib.Path, expected: list) -> None:
    tiny.write_exact_model(tmp_path / "hanging", busy=10**12)
    client = run({"hanging": forecast("hanging", execution={"stepTimeoutMs": 1500}), "exact": forecast()})
    answer = client.get("/datasets/hanging/zarr/h/c/1/1/0/0")
    assert (answer.status_code, answer.json()["code"]) == (504, "model_timeout"), answer.text
    close(client.open("exact").h[2, 2].values, expected[2]["h"][2])


def until(check: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.2)


def test_a_replaced_model_is_a_new_version(run: Callable[..., Client], tmp_path: pathlib.Path, expected: list) -> None:
    client = run({"exact": forecast()})
    first = client.get("/datasets/exact/zarr/h/c/1/4/0/0")
    close(client.open("exact").h[1, 4].values, expected[1]["h"][4])
    tiny.write_exact_model(tmp_path / "new", factor=0.5)
    os.replace(tmp_path / "new/step.onnx", tmp_path / "exact/step.onnx")
    until(lambda: client.open("exact").model_version != "" and requests.head(f"{client.url}/datasets/exact/zarr/h/c/1/4/0/0").headers["etag"] != first.headers["etag"])
    close(client.open("exact").h[1, 4].values, tiny.roll_out(tiny.analysis(), 1, 4, factor=0.5)["h"][4])


def test_runs_of_a_replaced_model_end_as_they_began_or_fail(run: Callable[..., Client], tmp_path: pathlib.Path, expected: list) -> None:
    tiny.write_exact_model(tmp_path / "busy", busy=BUSY)
    client = run({"busy": forecast("busy")})
    changed = tiny.roll_out(tiny.analysis(), 1, STEPS, factor=0.5)["h"]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(client.get, f"/datasets/busy/zarr2/h/1.{n}.0.0") for n in (2, 5, 9)]
        time.sleep(0.3)
        tiny.write_exact_model(tmp_path / "new", factor=0.5)
        os.replace(tmp_path / "new/step.onnx", tmp_path / "busy/step.onnx")
        until(lambda: client.get("/datasets/busy/zarr2/h/1.3.0.0").status_code == 200)
        answers = [future.result() for future in waiting]
    import numcodecs

    for n, answer in zip((2, 5, 9), answers, strict=True):
        if answer.status_code == 200:
            values = np.frombuffer(numcodecs.Zstd().decode(answer.content), "f4").reshape(6, 8)
            assert np.allclose(values, expected[1]["h"][n], rtol=1e-5) or np.allclose(values, changed[n], rtol=1e-5)
        else:
            assert answer.status_code >= 500


def test_a_replaced_analysis_is_a_new_version(run: Callable[..., Client], tmp_path: pathlib.Path) -> None:
    client = run({"exact": forecast()})
    key = "/datasets/exact/zarr/h/c/1/4/0/0"
    etag = client.get(key).headers["etag"]
    changed = tiny.analysis(times=9, shift=1)
    shutil.rmtree(tmp_path / "analysis.zarr")
    tiny.write_analysis(tmp_path / "analysis.zarr", changed)
    until(lambda: requests.head(f"{client.url}{key}").headers.get("etag") not in (etag, None))
    # not by opening: what is read while one version follows the other may be of both
    until(lambda: client.get("/datasets/exact/zarr/init_time/zarr.json").json()["shape"] == [9], 6)
    assert client.open("exact").sizes["init_time"] == 9
    wanted = tiny.roll_out(changed, 1, 4)["h"][4]
    # chunks are files of their own, each looked at again after two seconds
    until(lambda: np.allclose(client.open("exact").h[1, 4].values, wanted, rtol=1e-5), 6)


def test_a_broken_analysis_stops_nothing_else(run: Callable[..., Client], tmp_path: pathlib.Path, expected: list) -> None:
    (tmp_path / "broken.zarr").mkdir()
    (tmp_path / "broken.zarr/zarr.json").write_text("{")
    tiny.write_analysis(tmp_path / "poor.zarr", tiny.analysis().drop_vars("h"))
    broken = {"model": "exact", "steps": 2}
    tiny.write_analysis(tmp_path / "analysis.zarr")
    client = run(
        {
            "exact": forecast(),
            "broken": {**broken, "initialConditions": {"dataset": "damaged"}},
            "poor": {**broken, "initialConditions": {"dataset": "poor-analysis"}},
        },
        datasets={"analysis": {"location": "analysis.zarr"}, "damaged": {"location": "broken.zarr"}, "poor-analysis": {"location": "poor.zarr"}},
    )
    close(client.open("exact").h[2, 2].values, expected[2]["h"][2])
    for id, word in [("broken", "damaged"), ("poor", "h")]:
        answer = client.get(f"/datasets/{id}/zarr/zarr.json")
        assert answer.status_code >= 500 and re.search(rf"\b{word}\b", answer.json()["detail"]), answer.text
    log = (tmp_path / "gateway.log").read_text()
    assert all(f'cannot open dataset \\"{id}\\"' in log for id in ("broken", "poor"))


WRONG = {
    "unknown key": ({"a": {**forecast(), "step": 3}}, "forecasts.a.step: unknown key; did you mean \"steps\"?"),
    "no steps": ({"a": {"model": "exact", "initialConditions": {"dataset": "analysis"}}}, "forecasts.a.steps: missing"),
    "no package": ({"a": forecast("nowhere")}, "forecasts.a.model: model.yaml: there is no such file"),
    "id of a dataset": ({"analysis": forecast()}, "forecasts.analysis: a dataset has this id already"),
    "no dataset": ({"a": {**forecast(), "initialConditions": {"dataset": "analysys"}}}, "forecasts.a.initialConditions.dataset: there is no dataset \"analysys\"; did you mean \"analysis\"?"),
    "itself": ({"a": {**forecast(), "initialConditions": {"dataset": "a@mean(lead_time)"}}}, "a forecast cannot start from itself: a → a"),
    "no such variable": ({"a": {**forecast(), "initialConditions": {"dataset": "analysis", "variables": {"H": "h"}}}}, "forecasts.a.initialConditions.variables.H: not a state variable of the model"),
    "no such dimension": ({"a": forecast(chunks={"time": 4})}, "forecasts.a.chunks.time: not a dimension of the forecast"),
    "provider": ({"a": forecast(execution={"providers": ["gpu"]})}, "forecasts.a.execution.providers[0]"),
    "another graph": ({"a": forecast("misfit")}, "forecasts.a.model: step.onnx: networks[0].outputs.dy"),
    "bad package": ({"a": forecast("wrong")}, "forecasts.a.model: model.yaml:"),
}


@pytest.mark.parametrize("name", WRONG)
def test_mistakes_stop_the_start_with_their_place(name: str, tmp_path: pathlib.Path) -> None:
    forecasts, message = WRONG[name]
    tiny.write_analysis(tmp_path / "analysis.zarr")
    tiny.write_exact_model(tmp_path / "exact")
    tiny.write_model(tmp_path / "wrong", yaml_changes={"histroy": 2})
    misfit = tiny.write_model(tmp_path / "misfit") / "model.yaml"
    misfit.write_text(misfit.read_text().replace("dx:", "dy:"))
    text = yaml.safe_dump({"datasets": {"analysis": {"location": "analysis.zarr"}}, "forecasts": forecasts})
    (tmp_path / "gateway.yaml").write_text(text)
    for arguments in (["check", "gateway.yaml"], ["serve", "-c", "gateway.yaml", "--port", "0"]):
        done = subprocess.run([*command(), *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and message in done.stderr, (done.returncode, done.stderr)
        assert re.search(r"gateway\.yaml:\d+:\d+: ", done.stderr), done.stderr


def test_a_thousand_clients_are_held_and_stop_nobody(run: Callable[..., Client], tmp_path: pathlib.Path) -> None:
    tiny.write_exact_model(tmp_path / "busy", busy=10 * BUSY)
    client = run({"busy": forecast("busy", steps=4, members={"count": 1000}, execution={"maxQueuedRuns": 2000})})
    client.get("/datasets/busy/zarr/zarr.json")
    session = requests.Session()
    with concurrent.futures.ThreadPoolExecutor(1100) as pool:
        held = [pool.submit(requests.get, f"{client.url}/datasets/busy/zarr/h/c/1/4/{member % 1000}/0/0", timeout=20) for member in range(1100)]
        until(lambda: client.counted("waiters", "busy") > 900)
        took = []
        for n in range(20):
            start = time.monotonic()
            assert session.get(f"{client.url}/datasets/analysis/zarr/h/c/{n % 8}/0/0", timeout=5).status_code == 200
            assert session.get(f"{client.url}/datasets/busy/zarr/zarr.json?{n}", timeout=5).status_code == 200
            took.append(time.monotonic() - start)
        print(f"\nheld {client.counted('waiters', 'busy'):.0f}, two small reads meanwhile: median {1000 * float(np.median(took)):.0f} ms, longest {1000 * max(took):.0f} ms")
        assert float(np.median(took)) < 1, took
        refused = [future for future in held if future.done() and not future.exception()]
        for future in refused:
            assert future.result().status_code in (200, 503), future.result().text
        client.server.process.kill()
