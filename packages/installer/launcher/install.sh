#!/bin/sh
# Installs this archive's role on this machine. All options: ./install.sh --help
self=$(readlink -f -- "$0") || self=$0
exec /bin/sh "$(dirname -- "$self")/edgelift" install "$@"
