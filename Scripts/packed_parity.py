"""Packed levels against level by level: boxes, time and how full canvases are, over the shared photos.

    python Scripts/packed_parity.py --shared ../shared --models models

For every model and photo, `--pyramid image` and `--pyramid packed` run in turn with the same scales (the
built-in cascade: its own ladder); boxes are compared one by one. Times are milliseconds of a picture
whose canvas and networks exist already: medians over --runs looks at it after the first one, of the
stages preprocess + inference + postprocess. Occupancy
is the share of the canvases' pixels that levels cover. The dense outputs themselves are compared, bit for
bit, by the test PackedParityTests (all photos with DETECT_ALL_PHOTOS=1).
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

STAGES = ("preprocess", "inference", "postprocess")


def output(command):
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit {result.returncode}: {result.stderr.strip()}")
    return result.stdout


def flags(model, scales):
    return [] if model == "mtcnn" else ["--scales", scales, "--scale-ranges", "none"]


def look(detect, model, strategy, scales, folder, threads):
    """The records of a folder's pictures, in order."""
    text = output([detect, "--model", model, "--pyramid", strategy, *flags(model, scales), "--timing",
                   "--threads", str(threads), "--quiet", folder])
    return [json.loads(line) for line in text.splitlines()]


def pixels(detect, model, strategy, scales, photo, threads):
    text = output([detect, "compare", "--model", model, "--pyramids", "single", "--with",
                   " ".join([strategy, *flags(model, scales)]), "--threads", str(threads), "--json",
                   "--quiet", photo])
    return json.loads(text)["strategies"][-1]["pixels"]


def total(record):
    return sum(record["timing_ms"][stage] for stage in STAGES)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", default="../shared")
    parser.add_argument("--models", default="models")
    parser.add_argument("--detect", default=".build/release/detect")
    parser.add_argument("--scales", default="0.5,1,1.5")
    parser.add_argument("--runs", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--photos", default="", help="names of photos, separated by commas (default: all)")
    arguments = parser.parse_args()

    models = ["mtcnn", f"{arguments.models}/centerface.onnx",
              f"{arguments.shared}/models/yolox_nano_416.onnx", f"{arguments.models}/yolov3-tiny.cfg"]
    folder = f"{arguments.shared}/photos"
    chosen = set(filter(None, arguments.photos.split(",")))
    photos = sorted(f"{folder}/{name}" for name in os.listdir(folder)
                    if name.endswith((".jpg", ".png")) and (not chosen or name in chosen))
    failures = 0
    print(f"{'model':20} {'photo':18} {'boxes':>5} {'largest move':>12} {'occupancy':>9} "
          f"{'image ms':>24} {'packed ms':>24} {'ratio':>6}")
    for model in models:
        ratios = []
        for photo in photos:
            with tempfile.TemporaryDirectory() as copies:
                for index in range(arguments.runs + 1):
                    shutil.copy(photo, f"{copies}/{index:02}{os.path.splitext(photo)[1]}")
                records = {strategy: look(arguments.detect, model, strategy, arguments.scales, copies,
                                          arguments.threads) for strategy in ("image", "packed")}
            a, b = records["image"][-1]["detections"], records["packed"][-1]["detections"]
            move = 0.0
            same = len(a) == len(b)
            for one, other in zip(a, b):
                same = same and one["class_id"] == other["class_id"]
                move = max([move] + [abs(x - y) for x, y in zip(one["bbox"], other["bbox"])])
            if not same or move > 0.01:
                failures += 1
            if model == "mtcnn":
                occupancy = "-"
            else:
                both = [pixels(arguments.detect, model, strategy, arguments.scales, photo,
                               arguments.threads) for strategy in ("image", "packed")]
                occupancy = f"{both[0] / both[1]:.2f}"
            times = {strategy: [statistics.median(record["timing_ms"][stage] for record in looks[1:])
                                for stage in STAGES] for strategy, looks in records.items()}
            ratio = (statistics.median(map(total, records["packed"][1:]))
                     / statistics.median(map(total, records["image"][1:])))
            ratios.append(ratio)
            text = {strategy: " ".join(f"{value:7.1f}" for value in values)
                    for strategy, values in times.items()}
            print(f"{os.path.basename(model):20} {os.path.basename(photo):18} {len(a):5d} {move:12.6f} "
                  f"{occupancy:>9} {text['image']:>24} {text['packed']:>24} {ratio:6.2f}"
                  f"{'' if same else '  DIFFERENT'}", flush=True)
        print(f"{os.path.basename(model):20} median ratio {statistics.median(ratios):.2f}", flush=True)
    sys.exit(f"{failures} pictures differ" if failures else 0)


if __name__ == "__main__":
    main()
