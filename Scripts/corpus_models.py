#!/usr/bin/env python3
"""Runs `detect info --json` on every model, tensor and JSON file of the corpus.

A file marked `load` must exit with 0, one marked `reject` with 65 and one line on standard error,
one marked `either` with 0 or 65. Where the manifest's note allows a graph that uses operators
outside the toolkit, a refusal that says "not supported" is right too. None may end by a signal,
take more than 2 seconds or use more than 1 GiB of memory. Prints the failures, the worst time and
memory, and, last, the counts.

Usage: python Scripts/corpus_models.py [--detect PROGRAM] [--corpus ../shared/corpus]
"""

import argparse
import collections
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

SECONDS = 2
KIBIBYTES = 1 << 20


class Outcome:
    """How one run of the program ended."""

    def __init__(self, command):
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            start = time.monotonic()
            child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, close_fds=True)
            limit = threading.Timer(20 * SECONDS, child.kill)
            limit.start()
            _, status, usage = os.wait4(child.pid, 0)
            limit.cancel()
            child.returncode = status
            self.seconds = time.monotonic() - start
            self.kibibytes = usage.ru_maxrss
            self.signal = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
            self.code = None if self.signal else os.WEXITSTATUS(status)
            out.seek(0)
            err.seek(0)
            self.output = out.read()
            self.messages = err.read().decode("utf-8", "replace").splitlines()


def faults(row, outcome, maximum_seconds):
    """What is wrong with an outcome for a line of the manifest, as a list of phrases."""
    found = []
    if outcome.signal is not None:
        found.append(f"ended by signal {outcome.signal}")
    allowed = {"load": {0}, "reject": {65}, "either": {0, 65}}[row["expect"]]
    if "unsupported operator" in row["note"]:
        if any("not supported" in message for message in outcome.messages):
            allowed = allowed | {65}
    if outcome.code not in allowed:
        found.append(f"exit code {outcome.code}, expected {' or '.join(map(str, sorted(allowed)))}")
    if outcome.code == 65 and len(outcome.messages) != 1:
        found.append(f"{len(outcome.messages)} lines on standard error, expected 1")
    if outcome.code == 0:
        try:
            json.loads(outcome.output, parse_constant=lambda name: sys.exit(f"{name} in JSON"))
        except ValueError as error:
            found.append(f"standard output is not JSON: {error}")
    if outcome.seconds > maximum_seconds:
        found.append(f"{outcome.seconds:.1f} seconds")
    if outcome.kibibytes > KIBIBYTES:
        found.append(f"{outcome.kibibytes // 1024} MiB")
    return found


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--detect", default=".build/release/detect", help="the program")
    arguments.add_argument("--corpus", default="../shared/corpus", type=pathlib.Path)
    arguments.add_argument("--seconds", default=SECONDS, type=float, help="time limit per file")
    arguments.add_argument("--verbose", action="store_true", help="print every outcome")
    options = arguments.parse_args()
    with open(options.corpus / "MANIFEST.tsv", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
                if row["kind"] == "model" and row["expect"] in ("load", "reject", "either")]
    passed = failed = 0
    outcomes = collections.Counter()
    slowest, largest = (0, ""), (0, "")
    for row in rows:
        path = options.corpus / row["path"]
        command = [options.detect, "info", "--json", str(path)]
        if path.suffix == ".weights":
            command = [options.detect, "info", "--json", str(path.with_name("good.cfg")),
                       "--weights", str(path)]
        outcome = Outcome(command)
        found = faults(row, outcome, options.seconds)
        message = outcome.messages[0] if outcome.messages else ""
        if found:
            failed += 1
            print(f"FAILED {row['path']} ({row['expect']}): {'; '.join(found)}: {message[:200]}")
        else:
            passed += 1
            if options.verbose:
                print(f"{row['path']} ({row['expect']}): exit {outcome.code}: {message[:200]}")
        family = row["path"].split("/")[1]
        outcomes[family, "signal" if outcome.code is None else str(outcome.code)] += 1
        slowest = max(slowest, (outcome.seconds, row["path"]))
        largest = max(largest, (outcome.kibibytes, row["path"]))
    for (family, code), count in sorted(outcomes.items()):
        print(f"{family}: exit {code}: {count} files")
    print(f"slowest: {slowest[0]:.2f} s, {slowest[1]}")
    print(f"most memory: {largest[0] // 1024} MiB, {largest[1]}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
