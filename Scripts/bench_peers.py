#!/usr/bin/env python3
"""Network time of `detect bench` beside onnxruntime, OpenVINO and ncnn, all taking turns.

Every program has its own process. A ratio is our median divided by theirs, of the same round; the
median of the rounds is printed. Models: those of the shared folder and the catalogue, or the files
given (`MODEL.onnx` or `MODEL.onnx@WxH`).

Usage: python Scripts/bench_peers.py [--threads 1,2] [--rounds 5] [--runs 20] [--only ort,ov]
       [--precision f32|bf16] [--json FILE] [MODEL.onnx[@WxH] …]
"""

import importlib.util
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

import comparison

PEERS = {"ort": "onnxruntime f32", "ov": "OpenVINO f32", "ov-default": "OpenVINO default",
         "ncnn": "ncnn f32"}
F32_PEERS = ["ort", "ov", "ncnn"]


# In the peer's process


def make_ort(model, shape, threads):
    import numpy
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(resized(model, shape), options,
                                           providers=["CPUExecutionProvider"])
    inputs = {session.get_inputs()[0].name:
              numpy.random.default_rng(0).random(shape, dtype=numpy.float32)}
    return lambda: session.run(None, inputs)


def make_openvino(model, shape, threads, precision):
    import numpy
    import openvino
    network = openvino.Core().read_model(model)
    network.reshape(shape)
    settings = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
    if precision:
        settings["INFERENCE_PRECISION_HINT"] = precision
    request = openvino.Core().compile_model(network, "CPU", settings).create_infer_request()
    picture = numpy.random.default_rng(0).random(shape, dtype=numpy.float32)
    request.set_input_tensor(openvino.Tensor(picture))
    return request.infer


def make_ncnn(model, shape, threads):
    import ncnn
    import numpy
    network = ncnn.Net()
    network.opt.num_threads = threads
    for option in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic",
                   "use_bf16_storage"):
        setattr(network.opt, option, False)
    stem = ncnn_files(model, shape)
    if network.load_param(stem + ".param") or network.load_model(stem + ".bin"):
        sys.exit("ncnn cannot load its own model")
    values = numpy.random.default_rng(0).random(shape[1:], dtype=numpy.float32)
    picture = ncnn.Mat(values).clone()  # made of `values`' own memory, which must still be there
    names = network.input_names()[0], network.output_names()

    def run():
        extractor = network.create_extractor()
        extractor.input(names[0], picture)
        for name in names[1]:
            extractor.extract(name)

    return run


def ncnn_files(model, shape):
    """The model converted by pnnx, beside nothing of the user's: in the scratch folder."""
    folder = pathlib.Path(".build/peers") / f"{model.stem}-{'x'.join(map(str, shape))}"
    if not list(folder.glob("*.ncnn.param")):
        # The package itself needs torch; its program does not.
        package = importlib.util.find_spec("pnnx").submodule_search_locations[0]
        program = next(path for path in sorted(pathlib.Path(package).rglob("pnnx*"))
                       if path.is_file() and os.access(path, os.X_OK)
                       and path.suffix in ("", ".exe"))
        folder.mkdir(parents=True, exist_ok=True)
        copy = folder / model.name
        source = resized(model, shape)
        copy.write_bytes(source if isinstance(source, bytes) else pathlib.Path(source).read_bytes())
        subprocess.run([str(program.resolve()), copy.name,
                        "inputshape=[" + ",".join(map(str, shape)) + "]"],
                       cwd=folder, check=True, stdout=subprocess.DEVNULL)
    # The converter changes some characters of names.
    return str(next(folder.glob("*.ncnn.param"))).removesuffix(".param")


def resized(model, shape):
    """The path, or the bytes of the model with other input sizes where the file states others."""
    import onnx
    network = onnx.load(model)
    sizes = network.graph.input[0].type.tensor_type.shape.dim
    if [size.dim_value for size in sizes] == list(shape):
        return str(model)
    for size, wanted in zip(sizes, shape):
        size.dim_value = wanted
    # Old exporters list the weights as inputs, which keeps runtimes from preparing them.
    weights = {tensor.name for tensor in network.graph.initializer}
    for value in [value for value in network.graph.input if value.name in weights]:
        network.graph.input.remove(value)
    del network.graph.value_info[:]
    for output in network.graph.output:
        output.type.tensor_type.ClearField("shape")
    return network.SerializeToString()


