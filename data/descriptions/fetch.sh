#!/usr/bin/env bash
# Writes descriptions.en.txt and descriptions.it.txt into a folder: what Debian 12 says of its packages, the same
# packages in both languages, a package a document. Fetches two files of 6 MB each; nothing is installed, and apt's own
# lists stay as they are.
#   data/descriptions/fetch.sh runs/descriptions
#   data/descriptions/fetch.sh runs/descriptions Translation-en Translation-it    (files that you have, unpacked)
set -euo pipefail
out=${1:?a folder to write, such as runs/descriptions}
here=$(cd "$(dirname "$0")" && pwd)
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work" "$out"/descriptions.??.txt.part' EXIT

if [ $# -ge 3 ]; then
  english=$2 italian=$3
elif command -v apt-get >/dev/null; then
  mkdir -p "$work/lists/partial" "$work/cache"
  chmod 755 "$work"  # apt fetches as another user
  echo "deb $mirror bookworm main" >"$work/sources.list"
  apt-get -q -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o Dir::Etc::sourcelist="$work/sources.list" \
    -o Dir::Etc::sourceparts=- -o Acquire::Languages=en,it update >&2 || {
    echo "fetch.sh: apt-get could not fetch the lists. Is $mirror reachable? DEBIAN_MIRROR names another." >&2
    exit 2
  }
  for language in en it; do
    /usr/lib/apt/apt-helper cat-file "$work"/lists/*_i18n_Translation-"$language"* >"$work/$language"
  done
  english=$work/en italian=$work/it
else
  echo "fetch.sh: without apt-get, fetch $mirror/dists/bookworm/main/i18n/Translation-en.bz2 and Translation-it.bz2, unpack them, and name them behind the folder." >&2
  exit 2
fi

LC_ALL=C awk -v to="$out" -f "$here/pair.awk" "$english" "$italian"
for language in en it; do mv "$out/descriptions.$language.txt.part" "$out/descriptions.$language.txt"; done
(cd "$out" && wc -c descriptions.??.txt && sha256sum descriptions.??.txt)
