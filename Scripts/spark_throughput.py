#!/usr/bin/env python3
"""Pictures a second of Scripts/spark_detect.py with one and with two executors of one core, in turn.

Usage: spark_throughput.py [--detect PROGRAM] [--model MODEL] [--count N] [--rounds N] FOLDER

Runs on local-cluster[W,1,900]. The pictures of FOLDER are taken again and again, by hard links, up to N. Counted is
from the first partition to the table on disk, without the start of Java. Needs pyspark and Java 17.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--detect', default='.build/release/detect')
    parser.add_argument('--model', default='yolov3-tiny')
    parser.add_argument('--count', type=int, default=512)
    parser.add_argument('--rounds', type=int, default=2)
    parser.add_argument('folder')
    options = parser.parse_args()
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'spark_detect.py')
    sources = sorted(os.listdir(options.folder))
    rates = {1: [], 2: []}
    with tempfile.TemporaryDirectory(dir=os.path.dirname(os.path.abspath(options.folder))) as folder:
        paths = os.path.join(folder, 'paths')
        with open(paths, 'w') as file:
            for index in range(options.count):
                name = os.path.join(folder, f'{index:06d}' + os.path.splitext(sources[0])[1])
                os.link(os.path.join(options.folder, sources[index % len(sources)]), name)
                file.write(name + '\n')
        for _ in range(options.rounds):
            for workers in rates:
                done = subprocess.run(
                    [sys.executable, script, '--master', f'local-cluster[{workers},1,900]', '--partitions', '4',
                     '--executor-memory', '900m', '--detect', os.path.abspath(options.detect),
                     '--output', os.path.join(folder, 'table.parquet'), paths,
                     '--', '--model', options.model, '--threads', '1', '--workers', '1'],
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                print(f'{workers} executors: {done.stdout.strip()}', flush=True)
                if done.returncode:
                    sys.exit(done.stderr.strip().splitlines()[-1])
                rates[workers].append(float(re.search(r'([\d.]+) a second', done.stdout).group(1)))
    best = {workers: max(values) for workers, values in rates.items()}
    print(f'best: {best[1]:.1f} and {best[2]:.1f} pictures a second, {best[2] / best[1]:.2f} times as many')


if __name__ == '__main__':
    main()
