"""Stand-ins for what workflow files import of the package earth2studio, where that is missing."""
import inspect
import sys
import types
import typing
from abc import ABC, abstractmethod
from datetime import datetime
from pathlib import Path

from .workflow_calls import CURRENT, SCRATCH, get_output_path, update_execution_data
from .zarr_results import ZarrResults


def install_stand_ins():
    try:
        from pydantic import BaseModel, ConfigDict, create_model, Field, field_validator
    except ImportError as error:
        raise RuntimeError("workflows in Python need the package pydantic, or earth2studio") from error

    class WorkflowArgsBase(BaseModel):
        model_config = ConfigDict(extra="forbid")
        @classmethod
        def validate(cls, data):
            return cls(**(data.model_dump() if isinstance(data, cls) else data))

    class WorkflowParameters(WorkflowArgsBase):
        @field_validator("forecast_times", "start_time", mode="before", check_fields=False)
        @classmethod
        def validate_datetime_list(cls, value, info):
            for at, one in enumerate(value if isinstance(value, list) else [] if value is None else [value]):
                if isinstance(one, datetime): continue
                if not isinstance(one, str):
                    raise ValueError(f"{info.field_name}[{at}] must be a string or datetime, got {type(one).__name__}")
                if "T" not in one and " " not in one:
                    raise ValueError(f"{info.field_name}[{at}] = '{one}' is not a valid ISO 8601 datetime format.")
                datetime.fromisoformat(one.replace("Z", "+00:00"))
            return value

    class WorkflowConfig(WorkflowArgsBase): pass

    class WorkflowProgress(BaseModel):
        model_config = ConfigDict(extra="allow")
        progress: str | None = None
        current_step: int | None = None
        total_steps: int | None = None
        error_message: str | None = None

    class Workflow(ABC):
        name: str
        description: str = ""
        Config = WorkflowConfig
        Parameters = WorkflowParameters
        def __init__(self): self.output_dir = Path(SCRATCH)
        @classmethod
        def validate_parameters(cls, parameters): return cls.Parameters.validate(parameters)
        @abstractmethod
        def run(self, parameters, execution_id): ...
    Workflow.update_execution_data = update_execution_data
    Workflow.get_output_path = get_output_path

    def model_of(function, name, base, without=()):
        hints, fields = typing.get_type_hints(function), {}
        for parameter in inspect.signature(function).parameters.values():
            if parameter.name in {"self", "args", "kwargs", *without}: continue
            more = {} if parameter.default is parameter.empty else {"default": parameter.default}
            if parameter.name in ("num_steps", "nsteps"):
                more.update(ge=1, le=1000, description="Number of steps (must be between 1 and 1000)")
            fields[parameter.name] = (hints[parameter.name], Field(**more))
        return create_model(name, __base__=base, **fields)

    class AutoParameters(type(Workflow)):
        def __new__(mcs, clsname, bases, attrs):
            made = dict(attrs)
            made.setdefault("name", clsname)
            cls = super().__new__(mcs, clsname, bases, made)
            cls.Config = model_of(cls.__init__, clsname + "Config", WorkflowConfig)
            cls.Parameters = model_of(cls.__call__, clsname + "Parameters", WorkflowParameters, {"io"})
            return cls

    class Earth2Workflow(Workflow, metaclass=AutoParameters):
        def __init__(self) -> None:
            super().__init__()
            self.execution_id = None
        @abstractmethod
        def __call__(self, io) -> None: ...
        def update_progress(self, progress):
            if self.execution_id is not None: self.update_execution_data(self.execution_id, progress)
        def run(self, parameters, execution_id):
            self.execution_id = execution_id
            parameters = self.validate_parameters(parameters)
            io = ZarrResults(Path(CURRENT["folder"]) / "results.zarr", self.update_progress, WorkflowProgress)
            # the fields themselves: what they were dumped to would be seconds and texts
            self(io=io, **{name: getattr(parameters, name) for name in type(parameters).model_fields})
            io.consolidate()
            return {}

    class WorkflowRegistry:
        _one = None
        def __init__(self): self._workflows = {}
        @classmethod
        def instance(cls):
            cls._one = cls._one or cls()
            return cls._one
        def register(self, workflow):
            if workflow.name in self._workflows: raise ValueError(f"the name '{workflow.name}' is taken")
            self._workflows[workflow.name] = workflow
            return workflow

    names = {"Workflow": Workflow, "WorkflowParameters": WorkflowParameters, "WorkflowConfig": WorkflowConfig,
             "WorkflowRegistry": WorkflowRegistry, "Earth2Workflow": Earth2Workflow, "WorkflowProgress": WorkflowProgress}
    for module in ("earth2studio", "earth2studio.serve", "earth2studio.serve.server",
                   "earth2studio.serve.server.workflow", "earth2studio.serve.server.e2workflow", "earth2studio.io"):
        made = types.ModuleType(module)
        made.__path__ = []
        sys.modules[module] = made
    for module in ("earth2studio.serve.server", "earth2studio.serve.server.workflow", "earth2studio.serve.server.e2workflow"):
        vars(sys.modules[module]).update(names)
    sys.modules["earth2studio.io"].IOBackend = object
