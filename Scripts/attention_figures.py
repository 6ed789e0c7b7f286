"""Attention in tiles against its naive form: time and memory.

    python Scripts/attention_figures.py --detect .build/release/detect [--tokens 8400] [--width 64]

Both are softmax(q k' / sqrt(d)) v over one head, written by matrix products as exporters do. The
naive network also gives the matrix of probabilities, so that it must be there as a whole. Memory
is what the plans need beyond inputs and outputs (`detect info --json`); times are least ones of
`detect bench`, the two in turns.
"""

import argparse
import json
import os
import subprocess
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def network(path, tokens, width, gives_probabilities):
    shape = [1, tokens, width]
    scale = numpy_helper.from_array(np.float32(width**-0.5), "scale")
    nodes = [
        helper.make_node("Transpose", ["k"], ["kt"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["q", "kt"], ["products"]),
        helper.make_node("Mul", ["products", "scale"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["probabilities"], axis=-1),
        helper.make_node("MatMul", ["probabilities", "v"], ["y"]),
    ]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)]
    if gives_probabilities:
        outputs.append(helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, tokens, tokens]))
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in "qkv"]
    graph = helper.make_graph(nodes, "attention", inputs, outputs, [scale])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def run(arguments):
    return json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--detect", default=".build/release/detect")
    parser.add_argument("--tokens", type=int, default=8400)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    folder = tempfile.mkdtemp()
    paths = {name: os.path.join(folder, name + ".onnx") for name in ("tiles", "naive")}
    network(paths["tiles"], options.tokens, options.width, False)
    network(paths["naive"], options.tokens, options.width, True)
    least = {name: float("inf") for name in paths}
    for _ in range(options.rounds):
        for name, path in paths.items():
            result = run([options.detect, "bench", "--model", path, "--runs", "5", "--threads", str(options.threads),
                          "--json"])
            least[name] = min(least[name], result["min_ms"])
    own = 4 * options.tokens * options.width * 4
    for name, path in paths.items():
        plan = run([options.detect, "info", path, "--json", "--threads", str(options.threads)])["plan"]
        extra = plan["value_bytes"] + plan["scratch_bytes"] - own
        print(f"{name}: {least[name]:.1f} ms, {extra / 2**20:.2f} MiB beside inputs and output "
              f"({options.tokens} tokens of {options.width}, one head)")
    print(f"tiles need {least['tiles'] / least['naive']:.2f} of the naive form's time")
    raise SystemExit(least["tiles"] > least["naive"])


if __name__ == "__main__":
    main()
