#!/usr/bin/env python3
"""Network time of `detect bench` against onnxruntime in process, the two taking turns.

Usage: python Scripts/bench_peers.py [--threads 1,2] [--rounds 5] [--runs 20] [MODEL.onnx …]
"""

import json
import pathlib
import statistics
import sys
import time

import numpy
import onnxruntime

import comparison


def peer(model, threads):
    """A function that gives the median milliseconds of some runs of onnxruntime."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    random = numpy.random.default_rng(0)
    inputs = {
        value.name: random.random([size if isinstance(size, int) else 1 for size in value.shape],
                                  dtype=numpy.float32)
        for value in session.get_inputs()}
    session.run(None, inputs)

    def milliseconds(runs):
        times = []
        for _ in range(runs):
            start = time.perf_counter()
            session.run(None, inputs)
            times.append((time.perf_counter() - start) * 1000)
        return statistics.median(times)

    return milliseconds


def main():
    arguments = comparison.parser(__doc__.split("\n")[0])
    arguments.add_argument("--threads", default="1,2")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--runs", type=int, default=20)
    arguments.add_argument("model", nargs="*", type=pathlib.Path)
    options = arguments.parse_args()
    models = options.model or sorted((options.shared / "models" / "speed").glob("*.onnx"))
    for model in models:
        for threads in map(int, options.threads.split(",")):
            theirs = peer(model, threads)
            ours_ms, theirs_ms = [], []
            for _ in range(options.rounds):
                output = comparison.run(options, [
                    "bench", "--model", model, "--threads", threads, "--runs", options.runs,
                    "--precision", "f32", "--json"])
                ours_ms.append(json.loads(output)["median_ms"])
                theirs_ms.append(theirs(options.runs))
            ratio = statistics.median(a / b for a, b in zip(ours_ms, theirs_ms))
            print(f"{model.stem:18} {threads} threads: detect {statistics.median(ours_ms):7.1f} ms, "
                  f"onnxruntime {statistics.median(theirs_ms):7.1f} ms, ratio {ratio:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
