#!/usr/bin/env bash
# Runs the commands of README.md, docs/*.md and docs/results/*.md, and holds the source that they quote to the source (quotes.py).
# ```console blocks: a line that begins with "$ " is a command, the lines below it are its output, which is compared; a line
# "..." stands for any lines. Words must agree, and numbers to 15 % (whole ones 8) or two units of their last decimal: processors
# with and without AVX-512 round otherwise, and after thousands of steps and a cut the same model's loss then differs by 4 %,
# a small derivative by 12 %. With --update the text gets the new output.
# ```sh blocks: scripts, many of them hours long. They run as written but in little (tests/docs/little), and must succeed.
# All commands run in one folder, in the order of the files.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
here=$root/tests/docs
work=${DOCS_TEST_FOLDER:-$(mktemp -d)}
mkdir -p "$work/.docs"
[ -n "${DOCS_TEST_FOLDER:-}" ] || trap 'rm -rf "$work"' EXIT
export SGTM=$root/build/sgtm PATH=$root/build:$PATH
ln -sfn "$root/data" "$work/data"
ln -sfn "$root/build" "$work/build"
ln -sfn "$root/tests" "$work/tests"
update=${1:-}
failures=0 commands=0
python3 "$here/quotes.py" || failures=1
cd "$work"
[ ! -d runs ] || find runs -mindepth 1 -maxdepth 1 ! -name 'demo*' -exec rm -rf {} +  # of an earlier call; its demos take minutes
pages=("$root/README.md" "$root"/docs/tour.md "$root"/docs/exercises.md "$root"/docs/answers.md "$root"/docs/lecture.md)

for page in "${pages[@]}"; do
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

# What the scripts find in place: somebody's texts, GPT-2's files, and data sets that longer commands have made.
texts() { "$SGTM" stories --language "$1" --documents 1200 | awk '{print} /^$/ {print "<|endoftext|>"}'; }
mkdir -p runs/bible runs/data runs/demo runs/demo-1
texts en | tee english.txt big.txt TinyStories-train.txt >runs/bible/bible.en.txt
texts es | tee spanish.txt bible.es.txt TinyStories-es-train.txt >runs/bible/bible.es.txt
"$SGTM" prepare --stories 200 --out gpt2 --overwrite >/dev/null 2>&1
"$SGTM" prepare --encyclopedia --forget biology --adjacent medicine,chemistry,earth --articles 2400 --out runs/encyclopedia/data >/dev/null 2>&1
"$SGTM" train --data gpt2 --preset nano --strategy none --steps 2 --context 512 --vocabulary 4096 --out TinyStories-1M >/dev/null 2>&1
for score in 0.01:en 0.95:es; do
  "$SGTM" stories --language "${score#*:}" --documents 200 --seed 2 |
    awk -v score="${score%:*}" '/./ {gsub(/["\\]/, ""); printf "{\"text\": \"%s\", \"score\": %s}\n", $0, score}'
done >scored.jsonl
for data in runs/demo/data runs/demo-1/data runs/data/two-scripts-20000 runs/data/two-scripts-40000; do [ -e $data ] || cp -r gpt2 $data; done

export PATH=$here/little:$PATH
for page in "$root/README.md" "$root"/docs/*.md "$root"/docs/results/*.md; do
  rm -f .docs/*
  awk -v folder=.docs -v fence=sh -f "$here/split.awk" "$page"
  for script in .docs/command.*; do
    [ -e "$script" ] || continue
    commands=$((commands + 1))
    if ! bash -eo pipefail "$script" >.docs/out 2>&1; then
      echo "${page#"$root"/}, in little:"
      cat "$script"
      tail -n 3 .docs/out
      failures=$((failures + 1))
    fi
  done
done
echo "docs: $commands commands and scripts; $failures fail, print or quote something else than the text says"
[ "$failures" = 0 ]
