"""Damaged, hostile and foreign input: an honest error, quickly, in little memory, and only where the damage is."""

from __future__ import annotations

import json
import subprocess
import time

import numpy as np
import pytest
import requests
import zarr
from conftest import SHARED_DATA
from fixtures.broken import WRONG2, WRONG3
from gateway import Gateway, command

MEGABYTE = 1 << 20


def get(gateway: Gateway, path: str, timeout: float = 20) -> requests.Response:
    return requests.get(gateway.url + path, timeout=timeout)


def assert_failed(answer: requests.Response, code: str | None = "upstream") -> None:
    """5xx with a reason for people, never 404, and nothing about the server's disk."""
    assert 500 <= answer.status_code < 600, f"{answer.status_code} {answer.text[:200]}"
    problem = answer.json()
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert isinstance(problem["detail"], str) and len(problem["detail"]) > 10
    if code:
        assert problem["code"] == code, problem
    assert "/tmp/" not in answer.text and "    at " not in answer.text, "no path, no stack"


WHOLLY_BROKEN = ["truncated-header", "truncated-netcdf3-header", "enormous-counts", "not-json", "not-json-2", "wrong-kind", "future", "list", "deep"]


@pytest.mark.parametrize("name", WHOLLY_BROKEN)
def test_a_dataset_that_cannot_be_opened_says_why(gateway, name):
    ids = get(gateway, "/datasets").json()
    assert f"broken.{name}" in ids, "it is configured, so it is listed"
    for path in ["zarr/zarr.json", "zarr2/.zmetadata", "info", "keys"]:
        assert_failed(get(gateway, f"/datasets/broken.{name}/{path}"), None)


@pytest.mark.parametrize("name", ["empty", "text", "hdf4", "cdf9", "folder", "pipe", "linked", "loop"])
def test_what_is_no_dataset_is_refused_or_not_listed(gateway, name):
    answer = get(gateway, f"/datasets/broken.{name}/zarr/zarr.json")
    assert answer.status_code == 404 or answer.status_code >= 500, answer.text[:200]
    assert "secret" not in answer.text


def test_links_that_leave_the_folder_are_not_followed(gateway):
    assert get(gateway, "/datasets/broken.linked/zarr/secret/c/0").status_code in [404, *range(500, 600)]
    store = "/datasets/broken.linked-chunk/zarr"
    for key in ["v/c/0", "v/c/1", "secret/zarr.json", "secret/c/0", "v/notes.txt"]:
        answer = get(gateway, f"{store}/{key}")
        assert answer.status_code >= 400, f"{key} → {answer.status_code}"
        assert answer.content[:4] != b"\x01\x02\x03\x04"
    assert get(gateway, f"{store}/v/c/0").status_code != 404, "a chunk that may not be read is not a missing one"


@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_virtual_datasets_never_lead_to_other_files(gateway, libver):
    """HDF5 itself follows all of them; they are left out, with the reason."""
    root = zarr.open_group(f"{gateway.url}/datasets/broken.virtual-{libver}.zarr", mode="r")
    assert set(root.array_keys()) == {"plain", "own"}
    np.testing.assert_array_equal(root["own"][...], [[-1.0] * 6, np.arange(6.0)])
    page = get(gateway, f"/datasets/broken.virtual-{libver}").text
    for name in ["outside", "chained", "linked", "grouped", "softly", "bytes", "nowhere"]:
        assert f"/{name}" in page, "the page says what is left out"
        assert get(gateway, f"/datasets/broken.virtual-{libver}/zarr/{name}/c/0/0").status_code == 404


def test_broken_datasets_are_named_on_the_page_and_hide_no_other(gateway):
    page = requests.get(f"{gateway.url}/", headers={"Accept": "application/json"}, timeout=120)
    assert page.status_code == 200
    assert "broken.not-json" in page.text
    assert get(gateway, "/datasets/zarr3.types/zarr/zarr.json").status_code == 200
    assert get(gateway, "/health").status_code == 200


