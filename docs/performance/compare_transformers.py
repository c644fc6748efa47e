#!/usr/bin/env python3
"""Sets our gradients on a CPU beside those of Hugging Face transformers.

    docs/performance/compare_transformers.py [--tokens=1024] [--heads=8] [--threads=2]
                                             [--rounds=3] [--json=FILE] [--bin=build/bin]

What people train such layers with on a CPU are the pure PyTorch chunk functions of
transformers, differentiated by autograd: torch_chunk_gated_delta_rule of Qwen3-Next and
chunk_kimi_delta_attention of Kimi Linear. Each is run forward and backward on random
inputs, K = V = 128, float32, in turns with `sluice-bench --direction=backward` of
gated_delta_rule and kda on as many threads, whose forward and backward times are added.
Ratios are formed round by round; medians are printed, with the least and the largest.

The functions' gradients are compared with those of `sluice-run` on the same inputs first.

Needs torch, transformers and safetensors in the Python that runs this. Nothing else of the
project does.
"""

import argparse
import datetime
import importlib
import inspect
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

try:
    import torch
    import transformers
    from safetensors.torch import load_file, save_file
except ImportError as error:
    sys.exit(f"compare_transformers.py: error: needs torch, transformers and safetensors: {error}")

DIM = 128
PEERS = {
    "gated_delta_rule": ("qwen3_next", "torch_chunk_gated_delta_rule"),
    "kda": ("kimi_linear", "chunk_kimi_delta_attention"),
}


def find_function(variant):
    """The plain PyTorch function, without what would put another in its place."""
    model, name = PEERS[variant]
    module = importlib.import_module(f"transformers.models.{model}.modeling_{model}")
    return inspect.unwrap(getattr(module, name))


def make_inputs(variant, tokens, heads):
    """As sluice-run names and shapes them, and the gradient by the output."""
    generator = torch.Generator().manual_seed(0)
    shape = (1, tokens, heads)
    normal = lambda *size: torch.randn(*size, generator=generator)
    uniform = lambda *size: torch.rand(*size, generator=generator)
    key = lambda: torch.nn.functional.normalize(normal(*shape, DIM), dim=-1)
    gate = (*shape, DIM) if variant == "kda" else shape
    return {
        "q": key(),
        "k": key(),
        "v": normal(*shape, DIM),
        "g": -0.5 * uniform(*gate),
        "beta": uniform(*shape),
        "do": normal(*shape, DIM),
    }


class Peer:
    def __init__(self, variant, inputs):
        self.function = find_function(variant)
        self.inputs = {
            name: tensor.clone().requires_grad_(name != "do") for name, tensor in inputs.items()
        }

    def run(self):
        """The gradients, and how long it took."""
        arguments = [self.inputs[name] for name in ("q", "k", "v", "g", "beta")]
        for argument in arguments:
            argument.grad = None
        start = time.perf_counter()
        output, _ = self.function(*arguments)
        output.backward(self.inputs["do"])
        seconds = time.perf_counter() - start
        gradients = {f"d{name}": tensor.grad for name, tensor in self.inputs.items() if name != "do"}
        return gradients, seconds


def compare(variant, inputs, gradients, options):
    """Relative RMS differences of ours and the peer's."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        save_file({n: t.contiguous() for n, t in inputs.items()}, folder / "in.safetensors")
        subprocess.run(
            [options.bin / "sluice-run", variant, "--direction=backward", "--form=chunk",
             f"--inputs={folder / 'in.safetensors'}", f"--outputs={folder / 'out.safetensors'}"],
            check=True,
        )  # fmt: skip
        ours = load_file(folder / "out.safetensors")
    norm = torch.linalg.vector_norm
    return {n: float(norm(ours[n] - g) / norm(g)) for n, g in gradients.items()}


def measure_ours(variant, options):
    """Seconds of forward and backward together."""
    with tempfile.TemporaryDirectory() as folder:
        result = pathlib.Path(folder) / "result.json"
        subprocess.run(
            [options.bin / "sluice-bench", variant, "--direction=backward",
             f"--tokens={options.tokens}", f"--heads={options.heads}",
             f"--threads={options.threads}", "--rounds=5", f"--json={result}"],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        (row,) = json.loads(result.read_text(encoding="utf-8"))["rows"]
    return 1e-6 * (row["forward_us"]["median"] + row["backward_us"]["median"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tokens", type=int, default=1024)
    parser.add_argument("--heads", type=int, default=8)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("build/bin"))
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    rows = []
    for variant in PEERS:
        inputs = make_inputs(variant, options.tokens, options.heads)
        peer = Peer(variant, inputs)
        gradients, _ = peer.run()
        differences = compare(variant, inputs, gradients, options)
        theirs, ours = [], []
        for _ in range(options.rounds):
            theirs.append(peer.run()[1])
            ours.append(measure_ours(variant, options))
        ratios = [a / b for a, b in zip(theirs, ours)]
        rows.append({
            "variant": variant,
            "function": ".".join(PEERS[variant]),
            "peer_ms": 1e3 * statistics.median(theirs),
            "ours_ms": 1e3 * statistics.median(ours),
            "peer_over_ours": statistics.median(ratios),
            "least": min(ratios),
            "largest": max(ratios),
            "differences": differences,
        })  # fmt: skip
        row = rows[-1]
        print(
            f"{variant}: transformers {row['peer_ms']:.0f} ms, ours {row['ours_ms']:.1f} ms, forward "
            f"and backward: {row['peer_over_ours']:.1f} times [{row['least']:.1f}, "
            f"{row['largest']:.1f}]; gradients differ by at most {max(differences.values()):.1e}"
        )
    if options.json:
        options.json.write_text(
            json.dumps({
                "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
                "torch": torch.__version__,
                "transformers": transformers.__version__,
                "tokens": options.tokens,
                "heads": options.heads,
                "threads": options.threads,
                "rounds": options.rounds,
                "rows": rows,
            }, indent=2) + "\n",
            encoding="utf-8",
        )  # fmt: skip


main()
