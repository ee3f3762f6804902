#!/usr/bin/env bash
# Spoils one line of src/nn or src/sgtm at a time (mutants.tsv: file, what stands there, what is put in its place) and
# asks whether a test notices. Prints a line per mutant, and at the end the survivors; exit code 1 if there are any. What
# is quoted must stand in its file exactly once; lines of which that is not true are listed first of all: exit code 2.
# With numbers of lines, only those: tests/mutants/run.sh 4 52. Works on a copy in build/mutants; what was found is kept there, so that a run that was cut goes on where it stopped.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
work=$root/build/mutants
results=$work/results.tsv
jobs=$(nproc 2>/dev/null || sysctl -n hw.ncpu)

# Standard input: mutants. Lists those whose quote stands in no place of its file, or in several.
unclear_quotes() {
  local number=0 file from to times
  while IFS=$'\t' read -r file from to; do
    number=$((number + 1))
    if [ -z "$file" ]; then continue; fi
    times=0
    if [ -f "$root/src/$file" ]; then
      times=$(from="$from" awk '
        { for (rest = $0; at = index(rest, ENVIRON["from"]); rest = substr(rest, at + 1)) ++times }
        END { print times + 0 }' "$root/src/$file")
    fi
    if [ "$times" != 1 ]; then echo "mutants.tsv, line $number: $file has \"$from\" $times times, not once"; fi
  done
}
unclear=$(unclear_quotes <tests/mutants/mutants.tsv)
if [ -n "$unclear" ]; then echo "$unclear" >&2; exit 2; fi

mkdir -p "$work/tree"
for part in src tests data CMakeLists.txt; do  # with their times, so that only what changed is built again
  rm -rf "${work:?}/tree/$part"
  cp -Rp "$root/$part" "$work/tree/$part"
done
# Results of other sources or tests say nothing.
state=$(cd "$root" && find src tests CMakeLists.txt -type f -print0 | sort -z | xargs -0 cksum | cksum)
if [ "$(cat "$work/state" 2>/dev/null)" != "$state" ]; then rm -f "$results"; echo "$state" >"$work/state"; fi
touch "$results"

# Debug: quick to compile, and assertions count as tests.
cmake -S "$work/tree" -B "$work/build" -DCMAKE_BUILD_TYPE=Debug >/dev/null
build() { cmake --build "$work/build" -j "$jobs" --target "$@" >"$work/log" 2>&1; }
suites="nn model sgtm verify"
build test_nn test_model test_sgtm test_verify || { cat "$work/log"; exit 2; }
for suite in $suites; do
  "$work/build/tests/test_$suite" >"$work/log" 2>&1 || { cat "$work/log"; echo "test_$suite fails without a mutant" >&2; exit 2; }
done

# The first suite that notices, or "survived".
try() {
  for suite in $suites; do
    if ! build "test_$suite"; then echo "does not compile"; return; fi
    if ! timeout 300 "$work/build/tests/test_$suite" --abort-after=1 >"$work/log" 2>&1; then echo "$suite"; return; fi
  done
  echo survived
}

number=0
while IFS=$'\t' read -r file from to; do
  number=$((number + 1))
  if [ $# -gt 0 ] && [[ " $* " != *" $number "* ]]; then continue; fi
  if [ -z "$file" ] || cut -f1 "$results" | grep -qx "$number"; then continue; fi
  from="$from" to="$to" awk '
    { at = done ? 0 : index($0, ENVIRON["from"]) }
    at { $0 = substr($0, 1, at - 1) ENVIRON["to"] substr($0, at + length(ENVIRON["from"])); done = 1 }
    { print }
    END { exit !done }' "$root/src/$file" >"$work/mutant" || { echo "mutants.tsv, line $number: $file has no \"$from\"" >&2; exit 2; }
  cp "$work/mutant" "$work/tree/src/$file"
  found=$(try)
  cp "$root/src/$file" "$work/tree/src/$file"
  printf '%s\t%s\t%s\t%s  ->  %s\n' "$number" "$found" "$file" "$from" "$to" | tee -a "$results"
done <tests/mutants/mutants.tsv

echo
total=$(wc -l <"$results")
survivors=$(awk -F'\t' '$2 == "survived" || $2 == "does not compile"' "$results")
echo "$total mutants; noticed by: $(cut -f2 "$results" | sort | uniq -c | awk '{ printf "%s%s %s", sep, $2, $1; sep = ", " }')"
if [ -n "$survivors" ]; then echo "not noticed:"; echo "$survivors"; exit 1; fi
