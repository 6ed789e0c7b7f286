#!/usr/bin/env python3
"""One run over many small pictures, no two alike: memory and descriptors from the first to the last.

Usage: many_pictures.py [--detect PROGRAM] [--count N] [--workers N]

Pictures of 32 to 95 pixels a side are made in memory (/dev/shm) where there is room, each with its number in its
pixels. The run may open 128 files (`ulimit -n 128`). Exit 1 unless every picture has its one record, the resident
memory from the 1,000th record on stays within 10 % of what it was there, and no descriptor is left open.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fault_inputs as make


def picture(index):
    """A black picture with a red square, its lowest row telling its number."""
    width, height = 32 + index % 64, 32 + index // 64 % 64
    x, y = index * 7 % (width - 10), index * 11 % (height - 12)
    black = bytes(1 + 3 * width)
    square = bytearray(black)
    square[1 + 3 * x:1 + 3 * (x + 10)] = b'\xff\0\0' * 10
    number = bytearray(black)
    number[1:5] = index.to_bytes(4, 'big')
    return make.png(width, height, black * y + bytes(square) * 10 + black * (height - y - 11) + bytes(number))


class Watch:
    """Samples of a process beside the number of records it has written."""

    def __init__(self, pid, partial):
        self.pid, self.partial = pid, partial
        self.file, self.records, self.samples = None, 0, []

    def look(self):
        try:
            if self.file is None:
                self.file = open(self.partial, 'rb')
            while block := self.file.read(1 << 20):
                self.records += block.count(b'\n')
            with open(f'/proc/{self.pid}/statm') as file:
                resident = int(file.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')
            if resident:
                self.samples.append((self.records, resident, len(os.listdir(f'/proc/{self.pid}/fd'))))
        except (FileNotFoundError, ProcessLookupError, IndexError):
            pass


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--detect', default='.build/release/detect')
    parser.add_argument('--count', type=int, default=100_000)
    parser.add_argument('--workers', type=int, default=2)
    options = parser.parse_args()
    base = '/dev/shm' if os.path.isdir('/dev/shm') else None
    folder = tempfile.mkdtemp(prefix='pictures-', dir=base)
    try:
        inputs = os.path.join(folder, 'in')
        os.mkdir(inputs)
        contents = set()
        for index in range(options.count):
            content = picture(index)
            contents.add(hashlib.sha1(content).digest())
            with open(os.path.join(inputs, f'{index:07d}.png'), 'wb') as file:
                file.write(content)
        assert len(contents) == options.count, f'{len(contents)} distinct pictures'
        output = os.path.join(folder, 'out.jsonl')
        command = [os.path.abspath(options.detect), 'run', inputs, '--model', make.red_model(folder), '--output', output,
                   '--workers', str(options.workers), '--threads', '1', '--quiet']
        begun = time.monotonic()
        child = subprocess.Popen(['sh', '-c', 'ulimit -n 128; exec "$@"', 'sh', *command])
        watch = Watch(child.pid, output + '.partial')
        while child.poll() is None:
            watch.look()
            time.sleep(0.05)
        seconds = time.monotonic() - begun
        assert child.returncode == 0, f'exit {child.returncode}'
        with open(output) as file:
            records = [json.loads(line) for line in file]
    finally:
        shutil.rmtree(folder)
    found = sum(len(record['detections']) for record in records)
    paths = {record['path'] for record in records}
    steady = [sample for sample in watch.samples if sample[0] >= 1000]
    first, last = steady[0], steady[-1]
    most = max(resident for _, resident, _ in steady)
    least = min(resident for _, resident, _ in steady)
    print(f'{options.count} distinct pictures, {len(records)} records of {len(paths)} paths, {found} detections, '
          f'{seconds:.0f} s\n'
          f'resident at record {first[0]}: {first[1] / 1e6:.1f} MB, at record {last[0]}: {last[1] / 1e6:.1f} MB, '
          f'least {least / 1e6:.1f} MB, most {most / 1e6:.1f} MB in {len(steady)} samples\n'
          f'descriptors: {first[2]} then, {last[2]} at the end, at most {max(count for _, _, count in steady)}')
    holds = (len(records) == len(paths) == options.count and most <= 1.1 * first[1] and least >= 0.9 * first[1]
             and last[2] <= first[2])
    return 0 if holds else 1


if __name__ == '__main__':
    sys.exit(main())
