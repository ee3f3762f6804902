#!/usr/bin/env bash
# tests/fuzz/run.sh BUILD SECONDS [PARSER...]: fuzzes every parser (or those named) for so long, two at a time on two
# cores. What they find is kept in BUILD/found; exit code 1 where there is something. Prints executions and coverage.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$1 seconds=$2
shift 2
parsers=("$@")
[ ${#parsers[@]} -gt 0 ] || mapfile -t parsers < <(ls tests/fuzz/corpus)
cmake -S . -B "$build" -DCMAKE_CXX_COMPILER=clang++ -DSGTM_FUZZ=ON >/dev/null
.ci/build "$build" -j "$(nproc)" --target fuzzer
mkdir -p "$build/found" "$build/log"
export TMPDIR=/dev/shm ASAN_OPTIONS=detect_leaks=0
[ -w "$TMPDIR" ] || unset TMPDIR

fuzz() {
  local parser=$1
  mkdir -p "$build/corpus/$parser"
  SGTM_PARSER=$parser OMP_NUM_THREADS=1 "$build/tests/fuzzer" "$build/corpus/$parser" "tests/fuzz/corpus/$parser" \
    -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=65536 -artifact_prefix="$build/found/$parser-" \
    -print_final_stats=1 2>"$build/log/$parser" >/dev/null || echo "$parser: a finding, see $build/log/$parser" >&2
  awk -v parser="$parser" '/number_of_executed_units/ {runs = $2} /cov:/ {for (i = 1; i < NF; ++i) if ($i == "cov:") cov = $(i + 1)}
    END {printf "%-12s %12d executions, coverage %d\n", parser, runs, cov}' "$build/log/$parser"
}
export -f fuzz
export build seconds
printf '%s\n' "${parsers[@]}" | xargs -P "$(nproc)" -I{} bash -c 'fuzz {}'
if [ -n "$(ls "$build/found")" ]; then
  echo "findings: $(ls -d "$build"/found/*)" >&2
  exit 1
fi
