#!/usr/bin/env python3
"""What `detect plan` predicts against what `detect run` takes: peak memory and time.

Runs each model with each pyramid and number of workers over a folder of pictures and prints
predicted, measured and their ratio; with --limits, runs under --max-memory and prints whether each
run kept to it or what it was refused with. Only the standard library. Peak memory is the kernel's
figure for the ended child (ru_maxrss).

  python3 Scripts/memory_plan.py --pictures FOLDER [--models A,B] [--pyramids single,tiles]
"""

import argparse
import json
import os
import subprocess
import sys
import time

SUFFIXES = ('.jpg', '.jpeg', '.png')


def measured(command):
    """Peak bytes, seconds, exit code and messages of a command."""
    start = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    messages = child.stderr.read().decode(errors='replace')
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss << 10, time.monotonic() - start, child.returncode, messages


def planned(command):
    """Predicted bytes and seconds, and the seconds that predicting took."""
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        return done.stderr.strip().splitlines()[-1]
    plan = json.loads(done.stdout)
    return plan['peak_bytes'], plan['seconds'], time.monotonic() - start


def picture_list(folder, count):
    """The first so many pictures of a folder, in a run's order."""
    names = sorted(n for n in os.listdir(folder) if n.lower().endswith(SUFFIXES))
    if not names:
        raise SystemExit(f'{folder}: no pictures')
    return [os.path.join(folder, name) for name in names[:count]]


def mebibytes(count):
    return f'{count / (1 << 20):8.1f}'


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--detect', default='.build/release/detect')
    parser.add_argument('--pictures', required=True, help='a folder')
    parser.add_argument('--count', type=int, default=150, help='pictures taken (default 150)')
    parser.add_argument('--models', default='mtcnn', help='names or files, separated by commas')
    parser.add_argument('--pyramids', default='single')
    parser.add_argument('--workers', default='1,2')
    parser.add_argument('--threads', default='1')
    parser.add_argument('--limits', default='', help='for --max-memory, such as 64M,128M')
    given = parser.parse_args()
    paths = picture_list(given.pictures, given.count)
    worst, broken = 1.0, 0
    header = ('model', 'pyramid', 'workers', 'threads')
    print(f'{len(paths)} pictures of {given.pictures}')
    if given.limits:
        print('%-14s %-7s %7s %7s     limit  measured  outcome' % header)
    else:
        print('%-14s %-7s %7s %7s predicted  measured  ratio   '
              'time predicted / measured, planning' % header)
    for model in given.models.split(','):
        for pyramid in given.pyramids.split(','):
            for workers in given.workers.split(','):
                for threads in given.threads.split(','):
                    flags = ['--model', model, '--pyramid', pyramid, '--workers', workers,
                             '--threads', threads]
                    name = os.path.splitext(os.path.basename(model))[0][:14]
                    row = '%-14s %-7s %7s %7s' % (name, pyramid, workers, threads)
                    run = [given.detect, 'run', *paths, *flags, '--quiet', '--errors-ok']
                    if given.limits:
                        for limit in given.limits.split(','):
                            peak, _, code, messages = measured(run + ['--max-memory', limit])
                            limited = int(limit.rstrip('M')) << 20
                            refused = [m for m in messages.splitlines() if '--max-memory' in m]
                            failed = sum(': ' in m for m in messages.splitlines())
                            outcome = ('refused: ' + refused[0].split(': ')[-1] if code == 64
                                       else f'kept, {failed} pictures refused' if peak <= limited
                                       else 'BROKEN')
                            broken += outcome == 'BROKEN'
                            print(row, f'{limit:>9} {mebibytes(peak):>9}  {outcome}', flush=True)
                        continue
                    plan = planned([given.detect, 'plan', *paths, *flags, '--json'])
                    if isinstance(plan, str):
                        print(row, plan, flush=True)
                        continue
                    predicted, foretold, planning = plan
                    peak, took, code, messages = measured(run)
                    if code != 0 and messages:
                        raise SystemExit(f'{row}: {messages}')
                    ratio = predicted / peak
                    worst = max(worst, ratio, 1 / ratio)
                    print(row, f'{mebibytes(predicted):>9} {mebibytes(peak):>9} {ratio:6.2f}   '
                          f'{foretold:6.1f} / {took:6.1f} s = {foretold / took:4.2f}, '
                          f'{planning:4.1f} s', flush=True)
    if given.limits:
        print(f'{broken} limits broken')
        return 1 if broken else 0
    print(f'furthest off: a factor of {worst:.2f}')
    return 0 if worst <= 1.15 else 1


if __name__ == '__main__':
    sys.exit(main())
