#!/bin/sh
# Installs the system libraries that the build needs, where they are missing.
set -eu

packages=""
need() { # header package
  for folder in /usr/include /usr/local/include /opt/homebrew/include; do
    if [ -e "$folder/$1" ]; then return; fi
  done
  packages="$packages $2"
}
need png.h libpng-dev
need jpeglib.h libjpeg-dev
need zlib.h zlib1g-dev

if ! command -v swift >/dev/null 2>&1; then
  echo "setup: Swift 6 is needed and there is no 'swift' on the PATH (see swift.org/install)" >&2
  exit 1
fi
if [ -z "$packages" ]; then exit 0; fi

if ! command -v apt-get >/dev/null 2>&1; then
  echo "setup: the development files of libpng, libjpeg and zlib are needed (missing:$packages)." >&2
  echo "setup: there is no apt-get here: install them with this system's package manager." >&2
  exit 1
fi
run=""
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null 2>&1; then
    echo "setup: run as root: apt-get install$packages" >&2
    exit 1
  fi
  run="sudo"
fi
echo "setup: installing$packages" >&2
$run apt-get update -qq
# Words of $packages are separate arguments.
$run env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages
