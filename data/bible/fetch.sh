#!/usr/bin/env bash
# Writes bible.en.txt (World English Bible) and bible.es.txt (Reina-Valera 1909), both public domain, into a folder:
# the same 1189 chapters in both languages, a chapter a document. Fetches Debian's packages without installing them,
# but for diatheke, which reads them.
#   data/bible/fetch.sh runs/bible
set -euo pipefail
out=${1:?a folder to write, such as runs/bible}
here=$(cd "$(dirname "$0")" && pwd)
if ! command -v apt-get >/dev/null || ! command -v diatheke >/dev/null; then
  echo "fetch.sh: needs Debian's or Ubuntu's apt-get and diatheke. Try: sudo apt-get install diatheke" >&2
  exit 2
fi

mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work" "$out"/bible.??.txt.part' EXIT
(cd "$work" && apt-get download -q sword-text-web sword-text-sparv >/dev/null 2>&1) || {
  echo "fetch.sh: apt-get could not download sword-text-web and sword-text-sparv. Try: sudo apt-get update" >&2
  exit 2
}
for package in "$work"/*.deb; do dpkg-deb -x "$package" "$work"; done
export SWORD_PATH=$work/usr/share/sword

# The World English Bible has the Deuterocanon between Malachi and Matthew, which the Reina-Valera lacks.
export_bible() {
  for books in Gen-Mal Matt-Rev; do diatheke -b "$1" -f internal -k "$books"; done | awk -f "$here/convert.awk"
}
export_bible engWEB2015eb >"$out/bible.en.txt.part"
export_bible spaRV1909eb >"$out/bible.es.txt.part"
for text in bible.en.txt bible.es.txt; do
  chapters=$(grep -cFx '<|endoftext|>' "$out/$text.part" || true)
  if [ "$chapters" != 1189 ]; then
    echo "fetch.sh: diatheke gave $chapters chapters for $text instead of 1189, so nothing was written." >&2
    exit 2
  fi
done
mv "$out/bible.en.txt.part" "$out/bible.en.txt"
mv "$out/bible.es.txt.part" "$out/bible.es.txt"
wc -w "$out/bible.en.txt" "$out/bible.es.txt"
