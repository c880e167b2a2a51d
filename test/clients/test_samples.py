"""Every configuration that README, docs/ and configs/ show is checked and served, on data that lie where it says."""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import pathlib
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator

import numpy as np
import onnx
import onnx.helper as oh
import onnx.numpy_helper as on
import pandas as pd
import pytest
import requests
import xarray as xr
import yaml
from forecasts import tiny
from gateway import ROOT, Gateway, command

SERVER = ROOT / "packages/stores/src/testing/serve-folder.ts"
NODE = ROOT / "node_modules/.bin/node"
SAMPLES = {f"{path.relative_to(ROOT)}": path.read_text() for path in sorted((ROOT / "configs").glob("*.yaml"))}
for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
    for number, text in enumerate(re.findall(r"^```ya?ml\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE), 1):
        SAMPLES[f"{page.relative_to(ROOT)} {number}"] = text


def air(start: str = "2000-01-01", count: int = 48, **attrs: str) -> xr.Dataset:
    """Hourly fields that depend on the time alone, so that pieces fit together."""
    time = pd.date_range(start, periods=count, freq="h")
    hour = (time - pd.Timestamp("2000-01-01")) // pd.Timedelta("1h")
    fields = (hour.to_numpy()[:, None, None] + np.linspace(0, 1, 30 * 40).reshape(30, 40)).astype("f4")
    dataset = xr.Dataset({name: (("time", "lat", "lon"), fields + shift, {"units": "K"}) for name, shift in [("tas", 0), ("pr", 7)]}, {"time": time, "lat": np.linspace(-58, 58, 30), "lon": np.arange(40) * 9.0}, attrs)
    dataset.time.encoding = {"units": "hours since 2000-01-01", "dtype": "i4"}
    return dataset


def write(dataset: xr.Dataset, path: pathlib.Path, **options: object) -> pathlib.Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".zarr":
        dataset.chunk({"time": 24} if "time" in dataset.dims else {}).to_zarr(path, zarr_format=3, **options)
    else:
        chunks = {name: {"chunksizes": (8, 30, 40)} for name in ["tas", "pr"] if name in dataset and dataset.sizes["time"] >= 8}
        dataset.to_netcdf(path, engine="netcdf4", encoding=chunks, **options)
    return path


def write_months(folder: pathlib.Path) -> None:
    for day in range(3):
        write(air(f"2000-01-0{1 + 2 * day}")[["tas"]], folder / f"tas_{day}.nc")


def write_ensemble(folder: pathlib.Path) -> None:
    for member in ["r1i1p1", "r2i1p1"]:
        for year, start in [(2000, "2000-01-01"), (2010, "2000-01-03")]:
            write(air(start)[["tas"]], folder / f"tas_{member}_{year}.nc")


def write_sets(folder: pathlib.Path, source: pathlib.Path, names: list[str]) -> None:
    """Written by kerchunk, which has absolute targets."""
    hdf, df = pytest.importorskip("kerchunk.hdf"), pytest.importorskip("kerchunk.df")
    folder.mkdir(exist_ok=True)
    references = hdf.SingleHdf5ToZarr(str(source), inline_threshold=100).translate()
    for name in names:
        if name.endswith(".json"):
            (folder / name).write_text(json.dumps(references))
        else:
            df.refs_to_dataframe(references, str(folder / name), record_size=100)


def write_repository(path: pathlib.Path, group: str | None) -> None:
    icechunk = pytest.importorskip("icechunk")
    path.parent.mkdir(parents=True, exist_ok=True)
    repository = icechunk.Repository.create(icechunk.local_filesystem_storage(str(path)))
    session = repository.writable_session("main")
    air().drop_encoding().to_zarr(session.store, group=group, zarr_format=3, consolidated=False)
    snapshot = session.commit("first")
    repository.create_tag("v2026.1", snapshot)
    repository.create_branch("dev", snapshot)


def prepare_forecast(folder: pathlib.Path) -> None:
    tiny.write_model(folder / "models/drift")
    tiny.write_analysis(folder / "data/analysis.zarr")


def prepare_initial_conditions(folder: pathlib.Path) -> None:
    tiny.write_model(folder / "models/drift")
    tiny.write_analysis(folder / "data/era5.zarr", tiny.analysis(times=2))


def prepare_minimal(folder: pathlib.Path) -> None:
    write(air(), folder / "data/air.nc")


def prepare_readme(folder: pathlib.Path) -> None:
    write(air(), folder / "data/air.nc")
    write(air(), folder / "data/cmip6/tas/day.nc")


def prepare_readme_sources(folder: pathlib.Path) -> None:
    for member in ["r1", "r2"]:
        for year, start in [(2000, "2000-01-01"), (2010, "2000-01-03")]:
            write(air(start), folder / f"data/runs/tas_{member}_{year}.nc")
    write_sets(folder / "data", write(air(), folder / "data/air.nc"), ["refs.parquet"])
    write_repository(folder / "data/model.icechunk", None)
    write(air(), folder / "s3/data/sea.zarr")


def prepare_aggregation(folder: pathlib.Path) -> None:
    write_months(folder / "months")
    write_ensemble(folder / "ensemble")
    for scenario in ["ssp126", "ssp585"]:
        write_months(folder / scenario)
    for name in ["tas", "pr"]:
        write(air()[[name]], folder / f"variables/{name}.nc")
    for number, start in enumerate(["2000-01-01", "2000-01-02"]):
        write(air(start).assign(cycle=number), folder / f"runs/{number}.nc")


def prepare_caches(folder: pathlib.Path) -> None:
    write(air(), folder / "surface.nc")


def prepare_icechunk(folder: pathlib.Path) -> None:
    write_repository(folder / "repositories/ocean.icechunk", "surface")


def prepare_rechunking(folder: pathlib.Path) -> None:
    write(air(), folder / "air.nc")


def prepare_maps(folder: pathlib.Path) -> None:
    """The page's own package, with a graph that repeats each cell four times both ways."""
    write(air(count=2).rename(tas="t2m"), folder / "coarse.zarr")
    (folder / "models/fine").mkdir(parents=True)
    (folder / "models/fine/model.yaml").write_text(re.search(r"^```yaml model.yaml\n(.*?)^```", (ROOT / "docs/maps.md").read_text(), re.DOTALL | re.MULTILINE)[1])
    values = [oh.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["batch", 1, *space]) for name, space in (("x", "hw"), ("y", "HW"))]
    repeat = oh.make_node("ConvTranspose", ["x", "ones"], ["y"], strides=[4, 4])
    graph = oh.make_graph([repeat], "fine", values[:1], values[1:], [on.from_array(np.ones((1, 1, 4, 4), "f4"), "ones")])
    onnx.save(oh.make_model(graph, opset_imports=[oh.make_opsetid("", 17)], ir_version=9), folder / "models/fine/fine.onnx")


def prepare_references(folder: pathlib.Path) -> None:
    source = write(air(), folder / "archive/data/air.nc")
    write_sets(folder / "archive", source, ["pressure.json", "temperature.parquet"])


def prepare_archive(folder: pathlib.Path) -> None:
    write(air(), folder / "archive/cmip6/tas_Amon_X.nc")
    write(air(), folder / "archive/obs.zarr")
    write(air().rename(lat="latitude", lon="longitude", pr="tp"), folder / "era5/monthly.nc")
    write(air(), folder / "reforecast.nc", group="forecast")
    write(air().rename(tas="to").assign(scratch=1), folder / "web/ocean.zarr")
    write(air(), folder / "s3/climate/sst/daily.zarr")
    write(air(), folder / "azure/forecasts/seasonal.nc")
    write_months(folder / "months")
    write_ensemble(folder / "ensemble")
    write_sets(folder / "sets", write(air(), folder / "swaths/1.nc"), ["satellite.json", "satellite.parquet"])
    write_repository(folder / "repositories/model.icechunk", None)


def prepare_service(folder: pathlib.Path) -> None:
    write(air(), folder / "s3/analyses/latest.zarr")
    (folder / "s3/results").mkdir()


def prepare_workflows(folder: pathlib.Path) -> None:
    shutil.copytree(ROOT / "examples/run-a-workflow/workflows", folder / "workflows")


# The two largest have tests of their own.
ALONE = {"configs/climate-archive.yaml", "configs/forecast-service.yaml"}
SECRETS = {"S3_ACCESS_KEY": "key", "S3_SECRET_KEY": "secret", "STAC_TOKEN": "token", "WEBHOOK_SECRET": "a secret of a webhook"}

PREPARE = {
    "README.md 1": prepare_readme,
    "README.md 2": prepare_readme_sources,
    "configs/climate-archive.yaml": prepare_archive,
    "configs/forecast-service.yaml": prepare_service,
    "configs/minimal.yaml": prepare_minimal,
    "docs/aggregation.md 1": prepare_aggregation,
    "docs/caches.md 1": prepare_caches,
    "docs/catalogs.md 2": prepare_minimal,
    "docs/diagnostics.md 1": prepare_rechunking,
    "docs/download.md 1": prepare_rechunking,
    "docs/forecasts.md 1": prepare_forecast,
    "docs/icechunk.md 1": prepare_icechunk,
    "docs/jobs.md 1": lambda folder: None,
    "docs/jobs.md 2": lambda folder: None,
    "docs/initial-conditions.md 1": prepare_initial_conditions,
    "docs/maps.md 1": prepare_maps,
    "docs/pages.md 1": lambda folder: None,
    "docs/pictures.md 1": lambda folder: None,
    "docs/rechunking.md 1": prepare_rechunking,
    "docs/references.md 1": prepare_references,
    "docs/results.md 1": lambda folder: None,
    "docs/results.md 2": lambda folder: None,
    "docs/results.md 3": lambda folder: None,
    "docs/views.md 1": prepare_minimal,
    "docs/workflows.md 1": prepare_workflows,
}
# Run in test_object_stores.py and, with buckets of its own in place of a public one, in test_stac_sources.py; a forecast is not read whole,
# that of workflows is checked in test_earth2studio_http.py.
ELSEWHERE = {"docs/object-stores.md 1", "docs/catalogs.md 1", "docs/earth2studio.md 1", "README.md 3"}


@contextlib.contextmanager
def buckets(folder: pathlib.Path) -> Iterator[dict[str, str]]:
    """What opens the buckets that lie as folders in one that is called as the kind of server."""
    names = [path.name for path in folder.iterdir()]
    server = subprocess.Popen([str(NODE), str(SERVER), folder.name, str(folder), *names], stdout=subprocess.PIPE, cwd=ROOT)
    try:
        yield json.loads(server.stdout.readline())
    finally:
        server.terminate()
        server.wait(20)


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def web(folder: pathlib.Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(QuietHandler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()


def check(path: pathlib.Path) -> None:
    result = subprocess.run([*command(), "check", str(path)], capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert result.returncode == 0, result.stdout + result.stderr


def serve(folder: pathlib.Path, text: str) -> dict[str, xr.Dataset]:
    """Everything of every dataset that the configuration publishes; groups below the root are taken for it."""
    path = folder / "gateway.yaml"
    path.write_text(text)
    check(path)
    server = Gateway("serve", "-c", str(path), "--port", "0", log=folder / "gateway.log")
    try:
        ids = requests.get(f"{server.url}/datasets", timeout=60).json()
        trees = {id: xr.open_datatree(f"{server.url}/datasets/{id}.zarr", engine="zarr").load() for id in ids}
    finally:
        server.stop()
    found = {id: next(node.to_dataset() for node in tree.subtree if node.data_vars) for id, tree in trees.items()}
    for dataset in found.values():
        assert all(variable.size > 0 for variable in dataset.values())
    return found


def test_every_sample_has_data() -> None:
    """A new one belongs into PREPARE, with a function that writes what it names."""
    assert SAMPLES.keys() - PREPARE.keys() <= ELSEWHERE


@pytest.mark.parametrize("name", [name for name in SAMPLES if name in PREPARE.keys() - ALONE])
def test_a_sample_is_served(name: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    PREPARE[name](tmp_path)
    for variable, value in SECRETS.items():
        monkeypatch.setenv(variable, value)
    shown = {**(document := yaml.safe_load(SAMPLES[name])).get("datasets", {}), **document.get("forecasts", {})}
    with contextlib.ExitStack() as servers:
        if (tmp_path / "s3").exists():
            s3 = servers.enter_context(buckets(tmp_path / "s3"))
            for variable, key in [("S3_ENDPOINT", "endpoint"), ("S3_KEY", "accessKeyId"), ("S3_SECRET", "secretAccessKey")]:
                monkeypatch.setenv(variable, s3[key])
        assert serve(tmp_path, SAMPLES[name]).keys() >= shown.keys()


def test_the_forecast_service_is_served(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare_service(tmp_path)
    text = SAMPLES["configs/forecast-service.yaml"]
    with buckets(tmp_path / "s3") as s3:
        for variable, key in [("S3_ENDPOINT", "endpoint"), ("S3_ACCESS_KEY", "accessKeyId"), ("S3_SECRET_KEY", "secretAccessKey")]:
            monkeypatch.setenv(variable, s3[key])
        public = "{ anonymous: true, region: eu-central-1 }"
        assert text.count(public) == 1
        own = {key: s3[key] for key in ["endpoint", "accessKeyId", "secretAccessKey"]}
        found = serve(tmp_path, text.replace(public, json.dumps({**own, "region": "eu-central-1"})))
    xr.testing.assert_equal(found["analysis"], air().load())
    assert s3["secretAccessKey"] not in (tmp_path / "gateway.log").read_text()


def test_the_archive_is_served(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare_archive(tmp_path)
    text = SAMPLES["configs/climate-archive.yaml"]
    with web(tmp_path / "web") as url, buckets(tmp_path / "s3") as s3, buckets(tmp_path / "azure") as azure:
        environment = {
            "CACHE_FOLDER": str(tmp_path / "cache"),
            "CACHE_MEMORY": "100MiB",
            "S3_ENDPOINT": s3["endpoint"],
            "S3_ACCESS_KEY": s3["accessKeyId"],
            "S3_SECRET_KEY": s3["secretAccessKey"],
            "AZURE_ENDPOINT": azure["endpoint"],
            "AZURE_ACCOUNT": azure["account"],
            "AZURE_KEY": azure["accountKey"],
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert text.count("https://zarr.example.org/") == 2
        found = serve(tmp_path, text.replace("https://zarr.example.org/", url))
    plain = air().load()
    for id in ["cmip6.tas_Amon_X", "obs", "reforecast", "sea-surface", "seasonal", "satellite", "satellite-all", "model-run", "model-run-2026"]:
        xr.testing.assert_equal(found[id], plain)
    xr.testing.assert_equal(found["ocean"], plain.rename(tas="temperature"))
    era = plain.rename(lat="latitude", lon="longitude", pr="tp")
    xr.testing.assert_equal(found["era5-series"], era)
    assert found["era5-series"].tas.encoding["chunks"] == (48, 10, 10)
    assert found["era5-monthly"].attrs == {"title": "ERA5 monthly means", "license": "CC-BY-4.0"}
    assert found["era5-small"].tas.encoding["shards"] == (12, 30, 40) and found["era5-small"].tas.encoding["chunks"] == (1, 30, 40)
    np.testing.assert_allclose(found["era5-small"].tas, era.tas, rtol=2**-11, atol=2**-11)
    xr.testing.assert_equal(found["tas"], air(count=144)[["tas"]])
    xr.testing.assert_equal(found["ensemble"].tas.sel(member="r2i1p1", drop=True), air(count=96).tas)
    log = (tmp_path / "gateway.log").read_text()
    assert not any(environment[name] in log for name in ["S3_SECRET_KEY", "AZURE_KEY"])
    assert (tmp_path / "cache").is_dir()
