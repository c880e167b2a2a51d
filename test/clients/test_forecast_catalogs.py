"""What catalogs, pages and pictures say of forecasts, and that none of them runs a model."""

from __future__ import annotations

import io
import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator

import intake
import numpy as np
import onnx
import pystac
import pystac.validation
import pystac_client
import pytest
import requests
import yaml
from PIL import Image
from pystac.extensions.datacube import DatacubeExtension, DimensionType
from test_forecasts import STEPS, Client, forecast, serve, tiny
from test_stac import OfflineValidator
from test_stac_validators import OFFLINE, VALIDATE

FIRST, LAST = "2026-01-01T00:00:00Z", "2026-01-02T18:00:00Z"
"""Initial times of the analysis."""
ONE = "ensemble@isel(init_time=1)"
MOMENT = "ensemble@isel(init_time=1,lead_time=2)"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("catalogs")
    tiny.write_model(folder / "noisy")
    title = {"references": "https://doi.org/10.1175/1520-0493(1992)."}
    server = serve(
        folder,
        {
            "ensemble": forecast("noisy", members={"count": 3}),
            "film": forecast(steps=60),
            "quoted": forecast(attributes=title),
            "later": forecast(chunks={"lead_time": 4}),
        },
    )
    client = Client(server)
    client.folder = folder
    yield client
    server.stop()


@pytest.fixture(scope="module")
def end() -> str:
    last = tiny.analysis().time.values[-1] + STEPS * tiny.STEP
    return f"{np.datetime_as_string(last, unit='s')}Z"


@pytest.fixture(autouse=True)
def offline() -> None:
    pystac.validation.set_validator(OfflineValidator())


def item_of(client: Client, id: str) -> pystac.Item:
    item = pystac.Item.from_dict(client.get(f"/datasets/{id}/stac").json())
    item.validate()
    return item


def test_an_item_reaches_to_the_last_valid_time(client: Client, end: str) -> None:
    item = item_of(client, "ensemble")
    valid = client.open("ensemble").valid_time.values
    seconds = lambda time: f"{np.datetime_as_string(time, unit='s')}Z"
    assert item.datetime is None
    assert (item.properties["start_datetime"], item.properties["end_datetime"]) == (seconds(valid.min()), seconds(valid.max())) == (FIRST, end)
    assert not [name for name in item.properties if name.startswith("forecast:")]
    dims = DatacubeExtension.ext(item).dimensions
    assert dims["init_time"].dim_type == DimensionType.TEMPORAL and dims["init_time"].extent == [FIRST, LAST]
    hours = STEPS * tiny.STEP / np.timedelta64(1, "h")
    lead, member = dims["lead_time"].to_dict(), dims["member"].to_dict()
    assert (lead["type"], lead["extent"], lead["unit"]) == ("other", [0, hours], "hours")
    assert (member["type"], member["values"]) == ("other", [0, 1, 2])


def test_an_item_describes_the_model_without_its_weights(client: Client) -> None:
    item = item_of(client, "ensemble")
    assert any("mlm/v1.5" in name for name in item.stac_extensions)
    inputs = {one["name"].removeprefix("networks[0]."): one for one in item.properties["mlm:input"]}
    graph = onnx.load(client.folder / "noisy" / yaml.safe_load((client.folder / "noisy/model.yaml").read_text())["networks"][0]["file"]).graph
    for tensor in graph.input:
        told = inputs[tensor.name]["input"]
        lengths = [dim.dim_value or -1 for dim in tensor.type.tensor_type.shape.dim]
        assert told["data_type"] == onnx.helper.tensor_dtype_to_np_dtype(tensor.type.tensor_type.elem_type).name
        assert told["shape"] == lengths
    assert {name for one in item.properties["mlm:output"] for name in one["variables"]} <= set(item.properties["cube:variables"])
    model = [asset for asset in item.assets.values() if "mlm:model" in asset.roles]
    answer = requests.get(model[0].href, timeout=30)
    assert len(model) == 1 and answer.status_code == 200 and "onnx" not in answer.json()["title"]
    assert answer.json()["version"] == client.open("ensemble").attrs["model_version"]
    assert str(client.folder) not in answer.text
    assert requests.get(f"{client.url}/datasets/analysis/model", timeout=30).status_code == 404
    assert "mlm:name" not in item_of(client, ONE).properties


