"""The variants of the library in numpy float64, token by token.

Written from the table of the documentation alone, and in its words: nothing here
is derived from the specs, so that the two check each other.
"""

import numpy as np

# What a tensor is for each token: a vector along key or value, or a scalar; and
# which heads it follows: query/key heads, value heads, or it is a parameter.
QK = lambda *names: {name: ("qk", "K") for name in names}
KEY = lambda *names: {name: ("v", "K") for name in names}
VALUE = lambda *names: {name: ("v", "V") for name in names}
SCALAR = lambda *names: {name: ("v", "") for name in names}
PARAM = lambda *names: {name: ("param", "") for name in names}


def linear_attention(S, x, scale):
    S = S + np.outer(x["k"], x["v"])
    return S, scale * x["q"] @ S


def simple_gla(S, x, scale):  # and retention, whose g is constant
    S = np.exp(x["g"]) * S + np.outer(x["k"], x["v"])
    return S, scale * x["q"] @ S


def mamba2(S, x, scale):
    S = np.exp(-np.exp(x["A_log"]) * x["dt"]) * S + np.outer(x["B"], x["dt"] * x["x"])
    return S, x["C"] @ S + x["D"] * x["x"]


def gla(S, x, scale):
    S = np.exp(x["g"])[:, None] * S + np.outer(x["k"], x["v"])
    return S, scale * x["q"] @ S


def hgrn2(S, x, scale):
    return gla(S, x | {"k": -np.expm1(x["g"])}, scale)


def rwkv6(S, x, scale):
    kv = np.outer(x["k"], x["v"])
    o = scale * x["q"] @ (S + np.diag(x["u"]) @ kv)
    return np.exp(x["g"])[:, None] * S + kv, o


def rwkv7(S, x, scale):
    S = np.exp(x["g"])[:, None] * S + np.outer(x["b"], x["a"] @ S) + np.outer(x["k"], x["v"])
    return S, x["q"] @ S


def delta(S, k, v, beta):
    return S + np.outer(k, beta * (v - k @ S))


def delta_rule(S, x, scale):
    S = delta(S, x["k"], x["v"], x["beta"])
    return S, scale * x["q"] @ S


def gated_delta_rule(S, x, scale):
    return delta_rule(np.exp(x["g"]) * S, x, scale)


def kda(S, x, scale):
    return delta_rule(np.exp(x["g"])[:, None] * S, x, scale)


def gated_delta_product(S, x, scale):
    S = np.exp(x["g"]) * S
    S = delta(S, x["k0"], x["v0"], x["beta0"])
    S = delta(S, x["k1"], x["v1"], x["beta1"])
    return S, scale * x["q"] @ S


def md_gdn(S, x, scale):
    o = x["q"] @ S
    return x["beta"] * S + np.outer(x["g"] * x["k"], x["v"]), o


def momentum_delta_rule(states, x, scale):
    S, M = states
    read = S.T @ (np.exp(x["la"]) * x["p"])
    M = np.exp(x["lm"]) * M - x["eta"] * np.outer(x["k"], x["v"] - read)
    S = np.exp(x["la"]) * S - x["beta"] * M
    return np.stack([S, M]), scale * x["q"] @ S


def unit(x):
    return x / np.sqrt(np.sum(x * x) + 1e-6)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def silu(x):
    return x * sigmoid(x)


def elu(x):
    return np.where(x > 0, x, np.expm1(x))


def deltanet(S, x, scale):
    q, k = unit(silu(x["q"])), unit(silu(x["k"]))
    S = delta(S, k, x["v"], sigmoid(x["b"]))
    return S, scale * q @ S


def gated_deltanet(S, x, scale):
    g = -np.exp(x["A_log"]) * np.logaddexp(0, x["a"] + x["dt_bias"])
    S = delta(np.exp(g) * S, unit(x["k"]), x["v"], sigmoid(x["b"]))
    return S, x["w"] * unit(scale * unit(x["q"]) @ S) * silu(x["z"])


def normalised_linear_attention(states, x, scale):
    S, Z = states
    k, q = elu(x["k"]) + 1, elu(x["q"]) + 1
    S, z = S + np.outer(k, x["v"]), Z + k[:, None]
    return np.stack([S, z]), (q @ S) / (q @ z)


def mlstm(states, x, scale):
    C, N = states
    f, i = sigmoid(x["fg"]), np.exp(x["ig"])
    C, n = f * C + i * np.outer(x["k"], x["v"]), f * N + i * x["k"][:, None]
    q = scale * x["q"]
    return np.stack([C, n]), sigmoid(x["og"]) * (q @ C) / np.maximum(np.abs(q @ n), 1)


def retnet(states, x, scale):
    S = states[0] + 1j * states[1]
    turn = np.exp(2j * np.arctan(x["t"]))[:, None]
    k, q = x["k1"] + 1j * x["k2"], x["q1"] + 1j * x["q2"]
    S = np.exp(x["g"]) * turn * S + np.outer(np.conj(k), x["v"])
    return np.stack([S.real, S.imag]), scale * (q @ S).real


