"""Inputs of a variant whose value heads are each in a gate regime of its own.

A variant says its decay in its own arguments: mamba2 by A_log and dt, gated_deltanet
by A_log, a and dt_bias, mlstm by fg before its sigmoid, md_gdn by the factor beta
itself, retention and retnet by a constant of each head, which cannot differ between
tokens. One without a gate has the regime zero, whatever it is asked for.
"""

import numpy as np

import reference
from tensors import BF16, to_f64

REGIMES = ("zero", "mild", "strong", "extreme", "alternating", "neginf")

NO_GATE = ("linear_attention", "delta_rule", "deltanet", "normalised_linear_attention")

FORGETS = -1e3  # e^g is 0 in every type, and g is not infinite


def somewhere(shape, random):
    """Some elements, some channels throughout, some tokens throughout."""
    if len(shape) == 1:
        return np.full(shape, True)
    chosen = random.random(shape) < 0.15
    if len(shape) == 4:
        chosen |= random.random((1, 1) + shape[2:]) < 0.1
        chosen |= random.random(shape[:2] + (1, 1)) < 0.05
    return chosen


def second(shape):
    """Every second token; of a constant of the heads every second head."""
    axis = 0 if len(shape) == 1 else 1
    return np.indices(shape)[axis] % 2 == 1


def gates(regime, shape, random):
    mild = random.uniform(-0.1, -0.01, shape)
    return {
        "zero": np.zeros(shape),
        "slow": np.full(shape, -1e-3),
        "mild": mild,
        "strong": np.full(shape, -5.0),
        "extreme": np.where(somewhere(shape, random), FORGETS, mild),
        "alternating": np.where(second(shape), FORGETS, 0),
        "neginf": np.where(somewhere(shape, random), -np.inf, mild),
    }[regime]


def mamba2_gates(regime, shape, random):
    """A_log and dt of the decay -exp(A_log)·dt. dt multiplies what is written,
    too: it is 0 only where a gate has to be 0 beside one that is not."""
    usual = random.uniform(0.1, 1, shape)
    A_log, dt = {
        "zero": (-40, usual),  # 4e-18
        "slow": (np.log(1e-3), 1),
        "mild": (np.log(0.1), usual),
        "strong": (np.log(5), 1),
        "extreme": (np.log(1e3), np.where(somewhere(shape, random), 1, 1e-4 * usual)),
        "alternating": (np.log(1e3), 1.0 * second(shape)),
        "neginf": (100, usual),  # exp(100) is infinite in float32
    }[regime]
    return np.full(shape[2:], A_log), np.broadcast_to(dt, shape)


def before_sigmoid(gate):
    """x with log sigmoid(x) = gate."""
    with np.errstate(divide="ignore"):
        return gate - np.log(-np.expm1(gate))


def before_softplus(dt):
    """x with softplus(x) = dt."""
    with np.errstate(divide="ignore"):
        return dt + np.log(-np.expm1(-dt))


def by_head(make, heads, shape, random):
    """Each head from an array of its own regime."""
    axis = 0 if len(shape) == 1 else 2
    arrays = [make(regime, shape, random).take(h, axis) for h, regime in enumerate(heads)]
    return np.stack(arrays, axis)


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def strengths(variant, shape, random):
    """How much is written: between 0 and 1, and the ends 0 and 2 (a reflection).
    Undamped momentum with random strengths grows by e^(beta·eta/4) a token."""
    top = 0.3 if variant == "momentum_delta_rule" else 0.95
    usual = random.uniform(0.05, top, shape)
    return np.where(random.random(shape) < 0.2, random.choice([0.0, 2.0], shape), usual)


