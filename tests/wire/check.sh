#!/usr/bin/env bash
# Capture the frames of the official SDKs again and compare with official.json.
# "check.sh --write" renews official.json instead.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/envs.sh"
v2=$(sdk_env wire-v2 "$here/requirements-v2.txt")
v3=$(sdk_env wire-v3 "$here/requirements-v3.txt")
if [ "${1:-}" = --write ]; then
    mode=("$here/official.json")
else
    mode=(--check "$here/official.json")
fi
exec "$(sdk_python)" "$here/capture.py" --v2-python "$v2" --v3-python "$v3" "${mode[@]}"
