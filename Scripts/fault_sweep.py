#!/usr/bin/env python3
"""Fails every system call that writes results, one after the other, until a run gets through.

Usage: fault_sweep.py [--detect PROGRAM] [--pictures N]. Needs strace.

For ENOSPC and EIO at the Nth write, fsync, fdatasync, rename and ftruncate of the run's own output files, N
rising until the run meets no such call any more: the old results stay as they were, every line of
OUT.partial is whole JSON, and the resumed run has each record of an undisturbed one, once.
"""

import argparse
import collections
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fault_inputs as make

FILES = ('out.jsonl', 'out.jsonl.partial', 'out.jsonl.state', 'out.jsonl.lock')
CALLS = ('write', 'fsync', 'fdatasync', 'rename', 'renameat', 'ftruncate')


def complete_lines(path):
    with open(path, 'rb') as file:
        return file.read().split(b'\n')[:-1]


class Sweep:
    def __init__(self, program, folder):
        self.folder = folder
        model = make.red_model(folder)
        self.command = [program, 'in', '--model', model, '--max-det', '1', '--output', 'out.jsonl']
        self.cases = self.injected = self.lost = self.doubled = 0
        self.codes = collections.Counter()
        self.faults = []

    def run(self, *more, prefix=()):
        return subprocess.run([*prefix, *self.command, *more], cwd=self.folder, capture_output=True,
                              timeout=120)

    def clear(self):
        for name in FILES:
            if os.path.exists(os.path.join(self.folder, name)):
                os.remove(os.path.join(self.folder, name))

    def reference(self):
        self.clear()
        assert self.run().returncode == 0
        lines = complete_lines(os.path.join(self.folder, 'out.jsonl'))
        self.expected = collections.Counter(lines)
        self.clear()

    def one(self, call, error, when):
        """One fault; whether the run met it."""
        self.clear()
        output = os.path.join(self.folder, 'out.jsonl')
        with open(output, 'w') as file:
            file.write('old\n')
        log = os.path.join(self.folder, 'strace.log')
        prefix = ['strace', '-f', '-qq', '-o', log, '-e', f'trace={call}',
                  '-e', f'inject={call}:error={error}:when={when}']
        for name in FILES:
            prefix += ['-P', name, '-P', os.path.join(self.folder, name)]
        done = self.run(prefix=prefix)
        with open(log) as file:
            met = '(INJECTED)' in file.read()
        self.cases += 1
        self.injected += met
        self.codes[done.returncode] += 1
        label = f'{call} {error} {when}: exit {done.returncode}: {done.stderr.decode()[-200:]!r}'
        if done.returncode not in (0, 73, 74):
            self.faults.append(label)
        with open(output, 'rb') as file:
            text = file.read()
        if done.returncode and text != b'old\n' and not self.is_whole(output):
            self.faults.append(label + ': the old results were touched')
        resumed = self.run('--resume') if done.returncode else done
        if resumed.returncode:
            self.faults.append(label + f': resume: {resumed.returncode} {resumed.stderr!r}')
            return met
        found = collections.Counter(complete_lines(output))
        lost, doubled = (self.expected - found).total(), (found - self.expected).total()
        self.lost, self.doubled = self.lost + lost, self.doubled + doubled
        if lost or doubled:
            self.faults.append(f'{label}: {lost} lost, {doubled} too many')
        left = [name for name in FILES[1:] if os.path.exists(os.path.join(self.folder, name))]
        if left:
            self.faults.append(f'{label}: left {left}')
        return met

    def is_whole(self, output):
        """A rename that took place before a later call failed leaves all results."""
        return collections.Counter(complete_lines(output)) == self.expected


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--detect', default='.build/release/detect')
    parser.add_argument('--pictures', type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make.pictures(os.path.join(folder, 'in'), options.pictures)
        sweep = Sweep(os.path.abspath(options.detect), folder)
        sweep.reference()
        for call in CALLS:
            for error in ('ENOSPC', 'EIO'):
                when = 1
                while sweep.one(call, error, when):
                    when += 1
                print(f'{call:10} {error:7} {when - 1} places', flush=True)
    for fault in sweep.faults:
        print(fault)
    codes = ', '.join(f'{count} x exit {code}' for code, count in sorted(sweep.codes.items()))
    print(f'{sweep.cases} runs, {sweep.injected} disturbed ({codes}): {sweep.lost} records lost, '
          f'{sweep.doubled} duplicated, {len(sweep.faults)} faults')
    return 1 if sweep.faults else 0


if __name__ == '__main__':
    sys.exit(main())
