#!/usr/bin/env python3
"""Runs `detect decode` over a folder of good, odd and broken pictures and checks its manifest.

    python3 Scripts/corpus_images.py --detect .build/release/detect --corpus ../shared/corpus

Each line of MANIFEST.tsv says what must come of a file: `decode` (pixels by hash, or within `tol` of Pillow's),
`dims` (size only), `reject` (exit 1, a message, no output) or `either` (but no crash, and the same answer twice).
Every run is also held to 1 GiB and 2 s (10 s for the bombs). Prints one line per failure, then the figures, then
`N passed, N failed`; exits 1 when anything failed.
"""
import argparse
import csv
import hashlib
import os
import subprocess
import sys
import tempfile
import threading

MEMORY_LIMIT = 1 << 30
SLOW = ("big_13000x13000", "scan_bomb")


def run(command, seconds):
    """Exit code, stderr, CPU seconds and peak bytes of one process; killed when it runs far too long."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
        timer = threading.Timer(seconds * 10, process.kill)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        text = errors.read().decode("utf-8", "replace")
    return process.returncode, text, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def read_ppm(path):
    """Width, height and SHA-256 of the samples, a piece at a time: a child's peak memory counts its parent's."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        if file.readline() != b"P6\n":
            raise ValueError("not a P6 file")
        width, height = map(int, file.readline().split())
        if file.readline() != b"255\n":
            raise ValueError("not 8-bit")
        count = 0
        while piece := file.read(1 << 20):
            digest.update(piece)
            count += len(piece)
    if count != width * height * 3:
        raise ValueError("%d samples for %dx%d" % (count, width, height))
    return width, height, digest.hexdigest()


def worst_difference(output, path):
    """Between a written PPM and Pillow's pixels, or None where Pillow is not installed."""
    try:
        from PIL import Image
    except ImportError:
        return None
    expected = Image.open(path).convert("RGB").tobytes()
    return max(abs(a - b) for a, b in zip(Image.open(output).tobytes(), expected))


class Checker:
    def __init__(self, detect, corpus, folder):
        self.detect, self.corpus = detect, corpus
        self.output = os.path.join(folder, "out.ppm")
        self.worst_seconds, self.worst_bytes = (0, ""), (0, "")
        self.counts = {"decoded": 0, "exact": 0, "rejected": 0, "crashed": 0}

    def decode(self, row, raw):
        """(exit code, picture or None, reasons for failure)"""
        path = os.path.join(self.corpus, row["path"])
        if os.path.exists(self.output):
            os.remove(self.output)
        limit = 10 if any(name in row["path"] for name in SLOW) else 2
        command = [self.detect, "decode", path, "--output", self.output] + (["--raw-orientation"] if raw else [])
        code, text, seconds, peak = run(command, limit)
        self.worst_seconds = max(self.worst_seconds, (seconds, row["path"]))
        self.worst_bytes = max(self.worst_bytes, (peak, row["path"]))
        reasons = []
        if code not in (0, 1):
            self.counts["crashed"] += 1
            reasons.append("exit code %d" % code)
        if seconds > limit:
            reasons.append("%.1f s of CPU, at most %d allowed" % (seconds, limit))
        if peak > MEMORY_LIMIT:
            reasons.append("%d MiB, at most 1024 allowed" % (peak >> 20))
        picture = None
        if code == 0:
            try:
                picture = read_ppm(self.output)
            except (OSError, ValueError) as error:
                reasons.append("output: %s" % error)
        elif code == 1:
            if os.path.exists(self.output):
                reasons.append("refused, yet wrote an output")
            if os.path.basename(path) not in text:
                reasons.append("the message does not name the file: %r" % text[:200])
        return code, picture, reasons

    def compare(self, row, picture, prefix):
        width, height, digest = picture
        column = "oriented_" if prefix else ""
        reasons = []
        size = (row[column + "width"], row[column + "height"])
        if size[0] and (str(width), str(height)) != size:
            reasons.append("%s%dx%d, expected %sx%s" % (prefix, width, height, *size))
        expected = row[column + "rgb8_sha256"]
        if row["expect"] == "dims" or not expected or reasons:
            return reasons
        if digest == expected:
            self.counts["exact"] += not prefix
            return reasons
        tolerance = int(row["tol"] or 0)
        if tolerance == 0:
            return ["%spixels differ" % prefix]
        if not prefix:
            difference = worst_difference(self.output, os.path.join(self.corpus, row["path"]))
            if difference is not None and difference > tolerance:
                reasons.append("pixels differ by %d, at most %d allowed" % (difference, tolerance))
        return reasons

    def check(self, row):
        code, picture, reasons = self.decode(row, raw=True)
        expect = row["expect"]
        if expect in ("decode", "dims") and code == 1:
            reasons.append("refused")
        if expect == "reject" and code == 0:
            reasons.append("accepted")
        if code == 1:
            self.counts["rejected"] += 1
        if picture and expect != "reject":
            self.counts["decoded"] += 1
            reasons += self.compare(row, picture, "")
        if expect == "reject" and code == 1:
            return reasons
        # Once more, upright: also shows that the answer is the same each time.
        again, upright, more = self.decode(row, raw=False)
        reasons += more
        if again != code:
            reasons.append("exit code %d, then %d" % (code, again))
        if upright and expect != "reject":
            reasons += self.compare(row, upright, "upright: ")
        return reasons


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--detect", required=True, help="the detect binary")
    parser.add_argument("--corpus", required=True, help="folder with MANIFEST.tsv")
    arguments = parser.parse_args()
    csv.field_size_limit(1 << 24)
    with open(os.path.join(arguments.corpus, "MANIFEST.tsv"), newline="") as file:
        rows = [r for r in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if r["kind"] in ("png", "jpeg")]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        checker = Checker(os.path.abspath(arguments.detect), arguments.corpus, folder)
        for row in rows:
            reasons = checker.check(row)
            if reasons:
                failed += 1
                print("%s (%s): %s" % (row["path"], row["expect"], "; ".join(reasons)), flush=True)
    print("%(decoded)d decoded, %(exact)d with the exact hash, %(rejected)d rejected, %(crashed)d crashed"
          % checker.counts)
    print("slowest %.2f s of CPU (%s), largest %d MiB (%s)"
          % (*checker.worst_seconds, checker.worst_bytes[0] >> 20, checker.worst_bytes[1]))
    print("%d passed, %d failed" % (len(rows) - failed, failed))
    return 1 if failed or not rows else 0


sys.exit(main())
