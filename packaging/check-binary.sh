#!/usr/bin/env bash
# check-binary.sh BINARY: fails if a program that is about to be packaged can be driven through egui's inspection port. That code
# is in development builds alone (the feature `inspection`); a package is built with --no-default-features.

set -euo pipefail

[ $# = 1 ] || { echo "usage: $0 BINARY" >&2; exit 2; }
[ -f "$1" ] && [ -r "$1" ] || { echo "$1 can't be read" >&2; exit 2; }

# The crate's own name, as its messages begin. (EGUI_INSPECTION, the variable, is named by builds without the crate too: they say
# that they can't do what it asks for.)
if LC_ALL=C grep -aqF egui_inspection "$1"; then
    echo "$1 has egui's inspection port in it: build it with --no-default-features" >&2
    exit 1
fi
# A file that is no build of Sekisho proves nothing.
if ! LC_ALL=C grep -aqF SEKISHO_LOG "$1"; then
    echo "$1 is no build of Sekisho" >&2
    exit 2
fi
echo "$1 has no inspection port"
