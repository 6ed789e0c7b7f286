#!/usr/bin/env python3
"""One photo to boxes with onnxruntime and Pillow: the program that whole_process.py compares with.

Usage: python Scripts/peer_onnxruntime.py MODEL PHOTO THREADS
"""

import json
import sys

import numpy
import onnxruntime
from PIL import Image, ImageOps


def letterbox(image, side):
    scale = min(side / image.width, side / image.height)
    width, height = round(image.width * scale), round(image.height * scale)
    left, top = (side - width) // 2, (side - height) // 2
    canvas = Image.new("RGB", (side, side), (114, 114, 114))
    canvas.paste(image.resize((width, height), Image.BILINEAR), (left, top))
    return canvas, scale, left, top


def suppressed(boxes, scores, classes, overlap_limit):
    kept = []
    order = numpy.argsort(-scores)
    while order.size:
        first, rest = order[0], order[1:]
        kept.append(first)
        low = numpy.maximum(boxes[first, :2], boxes[rest, :2])
        high = numpy.minimum(boxes[first, 2:], boxes[rest, 2:])
        shared = numpy.prod(numpy.clip(high - low, 0, None), axis=1)
        areas = numpy.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
        overlap = shared / (areas[first] + areas[rest] - shared)
        order = rest[(overlap <= overlap_limit) | (classes[rest] != classes[first])]
    return kept


def opened(model, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def record(session, photo, side=None):
    """The boxes of a photo as a line of JSON. `side` is for models that leave their input open."""
    name = session.get_inputs()[0].name
    side = side or session.get_inputs()[0].shape[-1]
    return detected(photo, side, lambda tensor: session.run(None, {name: tensor})[0])


def detected(photo, side, run, lowest=0.25):
    """The same for anything that takes a tensor to YOLOv8's output."""
    image = ImageOps.exif_transpose(Image.open(photo)).convert("RGB")
    canvas, scale, left, top = letterbox(image, side)
    tensor = numpy.asarray(canvas, numpy.float32).transpose(2, 0, 1)[None] / 255
    rows = run(numpy.ascontiguousarray(tensor))[0].T
    cells, classes = numpy.nonzero(rows[:, 4:] > lowest)
    scores = rows[cells, 4 + classes]
    centre, size = rows[cells, :2], rows[cells, 2:4]
    corners = numpy.concatenate([centre - size / 2, centre + size / 2], axis=1)
    boxes = (corners - [left, top, left, top]) / scale
    detections = [
        {"class_id": int(classes[i]), "score": float(scores[i]), "bbox": boxes[i].tolist()}
        for i in suppressed(boxes, scores, classes, 0.7)[:300]]
    return json.dumps({"path": photo, "detections": detections})


def main():
    model, photo, threads = sys.argv[1:]
    print(record(opened(model, int(threads)), photo))


if __name__ == "__main__":
    main()
