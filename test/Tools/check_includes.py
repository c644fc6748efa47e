"""Which folder may include which: the rules of the architecture that hold.

check_includes.py ROOT: exits with 1 and names each include that breaks one.
"""

import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
FOLDERS = ("dialects", "lib", "passes", "tools")

# The longest folder that a file lies in says what it may include of this
# project, beside its own folder.
ONLY = {
    "dialects": ["lib/Support"],
    "lib/IO": [],
    "lib/Algebra": ["dialects/Delta", "lib/Analysis"],
    "lib/PTX": [],
    "lib/Layout": ["lib/PTX"],
    "lib/Simulator/Check": [],
    "lib/Simulator/Estimate": ["lib/PTX"],
    "lib/Simulator/Machine": [
        "lib/PTX",
        "lib/Layout",
        "lib/Simulator/Check",
        "lib/Simulator/Estimate",
    ],
    "lib/Simulator/Execute": [
        "lib/PTX",
        "lib/Layout",
        "lib/Simulator/Check",
        "lib/Simulator/Machine",
    ],
    "lib/Simulator/Launch": [
        "lib/IO",
        "lib/PTX",
        "lib/Simulator/Estimate",
        "lib/Simulator/Machine",
    ],
}
# And what nothing in a folder may include.
NEVER = {
    "lib": ["tools", "test"],
    "passes": ["tools", "test"],
    "tools": ["test"],
    "lib/PTX": ["mlir"],
    "lib/Layout": ["mlir"],
    "lib/Simulator": ["mlir"],
    "lib/Analysis": ["passes"],
    "lib/Reference": ["passes", "lib/Runtime/CPU"],
}


def lies_in(path, folder):
    return path == folder or path.startswith(folder + "/")


def is_private(included, file):
    """Of another pass's folder, and not what it shows to others."""
    parts = pathlib.PurePath(included).parts
    if len(parts) < 3 or parts[0] != "passes":
        return False
    is_public = len(parts) == 3 and parts[2] == f"{parts[1]}.h"
    return not is_public and not lies_in(file, f"passes/{parts[1]}")


def find_fault(file, included):
    """The rule that the include breaks, or nothing."""
    if lies_in(file, "passes") and is_private(included, file):
        folder = "/".join(pathlib.PurePath(included).parts[:2])
        return f"{folder} shows others nothing but {pathlib.PurePath(folder).name}.h"
    for folder, forbidden in NEVER.items():
        if lies_in(file, folder):
            for other in forbidden:
                if lies_in(included, other):
                    return f"{folder} never includes {other}"
    owners = [folder for folder in ONLY if lies_in(file, folder)]
    if not owners or not any(lies_in(included, folder) for folder in FOLDERS):
        return None
    owner = max(owners, key=len)
    if any(lies_in(included, folder) for folder in [owner, *ONLY[owner]]):
        return None
    allowed = ", ".join(ONLY[owner]) or "nothing else of this project"
    return f"{owner} includes itself and {allowed}"


def main(root):
    root = pathlib.Path(root)
    count = faults = 0
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in (".h", ".cpp", ".def", ".inc"):
                continue
            file = path.relative_to(root).as_posix()
            for included in INCLUDE.findall(path.read_text(encoding="utf-8")):
                count += 1
                if fault := find_fault(file, included):
                    faults += 1
                    print(f"{file}: error: includes {included}: {fault}")
    if not count:
        print(f"{root}: error: no includes in {', '.join(FOLDERS)}")
    return faults > 0 or count == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
