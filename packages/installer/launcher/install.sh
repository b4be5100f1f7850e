#!/bin/sh
# Installs this archive's role on this machine. All options: ./edgelift install --help
exec "$(dirname -- "$0")/edgelift" install "$@"
