"""The lines that a dataset's page shows really open it: they are taken from the page and run as they are."""

from __future__ import annotations

import html
import importlib.util
import re
import shutil
import subprocess

import pytest
import requests
import xarray as xr
from comparing import differences
from fixtures import FIXTURES
from gateway import ROOT
from local import open_local

IDS = ["xarray-zarr3.time-monthly-standard", "xarray-netcdf3-classic.curvilinear", "netcdf4.classic-model"]
PATHS = {item.id: item.path for item in FIXTURES}


def snippets(url: str) -> dict[str, str]:
    """By the name of the client, as a person would copy them."""
    page = requests.get(f"{url}/", headers={"Accept": "text/html"}, timeout=60).text
    found = re.findall(r'<pre [^>]*data-snippet="([^"]+)"[^>]*>(.*?)</pre>', page, re.DOTALL)
    return {name: html.unescape(text) for name, text in found}


@pytest.fixture(params=IDS)
def shown(request, gateway, fixture_folder):
    """The snippets of a dataset, and its local file as opened by xarray."""
    return snippets(f"{gateway.url}/datasets/{request.param}"), open_local(fixture_folder / PATHS[request.param])


def run(text: str) -> dict:
    names: dict = {}
    exec(compile(text, "<snippet>", "exec"), names)  # noqa: S102 - what a reader would do
    return names


@pytest.mark.parametrize(("name", "needed"), [("xarray", []), ("xarray-v2", []), ("intake", ["intake", "intake_xarray"]), ("pystac", ["pystac"])])
def test_python(shown, name, needed):
    texts, expected = shown
    if name not in texts:
        pytest.skip(f"the server has no plugin for {name}")
    for module in needed:
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed")
    opened = run(texts[name])["ds"]
    found = differences(expected, opened)
    assert not found, "\n".join(found)


VIEW = "isel(time=%3A%3A2)"


@pytest.mark.parametrize("name", ["xarray", "xarray-v2", "intake", "pystac", "zarr-python", "curl"])
def test_views(gateway, fixture_folder, name):
    """The page of a view, whose id has signs in it that clients read as their own."""
    base = IDS[0]
    texts = snippets(f"{gateway.url}/datasets/{base}@{VIEW}")
    assert f"/datasets/{base}@{VIEW}" in texts[name]
    expected = open_local(fixture_folder / PATHS[base]).isel(time=slice(None, None, 2))
    if name == "curl":
        address = re.fullmatch(r'curl "([^"]+)"', texts[name])[1]
        assert requests.get(address, timeout=60).json()["dimensions"]["time"] == expected.sizes["time"]
    elif name == "zarr-python":
        assert run(texts[name])["group"]["time"].shape == expected["time"].shape
    else:
        opened = run(texts[name])["ds"]
        assert not differences(expected, opened)


def test_zarr_python(shown):
    texts, expected = shown
    group = run(texts["zarr-python"])["group"]
    assert set(group.array_keys()) == set(expected.variables)


def test_groups_open_as_a_tree(gateway):
    texts = snippets(f"{gateway.url}/datasets/zarr3.groups")
    tree = run(texts["xarray"])["tree"]
    assert isinstance(tree, xr.DataTree) and len(tree.groups) > 1


def test_zarrita(shown):
    texts, expected = shown
    text = f"{texts['zarrita']}\nconsole.log(JSON.stringify([array.path, array.shape]));"
    node = str(ROOT / "node_modules/.bin/node")
    done = subprocess.run([node, "--input-type=module", "-e", text], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    path, shape = re.fullmatch(r'\["/([^"]+)",\[([\d,]*)\]\]\s*', done.stdout).groups()
    assert [int(size) for size in shape.split(",")] == list(expected[path].shape)


def test_gdal_string(shown):
    rasterio = pytest.importorskip("rasterio")
    with rasterio.Env() as env:
        if "Zarr" not in env.drivers():
            pytest.skip("this rasterio wheel has no Zarr driver")
        texts, expected = shown
        for name in ("gdal", "r"):
            address = re.search(r"""'(ZARR:"/vsicurl/[^']+")'""", texts[name])[1]
            with rasterio.open(address) as raster:
                listed = {part.rsplit("/", 1)[-1] for part in raster.subdatasets}
            large = {key for key, variable in expected.data_vars.items() if variable.ndim >= 2}
            assert not listed or large & listed


def test_curl(shown):
    texts, expected = shown
    address = re.fullmatch(r'curl "([^"]+)"', texts["curl"])[1]
    assert set(requests.get(address, timeout=60).json()["variables"]) == set(expected.variables)


def test_netcdf_file(shown, tmp_path):
    texts, expected = shown
    if "cdo" not in texts:
        pytest.skip("the server has no plugin for NetCDF files")
    text = texts["cdo"]
    if shutil.which("cdo") is None:
        text = text.replace("cdo sinfo", "ncdump -h")
    if shutil.which(text.splitlines()[1].split()[0]) is None:
        pytest.skip("neither CDO nor ncdump is installed")
    done = subprocess.run(["sh", "-ec", text], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found = differences(expected, xr.open_dataset(tmp_path / "data.nc"))
    assert not found, "\n".join(found)


def test_address_for_julia_answers(shown):
    texts, _ = shown
    for address in re.findall(r'"(http[^"]+)"', texts["julia"]):
        assert requests.get(f"{address}/.zmetadata", timeout=60).status_code == 200
