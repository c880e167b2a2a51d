"""stac-validator and stac-api-validator find nothing wrong with any item, nor with the API; what they would download is kept here."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

import pytest
import requests
from conftest import SHARED_DATA
from gateway import Gateway

pytestmark = pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="the sample data are not here")
OFFLINE = pathlib.Path(__file__).parent / "offline_schemas.py"
AREA = {"type": "Polygon", "coordinates": [[[-100, -60], [100, -60], [100, 60], [-100, 60], [-100, -60]]]}
VALIDATE = """
import json, sys
import offline_schemas
offline_schemas.install()
from stac_validator.stac_validator import StacValidate
for address in sys.stdin.read().split():
    validation = StacValidate(address)
    validation.run()
    if not validation.valid:
        print(json.dumps(validation.message)[:2000])
"""


def test_stac_validator(sample_gateway: Gateway) -> None:
    url = sample_gateway.url
    links = requests.get(f"{url}/stac-collection-all.json").json()["links"]
    addresses = [f"{url}/stac-collection-all.json", f"{url}/stac", *(link["href"] for link in links if link["rel"] == "item")]
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", VALIDATE], input="\n".join(addresses), capture_output=True, text=True, cwd=OFFLINE.parent)
    assert (run.returncode, run.stdout) == (0, ""), run.stderr[-2000:]


def test_stac_api_validator(sample_gateway: Gateway) -> None:
    url = sample_gateway.url
    classes = ["core", "browseable", "collections", "features", "item-search", "filter", "children"]
    collection = requests.get(f"{url}/stac/collections").json()["collections"][0]["id"]
    arguments = ["--root-url", f"{url}/stac", *(part for name in classes for part in ("--conformance", name)), "--collection", collection, "--geometry", json.dumps(AREA)]
    run = subprocess.run([sys.executable, str(OFFLINE), "stac_api_validator", *arguments], capture_output=True, text=True)
    output = run.stdout + run.stderr
    errors = output[output.find("Errors:") :]
    assert run.returncode == 0 and "Errors: none" in output, errors[:3000]
