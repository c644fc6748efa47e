#!/usr/bin/env python3
"""Runs placements of chunk forms as kernels in the simulator: stages apart and time in
segments, against the reference, and against one kernel from the same numbers. Sequences
packed with empty ones, rows that fill no chunk, key heads that value heads share,
initial states. Memory between kernels has no content until it is written, and the
simulator reports who reads such.

    check_placements_sim.py [--sluice-run=PATH] [--sluicec=PATH]
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

from tensors import load, to_f64

# One state and several, several outputs, decays along either axis, no read that feeds a
# state, corrections from the right.
SPECS = [
    ("linear_attention", ("pre_scan_post", "segments")),
    ("gated_delta_rule", ("pre_scan_post", "segments")),
    ("kda", ("pre_scan_post", "segments")),
    ("mlstm", ("pre_scan_post", "segments")),
    ("momentum_delta_rule", ("pre_scan_post", "segments")),
    ("md_gdn", ("pre_scan_post",)),
    ("rwkv7", ("segments",)),
    ("mamba2", ("segments",)),
]
OJA = pathlib.Path(__file__).parent / "CPU" / "Inputs" / "oja.mlir"
SIZES = {
    "rows": "B=2,T=37,H=1,HV=2,initial",
    "packed": "T=53,H=1,HV=2,initial,seqlens=0:20:0:33:0",
}
SEGMENT = 16
# Of results in bf16 and float32; how far one kernel and several may be apart.
KINDS = [("f32", "K=12,V=20", 1e-5, 2e-6), ("bf16", "K=32,V=48", 5e-3, 4e-3)]


def run(*command, expected=0):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != expected:
        sys.exit(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout


def write_schedule(options, spec, placement, dtype, dims, file):
    sizes = dict(part.split("=") for part in dims.split(","))
    text = run(
        options.sluicec,
        spec,
        "--emit=schedule",
        f"--target={options.target}",
        f"--dtype={dtype}",
        f"--key-dim={sizes['K']}",
        f"--value-dim={sizes['V']}",
        "--chunk=16",
    )
    schedules = json.loads(text)
    (entry,) = schedules["entries"]
    said = f"placement = {placement}, target"
    if placement == "segments":
        said = f"placement = segments, segment = {SEGMENT}, target"
    if placement != "one_kernel":
        entry["schedule"] = entry["schedule"].replace("target", said, 1)
    file.write_text(json.dumps(schedules))


def simulate(options, spec, placement, kind, sizes, folder):
    """The results, and the names of the kernels."""
    dtype, dims, tolerance, _ = kind
    schedule, outputs, report = (folder / name for name in ("s", "o", "r"))
    write_schedule(options, spec, placement, dtype, dims, schedule)
    run(
        options.sluice_run,
        spec,
        "--form=chunk",
        "--chunk=16",
        "--device=sim",
        f"--target={options.target}",
        f"--schedule={schedule}",
        f"--generate={sizes},{dims},dtype={dtype}",
        "--compare=reference",
        f"--tolerance={tolerance}",
        f"--outputs={outputs}",
        f"--report={report}",
        "--no-cache",
    )
    launches = json.loads(report.read_text())["launches"]
    found = [launch for launch in launches if launch["findings"]]
    if found:
        sys.exit(f"{spec} {placement}: {found[0]['findings']}")
    results = {name: to_f64(tensor) for name, tensor in load(outputs).items()}
    return results, [launch["kernel"] for launch in launches]


def stages(kernels):
    """What kernels are called behind the spec's name."""
    return [kernel.split("_chunk_")[-1] for kernel in kernels]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sluice-run", default="sluice-run")
    parser.add_argument("--sluicec", default="sluicec")
    parser.add_argument("--target", default="sm_90a")
    options = parser.parse_args()
    runs = 0
    specs = [*SPECS, (str(OJA), ("segments",))]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for spec, placements in specs:
            for kind in KINDS:
                for sizes in SIZES.values():
                    one, kernels = simulate(
                        options, spec, "one_kernel", kind, sizes, folder
                    )
                    if len(kernels) != 1:
                        sys.exit(f"{spec}: one kernel is {kernels}")
                    for placement in placements:
                        several, kernels = simulate(
                            options, spec, placement, kind, sizes, folder
                        )
                        runs += 1
                        wanted = {"pre_scan_post": "scan", "segments": "join"}[placement]
                        if len(kernels) < 2 or wanted not in stages(kernels):
                            sys.exit(f"{spec} {placement}: the kernels are {kernels}")
                        for key, value in one.items():
                            error = np.linalg.norm(several[key] - value)
                            # Also of a NaN, which is no less than the bound.
                            if not error <= kind[3] * np.linalg.norm(value):
                                sys.exit(f"{spec} {placement} {kind}: {key} {error}")
    print(f"{len(specs)} specs, {runs} runs")


main()
