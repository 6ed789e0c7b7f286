#!/usr/bin/env python3
"""Writes Fixtures/operators/*.json: ONNX's own node test cases for the operators of `Neural`.

    python3 -m pip install onnx==1.23.2 onnxruntime
    python3 Scripts/generate_operator_vectors.py Fixtures/operators

One file per group of operators, one case per line: inputs, attributes and expected outputs as
onnx.backend.test.case.node computes them with NumPy (package onnx, Apache-2.0). Left out: cases
with large arrays, with element types the operator does not support, with more outputs than the
operator has, training modes, and attributes that the operators lack.

peer.json holds further cases, of what ONNX's do not cover, as ONNX Runtime computes them on seeded
random inputs.
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
    "attention": "Attention RotaryEmbedding LinearAttention CausalConvWithState",
    "sampling": "GridSample AffineGrid RoiAlign DeformConv",
    "quantization": "QuantizeLinear DequantizeLinear DynamicQuantizeLinear MatMulInteger "
    "QLinearMatMul ConvInteger QLinearConv",
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
    if "" in node.output:  # The outputs given do not stand at their places.
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


# (operator, attributes, input shapes or arrays)
PEER_CASES = [
    ("Conv", {"strides": [2, 1], "dilations": [2, 3], "pads": [3, 1, 0, 2], "group": 2},
     [(2, 4, 9, 11), (6, 2, 3, 2), (6,)]),
    ("Conv", {"group": 6, "pads": [1, 1, 1, 1], "strides": [2, 2]}, [(1, 6, 7, 8), (6, 1, 3, 3)]),
    ("Conv", {"strides": [3], "pads": [2, 1]}, [(2, 3, 14), (4, 3, 5), (4,)]),
    ("Conv", {"strides": [1, 2, 1], "dilations": [1, 1, 2], "pads": [1, 0, 1, 1, 0, 2]},
     [(1, 2, 4, 5, 6), (3, 2, 2, 3, 2)]),
    ("Conv", {"auto_pad": "SAME_UPPER", "strides": [2, 2]}, [(1, 2, 7, 8), (3, 2, 4, 4)]),
    ("Conv", {"auto_pad": "SAME_LOWER", "strides": [2, 3]}, [(1, 2, 8, 8), (3, 2, 3, 4)]),
    ("ConvTranspose", {"strides": [2, 3], "dilations": [2, 1], "pads": [1, 0, 2, 1], "group": 2,
                       "output_padding": [1, 0]}, [(1, 4, 4, 3), (4, 2, 3, 2), (4,)]),
    ("ConvTranspose", {"strides": [2]}, [(2, 3, 5), (3, 2, 4)]),
    ("ConvTranspose", {"auto_pad": "SAME_UPPER", "strides": [2, 2]}, [(1, 2, 3, 3), (2, 2, 3, 3)]),
    ("MaxPool", {"kernel_shape": [3, 2], "strides": [2, 2], "dilations": [2, 1], "ceil_mode": 1,
                 "pads": [1, 0, 2, 1]}, [(1, 2, 9, 8)]),
    ("MaxPool", {"kernel_shape": [2, 2, 2], "strides": [1, 2, 2]}, [(1, 2, 3, 5, 4)]),
    ("AveragePool", {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1],
                     "count_include_pad": 1, "ceil_mode": 1}, [(1, 2, 8, 7)]),
    ("AveragePool", {"kernel_shape": [3, 2], "strides": [3, 2], "pads": [1, 0, 1, 1],
                     "ceil_mode": 1}, [(1, 2, 8, 7)]),
    ("AveragePool", {"kernel_shape": [5], "strides": [2], "auto_pad": "SAME_LOWER"}, [(1, 2, 9)]),
    ("Resize", {"mode": "nearest", "coordinate_transformation_mode": "asymmetric",
                "nearest_mode": "floor"},
     [(1, 2, 5, 7), None, np.array([1, 1, 1.4, 2.3], np.float32)]),
    ("Resize", {"mode": "linear", "coordinate_transformation_mode": "pytorch_half_pixel"},
     [(1, 2, 5, 7), None, None, np.array([1, 2, 9, 1])]),
    ("Resize", {"mode": "linear", "coordinate_transformation_mode": "align_corners"},
     [(1, 2, 5, 7), None, None, np.array([1, 2, 8, 4])]),
    ("Resize", {"mode": "linear"}, [(1, 2, 6, 7), None, np.array([1, 1, 0.7, 1.9], np.float32)]),
    ("Resize", {"mode": "cubic", "cubic_coeff_a": -0.5, "exclude_outside": 1},
     [(1, 1, 5, 6), None, None, np.array([1, 1, 8, 3])]),
    ("Gather", {"axis": 1}, [(2, 3, 4), np.array([[-1, 0], [2, 2]])]),
    ("Pad", {"mode": "reflect"}, [(2, 5), np.array([1, 3, 0, 4])]),
    ("Pad", {"mode": "constant"}, [(3, 5), np.array([-1, 2, 1, -2]), np.array(7, np.float32)]),
    ("Einsum", {"equation": "nhwc,cd->ndhw"}, [(1, 2, 3, 4), (4, 5)]),
    ("Einsum", {"equation": "...ij,kj"}, [(2, 2, 3), (4, 3)]),
    ("MatMul", {}, [(2, 1, 3, 4), (3, 4, 2)]),
    ("Gemm", {"alpha": 0.5, "beta": 2.0, "transA": 1, "transB": 1}, [(4, 3), (5, 4), (5,)]),
    ("TopK", {"axis": 1, "largest": 0}, [(2, 6, 2), np.array([4])]),
    ("LRN", {"size": 5, "alpha": 0.01, "beta": 0.6, "bias": 2.0}, [(1, 7, 2, 3)]),
    ("ReduceLogSumExp", {"keepdims": 0}, [(2, 3, 4), np.array([0, -1])]),
]


def peer_cases():
    """PEER_CASES as ONNX Runtime answers them."""
    import onnxruntime

    random = np.random.default_rng(0)
    for index, (operator, attributes, inputs) in enumerate(PEER_CASES):
        arrays = [
            random.standard_normal(item).round(3).astype(np.float32)
            if isinstance(item, tuple)
            else item
            for item in inputs
        ]
        names = ["" if array is None else f"x{i}" for i, array in enumerate(arrays)]
        outputs = [f"y{i}" for i in range(OUTPUT_COUNTS.get(operator, 1))]
        node = onnx.helper.make_node(operator, names, outputs, **attributes)
        given = {name: array for name, array in zip(names, arrays) if name}
        graph = onnx.helper.make_graph(
            [node],
            "peer",
            [
                onnx.helper.make_tensor_value_info(
                    name, onnx.helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
                for name, array in given.items()
            ],
            [onnx.helper.make_empty_tensor_value_info(name) for name in outputs],
        )
        model = onnx.helper.make_model(
            graph, opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=10)
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), providers=["CPUExecutionProvider"])
        yield {
            "name": f"peer_{index}_{operator}",
            "operator": operator,
            "attributes": attributes,
            "inputs": [None if array is None else tensor(array) for array in arrays],
            "outputCount": len(outputs),
            "outputs": [tensor(np.asarray(array)) for array in session.run(None, given)],
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
    with open(os.path.join(folder, "peer.json"), "w") as file:
        lines = [json.dumps(case, separators=(",", ":")) for case in peer_cases()]
        file.write("[\n" + ",\n".join(lines) + "\n]\n")
    print(len(lines), "cases of ONNX Runtime")
    print(total, "cases of onnx", onnx.__version__)


if __name__ == "__main__":
    main(sys.argv[1])
