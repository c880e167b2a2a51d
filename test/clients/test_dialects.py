"""Catalogs of other clients, each read by its own client, and the statistics."""

from __future__ import annotations

import csv
import io
import json
import pathlib
import warnings
import xml.etree.ElementTree

import numpy as np
import pytest
import requests
import xarray as xr
from gateway import Gateway

HOSTILE = "=cmd|' /C calc'!A0\n]]></title></script><script>alert(1)</script> {{ 1 }} \u202e\x01&amp; " + "x" * 100_000


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("dialects")
    time = xr.date_range("2001-01-01", periods=24, freq="MS")
    coordinates = {
        "time": time,
        "lat": ("lat", [50.0, 51.0], {"units": "degrees_north", "standard_name": "latitude"}),
        "lon": ("lon", [178.0, 179.0, 180.0, 181.0], {"units": "degrees_east", "standard_name": "longitude"}),
    }
    values = np.arange(24 * 8, dtype="f4").reshape(24, 2, 4)
    variables = {"tas": (("time", "lat", "lon"), values, {"units": "K"}), "pr": (("time", "lat", "lon"), values)}
    air = xr.Dataset(variables, coordinates, {"title": "Near-surface air", "project_id": "CMIP5", "frequency": "mon"})
    air.to_netcdf(folder / "air.nc")
    air.assign_attrs(title=HOSTILE, license=HOSTILE, project_id="Other Project!", frequency="=1+1").to_netcdf(folder / "hostile.nc")
    (folder / "broken.nc").write_bytes(b"\x89HDF\r\n\x1a\nnothing more")
    return folder


@pytest.fixture(scope="module")
def url(data, tmp_path_factory):
    server = Gateway("serve", str(data), "--port", "0", log=tmp_path_factory.mktemp("log") / "gateway.log")
    yield server.url
    server.stop()


def test_siphon_reads_the_thredds_catalog(url, data):
    siphon = pytest.importorskip("siphon.catalog")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        catalog = siphon.TDSCatalog(f"{url}/catalog.xml")
    assert set(catalog.datasets) == {"air", "hostile"}
    dataset = catalog.datasets["air"]
    served = xr.open_dataset(dataset.access_urls["Zarr"])
    xr.testing.assert_identical(served.load(), xr.open_dataset(data / "air.nc").load())
    assert requests.get(dataset.access_urls["HTTPServer"]).status_code == 200
    root = xml.etree.ElementTree.fromstring(requests.get(f"{url}/catalog.xml").content)
    titles = [element.text for element in root.iter("{http://www.unidata.ucar.edu/namespaces/thredds/InvCatalog/v1.0}documentation")]
    assert any("]]></title></script>" in title for title in titles)


def test_rdflib_reads_the_dcat_catalog(url):
    rdflib = pytest.importorskip("rdflib")
    graph = rdflib.Graph().parse(f"{url}/catalog.jsonld", format="json-ld")
    query = """
        PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dct: <http://purl.org/dc/terms/>
        SELECT ?id ?title ?address ?box ?start WHERE {
            ?catalog a dcat:Catalog; dct:title ?name; dct:description ?text; dct:publisher ?who; dcat:dataset ?dataset .
            ?dataset a dcat:Dataset; dct:identifier ?id; dct:title ?title; dct:description ?description;
                dct:spatial/dcat:bbox ?box; dct:temporal/dcat:startDate ?start; dcat:distribution/dcat:accessURL ?address .
        }"""
    found = {str(row.id): row for row in graph.query(query)}
    assert set(found) == {"air", "hostile"}
    assert str(found["air"].address) == f"{url}/datasets/air.zarr"
    # the antimeridian cuts the box in two
    assert str(found["air"].box).startswith("MULTIPOLYGON(((178 50, 180 50,")
    assert found["air"].start.toPython().year == 2001


def test_intake_esm_opens_what_it_finds(url, data):
    intake_esm = pytest.importorskip("intake_esm")
    store = intake_esm.esm_datastore(f"{url}/esm-collection.json")
    assert sorted(store.df["variable_id"]) == ["pr", "pr", "tas", "tas"]
    chosen = store.search(project_id="CMIP5", variable_id="tas")
    [dataset] = chosen.to_dataset_dict(progressbar=False).values()
    expected = xr.open_dataset(data / "air.nc")
    np.testing.assert_array_equal(dataset["tas"].values, expected["tas"].values)
    both = store.search(dataset_id="air").to_dataset_dict(progressbar=False)
    assert sorted(both) == ["air./.pr", "air./.tas"]


