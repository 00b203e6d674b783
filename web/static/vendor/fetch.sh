#!/bin/sh
# Fetches the vendored files again from the npm packages that PACKAGES names and writes SHA256SUMS anew.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
grep -v '^#' "$here/PACKAGES" | while read -r name version inside _ outside; do
  version=${version%:}
  folder="$work/$(echo "$name@$version" | tr '/@' '__')"
  if [ ! -d "$folder" ]; then
    mkdir "$folder"
    (cd "$folder" && npm pack --silent "$name@$version" >/dev/null && tar xzf ./*.tgz)
  fi
  cp "$folder/package/$inside" "$here/$outside"
  # A map file is not vendored, so nothing may point at one.
  case $outside in *.js | *.css) sed -i 's@/[/*]# sourceMappingURL=[^*]*\(\*/\)\{0,1\}$@@' "$here/$outside" ;; esac
  chmod 644 "$here/$outside"
done
cd "$here" && sha256sum $(grep -v '^#' PACKAGES | sed 's/.*-> //') >SHA256SUMS
