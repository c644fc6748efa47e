"""Compares the committed reference of every pass with what its .td says, and looks for
its tests.

Usage: check_passes.py SOURCE MLIR_INCLUDE
"""

import pathlib
import subprocess
import sys

source, mlir_include = pathlib.Path(sys.argv[1]), sys.argv[2]
descriptions = sorted(source.glob("passes/*/*.td"))
pages = {page.stem for page in (source / "docs/reference").glob("*.md")}
failures = [] if descriptions else ["no pass has a .td file"]
for td in descriptions:
    written = subprocess.run(
        ["mlir-tblgen", "-gen-pass-doc", "-I", source, "-I", mlir_include, td],
        capture_output=True, text=True, check=True).stdout
    page = source / "docs/reference" / (td.stem + ".md")
    if not page.exists():
        failures.append(f"{td.stem}: no page {page.name}")
    elif page.read_text() != written:
        failures.append(f"{td.stem}: {page.name} is not what {td.name} says")
    if not any((source / "test/Passes" / td.stem).glob("*")):
        failures.append(f"{td.stem}: no test in test/Passes/{td.stem}")
known = {td.stem for td in descriptions} | {"delta", "tile", "wy", "instructions"}
failures += [f"{page}.md: no such pass" for page in sorted(pages - known)]
for failure in failures:
    print(failure)
sys.exit(1 if failures else 0)