def test_mlcroissant_accepts_croissant(url):
    mlcroissant = pytest.importorskip("mlcroissant")
    for id in ("air", "hostile"):
        dataset = mlcroissant.Dataset(f"{url}/datasets/{id}/croissant.json")
        assert not dataset.metadata.issues.errors
        assert dataset.metadata.distribution[0].content_url == f"{url}/datasets/{id}.zarr"
    answer = requests.get(f"{url}/datasets/air/croissant.json")
    assert answer.headers["content-type"] == "application/ld+json"
    document = answer.json()
    assert {variable["name"] for variable in document["variableMeasured"]} == {"tas", "pr"}
    assert [shape["box"] for shape in document["spatialCoverage"]["geo"]] == ["50 178 51 180", "50 -180 51 -179"]
    assert document["temporalCoverage"].startswith("2001-01-")


def test_gridlook_has_a_catalog_and_an_index(url):
    catalog = requests.get(f"{url}/gridlook.json").json()
    assert catalog["type"] == "gridlook_catalog"
    assert [entry["url"] for entry in catalog["datasets"]] == [f"{url}/datasets/air.zarr", f"{url}/datasets/hostile.zarr"]
    index = requests.get(f"{url}/datasets/air/gridlook.json").json()
    assert index["default_var"] == "tas"
    place = index["levels"][0]["datasources"]["pr"]
    opened = xr.open_dataset(place["store"] + place["dataset"], engine="zarr")
    assert "pr" in opened


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_no_cell_is_a_formula(url):
    for path in ("esm-collection.csv", "stats-all.csv"):
        for row in rows_of(requests.get(f"{url}/{path}").text):
            assert not any(str(cell).startswith(("=", "+", "@", "\t")) for cell in row.values()), path


def test_tables_of_statistics(url):
    answer = requests.get(f"{url}/stats-cmip5.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    [row] = rows_of(answer.text)
    assert list(row) == ["dataset_id", "nbytes [TB]", "nvars", "var_names", "no_of_years", "start_year", "end_year"]
    assert [row["dataset_id"], row["nvars"], row["var_names"], row["no_of_years"], row["end_year"]] == ["air", "2", "['tas', 'pr']", "2", "2002"]
    [summary] = rows_of(requests.get(f"{url}/stats-summary.csv").text)
    assert [summary["total_datasets"], summary["unique_vars_count"], summary["min_year"]] == ["2", "2", "2001"]
    assert len(rows_of(requests.get(f"{url}/stats-summary-other-project.csv").text)) == 1
    page = requests.get(f"{url}/stats-all.html")
    assert page.headers["content-type"] == "text/html; charset=utf-8" and "<script" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("path", ["stats-nothing.csv", "stats-nothing.html", "stats-summary-nothing.csv"])
def test_an_unknown_project_is_missing(url, path):
    answer = requests.get(f"{url}/{path}")
    assert (answer.status_code, answer.json()["detail"]) == (404, "Could not create table")


def test_accesses_are_counted(url):
    sizes = [len(requests.get(f"{url}/datasets/air.zarr/zarr.json", headers={"Accept-Encoding": "identity"}).content) for _ in range(20)]
    requests.get(f"{url}/datasets/air.zarr/nothing")
    requests.head(f"{url}/datasets/air.zarr/zarr.json")
    found = requests.get(f"{url}/stats_nginx.json").json()
    assert found["window_seconds"] == 3600 and found["unique_ips"] == 1
    requests_of = {entry["dataset"]: entry["requests"] for entry in found["top10_datasets_by_requests"]}
    bytes_of = {entry["dataset"]: entry["bytes"] for entry in found["top10_datasets_by_bytes"]}
    assert requests_of["air"] >= 20 and bytes_of["air"] >= sum(sizes)
    before = json.dumps(requests_of["air"])
    requests.get(f"{url}/datasets/air.zarr/nothing")
    again = {entry["dataset"]: entry["requests"] for entry in requests.get(f"{url}/stats_nginx.json").json()["top10_datasets_by_requests"]}
    assert json.dumps(again["air"]) == before


@pytest.mark.parametrize(
    "path", ["gridlook.json", "catalog.jsonld", "catalog.xml", "esm-collection.json", "esm-collection.csv", "stats-summary.html", "datasets/air/croissant.json"]
)
def test_headers(url, path):
    answer = requests.get(f"{url}/{path}", headers={"Origin": "https://example.org"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert requests.get(f"{url}/{path}", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    head = requests.head(f"{url}/{path}")
    assert (head.status_code, head.headers["content-type"]) == (200, answer.headers["content-type"])
