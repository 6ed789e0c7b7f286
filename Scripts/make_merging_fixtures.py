"""Writes Fixtures/merging/weighted_boxes_fusion.json: what the package ensemble-boxes 1.0.9, by the
authors of weighted boxes fusion (arXiv:1910.13302), makes of seeded boxes.

    python3 -m pip install ensemble-boxes==1.0.9
    python3 Scripts/make_merging_fixtures.py
"""

import json
import pathlib
import random

from ensemble_boxes import weighted_boxes_fusion

MODELS = 3


def boxes(generator, count):
    """Seen objects: [x1, y1, x2, y2, score, class, model], coordinates in 0...1."""
    centres = [(generator.random() * 0.8, generator.random() * 0.8) for _ in range(count // 6 + 1)]
    rows = []
    for _ in range(count):
        x, y = generator.choice(centres)
        x, y = x + generator.random() * 0.03, y + generator.random() * 0.03
        width, height = 0.1 + generator.random() * 0.08, 0.1 + generator.random() * 0.08
        rows.append(
            [round(value, 6) for value in (x, y, x + width, y + height, generator.random())]
            + [generator.randrange(2), generator.randrange(MODELS)]
        )
    return rows


def fused(rows, threshold, conf_type):
    lists = [[row for row in rows if row[6] == model] for model in range(MODELS)]
    result = weighted_boxes_fusion(
        [[row[:4] for row in rows] for rows in lists],
        [[row[4] for row in rows] for rows in lists],
        [[row[5] for row in rows] for rows in lists],
        iou_thr=threshold,
        conf_type=conf_type,
    )
    order = sorted(range(len(result[1])), key=lambda index: -result[1][index])
    return [
        [float(value) for value in result[0][index]]
        + [float(result[1][index]), int(result[2][index])]
        for index in order
    ]


def main():
    generator = random.Random(1910)
    cases = []
    for count in (1, 7, 40, 90):
        for threshold in (0.4, 0.55, 0.7):
            for score in ("avg", "max"):
                rows = boxes(generator, count)
                cases.append(
                    {"threshold": threshold, "score": score, "models": MODELS, "boxes": rows,
                     "fused": fused(rows, threshold, score)}
                )
    path = pathlib.Path(__file__).parent.parent / "Fixtures/merging/weighted_boxes_fusion.json"
    path.parent.mkdir(exist_ok=True)
    text = ",\n".join(json.dumps(case) for case in cases)
    path.write_text('{"cases": [\n' + text + "\n]}\n")
    print(path, len(cases), "cases")


if __name__ == "__main__":
    main()