@pytest.mark.parametrize("name", ["truncated-third", "truncated-tail", "truncated-netcdf3"])
def test_truncated_files_fail_as_a_whole_or_where_they_are_cut(gateway, name):
    base = f"/datasets/broken.{name}/zarr"
    root = get(gateway, f"{base}/zarr.json")
    if root.status_code >= 500:
        assert_failed(root, None)
        return
    statuses = set()
    for path, node in root.json()["consolidated_metadata"]["metadata"].items():
        counts = [-(-length // chunk) for length, chunk in zip(node["shape"], node["chunk_grid"]["configuration"]["chunk_shape"])]
        for index in np.ndindex(*counts):
            answer = get(gateway, f"{base}/{path}/c" + "".join(f"/{i}" for i in index))
            statuses.add(answer.status_code)
            if answer.status_code == 200:
                assert int(answer.headers["Content-Length"]) == len(answer.content)
            else:
                assert_failed(answer)
    assert any(status >= 500 for status in statuses), "what is cut off is a failure"


def test_corrupt_chunks_of_hdf5_never_pass_for_data(gateway):
    """
    Stored bytes pass untouched, so a damaged deflate stream reaches the client, whose own check finds it.
    Where the gateway takes a checksum away or decodes, it has to check itself.
    """
    base = "/datasets/broken.corrupt-chunks-nc" if "broken.corrupt-chunks-nc" in get(gateway, "/datasets").json() else "/datasets/broken.corrupt-chunks"
    for name in ["checksum", "shuffle_checksum", "bzip2"]:
        assert_failed(get(gateway, f"{base}/zarr/{name}/c/0"))
        assert get(gateway, f"{base}/zarr/{name}/c/1").status_code == 200
    array = zarr.open_group(f"{gateway.url}{base}/zarr", mode="r")["deflate"]
    with pytest.raises(Exception):  # noqa: B017, PT011 - whichever decoder the client has
        array[:2000]
    np.testing.assert_array_equal(array[2000:].shape, (2000,))


@pytest.mark.filterwarnings("ignore")
def test_corrupt_chunks_of_zarr_never_pass_for_data(gateway):
    ids = get(gateway, "/datasets").json()
    base = "/datasets/" + ("broken.corrupt-chunks-zarr" if "broken.corrupt-chunks-zarr" in ids else "broken.corrupt-chunks")
    two = f"{base}/zarr2"
    for name in ["checked"]:
        assert get(gateway, f"{two}/{name}/0").status_code >= 500, f"{name}: what has to be decoded is checked"
    inner = [get(gateway, f"{two}/sharded/{number}").status_code for number in range(10)]
    assert any(status >= 500 for status in inner[:5]), "one chunk inside the first shard is damaged"
    assert min(inner[5:]) >= 500, "the index of the second shard is damaged"
    # A folder where a chunk should be is no chunk, for zarr-python's own store too.
    assert get(gateway, f"{base}/zarr/raw/c/1").status_code in [404, *range(500, 600)]
    group = zarr.open_group(f"{gateway.url}{base}/zarr", mode="r")
    for name in ["zstd", "raw", "checked", "sharded", "strings"]:
        with pytest.raises(Exception):  # noqa: B017, PT011
            group[name][...]


@pytest.mark.parametrize(("version", "wrong"), [(2, WRONG2), (3, WRONG3)])
def test_one_wrong_array_hides_only_itself(gateway, version, wrong):
    base = f"/datasets/broken.wrong-arrays-{version}"
    document = get(gateway, f"{base}/zarr/zarr.json")
    assert document.status_code == 200, document.text[:300]
    published = document.json()["consolidated_metadata"]["metadata"]
    assert "good" in published
    for name in wrong:
        answer = get(gateway, f"{base}/zarr/{name}/zarr.json")
        chunk = get(gateway, f"{base}/zarr/{name}/c/0")
        if name not in published:
            assert answer.status_code in [404, *range(500, 600)]
        else:
            json.loads(answer.text)
        assert chunk.status_code < 600
    np.testing.assert_array_equal(zarr.open_group(f"{gateway.url}{base}.zarr", mode="r")["good"][:5], np.arange(5, dtype="f4"))
    for name in ["negative", "zero_chunk", "rank", "dtype", "codec", "fill"]:
        assert name not in published, f"{name} cannot be right"


def test_a_broken_member_hides_only_itself(gateway):
    """Or the store fails as a whole and says where: either is honest."""
    answer = get(gateway, "/datasets/broken.broken-member/zarr/zarr.json")
    if answer.status_code >= 500:
        assert_failed(answer)
        assert "bad" in answer.json()["detail"]
        return
    published = answer.json()["consolidated_metadata"]["metadata"]
    assert "good" in published and "bad" not in published


def test_consolidated_names_cannot_leave_the_store(gateway):
    answer = get(gateway, "/datasets/broken.consolidated-names/zarr/zarr.json")
    if answer.status_code == 200:
        names = answer.json()["consolidated_metadata"]["metadata"].keys()
        assert not any(".." in name or "//" in name or name == "" for name in names)
    else:
        assert_failed(answer, None)


def test_enormous_shapes_answer_at_once_in_little_memory(gateway):
    get(gateway, "/datasets/zarr3.types/zarr/zarr.json")
    before = gateway.memory()
    for id in ["enormous", "enormous-hdf5", "enormous-netcdf3"]:
        started = time.monotonic()
        root = get(gateway, f"/datasets/broken.{id}/zarr/zarr.json")
        two = get(gateway, f"/datasets/broken.{id}/zarr2/.zmetadata")
        assert time.monotonic() - started < 5, id
        if root.status_code >= 500:
            assert_failed(root, None)
            continue
        assert two.status_code == 200
        for path, node in root.json()["consolidated_metadata"]["metadata"].items():
            rank = len(node["shape"])
            for index in ["/0" * rank, "/1" * rank, "/1000000" * rank]:
                answer = get(gateway, f"/datasets/broken.{id}/zarr/{path}/c{index}")
                assert answer.status_code in [200, 404, *range(500, 600)], f"{id}/{path}{index}: {answer.status_code}"
                assert len(answer.content) < 80 * MEGABYTE
    assert gateway.memory() - before < 400 * MEGABYTE
    published = get(gateway, "/datasets/broken.enormous-hdf5/zarr/zarr.json").json()["consolidated_metadata"]["metadata"]
    assert published["chunked"]["shape"] == [2**40] and "small" in published


def test_numbers_past_two_to_the_53_stay_exact_or_are_left_out(gateway):
    text = get(gateway, "/datasets/broken.enormous/zarr/zarr.json").text
    if "in_one" in text:
        assert str(2**53 + 1) in text


def test_decompression_bombs_are_bounded_by_what_the_chunk_declares(gateway):
    get(gateway, "/datasets/zarr3.types/zarr/zarr.json")
    before, started = gateway.memory(), time.monotonic()
    ids = get(gateway, "/datasets").json()
    zarr_bombs = "broken.bombs-zarr" if "broken.bombs-zarr" in ids else "broken.bombs"
    netcdf_bombs = "broken.bombs-nc" if "broken.bombs-nc" in ids else "broken.bombs"
    highest = before
    for path in [f"{zarr_bombs}/zarr2/checked/0", f"{zarr_bombs}/zarr2/sharded/0", f"{netcdf_bombs}/zarr/lz4/c/0", f"{netcdf_bombs}/zarr2/zstd/0", f"{netcdf_bombs}/zarr/big_endian_zstd/c/0"]:
        answer = get(gateway, f"/datasets/{path}", timeout=60)
        highest = max(highest, gateway.memory())
        assert answer.status_code >= 500 or len(answer.content) < MEGABYTE, f"{path}: {answer.status_code}, {len(answer.content)} bytes"
    assert highest - before < 300 * MEGABYTE, f"{(highest - before) // MEGABYTE} MiB more"
    assert time.monotonic() - started < 30


def test_cycles_end(gateway):
    answer = get(gateway, "/datasets/broken.cycle/zarr/zarr.json")
    assert answer.status_code == 200 or answer.status_code >= 500
    assert len(answer.content) < MEGABYTE


INSPECTED = ["truncated-header.nc", "truncated-tail.nc", "truncated-netcdf3-header.nc", "hdf4.nc", "text.nc", "empty.nc", "not-json.zarr", "deep.zarr", "wrong-arrays-3.zarr", "enormous.zarr", "enormous-hdf5.nc", "enormous-counts.nc", "cycle.nc", "folder.nc"]


@pytest.mark.parametrize("name", INSPECTED)
def test_inspect_tells_what_is_wrong_in_a_line_or_two(fixture_folder, name):
    result = subprocess.run([*command(), "inspect", str(fixture_folder / "broken" / name)], capture_output=True, text=True, timeout=60)
    assert result.returncode in [0, 1], result.stderr
    assert "    at " not in result.stderr + result.stdout, "no stack"
    if result.returncode == 1:
        assert 0 < len(result.stderr.strip().splitlines()) <= 5, result.stderr


@pytest.mark.skipif(not (SHARED_DATA / "observations/avhrr.hdf").exists(), reason="no sample data beside the clone")
def test_hdf4_is_refused_by_name():
    result = subprocess.run([*command(), "inspect", str(SHARED_DATA / "observations/avhrr.hdf")], capture_output=True, text=True, timeout=60)
    assert result.returncode == 1 and "HDF4" in result.stderr.replace("HDF 4", "HDF4"), result.stderr
