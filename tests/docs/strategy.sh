#!/usr/bin/env bash
# Exercise 9's worked answer: docs/new-strategy.patch applies to a copy of the sources, which then builds, passes
# `sgtm verify gradients` for the new strategy, and trains with it.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$root/CMakeLists.txt" "$root/src" "$root/data" "$root/tests" "$work"
cd "$work"
git apply "$root/docs/new-strategy.patch"
cmake -S . -B build -DCMAKE_BUILD_TYPE=Release >/dev/null
cmake --build build -j "$(nproc)" --target sgtm >build.log 2>&1 || { tail -n 20 build.log; exit 1; }
build/sgtm verify gradients --strategy sgtm_alone | tail -n 1 | grep "all right"
build/sgtm prepare --stories 300 --out story-data >/dev/null
build/sgtm train --data story-data --preset nano --steps 20 --strategy sgtm_alone --undiscovered 0.2 --out run >/dev/null 2>&1
echo "the new strategy: applied, built, verified, trained"
