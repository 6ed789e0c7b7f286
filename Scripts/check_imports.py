#!/usr/bin/env python3
"""Checks what the compiler does not: that each source file imports only what its target declares,
that imports between rooms state their access, and that no file has outgrown its concept.

Usage: python3 Scripts/check_imports.py
"""

import json
import pathlib
import re
import subprocess
import sys

# Modules of the toolchain that any target may import. Not Foundation: it is large and slow to load.
TOOLCHAIN = {"Swift", "Synchronization", "Glibc", "Musl", "Darwin", "FoundationEssentials"}
TEST_TOOLCHAIN = TOOLCHAIN | {"Testing"}
# System headers and the only target whose C files may include them.
SYSTEM_HEADERS = {
    "png.h": {"CImageCodecs", "SystemPNG"},
    "pngconf.h": {"CImageCodecs", "SystemPNG"},
    "jpeglib.h": {"CImageCodecs", "SystemJPEG"},
    "jerror.h": {"CImageCodecs", "SystemJPEG"},
    "zlib.h": {"SystemZlib"},
}
LINE_LIMIT = 500

IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*"
    r"(?P<access>public|package|internal|fileprivate|private)?\s*"
    r"\bimport\s+(?:(?:struct|class|enum|protocol|typealias|func|let|var)\s+)?(?P<module>\w+)"
)
INCLUDE = re.compile(r"^\s*#\s*include\s*[<\"](?P<header>[^>\"]+)[>\"]")


def dependencies(target):
    """The module names that a target of `swift package dump-package` declares."""
    names = set()
    for dependency in target["dependencies"]:
        for kind in ("byName", "target", "product"):
            if kind in dependency:
                names.add(dependency[kind][0])
    return names


def source_folder(target):
    if target.get("path"):
        return pathlib.Path(target["path"])
    return pathlib.Path("Tests" if target["type"] == "test" else "Sources") / target["name"]


def check_swift(path, target, is_test, problems):
    allowed = dependencies(target) | (TEST_TOOLCHAIN if is_test else TOOLCHAIN)
    lines = path.read_text(encoding="utf-8").splitlines()
    is_generated = "Generated" in path.parts
    in_text = False
    for number, line in enumerate(lines, 1):
        # Programs in other languages stand in multi-line string literals.
        in_text ^= line.count('"""') % 2 == 1
        match = IMPORT.match(line)
        if not match or in_text:
            continue
        module = match["module"]
        if module not in allowed and not (is_generated and module == "Foundation"):
            problems.append(f"{path}:{number}: {target['name']} does not declare {module}")
        if not is_test and not is_generated and not match["access"]:
            problems.append(f"{path}:{number}: import {module} states no access level")
        if match["access"] == "public":
            problems.append(f"{path}:{number}: nothing here is public; use package import")
    if not is_generated and len(lines) > LINE_LIMIT:
        problems.append(f"{path}: {len(lines)} lines, at most {LINE_LIMIT}")


def check_c(path, target, names, problems):
    allowed = dependencies(target) | {target["name"]}
    text = path.read_text(encoding="utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        header = match["header"]
        if header in SYSTEM_HEADERS and target["name"] not in SYSTEM_HEADERS[header]:
            problems.append(f"{path}:{number}: {header} belongs to {SYSTEM_HEADERS[header]}")
        if header in SYSTEM_HEADERS and "include" in path.parts:
            problems.append(f"{path}:{number}: {header} may appear in .c files only")
        room = pathlib.PurePath(header).stem
        if room in names and room not in allowed:
            problems.append(f"{path}:{number}: {target['name']} does not declare {room}")


def main():
    dump = subprocess.run(
        ["swift", "package", "dump-package"], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    targets = json.loads(dump)["targets"]
    names = {target["name"] for target in targets}
    problems = []
    count = 0
    for target in targets:
        folder = source_folder(target)
        is_test = folder.parts[0] == "Tests"
        for path in sorted(folder.rglob("*")):
            if path.suffix == ".swift":
                count += 1
                check_swift(path, target, is_test, problems)
            elif path.suffix in (".c", ".h") and target["type"] != "system":
                count += 1
                check_c(path, target, names, problems)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"check_imports: {count} files, {len(problems)} problems", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