def serve(peer, model, shape, threads):
    """Answers every line `N` on standard input with the median milliseconds of N runs."""
    run = {"ort": lambda: make_ort(model, shape, threads),
           "ov": lambda: make_openvino(str(model), shape, threads, "f32"),
           "ov-default": lambda: make_openvino(str(model), shape, threads, None),
           "ncnn": lambda: make_ncnn(model, shape, threads)}[peer]()
    run()
    print("ready", flush=True)
    for line in sys.stdin:
        run()
        times = []
        for _ in range(int(line)):
            start = time.perf_counter()
            run()
            times.append((time.perf_counter() - start) * 1000)
        print(statistics.median(times), flush=True)


# In the process that compares


class Peer:
    """A peer's process."""

    def __init__(self, name, model, shape, threads):
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--serve", name, str(model),
             ",".join(map(str, shape)), str(threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.is_ready = self.process.stdout.readline().strip() == "ready"

    def milliseconds(self, runs):
        print(runs, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def declared_shape(model):
    import onnx
    sizes = onnx.load(model, load_external_data=False).graph.input[0].type.tensor_type.shape.dim
    return [1, 3] + [size.dim_value or 640 for size in sizes[2:]]


def compare(options, model, shape, threads):
    """A record of the medians and ratios of one model and thread count."""
    names = options.only.split(",") if options.only else list(PEERS)
    peers = {name: Peer(name, model, shape, threads) for name in names}
    for name in [name for name, peer in peers.items() if not peer.is_ready]:
        print(f"{model.stem}: {PEERS[name]} cannot run it", file=sys.stderr)
        peers.pop(name).end()
    ours, theirs = [], {name: [] for name in peers}
    for _ in range(options.rounds):
        output = comparison.run(options, [
            "bench", "--model", model, "--threads", threads, "--runs", options.runs, "--batch", 1,
            "--imgsz", f"{shape[3]}x{shape[2]}", "--precision", options.precision, "--json"])
        ours.append(json.loads(output)["median_ms"])
        for name, peer in peers.items():
            theirs[name].append(peer.milliseconds(options.runs))
    for peer in peers.values():
        peer.end()
    record = {"model": model.stem, "size": f"{shape[3]}x{shape[2]}", "threads": threads,
              "precision": options.precision, "detect_ms": statistics.median(ours),
              "peers_ms": {name: statistics.median(times) for name, times in theirs.items()},
              "ratios": {name: statistics.median(a / b for a, b in zip(ours, times))
                         for name, times in theirs.items()}}
    f32 = [record["ratios"][name] for name in F32_PEERS if name in theirs]
    if f32:
        record["ratio_to_best_f32"] = max(f32)
    return record


def report(record):
    parts = [f"{PEERS[name]} {milliseconds:.1f} ({record['ratios'][name]:.2f})"
             for name, milliseconds in record["peers_ms"].items()]
    best = record.get("ratio_to_best_f32")
    print(f"{record['model']:14} {record['size']:>8} {record['threads']} thr "
          f"{record['precision']}: detect {record['detect_ms']:6.2f} ms, " + ", ".join(parts)
          + (f"; to the best f32 {best:.2f}" if best else ""), flush=True)


def default_models(options):
    from darknet_to_onnx import convert
    shared = options.shared / "models"
    models = [(path, None) for path in sorted((shared / "speed").glob("*.onnx"))]
    models.append((options.models / "centerface.onnx", [1, 3, 480, 640]))
    models.append((shared / "yolox_nano_416.onnx", None))
    if (options.models / "yolov3-tiny.weights").exists():
        models.append((convert(options.models / "yolov3-tiny.cfg",
                               options.models / "yolov3-tiny.weights",
                               pathlib.Path(".build/peers/yolov3-tiny.onnx")), None))
    return [(path, shape) for path, shape in models if path.exists()]


def given_model(text):
    path, _, size = text.partition("@")
    if not size:
        return pathlib.Path(path), None
    width, _, height = size.partition("x")
    return pathlib.Path(path), [1, 3, int(height or width), int(width)]


def main():
    if sys.argv[1:2] == ["--serve"]:
        peer, model, shape, threads = sys.argv[2:6]
        return serve(peer, pathlib.Path(model), list(map(int, shape.split(","))), int(threads))
    arguments = comparison.parser(__doc__.split("\n")[0])
    arguments.add_argument("--threads", default="1,2")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--runs", type=int, default=20)
    arguments.add_argument("--only", help="some of " + ", ".join(PEERS))
    arguments.add_argument("--precision", default="f32")
    arguments.add_argument("--json", type=pathlib.Path, help="also write the figures there")
    arguments.add_argument("model", nargs="*")
    options = arguments.parse_args()
    records = []
    for model, shape in map(given_model, options.model) if options.model else default_models(options):
        for threads in map(int, options.threads.split(",")):
            records.append(compare(options, model, shape or declared_shape(model), threads))
            report(records[-1])
            if options.json:
                options.json.write_text(json.dumps(records, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
