"""What the comparison scripts share: arguments, the models under comparison, running `detect`."""

import argparse
import json
import os
import pathlib
import subprocess
import sys


def parser(description):
    """An argument parser with the options that every comparison has."""
    result = argparse.ArgumentParser(description=description)
    result.add_argument("--detect", default=".build/release/detect", help="the program")
    result.add_argument("--shared", default="../shared", type=pathlib.Path,
                        help="folder with models, photos and reference results")
    result.add_argument("--models", default="models", type=pathlib.Path,
                        help="folder that `detect models fetch` filled")
    return result


class OpenModel:
    """A published detector with reference results."""

    def __init__(self, name, file, weights, golden, ap_key):
        self.name = name
        self.file = file
        self.weights = weights
        self.golden = golden
        self.ap_key = ap_key

    def arguments(self):
        result = ["--model", str(self.file)]
        return result + (["--weights", str(self.weights)] if self.weights else [])


def open_models(options):
    """The five open models of `shared`, one of them with weights that the catalogue fetches."""
    shared = options.shared / "models"
    return [
        OpenModel("yolox_nano_416", shared / "yolox_nano_416.onnx", None,
                  "coco_yolox_nano_416.json", "yolox_nano_416 (Kazuhito onnx)"),
        OpenModel("fastestdet_352", shared / "fastestdet_352.onnx", None,
                  "coco_fastestdet_352.json", "fastestdet_352"),
        OpenModel("yolo-fastest-1.1", shared / "yolo-fastest-1.1.cfg", None,
                  "darknet_yolo-fastest-1.1.json", "darknet C yolo-fastest-1.1"),
        OpenModel("yolo-fastest-1.1-xl", shared / "yolo-fastest-1.1-xl.cfg", None,
                  "darknet_yolo-fastest-1.1-xl.json", "darknet C yolo-fastest-1.1-xl"),
        OpenModel("yolov3-tiny-mask123", shared / "yolov3-tiny-mask123.cfg",
                  options.models / "yolov3-tiny.weights",
                  "darknet_yolov3-tiny-mask123.json", "darknet C yolov3-tiny-mask123"),
    ]


def run(options, arguments, environment=None, check=True):
    """Runs `detect` and returns its standard output; ends the script with its message if it fails.
    """
    variables = {**os.environ, **(environment or {})}
    command = [options.detect, *map(str, arguments)]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=variables)
    if check and result.returncode != 0:
        sys.exit(f"{' '.join(command)}\nexit {result.returncode}: "
                 + result.stderr.decode(errors="replace"))
    return result.stdout


def records(output):
    """The JSON records of a run, by path."""
    return {record["path"]: record for record in map(json.loads, output.splitlines())}
