"""check_apply.py SOURCE REPORT FOLDER: gpu-check --apply, on a copy of what it changes."""

import pathlib
import shutil
import subprocess
import sys

source, report, copy = map(pathlib.Path, sys.argv[1:])
shutil.rmtree(copy, ignore_errors=True)
for folder in ("tools/lib/gpu", "test/Simulator", "test/Integration"):
    shutil.copytree(source / folder, copy / folder, ignore=shutil.ignore_patterns("*.ptx", "*.cu"))
for file in ("tools/gpu-check", "lib/Simulator/Estimate/Chips.def"):
    (copy / file).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source / file, copy / file)
(copy / "docs/performance").mkdir(parents=True)
subprocess.run([sys.executable, "-B", copy / "tools/gpu-check", f"--apply={report}"], check=True)

sys.path.append(str(copy / "tools/lib/gpu"))
from chip_numbers import CHIPS, COLUMNS, read_chips  # noqa: E402

before = (source / "lib/Simulator/Estimate/Chips.def").read_text()
after = CHIPS.read_text()
assert before != after
for chip in COLUMNS[:2]:
    assert read_chips(before, chip) == read_chips(after, chip)
assert read_chips(before, "h200").keys() == read_chips(after, "h200").keys()
print("the other columns are as they were")
