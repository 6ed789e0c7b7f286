#!/usr/bin/env python3
"""Average precision on coco128-val of the open models, by pycocotools, next to the reference.

Boxes are cut to the picture for the Darknet models, as Darknet does before it writes results, and
left alone for the others. Their references do not say whether they were cut; FastestDet, whose boxes
leave the picture most, scores 0.017 more AP when they are, and equals its reference when not.

Usage: python Scripts/coco_ap.py [--shared ../shared] [--models models] [--tolerance 0.003]
"""

import contextlib
import io
import json
import sys
import tempfile

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

import comparison


def evaluate(annotations, results):
    """AP, AP50 and AP of large objects."""
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(annotations))
        evaluation = COCOeval(truth, truth.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return {"AP": evaluation.stats[0], "AP50": evaluation.stats[1], "APl": evaluation.stats[5]}


def main():
    arguments = comparison.parser(__doc__.split("\n")[0])
    arguments.add_argument("--tolerance", type=float, default=0.003)
    options = arguments.parse_args()
    folder = options.shared / "datasets" / "coco128-val"
    annotations = folder / "annotations.json"
    references = json.loads((options.shared / "golden" / "coco128val_map.json").read_text())
    failures = 0
    for model in comparison.open_models(options):
        golden = json.loads((options.shared / "golden" / model.golden).read_text())
        iou = "0.65" if "0.65" in golden["tool"] else "0.45"
        with tempfile.TemporaryDirectory() as scratch:
            results = f"{scratch}/results.json"
            comparison.run(options, [
                *model.arguments(), "--conf", "0.001", "--iou", iou,
                "--clip" if "darknet" in golden["tool"] else "--no-clip", "--format", "coco",
                "--data", annotations, "--output", results, folder / "images"])
            ours = evaluate(annotations, results)
        reference = references[model.ap_key]
        cells = []
        for name, value in reference.items():
            difference = ours[name] - value
            failures += abs(difference) > options.tolerance
            cells.append(f"{name} {ours[name]:.4f} ({value:.4f}, {difference:+.4f})")
        print(f"{model.name:22} " + "  ".join(cells))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
