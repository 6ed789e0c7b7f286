#!/bin/sh
# Makes every allocation of the C shims fail in turn, with AddressSanitizer: see allocation_sweep.c.
#
# Usage: allocation_sweep.sh [BUILD FOLDER]    (CC: a clang; needs the static libpng, libjpeg and zlib)
set -eu
cd "$(dirname "$0")/.."
build=${1:-.build-allocations}
mkdir -p "$build"
# Only what the shims and the codecs ask for fails; the sanitizer keeps its own.
wrap=-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=posix_memalign
# Debian's gold says hundreds of lines about the sanitizer's symbols.
linker=
if command -v ld.lld > /dev/null; then linker=-fuse-ld=lld; fi
objects=
for source in Sources/CImageCodecs/*.c Sources/CKernels/*.c Scripts/allocation_sweep.c; do
  object=$build/$(basename "$source" .c).o
  objects="$objects $object"
  newest=$(find "$source" "$(dirname "$source")" -newer "$object" 2>/dev/null | head -n 1 || true)
  if [ -f "$object" ] && [ -z "$newest" ]; then continue; fi
  "${CC:-clang}" -std=gnu11 -g -O1 -fsanitize=address -fno-omit-frame-pointer -Wall -Wextra -Wno-cast-function-type \
    -ISources/CImageCodecs/include -ISources/CKernels/include $(pkg-config --cflags libpng libjpeg) \
    -c "$source" -o "$object"
done
folder=$(pkg-config --variable=libdir libpng)
# shellcheck disable=SC2086
"${CC:-clang}" -fsanitize=address $linker $wrap $objects \
  "$folder/libpng.a" "$folder/libjpeg.a" "$(pkg-config --variable=libdir zlib)/libz.a" -lm -lpthread -o "$build/sweep"
ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 "$build/sweep"
