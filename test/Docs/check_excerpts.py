"""Compares what a page quotes with what the tools print.

Usage: check_excerpts.py PAGE.md

Runs every command that stands indented before a block, from the current folder, and
looks for the block in its output. "…" in a block separates parts that stand in the
output in their order. White space, comments after // and the numbers of PTX
registers do not count.
"""

import pathlib
import re
import subprocess
import sys

QUOTE = re.compile(r"^    (sluice[^\n]*)\n\n```(\w+)\n(.*?)^```$", re.M | re.S)


def squeeze(text):
    text = re.sub(r"%(r|rd|rs|p)\d+\b", r"%\1", re.sub(r"//.*", "", text))
    return " ".join(text.split())


def check(command, block):
    """What is wrong with a quotation, or nothing."""
    done = subprocess.run(command, shell=True, capture_output=True, encoding="utf-8")
    if done.returncode:
        return done.stderr
    rest = squeeze(done.stdout)
    for part in filter(None, map(squeeze, block.split("…"))):
        _, found, rest = rest.partition(part)
        if not found:
            return f"does not print, after what is quoted before it,\n{part}"
    return ""


def main(page):
    quotes = QUOTE.findall(pathlib.Path(page).read_text(encoding="utf-8"))
    if not quotes:
        sys.exit(f"{page}: no command with a block behind it")
    problems = [(command, check(command, block)) for command, _, block in quotes]
    for command, problem in problems:
        if problem:
            print(f"{command}\n{problem}")
    sys.exit(any(problem for _, problem in problems))


main(sys.argv[1])
