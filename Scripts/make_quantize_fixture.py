"""Writes Fixtures/quantize/red.onnx: a detector of red squares in YOLOX's form, made by hand.

    python Scripts/make_quantize_fixture.py Fixtures/quantize/red.onnx

Input [1, 3, 32, 32], blue green red in 0...255; output [1, 21, 6], the cells at strides 8, 16 and
32. A cell at stride 8 is an object where its 64 pixels are mostly red and neither green nor blue.
"""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def main(path):
    nodes, tensors = [], []

    def constant(name, array):
        tensors.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def node(op, inputs, output, **attributes):
        nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output

    redness = np.zeros((4, 3, 1, 1), np.float32)
    redness[0, :, 0, 0] = np.array([-1, -1, 1]) / 255
    redness[1:, :, 0, 0] = 1 / 255
    x = node("Conv", ["images", constant("w1", redness), constant("b1", np.zeros(4, np.float32))], "stem")
    x = node("Mul", [x, node("Sigmoid", [x], "gate")], "silu")
    levels = []
    for stride in (8, 16, 32):
        weights = np.zeros((6, 4, stride, stride), np.float32)
        weights[4, 0] = 30 / stride**2
        biases = np.array([0.5, 0.5, np.log(10 / 8), np.log(10 / 8), -8, 8], np.float32)
        if stride > 8:
            weights[4], biases[4] = 0, -12
        y = node("Conv", [x, constant(f"w{stride}", weights), constant(f"b{stride}", biases)], f"map{stride}",
                 strides=[stride, stride])
        parts = [f"boxes{stride}", f"logits{stride}"]
        nodes.append(helper.make_node("Split", [y, constant(f"sizes{stride}", np.array([4, 2], np.int64))], parts,
                                      axis=1, name=f"split{stride}"))
        scores = node("Sigmoid", [parts[1]], f"scores{stride}")
        y = node("Concat", [parts[0], scores], f"level{stride}", axis=1)
        levels.append(node("Reshape", [y, constant(f"shape{stride}", np.array([1, 6, -1], np.int64))], f"flat{stride}"))
    node("Transpose", [node("Concat", levels, "all", axis=2)], "output", perm=[0, 2, 1])
    graph = helper.make_graph(
        nodes, "red", [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, 32, 32])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 21, 6])], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)


if __name__ == "__main__":
    main(sys.argv[1])
