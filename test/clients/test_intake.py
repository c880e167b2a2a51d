"""Intake catalogs, read by Intake 2 here and by Intake 0.7 in an environment of its own."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import venv

import intake
import pytest
import requests
import xarray as xr
import yaml
from gateway import Gateway

ROOT = pathlib.Path(__file__).resolve().parents[2]
OLD_PINS = [
    "aiohttp==3.14.5",
    "dask==2024.11.2",
    "fsspec==2024.10.0",
    "intake==0.7.0",
    "intake-xarray==0.7.0",
    "numcodecs==0.15.2",
    "numpy==2.2.6",
    "pandas==2.2.3",
    "requests==2.34.2",
    "xarray==2024.11.0",
    "zarr==2.18.7",
]
HOSTILE = "{{ shell('touch /tmp/zarr-gateway-was-here') }} {% raw %} \u202e]]> <b>: - \"'\n=cmd|' /C calc'!A0 " + "x" * 100_000


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("intake")
    air = xr.Dataset(
        {"tas": (("lat", "lon"), [[1.5, 2.5, 3.5], [4.5, 5.5, 6.5]], {"units": "K"})},
        {"lat": ("lat", [50.0, 51.0], {"units": "degrees_north"}), "lon": ("lon", [4.0, 5.0, 6.0], {"units": "degrees_east"})},
        {"title": "Near-surface air"},
    )
    air.to_netcdf(folder / "air.nc")
    air.assign_attrs(title=HOSTILE, license=HOSTILE, keywords="data(tas)").to_netcdf(folder / "hostile.nc")
    air.assign_attrs(title="data(no-such-entry)").to_netcdf(folder / "reference.nc")
    air.to_netcdf(folder / "groups.nc", group="forecast/hourly")
    (folder / "broken.nc").write_bytes(b"\x89HDF\r\n\x1a\nnothing more")
    return folder


@pytest.fixture(scope="module")
def served(data, tmp_path_factory):
    server = Gateway("serve", str(data), "--port", "0", log=tmp_path_factory.mktemp("log") / "gateway.log")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def old_python(tmp_path_factory) -> str:
    """An interpreter with Intake 0.7; `CLIENT_FIXTURES` is not asked, as it has to be made where there is a network."""
    folder = tmp_path_factory.mktemp("intake-0.7")
    try:
        venv.create(folder, with_pip=True)
        python = str(folder / "bin/python")
        subprocess.run([python, "-m", "pip", "install", "-q", *OLD_PINS], check=True, timeout=300, capture_output=True)
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"Intake 0.7 cannot be installed here: {error}")
    return python


OLD_CHECK = """
import json, sys, intake, xarray as xr
url, file = sys.argv[1:]
expected = xr.open_dataset(file).load()
catalog = intake.open_catalog(url + "/intake.yaml")
nested = intake.open_catalog(url + "/intake-nested.yaml")["air"]
found = {
    "default": catalog["air"].to_dask(),
    "nested": nested["air-zarr"].to_dask(),
    "parameter": nested["air"](method="kerchunk").to_dask(),
    "group": catalog["groups/forecast/hourly"].to_dask(),
    "hostile": catalog["hostile"].to_dask().drop_attrs(deep=False).assign_attrs(expected.attrs),
}
for method in ("zarr", "zarr2", "kerchunk"):
    found["parameter " + method] = catalog["air"](method=method).to_dask()
    found["entry " + method] = catalog["air." + method].to_dask()
