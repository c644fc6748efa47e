#!/usr/bin/env python3
"""Runs the chunkwise kernels of flash-linear-attention in the simulator, forward and
backward, and compares with the recurrence in float64.

    python3 -m venv fla-venv
    fla-venv/bin/pip install torch triton==3.9.0 flash-linear-attention==0.6.0 safetensors
    fla-venv/bin/python test/Simulator/Fla/check_fla.py [OP...] [--tokens=130] [--dim=64]
    CONFIGURATION=fastest fla-venv/bin/python test/Simulator/Fla/check_fla.py [OP...] \
        --estimate=h200

No GPU is used. With --estimate nothing is compared: it prints how long the forward
kernels of a long sequence would take on a chip, and the published time where there is
one. ARCHITECTURE, CONFIGURATION (of autotuned kernels; -1 is the last) and SEED are
environment variables. Exit status 1 if an error is too large; what the
simulator found in a kernel is printed and not counted: these kernels are not ours.
"""

import argparse
import re
import sys

import torch
import triton_on_simulator as simulator
from fla.ops.delta_rule import chunk_delta_rule
from fla.ops.gated_delta_rule import chunk_gated_delta_rule
from fla.ops.gla import chunk_gla
from fla.ops.kda import chunk_kda
from fla.ops.simple_gla import chunk_simple_gla

HEADS = 2
# Of the estimate.
TOKENS = 8192
DIM = 128
# Of tensors in bfloat16: what rounding the output costs is 1.7e-3.
MOST = 6e-3


def recurrence(q, k, v, g=None, beta=None):
    """q, k: [B, T, H, K]; v: [B, T, H, V]; g: log decays, [B, T, H] or [B, T, H, K];
    beta: [B, T, H]. The outputs [B, T, H, V] and the final state [B, H, K, V] of the
    (gated) delta rule, without beta of (gated) linear attention."""
    state = q.new_zeros(q.shape[0], HEADS, k.shape[-1], v.shape[-1])
    outputs = []
    for t in range(q.shape[1]):
        if g is not None:
            gate = g[:, t].exp()
            state = state * (gate[..., None] if gate.dim() == 3 else gate[..., None, None])
        write = v[:, t]
        if beta is not None:
            read = torch.einsum("bhk,bhkv->bhv", k[:, t], state)
            write = beta[:, t][..., None] * (write - read)
        state = state + k[:, t][..., None] * write[..., None, :]
        outputs.append(torch.einsum("bhk,bhkv->bhv", q[:, t] * k.shape[-1] ** -0.5, state))
    return torch.stack(outputs, 1), state


# The op, and its arguments beside q, k and v.
OPS = {
    "gated_delta_rule": (chunk_gated_delta_rule, ("scalar gate", "beta")),
    "kda": (chunk_kda, ("key gate", "beta")),
    "delta_rule": (chunk_delta_rule, ("beta",)),
    "gla": (chunk_gla, ("key gate",)),
    "simple_gla": (chunk_simple_gla, ("scalar gate",)),
}


# Microseconds of the forward pass at TOKENS tokens and DIM columns, with their sources
# in docs/performance/estimate.md: by chip and op, with the heads and what the op was
# asked for beside its inputs.
FUSED = {
    "use_qk_l2norm_in_kernel": True,
    "use_gate_in_kernel": True,
    "safe_gate": True,
    "lower_bound": -5.0,
}
PUBLISHED = {
    ("h200", "gated_delta_rule"): (500, 32, {}),
    ("h200", "kda"): (1777, 64, FUSED),
}


def make_inputs(extra, tokens, dim, heads=HEADS):
    def unit(*shape):
        return torch.nn.functional.normalize(torch.randn(*shape), dim=-1).bfloat16()

    shape = (1, tokens, heads)
    inputs = {"q": unit(*shape, dim), "k": unit(*shape, dim)}
    inputs["v"] = torch.randn(*shape, dim).bfloat16()
    if "scalar gate" in extra:
        inputs["g"] = -torch.rand(*shape)
    if "key gate" in extra:
        inputs["g"] = -0.3 * torch.rand(*shape, dim)
    if "beta" in extra:
        inputs["beta"] = torch.rand(*shape).bfloat16()
    return {name: tensor.requires_grad_() for name, tensor in inputs.items()}


def error(found, expected):
    return ((found.double() - expected).norm() / expected.norm()).item()


def check(op, tokens, dim):
    """The greatest error."""
    torch.manual_seed(0)
    function, extra = OPS[op]
    inputs = make_inputs(extra, tokens, dim)
    exact = {n: t.detach().double().requires_grad_() for n, t in inputs.items()}
    output, state = function(**inputs, output_final_state=True)
    expected, expected_state = recurrence(**exact)
    errors = {"o": error(output, expected), "state": error(state, expected_state)}
    ahead = torch.randn_like(output)
    output.backward(ahead)
    expected.backward(ahead.double())
    errors |= {f"d{name}": error(inputs[name].grad, exact[name].grad) for name in inputs}
    print(f"{op}: " + ", ".join(f"{name} {value:.1e}" for name, value in errors.items()))
    return max(errors.values())


def estimate(op, chip):
    """Prints what each kernel of the op's forward pass would take. Of each only the
    CTAs are run that the estimate replays: the values mean nothing."""
    published, heads, asked = PUBLISHED.get((chip, op), (None, 32, {}))
    torch.manual_seed(0)
    function, extra = OPS[op]
    inputs = make_inputs(extra, TOKENS, DIM, heads)
    if asked.get("use_gate_in_kernel"):
        # What the kernel makes the gates of.
        inputs["g"] = torch.randn(1, TOKENS, heads, DIM).bfloat16()
        inputs |= {"A_log": torch.rand(heads), "dt_bias": torch.rand(heads * DIM)}
    first = len(simulator.launches)
    with torch.inference_mode():
        function(**inputs, **asked, output_final_state=True)
    print(f"{op}, forward, {TOKENS} tokens, {heads} heads of {DIM}, by the estimate for {chip}:")
    for launch in simulator.launches[first:]:
        print(f"  {launch.name}: {launch.microseconds:.1f} us")
    total = sum(launch.microseconds for launch in simulator.launches[first:])
    ratio = f", {total / published:.2f} of the published {published} us" if published else ""
    print(f"  all: {total:.1f} us{ratio}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ops", nargs="*", metavar="OP", help=", ".join(OPS))
    parser.add_argument("--tokens", type=int, default=130)
    parser.add_argument("--dim", type=int, default=64)
    parser.add_argument("--estimate", metavar="CHIP", help="a100, h100 or h200")
    options = parser.parse_args()
    unknown = [op for op in options.ops if op not in OPS]
    if unknown:
        parser.error(f"unknown op '{unknown[0]}': {', '.join(OPS)}")
    if options.estimate:
        simulator.CHIP = options.estimate
        simulator.OPTIONS.append("--only-sampled")
        for op in options.ops or OPS:
            estimate(op, options.estimate)
        return
    worst = max(check(op, options.tokens, options.dim) for op in options.ops or OPS)
    for launch in simulator.launches:
        for found in re.findall(r"^\S*: error: .*", launch.report, re.MULTILINE):
            print(f"{launch.name}: {found}")
    print(f"{len(simulator.launches)} launches, largest error {worst:.1e} (at most {MOST})")
    sys.exit(0 if worst <= MOST else 1)


main()
