"""make_artifact.py CODE.ptx OUT.artifact [KEY=VALUE]...: linear_attention by that code.

The kernel is that of Inputs/linear_attention.ptx, or one that takes the same. Keys
are K, V, target, and those of a launch (docs/artifacts.md): entry, grid, block,
shared, as JSON; launches=2 has it twice.
"""

import hashlib
import json
import struct
import sys

TENSORS = [{"input": "q"}, {"input": "k"}, {"input": "v"}, {"initial": "S"}, {"output": "o"}, {"final": "S"}]
SIZES = [{"size": size} for size in ("T", "H", "HV", "K", "V")]


def parse(setting):
    key, _, value = setting.partition("=")
    return key, json.loads(value)


def make_manifest(code, K=16, V=8, target="sm_80", launches=1, **of_launch):
    launch = {
        "code": 0,
        "entry": "step",
        "grid": ["N * HV", "1", "1"],
        "over": "sequences",
        "block": 32,
        "arguments": [*TENSORS, "scale", *SIZES, "sequences"],
        **of_launch,
    }
    tokens = {"q": ["B", "T", "H", str(K)], "v": ["B", "T", "HV", str(V)], "S": ["N", "HV", str(K), str(V)]}
    parameters = [{"dtype": "f32", "shape": tokens[name]} for name in ("q", "q", "v", "S", "v", "S")]
    parameters += ["scale", *["size"] * len(SIZES), "sequences"]
    vectors = [("q", "qk_heads", ["K"]), ("k", "qk_heads", ["K"]), ("v", "v_heads", ["V"]), ("S", "state", ["K", "V"])]
    return {
        "key": "",
        "signature": {
            "name": "linear_attention",
            "scale": True,
            "arguments": [{"name": name, "kind": kind, "axes": axes} for name, kind, axes in vectors],
            "outputs": [{"name": "o", "kind": "v_heads", "axes": ["V"]}],
        },
        "plan": {"segment": 0, "workspaces": [], "launches": [launch] * launches},
        "argument_types": ["f32"] * len(vectors),
        "output_type": "f32",
        "sizes": {"K": K, "V": V},
        "resources": {"target": target, "features": "", "lanes": 1},
        "codes": [{"format": "ptx", "bytes": len(code), "parameters": parameters}],
    }


def main(source, output, *settings):
    code = open(source, "rb").read()
    manifest = json.dumps(make_manifest(code, **dict(map(parse, settings)))).encode()
    content = manifest + code
    with open(output, "wb") as file:
        file.write(b"SLUICEA1" + struct.pack("<Q", len(manifest)) + hashlib.sha256(content).digest() + content)


if __name__ == "__main__":
    main(*sys.argv[1:])
