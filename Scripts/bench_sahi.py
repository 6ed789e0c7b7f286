#!/usr/bin/env python3
"""Sliced detection beside the Python package `sahi`: average precision on coco128-val and the time
of the whole process.

Both run the same ONNX file (YOLOX-nano, 416) over the same slices with the same score threshold on
two threads: sahi through a small detection model around ONNX Runtime, written below. Accuracy is
measured at a score threshold of 0.001, time also at 0.25; the programs take turns.

Usage: python Scripts/bench_sahi.py [--shared ../shared] [--slice 512] [--rounds 3]
Needs: sahi, onnxruntime, opencv-python-headless, pycocotools
"""

import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import comparison

WORKER = "--worker"


def make_model(path, threshold, threads):
    """sahi's view of a YOLOX network: letterbox, run, decode, suppress per class at IoU 0.45."""
    import cv2
    import numpy
    import onnxruntime
    from sahi.models.base import DetectionModel
    from sahi.prediction import ObjectPrediction

    side = 416

    class YOLOXModel(DetectionModel):
        def load_model(self):
            settings = onnxruntime.SessionOptions()
            settings.intra_op_num_threads = threads
            self.set_model(onnxruntime.InferenceSession(
                self.model_path, settings, providers=["CPUExecutionProvider"]))

        def set_model(self, model, **_):
            self.model = model
            grids = []
            for stride in (8, 16, 32):
                rows, columns = numpy.mgrid[:side // stride, :side // stride]
                count = rows.size
                grids.append(numpy.stack(
                    [columns.ravel(), rows.ravel(), numpy.full(count, stride)], axis=1))
            self.grid = numpy.concatenate(grids).astype(numpy.float32)

        @property
        def has_mask(self):
            return False

        @property
        def num_categories(self):
            return 80

        @property
        def category_names(self):
            return [str(index) for index in range(80)]

        def perform_inference(self, image):
            height, width = image.shape[:2]
            ratio = min(side / height, side / width)
            resized = cv2.resize(
                image, (int(width * ratio), int(height * ratio)), interpolation=cv2.INTER_LINEAR)
            canvas = numpy.full((side, side, 3), 114, numpy.uint8)
            canvas[:resized.shape[0], :resized.shape[1]] = resized
            blob = canvas[:, :, ::-1].transpose(2, 0, 1)[None].astype(numpy.float32)
            rows = self.model.run(None, {self.model.get_inputs()[0].name: blob})[0][0]
            centers = (rows[:, :2] + self.grid[:, :2]) * self.grid[:, 2:]
            sizes = numpy.exp(rows[:, 2:4]) * self.grid[:, 2:]
            boxes = numpy.concatenate([centers - sizes / 2, centers + sizes / 2], axis=1) / ratio
            scores = rows[:, 4:5] * rows[:, 5:]
            cells, classes = numpy.nonzero(scores > self.confidence_threshold)
            found = []
            scores = scores[cells, classes]
            boxes = boxes[cells]
            extents = numpy.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
            if len(cells):
                for index in cv2.dnn.NMSBoxesBatched(extents, scores, classes, 0.0, 0.45):
                    found.append((boxes[index], float(scores[index]), int(classes[index])))
            found.sort(key=lambda entry: -entry[1])
            self._original_predictions = found[:300]
            self._shape = (height, width)

        def _create_object_prediction_list_from_original_predictions(
                self, shift_amount_list=((0, 0),), full_shape_list=None):
            # One pair, or a list of one pair.
            def first(values, default):
                if not values:
                    return default
                return values[0] if isinstance(values[0], (list, tuple)) else values

            shift = first(shift_amount_list, [0, 0])
            shape = first(full_shape_list, None)
            height, width = self._shape
            predictions = []
            for box, score, class_id in self._original_predictions:
                left, right = numpy.clip(box[[0, 2]], 0, width)
                top, bottom = numpy.clip(box[[1, 3]], 0, height)
                if right <= left or bottom <= top:
                    continue
                predictions.append(ObjectPrediction(
                    bbox=[float(left), float(top), float(right), float(bottom)],
                    category_id=class_id, category_name=str(class_id), score=score,
                    shift_amount=[int(value) for value in shift], full_shape=shape))
            self._object_prediction_list_per_image = [predictions]

    return YOLOXModel(model_path=path, confidence_threshold=threshold, device="cpu")


def work(model_path, folder, output, threshold, side):
    """What the measured Python process does."""
    from sahi.predict import get_sliced_prediction

    model = make_model(model_path, float(threshold), 2)
    results = []
    for path in sorted(pathlib.Path(folder).iterdir()):
        found = get_sliced_prediction(
            str(path), model, slice_height=int(side), slice_width=int(side),
            overlap_height_ratio=0.2, overlap_width_ratio=0.2, verbose=0)
        for prediction in found.object_prediction_list:
            box = prediction.bbox
            results.append({
                "image_id": path.name, "category_id": prediction.category.id,
                "score": float(prediction.score.value),
                "bbox": [box.minx, box.miny, box.maxx - box.minx, box.maxy - box.miny]})
    pathlib.Path(output).write_text(json.dumps(results))


def evaluate(annotations, results):
    """AP, AP50 and AP by size."""
    import contextlib
    import io

    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(annotations))
        evaluation = COCOeval(truth, truth.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    names = {"AP": 0, "AP50": 1, "AP_S": 3, "AP_M": 4, "AP_L": 5}
    return {name: evaluation.stats[index] for name, index in names.items()}


def named(results_path, annotations):
    """sahi's results with the annotations' ids."""
    truth = json.loads(pathlib.Path(annotations).read_text())
    images = {image["file_name"]: image["id"] for image in truth["images"]}
    categories = sorted(category["id"] for category in truth["categories"])
    results = json.loads(pathlib.Path(results_path).read_text())
    for result in results:
        result["image_id"] = images[result["image_id"]]
        result["category_id"] = categories[result["category_id"]]
    return results


def timed(command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main():
    if len(sys.argv) > 1 and sys.argv[1] == WORKER:
        work(*sys.argv[2:])
        return 0
    arguments = comparison.parser(__doc__.split("\n")[0])
    arguments.add_argument("--slice", type=int, default=512)
    arguments.add_argument("--rounds", type=int, default=3)
    options = arguments.parse_args()
    folder = options.shared / "datasets" / "coco128-val"
    annotations = folder / "annotations.json"
    images = folder / "images"
    model = options.shared / "models" / "yolox_nano_416.onnx"
    with tempfile.TemporaryDirectory() as scratch:
        for threshold in ("0.001", "0.25"):
            theirs = [sys.executable, __file__, WORKER, str(model), str(images),
                      f"{scratch}/sahi.json", threshold, str(options.slice)]
            ours = [options.detect, str(images), "--model", str(model), "--pyramid", "tiles",
                    "--slice-height", str(options.slice), "--slice-width", str(options.slice),
                    "--conf", threshold, "--threads", "2", "--format", "coco",
                    "--data", str(annotations), "--output", f"{scratch}/ours.json"]
            times = {"sahi": [], "detect": []}
            for _ in range(options.rounds):
                times["sahi"].append(timed(theirs))
                times["detect"].append(timed(ours))
            scores = {
                "sahi": evaluate(annotations, named(f"{scratch}/sahi.json", annotations)),
                "detect": evaluate(annotations, f"{scratch}/ours.json")}
            for name in ("sahi", "detect"):
                cells = "  ".join(f"{key} {value:.4f}" for key, value in scores[name].items())
                print(f"conf {threshold}  {name:7} {cells}  "
                      f"{statistics.median(times[name]):6.2f} s", flush=True)
            ratio = statistics.median(
                ours / theirs for ours, theirs in zip(times["detect"], times["sahi"]))
            print(f"conf {threshold}  AP {scores['detect']['AP'] - scores['sahi']['AP']:+.4f}, "
                  f"time x {ratio:.3f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