def test_an_item_of_one_forecast_has_the_forecast_extension(client: Client) -> None:
    one, moment = item_of(client, ONE), item_of(client, MOMENT)
    dataset = client.open(MOMENT)
    assert one.properties["forecast:reference_datetime"] == "2026-01-01T06:00:00Z" == one.properties["start_datetime"]
    assert one.properties["forecast:duration"] == "P2DT12H"
    assert moment.properties["forecast:horizon"] == "PT12H"
    assert moment.properties["datetime"] == f"{np.datetime_as_string(dataset.valid_time.values, unit='s')}Z" == "2026-01-01T18:00:00Z"
    assert any("forecast/v0.2.0" in name for name in one.stac_extensions)


def test_stac_validator_finds_nothing_wrong(client: Client) -> None:
    paths = ["stac-collection-all.json", *(f"datasets/{id}/stac" for id in ["ensemble", "film", ONE, MOMENT])]
    addresses = "\n".join(f"{client.url}/{path}" for path in paths)
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", VALIDATE], input=addresses, capture_output=True, text=True, cwd=OFFLINE.parent)
    assert (run.returncode, run.stdout) == (0, ""), run.stderr[-2000:]


def test_searches_find_forecasts_by_the_times_they_are_for(client: Client, end: str) -> None:
    found = lambda time: {item.id for item in pystac_client.Client.open(f"{client.url}/stac").search(datetime=time).items()}
    assert {"ensemble", "quoted"} <= found(end) and "analysis" not in found(end)
    assert found("2026-01-10T00:00:00Z/..") == {"film"}
    collection = pystac.Collection.from_file(f"{client.url}/stac-collection-all.json")
    collection.validate()
    [interval] = collection.extent.temporal.to_dict()["interval"]
    assert interval == [FIRST, item_of(client, "film").properties["end_datetime"]]


def test_other_catalogs_and_pages_say_the_same(client: Client, end: str) -> None:
    intake.open_catalog(f"{client.url}/intake.yaml")
    assert end in client.get("/intake.yaml").text
    assert f"{FIRST}/{end}" in client.get("/datasets/ensemble/croissant.json").text
    page = client.get("/datasets/ensemble/").text
    assert f"{FIRST[:10]} to {end[:10]}" in page
    assert "8 forecasts, one every 6 hours; up to 2 days 12 hours, every 6 hours" in page
    assert 'href="https://doi.org/10.1175/1520-0493(1992)"' in client.get("/datasets/quoted/").text


def test_a_film_moves_along_the_lead_time_and_starts_at_the_analysis(client: Client) -> None:
    before = client.steps("film")
    answer = requests.get(f"{client.url}/datasets/film/plot/h.gif?frames=5&width=300", timeout=60)
    assert answer.status_code == 200, answer.text
    movie = Image.open(io.BytesIO(answer.content))
    assert movie.n_frames == 5
    assert client.steps("film") - before == 4, "as many steps as the last frame is ahead"
    whole = Image.open(io.BytesIO(requests.get(f"{client.url}/datasets/film/plot/h.webp?fps=4&width=300", timeout=60).content))
    assert whole.n_frames == 24 and client.steps("film") - before == 23
    page = client.get("/datasets/film/plot/h/image/viridis/").text
    assert "Data from film<" in page


def test_nothing_of_that_runs_a_step(client: Client) -> None:
    for path in ["", "thumbnail.png", "plot/h", "stac", "catalog.yaml", "croissant.json", "info", "zarr/zarr.json"]:
        assert client.get(f"/datasets/later/{path}").status_code == 200, path
    for path in ["/", "/stac", "/stac/search", "/stac-collection-all.json", "/intake.yaml", "/catalog.jsonld"]:
        assert client.get(path).status_code == 200, path
    text = client.get("/metrics").text
    assert re.findall(r'model_steps_total{forecast="(?:later|quoted|ensemble)"} (\S+)', text) == ["0", "0", "0"]
