"""Gateways with the workflows of this folder: one that runs them, one that only queues them."""

from __future__ import annotations

import json
import pathlib
import subprocess
from collections.abc import Iterator

import pytest
from gateway import ROOT, Gateway, command

WORKFLOWS = pathlib.Path(__file__).parent / "workflows"
EXPOSED = [
    "synth",
    "small",
    "fake_wf",
    "test_workflow",
    "deterministic_earth2_workflow",
    "deterministic_workflow",
    "diagnostic_workflow",
    "ensemble_workflow",
    "twin",
    "needy",
    "several",
]


def analysis() -> pathlib.Path:
    """What the shipped forecast starts from, made where it is missing."""
    folder = ROOT / "examples/forecast"
    if not (folder / "data/analysis.zarr").exists():
        subprocess.run([command()[0], str(folder / "make-data.ts")], check=True, cwd=folder)
    return folder / "data/analysis.zarr"


def configuration(folder: pathlib.Path, **changes: object) -> pathlib.Path:
    """A configuration file with jobs in this folder."""
    document = {
        "jobs": jobs_in(folder),
        "workflows": {"directories": [str(WORKFLOWS)], "expose": EXPOSED},
        **changes,
    }
    file = folder / "gateway.yaml"
    file.write_text(json.dumps(document))
    return file


def jobs_in(folder: pathlib.Path, **changes: object) -> dict[str, object]:
    return {"database": f"sqlite:{folder}/jobs.db", "workers": 1, "results": {"path": str(folder / "results")}, **changes}


def with_forecast(folder: pathlib.Path) -> pathlib.Path:
    """The same with the shipped model as `jets`, which the shipped workflows run."""
    jets = {"forecast": "jets"}
    return configuration(
        folder,
        jobs=jobs_in(folder, queue={"maxSize": 200}),
        datasets={"analysis": {"location": str(analysis())}},
        forecasts={
            "jets": {
                "model": str(ROOT / "examples/forecast/shallow-water"),
                "initialConditions": {"dataset": "analysis"},
                "steps": 12,
                "members": {"count": 8},
                "execution": {"providers": ["cpu"], "threads": 1},
            }
        },
        workflows={
            "directories": [str(WORKFLOWS)],
            "expose": EXPOSED,
            "deterministic_earth2_workflow": jets,
            "deterministic_workflow": jets,
            "diagnostic_workflow": {"forecast": {"fcn": "jets", "dlwp": "jets@vars(u,v,h)"}},
            "ensemble_workflow": jets,
        },
    )


def queue_only(folder: pathlib.Path) -> pathlib.Path:
    """Nobody works: what is submitted waits. One workflow, three may wait."""
    return configuration(
        folder,
        jobs=jobs_in(folder, workers=0, queue={"maxSize": 3}),
        workflows={"directories": [str(WORKFLOWS)], "expose": ["synth"]},
    )


@pytest.fixture(scope="session")
def serve_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("serve")
    server = Gateway("serve", "-c", str(with_forecast(folder)), "--port", "0", log=folder / "gateway.log")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def queue_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("queue")
    server = Gateway("serve", "-c", str(queue_only(folder)), "--port", "0", log=folder / "gateway.log")
    yield server
    server.stop()
