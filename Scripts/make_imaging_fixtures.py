#!/usr/bin/env python3
"""Writes Fixtures/imaging/*.json: what OpenCV and Pillow make of pictures that the tests can build themselves.

    python3 Scripts/make_imaging_fixtures.py [RAW_INPUTS_FOLDER]

Needs numpy, opencv-python-headless and Pillow. With a folder of recorded network inputs (*.npz) also records
the hashes of those made from dog.jpg.
"""
import hashlib
import json
import os
import sys

import cv2
import numpy as np
from PIL import Image
import PIL

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Fixtures", "imaging")


def picture(width, height, seed):
    """The top byte of x <- 1664525 x + 1013904223 mod 2^32, in row, column, channel order."""
    samples = bytearray()
    state = seed
    for _ in range(width * height * 3):
        state = (1664525 * state + 1013904223) & 0xFFFFFFFF
        samples.append(state >> 24)
    return np.frombuffer(bytes(samples), np.uint8).reshape(height, width, 3)


def sha(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def resize_cases():
    sizes = [
        (64, 48, 32, 24), (64, 48, 128, 96), (64, 48, 64, 24), (64, 48, 32, 48), (64, 48, 16, 12), (64, 48, 41, 29),
        (33, 17, 70, 5), (33, 17, 11, 40), (33, 17, 16, 8), (33, 17, 34, 18), (33, 17, 1, 1), (1, 1, 5, 7),
        (1, 9, 4, 3), (9, 1, 3, 4), (2, 2, 1, 1), (2, 2, 3, 5), (3, 3, 2, 2), (50, 40, 49, 39), (50, 40, 51, 41),
        (97, 61, 26, 26), (61, 97, 26, 26), (40, 30, 120, 90), (200, 3, 13, 3), (16, 8, 8, 4), (8, 16, 4, 7),
    ]
    opencv = {"opencvLinear": cv2.INTER_LINEAR, "opencvNearest": cv2.INTER_NEAREST}
    pillow = {"triangle": Image.BILINEAR, "cubic": Image.BICUBIC, "lanczos3": Image.LANCZOS}
    for index, (width, height, to_width, to_height) in enumerate(sizes):
        source = picture(width, height, index + 1)
        case = {"size": [width, height], "seed": index + 1, "to": [to_width, to_height], "sha256": {}}
        for name, flag in opencv.items():
            case["sha256"][name] = sha(cv2.resize(source, (to_width, to_height), interpolation=flag))
        for name, flag in pillow.items():
            # Columns first, whatever order this Pillow prefers.
            columns = Image.fromarray(source).resize((to_width, height), flag)
            case["sha256"][name] = sha(np.array(columns.resize((to_width, to_height), flag)))
        yield case


def main():
    os.makedirs(ROOT, exist_ok=True)
    made_by = "Scripts/make_imaging_fixtures.py, opencv %s, Pillow %s" % (cv2.__version__, PIL.__version__)
    with open(os.path.join(ROOT, "resize.json"), "w") as file:
        json.dump({"made_by": made_by, "cases": list(resize_cases())}, file, indent=1)
        file.write("\n")
    if len(sys.argv) > 1:
        inputs = {}
        for name, scale in (("yolov3-tiny_416", 255), ("yolox_nano_416", 1), ("fastestdet_352", 255)):
            arrays = np.load(os.path.join(sys.argv[1], name + ".npz"))
            key = [k for k in arrays.files if k.startswith("in:")][0]
            bytes_ = np.round(arrays[key] * scale).astype(np.uint8)
            inputs[name] = {"shape": list(arrays[key].shape), "sha256": sha(bytes_)}
        with open(os.path.join(ROOT, "network_inputs.json"), "w") as file:
            json.dump({"made_by": made_by, "photo": "dog.jpg", "inputs": inputs}, file, indent=1)
            file.write("\n")


main()
