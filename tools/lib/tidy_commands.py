"""Says which sources clang-tidy has to look at.

Usage: tidy_commands.py BUILD

Writes BUILD/tidy/compile_commands.json: one command for each source whose
object is younger than BUILD/tidy/passed, so that it or something it includes
has changed since; for all of them where .clang-tidy is younger. Prints how many
there are.
"""

import json
import os
import shlex
import sys


def time(path):
    """When a file was last written; 0 if there is none."""
    return os.path.getmtime(path) if os.path.exists(path) else 0


def object_of(command):
    arguments = shlex.split(command["command"])
    return os.path.join(command["directory"], arguments[arguments.index("-o") + 1])


build = sys.argv[1]
passed = time(f"{build}/tidy/passed")
if time(".clang-tidy") > passed:
    passed = 0
with open(f"{build}/compile_commands.json") as file:
    commands = json.load(file)
# By source, because the fuzz targets compile some a second time.
due = {
    command["file"]: command
    for command in commands
    if command["file"].endswith(".cpp")
    and time(object_of(command)) > passed
}
with open(f"{build}/tidy/compile_commands.json", "w") as file:
    json.dump(list(due.values()), file)
print(len(due))
