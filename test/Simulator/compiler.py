"""PTX of a launch: as it lies beside its source, or compiled for this run.

nvcc is looked for in PATH, then where tools/check installs it: cuda-packages in the
build folder, which is the one that sluice-sim is in.
"""

import pathlib
import shutil
import subprocess
import tempfile

import simulate

FLAGS = ["-ptx", "-std=c++17", "-O3", "-lineinfo"]


def add_options(parser):
    parser.add_argument("--sluice-sim", default="sluice-sim", metavar="PATH")
    parser.add_argument("--nvcc", metavar="PATH")


def find_nvcc(options):
    found = options.nvcc or shutil.which("nvcc")
    tool = shutil.which(options.sluice_sim)
    if not found and tool:
        build = pathlib.Path(tool).resolve().parent.parent
        pattern = "cuda-packages/lib/python3*/site-packages/nvidia/cu13/bin/nvcc"
        found = next(build.glob(pattern), None)
    if not found:
        raise simulate.Failure("no nvcc in PATH or the build folder: tools/check installs one")
    return found


def ptx_of(launch, options):
    source = simulate.FOLDER / launch.file
    if source.suffix == ".ptx":
        return source
    if source not in compiled:
        nvcc, folder = find_nvcc(options), pathlib.Path(temporary.name)
        output = folder / f"{source.stem}.ptx"
        command = [nvcc, *FLAGS, f"-arch={ARCHITECTURES.get(source.stem, 'sm_80')}"]
        command += [source.name, "-o", output]
        done = subprocess.run(command, cwd=source.parent, capture_output=True, text=True)
        if done.returncode != 0:
            raise simulate.Failure(f"nvcc: {done.stderr.strip()[:2000]}")
        compiled[source] = output
    return compiled[source]


ARCHITECTURES = {"cluster_groups": "sm_90"}  # else sm_80

temporary = tempfile.TemporaryDirectory()
compiled = {}
