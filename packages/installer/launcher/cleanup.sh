#!/bin/sh
# Undoes what this installer did on this machine. All options: ./cleanup.sh --help
self=$(readlink -f -- "$0") || self=$0
exec /bin/sh "$(dirname -- "$self")/edgelift" cleanup "$@"