def make_numbers(variant, case, heads, sizes, random):
    """The arguments by name, in float64. Of `case`, "alike": the keys of a head
    are nearly equal; "steady": what grows or cancels over thousands of
    tokens does not."""
    lead = {
        "qk": (sizes["B"], sizes["T"], sizes["H"]),
        "v": (sizes["B"], sizes["T"], sizes["HV"]),
        "param": (sizes["HV"],),
    }
    numbers = {}
    for name, (follows, axis) in reference.VARIANTS[variant][1].items():
        shape = lead[follows] + ((sizes[axis],) if axis else ())
        if name in ("la", "lm") or (name == "g" and variant != "md_gdn"):
            array = by_head(gates, heads, shape, random)
        elif name == "beta" and variant == "md_gdn":
            array = np.exp(by_head(gates, heads, shape, random))
        elif name.startswith("beta") or name == "eta":
            array = strengths(variant, shape, random)
            if variant == "momentum_delta_rule" and case.get("steady"):
                array = random.uniform(0.005, 0.06, shape)
        else:
            array = random.standard_normal(shape)
            if axis == "K" and name in ("k", "k0", "k1", "a"):
                array = unit(array[:1, :1] + 0.01 * array if case.get("alike") else array)
        if name == "fg":
            gate = by_head(gates, heads, shape, random)
            array = before_sigmoid(np.minimum(gate, -1e-16))
        if name == "t" and case.get("steady"):
            # Quarter turns: cos θ and sin θ, in float32, are not a turn of another length.
            array = random.choice([-1.0, 0.0, 1.0], shape)
        if name == "ig" and case.get("steady"):
            # Written a little at a time: what the output is divided by stays near 1, and
            # does not come from numbers that nearly cancel.
            array = random.uniform(-5, -4, shape)
        numbers[name] = array
    if variant in ("mamba2", "gated_deltanet"):
        made = [mamba2_gates(regime, lead["v"], random) for regime in heads]
        numbers["A_log"] = np.stack([A_log[h] for h, (A_log, _) in enumerate(made)])
        numbers["dt"] = np.stack([dt[:, :, h] for h, (_, dt) in enumerate(made)], 2)
    if variant == "gated_deltanet":
        numbers["a"] = before_softplus(numbers.pop("dt")) - numbers["dt_bias"]
    if variant == "rwkv7":  # b undoes what a reads
        numbers["b"] = -strengths(variant, lead["qk"] + (1,), random) * numbers["a"]
    if variant == "momentum_delta_rule":  # p reads near where k writes
        noise = random.standard_normal(numbers["k"].shape) / sizes["K"] ** 0.5
        numbers["p"] = unit(numbers["k"] + 0.1 * noise)
    return numbers


def make_inputs(variant, case, heads, sizes, random):
    """Tensors as files have them, of the case's type; initial states in float32;
    the offsets of packed sequences."""
    numbers = make_numbers(variant, case, heads, sizes, random)
    types = {"BF16": BF16, "F16": np.float16, "F32": np.float32}
    cast = types[case.get("dtype", "F32")]
    inputs = {name: cast(array) for name, array in numbers.items()}
    count = sizes["B"]
    if "lengths" in case:
        count = len(case["lengths"])
        inputs["cu_seqlens"] = np.cumsum([0] + case["lengths"]).astype(np.int32)
    shape = (count, sizes["HV"], sizes["K"], sizes["V"])
    for name in reference.state_names(variant, "initial_state"):
        inputs[name] = random.standard_normal(shape).astype(np.float32)
    return inputs


def sizes_of(case):
    sizes = {"B": 1, "H": 3, "HV": 6, "K": 20, "V": 36}
    sizes |= {name: case[name] for name in ("B", "T", "H", "HV", "K", "V") if name in case}
    return {"T": sum(case.get("lengths", []))} | sizes


def sequences_of(case, sizes):
    """Row, first token and end of each."""
    if "lengths" not in case:
        return [(b, 0, sizes["T"]) for b in range(sizes["B"])]
    ends = np.cumsum(case["lengths"])
    return [(0, end - length, end) for length, end in zip(case["lengths"], ends)]


def exact(variant, inputs, sizes):
    """What the reference gives for these very inputs: finite in every regime."""
    tensors = {name: to_f64(tensor) for name, tensor in inputs.items()}
    results = reference.run(variant, tensors, sizes)
    assert all(np.all(np.isfinite(tensor)) for tensor in results.values())
    return results
