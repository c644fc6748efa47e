"""Runs sluice-run on cache folders that other processes, or users, touch.

    check_cache.py CASE FOLDER

Whatever happens to a cache, every run gives what it gives without one.
"""

import hashlib
import os
import pathlib
import subprocess
import sys
import threading

SPECS = ["linear_attention", "delta_rule", "retention", "gated_delta_rule", "simple_gla"]
PROCESSES = 20
NOBODY = 65534


class Runs:
    """Runs with the cache `root`/sluice, as `user` where one is given."""

    def __init__(self, root, user=None):
        self.root, self.user = pathlib.Path(root), user
        self.cache = self.root / "sluice"

    def start(self, *arguments, **options):
        return subprocess.Popen(["sluice-run", *arguments], text=True, user=self.user,
                                env=os.environ | {"XDG_CACHE_HOME": str(self.root)},
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)

    def finish(self, process):
        output, errors = process.communicate()
        if process.returncode:
            sys.exit(f"{' '.join(process.args)}: exit {process.returncode}\n{errors}")
        return output, errors

    def spec(self, name, outputs, *more):
        """Whether it was compiled or found, and the hash of its outputs."""
        _, errors = self.finish(self.start_spec(name, outputs, *more))
        return self.result(outputs, errors)

    def start_spec(self, name, outputs, *more):
        return self.start(name, "--generate=T=5,K=4,V=4", "--timing", "--threads=1",
                          f"--outputs={outputs}", *more)

    @staticmethod
    def result(outputs, errors):
        how = [word for word in ("compile", "cached") if word in errors]
        return how, hashlib.sha256(pathlib.Path(outputs).read_bytes()).hexdigest()

    def entries(self):
        return sorted(self.cache.glob("*.artifact"))


def expect(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: found {found}, expected {expected}")


def many(runs):
    """20 processes and 5 specs on one folder, which is cleared meanwhile."""
    right = {name: runs.spec(name, runs.root / "right", "--no-cache")[1] for name in SPECS}
    clears, running = 0, threading.Event()
    running.set()

    def clear():
        nonlocal clears
        while running.is_set():
            runs.finish(runs.start("--cache-clear"))
            clears += 1

    clearing = threading.Thread(target=clear)
    clearing.start()
    try:
        for _ in range(2):
            started = [(name, outputs, runs.start_spec(name, outputs))
                       for name, outputs in ((SPECS[i % len(SPECS)], runs.root / f"out{i}")
                                             for i in range(PROCESSES))]
            for name, outputs, process in started:
                _, errors = runs.finish(process)
                expect(name, runs.result(outputs, errors)[1], right[name])
    finally:
        running.clear()
        clearing.join()
    # What is left of them is whole, and serves.
    for name in SPECS:
        runs.spec(name, runs.root / "out")
        expect(name, runs.spec(name, runs.root / "out"), (["cached"], right[name]))
    expect("files beside the artifacts", sorted(runs.cache.iterdir()), runs.entries())
    expect("artifacts", len(runs.entries()), len(SPECS))
    print(f"{2 * PROCESSES} runs, cleared meanwhile: {'yes' if clears else 'never'}")


def damaged(runs):
    """An artifact that is cut, or holds anything, is made anew."""
    how, right = runs.spec(SPECS[0], runs.root / "out")
    expect("a first run", how, ["compile"])
    [entry] = runs.entries()
    whole = entry.read_bytes()
    for name, content in {"empty": b"", "cut in its header": whole[:20],
                          "cut in its code": whole[:-1], "longer": whole + b"\0",
                          "noise": os.urandom(4096),
                          "noise behind a header": whole[:48] + os.urandom(4096)}.items():
        entry.write_bytes(content)
        expect(name, runs.spec(SPECS[0], runs.root / "out"), (["compile"], right))
        expect(f"{name}, mended", entry.read_bytes()[:8], whole[:8])
        expect(f"{name}, mended", runs.spec(SPECS[0], runs.root / "out"), (["cached"], right))
    # In an artifact's place something that cannot be replaced.
    entry.unlink()
    (entry / "inside").mkdir(parents=True)
    for _ in range(2):
        expect("a folder", runs.spec(SPECS[0], runs.root / "out"), (["compile"], right))
    print("damaged artifacts are made anew")


def folders(runs):
    """A cache folder that is a link, a file, or not writable."""
    _, right = runs.spec(SPECS[0], runs.root / "out", "--no-cache")
    elsewhere = runs.root / "elsewhere"
    elsewhere.mkdir()
    runs.cache.symlink_to(elsewhere)
    for how in ("compile", "cached"):
        expect("a link", runs.spec(SPECS[0], runs.root / "out"), ([how], right))
    expect("behind the link", len(list(elsewhere.iterdir())), 1)
    runs.cache.unlink()
    runs.cache.write_text("mine")
    for _ in range(2):
        expect("a file", runs.spec(SPECS[0], runs.root / "out"), (["compile"], right))
    expect("the file", runs.cache.read_text(), "mine")
    runs.cache.unlink()
    print("links are followed, a file stays")
    # For root everything is writable, so its runs are another's.
    os.chmod(runs.root, 0o777)
    if os.geteuid() == 0:
        runs = Runs(runs.root, NOBODY)
        try:
            runs.finish(runs.start("--version"))
        except OSError as error:
            return print(f"read-only folders: skipped, {error}")
    runs.cache.mkdir()
    if runs.user:
        os.chown(runs.cache, runs.user, runs.user)
    (runs.root / "out").unlink()
    os.chmod(runs.cache, 0o555)
    for _ in range(2):
        expect("read-only", runs.spec(SPECS[0], runs.root / "out"), (["compile"], right))
    expect("read-only", runs.entries(), [])
    os.chmod(runs.cache, 0o755)
    expect("writable", runs.spec(SPECS[0], runs.root / "out"), (["compile"], right))
    os.chmod(runs.cache, 0o555)
    expect("read-only", runs.spec(SPECS[0], runs.root / "out"), (["cached"], right))
    cleared = runs.start("--cache-clear")
    errors = cleared.communicate()[1]
    expect("clearing", (cleared.returncode, "cannot remove" in errors), (1, True))
    # Of another user: neither taken nor written.
    if runs.user:
        os.chmod(runs.cache, 0o755)
        os.chown(runs.cache, 0, 0)
        os.chown(runs.entries()[0], 0, 0)
        for _ in range(2):
            expect("another's", runs.spec(SPECS[0], runs.root / "out"), (["compile"], right))
    return print("read-only folders: no more than compiling")


if __name__ == "__main__":
    {"many": many, "damaged": damaged, "folders": folders}[sys.argv[1]](Runs(sys.argv[2]))
