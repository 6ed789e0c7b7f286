#!/usr/bin/env python3
"""The faults that a run must survive with nothing lost, one function a case.

Usage: faults.py [--detect PROGRAM] [--shared FOLDER] [--kills N] [--files N] [CASE…]

Needs strace and faketime (Debian packages of these names). Cases on permissions run the program as
`nobody` where they are started by root. Cases with published hostile files take them from
SHARED/corpus and are skipped without it. After each case the results on disk are checked: every
line is whole JSON, each input has exactly one record, a resumed run ends with the same records as
an undisturbed one, nothing temporary stays after a normal end, and there is one line on standard
error for each failed input. The last line is `N passed, N failed, N skipped`.
"""

import argparse
import base64
import fcntl
import json
import os
import random
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fault_inputs as make
import fault_table

CASES = []
SETTINGS = ['--max-det', '1', '--iou', '0.3']
SEEN = fault_table.Seen()


class Skip(Exception):
    pass


def case(number, name):
    def register(function):
        CASES.append((number, name, function))
        return function
    return register


def need(program):
    if shutil.which(program) is None:
        raise Skip(f'needs {program} (apt-get install {program})')
    return program


class Result:
    def __init__(self, code, out, err, seconds):
        self.code, self.out, self.seconds = code, out, seconds
        self.err = err.decode('utf-8', 'replace')

    def records(self):
        return [json.loads(line) for line in self.out.splitlines()]


class Bench:
    """A fresh folder with a model and a way to run the program there."""

    def __init__(self, program, shared, options, base):
        self.program, self.shared, self.options = program, shared, options
        self.folder = tempfile.mkdtemp(prefix='faults-', dir=base)
        os.chmod(self.folder, 0o755)
        self.model = make.red_model(self.folder)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def pictures(self, count=40, name='in'):
        return make.pictures(self.path(name), count)

    def command(self, *arguments, model=True):
        first = ['--model', self.model] + SETTINGS if model is True else []
        return [self.program, *arguments, *first]

    def run(self, *arguments, prefix=(), model=True, **more):
        return self.execute([*prefix, *self.command(*arguments, model=model)], **more)

    def execute(self, command, input=b'', limits=(), timeout=120, **more):
        def prepare():
            for kind, value in limits:
                resource.setrlimit(kind, (value, value))
        begun = time.monotonic()
        done = subprocess.run(
            command, input=input, capture_output='stdout' not in more, cwd=more.pop('cwd', self.folder),
            preexec_fn=prepare, timeout=timeout, **more)
        result = Result(done.returncode, done.stdout or b'', done.stderr or b'', time.monotonic() - begun)
        if result.code < 0:
            result.code = 128 - result.code
        assert result.code not in (132, 134, 139), f'died: {result.code}\n{result.err}'
        return result

    def start(self, *arguments, **more):
        return subprocess.Popen(
            self.command(*arguments), cwd=self.folder, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, **more)

    def strace(self, *injections, path=None):
        need('strace')
        calls = sorted({injection.split(':')[0] for injection in injections})
        command = ['strace', '-f', '-qq', '-o', self.path('strace.log'), '-e', 'trace=' + ','.join(calls)]
        for injection in injections:
            command += ['-e', 'inject=' + injection]
        if path:
            # Descriptors are known by the whole path.
            command += ['-P', path, '-P', self.path(path)]
        return command

    def lines(self, name):
        """The whole lines of a file, each checked to be JSON."""
        with open(self.path(name), 'rb') as file:
            data = file.read()
        lines = data.split(b'\n')
        assert lines[-1] == b'', f'{name} ends with a torn line: {lines[-1][-80:]!r}'
        for line in lines[:-1]:
            json.loads(line)
        return lines[:-1]

    def reference(self, *arguments):
        self.run(*arguments, '--output', 'reference.jsonl')
        lines = self.lines('reference.jsonl')
        os.remove(self.path('reference.jsonl'))
        return lines

    def expect_same(self, name, reference):
        lines = self.lines(name)
        assert sorted(lines) == sorted(reference), f'{name} differs from an undisturbed run'
        paths = [json.loads(line).get('path_b64') or json.loads(line)['path'] for line in lines]
        assert len(set(paths)) == len(paths), 'an input has two records'
        for suffix in ('.partial', '.state', '.lock'):
            assert not os.path.exists(self.path(name + suffix)), f'{name}{suffix} is left'
        left = [n for _, _, names in os.walk(self.folder) for n in names if n.endswith('.tmp')]
        assert not left, f'left: {left}'
        SEEN.left(f'{len(lines)} records, as undisturbed; nothing temporary')

    def resume(self, *arguments, code=0):
        result = self.run(*arguments, '--resume')
        expect(result, code)
        return result


def expect(result, code, *texts):
    codes = code if isinstance(code, tuple) else (code,)
    assert result.code in codes, f'exit {result.code}, not {code}\n{result.err}'
    SEEN.code(result.code)
    for text in texts:
        assert text in result.err, f'standard error lacks {text!r}:\n{result.err}'
        SEEN.message(next((line for line in result.err.splitlines() if text in line), ''))
    return result


def error_of(records, ending):
    found = [r for r in records if r['path'].endswith(ending)]
    assert len(found) == 1, f'{len(found)} records of {ending}'
    assert found[0]['detections'] is None, 'a failed input has detections'
    SEEN.left(f"error record of kind {found[0]['error']['kind']}")
    return found[0]['error']


def expect_records(result, count, failed=0):
    records = result.records()
    assert len(records) == count, f'{len(records)} records, not {count}'
    assert len({r.get('path_b64') or r['path'] for r in records}) == count
    bad = [r for r in records if r['error'] is not None]
    assert len(bad) == failed, f'{len(bad)} failed, not {failed}'
    SEEN.left(f'{count} records, {failed} failed')
    return records


