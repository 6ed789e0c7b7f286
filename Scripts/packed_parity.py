"""Packed levels against level by level: boxes and time, over the shared photos.

    python Scripts/packed_parity.py --shared ../shared --models models

For every model and photo, `--pyramid image` and `--pyramid packed` run in turn with the same scales;
boxes are compared one by one, times are the medians of the inference stage over the runs. The dense
outputs themselves are compared by the test PackedParityTests (all photos with DETECT_ALL_PHOTOS=1).
"""

import argparse
import json
import os
import statistics
import subprocess
import sys


def run(detect, model, strategy, scales, photo, threads):
    command = [detect, "--model", model, "--pyramid", strategy, "--scales", scales,
               "--scale-ranges", "none", "--timing", "--threads", str(threads), photo]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit {result.returncode}: {result.stderr.strip()}")
    return json.loads(result.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", default="../shared")
    parser.add_argument("--models", default="models")
    parser.add_argument("--detect", default=".build/release/detect")
    parser.add_argument("--scales", default="0.5,1,1.5")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()

    models = [f"{arguments.shared}/models/yolox_nano_416.onnx",
              f"{arguments.models}/yolov3-tiny.cfg", f"{arguments.models}/centerface.onnx"]
    folder = f"{arguments.shared}/photos"
    photos = sorted(f"{folder}/{name}" for name in os.listdir(folder)
                    if name.endswith((".jpg", ".png")))
    failures = 0
    print(f"{'model':24} {'photo':22} {'boxes':>5} {'largest move':>13} {'image ms':>9} {'packed ms':>9}")
    for model in models:
        for photo in photos:
            times = {"image": [], "packed": []}
            records = {}
            for _ in range(arguments.runs):
                for strategy in ("image", "packed"):
                    record = run(arguments.detect, model, strategy, arguments.scales, photo,
                                 arguments.threads)
                    records[strategy] = record
                    times[strategy].append(record["timing_ms"]["inference"])
            a, b = records["image"]["detections"], records["packed"]["detections"]
            move = 0.0
            same = len(a) == len(b)
            for one, other in zip(a, b):
                same = same and one["class_id"] == other["class_id"]
                move = max([move] + [abs(x - y) for x, y in zip(one["bbox"], other["bbox"])])
            if not same or move > 0.02:
                failures += 1
            print(f"{os.path.basename(model):24} {os.path.basename(photo):22} {len(a):5d} {move:13.6f}"
                  f" {statistics.median(times['image']):9.1f} {statistics.median(times['packed']):9.1f}"
                  f"{'' if same else '  DIFFERENT'}", flush=True)
    sys.exit(f"{failures} pictures differ" if failures else 0)


if __name__ == "__main__":
    main()
