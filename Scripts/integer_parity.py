"""A quantised network's integers here and in ONNX Runtime, value by value.

    python Scripts/integer_parity.py MODEL.onnx PICTURE --detect .build/release/detect [--bgr] [--scale 255] [--each]

MODEL is a QDQ or QOperator export with UInt8 values. Every value that a QuantizeLinear or a QLinear operator
writes becomes an output; `detect infer` and ONNX Runtime (all graph optimisations, and none) run on the same
picture, and the integers are compared: for all values, and for those that no Softmax precedes (ONNX Runtime computes
a quantised Softmax in fixed point, from which what follows it differs). `--each` tells an operator's own difference from
what it makes of its inputs'.
"""

import argparse
import os
import subprocess
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper
from PIL import Image


def observed(model):
    """Names of the integer values in order, and which of them follow a Softmax."""
    names, after, tainted = [], set(), set()
    for node in model.graph.node:
        is_after = node.op_type in ("Softmax", "QLinearSoftmax") or any(name in tainted for name in node.input)
        if is_after:
            tainted.update(node.output)
        if node.op_type == "QuantizeLinear" or node.op_type.startswith("QLinear"):
            names.append(node.output[0])
            if is_after:
                after.add(node.output[0])
    return names, after


def operators(model, names):
    """For each integer value, the operators between it and the integer values that it is computed from."""
    producer = {output: node for node in model.graph.node for output in node.output}
    stops, found = set(names), {}
    for name in names:
        seen, todo = {name: producer[name].op_type}, list(producer[name].input)
        while todo:
            value = todo.pop()
            if value in producer and value not in seen and value not in stops:
                seen[value] = producer[value].op_type
                todo.extend(producer[value].input)
        found[name] = " ".join(sorted({o for o in seen.values() if o not in ("QuantizeLinear", "DequantizeLinear")})) or "none"
    return found


def from_given(model, values):
    """The model where integer values are read from inputs, not from what computes them."""
    given = onnx.ModelProto()
    given.CopyFrom(model)
    for node in given.graph.node:
        for i, name in enumerate(node.input):
            if name in values:
                node.input[i] = name + " given"
    for name, value in values.items():
        given.graph.input.append(helper.make_tensor_value_info(name + " given", TensorProto.UINT8, value.shape))
    return given


def compare_each(title, model, a, b, names):
    """Each value computed from equal ones: by the operators between, how many integers differ and by how much."""
    rows = {}
    for name, kind in operators(model, names).items():
        row = rows.setdefault(kind, [0, 0, 0, 0])
        difference = np.abs(a[name].astype(int) - b[name].astype(int))
        row[0] += 1
        row[1] += difference.size
        row[2] += int((difference > 0).sum())
        row[3] = max(row[3], int(difference.max(initial=0)))
    print(f"{title}, each value computed from equal ones:")
    for kind, (count, size, differ, most) in sorted(rows.items(), key=lambda row: -row[1][2]):
        print(f"  {kind}: {count} values, {size} integers; {differ} differ, most {most}")


def compare(title, a, b, names, after):
    for part, chosen in (("all", names), ("before a Softmax", [n for n in names if n not in after])):
        count = differ = further = most = 0
        for name in chosen:
            difference = np.abs(a[name].astype(int) - b[name].astype(int))
            count += difference.size
            differ += int((difference > 0).sum())
            further += int((difference > 1).sum())
            most = max(most, int(difference.max(initial=0)))
        print(f"{title}, {part}: {len(chosen)} values, {count} integers; {100 * differ / max(count, 1):.4f} % differ, "
              f"{100 * further / max(count, 1):.4f} % by more than one step, most {most}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("picture")
    parser.add_argument("--detect", default=".build/release/detect")
    parser.add_argument("--bgr", action="store_true")
    parser.add_argument("--scale", type=float, default=255, help="what samples of 0...255 are divided by")
    parser.add_argument("--each", action="store_true",
                        help="also compute every value from ONNX Runtime's, to tell where roundings differ")
    options = parser.parse_args()
    model = onnx.load(options.model)
    names, after = observed(model)
    for name in names:
        model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.UINT8, None))
    folder = tempfile.mkdtemp()
    path, given, result = (os.path.join(folder, name) for name in ("model.onnx", "in.npz", "out.npz"))
    onnx.save(model, path)
    shape = [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim]
    picture = np.asarray(Image.open(options.picture).convert("RGB").resize((shape[3], shape[2])), np.float32)
    if options.bgr:
        picture = picture[..., ::-1]
    feed = {model.graph.input[0].name: np.ascontiguousarray(picture.transpose(2, 0, 1)[None] / np.float32(options.scale))}
    np.savez(given, **feed)
    subprocess.run([options.detect, "infer", "--model", path, "--input", given, "--output", result], check=True)
    ours = np.load(result)
    ours = {name: ours[name] for name in names}
    theirs = {}
    for level, key in ((onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL, "all"),
                       (onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL, "none")):
        session_options = onnxruntime.SessionOptions()
        session_options.graph_optimization_level = level
        session_options.log_severity_level = 3
        session = onnxruntime.InferenceSession(path, session_options, providers=["CPUExecutionProvider"])
        theirs[key] = dict(zip(names, session.run(names, feed)))
    compare("detect and ONNX Runtime", ours, theirs["all"], names, after)
    compare("detect and ONNX Runtime without optimisations", ours, theirs["none"], names, after)
    compare("ONNX Runtime with and without optimisations", theirs["all"], theirs["none"], names, after)
    if options.each:
        onnx.save(from_given(model, theirs["all"]), path)
        feed.update((name + " given", value) for name, value in theirs["all"].items())
        np.savez(given, **feed)
        subprocess.run([options.detect, "infer", "--model", path, "--input", given, "--output", result], check=True)
        ours = np.load(result)
        compare_each("detect and ONNX Runtime", model, ours, theirs["all"], names)



if __name__ == "__main__":
    main()
