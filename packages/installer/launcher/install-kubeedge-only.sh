#!/bin/sh
# Installs KubeEdge on an existing cluster. All options: ./install.sh --help
self=$(readlink -f -- "$0") || self=$0
edgelift=$(dirname -- "$self")/edgelift
# sh ends with 0 for an empty script, as a power loss leaves it.
if ! [ -s "$edgelift" ]; then
  echo "error[RUNTIME_UNUSABLE]: $edgelift is empty or missing: unpack the archive again" >&2
  echo "error[RUNTIME_UNUSABLE]: $edgelift 为空或缺失：请重新解压离线包" >&2
  exit 4
fi
export EDGELIFT_LAUNCHER=./install-kubeedge-only.sh
exec /bin/sh "$edgelift" install --kubeedge-only "$@"
