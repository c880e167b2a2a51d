"""STAC catalogs as pystac, pystac-client, xpystac and pyarrow read them, without anything beyond the gateway."""

from __future__ import annotations

import json
import pathlib
import subprocess
import time

import pyarrow.parquet
import pystac
import pystac.validation
import pystac_client
import pytest
import requests
import xarray as xr
from conftest import SHARED_DATA
from gateway import Gateway, command
from pystac.validation.stac_validator import JsonSchemaSTACValidator

# The schemas of STAC itself come with pystac, those of the extensions are kept here. Nothing is downloaded.
EXTENSION_SCHEMAS = pathlib.Path(__file__).parents[1] / "schemas/stac/extensions"
PROJJSON = "https://proj.org/schemas/v0.7/projjson.schema.json"

pytestmark = pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="the sample data are not here")


class OfflineValidator(JsonSchemaSTACValidator):
    """Knows the schemas of a folder; an extension whose schema is not there is a failure."""

    def __init__(self) -> None:
        super().__init__()
        self.schema_cache[PROJJSON] = json.loads((EXTENSION_SCHEMAS.parent / "projjson-v0.7.json").read_text())
        folder = pathlib.Path(pystac.__file__).parent / "validation/jsonschemas/geojson"
        self.schema_cache.setdefault("https://geojson.org/schema/Geometry.json", json.loads((folder / "Geometry.json").read_text()))
        for path in EXTENSION_SCHEMAS.rglob("*.json"):
            schema = json.loads(path.read_text())
            uri = schema.get("$id", "").rstrip("#")
            if path.parent.name == "storage-platforms":
                uri = f"https://stac-extensions.github.io/storage/v2.0.0/platforms/{path.name}"
            self.schema_cache[uri] = schema


@pytest.fixture(scope="module", autouse=True)
def offline():
    pystac.validation.set_validator(OfflineValidator())


@pytest.fixture(scope="module")
def url(sample_gateway: Gateway) -> str:
    return sample_gateway.url


@pytest.fixture(scope="module")
def items(url: str) -> list[pystac.Item]:
    collection = pystac.Collection.from_file(f"{url}/stac-collection-all.json")
    collection.validate()
    return list(collection.get_items(recursive=True))


def test_every_item_is_valid(url: str, items: list[pystac.Item]) -> None:
    ids = requests.get(f"{url}/datasets").json()
    broken = [entry["id"] for entry in requests.get(f"{url}/stac-collection-all.json").json().get("gateway:unavailable", [])]
    assert sorted([item.id for item in items] + broken) == sorted(ids)
    for item in items:
        item.validate()
        assert item.get_root() is not None and item.get_collection() is not None
        assert "{}" not in json.dumps(item.to_dict())


def test_what_cannot_be_opened_is_named_everywhere(url: str) -> None:
    named = requests.get(f"{url}/stac-collection-all.json").json()["gateway:unavailable"]
    assert all(entry["reason"] for entry in named)
    assert {"observations.avhrr"} <= {entry["id"] for entry in named}
    for path in ["stac", "stac/search", "stac/search?limit=1"]:
        assert requests.get(f"{url}/{path}").json()["gateway:unavailable"] == named, path
    broken = named[0]["id"]
    answer = requests.post(f"{url}/stac/search", json={"ids": [broken]}).json()
    assert (answer["numberMatched"], [entry["id"] for entry in answer["gateway:unavailable"]]) == (0, [broken])
    assert requests.get(f"{url}/datasets/{broken}/stac").status_code >= 500
    for path in ["intake.yaml", "intake2.yaml", "intake-nested.yaml", f"?q={broken}"]:
        text = requests.get(f"{url}/{path}", headers={"Accept": "text/html"}).text
        assert broken in text, path


