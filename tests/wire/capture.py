#!/usr/bin/env python3
"""Capture what the official SDKs send, or check that they still send it.

usage: capture.py [FILE]           write the capture (default: official.json beside this script)
       capture.py --check FILE     capture again; exit 1 with a diff when it differs

Options --v2-python and --v3-python name interpreters of environments that hold
requirements-v2.txt and requirements-v3.txt (see check.sh). Without them both
environments are made in a temporary directory. Nothing is written outside of
that directory but FILE. Standard library only.
"""

import argparse
import difflib
import json
import os
import subprocess
import sys
import tempfile
import venv

HERE = os.path.dirname(os.path.abspath(__file__))
DRIVERS = {"v2": "drive_v2.py", "v3": "drive_v3.py"}
TIME_LIMIT = 120  # seconds for one SDK; a run takes about two

sys.dont_write_bytecode = True
sys.path.insert(0, HERE)
from cases import dump  # noqa: E402


def make_environment(folder, sdk):
    path = os.path.join(folder, f"env-{sdk}")
    venv.create(path, with_pip=True)
    python = os.path.join(path, "bin", "python")
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r",
         os.path.join(HERE, f"requirements-{sdk}.txt")],
        check=True,
    )
    return python


def run_driver(folder, sdk, python):
    out = os.path.join(folder, f"{sdk}.json")
    # A clean environment: no proxies, no credentials, no other log settings.
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": folder,
        "TMPDIR": folder,
        "LANG": "C.UTF-8",
        "LOG_LEVEL": "ERROR",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONWARNINGS": "ignore",
    }
    done = subprocess.run(
        [python, os.path.join(HERE, DRIVERS[sdk]), out],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"{DRIVERS[sdk]} failed:\n{done.stdout}")
    with open(out, encoding="utf-8") as file:
        return json.load(file)


def capture(pythons):
    entries = []
    with tempfile.TemporaryDirectory(prefix="wire-capture-") as folder:
        for sdk, python in pythons.items():
            entries += run_driver(folder, sdk, python or make_environment(folder, sdk))
    names = [item["case"] for item in entries]
    if len(set(names)) != len(names):
        sys.exit(f"case names are not unique: {sorted(n for n in names if names.count(n) > 1)}")
    return entries


def compare(old, new):
    """A diff per case; compares the text, so that 5 and 5.0 differ."""
    old = {item["case"]: item for item in old}
    new = {item["case"]: item for item in new}
    report = []
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            report.append(f"case gone: {name}")
        elif name not in old:
            report.append(f"new case: {name}\n{dump([new[name]])}")
        elif dump([old[name]]) != dump([new[name]]):
            lines = difflib.unified_diff(
                dump([old[name]]).splitlines(), dump([new[name]]).splitlines(), "kept", "captured now", lineterm="", n=1
            )
            report.append(f"case differs: {name}\n" + "\n".join(lines))
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", default=os.path.join(HERE, "official.json"), help="file to write")
    parser.add_argument("--check", metavar="FILE", help="compare with FILE instead of writing")
    parser.add_argument("--v2-python", help="interpreter with requirements-v2.txt")
    parser.add_argument("--v3-python", help="interpreter with requirements-v3.txt")
    options = parser.parse_args()
    entries = capture({"v2": options.v2_python, "v3": options.v3_python})
    frames = sum(len(item["frames"]) for item in entries)
    if options.check is None:
        with open(options.file, "w", encoding="utf-8") as out:
            out.write(dump(entries))
        print(f"wrote {len(entries)} cases, {frames} frames")
        return 0
    with open(options.check, encoding="utf-8") as file:
        text = file.read()
    report = compare(json.loads(text), entries)
    if report:
        print("\n\n".join(report))
        print(f"\n{len(report)} of {len(entries)} cases differ from what is kept in {os.path.basename(options.check)}")
        return 1
    if text != dump(entries):
        print("same cases, but the file is laid out differently; write it again")
        return 1
    print(f"{len(entries)} cases, {frames} frames: the SDKs send what is kept in {os.path.basename(options.check)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
