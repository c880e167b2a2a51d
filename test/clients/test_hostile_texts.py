"""Texts of datasets that mean something to some format: in every form that the gateway writes they stay inert and readable."""

from __future__ import annotations

import csv
import html.parser
import io
import json
import pathlib
import re
import unicodedata
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator

import numpy as np
import pyarrow.parquet
import pystac
import pytest
import requests
import xarray as xr
import yaml
import zarr
from gateway import Gateway

TEXTS = {
    "html": '<script>alert(1)</script><img src=x onerror=alert(1)> "quoted" \'single\' &amp; <b>bold</b>',
    "jsonld": "</script><script>alert(1)</script><!-- <![CDATA[ ]]> -->",
    "yaml": "a: b # c\n- d\n&anchor *alias !!python/object/apply:os.system ['true'] | > % @ `",
    "jinja": "{{ shell('touch /tmp/hostile') }}{% for x in y %}{# c #}{{ env(HOME) }}${HOME}",
    "newlines": "first\nsecond\r\nthird\u2028fourth\u0085fifth\x0b",
    "bidi": "safe \u202egnp.exe\u202c \u2066hidden\u2069 \u200f",
    "control": "red \x1b[31m bell \x07 null \x00 delete \x7f",
    "formula": "=HYPERLINK(\"http://evil\",\"x\")",
    "xml": "]]> <!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]> &b; &#0;",
    "markdown": "[click](javascript:alert(1)) ![x](http://evil/x.png) <http://evil>",
    "long": "word " * 200_000,
    "longer": "x" * 1_000_000,
    "lone": "half \ud800 of a pair".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
}
MAX_BYTES_EACH = 60_000


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("hostile")
    for name, text in TEXTS.items():
        write(folder / "data" / f"{name}.zarr", text)
    (folder / "data/<b>file{{ 1 }}.nc").write_bytes(b"CDF\x01no file")
    log = folder / "gateway.log"
    gateway = Gateway("serve", str(folder / "data"), "--port", "0", log=log)
    yield gateway
    gateway.stop()


def write(path: pathlib.Path, text: str) -> None:
    group = zarr.create_group(path, zarr_format=3)
    names = "title summary institution license keywords creator_name publisher_name history references comment project source_id frequency citation doi Conventions"
    group.attrs.update({name: text for name in names.split()} | {"creator_url": "javascript:alert(1)", "publisher_url": f"http://evil/{text[:100]}", "date_created": text[:100]})
    # names are passed on as they are, since they open the data; control characters in them are refused
    dimension = "".join(c if unicodedata.category(c)[0] not in "CZ" and c != "/" else " " for c in text[:60]).strip()
    variable = f"v {dimension[:40]}".strip(". ")
    for name, values, attributes in [
        ("lon", np.arange(3.0), {"units": "degrees_east", "standard_name": "longitude"}),
        ("lat", np.arange(2.0), {"units": "degrees_north", "standard_name": "latitude"}),
        (variable, np.ones((2, 3)), {"units": text, "long_name": text, "standard_name": text, "cell_methods": text, "comment": text}),
    ]:
        dims = {"lon": ["lon"], "lat": ["lat"]}.get(name, ["lat", "lon"])
        array = group.create_array(name, shape=values.shape, dtype="f8", chunks=values.shape, dimension_names=dims)
        array[:] = values
        array.attrs.update(attributes)
    other = group.create_array("other", shape=(2,), dtype="f8", dimension_names=[dimension])
    other[:] = 1


JSON_FORMS = ["/stac", "/stac/collections", "/stac/search?limit=1000", "/stac/queryables", "/stac-collection-all.json", "/stac-collection-all.json?links=child", "/gridlook.json", "/catalog.jsonld", "/esm-collection.json", "/stats_nginx.json"]
JSON_OF_DATASET = ["stac", "gridlook.json", "croissant.json", "info", "dict", "keys", "references.json"]
YAML_FORMS = ["/intake.yaml", "/intake-nested.yaml", "/intake2.yaml"]
HTML_FORMS = ["/", "/stats-summary.html", "/stats-all.html"]
CSV_FORMS = ["/stats-summary.csv", "/stats-all.csv"]
# what is as stored may be as long, and have any character, as it is
AS_STORED = ("info", "dict", "references.json")


def read(gateway: Gateway, path: str) -> requests.Response:
    answer = requests.get(gateway.url + path)
    assert answer.status_code == 200, (path, answer.text[:300])
    return answer


