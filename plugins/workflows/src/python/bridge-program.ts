/*
 * The program that runs workflows of Earth2Studio in a Python of the user. It speaks as child/messages.ts says, over file
 * descriptors 3 and 4. Where the package earth2studio is missing, stand-ins for what workflow files import of it take its place.
 * It is a text here, so that it is part of the program wherever that is bundled.
 */
export const BRIDGE_PROGRAM = String.raw`
import dataclasses, importlib.util, inspect, json, os, queue, random, signal, sys, threading, traceback, types, typing, _thread
from abc import ABC, abstractmethod
from datetime import date, datetime, timedelta
from pathlib import Path

SCRATCH = os.environ["TMPDIR"]
os.environ["EARTH2STUDIO_API_ACTIVE"] = "1"
os.environ.setdefault("DEFAULT_OUTPUT_DIR", SCRATCH)
os.environ.setdefault("RESULTS_ZIP_DIR", SCRATCH)
OUT = os.fdopen(4, "w", encoding="utf-8", newline="\n")
LOCK = threading.Lock()
CURRENT = {"folder": None, "format": "zarr"}

def plain(value):
    if isinstance(value, (datetime, date)): return value.isoformat()
    if isinstance(value, timedelta): return value.total_seconds()
    if hasattr(value, "model_dump"): return value.model_dump()
    if hasattr(value, "tolist"): return value.tolist()
    return str(value)

def tell(message):
    text = json.dumps(message, default=plain, allow_nan=False)
    with LOCK:
        OUT.write(text + "\n")
        OUT.flush()

def without_none(values):
    return {name: value for name, value in values.items() if value is not None}

def update_execution_data(self, execution_id, updates):
    if not isinstance(updates, dict):
        values = updates.model_dump() if hasattr(updates, "model_dump") else vars(updates)
        tell({"type": "progress", "news": without_none(values)})
        return
    metadata = updates.get("metadata")
    if isinstance(metadata, dict): tell({"type": "metadata", "update": metadata})
    progress = updates.get("progress")
    if isinstance(progress, dict): tell({"type": "progress", "news": without_none(progress)})

def get_output_path(self, execution_id):
    return Path(CURRENT["folder"])

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

class ZarrResults:
    """As Earth2Studio's ZarrBackend, as far as workflows use it: add_array, write, and subscripts."""
    OUTER = {"time", "lead_time", "ensemble", "member"}

    def __init__(self, path, report, progress):
        import numpy, zarr
        self.np, self.zarr, self.report, self.progress = numpy, zarr, report, progress
        self.path, self.coords, self.watched = path, {}, None
        self.group = zarr.create_group(store=str(path))

    def add_array(self, coords, array_name, **kwargs):
        np = self.np
        for name in [array_name] if isinstance(array_name, str) else array_name:
            for dim, values in coords.items():
                if dim not in self.coords: self.add_coordinate(dim, np.asarray(values))
            shape = [len(values) for values in coords.values()]
            chunks = [1 if dim in self.OUTER else len(values) for dim, values in coords.items()]
            self.group.create_array(name, shape=shape, chunks=chunks, dtype="float32", fill_value=float("nan"),
                                    dimension_names=list(coords), compressors=None)
            if "lead_time" in coords and self.watched is None:
                self.watched = name
                self.report(self.progress(current_step=0, total_steps=len(coords["lead_time"])))

    def add_coordinate(self, dim, values):
        np, attrs = self.np, {}
        self.coords[dim] = values
        if values.dtype.kind == "M":
            values, attrs = values.astype("datetime64[s]").astype("int64"), {"units": "seconds since 1970-01-01"}
        elif values.dtype.kind == "m":
            values = values.astype("timedelta64[h]").astype("int64")
            attrs = {"units": "hours", "dtype": "timedelta64[ns]"}
        array = self.group.create_array(dim, shape=values.shape, chunks=values.shape, dtype=values.dtype,
                                        dimension_names=[dim], compressors=None, config={"write_empty_chunks": True})
        array.attrs.update(attrs)
        array[...] = values

    def write(self, x, coords, array_name):
        single = isinstance(array_name, str)
        for name, values in zip([array_name] if single else array_name, [x] if single else x):
            values = values.detach().cpu().numpy() if hasattr(values, "detach") else self.np.asarray(values)
            array = self.group[name]
            index = tuple(self.np.searchsorted(self.coords[dim], given) if len(self.coords[dim]) < 2 or self.coords[dim][0] < self.coords[dim][1]
                          else self.np.array([list(self.coords[dim]).index(one) for one in given])
                          for dim, given in ((dim, self.np.asarray(coords[dim])) for dim in coords))
            array.oindex[index] = values
            if name == self.watched:
                done = int(index[list(coords).index("lead_time")][-1]) + 1
                self.report(self.progress(current_step=done))

    def __getitem__(self, name): return self.group[name]
    def __contains__(self, name): return name in self.group
    def consolidate(self): self.zarr.consolidate_metadata(str(self.path))

def registry():
    from earth2studio.serve.server import WorkflowRegistry
    return WorkflowRegistry.instance()

LOADED = {}

def workflows_of(file):
    if file not in LOADED:
        before = set(registry()._workflows)
        sys.path.insert(0, os.path.dirname(file))
        spec = importlib.util.spec_from_file_location(Path(file).stem, file)
        module = importlib.util.module_from_spec(spec)
        sys.modules[Path(file).stem] = module
        spec.loader.exec_module(module)
        LOADED[file] = [cls for name, cls in registry()._workflows.items() if name not in before]
    if not LOADED[file]: raise RuntimeError("no workflow is registered in this file")
    return LOADED[file]

def workflow_of(place):
    for cls in workflows_of(place["file"]):
        if place.get("name") in (None, cls.name): return cls
    raise RuntimeError("the workflow is not in this file any more")

def facts(cls, configs):
    found = {"name": cls.name, "description": cls.description or "", "schema": cls.Parameters.model_json_schema()}
    try: cls.Config(**configs.get(cls.name, {}))
    except Exception as error: found["configProblem"] = f"workflows.{cls.name}: {error}"
    return found

def failure(error):
    return {"message": str(error)[:10000] or type(error).__name__}

def handle(message):
    kind = message["type"]
    if kind == "describe":
        found = [facts(cls, message["configs"]) for cls in workflows_of(message["place"]["file"])]
        tell({"type": "described", "workflows": found})
    elif kind == "check":
        try:
            workflow_of(message["place"]).validate_parameters(message["parameters"])
            tell({"type": "checked", "id": message["id"]})
        except Exception as error: tell({"type": "checked", "id": message["id"], "failure": failure(error)})
    elif kind == "load":
        CURRENT["workflow"] = workflow_of(message["place"])(**message["config"])
        tell({"type": "loaded"})
    elif kind == "run": run(message["run"])

def seed_generators(seed):
    # those that everyone in the process shares; who makes one anew seeds it
    random.seed(seed)
    if "numpy" in sys.modules: sys.modules["numpy"].random.seed(seed % 2**32)
    if "torch" in sys.modules: sys.modules["torch"].manual_seed(seed)

def run(request):
    CURRENT.update(folder=request["folder"], running=True)
    try:
        seed_generators(request["seed"])
        CURRENT["workflow"].run(request["parameters"], request["id"])
        end = {"type": "done", "metadata": {}}
    except KeyboardInterrupt: end = {"type": "failed", "failure": {"message": "was cancelled"}}
    except Exception as error:
        tell({"type": "log", "text": traceback.format_exc()})
        end = {"type": "failed", "failure": failure(error)}
    CURRENT["running"] = False
    for stream in (sys.stdout, sys.stderr):
        stream.write(request["mark"] + "\n")
        stream.flush()
    tell(end)

def read(messages):
    for line in os.fdopen(3, encoding="utf-8"):
        message = json.loads(line)
        if message["type"] != "abort": messages.put(message)
        elif CURRENT.get("running"): _thread.interrupt_main()
    os._exit(0)

def beat():
    while not threading.Event().wait(1): tell({"type": "beat"})

def main():
    messages = queue.Queue()
    tell({"type": "hello", "pid": os.getpid()})
    for work in (lambda: read(messages), beat): threading.Thread(target=work, daemon=True).start()
    try:
        from earth2studio.serve.server.workflow import Workflow
        Workflow.update_execution_data, Workflow.get_output_path = update_execution_data, get_output_path
    except ImportError: install_stand_ins()
    while True:
        try: message = messages.get(timeout=3600)
        except queue.Empty: continue
        except KeyboardInterrupt: continue
        try: handle(message)
        except KeyboardInterrupt: continue
        except BaseException as error:
            tell({"type": "log", "text": traceback.format_exc()})
            tell({"type": "refused", "message": str(error)[:1000] or type(error).__name__})

main()
`;
