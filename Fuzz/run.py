#!/usr/bin/env python3
"""Builds the fuzz targets with AddressSanitizer and runs each for some seconds.

Usage: run.py [--seconds N] [--shared FOLDER] [--jobs N] [--skip-build] [TARGET…]

Seeds are the files of Fuzz/Seeds/TARGET and, where there is one, of SHARED/corpus; words of a format
are in Fuzz/Dictionaries. What libFuzzer says goes to Fuzz/logs/TARGET.log while it runs, inputs that
crash, leak, take more than 10 s or 2 GiB to Fuzz/findings/TARGET. A row is printed as soon as a target
has ended: executions, edges covered, inputs that reached something new, findings. Exit 1 for findings.
"""

import argparse
import concurrent.futures
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

# Folders and endings in SHARED/corpus.
SEEDS = {
    'FuzzPNG': ['png'], 'FuzzJPEG': ['jpeg'], 'FuzzEXIF': [],
    'FuzzONNX': ['model/onnx', 'model/onnx_ext'],
    'FuzzDarknetConfiguration': ['model/darknet/*.cfg'],
    'FuzzDarknetWeights': ['model/darknet/*.weights'], 'FuzzNumPy': ['model/npz'],
    'FuzzSafeTensors': ['model/safetensors'], 'FuzzManifest': ['model/json'],
    'FuzzAnnotations': ['model/json'], 'FuzzRecords': ['model/json'],
}


def corpus_files(shared, target):
    for place in SEEDS[target]:
        root, _, pattern = place.partition('/*')
        for path, _, names in sorted(os.walk(os.path.join(shared, 'corpus', root))):
            for name in sorted(names):
                if name.endswith(pattern):
                    yield os.path.join(path, name)


def exif_segments(shared):
    """The contents of the EXIF segments of the corpus's JPEG files."""
    for path, _, names in sorted(os.walk(os.path.join(shared, 'corpus', 'jpeg'))):
        for name in sorted(names):
            with open(os.path.join(path, name), 'rb') as file:
                head = file.read(1 << 17)
            start = head.find(b'\xff\xe1')
            if start < 0 or head[start + 4:start + 8] != b'Exif':
                continue
            length = struct.unpack('>H', head[start + 2:start + 4])[0]
            yield head[start + 4:start + 2 + length]
            # As in a PNG, which has the block without its mark.
            yield head[start + 10:start + 2 + length]


def made_seeds(shared, target):
    """Seeds that are not files as they lie."""
    if target == 'FuzzEXIF':
        yield from exif_segments(shared)
        for order, mark in (('<', b'II'), ('>', b'MM')):
            for orientation in range(10):
                entry = struct.pack(order + 'HHIHH', 0x112, 3, 1, orientation, 0)
                yield (b'Exif\0\0' + mark + struct.pack(order + 'HIH', 42, 8, 1) + entry
                       + struct.pack(order + 'I', 0))
    if target == 'FuzzDarknetWeights':
        # The network of the target has 186 weights; versions before 0.2 have a shorter header.
        for minor, seen in ((1, '<i'), (2, '<q')):
            for count in (186, 185, 187):
                yield (struct.pack('<iii', 0, minor, 0) + struct.pack(seen, 0)
                       + struct.pack('<f', 0.5) * count)


def gather(shared, target, folder):
    seeds = []
    own = os.path.join(HERE, 'Seeds', target)
    files = [os.path.join(own, name) for name in sorted(os.listdir(own))] if os.path.isdir(own) else []
    for source in files + list(corpus_files(shared, target)):
        if os.path.getsize(source) <= 1 << 16:
            shutil.copy(source, os.path.join(folder, str(len(seeds))))
            seeds.append(source)
    for seed in made_seeds(shared, target):
        with open(os.path.join(folder, str(len(seeds))), 'wb') as file:
            file.write(seed)
        seeds.append('')
    return len(seeds)


def last(pattern, text):
    found = re.findall(pattern, text)
    return found[-1] if found else '?'


def fuzz(target, program, options, environment):
    """Runs one target; its row of the table."""
    findings = os.path.join(HERE, 'findings', target) + '/'
    os.makedirs(findings, exist_ok=True)
    os.makedirs(os.path.join(HERE, 'logs'), exist_ok=True)
    log = os.path.join(HERE, 'logs', target + '.log')
    words = os.path.join(HERE, 'Dictionaries', target + '.dict')
    with tempfile.TemporaryDirectory() as corpus, open(log, 'w') as output:
        seeds = gather(options.shared, target, corpus)
        command = [program, f'-max_total_time={options.seconds}', '-timeout=10', '-max_len=65536',
                   '-rss_limit_mb=2048', f'-artifact_prefix={findings}', '-print_final_stats=1']
        if os.path.exists(words):
            command.append(f'-dict={words}')
        done = subprocess.run(command + [corpus], stderr=output, stdout=output, env=environment)
    with open(log, errors='replace') as file:
        text = file.read()
    row = (target, options.seconds, seeds, last(r'number_of_executed_units: *(\d+)', text),
           last(r'cov: (\d+)', text), last(r'corp: (\d+)', text), len(os.listdir(findings)))
    print('{:26} {:>8} {:>6} {:>12} {:>8} {:>8} {:>9}'.format(*row), flush=True)
    if done.returncode:
        print(f'{target}: exit {done.returncode}, see {log}', file=sys.stderr, flush=True)
    return done.returncode == 0 and row[-1] == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--seconds', type=int, default=60)
    parser.add_argument('--shared', default='../shared')
    parser.add_argument('--jobs', type=int, default=1, help='targets that run at once')
    parser.add_argument('--skip-build', action='store_true', help='take the programs as they are')
    parser.add_argument('--programs', default=os.path.join(HERE, '.build', 'release'),
                        help='their folder')
    parser.add_argument('targets', nargs='*', metavar='TARGET', help=', '.join(SEEDS))
    options = parser.parse_args()
    targets = options.targets or list(SEEDS)
    unknown = [target for target in targets if target not in SEEDS]
    if unknown:
        parser.error(f'unknown target {unknown[0]}; there are {", ".join(SEEDS)}')
    # Swift's own handler of crashes hides the sanitizer's.
    environment = {**os.environ, 'SWIFT_BACKTRACE': 'enable=no'}
    if not options.skip_build:
        for target in targets:
            # Of several -sanitize the Swift compiler takes the last alone: that must name both.
            subprocess.run(['swift', 'build', '-c', 'release', '--sanitize=fuzzer',
                            '--sanitize=address', '-Xswiftc', '-sanitize=fuzzer,address',
                            '--package-path', HERE, '--product', target],
                           check=True, env=environment, stdout=sys.stderr)
    print('{:26} {:>8} {:>6} {:>12} {:>8} {:>8} {:>9}'.format(
        'target', 'seconds', 'seeds', 'executions', 'edges', 'corpus', 'findings'), flush=True)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        running = [pool.submit(fuzz, target, os.path.join(options.programs, target), options,
                               environment) for target in targets]
        sound = [job.result() for job in running]
    return 0 if all(sound) else 1


if __name__ == '__main__':
    sys.exit(main())
