#!/bin/sh
# Compares downloaded archives with the checksums.txt beside this script: sh verify.sh ARCHIVE...
set -eu
[ $# -gt 0 ] || {
  echo "usage: sh verify.sh ARCHIVE..." >&2
  exit 2
}
sums=$(dirname "$0")/checksums.txt
[ -r "$sums" ] || {
  echo "error: $sums is missing: download it with the archive" >&2
  exit 1
}
sha256() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum <"$1"; else shasum -a 256 <"$1"; fi | cut -d ' ' -f 1
}
failed=0
for archive in "$@"; do
  name=$(basename "$archive")
  expected=$(awk -v name="$name" '$2 == name { print $1 }' "$sums")
  if [ -z "$expected" ]; then
    echo "$name: not in checksums.txt" >&2
    failed=1
  elif [ "$(sha256 "$archive")" = "$expected" ]; then
    echo "$name: OK"
  else
    echo "$name: FAILED: these are not the bytes of the release" >&2
    failed=1
  fi
done
exit "$failed"
