"""Detection networks of many shapes, written with random weights and compared with ONNX Runtime.

Each network has the published architecture's operators and sizes (attention by matrix products,
deformable attention by GridSample, query selection by TopK, suppression inside the network, shapes
that depend on data), built node by node the way exporters write them.

    python Scripts/operator_networks.py --detect .build/release/detect [--keep DIR] [--only NAME]
                                        [--table docs/networks.md]

For each network, every output of `detect infer` is compared with ONNX Runtime's: 1e-4 + 1e-4 |b|,
1e-3 of a pixel for
boxes in pixels; rows of lists matched where equal scores may change their order. Exit status 1 where one differs.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


class Net:
    """A graph under construction; values are names, `shape` tracks [C, H, W] only where passed on."""

    def __init__(self, name, opset, seed=0):
        self.name, self.opset = name, opset
        self.nodes, self.initializers, self.inputs, self.outputs = [], [], [], []
        self.random = np.random.default_rng(seed)
        self.count = 0

    def input(self, name, shape, kind=FLOAT):
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def output(self, value, name, kind=FLOAT, shape=None):
        self.nodes.append(helper.make_node("Identity", [value], [name], name=f"out_{name}"))
        self.outputs.append(helper.make_tensor_value_info(name, kind, shape))

    def constant(self, array, name=None):
        self.count += 1
        name = name or f"c{self.count}"
        self.initializers.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def f(self, x):
        return self.constant(np.asarray(x, np.float32))

    def i(self, *x):
        return self.constant(np.asarray(x, np.int64))

    def __call__(self, op, *inputs, outputs=1, domain="", **attributes):
        self.count += 1
        names = [f"v{self.count}_{k}" for k in range(outputs)]
        self.nodes.append(
            helper.make_node(op, list(inputs), names, name=f"/{op}_{self.count}", domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def weights(self, *shape, gain=1.0):
        fan = int(np.prod(shape[1:])) if len(shape) > 1 else shape[0]
        return self.f(self.random.standard_normal(shape) * gain / np.sqrt(fan))

    def vector(self, n, gain=0.1):
        return self.f(self.random.standard_normal(n) * gain)

    # Layers
    def conv(self, x, cin, cout, k=3, s=1, act="Relu", groups=1):
        y = self("Conv", x, self.weights(cout, cin // groups, k, k, gain=1.4), self.vector(cout),
                 kernel_shape=[k, k], strides=[s, s], pads=[k // 2] * 4, group=groups)
        if act == "Silu":
            return self("Mul", y, self("Sigmoid", y))
        return self(act, y) if act else y

    def linear(self, x, cin, cout, gain=1.0):
        w = self.f(self.random.standard_normal((cin, cout)) * gain / np.sqrt(cin))
        return self("Add", self.vector(cout), self("MatMul", x, w))

    def norm(self, x, n):
        scale, bias = self.f(1 + 0.1 * self.random.standard_normal(n)), self.vector(n)
        if self.opset >= 17:
            return self("LayerNormalization", x, scale, bias, axis=-1, epsilon=1e-5)
        centred = self("Sub", x, self("ReduceMean", x, axes=[-1]))
        variance = self("ReduceMean", self("Pow", centred, self.f(2.0)), axes=[-1])
        y = self("Div", centred, self("Sqrt", self("Add", variance, self.f(1e-5))))
        return self("Add", self("Mul", y, scale), bias)

    def channel_norm(self, x, n):
        """LayerNorm over axis 1 of [N, C, H, W], as projectors write it."""
        mean = self.reduce("ReduceMean", x, 1)
        centred = self("Sub", x, mean)
        variance = self.reduce("ReduceMean", self("Pow", centred, self.f(2.0)), 1)
        y = self("Div", centred, self("Sqrt", self("Add", variance, self.f(1e-6))))
        return self("Add", self("Mul", y, self.f(np.ones((n, 1, 1)))), self.f(np.zeros((n, 1, 1))))

    def reduce(self, op, x, axis, keep=1):
        if self.opset >= 18 or (op == "ReduceSum" and self.opset >= 13):
            return self(op, x, self.i(axis), keepdims=keep)
        return self(op, x, axes=[axis], keepdims=keep)

    def gelu(self, x):
        y = self("Add", self("Erf", self("Div", x, self.f(np.sqrt(2)))), self.f(1.0))
        return self("Mul", self("Mul", x, y), self.f(0.5))

    def mlp(self, x, sizes):
        for k, (a, b) in enumerate(zip(sizes, sizes[1:])):
            x = self.linear(x, a, b)
            if k + 2 < len(sizes):
                x = self("Relu", x)
        return x

    def heads(self, x, n, d, heads):
        """[1, n, d] as [1, heads, n, d / heads]."""
        return self("Transpose", self("Reshape", x, self.i(1, n, heads, d // heads)), perm=[0, 2, 1, 3])

    def attention(self, q, k, v, nq, nk, d, heads):
        q, k, v = self.linear(q, d, d), self.linear(k, d, d), self.linear(v, d, d)
        q = self("Mul", self.heads(q, nq, d, heads), self.f((d / heads) ** -0.5))
        k = self("Transpose", self.heads(k, nk, d, heads), perm=[0, 1, 3, 2])
        scores = self("Softmax", self("MatMul", q, k), axis=-1)
        y = self("MatMul", scores, self.heads(v, nk, d, heads))
        y = self("Reshape", self("Transpose", y, perm=[0, 2, 1, 3]), self.i(1, nq, d))
        return self.linear(y, d, d)

    def encoder_layer(self, x, position, n, d, width, heads=8, act="Relu"):
        q = self("Add", x, position) if position else x
        x = self.norm(self("Add", x, self.attention(q, q, x, n, n, d, heads)), d)
        h = self.linear(x, d, width)
        h = self.gelu(h) if act == "Gelu" else self("Relu", h)
        return self.norm(self("Add", x, self.linear(h, width, d)), d)

    def deformable(self, query, reference, memory, nq, d, levels, heads=8, points=4):
        """Multi-scale deformable attention by GridSample (Deformable DETR, RT-DETR).

        query [1, nq, d], reference [1, nq, 1, 4], memory [1, sum(h * w), d]."""
        count, width = len(levels), d // heads
        value = self("Reshape", self.linear(memory, d, d), self.i(1, -1, heads, width))
        offsets = self("Reshape", self.linear(query, d, heads * count * points * 2),
                       self.i(1, nq, heads, count, points, 2))
        weights = self("Reshape", self.linear(query, d, heads * count * points), self.i(1, nq, heads, count * points))
        weights = self("Reshape", self("Softmax", weights, axis=-1), self.i(1, nq, heads, count, points))
        ref = self("Unsqueeze", self("Unsqueeze", reference, self.i(2)), self.i(2))  # [1, nq, 1, 1, 1, 4]
        ref = self("Reshape", ref, self.i(1, nq, 1, 1, 1, 4))
        centre = self("Slice", ref, self.i(0), self.i(2), self.i(-1))
        size = self("Slice", ref, self.i(2), self.i(2**62), self.i(-1))
        scaled = self("Mul", self("Mul", self("Div", offsets, self.f(float(points))), size), self.f(0.5))
        grids = self("Sub", self("Mul", self("Add", centre, scaled), self.f(2.0)), self.f(1.0))
        parts = [value]
        if count > 1:
            parts = self("Split", value, self.i(*[h * w for h, w in levels]), outputs=count, axis=1)
        sampled = []
        for level, (h, w) in enumerate(levels):
            v = self("Transpose", self("Reshape", parts[level], self.i(1, h * w, d)), perm=[0, 2, 1])
            v = self("Reshape", v, self.i(heads, width, h, w))
            g = self("Gather", grids, self.constant(np.asarray(level, np.int64)), axis=3)  # [1, nq, heads, points, 2]
            g = self("Reshape", self("Transpose", g, perm=[0, 2, 1, 3, 4]), self.i(heads, nq, points, 2))
            sampled.append(self("Unsqueeze", self("GridSample", v, g, mode="bilinear", padding_mode="zeros",
                                                  align_corners=0), self.i(-2)))
        stacked = self("Reshape", self("Concat", *sampled, axis=-2), self.i(heads, width, nq, count * points))
        weights = self("Reshape", self("Transpose", weights, perm=[0, 2, 1, 3, 4]), self.i(heads, 1, nq, count * points))
        y = self.reduce("ReduceSum", self("Mul", stacked, weights), -1, keep=0)
        y = self("Transpose", self("Reshape", y, self.i(1, d, nq)), perm=[0, 2, 1])
        return self.linear(y, d, d)

    def inverse_sigmoid(self, x):
        x = self("Clip", x, self.f(0.0), self.f(1.0))
        a = self("Clip", x, self.f(1e-5), "")
        b = self("Clip", self("Sub", self.f(1.0), x), self.f(1e-5), "")
        return self("Log", self("Div", a, b))

    def backbone(self, x, widths=(64, 128, 256, 512), depth=2, act="Relu"):
        """A residual network; maps at strides 8, 16 and 32 with widths[1:]."""
        x = self.conv(self.conv(x, 3, 32, 3, 2, act), 32, widths[0], 3, 1, act)
        x = self("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
        maps, cin = [], widths[0]
        for stage, cout in enumerate(widths):
            for block in range(depth):
                s = 2 if stage and not block else 1
                y = self.conv(self.conv(x, cin, cout, 3, s, act), cout, cout, 3, 1, None)
                short = x if cin == cout and s == 1 else self.conv(x, cin, cout, 1, s, None)
                x, cin = self("Relu", self("Mul", self("Add", y, short), self.f(0.7))), cout
            maps.append(x)
        return maps[1:]

    def corners(self, boxes):
        """Centre and size to corners along the last axis."""
        cx, cy, w, h = self("Split", boxes, self.i(1, 1, 1, 1), outputs=4, axis=-1)
        half_w, half_h = self("Mul", w, self.f(0.5)), self("Mul", h, self.f(0.5))
        return self("Concat", self("Sub", cx, half_w), self("Sub", cy, half_h), self("Add", cx, half_w),
                    self("Add", cy, half_h), axis=-1)

    def model(self, metadata=()):
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], producer_name="networks")
        model.ir_version = 9
        helper.set_model_props(model, dict(metadata))
        return model


def sine_position(n, h, w, d):
    y, x = np.meshgrid(np.arange(h), np.arange(w), indexing="ij")
    omega = 1 / 10000 ** (np.arange(d // 4) / (d // 4))
    parts = [f(p.reshape(-1, 1) * omega) for p in (x, y) for f in (np.sin, np.cos)]
    return n.f(np.concatenate(parts, 1)[None])


def detr():
    """DETR (Carion et al. 2020): softmax logits with "no object", boxes of a fixed set of queries."""
    n, d, queries = Net("detr", 12), 256, 100
    h, w = 15, 20
    top = n.backbone(n.input("pixel_values", [1, 3, 480, 640]))[-1]
    x = n.conv(top, 512, d, 1, 1, None)
    x = n("Transpose", n("Reshape", x, n.i(1, d, h * w)), perm=[0, 2, 1])
    position = sine_position(n, h, w, d)
    for _ in range(6):
        x = n.encoder_layer(x, position, h * w, d, 2048)
    embedding = n.f(n.random.standard_normal((1, queries, d)))
    target = n.f(np.zeros((1, queries, d)))
    keys = n("Add", x, position)
    for _ in range(6):
        q = n("Add", target, embedding)
        target = n.norm(n("Add", target, n.attention(q, q, target, queries, queries, d, 8)), d)
        q = n("Add", target, embedding)
        target = n.norm(n("Add", target, n.attention(q, keys, x, queries, h * w, d, 8)), d)
        hidden = n.linear(n("Relu", n.linear(target, d, 2048)), 2048, d)
        target = n.norm(n("Add", target, hidden), d)
    n.output(n.linear(target, d, 92, gain=3.0), "logits", shape=[1, queries, 92])
    n.output(n("Sigmoid", n.mlp(target, [d, d, d, 4])), "pred_boxes", shape=[1, queries, 4])
    return n.model(), [("pixel_values", [1, 3, 480, 640])]


def hybrid_encoder(n, maps, widths, d, act="Silu"):
    """RT-DETR's: attention on the coarsest map, then a pyramid of convolutions both ways."""
    p = [n.conv(m, c, d, 1, 1, None) for m, c in zip(maps, widths)]
    flat = n("Transpose", n("Reshape", p[2], n.i(1, d, 400)), perm=[0, 2, 1])
    flat = n.encoder_layer(flat, sine_position(n, 20, 20, d), 400, d, 1024, act="Gelu")
    top = n("Reshape", n("Transpose", flat, perm=[0, 2, 1]), n.i(1, d, 20, 20))

    def fuse(a, b):
        x = n("Concat", a, b, axis=1)
        y = n.conv(x, 2 * d, d // 2, 1, 1, act)
        for _ in range(2):
            y = n("Add", y, n.conv(y, d // 2, d // 2, 3, 1, act))
        return n.conv(n("Concat", y, n.conv(x, 2 * d, d // 2, 1, 1, act), axis=1), d, d, 1, 1, act)

    def up(x):
        return n("Resize", x, "", n.f([1, 1, 2, 2]), mode="nearest", nearest_mode="floor",
                 coordinate_transformation_mode="asymmetric")

    top = n.conv(top, d, d, 1, 1, act)
    middle = n.conv(fuse(up(top), p[1]), d, d, 1, 1, act)
    fine = fuse(up(middle), p[0])
    middle = fuse(n.conv(fine, d, d, 3, 2, act), middle)
    top = fuse(n.conv(middle, d, d, 3, 2, act), top)
    return [fine, middle, top]


def query_decoder(n, maps, d, levels, queries, classes, layers, distributed=False):
    """Query selection by TopK and layers of self- and deformable attention.

    Returns logits [1, queries, classes] and boxes [1, queries, 4] in 0...1."""
    total = sum(h * w for h, w in levels)
    memory = n("Concat", *[n("Transpose", n("Reshape", m, n.i(1, d, h * w)), perm=[0, 2, 1])
                           for m, (h, w) in zip(maps, levels)], axis=1)
    anchors = []
    for k, (h, w) in enumerate(levels):
        y, x = np.meshgrid((np.arange(h) + 0.5) / h, (np.arange(w) + 0.5) / w, indexing="ij")
        size = np.full((h * w, 1), 0.05 * 2**k)
        anchors.append(np.concatenate([x.reshape(-1, 1), y.reshape(-1, 1), size, size], 1))
    anchors = np.concatenate(anchors)[None]
    anchors = n.f(np.log(anchors / (1 - anchors)))
    selected = n.norm(n.linear(memory, d, d), d)
    scores = n.linear(selected, d, classes, gain=2.0)
    boxes = n("Add", n.mlp(selected, [d, d, d, 4]), anchors)
    best = n.reduce("ReduceMax", scores, -1, keep=0)
    _, index = n("TopK", best, n.i(queries), outputs=2, axis=1)
    index = n("Unsqueeze", index, n.i(-1))
    pick = lambda value, width: n("GatherElements", value, n("Tile", index, n.i(1, 1, width)), axis=1)
    reference = n("Sigmoid", pick(boxes, 4))
    target = pick(selected, d)
    for layer in range(layers):
        position = n.mlp(reference, [4, 2 * d, d])
        q = n("Add", target, position)
        target = n.norm(n("Add", target, n.attention(q, q, target, queries, queries, d, 8)), d)
        q = n("Add", target, position)
        sampled = n.deformable(q, n("Unsqueeze", reference, n.i(2)), memory, queries, d, levels)
        target = n.norm(n("Add", target, sampled), d)
        target = n.norm(n("Add", target, n.linear(n("Relu", n.linear(target, d, 1024)), 1024, d)), d)
        if distributed:
            # Fine-grained distributions (D-FINE): four softmaxes over 33 bins, their mean offsets.
            bins = n("Softmax", n("Reshape", n.mlp(target, [d, d, 4 * 33]), n.i(queries * 4, 33)), axis=1)
            project = n.f(np.linspace(-0.5, 0.5, 33)[:, None])
            offset = n("Reshape", n("MatMul", bins, project), n.i(1, queries, 4))
            top, _ = n("TopK", n("Reshape", bins, n.i(1, queries, 4, 33)), n.i(4), outputs=2, axis=-1)
            quality = n("Concat", top, n.reduce("ReduceMean", top, -1), axis=-1)
            target_logits = n("Add", n.linear(target, d, classes, gain=2.0),
                              n.mlp(n("Reshape", quality, n.i(1, queries, 20)), [20, 64, 1]))
        else:
            offset = n.mlp(target, [d, d, d, 4])
            target_logits = None
        reference = n("Sigmoid", n("Add", offset, n.inverse_sigmoid(reference)))
    return target_logits or n.linear(target, d, classes, gain=2.0), reference


LEVELS = [(80, 80), (40, 40), (20, 20)]


def select_labels(n, logits, boxes, sizes, queries, classes):
    """RT-DETR's last step: the surest (query, class) pairs; boxes in the pixels of `sizes`."""
    corners = n.corners(boxes)
    scale = n("Unsqueeze", n("Tile", n("Cast", sizes, to=FLOAT), n.i(1, 2)), n.i(1))
    corners = n("Mul", corners, scale)
    flat = n("Reshape", n("Sigmoid", logits), n.i(1, queries * classes))
    scores, index = n("TopK", flat, n.i(queries), outputs=2, axis=-1)
    count = n.constant(np.asarray(classes, np.int64))
    row = n("Div", index, count)
    labels = n("Sub", index, n("Mul", row, count))
    corners = n("GatherElements", corners, n("Tile", n("Unsqueeze", row, n.i(-1)), n.i(1, 1, 4)), axis=1)
    n.output(labels, "labels", INT64, [1, queries])
    n.output(corners, "boxes", shape=[1, queries, 4])
    n.output(scores, "scores", shape=[1, queries])


def rtdetr():
    """RT-DETR (Zhao et al. 2023) as its own export writes it: images, orig_target_sizes."""
    n, d = Net("rtdetr", 16), 256
    maps = n.backbone(n.input("images", ["N", 3, 640, 640]))
    sizes = n.input("orig_target_sizes", ["N", 2], INT64)
    maps = hybrid_encoder(n, maps, (128, 256, 512), d)
    logits, boxes = query_decoder(n, maps, d, LEVELS, 300, 80, 3)
    select_labels(n, logits, boxes, sizes, 300, 80)
    return n.model(), [("images", [1, 3, 640, 640]), ("orig_target_sizes", "sizes")]


def dfine():
    """D-FINE (Peng et al. 2024): distributions of edges, LayerNormalization, opset 17."""
    n, d = Net("dfine", 17), 256
    maps = n.backbone(n.input("images", [1, 3, 640, 640]), widths=(32, 64, 128, 256))
    sizes = n.input("orig_target_sizes", [1, 2], INT64)
    maps = hybrid_encoder(n, maps, (64, 128, 256), d)
    logits, boxes = query_decoder(n, maps, d, LEVELS, 300, 80, 3, distributed=True)
    select_labels(n, logits, boxes, sizes, 300, 80)
    return n.model(), [("images", [1, 3, 640, 640]), ("orig_target_sizes", "sizes")]


def rtdetr_rows():
    """RT-DETR as Ultralytics exports it: one tensor of boxes in 0...1 and scores."""
    n, d = Net("rtdetr_rows", 16, seed=3), 256
    maps = n.backbone(n.input("images", [1, 3, 640, 640]), widths=(32, 64, 128, 256))
    maps = hybrid_encoder(n, maps, (64, 128, 256), d)
    logits, boxes = query_decoder(n, maps, d, LEVELS, 300, 80, 3)
    n.output(n("Concat", boxes, n("Sigmoid", logits), axis=-1), "output0", shape=[1, 300, 84])
    names = {k: f"class{k}" for k in range(80)}
    return n.model({"names": str(names), "stride": "32", "task": "detect", "author": "Ultralytics",
                    "imgsz": "[640, 640]"}), [("images", [1, 3, 640, 640])]


def rfdetr():
    """RF-DETR (2025): a vision transformer with windowed attention, one level, opset 17."""
    n, d, width = Net("rfdetr", 17), 256, 384
    side, patch, windows = 384, 16, 2
    grid = side // patch
    count, per = grid * grid, grid // windows
    x = n("Conv", n.input("input", [1, 3, side, side]), n.weights(width, 3, patch, patch), n.vector(width),
          kernel_shape=[patch] * 2, strides=[patch] * 2)
    x = n("Add", n("Transpose", n("Reshape", x, n.i(1, width, count)), perm=[0, 2, 1]),
          n.f(n.random.standard_normal((1, count, width)) * 0.1))

    def vit(x, tokens, batch):
        y = n.norm(x, width)
        q, k, v = (n("Transpose", n("Reshape", n.linear(y, width, width), n.i(batch, tokens, 6, 64)), perm=[0, 2, 1, 3])
                   for _ in range(3))
        a = n("MatMul", n("Mul", q, n.f(64**-0.25)), n("Mul", n("Transpose", k, perm=[0, 1, 3, 2]), n.f(64**-0.25)))
        a = n("MatMul", n("Softmax", a, axis=-1), v)
        a = n("Reshape", n("Transpose", a, perm=[0, 2, 1, 3]), n.i(batch, tokens, width))
        x = n("Add", x, n("Mul", n.linear(a, width, width), n.f(np.full(width, 0.5))))
        y = n.linear(n.gelu(n.linear(n.norm(x, width), width, 4 * width)), 4 * width, width)
        return n("Add", x, n("Mul", y, n.f(np.full(width, 0.5))))

    kept = []
    for layer in range(8):
        if layer % 4 == 3:
            x = vit(x, count, 1)
        else:
            y = n("Reshape", x, n.i(windows, per, windows, per, width))
            y = n("Reshape", n("Transpose", y, perm=[0, 2, 1, 3, 4]), n.i(windows**2, per * per, width))
            y = n("Reshape", vit(y, per * per, windows**2), n.i(windows, windows, per, per, width))
            x = n("Reshape", n("Transpose", y, perm=[0, 2, 1, 3, 4]), n.i(1, count, width))
        if layer % 4 == 3:
            kept.append(n("Reshape", n("Transpose", n.norm(x, width), perm=[0, 2, 1]), n.i(1, width, grid, grid)))
    y = n.conv(n("Concat", *kept, axis=1), 2 * width, d, 1, 1, None)
    y = n.channel_norm(y, d)
    y = n("Mul", y, n("Sigmoid", y))
    y = n.channel_norm(n.conv(y, d, d, 3, 1, "Silu"), d)
    logits, boxes = query_decoder(n, [y], d, [(grid, grid)], 300, 91, 2)
    n.output(boxes, "dets", shape=[1, 300, 4])
    n.output(logits, "labels", shape=[1, 300, 91])
    return n.model(), [("input", [1, 3, side, side])]


def dense_boxes(n, x, side, classes=80, widths=(16, 32, 64, 128)):
    """A small one-stage head: corners [1, cells, 4] in pixels, scores [1, cells, classes]."""
    maps = n.backbone(x, widths=widths, depth=1, act="Relu")
    rows, centres, sizes = [], [], []
    for m, c, s in zip(maps, widths[1:], (8, 16, 32)):
        g = side // s
        y = n.conv(n.conv(m, c, 64, 3, 1, "Silu"), 64, 4 + classes, 1, 1, None)
        rows.append(n("Transpose", n("Reshape", y, n.i(1, 4 + classes, g * g)), perm=[0, 2, 1]))
        yy, xx = np.meshgrid(np.arange(g) + 0.5, np.arange(g) + 0.5, indexing="ij")
        centres.append(np.stack([xx, yy], -1).reshape(-1, 2) * s)
        sizes.append(np.full((g * g, 1), 2.0 * s))
    y = n("Concat", *rows, axis=1)
    xy, wh, scores = n("Split", y, n.i(2, 2, classes), outputs=3, axis=-1)
    sizes = n.f(np.concatenate(sizes)[None])
    xy = n("Add", n("Mul", xy, sizes), n.f(np.concatenate(centres)[None]))
    wh = n("Mul", n("Exp", n("Mul", n("Tanh", wh), n.f(0.5))), sizes)
    half = n("Mul", wh, n.f(0.5))
    boxes = n("Concat", n("Sub", xy, half), n("Add", xy, half), axis=-1)
    return boxes, n("Sigmoid", n("Sub", n("Mul", scores, n.f(1.5)), n.f(2.0)))


def suppressed(n, boxes, scores, per_class, iou=0.45, score=0.85):
    """NonMaxSuppression's rows (picture, class, box) and what they pick."""
    transposed = n("Transpose", scores, perm=[0, 2, 1])
    picked = n("NonMaxSuppression", boxes, transposed, n.i(per_class), n.f([iou]), n.f([score]))
    _, label, row = n("Split", picked, n.i(1, 1, 1), outputs=3, axis=1)
    label, row = n("Squeeze", label, n.i(1)), n("Squeeze", row, n.i(1))
    chosen = n("Gather", n("Squeeze", boxes, n.i(0)), row, axis=0)
    pairs = n("Concat", n("Unsqueeze", label, n.i(1)), n("Unsqueeze", row, n.i(1)), axis=1)
    value = n("GatherND", n("Squeeze", transposed, n.i(0)), pairs)
    return chosen, value, label


def padded_rows(n, rows, count):
    """The first `count` rows, zeros behind: [1, count, width]."""
    rows = n("Slice", rows, n.i(0), n.i(count), n.i(0))
    have = n("Gather", n("Shape", rows), n.i(0), axis=0)
    missing = n("Sub", n.i(count), have)
    return n("Unsqueeze", n("Pad", rows, n("Concat", n.i(0, 0), missing, n.i(0), axis=0)), n.i(0))


def sorted_by_score(n, value, *others):
    count = n("Shape", value)
    value, order = n("TopK", value, count, outputs=2, axis=0)
    return [value] + [n("Gather", o, order, axis=0) for o in others]


def yolo_nms():
    """YOLOv8 exported with nms=True: candidates over a threshold by NonZero, classes shifted apart."""
    n, side = Net("yolo_nms", 17), 640
    boxes, scores = dense_boxes(n, n.input("images", [1, 3, side, side]), side)
    boxes, scores = n("Squeeze", boxes, n.i(0)), n("Squeeze", scores, n.i(0))
    best = n("ReduceMax", scores, axes=[-1], keepdims=0)
    label = n("ArgMax", scores, axis=-1, keepdims=0)
    where = n("Squeeze", n("NonZero", n("Greater", best, n.f(0.9))), n.i(0))
    best, label, boxes = (n("Gather", v, where, axis=0) for v in (best, label, boxes))
    shift = n("Unsqueeze", n("Mul", n("Cast", label, to=FLOAT), n.f(7680.0)), n.i(1))
    shifted = n("Unsqueeze", n("Add", boxes, shift), n.i(0))
    row = n("Unsqueeze", n("Unsqueeze", best, n.i(0)), n.i(0))
    picked = n("NonMaxSuppression", shifted, row, n.i(300), n.f([0.45]), n.f([0.0]))
    picked = n("Gather", picked, n.constant(np.asarray(2, np.int64)), axis=1)
    parts = [n("Gather", boxes, picked, axis=0), n("Unsqueeze", n("Gather", best, picked, axis=0), n.i(1)),
             n("Unsqueeze", n("Cast", n("Gather", label, picked, axis=0), to=FLOAT), n.i(1))]
    n.output(padded_rows(n, n("Concat", *parts, axis=1), 300), "output0", shape=[1, 300, 6])
    names = {k: f"class{k}" for k in range(80)}
    return n.model({"names": str(names), "stride": "32", "task": "detect", "author": "Ultralytics",
                    "imgsz": "[640, 640]", "args": "{'nms': True}"}), [("images", [1, 3, side, side])]


def yolo_rows7():
    """YOLOv7 exported end to end: rows of picture, corners, class, score."""
    n, side = Net("yolo_rows7", 13), 640
    boxes, scores = dense_boxes(n, n.input("images", [1, 3, side, side]), side)
    boxes, value, label = suppressed(n, boxes, scores, 100)
    label = n("Unsqueeze", n("Cast", label, to=FLOAT), n.i(1))
    n.output(n("Concat", n("Mul", label, n.f(0.0)), boxes, label, n("Unsqueeze", value, n.i(1)), axis=1), "output",
             shape=["rows", 7])
    return n.model(), [("images", [1, 3, side, side])]


def efficient_nms():
    """The four tensors of EfficientNMS: num_dets, det_boxes, det_scores, det_classes."""
    n, side = Net("efficient_nms", 13), 640
    boxes, scores = dense_boxes(n, n.input("images", ["batch", 3, side, side]), side)
    value, boxes, label = sorted_by_score(n, *(lambda b, v, l: (v, b, l))(*suppressed(n, boxes, scores, 100)))
    count = n("Min", n("Shape", value), n.i(100))
    n.output(n("Cast", n("Unsqueeze", count, n.i(0)), to=TensorProto.INT32), "num_dets", TensorProto.INT32, [1, 1])
    n.output(padded_rows(n, boxes, 100), "det_boxes", shape=[1, 100, 4])
    column = lambda v: n("Squeeze", padded_rows(n, n("Unsqueeze", v, n.i(1)), 100), n.i(2))
    n.output(column(value), "det_scores", shape=[1, 100])
    n.output(n("Cast", column(n("Cast", label, to=FLOAT)), to=TensorProto.INT32), "det_classes", TensorProto.INT32, [1, 100])
    return n.model(), [("images", [1, 3, side, side])]


def tensorflow_ssd():
    """TensorFlow's object detection exports: bytes with the channels last, boxes as y x y x in 0...1."""
    n, side = Net("tensorflow_ssd", 13), 320
    x = n("Transpose", n("Cast", n.input("input_tensor", [1, side, side, 3], TensorProto.UINT8), to=FLOAT), perm=[0, 3, 1, 2])
    boxes, scores = dense_boxes(n, n("Sub", n("Div", x, n.f(127.5)), n.f(1.0)), side, classes=90)
    value, boxes, label = sorted_by_score(n, *(lambda b, v, l: (v, b, l))(*suppressed(n, boxes, scores, 100)))
    boxes = n("Gather", n("Div", boxes, n.f(float(side))), n.i(1, 0, 3, 2), axis=1)
    count = n("Min", n("Shape", value), n.i(100))
    column = lambda v: n("Squeeze", padded_rows(n, n("Unsqueeze", v, n.i(1)), 100), n.i(2))
    n.output(padded_rows(n, boxes, 100), "detection_boxes", shape=[1, 100, 4])
    n.output(column(n("Add", n("Cast", label, to=FLOAT), n.f(1.0))), "detection_classes", shape=[1, 100])
    n.output(column(value), "detection_scores", shape=[1, 100])
    n.output(n("Cast", count, to=FLOAT), "num_detections", shape=[1])
    return n.model(), [("input_tensor", "bytes")]


def mmdetection():
    """MMDetection's exports: dets (corners and score) and labels."""
    n, side = Net("mmdetection", 13), 640
    boxes, scores = dense_boxes(n, n.input("input", [1, 3, side, side]), side)
    value, boxes, label = sorted_by_score(n, *(lambda b, v, l: (v, b, l))(*suppressed(n, boxes, scores, 100)))
    dets = n("Concat", boxes, n("Unsqueeze", value, n.i(1)), axis=1)
    n.output(n("Unsqueeze", dets, n.i(0)), "dets", shape=[1, "rows", 5])
    n.output(n("Unsqueeze", label, n.i(0)), "labels", INT64, [1, "rows"])
    return n.model(), [("input", [1, 3, side, side])]


def paddle():
    """PaddleDetection's exports: image and scale_factor; rows of class, score, corners, and their number."""
    n, side = Net("paddle", 13), 640
    boxes, scores = dense_boxes(n, n.input("image", [1, 3, side, side]), side)
    factor = n.input("scale_factor", [1, 2])
    boxes = n("Div", boxes, n("Unsqueeze", n("Tile", n("Gather", factor, n.i(1, 0), axis=1), n.i(1, 2)), n.i(1)))
    boxes, value, label = suppressed(n, boxes, scores, 100)
    rows = n("Concat", n("Unsqueeze", n("Cast", label, to=FLOAT), n.i(1)), n("Unsqueeze", value, n.i(1)), boxes, axis=1)
    n.output(rows, "multiclass_nms3_0.tmp_0", shape=["rows", 6])
    n.output(n("Cast", n("Shape", value), to=TensorProto.INT32), "multiclass_nms3_0.tmp_2", TensorProto.INT32, [1])
    return n.model(), [("image", [1, 3, side, side]), ("scale_factor", "ones")]


def faster_rcnn():
    """Faster R-CNN as torchvision exports it: proposals, regions of data-dependent number, RoiAlign."""
    n, side, classes = Net("faster_rcnn", 16), 480, 21
    x = n.input("image", [3, side, side])
    x = n("Unsqueeze", n("Div", n("Sub", x, n.f(np.full((3, 1, 1), 0.45))), n.f(np.full((3, 1, 1), 0.225))), n.i(0))
    maps = n.backbone(x, widths=(32, 64, 128, 256), depth=1)
    maps = [n.conv(m, c, 128, 1, 1, None) for m, c in zip(maps, (64, 128, 256))]
    kept_boxes, kept_scores = [], []
    for m, s in zip(maps, (8, 16, 32)):
        g = side // s
        y = n.conv(m, 128, 128)
        score = n("Reshape", n.conv(y, 128, 3, 1, 1, None), n.i(-1))
        delta = n("Reshape", n("Transpose", n("Reshape", n.conv(y, 128, 12, 1, 1, None), n.i(3, 4, g, g)), perm=[0, 2, 3, 1]), n.i(-1, 4))
        k = n("Min", n("Unsqueeze", n("Size", score), n.i(0)), n.i(500))
        score, order = n("TopK", score, k, outputs=2, axis=0)
        yy, xx = np.meshgrid(np.arange(g) * s, np.arange(g) * s, indexing="ij")
        anchors = [np.stack([xx, yy, np.full_like(xx, 4 * s * r), np.full_like(xx, 4 * s / r)], -1).reshape(-1, 4)
                   for r in (0.5, 1, 2)]
        anchors = n("Gather", n.f(np.concatenate(anchors)), order, axis=0)
        delta = n("Gather", delta, order, axis=0)
        axy, awh = n("Split", anchors, n.i(2, 2), outputs=2, axis=1)
        dxy, dwh = n("Split", delta, n.i(2, 2), outputs=2, axis=1)
        xy = n("Add", n("Mul", n("Mul", dxy, n.f(0.2)), awh), axy)
        half = n("Mul", n("Mul", n("Exp", n("Clip", n("Mul", dwh, n.f(0.2)), n.f(-1.0), n.f(1.0))), awh), n.f(0.5))
        boxes = n("Clip", n("Concat", n("Sub", xy, half), n("Add", xy, half), axis=1), n.f(0.0), n.f(float(side)))
        picked = n("NonMaxSuppression", n("Unsqueeze", boxes, n.i(0)),
                   n("Unsqueeze", n("Unsqueeze", n("Sigmoid", score), n.i(0)), n.i(0)), n.i(1000), n.f([0.7]), n.f([0.0]))
        picked = n("Gather", picked, n.constant(np.asarray(2, np.int64)), axis=1)
        kept_boxes.append(n("Gather", boxes, picked, axis=0))
        kept_scores.append(n("Gather", score, picked, axis=0))
    boxes, score = n("Concat", *kept_boxes, axis=0), n("Concat", *kept_scores, axis=0)
    k = n("Min", n("Shape", score), n.i(200))
    _, order = n("TopK", score, k, outputs=2, axis=0)
    boxes = n("Gather", boxes, order, axis=0)
    # Each region reads the level of its size.
    x1, y1, x2, y2 = n("Split", boxes, n.i(1, 1, 1, 1), outputs=4, axis=1)
    area = n("Squeeze", n("Mul", n("Sub", x2, x1), n("Sub", y2, y1)), n.i(1))
    level = n("Floor", n("Add", n.f(4.0), n("Div", n("Log", n("Add", n("Div", n("Sqrt", area), n.f(224.0)), n.f(1e-6))), n.f(np.log(2)))))
    level = n("Sub", n("Clip", level, n.f(3.0), n.f(5.0)), n.f(3.0))
    shape = n("Concat", n("Shape", area), n.i(128, 7, 7), axis=0)
    pooled = n("ConstantOfShape", shape, value=numpy_helper.from_array(np.zeros(1, np.float32)))
    for k, (m, s) in enumerate(zip(maps, (8, 16, 32))):
        where = n("NonZero", n("Equal", n("Cast", level, to=INT64), n.constant(np.asarray(k, np.int64))))
        where = n("Squeeze", where, n.i(0))
        some = n("Gather", boxes, where, axis=0)
        batch = n("ConstantOfShape", n("Shape", where), value=numpy_helper.from_array(np.zeros(1, np.int64)))
        aligned = n("RoiAlign", m, some, batch, mode="avg", output_height=7, output_width=7, sampling_ratio=2,
                    spatial_scale=1 / s, coordinate_transformation_mode="output_half_pixel")
        pooled = n("ScatterND", pooled, n("Unsqueeze", where, n.i(1)), aligned)
    y = n("Flatten", pooled, axis=1)
    for a, b in ((128 * 49, 512), (512, 512)):
        y = n("Relu", n("Gemm", y, n.weights(b, a, gain=1.4), n.vector(b), transB=1))
    scores = n("Softmax", n("Gemm", y, n.weights(classes, 512, gain=4.0), n.vector(classes), transB=1), axis=-1)
    scores = n("Slice", scores, n.i(1), n.i(classes), n.i(1))  # background goes
    foreground, value, label = suppressed(n, n("Unsqueeze", boxes, n.i(0)), n("Unsqueeze", scores, n.i(0)), 100, 0.5, 0.05)
    value, foreground, label = sorted_by_score(n, value, foreground, label)
    n.output(foreground, "boxes", shape=["rows", 4])
    n.output(n("Add", label, n.constant(np.asarray(1, np.int64))), "labels", INT64, ["rows"])
    n.output(value, "scores", shape=["rows"])
    return n.model(), [("image", [3, side, side])]


NETWORKS = [detr, rtdetr, dfine, rtdetr_rows, rfdetr, yolo_nms, yolo_rows7, efficient_nms, tensorflow_ssd,
            mmdetection, paddle, faster_rcnn]


def feeds(specification, random):
    result = {}
    for name, shape in specification:
        if shape == "sizes":
            result[name] = np.array([[640, 640]], np.int64)
        elif shape == "ones":
            result[name] = np.ones((1, 2), np.float32)
        elif shape == "bytes":
            result[name] = random.integers(0, 256, (1, 320, 320, 3), dtype=np.uint8)
        else:
            result[name] = random.random(shape, dtype=np.float32)
    return result


def tolerance(theirs):
    pixels = theirs.size > 0 and theirs.ndim and theirs.shape[-1] in (4, 5, 6, 7) and np.max(np.abs(theirs)) > 100
    return (1e-3 if pixels else 1e-4) + 1e-4 * np.abs(theirs)


def worst(ours, theirs):
    """The largest difference in units of the tolerance: 1 is just allowed."""
    if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
        return float("inf")
    if theirs.dtype != np.float32:
        return 0.0 if np.array_equal(ours, theirs) else float("inf")
    return float(np.max(np.abs(ours - theirs) / tolerance(theirs), initial=0))


def row_count(arrays):
    """The number of boxes: rows of four to seven numbers, else of a three-axis output."""
    return next((a.shape[-2] for a in arrays if a.ndim == 3 or a.ndim == 2 and 4 <= a.shape[-1] <= 7), None)


def as_rows(arrays):
    """All outputs side by side, one row per box, where they are lists of boxes."""
    count = row_count(arrays)
    columns = []
    for a in arrays:
        a = a.astype(np.float64)
        if count is None or a.size % count or a.size == 1:
            return None
        columns.append(a.reshape(count, -1))
    return np.concatenate(columns, 1)


def worst_matched(ours, theirs):
    """As `worst` where rows may stand in another order: each of theirs against its nearest of ours."""
    a, b = as_rows(ours), as_rows(theirs)
    if a is None or b is None or a.shape != b.shape:
        return float("inf")
    free, result = list(range(len(a))), 0.0
    allowed = np.concatenate([tolerance(t).reshape(len(b), -1) for t in theirs], 1)
    for row, least in zip(b, allowed):
        difference = np.max(np.abs(a[free] - row) / least, axis=1)
        best = int(np.argmin(difference))
        result = max(result, float(difference[best]))
        free.pop(best)
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--detect", default=".build/release/detect")
    parser.add_argument("--keep")
    parser.add_argument("--only", action="append")
    parser.add_argument("--table")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    folder = arguments.keep or tempfile.mkdtemp()
    os.makedirs(folder, exist_ok=True)
    lines, failed = [], 0
    for make in NETWORKS:
        name = make.__name__
        if arguments.only and name not in arguments.only:
            continue
        model, specification = make()
        path = os.path.join(folder, f"{name}.onnx")
        onnx.save(model, path)
        random = np.random.default_rng(1)
        inputs = feeds(specification, random)
        np.savez(os.path.join(folder, "in.npz"), **inputs)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = arguments.threads
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        theirs = session.run(None, inputs)
        seconds = []
        for _ in range(5):
            start = time.perf_counter()
            session.run(None, inputs)
            seconds.append(time.perf_counter() - start)
        run = subprocess.run(
            [arguments.detect, "infer", "--model", path, "--input", os.path.join(folder, "in.npz"), "--output",
             os.path.join(folder, "out.npz"), "--threads", str(arguments.threads), "--repeat", "5"],
            capture_output=True, text=True)
        if run.returncode:
            print(f"{name}: FAILED: {run.stderr.strip()}")
            lines.append((name, make.__doc__.split("\n")[0], "failed", "", "", len(model.graph.node)))
            failed += 1
            continue
        out = np.load(os.path.join(folder, "out.npz"))
        ours = [out[o.name] for o in model.graph.output]
        difference = max(worst(a, b) for a, b in zip(ours, theirs))
        how = "in order"
        if difference > 1:
            difference, how = worst_matched(ours, theirs), "matched"
        ours_ms = next((float(l.split()[-2]) for l in run.stderr.splitlines() if "fastest run" in l), float("nan"))
        rows = row_count(theirs)
        print(f"{name}: {difference:.3f} of the tolerance ({how}, {rows} rows), {ours_ms:.1f} ms, "
              f"ONNX Runtime {min(seconds) * 1e3:.1f} ms")
        failed += difference > 1
        lines.append((name, make.__doc__.split("\n")[0], f"{difference:.3f} ({how})", f"{ours_ms:.0f}",
                      f"{min(seconds) * 1e3:.0f}", len(model.graph.node)))
    if arguments.table:
        # What network_parity.py wrote after this table stays.
        before = open(arguments.table).read() if os.path.exists(arguments.table) else ""
        after = before[before.index("\n## "):] if "\n## " in before else ""
        with open(arguments.table, "w") as file:
            file.write(TABLE_HEAD)
            for name, what, difference, ours_ms, theirs_ms, nodes in lines:
                file.write(f"| {name} | {what} | {nodes} | {difference} | {ours_ms} | {theirs_ms} |\n")
            file.write(after)
    print(f"{len(lines) - failed} passed, {failed} failed")
    sys.exit(failed > 0)


TABLE_HEAD = """# Networks of other shapes

Written by `Scripts/operator_networks.py --table`: detection networks with published architectures and random
weights, run by `detect infer` and by ONNX Runtime on the same tensors. The difference is in units of the tolerance,
1e-4 + 1e-4 |b| (1e-3 + 1e-4 |b| for boxes in pixels): up to 1 passes. Where equal or nearly equal scores change the order of a list, rows are matched.
Times are the fastest of five runs with two threads on one machine, in milliseconds.

| network | what it is | nodes | difference | detect | ONNX Runtime |
|---|---|---|---|---|---|
"""

if __name__ == "__main__":
    main()
