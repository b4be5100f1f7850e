#!/bin/sh
# Installs KubeEdge on an existing cluster. All options: ./install.sh --help
self=$(readlink -f -- "$0") || self=$0
exec /bin/sh "$(dirname -- "$self")/edgelift" install --kubeedge-only "$@"
