#!/usr/bin/env python3
"""Compares PP-OCRv4 text detection with the package rapidocr-onnxruntime 1.4.4.

On rendered pages and on scikit-image's page.png, at least 95 % of the reference's boxes must have
a box of ours with IoU >= 0.85, both as axis-aligned boxes around the polygons, one to one.

Needs rapidocr-onnxruntime==1.4.4, scikit-image and Pillow in the Python that runs it.

Usage: python Scripts/text_parity.py [--detect .build/release/detect] [--models models]
       [--verbose] [PICTURE ...]
"""

import pathlib
import sys
import tempfile

import box_parity
import comparison

LEAST_OVERLAP = 0.85
LEAST_SHARE = 0.95
TEXT = ("It was the best of times, it was the worst of times, it was the age of wisdom, it was "
        "the age of foolishness, it was the epoch of belief, it was the epoch of incredulity")


def render(folder):
    """Three pages: lines of several sizes, light on dark, and slanted."""
    from PIL import Image, ImageDraw, ImageFont

    paths = []
    words = TEXT.split()
    for page, (ink, paper, angle) in enumerate([(0, 255, 0), (235, 40, 0), (20, 240, 8)]):
        picture = Image.new("L", (900, 1100), paper)
        draw = ImageDraw.Draw(picture)
        y = 40
        for line in range(18):
            size = 18 + 3 * ((line * 5 + page) % 8)
            start = (line * 3) % 20
            text = " ".join(words[start:start + 5])
            draw.text((60 + 12 * (line % 4), y), text, fill=ink,
                      font=ImageFont.load_default(size=size))
            y += size + 22
        picture = picture.rotate(angle, fillcolor=paper).convert("RGB")
        paths.append(folder / f"page{page}.png")
        picture.save(paths[-1])
    return paths


def corners(polygon):
    xs, ys = [point[0] for point in polygon], [point[1] for point in polygon]
    return [float(min(xs)), float(min(ys)), float(max(xs)), float(max(ys))]


def main():
    arguments = comparison.parser(__doc__.split("\n")[0])
    arguments.add_argument("--verbose", action="store_true", help="list boxes without a partner")
    arguments.add_argument("pictures", nargs="*", type=pathlib.Path)
    options = arguments.parse_args()
    import cv2
    import skimage
    from rapidocr_onnxruntime import RapidOCR

    reference = RapidOCR()
    total = matched = found_count = 0
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(skimage.__file__).parent / "data" / "page.png"
        pictures = [*render(pathlib.Path(folder)), *([page] if page.exists() else []),
                    *options.pictures]
        output = comparison.run(
            options, ["--model", options.models / "ppocrv4-det.onnx", *pictures])
        records = comparison.records(output)
        for path in pictures:
            boxes, _ = reference.text_det(cv2.imread(str(path)))
            expected = [corners(box.tolist()) for box in ([] if boxes is None else boxes)]
            ours = [corners(line["polygon"]) for line in records[str(path)]["detections"]]
            pairs = sorted(((box_parity.overlap(a, b), i, j) for i, a in enumerate(expected)
                            for j, b in enumerate(ours)), reverse=True)
            best, taken = {}, set()
            for overlap, i, j in pairs:
                if i not in best and j not in taken:
                    best[i] = overlap
                    taken.add(j)
            good = sum(best.get(i, 0) >= LEAST_OVERLAP for i in range(len(expected)))
            mean = sum(best.values()) / max(len(best), 1)
            print(f"{path.name:12} {len(expected)} reference boxes, {good} matched, "
                  f"{len(ours)} ours, mean IoU {mean:.3f}")
            if options.verbose:
                for i, box in enumerate(expected):
                    if best.get(i, 0) < LEAST_OVERLAP:
                        print(f"  {box}: best IoU {best.get(i, 0):.3f}")
            total, matched, found_count = total + len(expected), matched + good, found_count + len(ours)
    print(f"all          {matched} of {total} reference boxes matched; {found_count} ours")
    return 0 if total and matched >= LEAST_SHARE * total else 1


if __name__ == "__main__":
    sys.exit(main())
