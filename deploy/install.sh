#!/bin/bash
# Installs casemgr from this bundle without any network. ./install.sh [FOLDER] (default /srv/casemgr); run again to upgrade.
# Needs Python 3.11 (Debian 12: python3) and what debian-packages.txt lists. Settings and units: docs/operating.md.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=${1:-/srv/casemgr}
python=${PYTHON:-python3}

(cd "$here" && sha256sum --quiet -c SHA256SUMS) || { echo "The bundle is damaged: fetch it again." >&2; exit 1; }
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "This bundle is for Python 3.11; $python is $("$python" -V)." >&2; exit 1; }
if command -v dpkg-query >/dev/null; then
    missing=$(while read -r name _; do
        [ -z "$name" ] || [ "${name#\#}" != "$name" ] || dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || echo "$name"
    done <"$here/debian-packages.txt")
    [ -z "$missing" ] || echo "Not installed yet (debs/ may have them: dpkg -i debs/*.deb):" $missing >&2
fi

new="$target.new"
rm -rf "$new"
mkdir -p "$new"
cp -a "$here/code/." "$new/"
"$python" -m venv --without-pip "$new/.venv"
pip=$(ls "$here"/wheels/pip-*.whl)
"$new/.venv/bin/python" "$pip/pip" install -q --no-index --find-links "$here/wheels" --disable-pip-version-check --no-compile \
    --require-hashes -r "$new/requirements.txt"
cp "$new/requirements.txt" "$new/.venv/.installed"
if [ -e "$target" ]; then
    rm -rf "$target.old"
    mv "$target" "$target.old" # the way back: mv it again
fi
mv "$new" "$target"
echo "Installed in $target. Next: settings in /etc/casemgr/casemgr.env, the schema (python -m flask --app wsgi migrate), the units in deploy/systemd."
