#!/usr/bin/env bash
# tests/tsan/run.sh BUILD: trains with two threads under the thread sanitizer, with Archer, which tells it of OpenMP's
# barriers. No report may come; a race that is planted (race.cpp) must be reported.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$1
cmake -S . -B "$build" -DCMAKE_CXX_COMPILER=clang++ -DSGTM_TSAN=ON >/dev/null
.ci/build "$build" -j "$(nproc)" --target sgtm planted_race
archer=$(find /usr/lib/llvm-*/lib /usr/lib64 /opt -name 'libarcher.so' 2>/dev/null | head -n 1)
[ -n "$archer" ] || { echo "make tsan: libarcher.so was not found. Install libomp-dev." >&2; exit 2; }
export OMP_TOOL_LIBRARIES=$archer TSAN_OPTIONS="ignore_noninstrumented_modules=1 exitcode=66" OMP_NUM_THREADS=2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$build/sgtm" prepare --stories 60 --vocabulary 400 --context 400 --out "$folder/data" >/dev/null
"$build/sgtm" train --data "$folder/data" --preset nano --vocabulary 400 --context 400 --strategy sgtm --undiscovered 0.25 \
  --steps 12 --calibration-steps 2 --evaluate-every 6 --out "$folder/run" >/dev/null
echo "training with two threads: no race"
status=0
"$build/tests/planted_race" >"$folder/race" 2>&1 || status=$?
if [ $status != 66 ] || ! grep -q "data race" "$folder/race"; then
  echo "the planted race was not reported (exit code $status)" >&2
  exit 1
fi
echo "the planted race is reported"
