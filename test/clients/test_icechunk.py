"""Icechunk repositories through the gateway are what the icechunk package itself reads, while they change too."""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import threading
import time
import warnings
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import numpy as np
import obstore
import pytest
import requests
import xarray as xr
import zarr
from comparing import differences
from conftest import SHARED_DATA
from gateway import ROOT, Gateway

icechunk = pytest.importorskip("icechunk")

# Version 2 of the format is written by icechunk 2, which needs Python 3.12.
SPECS = [1] if icechunk.__version__.startswith("1.") else [1, 2]
FOLLOWED_WITHIN = 5
SAMPLES = [
    "cmip5/tas_Amon_HadGEM2-ES_rcp85_r1i1p1_200512-203011.nc",
    "cmip6/siconc_SImon_MPI-ESM1-2-HR_historical_r1i1p1f1_gn_185001-185412.nc",
    "cmip6/rlds_Amon_INM-CM5-0_historical_r1i1p1f1_gr1_195001-201412.nc",
    "cmip6/tos_Omon_IITM-ESM_1pctCO2_r1i1p1f1_gn_193001-193412.nc",
    "cordex/tas_ANT-44_ECMWF-ERAINT_evaluation_r1i1p1_DMI-HIRHAM5_v1_day_20060101.nc",
    "downscaled/tasmin_day_CanESM2_rcp85_r1i1p1_na10kgrid_qm-moving-50bins-detrend_2095.nc",
]


def create(path: pathlib.Path, spec: int, config: Any = None) -> Any:
    options = {} if icechunk.__version__.startswith("1.") else {"spec_version": spec}
    return icechunk.Repository.create(icechunk.local_filesystem_storage(str(path)), config=config, **options)


def every_dtype() -> xr.Dataset:
    names = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64", "complex64", "complex128"]
    values = {name: ("x", (np.arange(10) % 7).astype(name), {"kind": name}) for name in names}
    values["text"] = ("x", np.array([f"é{n}" for n in range(10)], dtype=np.dtypes.StringDType()))
    values["scalar"] = ((), np.float32(1.5))
    values["empty"] = (("none", "x"), np.zeros((0, 10)))
    return xr.Dataset(values, coords={"x": np.arange(10) * 0.5}, attrs={"title": "all", "count": 3, "level": 2.0})


def chunked(seed: int = 0) -> xr.Dataset:
    values = np.random.default_rng(seed).normal(size=(24, 9, 11)).astype("f4")
    values[:, 0] = np.nan
    dims = ("time", "lat", "lon")
    coords = {"time": np.arange("2001-01-01", "2001-01-25", dtype="M8[D]").astype("M8[ns]"), "lat": np.linspace(-40, 40, 9), "lon": np.linspace(0, 100, 11)}
    return xr.Dataset({"tas": (dims, values, {"units": "K"}), "pr": (dims, (values[::-1] * 100).astype("f8"))}, coords=coords)


def write_chunked(store: Any, **options: Any) -> None:
    encoding = {"tas": {"chunks": (5, 4, 11)}, "pr": {"chunks": (2, 3, 4), "shards": (8, 9, 8)}}
    chunked().to_zarr(store, encoding=encoding, consolidated=False, **options)


def split_config() -> Any:
    condition = icechunk.ManifestSplitCondition.path_matches(".*/tas$")
    dimension = icechunk.ManifestSplitDimCondition.DimensionName("time")
    splitting = icechunk.ManifestSplittingConfig.from_dict({condition: {dimension: 2}})
    return icechunk.RepositoryConfig(inline_chunk_threshold_bytes=100, manifest=icechunk.ManifestConfig(splitting=splitting))


@pytest.fixture(scope="session", params=SPECS, ids=lambda spec: f"v{spec}")
def spec(request: pytest.FixtureRequest) -> int:
    return request.param


