#!/usr/bin/env python3
"""Compares boxes on the shared photos with those that other programs gave for the same models.

After clipping both to the picture, every reference box with a score of at least 0.3 must have a
partner (same class, IoU >= 0.98, scores within 0.01), and no box of ours with a score of at least
0.35 may be without one.

Usage: python Scripts/box_parity.py [--shared ../shared] [--models models] [--verbose]
"""

import json
import pathlib
import re
import sys

import comparison

MATCHED_FROM = 0.3
EXTRA_FROM = 0.35
LEAST_OVERLAP = 0.98
SCORE_TOLERANCE = 0.01


def corners(box):
    if "bbox_xyxy" in box:
        return box["bbox_xyxy"]
    x, y, width, height = box["bbox_xywh"]
    return [x, y, x + width, y + height]


def clipped(box, width, height):
    return [min(max(box[0], 0), width), min(max(box[1], 0), height),
            min(max(box[2], 0), width), min(max(box[3], 0), height)]


def overlap(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    area = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return shared / area


def is_partner(reference, ours):
    return (reference["class_id"] == ours["class_id"]
            and overlap(reference["box"], ours["box"]) >= LEAST_OVERLAP
            and abs(reference["score"] - ours["score"]) <= SCORE_TOLERANCE)


def nearest(box, candidates):
    same = [other for other in candidates if other["class_id"] == box["class_id"]]
    if not same:
        return "no box of its class"
    best = max(same, key=lambda other: overlap(box["box"], other["box"]))
    return (f"nearest: IoU {overlap(box['box'], best['box']):.4f}, "
            f"score {best['score']:.4f} against {box['score']:.4f}")


def compare(reference, ours):
    """Pairs boxes one to one, best overlap first; returns the references and ours without partner.
    """
    pairs = sorted(
        ((overlap(a["box"], b["box"]), i, j)
         for i, a in enumerate(reference) for j, b in enumerate(ours) if is_partner(a, b)),
        reverse=True)
    taken_reference, taken_ours = set(), set()
    for _, i, j in pairs:
        if i not in taken_reference and j not in taken_ours:
            taken_reference.add(i)
            taken_ours.add(j)
    missing = [a for i, a in enumerate(reference)
               if i not in taken_reference and a["score"] >= MATCHED_FROM]
    extra = [b for j, b in enumerate(ours)
             if j not in taken_ours and b["score"] >= EXTRA_FROM]
    return missing, extra


def main():
    arguments = comparison.parser(__doc__.split("\n")[0])
    arguments.add_argument("--verbose", action="store_true", help="list every difference")
    options = arguments.parse_args()
    failures = 0
    for model in comparison.open_models(options):
        golden = json.loads((options.shared / "golden" / model.golden).read_text())
        iou = float("0." + re.search(r"nms 0?\.(\d+)", golden["tool"])[1])
        # Some names have the folder that the photo lay in elsewhere.
        references = {pathlib.PurePath(name).name: boxes
                      for name, boxes in golden["results"].items()}
        photos = [options.shared / "photos" / name for name in references]
        output = comparison.run(
            options, [*model.arguments(), "--conf", "0.2", "--iou", iou, "--max-det", "0", *photos])
        found = comparison.records(output)
        compared = missing_count = extra_count = 0
        for photo in photos:
            record = found[str(photo)]
            size = record["width"], record["height"]
            reference = [{**box, "box": clipped(corners(box), *size)}
                         for box in references[photo.name]]
            ours = [{**box, "box": clipped(box["bbox"], *size)} for box in record["detections"]]
            missing, extra = compare(reference, ours)
            compared += sum(box["score"] >= MATCHED_FROM for box in reference)
            missing_count += len(missing)
            extra_count += len(extra)
            if options.verbose:
                for box in missing:
                    print(f"  {photo.name}: missing {box['label']}: {nearest(box, ours)}")
                for box in extra:
                    print(f"  {photo.name}: extra {box['class_name']}: {nearest(box, reference)}")
        failures += missing_count + extra_count
        print(f"{model.name:22} {len(photos)} photos, {compared} reference boxes, "
              f"{missing_count} missing, {extra_count} extra (--iou {iou})")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
