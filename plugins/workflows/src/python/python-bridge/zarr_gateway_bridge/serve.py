"""Describes, checks and runs the workflows of a file, one after the other."""
import importlib.util
import json
import os
import queue
import random
import signal
import sys
import threading
import traceback
from pathlib import Path

from .limits import NotPermitted, writable_while
from .link import tell
from .stand_ins import install_stand_ins
from .workflow_calls import CURRENT, SCRATCH, get_output_path, update_execution_data

os.environ["EARTH2STUDIO_API_ACTIVE"] = "1"
os.environ.setdefault("DEFAULT_OUTPUT_DIR", SCRATCH)
os.environ.setdefault("RESULTS_ZIP_DIR", SCRATCH)


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


def log_of(error):
    """Where it failed, and at what: the log is for who wrote the workflow."""
    text = traceback.format_exc()
    if isinstance(error, NotPermitted) and error.filename is not None:
        text += f"what was to be reached: {error.filename}"
    tell({"type": "log", "text": text})


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
        with writable_while(request["folder"]):
            CURRENT["workflow"].run(request["parameters"], request["id"])
        end = {"type": "done", "metadata": {}}
    except KeyboardInterrupt: end = {"type": "failed", "failure": {"message": "was cancelled"}}
    except Exception as error:
        log_of(error)
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
        # a signal, as it is heard in a system call, too
        elif CURRENT.get("running"): signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    os._exit(0)


def beat():
    while not threading.Event().wait(1): tell({"type": "beat"})


def main():
    messages = queue.Queue()
    # a server that a shell began in the background has its processes ignore it
    signal.signal(signal.SIGINT, signal.default_int_handler)
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
            log_of(error)
            tell({"type": "refused", "message": str(error)[:1000] or type(error).__name__})
