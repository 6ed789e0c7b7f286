"""Any ONNX files through `detect` and ONNX Runtime on the same tensors, and through `detect run` on a photo.

    python Scripts/network_parity.py FILE_OR_FOLDER... --photo PHOTO [--size 320] [--detect .build/release/detect]
                                     [--table docs/networks.md [--add]] [--unit] [--what NAME=TEXT]

Every output of `detect infer` is compared with ONNX Runtime's, in units of the tolerance of
`operator_networks.py`: up to 1 is equal. Equal or nearly equal scores may change the order of a list: its rows are then
matched. Where that is over 1, ONNX Runtime without its graph optimisations is tried as well and the smaller difference
shown ("to the unoptimised"). The third figure is ONNX Runtime against itself: without those optimisations, or on the
photo times 1 plus or minus a millionth, whichever differs more. Where that is
at least as large as ours, this file and photo cannot tell right from wrong (`undecided`, no pass); so it is with random
weights, and where numbers are rounded to 8 bits inside. `run` is the exit status of
`detect run --model FILE PHOTO` and the number of boxes over the threshold, which says little where weights are random.
Exit status 1 where a network differs, is refused by `detect` alone, or its run fails.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnxruntime
from PIL import Image

from operator_networks import worst, worst_matched

SECTION = "\n## Exports by other programs\n"
HEAD = """
Written by `Scripts/network_parity.py --table` (`make parity-networks NETWORKS=folder PHOTO=photo.jpg`); figures as above, on a
photo. The last difference is ONNX Runtime's to itself: without its own optimisations, or on
the photo times 1 plus or minus a millionth; where ours exceeds 1 but not that,
the row is `undecided` and shows no parity; where ours exceeds both it `DIFFERS`. Where ours exceeds 1, the smaller of the differences to both runs is given. Weights are random and
many of the networks have fewer layers than the published ones. `run`: exit status of `detect run` and boxes found.

| file | what it is | difference | of ONNX Runtime to itself | outcome | detect, ms | ONNX Runtime, ms | run |
|---|---|---|---|---|---|---|---|
"""


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+")
    parser.add_argument("--photo", required=True)
    parser.add_argument("--size", type=int, default=320, help="for sides that the file leaves open")
    parser.add_argument("--unit", action="store_true", help="pixels 0...1, for trained weights that want them")
    parser.add_argument("--detect", default=".build/release/detect")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--timeout", type=int, default=300)
    parser.add_argument("--table")
    parser.add_argument("--add", action="store_true", help="keep the table's rows of other files")
    parser.add_argument("--what", action="append", default=[], metavar="NAME=TEXT")
    return parser.parse_args()


def models(paths):
    for path in paths:
        if os.path.isdir(path):
            for name in sorted(os.listdir(path)):
                if name.endswith(".onnx"):
                    yield os.path.join(path, name)
        else:
            yield path


def session(path, options):
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options["threads"]
    settings.log_severity_level = 3
    if not options["optimised"]:
        settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])


def picture(photo, shape, kind, unit=False):
    """The photo in the input's size, channels first or last; 0...255 of bytes, else standardised or 0...1."""
    channels_last = shape[-1] == 3 and len(shape) == 4
    height, width = shape[1:3] if channels_last else shape[-2:]
    pixels = np.asarray(Image.open(photo).convert("RGB").resize((width, height)), np.float32)
    if "uint8" not in kind:
        pixels = pixels / 255 if unit else (pixels / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    if not channels_last:
        pixels = pixels.transpose(2, 0, 1)
    return np.broadcast_to(pixels, shape)


def feeds(inputs, photo, size, unit=False):
    types = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(uint8)": np.uint8,
             "tensor(int64)": np.int64, "tensor(int32)": np.int32}
    result = {}
    for port in inputs:
        shape = [v if isinstance(v, int) and v > 0 else (1 if axis == 0 else 3 if axis == 1 and len(port.shape) > 2
                                                        else size) for axis, v in enumerate(port.shape)]
        kind = types[port.type]
        if len(shape) >= 3:
            result[port.name] = np.ascontiguousarray(picture(photo, shape, port.type, unit).astype(kind))
        else:
            # orig_target_sizes, image sizes; scale_factor is a float.
            result[port.name] = np.full(shape, 1 if kind == np.float32 else size, kind)
    return result


def nearly(inputs):
    """The inputs times 1 plus or minus about a millionth."""
    random = np.random.default_rng(1)
    return {name: (value * (1 + 1e-6 * random.standard_normal(value.shape))).astype(value.dtype)
            if value.dtype == np.float32 and value.ndim > 2 else value for name, value in inputs.items()}


def counting(ours, theirs):
    """Final rows (corners, score, class) without those whose scores are below a thousandth: noise in noise."""
    if len(theirs) != 1 or theirs[0].ndim != 3 or theirs[0].shape[2] != 6 or ours[0].shape != theirs[0].shape:
        return ours, theirs
    kept = [rows[:, np.max(rows[0, :, 4:5], axis=1) >= 1e-3] for rows in (ours[0], theirs[0])]
    return (kept[:1], kept[1:]) if kept[0].shape == kept[1].shape and kept[1].size else (ours, theirs)


