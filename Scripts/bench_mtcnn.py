#!/usr/bin/env python3
"""Time per picture of the built-in cascade against facenet-pytorch, the two taking turns.

Usage: python Scripts/bench_mtcnn.py [--rounds 5] [--sizes 1920x1080,640x480] PICTURE …

Prints a line per picture and size. Needs pillow, torch and facenet-pytorch (2.6.0 wants torch 2.2 and numpy 1). Both sides run on two
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

SURE = 0.9
OVERLAP = 0.95


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


def same_faces(peer_faces, faces):
    """Of the peer's faces with a score of at least SURE: how many, and how many of them are ours."""
    sure = [box for box, score in peer_faces if score >= SURE]
    # Its boxes are 1-based and inclusive.
    matched = sum(
        any(overlap([box[0] - 1, box[1] - 1, box[2], box[3]], face["bbox"]) >= OVERLAP
            for face in faces)
        for box in sure)
    return len(sure), matched


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
    print(f"{options.threads} threads, medians of {options.rounds} rounds; faces of facenet-pytorch "
          f"with score >= {SURE} that detect finds at IoU >= {OVERLAP}")
    for text in options.sizes.split(","):
        size = tuple(map(int, text.split("x")))
        for path in options.picture:
            compare(options, peer, path, size)
    return 0


def compare(options, peer, path, size):
    picture = Image.open(path).convert("RGB").resize(size)
    with tempfile.TemporaryDirectory() as folder:
        # The program takes each path once.
        warm_up, file = (str(pathlib.Path(folder) / name) for name in ("warm_up.png", "picture.png"))
        picture.save(warm_up)
        picture.save(file)
        peer.detect(picture, landmarks=True)
        ratios, our_times, their_times = [], [], []
        for _ in range(options.rounds):
            [(milliseconds, faces)] = ours(
                options.detect, warm_up, [file], options.threads, "facenet-pytorch")
            peer_milliseconds, peer_faces = theirs(peer, picture)
            ratios.append(milliseconds / peer_milliseconds)
            our_times.append(milliseconds)
            their_times.append(peer_milliseconds)
    found, matched = same_faces(peer_faces, faces)
    print(f"{size[0]}x{size[1]} {pathlib.Path(path).name}: "
          f"detect {statistics.median(our_times):.1f} ms, "
          f"facenet-pytorch {statistics.median(their_times):.1f} ms, "
          f"ratio {statistics.median(ratios):.3f}; {matched} of {found} faces the same", flush=True)


if __name__ == "__main__":
    sys.exit(main())
