"""
What this process may do: it writes into its own folder and that of the run, and starts and signals nothing, unless the
configuration says more. Python's audit events tell what is about to be done; code in C, of packages, raises none. Where
the kernel has Landlock, writing and signals are held back by it as well. It keeps workflows from mistakes: it is no sandbox.
"""
import contextlib
import errno
import json
import os
import sys

from .landlock import restrict

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# events that name paths which change: places of (path, descriptor of the folder that it is relative to)
CHANGES = {
    "os.remove": [(0, 1)], "os.rmdir": [(0, 1)], "os.mkdir": [(0, 2)], "os.truncate": [(0, None)],
    "os.chmod": [(0, 2)], "os.chown": [(0, 3)], "os.utime": [(0, 3)], "os.chflags": [(0, None)],
    "os.setxattr": [(0, None)], "os.removexattr": [(0, None)],
    "os.rename": [(0, 2), (1, 3)], "os.link": [(1, 3)], "os.symlink": [(1, 2)],
}
PROGRAMS = {
    "subprocess.Popen", "os.system", "os.posix_spawn", "os.exec", "os.spawn", "os.fork", "os.forkpty", "pty.spawn",
}
# devices, such as /dev/null and shared memory
DEVICES = "/dev"


class NotPermitted(PermissionError):
    """Its text names no path: clients read it. `filename` has what was to be reached."""

    def __init__(self, why, path=None):
        super().__init__(errno.EACCES, f"not permitted: {why}", path)

    def __str__(self):
        return self.strerror


class Limits:
    def __init__(self, scratch, writable, allow):
        self.roots = [os.path.realpath(path) for path in (scratch, *writable, DEVICES)]
        self.allow = set(allow)
        self.run = []

    def may_write(self, path, folder=None):
        if isinstance(path, int): return True
        path = os.fspath(path)
        if isinstance(path, bytes): path = os.fsdecode(path)
        if isinstance(folder, int) and folder >= 0 and not os.path.isabs(path):
            path = os.path.join(os.readlink(f"/proc/self/fd/{folder}"), path)
        real = os.path.realpath(path)
        return any(real == root or real.startswith(root.rstrip("/") + "/") for root in (*self.roots, *self.run))

    def assert_writing(self, path, folder=None):
        if not self.may_write(path, folder):
            raise NotPermitted("it may write below its folder and that for temporary files alone, and where workflows.writable says", path)

    def assert_change(self, event, arguments):
        for at, folder in CHANGES[event]:
            self.assert_writing(arguments[at], None if folder is None or folder >= len(arguments) else arguments[folder])

    def assert_signal(self, target):
        if target not in (0, os.getpid(), -os.getpid()):
            raise NotPermitted("signals to other processes need workflows.allow: [processes]", f"process {target}")

    def assert_database(self, database):
        name = os.fsdecode(database) if isinstance(database, (str, bytes, os.PathLike)) else ""
        if name.startswith("file:"): name = name[5:].split("?")[0]
        if name in ("", ":memory:") or self.may_write(name): return
        raise NotPermitted("databases outside of its folders need workflows.allow: [sqlite]", name)

    def look(self, event, arguments):
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & WRITING and path is not None: self.assert_writing(path)
        elif event in CHANGES: self.assert_change(event, arguments)
        elif event in PROGRAMS:
            if "processes" not in self.allow:
                raise NotPermitted("starting programs needs workflows.allow: [processes]", named(arguments))
        elif event == "os.kill" or event == "os.killpg":
            if "processes" not in self.allow: self.assert_signal(arguments[0] if event == "os.kill" else -arguments[0])
        elif event == "sqlite3.connect" and "sqlite" not in self.allow: self.assert_database(arguments[0])


def named(arguments):
    """Of a program."""
    name = arguments[0] if arguments else None
    return os.fsdecode(name) if isinstance(name, bytes) else name


LIMITS = None


def keep_to_limits():
    """From here on, for the rest of the process: neither can be taken back."""
    global LIMITS
    given = json.loads(os.environ.pop("ZARR_GATEWAY_LIMITS"))
    scratch = given["scratch"]
    LIMITS = Limits(scratch, given["writable"], given["allow"])
    limit_files(given["fileBytes"])
    for path in given["writable"]:
        with contextlib.suppress(OSError): os.makedirs(path, exist_ok=True)
    # before the first result there is no folder of them; rules are of what is there
    folders = [path for path in (scratch, given["results"], *given["writable"], DEVICES) if os.path.exists(path)]
    restrict(folders, signals="processes" not in LIMITS.allow)
    sys.addaudithook(LIMITS.look)


def limit_files(most):
    """Bytes of one file, and no picture of the memory where the process crashes."""
    try:
        import resource
    except ImportError: return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    least = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_FSIZE, (least, least))


@contextlib.contextmanager
def writable_while(folder):
    """The folder of results of the run that goes on."""
    LIMITS.run = [os.path.realpath(folder)]
    try: yield
    finally: LIMITS.run = []
