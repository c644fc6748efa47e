"""The microbenchmarks of gpu-check: ptxas keeps what they measure.

Where there is a ptxas, each assembles for both targets without a spill and without a
message about wgmma; where there is an nvdisasm, too, the machine code has as many
instructions of the kind that is measured as the text. Says what could not be checked.
"""

import collections
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import simulate

sys.path.append(str(simulate.FOLDER.parents[1] / "tools/lib/gpu"))

import microbenchmarks  # noqa: E402

# One of the loop's neighbours may be of the same kind.
MORE = 3


def find(name):
    """In PATH, or where tools/check installs CUDA's packages: in the build folder."""
    tool = shutil.which("sluice-sim")
    build = pathlib.Path(tool).resolve().parent.parent if tool else pathlib.Path()
    packages = build.glob(f"cuda-packages/lib/python3*/site-packages/nvidia/cu13/bin/{name}")
    return shutil.which(name) or next(map(str, packages), None)


def count_instructions(nvdisasm, cubin):
    listing = subprocess.run([nvdisasm, "-c", cubin], capture_output=True, text=True, check=True)
    names = re.findall(r"^\s+/\*[0-9a-f]+\*/\s+(?:@!?U?P\w+ )?([A-Z0-9]+)", listing.stdout, re.M)
    return collections.Counter(names)


def problems_of(benchmark, capability, ptxas, nvdisasm, folder):
    ptx, cubin = folder / "bench.ptx", folder / "bench.cubin"
    ptx.write_text(benchmark.ptx(capability))
    target = f"sm_{capability}" + ("a" if capability >= microbenchmarks.HOPPER else "")
    command = [ptxas, f"-arch={target}", "-v", ptx, "-o", cubin]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        yield done.stderr.strip()[:300]
        return
    yield from re.findall(r"C75\d\d.*", done.stderr)
    yield from (m[0] for m in re.finditer(r"\d+ bytes spill stores", done.stderr) if m[0][0] != "0")
    if nvdisasm and benchmark.sass:
        found = count_instructions(nvdisasm, cubin)[benchmark.sass]
        if not benchmark.count <= found <= benchmark.count + MORE:
            yield f"{found} of {benchmark.sass}, expected {benchmark.count}"


def main():
    ptxas, nvdisasm = find("ptxas"), find("nvdisasm")
    if not ptxas:
        print("no ptxas: not assembled")
        return 0
    if not nvdisasm:
        print("no nvdisasm: machine code not looked at")
    count = failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for benchmark in microbenchmarks.benchmarks(1 << 23):
            for capability in (80, 90):
                if benchmark.since > capability:
                    continue
                # Machine instructions are named as on Hopper.
                disassembler = nvdisasm if capability == microbenchmarks.HOPPER else None
                count += 1
                for problem in problems_of(
                    benchmark, capability, ptxas, disassembler, pathlib.Path(folder)
                ):
                    print(f"error: {benchmark.name} for {capability}: {problem}")
                    failures += 1
    print(f"{count} kernels assembled, {failures} problems")
    return failures > 0


sys.exit(main())
