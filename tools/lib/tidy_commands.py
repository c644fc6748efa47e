"""Says which sources clang-tidy has to look at.

Usage: tidy_commands.py BUILD [BASE]

Writes BUILD/tidy/compile_commands.json: one command for each source whose
object is younger than BUILD/tidy/passed, so that it or something it includes
has changed since. Where nothing has passed there yet, the sources that have
changed since the commit BASE, and one for each header that has; all of them
without BASE. All of them, too, where .clang-tidy has changed. Prints how many
there are.
"""

import json
import os
import re
import shlex
import subprocess
import sys


def time(path):
    """When a file was last written; 0 if there is none."""
    return os.path.getmtime(path) if os.path.exists(path) else 0


def object_of(command):
    arguments = shlex.split(command["command"])
    return os.path.join(command["directory"], arguments[arguments.index("-o") + 1])


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def changed_since(base):
    """Paths, of files that are there."""
    names = output_of("git", "diff", "--name-only", "--diff-filter=d", base).splitlines()
    return {os.path.abspath(name) for name in names}


def including(build, headers):
    """A source for each header that one includes: that of its name if there is one."""
    users = {}
    for entry in output_of("ninja", "-C", build, "-t", "deps").split("\n\n"):
        files = [
            os.path.normpath(os.path.join(build, line.strip()))
            for line in entry.splitlines()[1:]
        ]
        source = next((file for file in files if file.endswith(".cpp")), None)
        for header in headers.intersection(files):
            users.setdefault(header, set()).add(source)
    stem = lambda path: os.path.splitext(path)[0]
    return {
        min(sources, key=lambda source: (stem(source) != stem(header), source))
        for header, sources in users.items()
    }


def main(build, base=None):
    build = os.path.abspath(build)
    with open(f"{build}/compile_commands.json") as file:
        commands = [c for c in json.load(file) if c["file"].endswith(".cpp")]
    passed = time(f"{build}/tidy/passed")
    changed = changed_since(base) if base and not passed else None
    if passed and time(".clang-tidy") <= passed:
        due = [c for c in commands if time(object_of(c)) > passed]
    elif changed is not None and os.path.abspath(".clang-tidy") not in changed:
        headers = {file for file in changed if re.search(r"\.(h|def|inc)$", file)}
        sources = changed | including(build, headers)
        due = [c for c in commands if c["file"] in sources]
    else:
        due = commands
    # By source, because the fuzz targets compile some a second time.
    due = list({command["file"]: command for command in due}.values())
    with open(f"{build}/tidy/compile_commands.json", "w") as file:
        json.dump(due, file)
    print(len(due))


main(*sys.argv[1:])
