#!/usr/bin/env python3
"""Writes made-up annotations and results with what pycocotools scores them: Fixtures/evaluation.

The cases are what real data sets rarely have all of: crowds, equal scores, equal overlaps, overlaps
at a threshold, more detections than are looked at, pictures and classes without annotations,
identifiers that are strings or have gaps, areas at the limits of a range and areas of outlines.

Usage: python3 Scripts/generate_evaluation_goldens.py Fixtures/evaluation
"""

import contextlib
import copy
import io
import json
import pathlib
import random
import sys

import numpy
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

NAMES = ["AP", "AP50", "AP75", "AP_S", "AP_M", "AP_L",
         "AR1", "AR10", "AR100", "AR_S", "AR_M", "AR_L"]


def score(annotations, results):
    """The twelve numbers and each category's AP, by pycocotools; null where it gives -1."""
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = copy.deepcopy(annotations)
        truth.createIndex()
        found = truth.loadRes(copy.deepcopy(results)) if results else COCO()
        if not results:
            found.dataset = {**copy.deepcopy(annotations), "annotations": []}
            found.createIndex()
        evaluation = COCOeval(truth, found, "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    known = lambda value: None if value == -1 else float(value)
    classes = []
    for index in range(len(evaluation.params.catIds)):
        precision = evaluation.eval["precision"][:, :, index, 0, 2]
        precision = precision[precision > -1]
        classes.append(float(numpy.mean(precision)) if precision.size else None)
    summary = {name: known(value) for name, value in zip(NAMES, evaluation.stats)}
    return {"summary": summary, "classes": classes}


def box(generator, largest=200):
    side = lambda: round(2 ** generator.uniform(2.5, 8) % largest + 2, 1)
    return [round(generator.uniform(0, 400), 1), round(generator.uniform(0, 400), 1), side(), side()]


def case(seed, images, categories, objects, found, crowds=0.0, coarse=False, area=1.0):
    """A random case: detections are shaken copies of annotations, and strays."""
    generator = random.Random(seed)
    annotations = {
        "images": [{"id": image, "file_name": f"{image}.jpg", "width": 640, "height": 640}
                   for image in images],
        "categories": [{"id": category, "name": f"class {category}"} for category in categories],
        "annotations": [],
    }
    results = []
    # The last image and the last category stay without annotations.
    for number in range(objects):
        image = generator.choice(images[:-1] or images)
        category = generator.choice(categories[:-1] or categories)
        rectangle = box(generator)
        if coarse:
            rectangle = [float(round(value / 16) * 16 + 16) for value in rectangle]
        annotations["annotations"].append({
            "id": number * 3 + 1, "image_id": image, "category_id": category, "bbox": rectangle,
            "area": round(rectangle[2] * rectangle[3] * area, 3),
            "iscrowd": int(generator.random() < crowds)})
    for _ in range(found):
        if annotations["annotations"] and generator.random() < 0.7:
            target = generator.choice(annotations["annotations"])
            scale = generator.choice([0, 0.03, 0.1, 0.3])
            rectangle = [round(value + generator.gauss(0, 1) * scale * target["bbox"][2], 2)
                         for value in target["bbox"]]
            if coarse:
                rectangle = [value + generator.choice([0, 0, 8, 16]) for value in target["bbox"]]
            rectangle[2:] = [max(value, 0.5) for value in rectangle[2:]]
            image, category = target["image_id"], target["category_id"]
            if generator.random() < 0.1:
                category = generator.choice(categories)
        else:
            image, category = generator.choice(images), generator.choice(categories)
            rectangle = box(generator)
        results.append({
            "image_id": image, "category_id": category, "bbox": rectangle,
            "score": round(generator.random(), 1 if coarse else 3)})
    return annotations, results


def hand_made():
    """Overlaps of exactly 0.5 and 0.75, areas of exactly 32² and 96², a crowd over everything."""
    annotations = {
        "images": [{"id": 7, "file_name": "a.jpg"}, {"id": 3, "file_name": "b.jpg"}],
        "categories": [{"id": 90, "name": "late"}, {"id": 2, "name": "early"}],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 2, "bbox": [0, 0, 32, 32], "area": 1024,
             "iscrowd": 0},
            {"id": 2, "image_id": 7, "category_id": 2, "bbox": [100, 0, 96, 96], "area": 9216,
             "iscrowd": 0},
            {"id": 3, "image_id": 7, "category_id": 2, "bbox": [0, 0, 640, 640], "area": 409600,
             "iscrowd": 1},
            {"id": 4, "image_id": 3, "category_id": 90, "bbox": [10, 10, 40, 20], "area": 500,
             "iscrowd": 0, "ignore": 1},
            {"id": 5, "image_id": 3, "category_id": 90, "bbox": [10, 10, 40, 20], "area": 800,
             "iscrowd": 0},
        ],
    }
    found = lambda image, category, rectangle, value: {
        "image_id": image, "category_id": category, "bbox": rectangle, "score": value}
    results = [
        found(7, 2, [0, 0, 32, 16], 0.9), found(7, 2, [0, 0, 32, 24], 0.9),
        found(7, 2, [100, 0, 96, 96], 0.5), found(7, 2, [300, 300, 20, 20], 0.95),
        found(7, 2, [620, 620, 100, 100], 0.4), found(3, 90, [10, 10, 40, 20], 0.3),
        found(3, 90, [10, 10, 40, 10], 0.3), found(3, 90, [10, 10, 80, 20], 0.3),
        found(3, 2, [0, 0, 5, 5], 0.99),
    ]
    return annotations, results


def cases():
    yield "hand-made", hand_made()
    yield "nothing-found", case(1, [1, 2, 3], [1, 2], 8, 0)
    yield "nothing-labelled", case(2, [1, 2], [1, 2], 0, 12)
    yield "crowds", case(3, [5, 9, 1000, 17], [3, 1, 8], 40, 90, crowds=0.3)
    yield "equal-scores", case(4, [4, 2, 8, 6], [1, 2], 50, 150, coarse=True)
    yield "texts", case(5, ["b", "a10", "a9", "é", "Z"], ["dog", "Cat", "x"], 40, 80, crowds=0.1)
    yield "many", case(6, [1, 2], [1, 2], 20, 320, crowds=0.05)
    yield "outlines", case(7, [1, 2, 3, 4], [10, 20, 30], 60, 120, area=0.6)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, (annotations, results) in cases():
        content = {"annotations": annotations, "results": results,
                   "expected": score(annotations, results)}
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        print(name, content["expected"]["summary"]["AP"])


if __name__ == "__main__":
    main()
