#!/usr/bin/env python3
"""Reads what detect writes with the programs whose formats they are.

Usage: format_parity.py --detect PROGRAM [--model MODEL] [PHOTO…]

`make parity-formats` installs them. MODEL is looked up in DETECT_MODELS.

coco: COCO.loadRes and COCOeval of pycocotools; voc: the reader of LabelImg, and its writer, given the same
boxes, writes the same bytes but for the confidence; megadetector: its validator and its loader;
yolo, ultralytics, darknet: what those programs' print statements make of the numbers read is the
file, byte for byte. All boxes are those of the JSON records, to the decimals of the format. A file that is no picture is
among the inputs. Exit 1 when something differs.
"""

import argparse
import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile

FAILED = 'broken.jpg'
problems = []


def expect(holds, what):
    if not holds:
        problems.append(what)


def near(a, b, step):
    return abs(a - b) <= step * 0.500001 + 1e-12


def detect(options, photos, output, name):
    """Runs detect; the error exit is for the broken file."""
    command = [options.detect, 'run', photos, '--model', options.model, '--conf', options.conf,
               '--output', output, '--format', name, '--quiet']
    if name == 'coco':
        command += ['--data', os.path.join(os.path.dirname(output), 'annotations.json')]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    expect(done.returncode == 1, f'{name}: exit {done.returncode}: {done.stderr.strip()}')


def annotations(records):
    """COCO annotations that know the pictures and the classes, with every detection as the truth."""
    images, categories, truth = [], {}, []
    for record in records:
        images.append({'id': len(images) + 11, 'file_name': os.path.basename(record['path']),
                       'width': record['width'] or 1, 'height': record['height'] or 1})
        for found in record['detections'] or []:
            category = categories.setdefault(found['class_name'], 3 * len(categories) + 5)
            x1, y1, x2, y2 = found['bbox']
            truth.append({'id': len(truth) + 1, 'image_id': images[-1]['id'], 'category_id': category,
                          'bbox': [x1, y1, x2 - x1, y2 - y1], 'area': (x2 - x1) * (y2 - y1), 'iscrowd': 0})
    return {'info': {}, 'images': images, 'annotations': truth,
            'categories': [{'id': number, 'name': name} for name, number in categories.items()]}


def check_coco(path, records, truth):
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval
    with contextlib.redirect_stdout(io.StringIO()):
        labels = COCO()
        labels.dataset = truth
        labels.createIndex()
        results = labels.loadRes(path)
        evaluation = COCOeval(labels, results, 'bbox')
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    found = [results.anns[key] for key in sorted(results.anns)]
    expect(len(found) == len(truth['annotations']), f'coco: {len(found)} results')
    expect(evaluation.stats[0] > 0.999, f'coco: AP of the results against themselves {evaluation.stats[0]}')
    for result, label in zip(found, truth['annotations']):
        expect(result['image_id'] == label['image_id'] and result['category_id'] == label['category_id']
               and all(near(a, b, 2e-3) for a, b in zip(result['bbox'], label['bbox'])), f'coco: {result}')
    return len(found)


def file_of(folder, record, ending):
    """The file of a picture, wherever below the folder."""
    stem = os.path.splitext(os.path.basename(record['path']))[0]
    found = [os.path.join(path, name) for path, _, names in os.walk(folder) for name in names
             if os.path.splitext(name)[0] in (stem, os.path.basename(record['path'])) and name.endswith(ending)]
    return found[0] if found else None