def as_nobody():
    """A prefix that runs a program as somebody whom modes concern."""
    return ['runuser', '-u', 'nobody', '--'] if os.getuid() == 0 else []


@case(1, 'corrupt image amid a folder')
def corrupt_image(b):
    b.pictures(10)
    data = bytearray(make.red_square(3, 3))
    data[-13] ^= 0x55  # Of the IDAT chunk's CRC.
    open(b.path('in', 'x.png'), 'wb').write(data)
    result = expect(b.run('in'), 1, 'x.png: not a valid PNG', 'CRC')
    records = expect_records(result, 11, failed=1)
    assert error_of(records, 'x.png')['kind'] == 'decode'
    assert len(result.err.splitlines()) == 1, result.err


@case(2, 'unreadable file')
def unreadable(b):
    b.pictures(3)
    os.chmod(b.path('in', '000001.png'), 0)
    result = expect(b.run('in', prefix=as_nobody()), 1, '000001.png: permission denied')
    assert error_of(expect_records(result, 3, failed=1), '000001.png')['kind'] == 'io'


@case(3, 'file vanishes between listing and open')
def vanishes(b):
    b.pictures(5)
    prefix = b.strace('openat:error=ENOENT', path='in/000002.png')
    result = expect(b.run('in', prefix=prefix), 1, '000002.png: vanished')
    assert error_of(expect_records(result, 5, failed=1), '000002.png')['kind'] == 'vanished'


@case(4, 'file truncated while read')
def truncated_while_read(b):
    b.pictures(3)
    prefix = b.strace('read:retval=0:when=1', path='in/000001.png')
    result = expect(b.run('in', prefix=prefix), 1, '000001.png: changed while reading')
    assert error_of(expect_records(result, 3, failed=1), '000001.png')['kind'] == 'changed'
    # For real: another process empties and rewrites it all the time.
    large = make.png(2000, 2000, os.urandom(2000 * 6001))
    path = b.path('in', '000001.png')
    open(path, 'wb').write(large)
    stopped = threading.Event()

    def disturb():
        while not stopped.is_set():
            os.truncate(path, 0)
            with open(path, 'r+b') as file:
                file.write(large)
    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        for _ in range(5):
            result = expect(b.run('in'), (0, 1))
            assert len(result.records()) == 3
    finally:
        stopped.set()
        thread.join()


def resumable(b, result, reference, *texts):
    """What holds after a write failed: results safe, the old file untouched, resume completes."""
    expect(result, 74, *texts, 'results safe in out.jsonl.partial', '--resume')
    assert open(b.path('out.jsonl')).read() == 'old\n', 'the old results were touched'
    kept = b.lines('out.jsonl.partial')
    said = int(re.search(r'(\d+) results safe', result.err).group(1))
    assert len(kept) == said, f'{len(kept)} lines kept, {said} said'
    SEEN.left('old OUT untouched, whole lines in OUT.partial as many as said')
    b.resume('in', '--output', 'out.jsonl')
    b.expect_same('out.jsonl', reference)


@case(5, 'disk full on output')
def disk_full(b):
    b.pictures(60)
    reference = b.reference('in')
    expect(b.run('in', '--output', '/dev/full'), 74, 'no space left')
    with open('/dev/full', 'wb') as full:
        expect(b.run('in', stdout=full, stderr=subprocess.PIPE), 74, 'no space left')
    for when in (1, 2, 30, 60):
        open(b.path('out.jsonl'), 'w').write('old\n')
        prefix = b.strace(f'write:error=ENOSPC:when={when}+', path='out.jsonl.partial')
        result = b.run('in', '--output', 'out.jsonl', prefix=prefix)
        resumable(b, result, reference, 'no space left')
    if os.getuid() == 0 and shutil.which('unshare'):
        os.mkdir(b.path('small'))
        script = ('mount -t tmpfs -o size=16k none small && echo old > small/out.jsonl && "$@"; '
                  'code=$?; cp -r small kept; exit $code')
        command = b.command('in', '--output', 'small/out.jsonl')
        result = b.execute(['unshare', '-m', 'sh', '-c', script, 'sh', *command])
        if 'mount' not in result.err:
            expect(result, 74, 'no space left', 'results safe')
            lines = b.lines('kept/out.jsonl.partial')
            assert 0 < len(lines) < 60 and set(lines) <= set(reference)


@case(6, 'file size limit')
def file_size_limit(b):
    b.pictures(60)
    reference = b.reference('in')
    open(b.path('out.jsonl'), 'w').write('old\n')
    result = b.run('in', '--output', 'out.jsonl', limits=[(resource.RLIMIT_FSIZE, 8192)])
    resumable(b, result, reference, 'file too large')


