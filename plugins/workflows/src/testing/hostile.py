"""A workflow that tries what it is not permitted, for tests: it tells what came of each try."""
import ctypes
import os
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile

from earth2studio.serve.server import Workflow, WorkflowParameters, WorkflowRegistry


class HostileParameters(WorkflowParameters):
    secret: str = ""
    others: str = ""
    cache: str = ""
    fail: bool = False


def outcome(attempt):
    try: attempt()
    except PermissionError as error: return str(error) if "not permitted" in str(error) else "refused by the kernel"
    except Exception as error: return f"{type(error).__name__}: {error}"
    return "done"


def through_c(path):
    """As code in C does it, of which Python knows nothing."""
    libc = ctypes.CDLL(None, use_errno=True)
    made = libc.open(str(path).encode(), os.O_WRONLY | os.O_CREAT, 0o600)
    if made < 0: raise OSError(ctypes.get_errno(), "open")
    os.close(made)


@WorkflowRegistry.instance().register
class Hostile(Workflow):
    name = "hostile_python"
    description = "Tries what it is not permitted"
    Parameters = HostileParameters

    @classmethod
    def validate_parameters(cls, parameters): return cls.Parameters.validate(parameters)

    def run(self, parameters, execution_id):
        asked = self.validate_parameters(parameters)
        own, others, cache = self.get_output_path(execution_id), pathlib.Path(asked.others), pathlib.Path(asked.cache)
        secret = pathlib.Path(asked.secret)
        if asked.fail: (others / "planted.txt").write_text("x")
        linked = own / "linked"
        tries = {
            "write beside": lambda: (others / "planted.txt").write_text("x"),
            "append": lambda: open(secret, "a"),
            "write by a descriptor": lambda: os.open(secret, os.O_RDWR),
            "make a folder": lambda: (others / "made").mkdir(),
            "take away": lambda: secret.rename(own / "moved"),
            "remove": secret.unlink,
            "remove a tree": lambda: shutil.rmtree(others),
            "change": lambda: secret.chmod(0o777),
            "link to write": lambda: (linked.symlink_to(others), (linked / "planted.txt").write_text("x")),
            "leave by dots": lambda: (own / ".." / ".." / "planted.txt").write_text("x"),
            "write through C": lambda: through_c(cache / ".." / "planted.txt"),
            "start a program": lambda: subprocess.run(["true"]),
            "start a shell": lambda: os.system("true"),
            "start itself again": os.fork,
            "end the server": lambda: os.kill(os.getppid(), 0),
            "end a group": lambda: os.killpg(os.getppid(), 0),
            "open a database": lambda: sqlite3.connect(others / "jobs.db"),
            "open a database by its address": lambda: sqlite3.connect(f"file:{others}/jobs.db?mode=rwc", uri=True),
            "signal itself": lambda: os.kill(os.getpid(), 0),
            "write its results": lambda: (own / "fine.txt").write_text("fine"),
            "keep a database": lambda: sqlite3.connect(own / "own.db").execute("create table a (b)"),
            "write a temporary file": lambda: tempfile.NamedTemporaryFile("w").write("x"),
            "write where it is told": lambda: (cache / "model.bin").write_text("x"),
            "write to nowhere": lambda: open(os.devnull, "w").write("x"),
            "write too much": lambda: (own / "large").write_bytes(bytes(3 << 20)),
        }
        came = {name: outcome(attempt) for name, attempt in tries.items()}
        self.update_execution_data(execution_id, {"metadata": {"came": came}})
