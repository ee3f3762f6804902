#!/usr/bin/env bash
# Writes manuals.en.txt and manuals.de.txt into a folder: the manual pages that Debian has in English and in German, a
# section of a page a document. Downloads packages of 15 MB; nothing is installed.
#   data/manuals/fetch.sh runs/manuals
set -euo pipefail
out=${1:?a folder to write, such as runs/manuals}
here=$(cd "$(dirname "$0")" && pwd)
packages="manpages manpages-dev coreutils util-linux systemd manpages-de manpages-de-dev"
if ! command -v apt-get >/dev/null; then
  echo "fetch.sh: needs Debian's or Ubuntu's apt-get." >&2
  exit 2
fi
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work" "$out"/manuals.??.txt.part' EXIT
(cd "$work" && apt-get download -q $packages >/dev/null 2>&1) || {
  echo "fetch.sh: apt-get could not download $packages. Try: sudo apt-get update" >&2
  exit 2
}
for package in "$work"/*.deb; do dpkg-deb -x "$package" "$work"; done
cd "$work/usr/share/man"

# Pages that stand in both languages under the same name.
mkdir "$work/en" "$work/de"
for page in $(cd de && find man? -type f -name '*.gz' | LC_ALL=C sort); do
  [ -f "$page" ] || continue
  zcat "$page" >"$work/en/$(basename "$page" .gz)"
  zcat "de/$page" >"$work/de/$(basename "$page" .gz)"
done
cd - >/dev/null
LC_ALL=C awk -v to="$out" -f "$here/sections.awk" "$work"/en/* "$work"/de/*
for language in en de; do mv "$out/manuals.$language.txt.part" "$out/manuals.$language.txt"; done
(cd "$out" && wc -c manuals.??.txt && sha256sum manuals.??.txt)