@case(7, 'EIO, EINTR, short writes, failing fsync and rename')
def failing_calls(b):
    b.pictures(30)
    reference = b.reference('in')
    for call in ('write', 'fsync', 'rename'):
        open(b.path('out.jsonl'), 'w').write('old\n')
        prefix = b.strace(f'{call}:error=EIO:when=1+', path='out.jsonl.partial')
        result = b.run('in', '--output', 'out.jsonl', prefix=prefix)
        resumable_text = f'{call}: '
        expect(result, 74, resumable_text, 'nput/output error', '--resume')
        assert open(b.path('out.jsonl')).read() == 'old\n'
        b.resume('in', '--output', 'out.jsonl')
        b.expect_same('out.jsonl', reference)
    prefix = b.strace('write:error=EINTR:when=1+2', path='out.jsonl.partial')
    expect(b.run('in', '--output', 'out.jsonl', prefix=prefix), 0)
    b.expect_same('out.jsonl', reference)
    # Short writes: a pipe of one page that does not block, and lines longer than that.
    reading, writing = os.pipe()
    fcntl.fcntl(writing, 1031, 4096)  # F_SETPIPE_SZ
    os.set_blocking(writing, False)
    command = [b.program, 'in', '--model', b.model, '--iou', '1', '--max-det', '0']
    child = subprocess.Popen(command, cwd=b.folder, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    data = b''
    while piece := os.read(reading, 1000):
        data += piece
    os.close(reading)
    assert child.wait() == 0, child.stderr.read()
    assert max(map(len, data.splitlines())) > 4096, 'the lines are not long enough'
    assert len([json.loads(line) for line in data.splitlines()]) == 30


def progress_of(b, name):
    """Lines in the unfinished results."""
    try:
        return open(b.path(name + '.partial'), 'rb').read().count(b'\n')
    except FileNotFoundError:
        return 0


def stop_midway(b, child, name, after, signals):
    """Sends signals once some results are there; gives the seconds until the end."""
    while child.poll() is None and progress_of(b, name) < after:
        time.sleep(0.001)
    begun = time.monotonic()
    for number in signals:
        if child.poll() is None:
            child.send_signal(number)
    err = child.communicate()[1].decode()
    return time.monotonic() - begun, err


@case(8, 'SIGINT, SIGTERM mid-run')
def signals(b):
    b.pictures(1500)
    reference = b.reference('in')
    stopped = 0
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)) * 3:
        child = b.start('in', '--output', 'out.jsonl', '--workers', '2')
        seconds, err = stop_midway(b, child, 'out.jsonl', random.randrange(1, 600), [number])
        assert seconds < 2, f'{seconds} s'
        if child.returncode == code:
            stopped += 1
            done = int(re.search(r'stopped, (\d+) of 1500 done; rerun with --resume', err).group(1))
            assert len(b.lines('out.jsonl.partial')) == done
            SEEN.code(code)
            SEEN.message(err.splitlines()[-1])
        else:
            assert child.returncode == 0, (child.returncode, err)
        b.resume('in', '--output', 'out.jsonl')
        b.expect_same('out.jsonl', reference)
    assert stopped > 0, 'every run was over before its signal'
    child = b.start('in', '--output', 'out.jsonl')
    seconds, _ = stop_midway(b, child, 'out.jsonl', 5, [signal.SIGINT, signal.SIGINT])
    assert seconds < 2 and child.returncode in (130, -signal.SIGINT, 0)


@case(9, 'kill -9')
def kill(b):
    b.pictures(400)
    reference = b.reference('in')
    # Slowed down, so that deaths fall into the run and not behind it.
    killed = 0
    kills = b.options.kills
    seconds = min(b.run('in', '--output', 'out.jsonl').seconds for _ in range(3))
    os.remove(b.path('out.jsonl'))
    while killed < kills:
        child = b.start('in', '--output', 'out.jsonl', '--resume')
        time.sleep(random.uniform(0.2, 1.1) * seconds)
        child.kill()
        child.communicate()
        if child.returncode == -signal.SIGKILL:
            killed += 1
            SEEN.code(137)
        else:
            assert child.returncode == 0
            b.expect_same('out.jsonl', reference)
            os.remove(b.path('out.jsonl'))
            continue
        if killed % 5 == 0:
            b.resume('in', '--output', 'out.jsonl')
            b.expect_same('out.jsonl', reference)
            os.remove(b.path('out.jsonl'))
    b.note = f'{killed} kills, 0 records lost, 0 duplicated'
    # A torn line, as a power failure leaves it.
    child = b.start('in', '--output', 'out.jsonl')
    stop_midway(b, child, 'out.jsonl', 100, [signal.SIGINT])
    if os.path.exists(b.path('out.jsonl.partial')):
        open(b.path('out.jsonl.partial'), 'ab').write(b'{"schema":1,"pa')
        open(b.path('out.jsonl.state'), 'ab').write(b'{"done":')
    b.resume('in', '--output', 'out.jsonl')
    b.expect_same('out.jsonl', reference)


