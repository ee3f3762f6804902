#!/usr/bin/env bash
# Runs every command in the ```console blocks of docs/*.md and README.md and compares what it prints with what the text
# says. In those blocks a line that begins with "$ " is a command, the lines below it are its output; a line "..." stands
# for any lines. Words must agree, and numbers to 8 %: processors with and without AVX-512 round otherwise, and after
# thousands of steps and a cut the same model's loss then differs by 4 %.
# All commands run in one folder, in the order of the files. With --update the text gets the new output instead.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
here=$root/tests/docs
work=${DOCS_TEST_FOLDER:-$(mktemp -d)}
mkdir -p "$work/.docs"
[ -n "${DOCS_TEST_FOLDER:-}" ] || trap 'rm -rf "$work"' EXIT
export PATH=$root/build:$PATH
ln -sfn "$root/data" "$work/data"
update=${1:-}
failures=0 commands=0
cd "$work"
for page in "$root"/README.md "$root"/docs/tour.md "$root"/docs/exercises.md "$root"/docs/answers.md "$root"/docs/lecture.md; do
  [ -e "$page" ] || continue
  rm -f .docs/*
  awk -v folder=.docs -f "$here/split.awk" "$page"
  for command in .docs/command.*; do
    [ -e "$command" ] || continue
    n=${command##*.}
    commands=$((commands + 1))
    bash "$command" >".docs/got.$n" 2>/dev/null || echo "(it failed)" >>".docs/got.$n"
    [ "$update" = --update ] && continue
    if ! awk -f "$here/compare.awk" ".docs/expected.$n" ".docs/got.$n"; then
      echo "${page#"$root"/}: $(cat "$command")"
      diff ".docs/expected.$n" ".docs/got.$n" | head -20 || true
      failures=$((failures + 1))
    fi
  done
  if [ "$update" = --update ]; then
    awk -v folder=.docs -f "$here/update.awk" "$page" >.docs/page && cp .docs/page "$page"
  fi
done
echo "docs: $commands commands, $failures print something else than the text says"
[ "$failures" = 0 ]
