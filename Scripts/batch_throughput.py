#!/usr/bin/env python3
"""Images a second over the 128 photos of coco128-val: `detect run` with two workers against two
processes of onnxruntime with Pillow, in turn, from start to the last record.

Usage: python Scripts/batch_throughput.py --model M.onnx [--side 320] [--runs 3]

The model has YOLOv8's outputs and is trained: of random weights there would be boxes by the
thousand, and their suppression would be measured.
"""

import multiprocessing
import pathlib
import statistics
import subprocess
import sys
import time

import comparison

HERE = pathlib.Path(__file__).parent


def peer(model, side, folder):
    """What the other program does, in a process of its own."""
    photos = sorted(map(str, pathlib.Path(folder).glob("*.jpg")))
    with multiprocessing.Pool(2, initializer=begin, initargs=(model, int(side))) as pool:
        for line in pool.imap(work, photos, chunksize=4):
            print(line)


def begin(model, wanted):
    import peer_onnxruntime
    global session, side
    side = wanted
    session = peer_onnxruntime.opened(model, 1)


def work(photo):
    import peer_onnxruntime
    return peer_onnxruntime.record(session, photo, side)


def seconds(command):
    begun = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=60)
    elapsed = time.perf_counter() - begun
    if done.stdout.count(b"\n") != 128:
        sys.exit(f"{done.stdout.count(10)} records, not 128: {command}")
    return elapsed


def main():
    if sys.argv[1:2] == ["--peer"]:
        return peer(*sys.argv[2:])
    arguments = comparison.parser(__doc__.split("\n")[0])
    arguments.add_argument("--model", type=pathlib.Path, required=True)
    arguments.add_argument("--side", type=int, default=320)
    arguments.add_argument("--runs", type=int, default=3)
    options = arguments.parse_args()
    model = options.model
    folder = options.shared / "datasets" / "coco128-val" / "images"
    ours = [options.detect, "run", folder, "--model", model, "--family", "yolov8",
            "--imgsz", options.side, "--workers", "2", "--threads", "1",
            "--quiet"]
    theirs = [sys.executable, __file__, "--peer", model, options.side, folder]
    commands = {"detect": list(map(str, ours)), "onnxruntime": list(map(str, theirs))}
    times = {name: [] for name in commands}
    for _ in range(options.runs):
        for name, command in commands.items():
            times[name].append(seconds(command))
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name:12} {128 / median:6.1f} images/s ({median:.2f} s, median of {len(values)})")
    ratio = statistics.median(a / b for a, b in zip(times["onnxruntime"], times["detect"]))
    print(f"detect takes 1/{ratio:.2f} of the time")


if __name__ == "__main__":
    main()
