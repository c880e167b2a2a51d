"""Answers requests for the schemas of STAC from ../schemas/stac: `python offline_schemas.py MODULE ARGUMENTS…` runs a validator so."""

from __future__ import annotations

import io
import json
import pathlib
import runpy
import sys
import urllib.request
import warnings

import pystac.stac_io
import requests

FOLDER = pathlib.Path(__file__).parents[1] / "schemas/stac"


def schemas() -> dict[str, bytes]:
    found = {}
    for path in FOLDER.rglob("*.json"):
        text = path.read_bytes()
        found[json.loads(text).get("$id", "").rstrip("#")] = text
        folder = path.parent.name
        if folder == "storage-platforms":
            found[f"https://stac-extensions.github.io/storage/v2.0.0/platforms/{path.name}"] = text
        elif folder == "geojson":
            found[f"https://geojson.org/schema/{path.name}"] = text
        elif folder == "v1.1.0":
            found[f"https://schemas.stacspec.org/v1.1.0/item-spec/json-schema/{path.name}"] = text
    return found


def install() -> None:
    kept = schemas()
    send, opened = requests.Session.request, urllib.request.urlopen

    def request(self: requests.Session, method: str, url: str, **options: object) -> requests.Response:
        text = kept.get(str(url).split("#")[0])
        if text is None:
            return send(self, method, url, **options)
        answer = requests.Response()
        answer.status_code, answer._content, answer.url = 200, text, str(url)
        return answer

    def urlopen(target: object, *arguments: object, **options: object) -> object:
        url = target if isinstance(target, str) else target.full_url
        text = kept.get(url.split("#")[0])
        return opened(target, *arguments, **options) if text is None else io.BytesIO(text)

    read = pystac.stac_io.DefaultStacIO.read_text_from_href

    def read_text(self: pystac.stac_io.DefaultStacIO, href: str) -> str:
        text = kept.get(href.split("#")[0])
        return read(self, href) if text is None else text.decode()

    requests.Session.request = request
    urllib.request.urlopen = urlopen
    pystac.stac_io.DefaultStacIO.read_text_from_href = read_text


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    install()
    module, sys.argv = sys.argv[1], sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
