#!/usr/bin/env python3
"""Writes a Darknet network (convolutions, pooling, routes, upsampling) as ONNX, for other programs.

The outputs are what the detection layers read: raw maps. Needs numpy and onnx.

Usage: python Scripts/darknet_to_onnx.py NETWORK.cfg NETWORK.weights OUT.onnx
"""

import pathlib
import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper


def sections(text):
    """The sections of a .cfg: (name, options)."""
    result = []
    for line in text.splitlines():
        line = line.split("#")[0].strip()
        if line.startswith("["):
            result.append((line.strip("[]"), {}))
        elif "=" in line:
            key, value = line.split("=", 1)
            result[-1][1][key.strip()] = value.strip()
    return result


class Writer:
    """Nodes and weights, layer by layer; every layer has a value and its channels."""

    def __init__(self, weights):
        version = numpy.frombuffer(weights[:12], dtype="<i4")
        header = 20 if version[0] * 10 + version[1] >= 2 else 16
        self.numbers = numpy.frombuffer(weights[header:], dtype="<f4")
        self.position = 0
        self.nodes, self.constants, self.layers, self.outputs = [], [], [], []

    def take(self, *shape):
        count = int(numpy.prod(shape))
        part = self.numbers[self.position:self.position + count].reshape(shape)
        self.position += count
        return part

    def constant(self, name, array):
        self.constants.append(numpy_helper.from_array(numpy.ascontiguousarray(array), name))
        return name

    def node(self, operation, inputs, **attributes):
        output = f"layer{len(self.layers)}_{operation.lower()}"
        self.nodes.append(helper.make_node(operation, inputs, [output], name=output, **attributes))
        return output

    def convolution(self, value, channels, options):
        filters, size = int(options["filters"]), int(options["size"])
        stride, pad = int(options.get("stride", 1)), int(options.get("pad", 0))
        bias = self.take(filters)
        scale = None
        if int(options.get("batch_normalize", 0)):
            gamma, mean, variance = self.take(filters), self.take(filters), self.take(filters)
            scale = gamma / (numpy.sqrt(variance) + 1e-6)
            bias = bias - mean * scale
        weights = self.take(filters, channels, size, size)
        if scale is not None:
            weights = weights * scale[:, None, None, None]
        prefix = f"layer{len(self.layers)}"
        inputs = [value, self.constant(prefix + ".weight", weights.astype(numpy.float32)),
                  self.constant(prefix + ".bias", bias.astype(numpy.float32))]
        value = self.node("Conv", inputs, strides=[stride] * 2,
                          pads=[size // 2 if pad else 0] * 4, kernel_shape=[size] * 2)
        activation = options.get("activation", "linear")
        if activation == "leaky":
            value = self.node("LeakyRelu", [value], alpha=0.1)
        elif activation != "linear":
            sys.exit(f"activation {activation}: only leaky and linear can be written")
        return value, filters

    def add(self, kind, options, value, channels):
        if kind == "convolutional":
            value, channels = self.convolution(value, channels, options)
        elif kind == "maxpool":
            size, stride = int(options.get("size", 2)), int(options.get("stride", 2))
            total = size - 1
            before = total // 2
            pads = [before, before, total - before, total - before]
            if stride == size:
                pads = [0] * 4
            value = self.node("MaxPool", [value], kernel_shape=[size] * 2, strides=[stride] * 2,
                              pads=pads)
        elif kind == "route":
            places = [int(text) for text in options["layers"].split(",")]
            parts = [self.layers[place] for place in places]
            channels = sum(part[1] for part in parts)
            value = parts[0][0]
            if len(parts) > 1:
                value = self.node("Concat", [part[0] for part in parts], axis=1)
        elif kind == "upsample":
            scale = float(options.get("stride", 2))
            scales = self.constant(f"layer{len(self.layers)}.scales",
                                   numpy.array([1, 1, scale, scale], dtype=numpy.float32))
            value = self.node("Resize", [value, "", scales], mode="nearest", nearest_mode="floor",
                              coordinate_transformation_mode="asymmetric")
        elif kind in ("yolo", "region"):
            self.outputs.append((value, channels))
        else:
            sys.exit(f"[{kind}]: cannot be written")
        self.layers.append((value, channels))
        return value, channels


def convert(configuration, weights, target):
    """Writes `target` unless it is there; returns it."""
    if target.exists():
        return target
    (_, net), *layers = sections(configuration.read_text())
    writer = Writer(weights.read_bytes())
    value, channels = "images", int(net["channels"])
    shape = [1, channels, int(net["height"]), int(net["width"])]
    for kind, options in layers:
        value, channels = writer.add(kind, options, value, channels)
    if writer.position != len(writer.numbers):
        sys.exit(f"{weights}: {len(writer.numbers) - writer.position} numbers left over")
    graph = helper.make_graph(
        writer.nodes, configuration.stem,
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, count, None, None])
         for name, count in writer.outputs], writer.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    target.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, target)
    return target


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    convert(*map(pathlib.Path, sys.argv[1:]))
