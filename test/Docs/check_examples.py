"""Runs the example in the description of every pass.

Usage: check_examples.py SOURCE [PASS...]

A description shows what its pass does: a ```mlir block after a line that ends with
"this input" (with options before it: "With `leaf=2` this input"), then either
"becomes" and a ```mlir block, or "prints this on standard output:" and a block of
text. What the pass makes of the first is compared with the second, the names of
values aside. A second block with "…" in it shows parts: these stand in the output in
their order.
"""

import pathlib
import re
import subprocess
import sys
import textwrap

from extract import whole

EXAMPLE = re.compile(
    r"^(?:With `([^`]+)` t|T)his\s+input$\s+```mlir\n(.*?)^```$\s+"
    r"^(becomes|prints\s+this\s+on\s+standard\s+output:)$\s+```(?:mlir)?\n(.*?)^```$",
    re.M | re.S,
)


def opt(text, *arguments):
    done = subprocess.run(
        ["sluice-opt", *arguments], input=text, capture_output=True, encoding="utf-8"
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return done.stdout


def rename(text):
    """Values by the order in which they first stand there."""
    names = {}
    return re.sub(r"%[\w$.#]*\w", lambda m: names.setdefault(m[0], f"%v{len(names)}"), text)


def squeeze(text):
    return " ".join(text.split())


def compare(found, expected):
    """What is wrong, or nothing."""
    if "…" not in expected:
        found, expected = rename(found), rename(opt(whole(expected)))
        return "" if found == expected else f"gives\n{found}\nand not\n{expected}"
    rest = squeeze(found)
    for part in filter(None, map(squeeze, expected.split("…"))):
        _, part_found, rest = rest.partition(part)
        if not part_found:
            return f"gives\n{found}\nwithout\n{part}"
    return ""


def check(argument, description):
    """What is wrong with the examples of a pass, line by line."""
    examples = EXAMPLE.findall(description)
    if not examples:
        yield 'no example: "this input", a block, "becomes", a block'
    for options, before, verb, after in examples:
        flag = f"--{argument}={options}" if options else f"--{argument}"
        try:
            if verb == "becomes":
                problem = compare(opt(whole(before), flag), after)
            else:
                printed = opt(whole(before), flag, "-o", "/dev/null")
                problem = "" if printed == after else f"prints\n{printed}"
        except RuntimeError as error:
            problem = str(error)
        if problem:
            yield f"{flag} {problem}"


def main(source, *names):
    files = sorted(pathlib.Path(source).glob("passes/*/*.td"))
    failures = [] if files else ["no pass has a .td file"]
    for td in files:
        if names and td.stem not in names:
            continue
        text = td.read_text(encoding="utf-8")
        argument = re.search(r'Pass<"([\w-]+)"', text).group(1)
        description = re.search(r"let description = \[\{\n(.*?)\}\];", text, re.S)
        lines = textwrap.dedent(description.group(1)) if description else ""
        failures += [f"{td.stem}: {problem}" for problem in check(argument, lines)]
    print("\n".join(failures))
    sys.exit(1 if failures else 0)


main(*sys.argv[1:])
