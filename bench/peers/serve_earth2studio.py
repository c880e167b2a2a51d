"""
Earth2Studio's own server as its start script starts it: python serve_earth2studio.py FOLDER PORT REDIS_PORT [WORKFLOWS].

One process of the API, one worker for each of its queues, a Redis of its own; everything ends with this process, which becomes
the API itself, so that what is measured of it is measured of the API. Redis, workers and results lie in FOLDER.
"""

from __future__ import annotations

import ctypes
import os
import pathlib
import signal
import subprocess
import sys
import time

QUEUES = ["inference", "result_zip", "object_storage", "geocatalog_ingestion", "finalize_metadata"]
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def start(*command: str) -> None:
    """A child that ends with this process, whatever it has become by then."""
    with open(os.devnull, "wb") as nothing:
        subprocess.Popen(command, stdout=nothing, stderr=nothing, preexec_fn=lambda: LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))


def main() -> None:
    folder, port, redis_port = pathlib.Path(sys.argv[1]).absolute(), sys.argv[2], sys.argv[3]
    workflows = sys.argv[4] if len(sys.argv) > 4 else str(pathlib.Path(__file__).parent / "earth2studio")
    programs = pathlib.Path(sys.executable).parent
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        EARTH2STUDIO_API_ACTIVE="1",
        CUDA_VISIBLE_DEVICES="",
        REDIS_PORT=redis_port,
        MAX_QUEUE_SIZE="5000",
        DEFAULT_OUTPUT_DIR=str(folder / "results"),
        RESULTS_ZIP_DIR=str(folder / "results"),
        WORKFLOW_DIR=workflows,
        LOG_LEVEL="ERROR",
        # libraries read the number of processors, and are many here
        OMP_NUM_THREADS="1",
    )
    # as upstream's redis.conf, apart from its folder and port
    save = ["--save", "900 1 300 10 60 10000", "--appendonly", "yes", "--appendfsync", "everysec"]
    start("redis-server", "--bind", "127.0.0.1", "--port", redis_port, "--dir", str(folder), "--maxmemory", "256mb", *save)
    time.sleep(1)
    worker = [str(programs / "rq"), "worker", "--url", f"redis://127.0.0.1:{redis_port}/0", "-w", "rq.worker.SimpleWorker"]
    for queue in QUEUES:
        start(*worker, queue)
    start(sys.executable, "-m", "earth2studio.serve.server.cleanup_daemon")
    app = ["earth2studio.serve.server.main:app", "--host", "127.0.0.1", "--port", port]
    flags = ["--workers", "1", "--loop", "asyncio", "--timeout-keep-alive", "300", "--no-access-log", "--log-level", "warning"]
    os.execv(programs / "uvicorn", [str(programs / "uvicorn"), *app, *flags])


main()