assert catalog["air"](method="kerchunk").urlpath.endswith("/air/kerchunk")
print(json.dumps({name: bool(expected.identical(dataset)) for name, dataset in found.items()}))
"""


def test_intake_07_reads_every_form(served, data, old_python):
    result = subprocess.run([old_python, "-W", "ignore", "-c", OLD_CHECK, served.url, str(data / "air.nc")], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr[-3000:]
    found = json.loads(result.stdout)
    assert len(found) == 11 and all(found.values()), found
    assert not pathlib.Path("/tmp/zarr-gateway-was-here").exists()


def test_intake_2_reads_version_1(served, data):
    expected = xr.open_dataset(data / "air.nc").load()
    catalog = intake.open_catalog(f"{served.url}/intake.yaml")
    names = ["air", "air.zarr", "air.zarr2", "air.kerchunk", "groups/forecast/hourly"]
    for name in names:
        xr.testing.assert_identical(catalog[name].to_dask().load(), expected)
    nested = intake.open_catalog(f"{served.url}/intake-nested.yaml")["air"]
    xr.testing.assert_identical(nested["air-kerchunk"].to_dask().load(), expected)
    assert list(catalog["hostile"].to_dask()) == ["tas"]


def test_intake_2_reads_version_2(served, data):
    expected = xr.open_dataset(data / "air.nc").load()
    for catalog in (intake.from_yaml_file(f"{served.url}/intake2.yaml"), intake.open_catalog(f"{served.url}/intake2.yaml")):
        for name in ("air", "air.zarr", "air.zarr2", "air.kerchunk"):
            xr.testing.assert_identical(catalog[name].read().load(), expected)
        assert list(catalog["hostile"].read()) == ["tas"]
        assert list(catalog["reference"].read()) == ["tas"]


def test_hostile_texts_stay_texts_for_pyyaml():
    node = shutil.which("node", path=f"{ROOT / 'node_modules' / '.bin'}{os.pathsep}{os.environ['PATH']}")
    script = ROOT / "test" / "clients" / "hostile_catalogs.ts"
    result = subprocess.run([node, "--no-warnings", str(script)], capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert result.returncode == 0, result.stderr[-3000:]
    lines = result.stdout.split("\n")[:-1]
    assert len(lines) == 300
    for line in lines:
        case = json.loads(line)
        assert yaml.safe_load(case["text"]) == case["object"]


def test_documents_are_what_xpublish_users_know(served):
    root = yaml.safe_load(requests.get(f"{served.url}/intake.yaml").text)
    assert root["metadata"]["access_url"] == f"{served.url}/intake.yaml"
    assert root["sources"]["air"]["args"]["urlpath"] == f"{served.url}/datasets/air/{{{{ method }}}}"
    assert root["sources"]["air"]["parameters"]["method"]["allowed"] == ["zarr", "zarr2", "kerchunk"]
    assert set(root["metadata"]["unavailable"]) == {"broken"} and "broken" not in root["sources"]
    nested = yaml.safe_load(requests.get(f"{served.url}/intake-nested.yaml").text)
    assert nested["sources"]["air"]["args"]["path"] == f"{served.url}/datasets/air/catalog.yaml"
    one = yaml.safe_load(requests.get(f"{served.url}/datasets/air/catalog.yaml").text)
    assert one["name"] == "air" and one["metadata"]["access_url"] == f"{served.url}/datasets/air/catalog.yaml"
    assert one["sources"]["air-zarr"]["args"]["urlpath"] == f"{served.url}/datasets/air/zarr"
    two = yaml.safe_load(requests.get(f"{served.url}/intake2.yaml").text)
    assert set(two) == {"version", "data", "entries", "user_parameters", "aliases", "metadata"}


def test_no_text_becomes_a_template(served):
    for path in ("intake.yaml", "intake-nested.yaml", "intake2.yaml", "datasets/hostile/catalog.yaml"):
        text = requests.get(f"{served.url}/{path}").text
        assert "{{ shell" not in text and "{%" not in text and "\u202e" not in text, path
        assert len(text) < 50_000
        yaml.safe_load(text)


def test_headers(served):
    answer = requests.get(f"{served.url}/intake.yaml", headers={"Origin": "https://example.org"})
    assert answer.headers["content-type"] == "text/yaml; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    etag = answer.headers["etag"]
    assert requests.get(f"{served.url}/intake.yaml", headers={"If-None-Match": etag}).status_code == 304
    assert requests.head(f"{served.url}/intake.yaml").status_code == 200
    assert requests.get(f"{served.url}/intake.yaml/").status_code == 200


@pytest.mark.parametrize("trusted", [True, False])
def test_forwarded_scheme_counts_from_trusted_proxies(data, tmp_path, trusted):
    configuration = {"folders": [{"path": str(data)}], "server": {"port": 0, "trustedProxies": ["127.0.0.1"] if trusted else []}}
    file = tmp_path / "gateway.yaml"
    file.write_text(json.dumps(configuration))
    server = Gateway("serve", "-c", str(file), log=tmp_path / "gateway.log")
    try:
        headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "data.example.org"}
        found = yaml.safe_load(requests.get(f"{server.url}/intake.yaml", headers=headers).text)
        base = "https://data.example.org" if trusted else server.url
        assert found["sources"]["air.zarr"]["args"]["urlpath"] == f"{base}/datasets/air/zarr"
        assert found["metadata"]["access_url"] == f"{base}/intake.yaml"
    finally:
        server.stop()


