#!/usr/bin/env python3
"""Kills a Spark executor in the middle of Scripts/spark_detect.py and sees that no row is lost.

Usage: spark_fault.py [--detect PROGRAM] [--count N]. Needs pyspark and Java 17.
Runs on local-cluster[2,1,700]: two worker processes with an executor each. As soon as an executor
has a running `detect`, that executor is killed with SIGKILL; the job must end with every input once.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fault_inputs as make


def parent_and_command(pid):
    try:
        with open(f'/proc/{pid}/stat') as file:
            parent = int(file.read().rsplit(')', 1)[1].split()[1])
        with open(f'/proc/{pid}/cmdline', 'rb') as file:
            return parent, file.read().replace(b'\0', b' ').decode('utf-8', 'replace')
    except (FileNotFoundError, ProcessLookupError):
        return 0, ''


def descendants(root):
    known = {int(name): parent_and_command(name) for name in os.listdir('/proc') if name.isdigit()}
    found = {root}
    while True:
        more = {pid for pid, (parent, _) in known.items() if parent in found} - found
        if not more:
            return {pid: known[pid] for pid in found if pid in known}
        found |= more


def executor_at_work(root, program):
    """The pid of an executor beneath which the program runs."""
    below = descendants(root)
    for pid, (parent, command) in below.items():
        if command.startswith(program):
            while parent in below:
                if 'CoarseGrainedExecutorBackend' in below[parent][1]:
                    return parent
                parent = below[parent][0]
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--detect', default='.build/release/detect')
    parser.add_argument('--count', type=int, default=4000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.abspath(options.detect)
        model = make.red_model(folder)
        make.pictures(os.path.join(folder, 'in'), options.count)
        with open(os.path.join(folder, 'in', '000003.png'), 'wb') as file:
            file.write(b'no picture')
        names = sorted(os.listdir(os.path.join(folder, 'in')))
        with open(os.path.join(folder, 'paths'), 'w') as file:
            file.writelines(os.path.join(folder, 'in', name) + '\n' for name in names)
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'spark_detect.py')
        for kills in (0, 1):
            begun = time.monotonic()
            job = subprocess.Popen(
                [sys.executable, script, '--master', 'local-cluster[2,1,700]', '--partitions', '8',
                 '--executor-memory', '700m',
                 '--detect', program, '--output', os.path.join(folder, 'table.parquet'),
                 os.path.join(folder, 'paths'), '--', '--model', model, '--max-det', '1'],
                stdout=subprocess.PIPE, stderr=open(os.path.join(folder, 'log'), 'w'), text=True)
            killed = 0
            while job.poll() is None:
                executor = executor_at_work(job.pid, program) if killed < kills else None
                if executor:
                    os.kill(executor, signal.SIGKILL)
                    killed += 1
                time.sleep(0.02)
            out = job.stdout.read().strip()
            print(f'{killed} executors killed: exit {job.returncode}: {out} '
                  f'({time.monotonic() - begun:.1f} s)', flush=True)
            if job.returncode != 0 or killed != kills:
                print(open(os.path.join(folder, 'log')).read()[-3000:])
                return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
