#!/usr/bin/env bash
# The official SDKs against `callboard sim`.
#
# usage: run.sh BINARY [python|node|python-v2 [CHECK ...]]
#
# BINARY is a built callboard. Without a further word all drivers run. The
# SDKs are installed below target/sdk-cache, shared with tests/wire.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../wire/envs.sh"

if [ $# -eq 0 ]; then
    sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
binary=$1
which=${2:-all}
shift $(($# < 2 ? $# : 2))

# The drivers talk to 127.0.0.1 only.
unset HTTP_PROXY HTTPS_PROXY ALL_PROXY http_proxy https_proxy all_proxy
export PYTHONDONTWRITEBYTECODE=1

run_python() {
    local python
    python=$(sdk_env wire-v3 "$here/../wire/requirements-v3.txt")
    "$python" "$here/sdk_3_7_5.py" "$binary" "$@"
}

run_python_v2() {
    local python
    python=$(sdk_env wire-v2 "$here/../wire/requirements-v2.txt")
    "$python" "$here/sdk_2_1_1.py" "$binary" "$@"
}

run_node() {
    local modules stamp
    stamp=$(cat "$here/package.json" "$here/package-lock.json" | sha256sum | cut -c1-16)
    modules=$sdk_cache/realtime-api-$stamp
    if [ ! -e "$modules/ready" ]; then
        echo "installing @signalwire/realtime-api" >&2
        rm -rf "$modules"
        mkdir -p "$modules"
        cp "$here/package.json" "$here/package-lock.json" "$modules/"
        npm ci --prefix "$modules" --no-audit --no-fund --ignore-scripts --loglevel=error >&2
        touch "$modules/ready"
    fi
    SDK_MODULES=$modules node "$here/realtime_api.mjs" "$binary" "$@"
}

case $which in
    python) run_python "$@" ;;
    node) run_node "$@" ;;
    python-v2) run_python_v2 "$@" ;;
    all)
        status=0
        echo "== PyPI signalwire-sdk 3.7.5"
        run_python || status=1
        echo "== npm @signalwire/realtime-api 4.2.1"
        run_node || status=1
        echo "== PyPI signalwire 2.1.1"
        run_python_v2 || status=1
        exit $status
        ;;
    *)
        echo "$which is none of python, node and python-v2" >&2
        exit 2
        ;;
esac
