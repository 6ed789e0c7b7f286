#!/usr/bin/env python3
"""Writes Fixtures/operators/*.json: ONNX's own node test cases for the operators of `Neural`.

    python3 -m pip install onnx==1.23.2
    python3 Scripts/generate_operator_vectors.py Fixtures/operators

One file per group of operators, one case per line: inputs, attributes and expected outputs as
onnx.backend.test.case.node computes them with NumPy (package onnx, Apache-2.0). Left out: cases
with large arrays, with element types the operator does not support, with more outputs than the
operator has, training modes, and attributes that the operators lack.
"""

import json
import os
import sys
import warnings

import numpy as np
import onnx
from onnx import numpy_helper

warnings.filterwarnings("ignore")
from onnx.backend.test.case.node import collect_testcases  # noqa: E402

GROUPS = {
    "convolution": "Conv ConvTranspose",
    "pooling": "MaxPool AveragePool GlobalAveragePool GlobalMaxPool",
    "normalization": "BatchNormalization InstanceNormalization LayerNormalization "
    "GroupNormalization LRN LpNormalization",
    "activation": "Relu Sigmoid Tanh Mish Gelu HardSwish Softplus Softsign LeakyRelu HardSigmoid "
    "Elu Selu Celu ThresholdedRelu Swish PRelu",
    "elementwise": "Clip Abs Neg Exp Log Sqrt Reciprocal Floor Ceil Round Sign Erf Sin Cos Tan "
    "Asin Acos Atan Sinh Cosh Not IsNaN IsInf BitwiseNot Add Sub Mul Div Pow Max Min Mod And Or "
    "Xor Equal Less Greater LessOrEqual GreaterOrEqual BitwiseAnd BitwiseOr BitwiseXor Where Cast",
    "movement": "Identity Reshape Flatten Squeeze Unsqueeze Transpose Concat Split Slice Gather "
    "GatherElements GatherND ScatterND ScatterElements Expand Tile Pad DepthToSpace SpaceToDepth "
    "Trilu",
    "resize": "Resize",
    "reduction": "ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 "
    "ReduceLogSum ReduceLogSumExp ReduceSumSquare ArgMax ArgMin TopK CumSum Softmax LogSoftmax",
    "matrix": "MatMul Gemm Einsum",
    "shape": "Shape Size ConstantOfShape Range OneHot NonZero NonMaxSuppression",
}
# Outputs that the operator has here; further ones of ONNX are optional and not compared.
OUTPUT_COUNTS = {"MaxPool": 1, "LayerNormalization": 1, "TopK": 2}
BASIC = {"float32", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool"}
WIDE = BASIC | {"float16", "float64", "bfloat16"}
MAXIMUM_ELEMENTS = 700


def number(value):
    """A JSON number; text for what JSON cannot say."""
    if np.isnan(value):
        return "nan"
    if np.isinf(value):
        return "inf" if value > 0 else "-inf"
    return float(str(value))


def tensor(array):
    kind = str(array.dtype)
    flat = array.reshape(-1)
    if kind in ("float16", "bfloat16"):
        data = [int(bits) for bits in flat.view(np.uint16)]  # bit patterns
    elif kind in ("float32", "float64"):
        data = [number(value) for value in flat]
    else:
        data = [int(value) for value in flat]
    return {"type": kind, "shape": list(array.shape), "data": data}


def attribute(item):
    value = onnx.helper.get_attribute_value(item)
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, float):
        return float(str(np.float32(value)))
    if isinstance(value, onnx.TensorProto):
        return tensor(numpy_helper.to_array(value))
    return list(value) if not isinstance(value, int) else value


def convert(case):
    """The case as JSON, or None where it is left out."""
    graph = case.model.graph
    if len(graph.node) != 1 or graph.node[0].domain not in ("", "ai.onnx"):
        return None
    node = graph.node[0]
    inputs, outputs = case.data_sets[0]
    kinds = WIDE if node.op_type == "Cast" else BASIC
    for array in [*inputs, *outputs]:
        if not isinstance(array, np.ndarray | np.generic) or str(array.dtype) not in kinds:
            return None
    if sum(np.asarray(array).size for array in [*inputs, *outputs]) > MAXIMUM_ELEMENTS:
        return None
    attributes = {item.name: attribute(item) for item in node.attribute}
    if attributes.get("training_mode") or "storage_order" in attributes:
        return None
    if "detect_negative" in attributes or "detect_positive" in attributes:
        return None
    if node.op_type == "SpaceToDepth" and attributes.get("mode", "DCR") != "DCR":
        return None
    if node.op_type in ("Max", "Min") and len(node.input) != 2:
        return None
    given = iter(inputs)
    return {
        "name": case.name.removeprefix("test_"),
        "operator": node.op_type,
        "attributes": attributes,
        "inputs": [tensor(np.asarray(next(given))) if name else None for name in node.input],
        "outputCount": len(node.output),
        "outputs": [
            tensor(np.asarray(array)) for array in outputs[: OUTPUT_COUNTS.get(node.op_type, 99)]
        ],
    }


def main(folder):
    np.random.seed(0)
    cases = collect_testcases(None)
    total = 0
    for group, names in GROUPS.items():
        names = set(names.split())
        lines = []
        for case in cases:
            nodes = case.model.graph.node
            if len(nodes) != 1 or nodes[0].op_type not in names:
                continue
            converted = convert(case)
            if converted:
                lines.append(json.dumps(converted, separators=(",", ":")))
        path = os.path.join(folder, group + ".json")
        with open(path, "w") as file:
            file.write("[\n" + ",\n".join(lines) + "\n]\n")
        total += len(lines)
        print(f"{path}: {len(lines)} cases, {os.path.getsize(path)} bytes")
    print(total, "cases of onnx", onnx.__version__)


if __name__ == "__main__":
    main(sys.argv[1])
