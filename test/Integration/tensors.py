"""safetensors files and bfloat16 with nothing but numpy.

Tensors are numpy arrays; a bfloat16 tensor is a BF16, its numbers as float64.
"""

import json

import numpy as np


class BF16:
    """Numbers that bfloat16 holds, as float64, and the type's name."""

    def __init__(self, numbers):
        bits = np.asarray(numbers, np.float32).view(np.uint32).astype(np.uint64)
        rounded = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
        self.bits = np.where(np.isnan(numbers), np.uint16(0x7FC0), rounded)
        self.shape = self.bits.shape
        self.numbers = (self.bits.astype(np.uint32) << 16).view(np.float32).astype(np.float64)

    @classmethod
    def from_bits(cls, bits):
        return cls((bits.astype(np.uint32) << 16).view(np.float32))


NAMES = {
    np.dtype("float16"): "F16",
    np.dtype("float32"): "F32",
    np.dtype("float64"): "F64",
    np.dtype("int32"): "I32",
    np.dtype("int64"): "I64",
}
DTYPES = {name: dtype for dtype, name in NAMES.items()} | {"BF16": np.dtype("uint16")}


def dtype_name(tensor):
    return "BF16" if isinstance(tensor, BF16) else NAMES[tensor.dtype]


def to_f64(tensor):
    return tensor.numbers if isinstance(tensor, BF16) else tensor.astype(np.float64)


def save(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = (tensor.bits if isinstance(tensor, BF16) else tensor).tobytes()
        header[name] = {
            "dtype": dtype_name(tensor),
            "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + data)


def load(path):
    with open(path, "rb") as file:
        content = file.read()
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    data = content[8 + size :]
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        array = np.frombuffer(data[begin:end], DTYPES[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = BF16.from_bits(array) if entry["dtype"] == "BF16" else array
    return tensors
