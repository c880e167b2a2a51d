"""The workflows of twin.ts as users of Earth2Studio write them: upstream's own server is asked the same with these."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Literal

from earth2studio.serve.server import Workflow, WorkflowParameters, WorkflowProgress, WorkflowRegistry
from pydantic import Field

FILES = {
    "bytes.bin": bytes(range(104)),
    "empty": b"",
    "a b:ü.json": b"{}",
    "table.csv": b"a,b\n1,2\n",
    "notes.txt": b"one line\n",
    "page.html": b"<p>a page</p>",
    "field.nc": b"CDF\x01",
    "picture.png": b"\x89PNG",
    "files.tar.gz": b"\x1f\x8b",
    "inner/deep/one.xml": b"<a/>",
    "results.zarr/zarr.json": b'{"zarr_format":3,"node_type":"group"}',
    "results.zarr/t2m/c/0/0": b"chunk",
}


class TwinParameters(WorkflowParameters):
    """What a twin does."""

    start_time: list[datetime] = Field(default=[datetime(2024, 1, 1)], description="Start times")
    num_steps: int = Field(default=4, ge=1, le=1000, description="Number of steps")
    mode: Literal["ok", "fail", "slow", "wait"] = "ok"
    gap: timedelta = timedelta(hours=6)
    ratio: float = Field(default=0.5, ge=0, le=1)
    flag: bool = False
    label: str = Field(default="", max_length=20)
    only: Literal["one"] = "one"
    seed: int | None = None
    names: list[str] | None = None


class Twin(Workflow):
    name = "twin"
    description = "Files of many kinds"
    Parameters = TwinParameters

    @classmethod
    def validate_parameters(cls, parameters: object) -> TwinParameters:
        try:
            return cls.Parameters.validate(parameters)
        except Exception as e:
            raise ValueError(f"Invalid parameters for {cls.__name__}: {e}") from e

    def run(self, parameters: dict, execution_id: str) -> dict:
        parameters = self.validate_parameters(parameters)
        self.update_execution_data(execution_id, WorkflowProgress(progress="Starting", current_step=1, total_steps=parameters.num_steps))
        if parameters.mode in ("slow", "wait"):
            time.sleep(1 if parameters.mode == "slow" else 600)
        if parameters.mode == "fail":
            raise RuntimeError("the model was given nothing to eat")
        for name, content in FILES.items():
            file = self.get_output_path(execution_id) / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        self.update_execution_data(execution_id, {"metadata": {"results_summary": "files"}})
        return {}


class NeedyParameters(WorkflowParameters):
    count: int
    when: datetime | None = None


class Needy(Twin):
    name = "needy"
    description = "Asks for a number"
    Parameters = NeedyParameters

    def run(self, parameters: dict, execution_id: str) -> dict:
        self.get_output_path(execution_id)
        return {}


class Hidden(Needy):
    name = "test_endpoints_wf"
    description = "For nobody"


for workflow in (Twin, Needy, Hidden):
    WorkflowRegistry.instance().register(workflow)
