#!/usr/bin/env bash
# `make bench`: this project's speed, and PyTorch's in turns with it where PyTorch is. PEERS=1 installs it
# from PyPI into build/peers: 1 GB, or several where PyPI's build has CUDA in it. Options go to sgtm bench.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=build/peers
if [ "${PEERS:-}" = 1 ] && [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q numpy torch==2.13.0
fi
for python in "$venv/bin/python" python3; do
  if "$python" -c 'import torch' 2>/dev/null; then
    exec build/sgtm bench --peer "$python -W ignore tests/bench/torch_peer.py" "$@"
  fi
done
echo "PyTorch is not installed; PEERS=1 make bench installs it and times it too."
exec build/sgtm bench "$@"
