"""Runs sluice-run on tensors."""

import pathlib
import subprocess
import tempfile

from tensors import load, save


class Failure(Exception):
    pass


def add_options(parser):
    parser.add_argument("--sluice-run", default="sluice-run", metavar="PATH")
    parser.add_argument("--form", default="chunk", choices=["step", "chunk"])
    parser.add_argument("--device", default="cpu")


def run(options, variant, inputs, chunk, *flags):
    """The outputs by name; `chunk` is without meaning where the form is step. The
    simulator must not find anything, which it would print."""
    with tempfile.TemporaryDirectory() as folder:
        files = [pathlib.Path(folder, name) for name in ("in", "out")]
        save(files[0], inputs)
        command = [options.sluice_run, variant]
        command += [f"--inputs={files[0]}", f"--outputs={files[1]}"]
        command += [f"--device={options.device}", f"--form={options.form}"]
        command += flags
        if options.form == "chunk":
            command.append(f"--chunk={chunk}")
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0 or done.stderr or done.stdout:
            said = (done.stderr + done.stdout).strip()
            raise Failure(f"exit code {done.returncode}: {said}")
        return load(files[1])
