"""
Earth2Studio's client as it is on PyPI, without what it does not need here.

`serve.client.client` needs requests and numpy alone. `serve.client.e2client` imports the package's data sources and models, and
with them torch and a dozen packages: those that are missing are stood in for, so that the client's own code runs unchanged.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from typing import Any

import numpy as np

ABSENT = ["torch", "obspec", "s3fs", "huggingface_hub", "loguru", "tqdm", "cupy", "cudf", "ngcbase", "ngcsdk", "registry", "rich", "packaging", "scipy"]


class _Kind(type):
    """A class of which every member is such a class again, whatever is asked of it."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Kind(name, (_Nothing,), {})


class _Nothing:
    """Made of anything; as a decorator it leaves what it decorates."""

    def __init__(self, *_values: Any, **_named: Any) -> None:
        pass

    def __call__(self, *values: Any, **_named: Any) -> Any:
        return values[0] if values else None


class _Tensor:
    """As much of a torch tensor as moves values about."""

    def __init__(self, values: Any) -> None:
        self.values = np.asarray(values)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.values.shape

    def to(self, _device: Any) -> _Tensor:
        return self

    def transpose(self, one: int, other: int) -> _Tensor:
        return _Tensor(np.swapaxes(self.values, one, other))

    def numpy(self) -> np.ndarray:
        return self.values


class _Device:
    def __init__(self, name: Any) -> None:
        self.type = str(name)


class _Cuda:
    @staticmethod
    def is_available() -> bool:
        return False


class _Stand(types.ModuleType):
    """A package of which every member is a class of no content."""

    __path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Kind(name, (_Nothing,), {})


class _Finder:
    """Below a package that is stood in for, every module is."""

    def __init__(self, names: list[str]) -> None:
        self.names = set(names)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        return importlib.util.spec_from_loader(name, self) if name.split(".")[0] in self.names else None

    def create_module(self, spec: Any) -> types.ModuleType:
        module = _Stand(spec.name)
        if spec.name == "torch":
            module.Tensor, module.device, module.cuda = _Tensor, _Device, _Cuda
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        pass


def _bypass(name: str) -> None:
    """A package whose `__init__` imports everything there is: empty, so that its modules can be imported one by one."""
    spec = importlib.util.find_spec("earth2studio")
    module = types.ModuleType(name)
    module.__path__ = [f"{spec.submodule_search_locations[0]}/{name.split('.', 1)[1].replace('.', '/')}"]
    sys.modules[name] = module


def remote_workflow() -> Any:
    """The class `RemoteEarth2Workflow`."""
    if "earth2studio.serve.client.e2client" not in sys.modules:
        missing = [name for name in ABSENT if name not in sys.modules and importlib.util.find_spec(name) is None]
        sys.meta_path.append(_Finder(missing))
        _bypass("earth2studio.models.px")
        _bypass("earth2studio.data")
        data = sys.modules["earth2studio.data"]
        data.InferenceOutputSource = importlib.import_module("earth2studio.data.xr").InferenceOutputSource
        data.fetch_data = importlib.import_module("earth2studio.data.utils").fetch_data
    return importlib.import_module("earth2studio.serve.client.e2client").RemoteEarth2Workflow
