"""Workflows as users of Earth2Studio write them: classes of its package, which the bridge stands in for."""
import os
import time
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Literal

import numpy as np
from pydantic import Field

try:
    from torch import from_numpy as tensor  # Earth2Studio's own backends take nothing else
except ImportError:
    tensor = np.asarray

from earth2studio.serve.server import (
    Earth2Workflow, Workflow, WorkflowParameters, WorkflowProgress, WorkflowRegistry,
)


class SlowParameters(WorkflowParameters):
    """Parameters for tests"""
    forecast_times: list[str] = Field(default=["2024-01-01T00:00:00"], description="Starts")
    nsteps: int = Field(default=2, ge=1, le=100)
    how: Literal["well", "throws", "waits", "tells"] = "well"


@WorkflowRegistry.instance().register
class Slow(Workflow):
    name = "slow_python"
    description = "A workflow of the older kind"
    Parameters = SlowParameters

    @classmethod
    def validate_parameters(cls, parameters):
        return cls.Parameters.validate(parameters)

    def run(self, parameters, execution_id):
        parameters = self.validate_parameters(parameters)
        print("printed by Python")
        self.update_execution_data(execution_id, {"metadata": {"parameters": parameters.model_dump(), "note": 1,
                                                             "drawn": float(np.random.random()),
                                                             "has_token": "ZARR_GATEWAY_TOKEN" in os.environ}})
        self.update_execution_data(execution_id, WorkflowProgress(progress="Begun", current_step=1, total_steps=2))
        if parameters.how == "throws": raise ValueError("as Python pleases")
        if parameters.how == "tells":
            print("works in", os.environ["TMPDIR"])
            open(self.get_output_path(execution_id) / "missing" / "d")
        if parameters.how == "waits": time.sleep(60)
        (self.get_output_path(execution_id) / "summary.txt").write_text(execution_id)
        return {"status": "success"}


@WorkflowRegistry.instance().register
class Field2(Earth2Workflow):
    name = "field_python"
    description = "A workflow of the newer kind"

    def __init__(self, scale: float = 1.0):
        super().__init__()
        self.scale = scale

    def __call__(self, io, start_time: list[datetime] = [datetime(2024, 1, 1)], num_steps: int = 3,
                 gap: timedelta = timedelta(hours=6)):
        lead = np.array([np.timedelta64(int(step * gap / timedelta(hours=1)), "h") for step in range(num_steps + 1)])
        coords = OrderedDict(time=np.array(start_time, dtype="datetime64[ns]"), lead_time=lead,
                             lat=np.linspace(90, -90, 4), lon=np.linspace(0, 270, 4))
        io.add_array(coords, ["t2m"])
        for step in range(num_steps + 1):
            here = OrderedDict(coords, lead_time=lead[step:step + 1])
            values = np.full((len(start_time), 1, 4, 4), step * self.scale, dtype="float32")
            io.write([tensor(values)], here, ["t2m"])
