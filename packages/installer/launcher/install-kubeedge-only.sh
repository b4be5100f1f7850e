#!/bin/sh
# Installs KubeEdge on a cluster that is there already. All options: ./edgelift install --help
exec "$(dirname -- "$0")/edgelift" install --kubeedge-only "$@"
