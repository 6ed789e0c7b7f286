"""Recall against time of `--pyramid feature-resampled` for several cuts.

The reference is the image pyramid with the same levels: every level from the picture, through the
whole network. Of its boxes, those count as found that `feature-resampled` has too, of the same class,
at an IoU of 0.5 or more, one to one from the surest down. Times are the program's own stage times,
the median over the rounds of the sum over the pictures; both programs take turns.

    python3 Scripts/resampled_curve.py --model yolox_nano_416.onnx --cuts LAYER,LAYER,LAYER PICTURE…
    python3 Scripts/resampled_curve.py --model mtcnn --cuts conv1.pool,conv2.prelu,conv3.prelu PICTURE…

`detect info MODEL` lists the layers of a model file.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path


def run(command, pictures):
    """The records of one run of the program, by path."""
    done = subprocess.run(command + pictures, capture_output=True, text=True, check=True)
    return {record["path"]: record for record in map(json.loads, done.stdout.splitlines())}


def overlap(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return shared / (sum(areas) - shared)


def found(wanted, given):
    """How many of `wanted` have a partner in `given`."""
    free = sorted(given, key=lambda box: -box["score"])
    count = 0
    for box in sorted(wanted, key=lambda box: -box["score"]):
        best = max(
            (i for i in range(len(free)) if free[i]["class_id"] == box["class_id"]),
            key=lambda i: overlap(box["bbox"], free[i]["bbox"]), default=None)
        if best is not None and overlap(box["bbox"], free[best]["bbox"]) >= 0.5:
            count += 1
            del free[best]
    return count


def milliseconds(records):
    """By stage, inference by its parts where the record has them; they add up to the whole."""
    total = {}
    for record in records.values():
        timing = record["timing_ms"]
        parts = timing.get("inference_parts", {"whole network": timing["inference"]})
        for stage, time in [("preprocess", timing["preprocess"]), *parts.items(),
                            ("postprocess", timing["postprocess"])]:
            total[stage] = total.get(stage, 0) + time
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--detect", default=".build/release/detect")
    parser.add_argument("--model", required=True)
    parser.add_argument("--cuts", required=True)
    parser.add_argument("--per-octave", type=int, default=8)
    parser.add_argument("--octaves", type=int, default=1)
    parser.add_argument("--real-per-octave", type=int, default=1)
    parser.add_argument("--conf", type=float)
    parser.add_argument("--min-face-size", type=float)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--prefix", default="", help="put before the program, such as 'chrt -f 10'")
    parser.add_argument("pictures", nargs="+")
    options = parser.parse_args()

    program = options.prefix.split() + [options.detect]
    common = ["--model", options.model, "--timing", "--threads", "1"]
    if options.conf is not None:
        common += ["--conf", str(options.conf)]
    if options.min_face_size is not None:
        common += ["--min-face-size", str(options.min_face_size)]
    levels = ["--octaves", str(options.octaves), "--per-octave", str(options.per_octave)]
    if options.model == "mtcnn":
        # The cascade's own ladder at that many levels an octave.
        reference = common + ["--factor", repr(2 ** (-1 / options.per_octave))]
        levels = levels[2:]
    else:
        reference = common + ["--pyramid", "image", "--scale-ranges", "none"] + levels
    variants = {"image": reference}
    folder = tempfile.TemporaryDirectory()
    for cut in options.cuts.split(","):
        resampled = common + ["--pyramid", "feature-resampled"] + levels
        resampled += ["--real-per-octave", str(options.real_per_octave)]
        variants[cut + ", lambda 0"] = resampled + ["--cut", cut]
        laws = Path(folder.name) / f"{len(variants)}.json"
        subprocess.run(
            program + ["calibrate", "--model", options.model, "--cut", cut, "-o", str(laws)]
            + options.pictures, check=True)
        text = " ".join(f"{m['lambda']:.3f}" for m in json.loads(laws.read_text())["maps"])
        variants[f"{cut}, lambda {text}"] = resampled + ["--calibration", str(laws)]

    # Stage times leave out the compiling of networks.
    times = {name: [] for name in variants}
    records = {}
    for _ in range(options.rounds):
        for name, flags in variants.items():
            records[name] = run(program + flags, options.pictures)
            times[name].append(milliseconds(records[name]))
    wanted = records["image"]
    total = sum(len(record["detections"]) for record in wanted.values())

    def median(name, stage):
        return statistics.median(t.get(stage, 0) for t in times[name])

    def whole(name):
        return statistics.median(sum(t.values()) for t in times[name])

    print(f"{total} boxes of image on {len(wanted)} pictures")
    stages = list(dict.fromkeys(stage for name in variants for stage in times[name][0]))
    print("| | recall | boxes | times as fast | ms | " + " | ".join(stages) + " |")
    print("|---" * (5 + len(stages)) + "|")
    for name in variants:
        hits = sum(
            found(wanted[path]["detections"], record["detections"])
            for path, record in records[name].items())
        count = sum(len(record["detections"]) for record in records[name].values())
        print(
            f"| {name} | {hits / max(total, 1):.3f} | {count} | {whole('image') / whole(name):.2f} "
            f"| {whole(name):.1f} | " + " | ".join(f"{median(name, s):.1f}" for s in stages) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