# The results of a run are `o` and the final states. What arguments are called says
# what numbers the tests give them (check_variant.py and regimes.py): g, la and lm are
# logarithms of gates, beta… strengths.
#
# name: step, arguments, the value vector whose type outputs have, takes --scale
VARIANTS = {
    "linear_attention": (linear_attention, QK("q", "k") | VALUE("v"), "v", True),
    "retention": (simple_gla, QK("q", "k") | VALUE("v") | PARAM("g"), "v", True),
    "simple_gla": (simple_gla, QK("q", "k") | VALUE("v") | SCALAR("g"), "v", True),
    "mamba2": (
        mamba2,
        VALUE("x") | SCALAR("dt") | QK("B", "C") | PARAM("A_log", "D"),
        "x",
        False,
    ),
    "gla": (gla, QK("q", "k") | VALUE("v") | KEY("g"), "v", True),
    "hgrn2": (hgrn2, QK("q") | VALUE("v") | KEY("g"), "v", True),
    "rwkv6": (
        rwkv6,
        QK("q", "k") | VALUE("v") | KEY("g") | {"u": ("param", "K")},
        "v",
        True,
    ),
    "rwkv7": (rwkv7, QK("q", "k", "a", "b") | VALUE("v") | KEY("g"), "v", False),
    "delta_rule": (delta_rule, QK("q", "k") | VALUE("v") | SCALAR("beta"), "v", True),
    "gated_delta_rule": (
        gated_delta_rule,
        QK("q", "k") | VALUE("v") | SCALAR("g", "beta"),
        "v",
        True,
    ),
    "kda": (kda, QK("q", "k") | VALUE("v") | KEY("g") | SCALAR("beta"), "v", True),
    "gated_delta_product": (
        gated_delta_product,
        QK("q", "k0", "k1") | VALUE("v0", "v1") | SCALAR("beta0", "beta1", "g"),
        "v0",
        True,
    ),
    "md_gdn": (
        md_gdn,
        QK("q", "k") | VALUE("v") | KEY("g") | SCALAR("beta"),
        "v",
        False,
    ),
    "momentum_delta_rule": (
        momentum_delta_rule,
        QK("q", "k", "p") | VALUE("v") | SCALAR("la", "lm", "beta", "eta"),
        "v",
        True,
    ),
    "deltanet": (deltanet, QK("q", "k") | VALUE("v") | SCALAR("b"), "v", True),
    "gated_deltanet": (
        gated_deltanet,
        QK("q", "k")
        | VALUE("v", "z")
        | SCALAR("a", "b")
        | PARAM("A_log", "dt_bias")
        | {"w": ("param", "V")},
        "v",
        True,
    ),
    "normalised_linear_attention": (
        normalised_linear_attention,
        QK("q", "k") | VALUE("v"),
        "v",
        False,
    ),
    "mlstm": (mlstm, QK("q", "k") | VALUE("v", "og") | SCALAR("ig", "fg"), "v", True),
    "retnet": (
        retnet,
        QK("q1", "q2", "k1", "k2") | VALUE("v") | PARAM("g") | {"t": ("param", "K")},
        "v",
        True,
    ),
}

STATES = {
    "momentum_delta_rule": ["S", "M"],
    "normalised_linear_attention": ["S", "Z"],
    "mlstm": ["C", "N"],
    "retnet": ["A", "B"],
}


def state_names(variant, prefix):
    states = STATES.get(variant)
    return [f"{prefix}_{state}" for state in states] if states else [prefix]


def run(variant, tensors, sizes, scale=None):
    """The outputs and final states of a run, in float64. `tensors` are float64
    arrays by name; `sizes` gives B, T, H, HV, K and V."""
    step, arguments, _, takes_scale = VARIANTS[variant]
    B, T, H, HV, K, V = (sizes[name] for name in ("B", "T", "H", "HV", "K", "V"))
    if scale is None:
        scale = K**-0.5
    if "cu_seqlens" in tensors:
        offsets = [int(offset) for offset in tensors["cu_seqlens"]]
        sequences = [(0, begin, end) for begin, end in zip(offsets, offsets[1:])]
    else:
        sequences = [(b, 0, T) for b in range(B)]

    initial_names = state_names(variant, "initial_state")
    zeros = np.zeros((len(sequences), HV, K, V))
    final = np.stack([tensors.get(name, zeros) for name in initial_names])
    o = np.zeros((B, T, HV, V))
    with np.errstate(all="ignore"):
        for n, (b, begin, end) in enumerate(sequences):
            for h in range(HV):
                state = final[:, n, h] if len(final) > 1 else final[0, n, h]
                for t in range(begin, end):
                    x = {}
                    for name, (heads, _) in arguments.items():
                        tensor = tensors[name]
                        if heads == "qk":
                            x[name] = tensor[b, t, h // (HV // H)]
                        else:
                            x[name] = tensor[h] if heads == "param" else tensor[b, t, h]
                    state, o[b, t, h] = step(state, x, scale)
                final[:, n, h] = state
    return {"o": o} | dict(zip(state_names(variant, "final_state"), final))
