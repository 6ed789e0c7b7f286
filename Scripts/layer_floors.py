#!/usr/bin/env python3
"""How far each layer of a network is from the least time that its arithmetic takes on this machine.

The floor of a convolution is its multiply-adds, as the algorithm chosen for it does them (Winograd:
36 products for 16 outputs, 81 with stride 2; channels in whole vectors; the transforms not counted),
at the peak that `detect bench --layers` measures, and one SiLU a vector of outputs where the model
has SiLU behind it, at the time that this takes alone.

Usage: python Scripts/layer_floors.py MODEL.onnx [--threads 1] [--imgsz WxH] [--all]
"""

import argparse
import json
import math
import subprocess

SILU_NS = 2.3  # a vector of 16 floats, measured with the values in the first cache
LANES = 16


def measured(options):
    command = [options.detect, "bench", "--model", options.model, "--threads",
               str(options.threads), "--runs", "20", "--layers"]
    if options.imgsz:
        command += ["--imgsz", options.imgsz]
    text = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
    peak = next(float(line.split()[1]) for line in text.splitlines() if line.startswith("peak"))
    report = subprocess.run(command + ["--json"], stdout=subprocess.PIPE, check=True).stdout
    return peak, json.loads(report)


def arithmetic(layer):
    """Multiply-adds that the layer's kernel does."""
    count, output, kernel = layer.get("multiply_adds") or 0, layer["output"], layer["kernel"] or ""
    if not layer["operation"].startswith("Conv") or len(output) != 4:
        return count
    _, channels, height, width = output
    padded = math.ceil(channels / LANES) * LANES / channels
    tiles = math.ceil(height / 4) * math.ceil(width / 4)
    if kernel.startswith("winograd"):
        products = 81 if kernel.endswith("s2") else 36
        return count / (height * width * 9) * tiles * products * padded
    return count * padded


def vectors(layer, has_silu):
    output = layer["output"]
    if not has_silu or layer["operation"] != "Conv" or len(output) != 4:
        return 0
    return output[0] * math.ceil(output[1] / LANES) * output[2] * output[3]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model")
    parser.add_argument("--detect", default=".build/release/detect", help="the program")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--imgsz")
    parser.add_argument("--no-silu", action="store_true", help="the network has other activations")
    parser.add_argument("--all", action="store_true", help="every layer, farthest from its floor first")
    options = parser.parse_args()
    peak, report = measured(options)
    rows = []
    for layer in report["layers"]:
        sums = arithmetic(layer) * 2 / (peak * 1e6)
        silu = vectors(layer, not options.no_silu) * SILU_NS * 1e-6 / options.threads
        rows.append((layer["kernel"] or layer["operation"], layer["ms"], sums, silu, layer))
    print(f"{report['model']}, {options.threads} threads, peak {peak:.0f} GFLOP/s, "
          f"median {report['median_ms']:.2f} ms")
    print(f"{'kernel':22} {'layers':>6} {'ms':>8} {'products':>9} {'SiLU':>6} {'share':>6}")
    kernels = sorted({row[0] for row in rows}, key=lambda k: -sum(r[1] for r in rows if r[0] == k))
    for kernel in kernels + [None]:
        of = [row for row in rows if kernel in (row[0], None)]
        ms, sums, silu = (sum(row[i] for row in of) for i in (1, 2, 3))
        print(f"{kernel or 'all':22} {len(of):6} {ms:8.2f} {sums:9.2f} {silu:6.2f} "
              f"{(sums + silu) / ms if ms else 0:6.0%}")
    if options.all:
        for kernel, ms, sums, silu, layer in sorted(rows, key=lambda row: row[2] + row[3] - row[1]):
            print(f"{ms:8.3f} ms, floor {sums + silu:8.3f}  {kernel:18} "
                  f"{'x'.join(map(str, layer['output'])):16} {layer['node']}")


if __name__ == "__main__":
    main()