@pytest.fixture(scope="session")
def folder(spec: int, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """`many`: groups of everything, split manifests. Others are made by the tests that change them."""
    root = tmp_path_factory.mktemp(f"icechunk{spec}")
    repository = create(root / "many.icechunk", spec, split_config())
    session = repository.writable_session("main")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # types without a Zarr 3 specification
        every_dtype().to_zarr(session.store, group="dtypes", consolidated=False)
        write_chunked(session.store, group="model a/deep")
        for name in SAMPLES if SHARED_DATA.is_dir() else []:
            raw = xr.open_dataset(SHARED_DATA / name, decode_cf=False)
            for variable in raw.variables.values():
                variable.encoding.clear()
            raw.to_zarr(session.store, group=pathlib.Path(name).stem, consolidated=False, zarr_format=3)
    session.commit("first", metadata={"author": "Ada", "run": 7})
    repository.create_tag("v1", snapshot_id=repository.lookup_branch("main"))
    session = repository.writable_session("main")
    zarr.open_array(session.store, path="model a/deep/tas")[3] = 5
    session.commit("second")
    return root


@pytest.fixture(scope="session")
def served(folder: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    server = Gateway("serve", str(folder), "--port", "0", log=tmp_path_factory.mktemp("log") / "icechunk.log")
    yield server
    server.stop()


@contextlib.contextmanager
def configured(tmp_path: pathlib.Path, text: str) -> Iterator[Gateway]:
    path = tmp_path / "gateway.yaml"
    path.write_text(text)
    server = Gateway("serve", "-c", str(path), "--port", "0", log=tmp_path / "gateway.log")
    try:
        yield server
    finally:
        server.stop()


def reopened(path: pathlib.Path, **options: Any) -> Any:
    return icechunk.Repository.open(icechunk.local_filesystem_storage(str(path)), **options)


def open_itself(repository: Any, group: str | None = None, *, decode_cf: bool = True, **pin: str) -> xr.Dataset:
    store = repository.readonly_session(**(pin or {"branch": "main"})).store
    return xr.open_zarr(store, group=group, consolidated=False, chunks=None, decode_cf=decode_cf)


def open_served(server: Gateway, id: str, published: str, group: str | None = None, **options: Any) -> xr.Dataset:
    if published == "v3":
        return xr.open_dataset(f"{server.url}/datasets/{id}.zarr", group=group, **options)
    path = {"v2": "zarr2", "raw": "kerchunk"}[published]
    return xr.open_dataset(f"{server.url}/datasets/{id}/{path}", engine="zarr", zarr_format=2, group=group, **options)


def eventually(check: Any, within: float = FOLLOWED_WITHIN) -> None:
    """Passes within the time, on any try."""
    end = time.monotonic() + within
    while True:
        try:
            return check()
        except Exception:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


GROUPS = ["dtypes", "model a/deep", *(pathlib.Path(name).stem for name in SAMPLES)]


@pytest.mark.parametrize("decode_cf", [True, False], ids=["decoded", "raw-values"])
@pytest.mark.parametrize("published", ["v3", "v2", "raw"])
@pytest.mark.parametrize("group", GROUPS)
def test_every_group_is_what_icechunk_reads(folder: pathlib.Path, served: Gateway, group: str, published: str, decode_cf: bool) -> None:
    if group not in GROUPS[:2] and not SHARED_DATA.is_dir():
        pytest.skip("no sample data")
    expected = open_itself(reopened(folder / "many.icechunk"), group, decode_cf=decode_cf).load()
    if published == "raw" and group in GROUPS[:2]:
        expected = expected.drop_vars(["pr", "text"], errors="ignore")  # no name in Zarr 2 for shards, other clients' strings
    actual = open_served(served, "many", published, group, decode_cf=decode_cf).load()
    if published == "raw":
        actual = actual.drop_vars(["text"], errors="ignore")
    assert differences(expected, actual) == []
    if published == "v3":
        xr.testing.assert_identical(expected, actual)


def test_a_tree_of_groups_opens_at_once(served: Gateway) -> None:
    tree = xr.open_datatree(f"{served.url}/datasets/many.zarr", engine="zarr")
    assert "/model a/deep" in tree.groups


def test_the_history_is_that_of_icechunk(folder: pathlib.Path, served: Gateway) -> None:
    expected = list(reopened(folder / "many.icechunk").ancestry(branch="main"))
    versions = requests.get(f"{served.url}/datasets/many/versions").json()
    assert [version["id"] for version in versions] == [snapshot.id for snapshot in expected]
    assert [version["message"] for version in versions] == [snapshot.message for snapshot in expected]
    assert [version["metadata"] for version in versions] == [snapshot.metadata for snapshot in expected]
    for version, snapshot in zip(versions, expected):
        assert abs(np.datetime64(version["time"].rstrip("Z")) - np.datetime64(snapshot.written_at.replace(tzinfo=None))) < np.timedelta64(1, "ms")
    assert [version["branches"] for version in versions] == [["main"], [], []]
    assert [version["tags"] for version in versions] == [[], ["v1"], []]
    assert len(requests.get(f"{served.url}/datasets/many/versions?limit=1").json()) == 1
    assert requests.get(f"{served.url}/datasets/many/versions?limit=none").status_code == 400


def counting(store: Any, value: int) -> None:
    """One array of 12 chunks, all of one value, beside others that stay."""
    array = zarr.create_array(store, name="n", shape=(1200,), chunks=(100,), dtype="i4", compressors=None, fill_value=-1, overwrite=True, dimension_names=["x"])
    array[:] = value


def test_a_branch_follows_commits_and_tags_and_snapshots_stay(spec: int, tmp_path: pathlib.Path) -> None:
    repository = create(tmp_path / "repo", spec, icechunk.RepositoryConfig(inline_chunk_threshold_bytes=0))
    session = repository.writable_session("main")
    zarr.create_group(session.store)
    counting(session.store, 1)
    first = session.commit("1")
    repository.create_tag("one", snapshot_id=first)
    datasets = {"main": "", "tag": ", tag: one", "snapshot": f", snapshot: {first}", "dev": ", branch: main, format: icechunk"}
    text = "datasets:\n" + "".join(f"  {id}: {{ location: repo{pin} }}\n" for id, pin in datasets.items())
    with configured(tmp_path, text) as server:

        def values(id: str) -> set[int]:
            return set(open_served(server, id, "v3")["n"].values.tolist())

        for id in datasets:
            assert values(id) == {1}
        chunk = f"{server.url}/datasets/main/zarr/n/c/0"
        before = requests.get(chunk)
        assert before.headers["cache-control"] == "no-cache"
        for id in ["tag", "snapshot"]:
            pinned = requests.get(f"{server.url}/datasets/{id}/zarr/n/c/0")
            assert pinned.headers["cache-control"] == "public, max-age=31536000, immutable"

        for commit in range(2, 5):
            session = repository.writable_session("main")
            counting(session.store, commit)
            session.commit(str(commit))

            def followed(commit: int = commit) -> None:
                assert values("main") == {commit}

            eventually(followed)
        after = requests.get(chunk, headers={"If-None-Match": before.headers["etag"]})
        assert after.status_code == 200 and after.headers["etag"] != before.headers["etag"]
        assert requests.get(chunk, headers={"If-Match": before.headers["etag"]}).status_code == 412
        assert requests.get(chunk, headers={"If-None-Match": after.headers["etag"]}).status_code == 304
        assert values("tag") == values("snapshot") == {1}
        assert len(requests.get(f"{server.url}/datasets/main/versions").json()) == 5
        assert len(requests.get(f"{server.url}/datasets/tag/versions").json()) == 2

        repository.reset_branch("main", first)
        eventually(lambda: np.testing.assert_equal(values("main"), {1}))
        assert len(requests.get(f"{server.url}/datasets/main/versions").json()) == 2


def test_a_chunk_is_never_of_two_commits_while_many_are_made(spec: int, tmp_path: pathlib.Path) -> None:
    repository = create(tmp_path / "repo", spec)
    session = repository.writable_session("main")
    counting(session.store, 0)
    session.commit("0")
    with configured(tmp_path, "sources: { checkEvery: 50ms }\ndatasets: { d: { location: repo } }\n") as server:
        seen: dict[str, set[int]] = {}
        problems: list[str] = []
        done = threading.Event()

        def read() -> None:
            with requests.Session() as client:
                while not done.is_set():
                    for chunk in range(12):
                        answer = client.get(f"{server.url}/datasets/d/zarr/n/c/{chunk}")
                        if answer.status_code != 200:
                            problems.append(f"{answer.status_code} {answer.text}")
                            continue
                        found = set(np.frombuffer(answer.content, "<i4").tolist()) if len(answer.content) == 400 else {len(answer.content)}
                        seen.setdefault(answer.headers["etag"] + str(chunk), set()).update(found)

        readers = [threading.Thread(target=read) for _ in range(4)]
        for reader in readers:
            reader.start()
        for commit in range(1, 30):
            session = repository.writable_session("main")
            zarr.open_array(session.store, path="n")[:] = commit
            session.commit(str(commit))
            time.sleep(0.05)
        done.set()
        for reader in readers:
            reader.join()
        assert problems == []
        assert all(len(values) == 1 for values in seen.values())
        assert len(set().union(*seen.values())) > 3


def test_branches_and_tags_of_any_name(spec: int, tmp_path: pathlib.Path) -> None:
    repository = create(tmp_path / "repo", spec)
    session = repository.writable_session("main")
    write_chunked(session.store)
    snapshot = session.commit("first")
    names = ["späte läufe", "日本", "100%", "a~b|c[1]", "v1.0+rc@2:3"]
    for name in names:
        repository.create_branch(name, snapshot)
        repository.create_tag(name, snapshot)
    datasets = {f"{kind}{number}": {"location": "repo", kind: name} for number, name in enumerate(names) for kind in ["branch", "tag"]}
    expected = open_itself(repository).load()
    with configured(tmp_path, json.dumps({"datasets": datasets})) as server:
        for id in datasets:
            assert differences(expected, open_served(server, id, "v3")) == []
        newest = requests.get(f"{server.url}/datasets/tag0/versions").json()[0]
        assert sorted(newest["branches"]) == sorted([*names, "main"]) and sorted(newest["tags"]) == sorted(names)


def test_rewritten_manifests_deleted_arrays_and_new_groups(spec: int, tmp_path: pathlib.Path) -> None:
    repository = create(tmp_path / "repo", spec, split_config())
    session = repository.writable_session("main")
    write_chunked(session.store)
    session.commit("written")
    with configured(tmp_path, "datasets: { d: { location: repo } }\n") as server:
        expected = open_itself(repository).load()
        assert differences(expected, open_served(server, "d", "v3")) == []
        repository = reopened(tmp_path / "repo", config=icechunk.RepositoryConfig.default())
        if spec == 1 or "commit_method" not in str(repository.rewrite_manifests.__doc__):
            repository.rewrite_manifests("rewritten", branch="main")
        else:
            repository.rewrite_manifests("rewritten", branch="main", commit_method="new_commit")
        tip = repository.lookup_branch("main")

        def at_tip() -> None:
            assert requests.get(f"{server.url}/datasets/d/versions").json()[0]["id"] == tip

        eventually(at_tip)
        assert differences(expected, open_served(server, "d", "v3")) == []

        session = repository.writable_session("main")
        group = zarr.open_group(session.store)
        del group["pr"]
        xr.Dataset({"new": ("y", np.arange(4))}).to_zarr(session.store, group="below", consolidated=False)
        session.commit("deleted")
        tip = repository.lookup_branch("main")
        eventually(at_tip)
        assert "pr" not in open_served(server, "d", "v3").variables
        assert requests.get(f"{server.url}/datasets/d/zarr/pr/c/0/0/0").status_code == 404
        assert open_served(server, "d", "v3", "below")["new"].values.tolist() == [0, 1, 2, 3]


@pytest.mark.skipif(2 not in SPECS, reason="icechunk 1 cannot")
def test_moved_nodes_and_amended_commits(tmp_path: pathlib.Path) -> None:
    repository = create(tmp_path / "repo", 2)
    session = repository.writable_session("main")
    zarr.create_group(session.store)
    write_chunked(session.store, group="old")
    session.commit("written")
    with configured(tmp_path, "datasets: { d: { location: repo } }\n") as server:
        expected = open_itself(repository, "old").load()
        assert differences(expected, open_served(server, "d", "v3", "old")) == []
        session = repository.rearrange_session("main")
        session.move("/old", "/new")
        session.commit("moved")
        eventually(lambda: np.testing.assert_equal(differences(expected, open_served(server, "d", "v3", "new")), []))
        assert requests.get(f"{server.url}/datasets/d/zarr/old/tas/c/0/0/0").status_code == 404

        for value, finish in [(6, "commit"), (7, "amend")]:
            session = repository.writable_session("main")
            zarr.open_array(session.store, path="new/tas")[0] = value
            getattr(session, finish)(finish)

        def amended() -> None:
            assert (open_served(server, "d", "v3", "new")["tas"].values[0] == 7).all()
            messages = [version["message"] for version in requests.get(f"{server.url}/datasets/d/versions").json()]
            assert messages == ["amend", "moved", "written", "Repository initialized"]

        eventually(amended)


def virtual_repository(path: pathlib.Path, spec: int, prefix: str) -> Any:
    config = icechunk.RepositoryConfig.default()
    config.set_virtual_chunk_container(icechunk.VirtualChunkContainer(prefix, icechunk.local_filesystem_store(prefix.removeprefix("file://"))))
    repository = create(path, spec, config)
    repository.save_config()
    return reopened(path, config=config, authorize_virtual_chunk_access={prefix: None})


def test_virtual_chunks_are_read_where_they_may_be(spec: int, tmp_path: pathlib.Path) -> None:
    data = tmp_path / "data"
    (data / "inside").mkdir(parents=True)
    for place in ["inside", "outside"]:
        (tmp_path / place).mkdir(exist_ok=True)
    np.arange(100, dtype="<i4").tofile(data / "inside" / "numbers.bin")
    np.arange(100, dtype="<i4").tofile(tmp_path / "outside" / "secret.bin")
    prefix = f"file://{tmp_path}/"
    repository = virtual_repository(data / "repo", spec, prefix)
    session = repository.writable_session("main")
    zarr.create_group(session.store)
    changed_at = (data / "inside" / "numbers.bin").stat().st_mtime
    past = datetime.fromtimestamp(changed_at - 3600, timezone.utc)
    future = datetime.fromtimestamp(changed_at + 60, timezone.utc)
    inside = f"{prefix}data/inside/numbers.bin"
    etag = obstore.store.LocalStore(data / "inside").head("numbers.bin")["e_tag"]
    places = {
        "beside": (inside, None),
        "outside": (f"{prefix}outside/secret.bin", None),
        "unchanged": (inside, future),
        "same-etag": (inside, etag),
        "changed": (inside, past),
        "other-etag": (inside, etag + "0"),
        "gone": (f"{prefix}data/inside/none.bin", None),
    }
    for name, (location, checksum) in places.items():
        zarr.create_array(session.store, name=name, shape=(40,), chunks=(20,), dtype="i4", compressors=None, fill_value=-1)
        session.store.set_virtual_ref(f"{name}/c/0", location, offset=40, length=80, checksum=checksum, validate_container=True)
    session.commit("virtual")
    itself = {name: zarr.open_array(repository.readonly_session("main").store, path=name) for name in places}
    text = "datasets:\n  d: { location: data/repo }\n"
    with configured(tmp_path, text) as server:

        def get(name: str, chunk: int = 0) -> requests.Response:
            return requests.get(f"{server.url}/datasets/d/zarr/{name}/c/{chunk}")

        for name in ["beside", "unchanged", "same-etag"]:
            assert np.frombuffer(get(name).content, "<i4").tolist() == list(range(10, 30))
            if name != "same-etag":  # which icechunk asks of object stores only
                assert itself[name][:20].tolist() == list(range(10, 30))
            assert get(name, 1).status_code == 404
        for name in ["changed", "other-etag", "gone"]:
            with pytest.raises(Exception):  # noqa: B017 - icechunk's own error
                itself[name][:20]
            answer = get(name)
            assert answer.status_code >= 500, name
            assert requests.head(answer.url).status_code == answer.status_code, name
            assert str(tmp_path) not in answer.text
        assert itself["outside"][:20].tolist() == list(range(10, 30))
        refused = get("outside")
        assert requests.head(refused.url).status_code == 403
        assert refused.status_code == 403 and refused.json()["code"] == "forbidden"
        assert "sources.allow" in refused.text and str(tmp_path) not in refused.text and "secret" not in refused.text
    with configured(tmp_path, f"sources: {{ allow: [data, outside] }}\n{text}") as server:
        assert np.frombuffer(get("outside").content, "<i4").tolist() == list(range(10, 30))


def test_virtual_netcdf_of_virtualizarr(spec: int, tmp_path: pathlib.Path) -> None:
    pytest.importorskip("virtualizarr")
    if not SHARED_DATA.is_dir():
        pytest.skip("no sample data")
    from obspec_utils.registry import ObjectStoreRegistry
    from obstore.store import LocalStore
    from virtualizarr import open_virtual_dataset
    from virtualizarr.parsers import HDFParser

    name = pathlib.Path("cmip6/rlds_Amon_INM-CM5-0_historical_r1i1p1f1_gr1_195001-201412.nc")
    shutil.copy(SHARED_DATA / name, tmp_path / name.name)
    prefix = f"file://{tmp_path}/"
    repository = virtual_repository(tmp_path / "repo", spec, prefix)
    session = repository.writable_session("main")
    registry = ObjectStoreRegistry({"file://": LocalStore()})
    virtual = open_virtual_dataset(f"{prefix}{name.name}", registry=registry, parser=HDFParser())
    virtual.vz.to_icechunk(session.store)
    session.commit("virtual")
    with configured(tmp_path, "datasets: { d: { location: repo } }\n") as server:
        expected = open_itself(repository).load()
        for published in ["v3", "v2"]:
            assert differences(expected, open_served(server, "d", published)) == []


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


def test_a_repository_on_a_web_server(folder: pathlib.Path, tmp_path: pathlib.Path) -> None:
    handler = functools.partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{web.server_port}/many.icechunk"
        text = f"datasets:\n  found: {{ location: '{base}' }}\n  named: {{ location: 'icechunk+{base}', tag: v1 }}\n"
        with configured(tmp_path, text) as server:
            repository = reopened(folder / "many.icechunk")
            for id, pin in [("found", {"branch": "main"}), ("named", {"tag": "v1"})]:
                for group in GROUPS[:2]:
                    assert differences(open_itself(repository, group, **pin), open_served(server, id, "v3", group)) == []
            assert requests.get(f"{server.url}/datasets/found/versions").json()[0]["message"] == "second"
        web.shutdown()


@pytest.mark.parametrize("kind", ["s3", "azure"])
def test_a_repository_in_a_bucket(folder: pathlib.Path, tmp_path: pathlib.Path, kind: str) -> None:
    command = [ROOT / "node_modules/.bin/node", ROOT / "packages/stores/src/testing/serve-folder.ts", kind, folder]
    bucket = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, cwd=ROOT)
    try:
        url = f"{'az' if kind == 'azure' else kind}://data/"
        configuration = {
            "sources": {"credentials": {url: json.loads(bucket.stdout.readline())}},
            "datasets": {"found": {"location": f"{url}many.icechunk"}, "named": {"location": f"icechunk+{url}many.icechunk", "tag": "v1"}},
        }
        with configured(tmp_path, json.dumps(configuration)) as server:
            repository = reopened(folder / "many.icechunk")
            for id, pin in [("found", {"branch": "main"}), ("named", {"tag": "v1"})]:
                for group in GROUPS[:2]:
                    assert differences(open_itself(repository, group, **pin), open_served(server, id, "v3", group)) == []
            versions = requests.get(f"{server.url}/datasets/found/versions").json()
            assert [(version["branches"], version["tags"]) for version in versions] == [(["main"], []), ([], ["v1"]), ([], [])]
    finally:
        bucket.terminate()
        bucket.wait(20)


def problem(server: Gateway, id: str, path: str = "zarr/zarr.json") -> tuple[int, str]:
    answer = requests.get(f"{server.url}/datasets/{id}/{path}")
    return answer.status_code, answer.json()["detail"] if "json" in answer.headers["content-type"] else ""


def test_what_is_not_there_is_a_failure_with_a_reason(spec: int, tmp_path: pathlib.Path) -> None:
    repository = create(tmp_path / "repo", spec, icechunk.RepositoryConfig(inline_chunk_threshold_bytes=0))
    session = repository.writable_session("main")
    zarr.create_group(session.store)
    counting(session.store, 1)
    first = session.commit("1")
    session = repository.writable_session("main")
    counting(session.store, 2)
    session.commit("2")
    (tmp_path / "none").mkdir()
    text = f"""datasets:
  main: {{ location: repo }}
  tag: {{ location: repo, tag: never }}
  branch: {{ location: repo, branch: never }}
  snapshot: {{ location: repo, snapshot: 0000000000000000000G }}
  first: {{ location: repo, snapshot: {first} }}
  none: {{ location: none, branch: main }}
"""
    with configured(tmp_path, text) as server:
        for id, reason in [("tag", 'no tag "never"'), ("branch", 'no branch "never"'), ("snapshot", 'no snapshot "0000'), ("none", "")]:
            status, detail = problem(server, id)
            assert status >= 500 and reason in detail and str(tmp_path) not in detail, (id, status, detail)
        assert problem(server, "none")[1] != ""
        assert requests.get(f"{server.url}/datasets/first/zarr/n/c/0").status_code == 200
    # expired and collected: the pinned snapshot is gone, the branch is as good as before
    repository.expire_snapshots(older_than=datetime.now(timezone.utc))
    repository.garbage_collect(datetime.now(timezone.utc))
    with configured(tmp_path, text) as server:
        status, detail = problem(server, "first")
        assert status >= 500 and first in detail
        assert set(open_served(server, "main", "v3")["n"].values.tolist()) == {2}
        assert [version["message"] for version in requests.get(f"{server.url}/datasets/main/versions").json()] == [snapshot.message for snapshot in repository.ancestry(branch="main")]
    for chunk in os.listdir(tmp_path / "repo" / "chunks"):
        (tmp_path / "repo" / "chunks" / chunk).unlink()
    with configured(tmp_path, text) as server:
        status, detail = problem(server, "main", "zarr/n/c/5")
        assert status >= 500 and "missing" in detail
    for manifest in os.listdir(tmp_path / "repo" / "manifests"):
        (tmp_path / "repo" / "manifests" / manifest).write_bytes(b"ICE")
    with configured(tmp_path, text) as server:
        status, detail = problem(server, "main", "zarr/n/c/5")
        assert status >= 500 and "damaged" in detail


def test_other_sources_have_no_versions(tmp_path: pathlib.Path) -> None:
    xr.Dataset({"a": ("x", [1])}).to_zarr(tmp_path / "a.zarr")
    with configured(tmp_path, "datasets: { a: { location: a.zarr } }\n") as server:
        answer = requests.get(f"{server.url}/datasets/a/versions")
        assert answer.status_code == 404 and "keeps no earlier versions" in json.loads(answer.text)["detail"]


def test_the_configuration_of_the_documentation(spec: int, tmp_path: pathlib.Path) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "icechunk.md").read_text(), re.DOTALL)
    (tmp_path / "repositories").mkdir()
    repository = create(tmp_path / "repositories" / "ocean.icechunk", spec)
    session = repository.writable_session("main")
    write_chunked(session.store, group="surface")
    repository.create_tag("v2026.1", snapshot_id=session.commit("first"))
    repository.create_branch("dev", snapshot_id=repository.lookup_branch("main"))
    expected = open_itself(repository, "surface").load()
    with configured(tmp_path, text) as server:
        for id, group in [("ocean", "surface"), ("ocean-dev", "surface"), ("ocean-2026", None)]:
            assert differences(expected, open_served(server, id, "v3", group)) == []
