#!/usr/bin/env bash
# An independent Relay service against `callboard events`: a load, and faults below the protocol.
#
# usage: run.sh BINARY [load [CALLS EVENTS] | faults [CASE ...]]
#
# BINARY is a built callboard; take a release build for figures. The service
# needs Python 3.11, the openssl command and, installed below target/, the
# websockets package.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

if [ $# -eq 0 ]; then
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
venv="$here/../../target/load-venv"
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" -q install -r "$here/requirements.txt"
fi
# It talks to 127.0.0.1 only.
unset HTTP_PROXY HTTPS_PROXY ALL_PROXY http_proxy https_proxy all_proxy
export PYTHONDONTWRITEBYTECODE=1
exec "$venv/bin/python" "$here/server.py" "$@"
