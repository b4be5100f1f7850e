#!/bin/sh
# Undoes what this installer did on this machine. All options: ./edgelift cleanup --help
exec "$(dirname -- "$0")/edgelift" cleanup "$@"