def check_voc(folder, records):
    from libs.pascal_voc_io import PascalVocReader, PascalVocWriter
    count = 0
    for record in records:
        path = file_of(folder, record, '.xml')
        if record['detections'] is None:
            expect(path is None, 'voc: a file for a failure')
            continue
        shapes = PascalVocReader(path).get_shapes()
        expect(len(shapes) == len(record['detections']), f'voc: {path}: {len(shapes)} shapes')
        names = os.path.split(record['path'])
        writer = PascalVocWriter(os.path.basename(names[0]), names[1],
                                 [record['height'], record['width'], 3], local_img_path=record['path'])
        for shape, found in zip(shapes, record['detections']):
            (x1, y1), _, (x2, y2), _ = shape[1]
            edges = found['bbox']
            sides = [record['width'], record['height']] * 2
            clipped = [min(max(edge, 0), side) for edge, side in zip(edges, sides)]
            expect(shape[0] == found['class_name'] and all(
                near(a, b, 1.01) for a, b in zip([x1 - 1, y1 - 1, x2, y2], clipped)), f'voc: {shape}, {found}')
            writer.add_bnd_box(x1, y1, x2, y2, shape[0], shape[4])
            count += 1
        writer.save(path + '.again.xml')
        with open(path) as ours, open(path + '.again.xml') as theirs:
            lines = [line for line in ours if '<confidence>' not in line]
            expect(lines == list(theirs), f'voc: {path} is not what LabelImg writes')
    return count


def check_megadetector(path, records):
    from megadetector.postprocessing.load_api_results import load_api_results
    from megadetector.postprocessing.validate_batch_results import validate_batch_results
    with contextlib.redirect_stdout(io.StringIO()):
        result = validate_batch_results(path)['validation_results']
        table, other = load_api_results(path)
    expect(not result['errors'] and not result['warnings'], f'megadetector: {result}')
    expect(len(table) == len(records), f'megadetector: {len(table)} rows')
    count = 0
    for row, record in zip(table.to_dict('records'), sorted(records, key=lambda record: record['path'])):
        expect(row['file'] == record['path'], f'megadetector: {row["file"]}')
        if record['detections'] is None:
            expect(bool(row['failure']), 'megadetector: no failure')
            continue
        width, height = record['width'], record['height']
        expect(len(row['detections']) == len(record['detections']), f'megadetector: {row["file"]}')
        for given, found in zip(row['detections'], record['detections']):
            x1, y1, x2, y2 = found['bbox']
            sides = [x1 / width, y1 / height, (x2 - x1) / width, (y2 - y1) / height]
            expect(other['detection_categories'][given['category']] == found['class_name']
                   and near(given['conf'], found['score'], 1.01e-3)
                   and all(near(a, b, 1.1e-4) for a, b in zip(given['bbox'], sides)), f'megadetector: {given}')
            count += 1
    return count


def relative(found, record):
    x1, y1, x2, y2 = found['bbox']
    width, height = record['width'], record['height']
    return [(x1 + x2) / 2 / width, (y1 + y2) / 2 / height, (x2 - x1) / width, (y2 - y1) / height]


def check_yolo(folder, records):
    count = 0
    for record in records:
        path = file_of(folder, record, '.txt')
        if not record['detections']:
            expect(path is None, 'yolo: a file without detections')
            continue
        with open(path) as file:
            lines = file.read()
        again = ''
        for line, found in zip(lines.splitlines(), record['detections']):
            words = line.split()
            values = [int(words[0])] + [float(word) for word in words[1:]]
            again += ('%g ' * len(values)).rstrip() % tuple(values) + '\n'
            expect(values[0] == found['class_id'] and all(
                abs(a - b) < 1e-5 for a, b in zip(values[1:], relative(found, record) + [found['score']])),
                f'yolo: {line}, {found}')
            count += 1
        expect(again == lines, f'yolo: {path}: not as %g prints')
    return count