@case(10, 'closed stdout pipe')
def closed_pipe(b):
    b.pictures(3000)
    reading, writing = os.pipe()
    child = subprocess.Popen(b.command('in'), cwd=b.folder, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    os.read(reading, 100)
    os.close(reading)
    err = child.communicate()[1]
    assert child.returncode == 141, child.returncode
    SEEN.code(141)
    assert err == b'', err
    closed = b.execute(['sh', '-c', '"$@" >&-', 'sh', *b.command('in')])
    expect(closed, 74, 'stdout closed')
    expect(b.execute(['sh', '-c', '"$@" >&-', 'sh', *b.command('in', '--output', 'out.jsonl')]), 0)
    assert len(b.lines('out.jsonl')) == 3000


def peak_of(b, command):
    """Exit code and peak resident bytes of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    pid = os.spawnvp(os.P_NOWAIT, 'sh', ['sh', '-c', 'cd "$0" && exec "$@" >out.txt 2>err.txt', b.folder, *command])
    _, status, usage = os.wait4(pid, 0)
    del before
    return os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024


@case(11, 'huge image')
def huge_image(b):
    b.pictures(3)
    _, small = peak_of(b, b.command('in'))
    for name, side, depth in (('bomb.png', 50_000, 1), ('dims.png', 65_500, 8)):
        header = make.struct.pack('>IIBBBBB', side, side, depth, 0, 0, 0, 0)
        data = b'\x89PNG\r\n\x1a\n' + make.chunk(b'IHDR', header) + make.chunk(b'IDAT', bytes(100))
        open(b.path('in', name), 'wb').write(data)
    if b.shared:
        shutil.copy(os.path.join(b.shared, 'corpus/jpeg/made/dims_65500.jpg'), b.path('in'))
    count = len(os.listdir(b.path('in')))
    result = expect(b.run('in'), 1, '2500000000 pixels exceeds --max-pixels')
    records = expect_records(result, count, failed=count - 3)
    assert error_of(records, 'bomb.png')['kind'] == 'limit'
    _, peak = peak_of(b, b.command('in'))
    assert peak < small + (8 << 20), f'{small} bytes without, {peak} with'


@case(12, 'real memory shortage')
def memory_shortage(b):
    b.pictures(3)
    open(b.path('in', 'big.png'), 'wb').write(make.blank(13_000, 13_000))
    expect_records(expect(b.run('in'), 0), 4)
    short = 0
    for megabytes in (2000, 1200, 900, 700, 500, 400, 300, 250):
        result = b.run('in', limits=[(resource.RLIMIT_AS, megabytes << 20)])
        expect(result, (0, 1, 65))
        if result.code == 1:
            short += 1
            error = error_of(expect_records(result, 4, failed=1), 'big.png')
            assert error['kind'] == 'limit' and 'memory' in error['detail'], error
    assert short > 0, 'memory was never short'


@case(13, 'CPU bomb')
def cpu_bomb(b):
    corpus = corpus_of(b)
    b.pictures(2)
    shutil.copy(os.path.join(corpus, 'jpeg/made/scan_bomb_12000x12000_3000.jpg'), b.path('in'))
    result = expect(b.run('in'), 1, 'scans')
    assert result.seconds < 20, f'{result.seconds} s'
    assert error_of(expect_records(result, 3, failed=1), '.jpg')['kind'] == 'limit'


@case(14, 'duplicate base names, NFC and NFD')
def duplicate_names(b):
    for name in ('a/1.png', 'b/1.png', 'a/\u00e9.png', 'a/e\u0301.png'):
        os.makedirs(os.path.dirname(b.path('in', name)), exist_ok=True)
        open(b.path('in', name), 'wb').write(make.red_square(5, 5))
    result = expect(b.run('in', '-r', '--save-image', 'drawn'), 0)
    expect_records(result, 4)
    assert sum(len(names) for _, _, names in os.walk(b.path('drawn'))) == 4
    expect(b.run('in', '-r', '--format', 'yolo', '--output', 'labels'), 0)
    texts = [n for _, _, names in os.walk(b.path('labels')) for n in names if n.endswith('.txt')]
    assert len(texts) == 4, texts
    # Names that coincide once the folders are gone.
    expect(b.run('in/a/1.png', 'in/b/1.png', '--save-image', 'flat'), 0)
    assert sum(len(names) for _, _, names in os.walk(b.path('flat'))) == 2


@case(15, 'same file twice, hard links')
def same_file_twice(b):
    b.pictures(3, 'a')
    os.link(b.path('a', '000000.png'), b.path('a', 'link.png'))
    expect_records(expect(b.run('a', 'a/', 'a/000000.png', 'a'), 0), 4)


@case(16, 'symlink loop, link to a parent, dangling link')
def symlinks(b):
    b.pictures(2)
    os.makedirs(b.path('in', 'sub'))
    os.symlink('.', b.path('in', 'loop'))
    os.symlink('../..', b.path('in', 'sub', 'up'))
    b.pictures(1, 'other')
    os.symlink('../other', b.path('in', 'away'))
    os.symlink('../other', b.path('in', 'again'))
    result = expect(b.run('in', '-r'), 0, 'in/loop: skipped: symlink loop', 'in/away: skipped')
    expect_records(result, 2)
    followed = expect(b.run('in', '-r', '--follow'), 0, 'in/loop: skipped: symlink loop')
    # sub/up leads to the whole tree from above; what it holds is met once.
    assert 3 <= len(followed.records()) <= 6, followed.out
    os.symlink('nowhere', b.path('in', 'x.jpg'))
    result = expect(b.run('in', '-r'), 1, 'x.jpg: dangling symlink')
    error_of(expect_records(result, 3, failed=1), 'x.jpg')
    result = expect(b.run('in/x.jpg', 'in/000000.png'), 1, 'x.jpg')
    expect_records(result, 2, failed=1)


@case(17, 'name that is not UTF-8')
def not_utf8(b):
    raw = b'bad\xff\xfe.png'
    b.pictures(30)
    open(os.path.join(b.folder.encode(), b'in', raw), 'wb').write(make.red_square(5, 5))
    open(os.path.join(b.folder.encode(), b'in', b'zz' + raw), 'wb').write(b'no picture')
    result = expect(b.run('in'), 1, r'zzbad\xff\xfe.png: ')
    record = [r for r in result.records() if 'path_b64' in r][0]
    assert base64.b64decode(record['path_b64']) == b'in/' + raw and '\ufffd' in record['path']
    reference = b.reference('in')
    prefix = b.strace('write:error=ENOSPC:when=20+', path='out.jsonl.partial')
    expect(b.run('in', '--output', 'out.jsonl', prefix=prefix), 74)
    b.resume('in', '--output', 'out.jsonl', code=1)
    b.expect_same('out.jsonl', reference)
    listed = b.run('--files-from', '-', '-0', input=b'in/' + raw + b'\0')
    expect_records(expect(listed, 0), 1)


@case(18, 'newline, tab, escape sequence, leading dash in a name')
def odd_names(b):
    os.mkdir(b.path('in'))
    names = ['new\nline.png', 'tab\t.png', '\x1b[31mred.png', '-rf.png', '--model.png', '{}"\'.png']
    for name in names:
        open(b.path('in', name), 'wb').write(make.red_square(5, 5))
    result = expect(b.run('in'), 0)
    assert sorted(r['path'] for r in expect_records(result, 6)) == sorted('in/' + n for n in names)
    for name in names:
        open(b.path('in', name), 'wb').write(b'no picture')
    result = expect(b.run('in'), 1, r'new\nline.png', r'tab\t.png', r'\x1b[31mred.png')
    assert '\x1b' not in result.err and len(result.err.splitlines()) == 6
    listed = '\0'.join('in/' + name for name in names).encode()
    expect_records(b.run('--files-from', '-', '-0', input=listed), 6, failed=6)
    dash = expect(b.run('--model', b.model, '--', '-rf.png', model=False, cwd=b.path('in')), 1)
    expect_records(dash, 1, failed=1)


@case(19, 'FIFO, socket, device, folder with a name of a picture')
def not_files(b):
    b.pictures(2)
    os.mkfifo(b.path('in', 'f.jpg'))
    server = socket.socket(socket.AF_UNIX)
    server.bind(b.path('in', 's.jpg'))
    os.mkdir(b.path('in', 'd.jpg'))
    result = expect(b.run('in', timeout=20), 0, 'f.jpg: skipped: not a regular file', 's.jpg: skipped')
    expect_records(result, 2)
    for name in ('in/f.jpg', 'in/s.jpg', '/dev/zero'):
        result = expect(b.run(name, 'in/000000.png', timeout=20), 1, name.split('/')[-1])
        expect_records(result, 2, failed=1)
        expect(b.run(name, timeout=20), 1)
    server.close()


@case(20, 'output folder not writable')
def not_writable(b):
    b.pictures(2)
    os.mkdir(b.path('shut'))
    os.chmod(b.path('shut'), 0o555)
    prefix = as_nobody()
    for arguments in (['--output', 'shut/out.jsonl'], ['--save-image', 'shut/drawn'],
                      ['--format', 'yolo', '--output', 'shut/labels']):
        result = expect(b.run('in', *arguments, prefix=prefix), 73, 'cannot create', 'permission denied')
        assert result.out == b''
    assert os.listdir(b.path('shut')) == []


@case(21, 'output inside the input folder')
def output_inside(b):
    b.pictures(3)
    for _ in range(2):
        expect(b.run('in', '-r', '--output', 'in/results.json', '--save-image', 'in/drawn'), 0)
        assert len(b.lines('in/results.json')) == 3
    expect(b.run('in', '--output', 'in/000000.png'), 73, 'is an input')


@case(22, 'two runs on one output')
def two_runs(b):
    b.pictures(3000)
    reference = b.reference('in')
    child = b.start('in', '--output', 'out.jsonl')
    while not os.path.exists(b.path('out.jsonl.lock')):
        time.sleep(0.001)
    time.sleep(0.02)
    second = b.run('in', '--output', 'out.jsonl')
    expect(second, 73, f'out.jsonl is in use by pid {child.pid}')
    assert second.seconds < 10, f'{second.seconds} s'  # Long before the first run ends.
    child.communicate()
    assert child.returncode == 0
    b.expect_same('out.jsonl', reference)
    child = b.start('in', '--output', 'out.jsonl')
    stop_midway(b, child, 'out.jsonl', 5, [signal.SIGKILL])
    assert child.returncode == -signal.SIGKILL
    b.resume('in', '--output', 'out.jsonl')
    b.expect_same('out.jsonl', reference)


@case(23, 'clock set back or forward')
def clock(b):
    need('faketime')
    b.pictures(300)
    reference = b.reference('in')
    for when in ('2001-01-01 00:00:00', '2037-01-01 00:00:00', '@2026-01-01 00:00:00 x-5'):
        mode = ['-f'] if when.startswith('@') else []
        result = b.run('in', '--output', 'out.jsonl', prefix=['faketime', *mode, when], timeout=60)
        expect(result, 0)
        b.expect_same('out.jsonl', reference)
    child = b.start('in', '--output', 'out.jsonl')
    stop_midway(b, child, 'out.jsonl', 20, [signal.SIGKILL])
    expect(b.run('in', '--output', 'out.jsonl', '--resume', prefix=['faketime', '2001-01-01']), 0)
    b.expect_same('out.jsonl', reference)


@case(24, 'read-only model file and folder')
def read_only_model(b):
    b.pictures(2)
    os.mkdir(b.path('model'))
    path = make.red_model(b.path('model'))
    for name in os.listdir(b.path('model')):
        os.chmod(b.path('model', name), 0o444)
    os.chmod(b.path('model'), 0o555)
    result = b.run('in', '--model', path, *SETTINGS, model=False, prefix=as_nobody())
    expect_records(expect(result, 0), 2)
    assert sorted(os.listdir(b.path('model'))) == ['red.cfg', 'red.weights']


@case(25, 'model replaced between run and resume')
def model_replaced(b):
    b.pictures(40)
    reference = b.reference('in')
    prefix = b.strace('write:error=ENOSPC:when=20+', path='out.jsonl.partial')
    expect(b.run('in', '--output', 'out.jsonl', prefix=prefix), 74)
    before = {n: open(b.path(n), 'rb').read() for n in ('out.jsonl.partial', 'out.jsonl.state')}
    make.red_model(b.folder, red=19.0)
    result = b.run('in', '--output', 'out.jsonl', '--resume')
    expect(result, 65, 'model SHA-256 differs', '--restart')
    for name, data in before.items():
        assert open(b.path(name), 'rb').read() == data, f'{name} changed'
    make.red_model(b.folder)
    expect(b.run('in', '--output', 'out.jsonl', '--resume', '--conf', '0.5'), 65, 'options differ')
    expect(b.run('in', '--output', 'out.jsonl'), 73, '--resume', '--restart')
    expect(b.run('in', '--output', 'out.jsonl', '--restart'), 0)
    b.expect_same('out.jsonl', reference)


@case(26, 'NaN or Inf weights')
def weights_not_finite(b):
    b.pictures(2)
    make.red_model(b.folder, red=float('nan'))
    expect(b.run('in', '--output', 'out.jsonl'), 65, 'NaN')
    assert not os.path.exists(b.path('out.jsonl')) and not os.path.exists(b.path('out.jsonl.partial'))
    result = expect(b.run('in', '--allow-nonfinite'), (0, 1))
    assert b'NaN' not in b''.join(l.split(b'"error"')[0] for l in result.out.splitlines())
    make.red_model(b.folder, bias=float('inf'))
    expect(b.run('in'), 65, 'inf')
    corpus = corpus_of(b, required=False)
    if corpus:
        for name in ('onnx/weights_nan.onnx', 'npz/nan.npy'):
            expect(b.run('info', os.path.join(corpus, 'model', name), model=False), 65, 'NaN')


@case(27, 'NaN or Inf in activations')
def activations_not_finite(b):
    b.pictures(2)
    make.red_model(b.folder, red=3e38, bias=3e38)
    result = expect(b.run('in', '--output', 'out.jsonl'), 1, 'finite')
    for line in b.lines('out.jsonl'):
        record = json.loads(line, parse_constant=lambda text: 1 / 0)
        assert record['error'] is None or record['error']['kind'] == 'numeric', record
    assert any(json.loads(line)['error'] for line in b.lines('out.jsonl')), result.err


def corpus_of(b, required=True):
    corpus = os.path.join(b.shared, 'corpus') if b.shared else None
    if required and not corpus:
        raise Skip('needs the corpus (--shared)')
    return corpus


def refused(b, names, *texts, limit=1 << 31, prefix=()):
    """Each file is refused with exit 65, in reasonable memory, within seconds."""
    corpus = corpus_of(b)
    results = []
    assert names, 'no such files in the corpus'
    for name in names:
        path = os.path.join(corpus, 'model', name)
        result = b.run('info', path, model=False, prefix=prefix, timeout=60,
                       limits=[(resource.RLIMIT_AS, limit)] if not prefix else [])
        assert result.code == 65, f'{name}: exit {result.code}\n{result.err}{result.out[:500]!r}'
        assert len(result.err.splitlines()) == 1, f'{name}: {result.err}'
        SEEN.code(result.code)
        SEEN.message(result.err.strip())
        for text in texts:
            assert re.search(text, result.err), f'{name}: lacks {text}: {result.err}'
        results.append(result)
    return results


def corpus_names(b, pattern):
    manifest = os.path.join(corpus_of(b), 'MANIFEST.tsv')
    with open(manifest) as file:
        head = file.readline().rstrip('\n').split('\t')
        rows = [dict(zip(head, line.rstrip('\n').split('\t'))) for line in file]
    return [row['path'][len('model/'):] for row in rows
            if re.search(pattern, row['path']) and row['expect'] == 'reject']


@case(28, 'tensor sizes overflow')
def sizes_overflow(b):
    refused(b, corpus_names(b, r'model/onnx/(dims_overflow|shape_overflow)'), limit=1 << 30)


@case(29, 'cyclic graph, undefined input')
def cyclic_graph(b):
    refused(b, ['onnx/cycle_2.onnx'], 'cycle')
    refused(b, corpus_names(b, r'model/onnx/.*(cycle|undefined|missing_input|unsorted)'))


@case(30, 'depth bombs')
def depth_bombs(b):
    names = corpus_names(b, r'group_depth_200k|nested_graph_2000|hdr_depth_100k|hdr_nested_100k')
    stack = ['sh', '-c', 'ulimit -s 512; exec "$@"', 'sh']
    refused(b, names, prefix=stack)
    chain = os.path.join(corpus_of(b), 'model/onnx/chain_12000.onnx')
    if os.path.exists(chain):
        expect(b.run('info', chain, model=False, prefix=stack), 0)


def opened_files(b, command):
    """The paths that a program opened."""
    need('strace')
    log = b.path('opened.log')
    b.execute(['strace', '-f', '-qq', '-y', '-o', log, '-e', 'trace=open,openat,openat2', *command])
    with open(log) as file:
        return re.findall(r' = \d+<(.*)>$', file.read(), re.MULTILINE)


@case(31, 'external data escapes')
def external_data(b):
    corpus = os.path.join(corpus_of(b), 'model')
    for name in corpus_names(b, r'model/onnx_ext/.*model\.onnx'):
        refused(b, [name])
        opened = opened_files(b, [b.program, 'info', os.path.join(corpus, name)])
        assert os.path.realpath(os.path.join(corpus, name)) in opened, opened
        wrong = [path for path in opened
                 if os.path.basename(path) in ('secret.bin', 'passwd', 'mem', 'stdin')]
        assert not wrong, f'{name} opened {wrong}'
    good = os.path.join(corpus, 'onnx_ext', 'ok')
    expect(b.run('info', os.path.join(good, 'model.onnx'), model=False), 0)
    os.makedirs(b.path('outside'))
    shutil.copy(os.path.join(good, 'weights.bin'), b.path('outside', 'weights.bin'))
    for kind in ('symlink', 'hard link'):
        os.makedirs(b.path(kind))
        shutil.copy(os.path.join(good, 'model.onnx'), b.path(kind))
        link = os.symlink if kind == 'symlink' else os.link
        link(b.path('outside', 'weights.bin'), b.path(kind, 'weights.bin'))
        command = [b.program, 'info', b.path(kind, 'model.onnx')]
        expect(b.execute(command), 65)
        if kind == 'symlink':
            assert b.path('outside', 'weights.bin') not in opened_files(b, command)
    # The weights' folder is itself a link to one outside.
    os.makedirs(b.path('parent'))
    data = open(os.path.join(good, 'model.onnx'), 'rb').read()
    assert data.count(b'\x0bweights.bin') == 1, 'the model has another location'
    # Of the same length, so that no other length in the file changes.
    open(b.path('parent', 'model.onnx'), 'wb').write(
        data.replace(b'weights.bin', b'up/here.bin'))
    os.rename(b.path('outside', 'weights.bin'), b.path('outside', 'here.bin'))
    os.symlink(b.path('outside'), b.path('parent', 'up'))
    command = [b.program, 'info', b.path('parent', 'model.onnx')]
    expect(b.execute(command), 65, 'up/here.bin')
    assert b.path('outside', 'here.bin') not in opened_files(b, command)
    os.remove(b.path('parent', 'up'))
    os.makedirs(b.path('parent', 'up'))
    shutil.copy(b.path('outside', 'here.bin'), b.path('parent', 'up'))
    expect(b.execute(command), 0)  # A folder of its own is allowed.


@case(32, 'archive bombs, traversal, duplicates')
def archive_bombs(b):
    names = corpus_names(b, r'model/npz/.*zip')
    before = set(os.listdir(b.folder))
    refused(b, names)
    assert set(os.listdir(b.folder)) == before, 'something was extracted'
    for name in names:
        path = os.path.join(corpus_of(b), 'model', name)
        _, peak = peak_of(b, [b.program, 'info', path])
        assert peak < 1 << 30, f'{name}: {peak} bytes'
    for name in ('out.txt', 'err.txt'):
        os.remove(b.path(name))


@case(33, 'pickle, code in headers')
def pickled(b):
    need('strace')
    for name in ('npz/object_pickle_evil.npy', 'npz/hdr_eval.npy'):
        refused(b, [name])
        log = b.path('processes.log')
        path = os.path.join(corpus_of(b), 'model', name)
        b.run('info', path, model=False,
              prefix=['strace', '-f', '-qq', '-o', log, '-e', 'trace=execve,fork,vfork'])
        assert len(open(log).read().split('execve(')) == 2, open(log).read()
    refused(b, ['npz/object_pickle_evil.npy'], 'pickle')


@case(34, 'not a model')
def not_a_model(b):
    refused(b, corpus_names(b, r'model/(onnx|safetensors|npz)/.*(lfs|html_404|gzip|empty\.)'))
    refused(b, ['safetensors/lfs_pointer.safetensors'], 'git lfs pull')
    folder = os.path.join(corpus_of(b), 'model', 'darknet')
    arguments = ['--model', os.path.join(folder, 'good.cfg'), '--weights']
    b.pictures(1)
    lfs = b.run('in', *arguments, os.path.join(folder, 'bad_lfs.weights'), model=False)
    expect(lfs, 65, 'git lfs pull')
    open(b.path('empty.weights'), 'wb').close()
    expect(b.run('in', *arguments, b.path('empty.weights'), model=False), 65)


@case(35, 'huge folder, deep tree')
def huge_folder(b):
    count = b.options.files
    base = '/dev/shm' if os.path.isdir('/dev/shm') else None
    folder = tempfile.mkdtemp(prefix='faults-', dir=base)
    try:
        source = os.path.join(folder, 'source')
        open(source, 'wb').write(make.red_square(5, 5))
        os.mkdir(os.path.join(folder, 'many'))
        for index in range(count):
            name = os.path.join(folder, 'many', f'{index:07d}.png')
            try:
                os.link(source, name)
            except OSError:  # A file system that limits the names of a file.
                open(source + 'x', 'wb').write(make.red_square(5, 5))
                os.replace(source + 'x', source)
                os.link(source, name)
        output = os.path.join(folder, 'out.jsonl')
        command = ['sh', '-c', 'ulimit -n 128; exec "$@"', 'sh',
                   *b.command(os.path.join(folder, 'many'), '--output', output, '--quiet')]
        child = subprocess.Popen(command, stderr=subprocess.PIPE)
        early, most = None, 0
        samples = []
        while child.poll() is None:
            try:
                with open(f'/proc/{child.pid}/statm') as file:
                    samples.append(int(file.read().split()[1]) * 4096)
                most = max(most, len(os.listdir(f'/proc/{child.pid}/fd')))
                if early is None and os.path.getsize(output + '.partial') > 250_000:
                    early = samples[-1]
            except (FileNotFoundError, ProcessLookupError, IndexError):
                pass
            time.sleep(0.02)
        assert child.returncode == 0, child.stderr.read()
        with open(output, 'rb') as file:
            assert sum(1 for _ in file) == count
        late = [sample for sample in samples[-200:] if sample > 0]
        b.note = f'{count} files: {early} bytes after 1,000, {max(late)} at the end, {most} descriptors'
        assert max(late) < early * 1.1, b.note
        assert most <= 64, b.note
        deep_tree(b, folder)
    finally:
        subprocess.run(['rm', '-rf', folder])


def deep_tree(b, folder):
    depth = 10_000
    root = os.path.join(folder, 'deep')
    os.mkdir(root)
    here = os.open(root, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir('d', dir_fd=here)
        below = os.open('d', os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    file = os.open('x.png', os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=here)
    os.write(file, make.red_square(5, 5))
    os.close(file)
    os.close(here)
    child = subprocess.Popen(['sh', '-c', 'ulimit -n 128; exec "$@"', 'sh', *b.command('-r', root)],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = child.communicate(timeout=120)
    assert child.returncode == 0, err
    record = json.loads(out)
    assert record['path'].count('/d') >= depth and record['error'] is None


@case(36, 'lists on standard input')
def lists(b):
    b.pictures(3)
    lines = ['in/000000.png', 'in/000001.png', 'in/000002.png']
    whole = expect(b.run('in'), 0).out
    for separator, flags in (('\n', []), ('\0', ['-0'])):
        for end in ('', separator):
            text = (separator.join(lines) + end).encode()
            result = expect(b.run('--files-from', '-', *flags, input=text), 0)
            assert result.out == whole
    open(b.path('list'), 'w').write('\n'.join(lines))
    assert expect(b.run('--files-from', 'list'), 0).out == whole
    for format, content in (('json', ''), ('coco', '[\n]\n'), ('csv', None)):
        result = b.run('--files-from', '-', '--format', format, '--output', 'empty')
        expect(result, 66, 'no inputs')
        text = open(b.path('empty')).read()
        assert text == content if content is not None else text.count('\n') == 1, text
    expect(b.run('--files-from', '-', '--errors-ok'), 0)


@case(37, 'locale, time zone, umask, no HOME, cwd removed')
def environment(b):
    b.pictures(3)
    whole = expect(b.run(b.path('in')), 0).out
    for variables in ({}, {'LC_ALL': 'tr_TR.UTF-8', 'TZ': 'Asia/Kathmandu'}, {'LANG': 'C', 'HOME': ''}):
        assert expect(b.run(b.path('in'), env=variables), 0).out == whole
    expect(b.execute(['sh', '-c', 'umask 077; "$@"', 'sh', *b.command(b.path('in'), '--output', 'o')]), 0)
    assert open(b.path('o'), 'rb').read() == whole
    gone = tempfile.mkdtemp(dir=b.folder)
    script = 'cd "$0" && rmdir "$0" && "$@"'
    result = b.execute(['sh', '-c', script, gone, *b.command(b.path('in'))])
    assert expect(result, 0).out == whole
    result = b.execute(['sh', '-c', script.replace('&& rm', '&& mkdir "$0" 2>/dev/null; rm'), gone,
                        *b.command(b.path('in'))])
    result = b.execute(['sh', '-c', 'mkdir "$0" && cd "$0" && rmdir "$0" && "$@"', gone,
                        *b.command(b.path('in'), '--output', b.path('p'))])
    expect(result, 0)
    assert open(b.path('p'), 'rb').read() == whole


@case(38, 'worker thread fails')
def worker_fails(b):
    b.pictures(20)
    result = b.run('in', '--workers', '2', env={**os.environ, 'DETECT_FAULT': '000007.png'})
    expect(result, (1, 70), 'internal error, image in/000007.png')
    assert error_of(expect_records(result, 20, failed=1), '000007.png')['kind'] == 'internal'


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--detect', default='.build/release/detect')
    parser.add_argument('--shared', help='folder with the corpus')
    parser.add_argument('--table', metavar='FILE', help='write what was seen as Markdown')
    parser.add_argument('--kills', type=int, default=200, help='times to kill -9 (case 9)')
    parser.add_argument('--files', type=int, default=100_000, help='files in a folder (case 35)')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('cases', nargs='*', type=int)
    options = parser.parse_args()
    random.seed(options.seed)
    base = tempfile.mkdtemp(prefix='detect-faults-')
    os.chmod(base, 0o755)
    program = shutil.copy(options.detect, os.path.join(base, 'detect'))
    shared = os.path.abspath(options.shared) if options.shared else None
    if shared and not os.path.isdir(os.path.join(shared, 'corpus')):
        shared = None
    counts = {'passed': 0, 'failed': 0, 'skipped': 0}
    rows = []
    for number, name, function in sorted(CASES):
        if options.cases and number not in options.cases:
            continue
        bench = Bench(program, shared, options, base)
        bench.note = ''
        SEEN.__init__()
        begun = time.monotonic()
        try:
            function(bench)
            outcome, reason = 'passed', bench.note
        except Skip as skip:
            outcome, reason = 'skipped', str(skip)
        except (AssertionError, subprocess.TimeoutExpired, OSError, ValueError, KeyError, TypeError,
                IndexError, AttributeError) as error:
            outcome, reason = 'failed', f'{type(error).__name__}: {error}'
        counts[outcome] += 1
        messages = fault_table.Seen()
        messages.codes, messages.disk = SEEN.codes, SEEN.disk
        # Scratch folders have other names each time.
        messages.messages = [line.replace(bench.folder + '/', '').replace(f'{shared}/', '')
                             for line in SEEN.messages]
        rows.append((number, name, outcome, messages, reason))
        seconds = time.monotonic() - begun
        print(f'{number:2} {outcome:7} {name} ({seconds:.1f} s)' + (f': {reason}' if reason else ''),
              flush=True)
        subprocess.run(['rm', '-rf', bench.folder])
    subprocess.run(['rm', '-rf', base])
    total = ', '.join(f'{count} {outcome}' for outcome, count in counts.items())
    print(total)
    if options.table:
        command = f'make test-faults (--kills {options.kills} --files {options.files})'
        with open(options.table, 'w') as file:
            file.write(fault_table.table(rows, total, command))
    return 1 if counts['failed'] else 0


if __name__ == '__main__':
    sys.exit(main())
