"""Makes a large baseline JPEG of photos, and compares tiles on it with the picture as a whole.

    python Scripts/large_picture.py --width 30000 --height 20000 PHOTO... OUTPUT
    detect --model centerface --pyramid tiles --seam-exact --max-pixels 700000000 OUTPUT

    python Scripts/large_picture.py --parity --shared ../shared --models models

Photos are laid side by side, row by row, each in its own size. With --parity a picture of 4000x3000 is
made of the shared photos (or of those given) and goes through `tiles --seam-exact` with slices of 512,
with those chosen by default, and through one tile as large as the picture, whose network therefore sees
the whole of it: boxes are compared one by one, and the peak memory and time of the processes are printed. The dense outputs behind
the boxes are compared by the test SeamlessParityTests (4000x3000 with DETECT_ALL_PHOTOS=1), within 1e-4.

Needs Pillow, and three bytes of memory a pixel.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

from PIL import Image


def mosaic(photos, width, height):
    tiles = [Image.open(photo).convert("RGB") for photo in photos]
    picture = Image.new("RGB", (width, height))
    y = index = 0
    while y < height:
        x = row = 0
        while x < width:
            tile = tiles[index % len(tiles)]
            index += 1
            picture.paste(tile, (x, y))
            x += tile.width
            row = max(row, tile.height)
        y += row
    return picture


def save(photos, output, width, height, quality):
    mosaic(photos, width, height).save(output, quality=quality, subsampling="4:2:0")


def run(command):
    """The record, the peak resident memory in MiB, and the seconds of the whole process."""
    with tempfile.TemporaryFile("w+") as text:
        start = time.monotonic()
        process = subprocess.Popen(command, stdout=text)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
        if os.waitstatus_to_exitcode(status) != 0:
            sys.exit(f"{' '.join(command)}: exit {os.waitstatus_to_exitcode(status)}")
        text.seek(0)
        return json.loads(text.readline()), usage.ru_maxrss / 1024, seconds


def parity(arguments):
    folder = f"{arguments.shared}/photos"
    photos = arguments.photos or sorted(
        f"{folder}/{name}" for name in os.listdir(folder) if name.endswith((".jpg", ".png")))
    failures = 0
    with tempfile.TemporaryDirectory() as scratch:
        picture = f"{scratch}/picture.jpg"
        save(photos, picture, 4000, 3000, arguments.quality)
        for model in (f"{arguments.models}/centerface.onnx", f"{arguments.shared}/models/yolo-fastest-1.1.cfg"):
            common = [arguments.detect, "--model", model, "--pyramid", "tiles", "--seam-exact", "--quiet",
                      "--max-det", "0"]
            results = {}
            for name, sides in (("tiles", (512, 512)), ("chosen", None), ("whole", (4000, 3000))):
                slices = [] if sides is None else [
                    "--slice-width", str(sides[0]), "--slice-height", str(sides[1])]
                record, memory, seconds = run(common + slices + [picture])
                results[name] = record["detections"]
                print(f"{os.path.basename(model):22} {name:6} {len(record['levels']):3d} tiles of "
                      f"{record['levels'][0]['width']}x{record['levels'][0]['height']}, "
                      f"{len(record['detections']):4d} boxes, peak {memory:7.1f} MiB, {seconds:5.1f} s",
                      flush=True)
            # Equal scores may come in another order: tiles are looked at row by row.
            def key(box):
                return (box["class_id"], *(round(edge, 1) for edge in box["bbox"]))
            one, other = (sorted(results[name], key=key) for name in ("tiles", "whole"))
            same = len(one) == len(other) and all(a["class_id"] == b["class_id"] for a, b in zip(one, other))
            move = max((abs(x - y) for a, b in zip(one, other) for x, y in zip(a["bbox"], b["bbox"])), default=0)
            score = max((abs(a["score"] - b["score"]) for a, b in zip(one, other)), default=0)
            print(f"{os.path.basename(model):22} {'same boxes' if same else 'DIFFERENT'}, largest move "
                  f"{move:.2g} pixels, largest difference of a score {score:.2g}", flush=True)
            failures += not same or move > 0.05 or score > 1e-4
    sys.exit(f"{failures} models differ" if failures else 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", nargs="*", help="photos, then the picture to write (with --parity photos only)")
    parser.add_argument("--width", type=int, default=30000)
    parser.add_argument("--height", type=int, default=20000)
    parser.add_argument("--quality", type=int, default=85)
    parser.add_argument("--parity", action="store_true")
    parser.add_argument("--shared", default="../shared")
    parser.add_argument("--models", default="models")
    parser.add_argument("--detect", default=".build/release/detect")
    arguments = parser.parse_args()
    if arguments.parity:
        parity(arguments)
    if len(arguments.photos) < 2:
        parser.error("a photo and the picture to write are needed")
    save(arguments.photos[:-1], arguments.photos[-1], arguments.width, arguments.height, arguments.quality)


if __name__ == "__main__":
    main()
