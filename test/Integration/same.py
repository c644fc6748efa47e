"""same.py A B: two safetensors files hold the same tensors, bit by bit."""

import json
import struct
import sys


def read(path):
    data = open(path, "rb").read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    start = 8 + length
    return {
        name: (entry["dtype"], entry["shape"], data[start + entry["data_offsets"][0] : start + entry["data_offsets"][1]])
        for name, entry in header.items()
    }


def main(ours, theirs):
    a, b = read(ours), read(theirs)
    if not a or a.keys() != b.keys():
        return f"{ours} has {sorted(a)}, {theirs} {sorted(b)}"
    wrong = [name for name in a if a[name] != b[name]]
    return f"tensors differ: {', '.join(wrong)}" if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
