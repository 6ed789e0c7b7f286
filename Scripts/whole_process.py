#!/usr/bin/env python3
"""Wall time and peak memory from start to JSON for one photo, against onnxruntime with Pillow.

The two programs take turns, so that a slow minute of the machine touches both.

Usage: python Scripts/whole_process.py [--model M.onnx] [--photo P.jpg] [--threads 2] [--runs 15]
"""

import os
import pathlib
import statistics
import subprocess
import sys
import time

import comparison


def measure(command):
    """Seconds of wall time and peak resident MiB of one run."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    elapsed = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"exit {child.returncode}: {' '.join(command)}")
    return elapsed, usage.ru_maxrss / 1024


def main():
    arguments = comparison.parser(__doc__.split("\n")[0])
    arguments.add_argument("--model", type=pathlib.Path)
    arguments.add_argument("--photo", type=pathlib.Path)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--runs", type=int, default=15)
    options = arguments.parse_args()
    model = options.model or options.shared / "models" / "speed" / "yolov8n_640.onnx"
    photo = options.photo or options.shared / "photos" / "dog.jpg"
    peer = pathlib.Path(__file__).with_name("peer_onnxruntime.py")
    commands = {
        "detect": [options.detect, "--model", str(model), "--threads", str(options.threads),
                   str(photo)],
        "onnxruntime + Pillow": [sys.executable, str(peer), str(model), str(photo),
                                 str(options.threads)],
    }
    for command in commands.values():  # Files into the page cache.
        measure(command)
    figures = {name: [] for name in commands}
    for _ in range(options.runs):
        for name, command in commands.items():
            figures[name].append(measure(command))
    medians = {}
    for name, values in figures.items():
        medians[name] = statistics.median(seconds for seconds, _ in values)
        print(f"{name:22} {medians[name] * 1000:7.1f} ms wall (median of {options.runs}), "
              f"{max(memory for _, memory in values):6.1f} MiB at most")
    ours, theirs = medians["detect"], medians["onnxruntime + Pillow"]
    print(f"ratio {ours / theirs:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