def difference(ours, theirs):
    ours, theirs = counting(ours, theirs)
    value = max((worst(a, b) for a, b in zip(ours, theirs)), default=0.0)
    if value <= 1:
        return value, "in order"
    return worst_matched(ours, theirs), "matched"


def by_detect(path, inputs, names, chosen, folder):
    """The outputs and the fastest run's milliseconds; a message in place of outputs where it is refused."""
    np.savez(os.path.join(folder, "in.npz"), **inputs)
    run = subprocess.run(
        [chosen.detect, "infer", "--model", path, "--input", os.path.join(folder, "in.npz"), "--output",
         os.path.join(folder, "out.npz"), "--threads", str(chosen.threads), "--repeat", str(chosen.repeat)],
        capture_output=True, text=True, timeout=chosen.timeout)
    if run.returncode:
        return run.stderr.strip().splitlines()[-1:], float("nan")
    milliseconds = next((float(l.split()[-2]) for l in run.stderr.splitlines() if "fastest run" in l), float("nan"))
    out = np.load(os.path.join(folder, "out.npz"))
    return [out[name] for name in names], milliseconds


def on_photo(path, chosen):
    run = subprocess.run([chosen.detect, "run", "--model", path, chosen.photo, "--threads", str(chosen.threads)],
                         capture_output=True, text=True, timeout=chosen.timeout)
    if run.returncode:
        return f"{run.returncode}: {' '.join(run.stderr.strip().splitlines()[-1:])}", False
    return f"0, {len(json.loads(run.stdout.splitlines()[0])['detections'])}", True


def compared(path, chosen, folder):
    """One row of the table, and whether all is well."""
    try:
        fast = session(path, {"threads": chosen.threads, "optimised": True})
        inputs = feeds(fast.get_inputs(), chosen.photo, chosen.size, chosen.unit)
        theirs, seconds = fast.run(None, inputs), []
        for _ in range(chosen.repeat):
            start = time.perf_counter()
            fast.run(None, inputs)
            seconds.append(time.perf_counter() - start)
        plain = session(path, {"threads": chosen.threads, "optimised": False}).run(None, inputs)
        moved = fast.run(None, nearly(inputs))
    except Exception as error:
        text = str(error).replace("\n", " ")
        run, runs = on_photo(path, chosen)
        return ["", "", "ONNX Runtime refuses: " + text[:120].replace("|", "/"), "", "", run], runs
    names = [port.name for port in fast.get_outputs()]
    itself = max(difference(plain, theirs)[0], difference(moved, theirs)[0])
    run, runs = on_photo(path, chosen)
    ours, milliseconds = by_detect(path, inputs, names, chosen, folder)
    if ours and isinstance(ours[0], str):
        return ["", f"{itself:.3g}", "refused: " + ours[0], "", f"{min(seconds) * 1e3:.0f}", run], False
    value, how = difference(ours, theirs)
    if value > 1:
        against_plain, how_plain = difference(ours, plain)
        if against_plain < value:
            value, how = against_plain, how_plain + ", to the unoptimised"
    outcome = "equal" if value <= 1 else "undecided" if 1 < value <= itself else "DIFFERS"
    row = [f"{value:.3g} ({how})", f"{itself:.3g}", outcome, f"{milliseconds:.0f}", f"{min(seconds) * 1e3:.0f}", run]
    return row, outcome != "DIFFERS" and runs


def written(table, lines, adds):
    text = open(table).read() if os.path.exists(table) else ""
    head, _, rest = text.partition(SECTION)
    head = head.rstrip("\n") + "\n"
    if adds:
        names = {line[0] for line in lines}
        raw = [row for row in rest.splitlines() if row.startswith("| ") and not row.startswith("| file |")]
        kept = [row for row in raw if row.split("|")[1].strip() not in names]
        rows = sorted(kept + [f"| {' | '.join(line)} |" for line in lines])
        after = rest[rest.rindex(raw[-1]) + len(raw[-1]):] if raw else ""
        with open(table, "w") as file:
            file.write(head + SECTION + HEAD + "\n".join(rows) + after)
        return
    with open(table, "w") as file:
        file.write(head + SECTION + HEAD + "".join(f"| {' | '.join(line)} |\n" for line in lines))


def main():
    chosen = arguments()
    what = dict(text.split("=", 1) for text in chosen.what)
    lines, failed, equal = [], 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for path in models(chosen.files):
            name = os.path.basename(path)[:-len(".onnx")]
            try:
                row, good = compared(path, chosen, folder)
            except subprocess.TimeoutExpired:
                row, good = ["", "", f"over {chosen.timeout} s", "", "", ""], False
            failed += not good
            equal += good and row[2] == "equal"
            lines.append([name, what.get(name, "")] + row)
            print(" | ".join(lines[-1]), flush=True)
    if chosen.table:
        written(chosen.table, lines, chosen.add)
    print(f"{equal} equal, {len(lines) - failed - equal} undecided or without comparison, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
