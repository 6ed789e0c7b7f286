#!/usr/bin/env python3
"""Detection as an Apache Spark job: paths in, a Parquet table out, each input exactly once.

Usage: spark_detect.py [--master URL] [--partitions N] [--executor-memory M]
                       --detect PROGRAM --output TABLE.parquet
                       PATHS.txt [-- FLAGS OF detect run…]

PATHS.txt has one path a line; the executors must see the files under these paths. Each partition is
one `detect run --files-from - --format json --errors-ok`: the model is loaded once per partition.
`checkCode=True` makes a partition whose program died fail, so that Spark runs it again; without it
PySpark drops the rows that were not written. The number of rows is compared with the number of
inputs before the job counts as done. Files named here by relative paths are given to the executors,
which work elsewhere, by absolute ones, with the DETECT_… variables and PATH of this process. Needs `pip install pyspark` and
Java 17.
"""

import argparse
import base64
import json
import os
import re
import shlex
import sys
import time


def row(line):
    """A record as a row: the path in bytes, the record's error, and its detections."""
    record = json.loads(line)
    path = base64.b64decode(record['path_b64']) if 'path_b64' in record else record['path'].encode()
    error = record['error'] or {}
    detections = [
        (d['class_id'], d['class_name'], float(d['score']), *map(float, d['bbox']))
        for d in record['detections'] or []]
    return (bytearray(path), record['path'], record['width'], record['height'], record['model'],
            error.get('kind'), error.get('detail'), detections)


SCHEMA = ('path_bytes binary, path string, width int, height int, model string, error_kind string, '
          'error_detail string, detections array<struct<class_id:int, class_name:string, '
          'score:double, x1:double, y1:double, x2:double, y2:double>>')


def absolute(text):
    """A file's or folder's path, as it can be used from anywhere; other words as they are."""
    return os.path.abspath(text) if os.path.exists(text) else text


def absolute_flag(word):
    """A word of a command line, be it a path or --flag=path."""
    flag, equals, value = word.partition('=')
    if word.startswith('-') and equals:
        return flag + equals + absolute(value)
    return word if word.startswith('-') else absolute(word)


def environment():
    """What the piped program finds in its environment: by itself PySpark gives it an empty one."""
    names = [name for name in os.environ
             if name.startswith('DETECT_') or name in ('PATH', 'HOME', 'XDG_DATA_HOME', 'TMPDIR')]
    return {name: absolute(os.environ[name]) for name in names}


def reason(error):
    """Why a job failed, in a line: Spark's own account is some hundred."""
    child = re.search(r'Pipe function .*? exited with error code (\d+)', str(error), re.S)
    if not child:
        return None
    return (f'detect exited with {child[1]} in a partition, {TRIES} times in turn; its message is in the '
            "executors' stderr (64: flags, 65: model refused, 66: no model or no inputs)")


TRIES = 4


def main():
    arguments = sys.argv[1:]
    flags = []
    if '--' in arguments:
        cut = arguments.index('--')
        arguments, flags = arguments[:cut], arguments[cut + 1:]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--master', help='such as local[2] or spark://HOST:7077')
    parser.add_argument('--partitions', type=int, default=0, help='default: by size of the cluster')
    parser.add_argument('--executor-memory', help='such as 2g')
    parser.add_argument('--detect', default='detect')
    parser.add_argument('--output', required=True)
    parser.add_argument('paths')
    options = parser.parse_args(arguments)

    from pyspark.sql import SparkSession
    builder = SparkSession.builder.appName('detect')
    if options.master:
        builder = builder.master(options.master)
    if options.executor_memory:
        builder = builder.config('spark.executor.memory', options.executor_memory)
    builder = builder.config('spark.task.maxFailures', str(TRIES))
    spark = builder.getOrCreate()
    with open(options.paths, encoding='utf-8') as file:
        paths = [os.path.abspath(line) for line in file.read().split('\n') if line]
    count = len(paths)
    if len(set(paths)) != count:
        sys.exit('a path is listed twice')
    partitions = options.partitions or spark.sparkContext.defaultParallelism
    program = os.path.abspath(options.detect) if '/' in options.detect else options.detect
    command = shlex.join([program, 'run', '--files-from', '-', '--format', 'json',
                          '--errors-ok', '--quiet', *map(absolute_flag, flags)])
    begun = time.monotonic()
    lines = spark.sparkContext.parallelize(paths, max(1, min(partitions, count))).pipe(
        command, environment(), checkCode=True)
    try:
        spark.createDataFrame(lines.map(row), SCHEMA).write.mode('overwrite').parquet(options.output)
    except Exception as error:
        text = reason(error)
        if not text:
            raise
        spark.stop()
        sys.exit(text)
    seconds = time.monotonic() - begun
    table = spark.read.parquet(options.output)
    rows, distinct = table.count(), table.select('path_bytes').distinct().count()
    failed = table.where('error_kind is not null').count()
    print(f'{count} inputs, {rows} rows, {distinct} distinct, {failed} failed, '
          f'{seconds:.1f} s, {count / seconds:.1f} a second', flush=True)
    spark.stop()
    if rows != count or distinct != count:
        sys.exit('rows and inputs differ')


if __name__ == '__main__':
    main()
