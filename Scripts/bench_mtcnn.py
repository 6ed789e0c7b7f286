#!/usr/bin/env python3
"""Time per picture of the built-in cascade against facenet-pytorch, the two taking turns.

Usage: python Scripts/bench_mtcnn.py [--rounds 5] [--sizes 1920x1080,640x480] PICTURE …

Needs pillow, torch and facenet-pytorch (2.6.0 wants torch 2.2 and numpy 1). Both sides run on two
threads, in memory and warm: the peer's `detect` with landmarks, and the times of preprocessing,
inference and postprocessing that `detect --timing` gives with `--preset facenet-pytorch`.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import torch
from facenet_pytorch import MTCNN
from PIL import Image


def ours(program, warm_up, pictures, threads, preset):
    """Milliseconds and faces per picture, after another picture to warm up."""
    command = [program, "--timing", "--preset", preset, "--threads", str(threads)]
    output = subprocess.run(
        [*command, warm_up, *pictures], stdout=subprocess.PIPE, check=True).stdout
    records = [json.loads(line) for line in output.splitlines()][1:]
    stages = ("preprocess", "inference", "postprocess")
    return [(sum(record["timing_ms"][stage] for stage in stages), record["detections"])
            for record in records]


def theirs(detector, picture):
    start = time.perf_counter()
    boxes, scores, _ = detector.detect(picture, landmarks=True)
    milliseconds = (time.perf_counter() - start) * 1000
    return milliseconds, [] if boxes is None else list(zip(boxes.tolist(), scores.tolist()))


def overlap(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return both / (sum(areas) - both)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--detect", default=".build/release/detect", help="the program")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--sizes", default="1920x1080,640x480")
    parser.add_argument("picture", nargs="+")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    peer = MTCNN(keep_all=True, device="cpu")
    with tempfile.TemporaryDirectory() as folder:
        for text in options.sizes.split(","):
            size = tuple(map(int, text.split("x")))
            pictures, files = [], []
            for index, path in enumerate(options.picture):
                pictures.append(Image.open(path).convert("RGB").resize(size))
                files.append(str(pathlib.Path(folder) / f"{text}_{index}.png"))
                pictures[-1].save(files[-1])
            # The program takes each path once.
            warm_up = str(pathlib.Path(folder) / f"{text}_warm_up.png")
            pictures[0].save(warm_up)
            peer.detect(pictures[0], landmarks=True)
            ratios, our_times, their_times, found, matched = [], [], [], 0, 0
            for _ in range(options.rounds):
                results = ours(options.detect, warm_up, files, options.threads, "facenet-pytorch")
                for picture, (milliseconds, faces) in zip(pictures, results):
                    peer_milliseconds, peer_faces = theirs(peer, picture)
                    ratios.append(milliseconds / peer_milliseconds)
                    our_times.append(milliseconds)
                    their_times.append(peer_milliseconds)
                    for box, score in peer_faces:
                        if score < 0.9:
                            continue
                        found += 1
                        # Its boxes are 1-based and inclusive.
                        matched += any(
                            overlap([box[0] - 1, box[1] - 1, box[2], box[3]], face["bbox"]) >= 0.9
                            for face in faces)
            print(f"{text}, {options.threads} threads: detect {statistics.median(our_times):.1f} ms, "
                  f"facenet-pytorch {statistics.median(their_times):.1f} ms, "
                  f"ratio {statistics.median(ratios):.2f}; {matched} of {found} faces the same")
    return 0


if __name__ == "__main__":
    sys.exit(main())
