"""Starts the gateway of this clone as a user would, and stops it."""

from __future__ import annotations

import os
import pathlib
import re
import shlex
import signal
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def command() -> list[str]:
    """The clone's own program under its pinned Node; `ZARR_GATEWAY_COMMAND` names another."""
    given = os.environ.get("ZARR_GATEWAY_COMMAND")
    if given:
        return shlex.split(given)
    return [str(ROOT / "node_modules/.bin/node"), str(ROOT / "packages/gateway/bin/zarr-gateway.js")]


class Gateway:
    """A running server. `url` has no slash at the end."""

    def __init__(self, *arguments: str, log: pathlib.Path, cwd: pathlib.Path | None = None, timeout: float = 60) -> None:
        self.log = log
        self._stderr = open(log, "wb")  # noqa: SIM115 - closed by stop
        started = time.monotonic()
        self.process = subprocess.Popen([*command(), *arguments], stdout=subprocess.PIPE, stderr=self._stderr, cwd=cwd or ROOT)
        timer = threading.Timer(timeout, self.process.kill)
        timer.start()
        self.url = ""
        for line in self.process.stdout:  # ends when the process does
            match = re.search(rb"listening on (https?://\S+)", line)
            if match:
                self.url = match[1].decode().rstrip("/")
                break
        timer.cancel()
        self.seconds_to_listen = time.monotonic() - started
        if not self.url:
            self.stop()
            raise RuntimeError(f"the gateway did not start ({' '.join(arguments)}): exit {self.process.returncode}\n{log.read_text(errors='replace')[-4000:]}")
        threading.Thread(target=lambda: [None for _ in self.process.stdout], daemon=True).start()

    @property
    def pids(self) -> list[int]:
        """The process and its descendants."""
        found, queue = [], [self.process.pid]
        while queue:
            pid = queue.pop()
            found.append(pid)
            try:
                for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                    queue += map(int, (task / "children").read_text().split())
            except OSError:
                pass
        return found

    def memory(self) -> int:
        """Resident bytes of all processes."""
        total = 0
        for pid in self.pids:
            try:
                text = pathlib.Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            total += int(re.search(r"VmRSS:\s+(\d+)", text)[1]) * 1024 if "VmRSS" in text else 0
        return total

    def is_running(self) -> bool:
        return self.process.poll() is None

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def stop(self, timeout: float = 15) -> int:
        """Ends it (SIGTERM, then SIGKILL) and answers its exit code."""
        if self.is_running():
            self.terminate()
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait(timeout)
        finally:
            self._stderr.close()
