#!/usr/bin/env python3
"""Changes the inputs of some tokens of a library variant. No bit may change of an
output at an earlier token or in another sequence, nor of the final state of a
sequence without a changed token; outputs at changed tokens must.

    check_causality.py VARIANT [--case=NAME] [--chunk=C] [--overflow]
                       [--form=step|chunk] [--device=NAME] [--sluice-run=PATH]
"""

import argparse
import sys

import numpy as np

import reference
import regimes
import sluice_run

CHUNKS = (4, 32)

LARGE = np.float32(1e20)  # its square is infinite in float32


def last_tokens(C):
    """Tokens t after which inputs change, for chunks of C: the last and the first
    of a chunk, inside of one, in a chunk that is not full."""
    return [0, C - 2, C - 1, C, C + C // 2, 2 * C - 1, 2 * C + 1, 3 * C]


def rows(C):
    """Rows of as many tokens, each of them changed after another t."""
    lasts = np.array(last_tokens(C))
    T = 3 * C + C // 2
    case = {"B": len(lasts), "T": T, "K": 20, "V": 12}
    return case, np.arange(T) > lasts[:, None]


def packed(C):
    """Packed sequences, the same lengths four times: each changed after its own
    middle, then all that comes after a t, then everything but one sequence."""
    lengths = [0, C + 3, 0, 2 * C + 1, C, 1, C - 1]
    starts = np.cumsum([0] + lengths)
    tokens = np.arange(sum(lengths))
    sequence = np.repeat(np.arange(len(lengths)), lengths)
    middle = tokens - starts[sequence] > np.array(lengths)[sequence] // 2
    after = [tokens > starts[3] + t for t in (C - 1, C + 1)]
    changed = np.concatenate([middle, *after, sequence != 3])
    case = {"lengths": 4 * lengths, "H": 1, "HV": 2, "K": 16, "V": 20}
    return case, changed[None]


CASES = {"rows": rows, "packed": packed}


def change_tokens(variant, inputs, others, changed):
    """The inputs with the changed tokens' from `others`."""
    result = dict(inputs)
    for name, (follows, _) in reference.VARIANTS[variant][1].items():
        if follows != "param":
            where = changed.reshape(changed.shape + (1,) * (inputs[name].ndim - 2))
            result[name] = np.where(where, others[name], inputs[name])
    return result


def compare(before, after, changed, sequences):
    """What is wrong, line by line."""
    bits = {name: [run[name].view(np.uint32) for run in (before, after)] for name in before}
    differ = {name: np.any(one != other, (-2, -1)) for name, (one, other) in bits.items()}
    for n, (b, begin, end) in enumerate(sequences):
        tokens = changed[b, begin:end]
        fixed = int(np.argmax(tokens)) if np.any(tokens) else end - begin
        wrong = np.flatnonzero(differ["o"][b, begin : begin + fixed])
        if len(wrong):
            yield (
                f"o of token {wrong[0]} of sequence {n} changes"
                + (f" with tokens after {fixed - 1}" if fixed < end - begin else "")
                + f" ({len(wrong)} of {fixed} tokens do)"
            )
        for name in set(differ) - {"o"}:
            if fixed == end - begin and np.any(differ[name][n]):
                yield f"{name} of sequence {n} changes"
        # Otherwise nothing would have been tested.
        if not np.all(differ["o"][b, begin:end] | ~tokens):
            yield f"o of sequence {n} stays the same where its inputs change"


def check(options, make, C):
    variant = options.variant
    random = np.random.default_rng(C + sum(map(ord, variant)))
    case, changed = make(C)
    sizes = regimes.sizes_of(case)
    names = ("mild", "extreme", "zero", "strong", "alternating", "extreme")
    inputs = regimes.make_inputs(variant, case, names[: sizes["HV"]], sizes, random)
    heads = ["extreme"] * sizes["HV"]
    others = regimes.make_inputs(variant, case, heads, sizes, random)
    if options.overflow:
        others = {name: tensor * LARGE for name, tensor in others.items()}
    changed_inputs = change_tokens(variant, inputs, others, changed)
    before = sluice_run.run(options, variant, inputs, C)
    after = sluice_run.run(options, variant, changed_inputs, C)
    return list(compare(before, after, changed, regimes.sequences_of(case, sizes)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("variant", choices=reference.VARIANTS)
    parser.add_argument("--case", choices=CASES)
    parser.add_argument("--chunk", type=int, choices=CHUNKS)
    parser.add_argument("--overflow", action="store_true", help="change to large numbers")
    sluice_run.add_options(parser)
    options = parser.parse_args()
    count = failures = 0
    for C in [options.chunk] if options.chunk else CHUNKS:
        for name in [options.case] if options.case else CASES:
            try:
                problems = check(options, CASES[name], C)
            except sluice_run.Failure as failure:
                problems = [str(failure)]
            for problem in problems:
                print(f"{options.variant}, {name}, chunk {C}: {problem}", file=sys.stderr)
            count += 1
            failures += bool(problems)
    print(f"{count - failures} of {count} cases passed")
    sys.exit(1 if failures else 0)


main()