def test_views_are_items_too_but_in_no_list(url: str, items: list[pystac.Item]) -> None:
    id = next(item.id for item in items if item.id.startswith("cmip6.rlds"))
    item = pystac.Item.from_file(f"{url}/datasets/{id}@isel(time=0)@vars(rlds)/stac")
    item.validate()
    with xr.open_dataset(item.assets["data"]) as dataset:
        assert "time" not in dataset["rlds"].dims
    assert not any("@" in other.id for other in items)


def test_children_for_clients_of_cloudify(url: str, items: list[pystac.Item]) -> None:
    collection = pystac.Collection.from_file(f"{url}/stac-collection-all.json?links=child")
    links = collection.get_child_links()
    assert len(links) == len(items)
    assert pystac.Item.from_file(links[0].href).id == links[0].title


def test_nothing_names_the_disk(url: str) -> None:
    for path in ["stac-collection-all.json", "stac", "stac/collections", "stac/search?limit=1000"]:
        assert str(SHARED_DATA) not in requests.get(f"{url}/{path}").text


def test_media_types_tags_and_head(url: str, items: list[pystac.Item]) -> None:
    address = f"{url}/datasets/{items[0].id}/stac"
    answer = requests.get(address)
    assert answer.headers["Content-Type"] == "application/geo+json"
    assert requests.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert requests.head(address, headers={"Accept-Encoding": "identity"}).headers["Content-Length"] == str(len(answer.content))
    for path in ["stac", "stac/collections", "stac-collection-all.json"]:
        assert requests.get(f"{url}/{path}").headers["Content-Type"] == "application/json"


def test_a_dataset_is_its_item_for_who_asks_for_geojson(url: str, items: list[pystac.Item]) -> None:
    address = f"{url}/datasets/{items[0].id}"
    types = {
        accept: requests.get(address, headers={"Accept": accept}).headers["Content-Type"].split(";")[0]
        for accept in ["application/geo+json", "application/json", "text/html,*/*;q=0.8", "*/*"]
    }
    assert list(types.values()) == ["application/geo+json", "application/json", "text/html", "text/html"]
    assert requests.get(address, headers={"Accept": "application/json"}).json()["id"] == items[0].id


# xarray cannot decode the time of the first in its file either; chunks of the second are GRIB, which no Zarr client reads
UNREADABLE = ("observations.coads_climatology", "kerchunk.0")


def test_xpystac_opens_the_asset_for_programs(items: list[pystac.Item]) -> None:
    for item in items:
        if item.id in UNREADABLE:
            continue
        with xr.open_dataset(item.assets["data"]) as dataset:
            variables = [name for name in item.properties.get("variables", []) if "/" not in name]
            assert set(variables) <= set(dataset.variables), item.id


def test_what_xpystac_makes_of_the_others(items: list[pystac.Item]) -> None:
    """Version 0.5 knows the types of Zarr without parameters alone, and opens no item that is not a set of references."""
    item = items[0]
    types = {key: asset.media_type for key, asset in item.assets.items() if (asset.media_type or "").startswith("application/vnd")}
    assert [key for key, media_type in types.items() if media_type in ("application/vnd+zarr", "application/vnd.zarr")] == ["data"]
    with pytest.raises(UnboundLocalError):
        xr.open_dataset(item.assets["zarr3"])
    with pytest.raises(AttributeError):
        xr.open_dataset(item)
    for key in ["zarr2", "zarr3"]:  # what the asset says is enough for xarray itself
        asset = item.assets[key]
        with xr.open_dataset(asset.href, **asset.extra_fields["xarray:open_kwargs"]) as dataset:
            assert len(dataset.variables) > 0


