#!/usr/bin/env python3
"""Images a second of a whole run over a folder, decoding and boxes included: `detect run` against
scripts of onnxruntime and OpenVINO with Pillow, as two processes and as one with two threads.

All take turns, in f32 unless `--precision bf16` is given: then `detect` runs in bf16 and OpenVINO
chooses for itself, which is bf16 where the processor has it.

Usage: python Scripts/bench_folder.py FOLDER [--model YOLOV8.onnx] [--count 100] [--runs 3]

Needs onnxruntime, openvino, numpy and Pillow. The default model has no training and gives boxes by
the thousand, whose suppression would be measured: with `--conf 1` none is left. Give a trained model
a threshold of its own.
"""

import multiprocessing
import multiprocessing.pool
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import comparison

PEERS = [(engine, workers) for engine in ("onnxruntime", "openvino")
         for workers in ("processes", "threads")]


def opened(engine, model, precision, lowest):
    """A function from a photo to a record."""
    import peer_onnxruntime
    if engine == "onnxruntime":
        session = peer_onnxruntime.opened(model, 1)
        name, side = session.get_inputs()[0].name, session.get_inputs()[0].shape[-1]
        return lambda photo: peer_onnxruntime.detected(
            photo, side, lambda tensor: session.run(None, {name: tensor})[0], lowest)
    import openvino
    import threading
    settings = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1}
    if precision == "f32":
        settings["INFERENCE_PRECISION_HINT"] = "f32"
    if multiprocessing.parent_process() is None:  # Two threads of this process share the network.
        settings.update(INFERENCE_NUM_THREADS=2, NUM_STREAMS=2)
    compiled = openvino.Core().compile_model(model, "CPU", settings)
    side = list(compiled.input(0).shape)[-1]
    own = threading.local()

    def run(tensor):
        if not hasattr(own, "request"):
            own.request = compiled.create_infer_request()
        return own.request.infer([tensor])[compiled.output(0)]

    return lambda photo: peer_onnxruntime.detected(photo, side, run, lowest)


def begin(*arguments):
    global work_on
    work_on = opened(*arguments)


def work(photo):
    return work_on(photo)


def peer(engine, workers, model, precision, lowest, photo_list):
    """What another program does, in a process of its own."""
    photos = pathlib.Path(photo_list).read_text().splitlines()
    arguments = (engine, model, precision, float(lowest))
    if workers == "threads":
        begin(*arguments)
        pool = multiprocessing.pool.ThreadPool(2)
    else:
        pool = multiprocessing.Pool(2, initializer=begin, initargs=arguments)
    with pool:
        for line in pool.imap(work, photos, chunksize=1 if workers == "threads" else 4):
            print(line)


def seconds(command, count):
    begun = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=300,
                          check=True)
    elapsed = time.perf_counter() - begun
    if done.stdout.count(b"\n") != count:
        sys.exit(f"{done.stdout.count(10)} records, not {count}: {command}")
    return elapsed


def main():
    if sys.argv[1:2] == ["--peer"]:
        return peer(*sys.argv[2:])
    arguments = comparison.parser(__doc__.split("\n")[0])
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--model", type=pathlib.Path)
    arguments.add_argument("--count", type=int, default=100)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--conf", type=float, default=1.0)
    arguments.add_argument("--precision", choices=["f32", "bf16"], default="f32")
    options = arguments.parse_args()
    model = options.model or options.shared / "models" / "speed" / "yolov8n_640.onnx"
    photos = sorted(p for p in options.folder.iterdir() if p.suffix in (".jpg", ".png"))
    photos = photos[:options.count]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as listed:
        listed.write("".join(f"{photo}\n" for photo in photos))
        listed.flush()
        return compare(options, model, len(photos), listed.name)


def compare(options, model, count, listed):
    commands = {"detect": [
        options.detect, "run", "--files-from", listed, "--model", model, "--workers", "2",
        "--threads", "1", "--conf", options.conf, "--precision", options.precision, "--quiet"]}
    for engine, workers in PEERS:
        commands[f"{engine}, 2 {workers}"] = [
            sys.executable, __file__, "--peer", engine, workers, model, options.precision,
            options.conf, listed]
    times = {name: [] for name in commands}
    for _ in range(options.runs):
        for name, command in commands.items():
            times[name].append(seconds(list(map(str, command)), count))
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name:24} {count / median:6.1f} images/s ({median:.2f} s)")
    best = min((statistics.median(v), n) for n, v in times.items() if n != "detect")[1]
    ratio = statistics.median(a / b for a, b in zip(times[best], times["detect"]))
    print(f"detect makes {ratio:.2f} times the images a second of {best}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