def texts_of(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts_of(key)
            yield from texts_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts_of(item)


def assert_readable(value: object, where: str) -> None:
    """No character that turns or hides others, or that a terminal obeys."""
    for text in texts_of(value):
        wrong = [character for character in text if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in "\n\t"]
        assert not wrong, (where, wrong[:5], text[:120])


@pytest.mark.parametrize("path", JSON_FORMS)
def test_json(served: Gateway, path: str) -> None:
    answer = read(served, path)
    document = answer.json()
    assert len(answer.content) < MAX_BYTES_EACH * len(TEXTS), (path, len(answer.content))
    assert_readable(document, path)


@pytest.mark.parametrize("form", JSON_OF_DATASET)
def test_json_of_one_dataset(served: Gateway, form: str) -> None:
    for name in TEXTS:
        answer = read(served, f"/datasets/{name}/{form}")
        document = answer.json()
        if form not in AS_STORED and form != "keys":
            assert len(answer.content) < MAX_BYTES_EACH, (name, form, len(answer.content))
            assert_readable(document, f"{name}/{form}")


def test_items_are_valid_and_open(served: Gateway) -> None:
    collection = pystac.Collection.from_file(f"{served.url}/stac-collection-all.json")
    items = {item.id: item for item in collection.get_items()}
    assert set(items) == set(TEXTS)
    for name, item in items.items():
        for href in texts_of([link.to_dict() for link in item.links]):
            assert not href.startswith("javascript:")
        assert not any(provider.url and not provider.url.startswith("http") for provider in item.common_metadata.providers or [])
        with xr.open_dataset(item.assets["data"].href, engine="zarr") as dataset:
            assert dataset.attrs["title"] == TEXTS[name]
    unavailable = requests.get(f"{served.url}/stac-collection-all.json").json()["gateway:unavailable"]
    assert [entry["id"] for entry in unavailable] and all(re.fullmatch(r"[A-Za-z0-9._-]+", entry["id"]) for entry in unavailable)


def test_yaml(served: Gateway) -> None:
    paths = [*YAML_FORMS, *(f"/datasets/{name}/catalog.yaml" for name in TEXTS)]
    for path in paths:
        answer = read(served, path)
        assert len(answer.content) < MAX_BYTES_EACH * len(TEXTS), (path, len(answer.content))
        document = yaml.safe_load(answer.text)
        assert_readable(document, path)
        # Intake makes templates of what is between two braces: only the gateway's own parameters may be there
        for text in texts_of(document):
            for template in re.findall(r"\{\{(.*?)\}\}|\{%(.*?)%\}|\{#(.*?)#\}", text, re.S):
                assert re.fullmatch(r"[\s\w.]*", template[0]) and not template[1] and not template[2], (path, text[:200])


def test_xml(served: Gateway) -> None:
    text = read(served, "/catalog.xml").text
    assert "<!DOCTYPE" not in text and "<!ENTITY" not in text
    root = ElementTree.fromstring(text)
    found = [value for element in root.iter() for value in [element.text or "", *element.attrib.values()]]
    assert_readable(found, "/catalog.xml")
    assert len(text) < MAX_BYTES_EACH * len(TEXTS)


def test_csv(served: Gateway) -> None:
    paths = [*CSV_FORMS]
    table = read(served, "/esm-collection.json").json().get("catalog_file")
    for address in [*(served.url + path for path in paths), *([table] if table else [])]:
        rows = list(csv.reader(io.StringIO(requests.get(address).text)))
        assert len({len(row) for row in rows}) == 1, address
        for cell in [cell for row in rows for cell in row]:
            assert not re.match(r"[=+@\t\r]|-(?!\d)", cell), (address, cell[:80])
            assert len(cell) < 10_000, address
        assert_readable(rows, address)


def test_parquet(served: Gateway) -> None:
    table = pyarrow.parquet.read_table(io.BytesIO(read(served, "/stac/items.parquet").content))
    assert set(table.column("id").to_pylist()) == set(TEXTS)


class Page(html.parser.HTMLParser):
    """What a browser would run or load, and the text that a person would see."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[tuple[dict, str]] = []
        self.handlers: list[tuple[str, str]] = []
        self.addresses: list[str] = []
        self.text: list[str] = []
        self._script: dict | None = None

    def handle_starttag(self, tag: str, attrs: list) -> None:
        attributes = dict(attrs)
        self.handlers += [(tag, name) for name in attributes if name.startswith("on")]
        self.addresses += [value for name, value in attributes.items() if name in ("href", "src", "action") and value]
        if tag == "script":
            self._script = attributes
            self.scripts.append((attributes, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._script = None

    def handle_data(self, data: str) -> None:
        if self._script is None:
            self.text.append(data)
        else:
            attributes, text = self.scripts[-1]
            self.scripts[-1] = (attributes, text + data)


def test_pages(served: Gateway) -> None:
    for path in [*HTML_FORMS, *(f"/datasets/{name}/" for name in TEXTS)]:
        answer = read(served, path)
        assert len(answer.content) < 3_000_000, (path, len(answer.content))
        page = Page()
        page.feed(answer.text)
        assert page.handlers == [], path
        for attributes, text in page.scripts:
            if attributes.get("type") == "application/ld+json":
                json.loads(text)
            else:
                assert attributes.get("src") and not text.strip(), (path, text[:100])
        for address in page.addresses:
            assert not re.match(r"\s*(javascript|data:text|vbscript):", address, re.I), (path, address)
            assert "evil" not in address or not address.startswith("//"), (path, address)
        # characters that turn what follows stay within their own text
        turned = re.findall("[\u202a-\u202e\u2066-\u2069]", "".join(page.text))
        assert not turned or "bidi" in path, path


def test_the_log_takes_one_line_each(served: Gateway) -> None:
    requests.get(f"{served.url}/datasets/%0Aforged%1b[31m/stac")
    for line in served.log.read_text().splitlines():
        assert "\x1b[31m" not in line and not line.startswith("forged")
