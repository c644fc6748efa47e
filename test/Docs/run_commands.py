"""Runs the commands in the ```sh blocks of a page, in a folder with its specs.

Usage: run_commands.py PAGE.md FOLDER

Every recurrence of the page is NAME.mlir there. build/bin/ of a command is left out:
the tools are in PATH.
"""

import pathlib
import re
import subprocess
import sys

page, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
text = page.read_text(encoding="utf-8")
folder.mkdir(parents=True, exist_ok=True)
for block in re.findall(r"^```mlir\n(.*?)^```", text, re.M | re.S):
    if name := re.search(r"delta\.recurrence @(\w+)", block):
        (folder / f"{name.group(1)}.mlir").write_text(block, encoding="utf-8")
count = 0
for block in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S):
    for command in block.splitlines():
        command = command.replace("build/bin/", "")
        done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True)
        if done.returncode or re.search(r"\bnan\b", done.stdout):
            sys.exit(f"{command}\n{done.stdout}{done.stderr}")
        count += 1
if not count:
    sys.exit(f"{page}: no command")
