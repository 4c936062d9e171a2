#!/usr/bin/env bash
# The official SDKs against `callboard sim`.
#
# usage: run.sh BINARY [hub|python|node|python-v2|node-v2 [CHECK ...]]
#
# BINARY is a built callboard. Without a further word all drivers run; with
# `hub` they run through one. The SDKs are installed below target/sdk-cache, shared with tests/wire.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../wire/envs.sh"

if [ $# -eq 0 ]; then
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
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

# node_env WORDS FOLDER: print a folder with what its package.json asks for.
node_env() {
    local words=$1 folder=$2 modules stamp
    stamp=$(cat "$folder/package.json" "$folder/package-lock.json" | sha256sum | cut -c1-16)
    modules=$sdk_cache/$words-$stamp
    if [ ! -e "$modules/ready" ]; then
        echo "installing $words" >&2
        rm -rf "$modules"
        mkdir -p "$modules"
        cp "$folder/package.json" "$folder/package-lock.json" "$modules/"
        npm ci --prefix "$modules" --no-audit --no-fund --ignore-scripts --loglevel=error >&2
        touch "$modules/ready"
    fi
    echo "$modules"
}

run_node() {
    local modules
    modules=$(node_env realtime-api "$here")
    SDK_MODULES=$modules node "$here/realtime_api.mjs" "$binary" "$@"
}

run_node_v2() {
    local modules
    modules=$(node_env node-v2 "$here/node-v2")
    SDK_MODULES=$modules node "$here/node_2_6_0.mjs" "$binary" "$@"
}

injecting() {
    HUB_INJECT=1 "$@"
}

# together WORDS=COMMAND ...: all at once, for they mostly wait; what each said comes one after another.
together() {
    local status=0 logs number=0 of one
    # Installed before, by one at a time.
    sdk_env wire-v3 "$here/../wire/requirements-v3.txt" >/dev/null
    sdk_env wire-v2 "$here/../wire/requirements-v2.txt" >/dev/null
    node_env realtime-api "$here" >/dev/null
    node_env node-v2 "$here/node-v2" >/dev/null
    logs=$(mktemp -d)
    of=()
    for one in "$@"; do
        ${one#*=} >"$logs/$number" 2>&1 &
        of+=("$!")
        number=$((number + 1))
    done
    number=0
    for one in "$@"; do
        wait "${of[number]}" || status=1
        echo "== ${one%%=*}"
        cat "$logs/$number"
        number=$((number + 1))
    done
    rm -rf "$logs"
    return $status
}

case $which in
    python) run_python "$@" ;;
    node) run_node "$@" ;;
    python-v2) run_python_v2 "$@" ;;
    node-v2) run_node_v2 "$@" ;;
    all)
        together "PyPI signalwire-sdk 3.7.5=run_python" "npm @signalwire/realtime-api 4.2.1=run_node" \
            "PyPI signalwire 2.1.1=run_python_v2" "npm @signalwire/node 2.6.0=run_node_v2"
        ;;
    hub)
        export CALLBOARD=$binary HUB_REPORT
        HUB_REPORT=$(mktemp)
        binary=$here/through_hub.py
        together "PyPI signalwire-sdk 3.7.5 through a hub=run_python" \
            "PyPI signalwire 2.1.1 through a hub=run_python_v2" \
            "PyPI signalwire-sdk 3.7.5, and a console in its calls=injecting run_python" \
            "PyPI signalwire 2.1.1, and a console in its calls=injecting run_python_v2" || exit 1
        echo "== what passed through the hub, and what of it was different"
        cat "$HUB_REPORT"
        [ "$(grep -c '"wrong": \[\]' "$HUB_REPORT")" -eq 4 ]
        ;;
    *)
        echo "$which is none of python, node, python-v2, node-v2 and hub" >&2
        exit 2
        ;;
esac
