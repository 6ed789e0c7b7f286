#!/usr/bin/env python3
"""Runs ONNX's own operator tests through `detect verify`.

Usage: python Scripts/conformance.py [--detect PROGRAM] [--table FILE] [--filter WORD] [--verbose]

Needs the package onnx (1.23.2 or another version; it generates the cases). Prints a line for every
case that does not pass, then passed, failed and skipped by operator; the last line counts all.
`--table` writes the same as Markdown. Skipped are only operators and element types that the toolkit
leaves out, and the cases of Conformance/known-differences.txt, each with its reason; one of those
that passes is a failure.
"""

import argparse
import collections
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy
import onnx
from onnx import numpy_helper


def write(case, folder):
    """The case in ONNX's folder layout. False for values that are no tensors."""
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(case.model.SerializeToString())
    for index, (inputs, outputs) in enumerate(case.data_sets):
        data = folder / f"test_data_set_{index}"
        data.mkdir()
        for kind, values, infos in (
                ("input", inputs, case.model.graph.input),
                ("output", outputs, case.model.graph.output)):
            for number, (value, info) in enumerate(zip(values, infos)):
                if isinstance(value, onnx.TensorProto):
                    tensor = value
                elif isinstance(value, (numpy.ndarray, numpy.generic)):
                    tensor = numpy_helper.from_array(numpy.asarray(value), info.name)
                else:
                    continue
                (data / f"{kind}_{number}.pb").write_bytes(tensor.SerializeToString())


def known_differences():
    """Case to reason."""
    path = pathlib.Path(__file__).parent.parent / "Conformance" / "known-differences.txt"
    lines = [line.strip() for line in path.read_text().splitlines()]
    return dict(line.split(": ", 1) for line in lines if line and not line.startswith("#"))


# Operators that cases name in short.
ABBREVIATIONS = {"sce_": "SoftmaxCrossEntropyLoss", "nllloss_": "NegativeLogLikelihoodLoss"}


def operator(case):
    """The operator that a case is about: of expanded functions, the one in the case's name."""
    name = case.name.removeprefix("test_")
    types = {node.op_type for node in case.model.graph.node}
    known = sorted(onnx.defs.get_all_schemas(), key=lambda schema: -len(schema.name))
    if len(types) == 1:
        return next(iter(types))
    plain = name.replace("_", "")
    for start, whole in ABBREVIATIONS.items():
        if name.startswith(start):
            return whole
    for schema in known:
        if plain.startswith(schema.name.lower()):
            return schema.name
    return sorted(types)[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--detect", default=".build/release/detect")
    parser.add_argument("--table", help="write a Markdown table here")
    parser.add_argument("--filter", default="", help="only cases with this in their name")
    parser.add_argument("--verbose", action="store_true", help="print skipped cases too")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    from onnx.backend.test.case.node import collect_testcases

    cases = [case for case in collect_testcases(None) if options.filter in case.name]
    known = known_differences()
    counts = collections.defaultdict(lambda: [0, 0, 0])
    reasons = collections.defaultdict(set)
    with tempfile.TemporaryDirectory() as root:
        for case in cases:
            write(case, pathlib.Path(root) / case.name)
        for case in cases:
            command = [options.detect, "verify", str(pathlib.Path(root) / case.name),
                       "--rtol", str(case.rtol), "--atol", str(case.atol)]
            try:
                result = subprocess.run(command, capture_output=True, text=True, timeout=60)
                lines = result.stdout.splitlines()
                line = lines[0].split(": ", 1)[1] if result.returncode in (0, 1) and lines else (
                    f"failed: exit {result.returncode} {result.stderr.strip()}")
            except subprocess.TimeoutExpired:
                line = "failed: took over 60 s"
            if case.name in known:
                line = (f"skipped: {case.name}: {known[case.name]}" if line.startswith("failed")
                        else f"failed: {line}, but is a known difference")
            place = ("passed", "failed", "skipped").index(line.split(":")[0])
            name = operator(case)
            counts[name][place] += 1
            if place == 2:
                reasons[name].add(line.removeprefix("skipped: ").split(": ", 1)[-1])
            if place == 1 or (options.verbose and place == 2):
                print(f"{case.name}: {line}")
    rows = []
    for name, (passed, failed, skipped) in sorted(counts.items()):
        rows.append(f"| {name} | {passed} | {failed} | {skipped} | "
                    f"{'; '.join(sorted(reasons[name]))} |")
    total = [sum(column) for column in zip(*counts.values())]
    header = ["| operator | passed | failed | skipped | reason |", "| --- | --- | --- | --- | --- |"]
    if options.table:
        text = [f"# Operators\n\nONNX {onnx.__version__}'s own operator cases, by "
                "`make conformance`: "
                f"{total[0]} passed, {total[1]} failed, {total[2]} skipped.\n", *header, *rows]
        pathlib.Path(options.table).write_text("\n".join(text) + "\n")
    else:
        print("\n".join(header + rows))
    print(f"{total[0]} passed, {total[1]} failed, {total[2]} skipped")
    return 1 if total[1] else 0


if __name__ == "__main__":
    sys.exit(main())
