"""Emits every variant that `sluice-run --list=json` names on stdin and reads it back.

argv[1] is a folder for what is emitted.
"""

import json
import pathlib
import subprocess
import sys

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
variants = json.load(sys.stdin)
assert len(variants) >= 19


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


for variant in variants:
    name = variant["name"]
    spec = folder / f"{name}.mlir"
    text = run("sluicec", name, "--emit=delta")
    spec.write_text(text)
    assert run("sluicec", spec, "--emit=delta") == text, name

    chunks = folder / f"{name}.wy.mlir"
    text = run("sluicec", name, "--emit=wy", "--chunk=16")
    chunks.write_text(text)
    # The same from the spec that was emitted as from the library's, but for the names
    # of values, which neither a spec that is emitted nor sluice-opt has.
    numbered = run("sluice-opt", chunks)
    chunks.write_text(run("sluicec", spec, "--emit=wy", "--chunk=16"))
    assert run("sluice-opt", chunks) == numbered, name

    for emitted in ("stages", "dot"):
        first = run("sluicec", name, f"--emit={emitted}")
        assert first and run("sluicec", name, f"--emit={emitted}") == first, name
