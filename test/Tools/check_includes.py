"""Which folder may include which: the rules of layers.txt hold.

check_includes.py ROOT [RULES]: exits with 1 and names each include that breaks
one.
"""

import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
FOLDERS = ("dialects", "lib", "passes", "tools")


def lies_in(path, folder):
    return path == folder or path.startswith(folder + "/")


def is_private(included, file):
    """Of another pass's folder, and not what it shows to others."""
    parts = pathlib.PurePath(included).parts
    if len(parts) < 3 or parts[0] != "passes":
        return False
    is_public = len(parts) == 3 and parts[2] == f"{parts[1]}.h"
    return not is_public and not lies_in(file, f"passes/{parts[1]}")


def read_rules(path):
    """What a folder includes at most, and what it never does; by folder."""
    only, never = {}, {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        folder, rule, *others = [*words, ""][: max(len(words), 2)]
        if rule not in ("only", "never") or (rule == "never" and not others):
            sys.exit(f"{path}:{number}: error: expected FOLDER only|never OTHERS")
        (only if rule == "only" else never).setdefault(folder, []).extend(others)
    return only, never


def find_fault(file, included, only, never):
    """The rule that the include breaks, or nothing."""
    if lies_in(file, "passes") and is_private(included, file):
        folder = "/".join(pathlib.PurePath(included).parts[:2])
        return f"{folder} shows others nothing but {pathlib.PurePath(folder).name}.h"
    for folder, forbidden in never.items():
        if lies_in(file, folder):
            for other in forbidden:
                if lies_in(included, other):
                    return f"{folder} never includes {other}"
    owners = [folder for folder in only if lies_in(file, folder)]
    if not owners or not any(lies_in(included, folder) for folder in FOLDERS):
        return None
    owner = max(owners, key=len)
    if any(lies_in(included, folder) for folder in [owner, *only[owner]]):
        return None
    allowed = ", ".join(only[owner]) or "nothing else of this project"
    return f"{owner} includes itself and {allowed}"


def main(root, rules=pathlib.Path(__file__).parent / "layers.txt"):
    root = pathlib.Path(root)
    only, never = read_rules(pathlib.Path(rules))
    count = faults = 0
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in (".h", ".cpp", ".def", ".inc"):
                continue
            file = path.relative_to(root).as_posix()
            for included in INCLUDE.findall(path.read_text(encoding="utf-8")):
                count += 1
                if fault := find_fault(file, included, only, never):
                    faults += 1
                    print(f"{file}: error: includes {included}: {fault}")
    if not count:
        print(f"{root}: error: no includes in {', '.join(FOLDERS)}")
    return faults > 0 or count == 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