def test_searches_of_pystac_client(url: str, items: list[pystac.Item]) -> None:
    client = pystac_client.Client.open(f"{url}/stac")
    assert len(list(client.search(limit=7).items())) == len(items)
    germany = {item.id for item in client.search(bbox=[9, 49, 11, 51]).items()}
    assert germany == {item.id for item in client.search(intersects={"type": "Polygon", "coordinates": [[[9, 49], [11, 49], [11, 51], [9, 51], [9, 49]]]}).items()}
    assert germany and len(germany) < len(items)
    monthly = {item.id for item in items if item.properties.get("frequency") == "mon"}
    cql = {"op": "=", "args": [{"property": "frequency"}, "mon"]}
    assert {item.id for item in client.search(filter=cql, filter_lang="cql2-json").items()} == monthly
    assert {item.id for item in client.search(method="GET", filter="frequency = 'mon'", filter_lang="cql2-text").items()} == monthly
    assert {item.id for item in client.search(query=["frequency=mon"]).items()} == monthly
    sizes = [item.properties["bytes"] for item in client.search(sortby="-properties.bytes", max_items=5).items()]
    assert sizes == sorted((item.properties["bytes"] for item in items), reverse=True)[:5]
    assert [set(item) & {"assets", "geometry"} for item in client.search(fields=["id"], max_items=1).items_as_dicts()] == [set()]
    assert "frequency" in client.get_queryables()["properties"]
    assert [item.id for item in client.search(ids=["misc.tiny"]).items()] == ["misc.tiny"]


def test_wrong_parameters_name_their_field(url: str) -> None:
    for query in ["limit=0", "bbox=1,2,3", "datetime=2000", "sortby=nothing", "filter=a%20=", "token=x", "intersects={}"]:
        answer = requests.get(f"{url}/stac/search?{query}")
        assert (answer.status_code, answer.json()["detail"].split(":")[0]) == (400, query.split("=")[0]), query
    assert requests.post(f"{url}/stac/search", json={"bbox": "1,2,3,4"}).status_code == 400
    assert requests.post(f"{url}/stac/search", data="{").status_code == 400
    assert requests.get(f"{url}/stac/search?limit=100000").status_code == 200
    assert requests.get(f"{url}/stac/collections/none/items").status_code == 404


def test_an_item_is_quick_when_warm(url: str, items: list[pystac.Item]) -> None:
    session = requests.Session()
    address = f"{url}/datasets/{items[0].id}/stac"
    seconds = []
    for _ in range(20):
        begun = time.perf_counter()
        session.get(address)
        seconds.append(time.perf_counter() - begun)
    assert sorted(seconds)[10] < 0.05  # 5 ms where nothing else runs


def test_all_items_as_parquet(url: str, items: list[pystac.Item], tmp_path: pathlib.Path) -> None:
    path = tmp_path / "items.parquet"
    path.write_bytes(requests.get(f"{url}/stac/items.parquet").content)
    table = pyarrow.parquet.read_table(path)
    assert json.loads(table.schema.metadata[b"geo"])["primary_column"] == "geometry"
    rows = {row["id"]: row for row in table.to_pylist()}
    assert set(rows) == {item.id for item in items}
    for item in items:
        row = rows[item.id]
        assert (list(row["bbox"].values()) if row["bbox"] else None) == item.bbox
        assert {key for key, asset in row["assets"].items() if asset} == set(item.assets)
        assert json.loads(row["cube:dimensions"]) == item.properties["cube:dimensions"]


def test_a_catalog_of_files(items: list[pystac.Item], tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "catalog"
    configuration = tmp_path / "gateway.yaml"
    configuration.write_text(f"folders: [{{ path: {json.dumps(str(SHARED_DATA))} }}]\ncatalog: {{ collections: folder }}\n")
    for _ in range(2):
        subprocess.run([*command(), "catalog", "export", str(folder), "-c", str(configuration), "--base-url", "https://data.example.org"], check=True, capture_output=True)
    catalog = pystac.Catalog.from_file(str(folder / "catalog.json"))
    assert {item.id for item in catalog.get_items(recursive=True)} == {item.id for item in items}
    assert catalog.validate_all(max_items=None) == len(items)
    item = next(catalog.get_items(recursive=True))
    assert item.get_collection().id == item.id.split(".")[0]
    assert item.assets["data"].href == f"https://data.example.org/datasets/{item.id}.zarr"
    assert pyarrow.parquet.read_table(folder / "items.parquet").num_rows == len(items)
