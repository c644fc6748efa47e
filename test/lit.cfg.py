"""How lit runs the files of this folder; lit.site.cfg.py has the build's paths.

`lit --param roundtrip=1 build/test/Dialect` makes every sluice-opt print what it
parsed and parse it back; the suite in build/test/roundtrip always does.
"""

import glob
import os
import sys

import lit.formats
import lit.util

sys.path.insert(0, os.path.dirname(__file__))
from lit_formats import PerVariant

config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["unit", "fuzz", "Inputs"]

# Our tools before LLVM's (FileCheck, not, split-file, mlir-opt, mlir-tblgen).
config.environment["PATH"] = os.pathsep.join(
    [config.sluice_tools_dir, config.llvm_tools_dir, config.environment["PATH"]]
)

# Behind all: what tools/check has installed of the CUDA toolkit, where PATH lacks it.
build = os.path.dirname(config.sluice_tools_dir)
packages = os.path.join(build, "cuda-packages/lib/python3*/site-packages/nvidia/cu13/bin")
config.environment["PATH"] = os.pathsep.join([config.environment["PATH"], *glob.glob(packages)])
for tool in ("ptxas", "nvdisasm", "dot"):
    if lit.util.which(tool, config.environment["PATH"]):
        config.available_features.add(tool)

# For a folder's lit.local.cfg: a test for each variant of the library.
config.per_variant = PerVariant

if config.sanitize:
    config.available_features.add("sanitize")
    # Debian's LLVM is not instrumented: containers and arenas that cross the
    # border look half annotated, and its own globals would count as leaks.
    config.environment["ASAN_OPTIONS"] = (
        "detect_container_overflow=0:allow_user_poisoning=0:detect_leaks=0"
    )
    config.environment["UBSAN_OPTIONS"] = "print_stacktrace=1"

# Every test compiles what it runs; those of the cache have folders of their own.
config.environment["XDG_CACHE_HOME"] = "/dev/null"

config.substitutions += [
    ("%python", f'"{config.python}"'),
    ("%cc", f'"{config.cxx}" -x c'),
    ("%source", config.sluice_source_dir),
    ("%tools", config.sluice_tools_dir),
    ("%mlir_include", config.mlir_include_dir),
]

if config.roundtrip or lit.util.pythonize_bool(lit_config.params.get("roundtrip", "0")):
    # Where parsing is meant to fail there is nothing to print.
    config.excludes += [
        name
        for _, _, names in os.walk(config.test_source_root)
        for name in names
        if name.endswith("-errors.mlir")
    ]
    # The tool's name as a word of its own, not part of a path, unless the command has
    # the flag, which stands there once.
    config.substitutions.append(
        (
            r"(?<![\w./-])sluice-opt(?![\w./-])(?![^|;]*--verify-roundtrip)",
            "sluice-opt --verify-roundtrip",
        )
    )
