"""Steps a graph from its own output with onnxruntime alone: `step_onnx.py GRAPH THREADS SHAPE`, one step for each line read."""

from __future__ import annotations

import json
import resource
import sys
import time

import numpy as np
import onnxruntime as ort


def main(graph: str, threads: str, shape: str) -> None:
    options = ort.SessionOptions()
    options.intra_op_num_threads = int(threads)
    session = ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    state = np.zeros([int(length) for length in shape.split(",")], "f4")
    print(json.dumps({"version": ort.__version__}), flush=True)
    for _ in sys.stdin:
        before, start = cpu(), time.perf_counter()
        (state,) = session.run(None, {"x": state})
        wall = time.perf_counter() - start
        print(json.dumps({"wallMs": wall * 1000, "cpuMs": (cpu() - before) * 1000}), flush=True)


def cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


main(*sys.argv[1:])
