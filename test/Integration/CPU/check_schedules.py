"""Runs chunk forms under schedules that no default chooses.

check_schedules.py SPEC...: each spec in chunks of several lengths, with leaves
of one and two tokens, solved by substitution and by inverses, against the
reference.
"""

import itertools
import pathlib
import re
import subprocess
import sys
import tempfile

BAR = 1e-6
LENGTHS, LEAVES, METHODS = (2, 3, 4, 7, 16), (1, 2), ("substitution", "inverse")
SIZES = "T=41,K=17,V=33,H=2,initial"


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


def main():
    failures, runs = [], 0
    for spec, chunk, leaf, method in itertools.product(
            sys.argv[1:], LENGTHS, LEAVES, METHODS):
        default = run("sluicec", spec, "--emit=schedule", "--target=host",
                      "--dtype=f32", "--key-dim=17", "--value-dim=33",
                      f"--chunk={chunk}")
        changed = default.replace("leaf = 4", f"leaf = {leaf}, solve = {method}")
        if changed == default:
            sys.exit(f"{spec}: the default's leaf is not of 4 tokens")
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "schedule.json")
            file.write_text(changed)
            output = run("sluice-run", spec, "--form=chunk", f"--chunk={chunk}",
                         f"--schedule={file}", f"--generate={SIZES}",
                         "--compare=reference")
        errors = re.findall(r"relative RMS error (\S+),", output)
        runs += 1
        if not errors or not all(float(error) <= BAR for error in errors):
            failures.append(f"{spec}, chunk {chunk}, leaf {leaf}, {method}: "
                            f"{', '.join(errors) or output}")
    print("\n".join(failures) or f"{runs} schedules give the reference's values")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
