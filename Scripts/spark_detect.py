#!/usr/bin/env python3
"""Detection as an Apache Spark job: paths in, a Parquet table out, each input exactly once.

Usage: spark_detect.py [--master URL] [--partitions N] [--executor-memory M]
                       --detect PROGRAM --output TABLE.parquet
                       PATHS.txt [-- FLAGS OF detect run…]

PATHS.txt has one path a line; the executors must see the files under these paths. Each partition is
one `detect run --files-from - --format json --errors-ok`: the model is loaded once per partition.
`checkCode=True` makes a partition whose program died fail, so that Spark runs it again; without it
PySpark drops the rows that were not written. The number of rows is compared with the number of
inputs before the job counts as done. Needs `pip install pyspark` and Java 17.
"""

import argparse
import base64
import json
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
    spark = builder.getOrCreate()
    with open(options.paths, encoding='utf-8') as file:
        paths = [line for line in file.read().split('\n') if line]
    count = len(paths)
    if len(set(paths)) != count:
        sys.exit('a path is listed twice')
    partitions = options.partitions or spark.sparkContext.defaultParallelism
    command = shlex.join([options.detect, 'run', '--files-from', '-', '--format', 'json',
                          '--errors-ok', '--quiet', *flags])
    begun = time.monotonic()
    lines = spark.sparkContext.parallelize(paths, max(1, min(partitions, count))).pipe(
        command, checkCode=True)
    spark.createDataFrame(lines.map(row), SCHEMA).write.mode('overwrite').parquet(options.output)
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
