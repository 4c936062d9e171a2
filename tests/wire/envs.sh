# Sourced by check.sh and tests/interop/run.sh: environments of the official
# SDKs, kept between runs below target/.

sdk_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
sdk_cache=${CARGO_TARGET_DIR:-$sdk_root/target}/sdk-cache

# A Python that both SDKs support: 3.10 for the newer one, at most 3.12 for the
# older one, whose pinned aiohttp has no wheels beyond it.
sdk_python() {
    local candidate
    for candidate in ${PYTHON:-} python3 python3.12 python3.11 python3.10; do
        if "$candidate" -c 'import sys, venv; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    echo "no Python 3.10, 3.11 or 3.12 with venv found" >&2
    return 1
}

# sdk_env NAME REQUIREMENTS: print the interpreter of the environment NAME,
# making or renewing it when the requirements changed.
sdk_env() {
    local name=$1 requirements=$2 python stamp dir
    python=$(sdk_python) || return 1
    stamp=$({ "$python" -VV; cat "$requirements"; } | sha256sum | cut -c1-16)
    dir=$sdk_cache/$name-$stamp
    if [ ! -e "$dir/ready" ]; then
        echo "making the environment for $(basename "$requirements")" >&2
        rm -rf "$dir"
        mkdir -p "$sdk_cache"
        "$python" -m venv "$dir" >&2 || return 1
        "$dir/bin/python" -m pip install --quiet --disable-pip-version-check --retries 5 \
            -r "$requirements" >&2 || return 1
        touch "$dir/ready"
    fi
    echo "$dir/bin/python"
}