def check_ultralytics(folder, records):
    count = 0
    for record in records:
        path = file_of(folder, record, '.json')
        if record['detections'] is None:
            expect(path is None, 'ultralytics: a file for a failure')
            continue
        with open(path) as file:
            text = file.read()
        entries = json.loads(text)
        expect(len(entries) == len(record['detections']), f'ultralytics: {path}')
        again = [{'name': entry['name'], 'class': entry['class'], 'confidence': round(entry['confidence'], 5),
                  'box': {key: round(entry['box'][key], 5) for key in ('x1', 'y1', 'x2', 'y2')}}
                 for entry in entries]
        expect(text.rstrip('\n') == json.dumps(again, indent=2), f'ultralytics: {path}: not as to_json prints')
        for entry, found in zip(entries, record['detections']):
            expect(entry['class'] == found['class_id'] and near(entry['confidence'], found['score'], 1.2e-5)
                   and all(near(a, b, 2e-3) for a, b in zip(entry['box'].values(), found['bbox'])),
                   f'ultralytics: {entry}')
            count += 1
    return count


def check_darknet(path, records):
    with open(path) as file:
        text = file.read()
    frames, count = [], 0
    for number, (frame, record) in enumerate(zip(json.loads(text), records), 1):
        objects = []
        found = record['detections'] or []
        expect(len(found) == len(frame['objects']), f'darknet: {frame["filename"]}')
        for given, detection in zip(frame['objects'], found):
            where = given['relative_coordinates']
            values = [where['center_x'], where['center_y'], where['width'], where['height']]
            objects.append(
                '  {"class_id":%d, "name":"%s", "relative_coordinates":{"center_x":%f, "center_y":%f, "width":%f, '
                '"height":%f}, "confidence":%f}' % (given['class_id'], given['name'], *values, given['confidence']))
            expect(given['class_id'] == detection['class_id'] and all(
                abs(a - b) < 1e-5 for a, b in
                zip(values + [given['confidence']], relative(detection, record) + [detection['score']])),
                f'darknet: {given}')
            count += 1
        frames.append('{\n "frame_id":%d, \n "filename":"%s", \n "objects": [ \n%s\n ] \n}'
                      % (number, record['path'], ', \n'.join(objects)))
    expect(text == '[\n' + ', \n'.join(frames) + '\n]', 'darknet: not as its print statements write')
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--detect', default='.build/release/detect')
    parser.add_argument('--model', default='yolov3-tiny')
    parser.add_argument('--conf', default='0.05', help='least score, low to see many')
    parser.add_argument('--labelimg', help='the unpacked source of LabelImg, where it is not installed')
    parser.add_argument('photos', nargs='*', default=['Fixtures/photos/coffee.png', 'Fixtures/photos/astronaut.png'])
    options = parser.parse_args()
    if options.labelimg:
        sys.path.insert(0, options.labelimg)
    options.detect = os.path.abspath(options.detect)
    with tempfile.TemporaryDirectory() as folder:
        photos = os.path.join(folder, 'photos')
        os.mkdir(photos)
        for photo in options.photos:
            shutil.copy(photo, photos)
        with open(os.path.join(photos, FAILED), 'wb') as file:
            file.write(b'\xff\xd8\xff')
        records_path = os.path.join(folder, 'records.jsonl')
        detect(options, photos, records_path, 'json')
        with open(records_path) as file:
            records = [json.loads(line) for line in file]
        expect(len(records) == len(options.photos) + 1, f'{len(records)} records')
        truth = annotations(records)
        with open(os.path.join(folder, 'annotations.json'), 'w') as file:
            json.dump(truth, file)
        checks = {'coco': lambda path: check_coco(path, records, truth)}
        for name, check in (('voc', check_voc), ('megadetector', check_megadetector), ('yolo', check_yolo),
                            ('ultralytics', check_ultralytics), ('darknet', check_darknet)):
            checks[name] = lambda path, check=check: check(path, records)
        for name, check in checks.items():
            output = os.path.join(folder, name)
            detect(options, photos, output, name)
            before = len(problems)
            try:
                print(f'{name:13} {check(output):4} detections', 'as expected' if len(problems) == before else 'DIFFER')
            except Exception as error:
                expect(False, f'{name}: {type(error).__name__}: {error}')
                print(f'{name:13} FAILED')
    for problem in problems[:20]:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
