"""Writes tensors for kda without a token: many_sequences.py FILE B HV."""

import json
import struct
import sys

path, batch, heads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
shapes = {
    "q": [batch, 0, 1, 1],
    "k": [batch, 0, 1, 1],
    "v": [batch, 0, heads, 1],
    "g": [batch, 0, heads, 1],
    "beta": [batch, 0, heads],
}
header = json.dumps(
    {name: {"dtype": "F32", "shape": s, "data_offsets": [0, 0]} for name, s in shapes.items()}
).encode()
with open(path, "wb") as file:
    file.write(struct.pack("<Q", len(header)) + header)
