"""One gateway a session on the fixtures, one on the sample data beside the clone where they are there."""

from __future__ import annotations

import os
import pathlib
import resource
import sys
from collections.abc import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import fixtures  # noqa: E402
from gateway import ROOT, Gateway  # noqa: E402
from serving.served import queue_gateway, serve_gateway  # noqa: E402, F401 - fixtures

# A thousand connections at once need as many files, here and in the server, which inherits the limit.
_, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(most_files, 65536), most_files))

SHARED_DATA = pathlib.Path(os.environ.get("ZARR_GATEWAY_SAMPLE_DATA", ROOT.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def fixture_folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """`CLIENT_FIXTURES` names a folder that keeps them between runs."""
    kept = os.environ.get("CLIENT_FIXTURES")
    folder = pathlib.Path(kept) if kept else tmp_path_factory.mktemp("fixtures")
    if not (folder / "broken").exists():
        fixtures.write_all(folder)
    return folder


@pytest.fixture(scope="session")
def gateway(fixture_folder: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    server = Gateway("serve", str(fixture_folder), "--port", "0", log=tmp_path_factory.mktemp("log") / "gateway.log")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sample_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    server = Gateway("serve", str(SHARED_DATA), "--port", "0", log=tmp_path_factory.mktemp("log") / "sample-gateway.log")
    yield server
    server.stop()
