#!/usr/bin/env python3
"""Builds the fuzz targets with AddressSanitizer and runs each for some seconds.

Usage: run.py [--seconds N] [--shared FOLDER] [TARGET…]

Seeds come from SHARED/corpus where there is one, else the fuzzer begins with nothing. Inputs that
crash stay in Fuzz/findings/TARGET. The last lines are a table: executions, coverage, findings.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

SEEDS = {
    'FuzzPNG': ['png'], 'FuzzJPEG': ['jpeg'], 'FuzzEXIF': [],
    'FuzzONNX': ['model/onnx', 'model/onnx_ext'],
    'FuzzDarknetConfiguration': ['model/darknet/*.cfg'],
    'FuzzDarknetWeights': ['model/darknet/*.weights'], 'FuzzNumPy': ['model/npz'],
    'FuzzSafeTensors': ['model/safetensors'], 'FuzzManifest': ['model/json'],
    'FuzzAnnotations': ['model/json'], 'FuzzRecords': ['model/json'],
}


def seeds(shared, target, folder):
    count = 0
    for place in SEEDS[target]:
        root, _, pattern = place.partition('/*')
        for path, _, names in os.walk(os.path.join(shared, 'corpus', root)):
            for name in names:
                source = os.path.join(path, name)
                if name.endswith(pattern) and os.path.getsize(source) <= 1 << 16:
                    shutil.copy(source, os.path.join(folder, str(count)))
                    count += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--seconds', type=int, default=60)
    parser.add_argument('--shared', default='../shared')
    parser.add_argument('targets', nargs='*', metavar='TARGET', help=', '.join(SEEDS))
    options = parser.parse_args()
    here = os.path.dirname(os.path.abspath(__file__))
    environment = {**os.environ, 'SWIFT_BACKTRACE': 'enable=no'}
    rows = []
    for target in options.targets or SEEDS:
        build = ['swift', 'build', '-c', 'release', '--sanitize=fuzzer', '--sanitize=address',
                 '--package-path', here, '--product', target]
        subprocess.run(build, check=True, env=environment)
        program = os.path.join(here, '.build', 'release', target)
        findings = os.path.join(here, 'findings', target) + '/'
        os.makedirs(findings, exist_ok=True)
        with tempfile.TemporaryDirectory() as corpus:
            if os.path.isdir(os.path.join(options.shared, 'corpus')):
                seeds(options.shared, target, corpus)
            command = [program, f'-max_total_time={options.seconds}', '-timeout=10', '-max_len=65536',
                       '-rss_limit_mb=2048', f'-artifact_prefix={findings}', '-print_final_stats=1',
                       corpus]
            done = subprocess.run(command, stderr=subprocess.PIPE, text=True, errors='replace',
                                  env=environment)
        executions = re.search(r'number_of_executed_units: *(\d+)', done.stderr)
        coverage = re.findall(r'cov: (\d+)', done.stderr)
        count = len(os.listdir(findings))
        rows.append((target, executions.group(1) if executions else '?',
                     coverage[-1] if coverage else '?', count, done.returncode))
        if done.returncode:
            print(done.stderr[-3000:], file=sys.stderr)
    print(f"{'target':26} {'executions':>12} {'edges':>8} {'findings':>8}")
    for target, executions, edges, count, _ in rows:
        print(f'{target:26} {executions:>12} {edges:>8} {count:>8}')
    return 1 if any(row[3] or row[4] for row in rows) else 0


if __name__ == '__main__':
    sys.exit(main())
