#!/usr/bin/env python3
"""Compiles the Triton kernels of this folder to the PTX beside them. No GPU is used.

The PTX that is here was made by triton 3.9.0, in a virtual environment:

    python3 -m venv triton-venv
    triton-venv/bin/pip install triton==3.9.0
    triton-venv/bin/python test/Simulator/Triton/generate.py
"""

import os
import pathlib
import re
import runpy
import types

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

FOLDER = pathlib.Path(__file__).resolve().parent


def compile_kernel(module, target):
    parameters = module.KERNEL.arg_names
    aligned = {
        (i,): [["tt.divisibility", 16]]
        for i, name in enumerate(parameters)
        if name in module.SIGNATURE and name != "columns"
    }
    signature = module.SIGNATURE | dict.fromkeys(module.CONSTANTS, "constexpr")
    constants = {(parameters.index(name),): value for name, value in module.CONSTANTS.items()}
    source = ASTSource(module.KERNEL, signature, constants, aligned)
    return triton.compile(
        source,
        target=GPUTarget("cuda", target, 32),
        options={"num_warps": module.WARPS, "num_stages": module.STAGES},
    )


def without_paths(text):
    """`.file 1 "/where/it/is/matmul.py"` without the place; the debug information,
    which spells it out byte by byte, must not have any."""
    text = re.sub(r'"/[^"]*/([^"/]*)"', r'"\1"', text)
    folders = bytes(int(byte) for byte in re.findall(r"^\.b8 (\d+)", text, re.MULTILINE))
    assert bytes(str(FOLDER), "utf-8") not in folders
    return text


def main():
    for name in ("softmax", "matmul"):
        module = types.SimpleNamespace(**runpy.run_path(f"{name}.py"))
        for output, target in module.TARGETS.items():
            kernel = compile_kernel(module, target)
            ptx = without_paths(kernel.asm["ptx"])
            shared = kernel.metadata.shared
            head = f"// triton {triton.__version__}, generate.py; shared memory: {shared} bytes\n"
            (FOLDER / f"{output}.ptx").write_text(head + ptx)
            print(f"{output}.ptx: shared memory {shared} bytes")


os.chdir(FOLDER)  # the kernels' files are named as seen from here
main()
