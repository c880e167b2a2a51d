"""
Asks upstream's own server all exchanges and writes what it answers: python -m serving.record, in test/clients.

With a Python that has earth2studio with its server (bench/peers/earth2studio/requirements.txt), and redis-server on the path.
Nothing in upstream ever cancels an execution, and results expire after hours: both are written into its records.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from serving.exchanges import Server, answers, free_port

HERE = pathlib.Path(__file__).parent
SERVER = HERE.parents[2] / "bench/peers/serve_earth2studio.py"


class Upstream(Server):
    def __init__(self, folder: pathlib.Path) -> None:
        port, self.redis_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.results = folder / "results"
        command = [sys.executable, str(SERVER), str(folder), str(port), str(self.redis_port), str(HERE / "twins")]
        self.process = subprocess.Popen(command, env={**os.environ, "EXPOSED_WORKFLOWS": "twin,needy"})
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{self.url}/liveness", timeout=5).close()
                return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.5)
        raise TimeoutError("upstream's server did not start")

    def cancel(self, id: str) -> None:
        self.until(id, "completed")
        self._becomes(id, "cancelled")

    def expire(self, id: str) -> None:
        self._becomes(id, "expired")
        shutil.rmtree(self.results / "twin" / id)
        for file in self.results.glob(f"metadata*{id}*"):
            file.unlink()

    def _becomes(self, id: str, status: str) -> None:
        import redis

        records = redis.Redis(port=self.redis_port)
        key = f"workflow_execution:twin:{id}"
        records.set(key, json.dumps({**json.loads(records.get(key)), "status": status}))

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        upstream = Upstream(pathlib.Path(folder))
        try:
            recorded = answers(upstream)
        finally:
            upstream.stop()
    # what a server says of its own disk and address is no fact
    lines = [json.dumps({"exchange": name, **answer}, ensure_ascii=False) for name, answer in recorded.items()]
    text = "\n".join(lines).replace(folder, "<folder>").replace(upstream.url, "<server>")
    (HERE / "answers.ndjson").write_text(f"{text}\n")


if __name__ == "__main__":
    main()
