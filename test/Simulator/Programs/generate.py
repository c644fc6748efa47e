#!/usr/bin/env python3
"""Compiles the CUDA C++ programs of this folder to the PTX beside them.

    generate.py [--check] [NAME...]

nvcc 13.0 comes from $CUDA_HOME/bin or PATH. With --check nothing is written: exit
status 1 if what nvcc makes differs from what is there.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parent

FLAGS = ["-ptx", "-std=c++17", "-O3", "-lineinfo"]

ARCHITECTURES = dict.fromkeys(  # else sm_80
    ("bulk_copy", "cluster", "gemm_wgmma", "mbarrier_life", "stages", "structs", "wgmma_ring"),
    "sm_90a",
)


def find_nvcc():
    home = os.environ.get("CUDA_HOME")
    nvcc = shutil.which("nvcc", path=f"{home}/bin") if home else None
    return nvcc or shutil.which("nvcc") or sys.exit("no nvcc in $CUDA_HOME/bin or PATH")


def without_paths(text):
    """`.file 1 "/where/it/is/a.cu", time, size` without what depends on the machine."""
    return re.sub(
        r'^(\s*\.file\s+\d+\s+)"(?:[^"]*/)?([^"/]+)"(?:\s*,\s*\d+)*\s*$',
        r'\1"\2"',
        text,
        flags=re.MULTILINE,
    )


def compile_program(nvcc, source):
    architecture = ARCHITECTURES.get(source.stem, "sm_80")
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder, "out.ptx")
        command = [nvcc, *FLAGS, f"-arch={architecture}", source.name, "-o", output]
        subprocess.run(command, cwd=source.parent, check=True)
        return without_paths(output.read_text())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    sources = sorted(FOLDER.glob("*.cu"))
    if options.names:
        sources = [FOLDER / f"{name}.cu" for name in options.names]
    nvcc, stale = find_nvcc(), []
    for source in sources:
        ptx, file = compile_program(nvcc, source), source.with_suffix(".ptx")
        if options.check:
            if not file.exists() or file.read_text() != ptx:
                stale.append(file.name)
        else:
            file.write_text(ptx)
    if stale:
        sys.exit(f"not what nvcc makes of the source: {', '.join(stale)}")


main()
