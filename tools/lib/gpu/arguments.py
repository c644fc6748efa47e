"""The arguments of sluice-sim's --args as the parameters of a launch on a GPU."""

import re
import struct

import numpy as np

from simulate import bits_of, dtype_name

NUMBERS = {f"i{bits}": f"<{code}" for bits, code in ((8, "b"), (16, "h"), (32, "i"), (64, "q"))}
NUMBERS |= {f"u{bits}": code.upper() for bits, code in (("8", "<b"), ("16", "<h"), ("32", "<i"))}
NUMBERS |= {"u64": "<Q", "f16": "<e", "f32": "<f", "f64": "<d"}

# CUtensorMapDataType
ELEMENTS = {
    **{"u8": 0, "u16": 1, "u32": 2, "s32": 3, "u64": 4, "s64": 5, "f16": 6, "f32": 7},
    **{"f64": 8, "bf16": 9, "f32.ftz": 10, "tf32": 11, "tf32.ftz": 12},
}
OF_TENSOR = {"F16": "f16", "BF16": "bf16", "F32": "f32", "F64": "f64", "I32": "s32", "I64": "s64"}
SWIZZLES = {"none": 0, "32": 1, "64": 2, "128": 3}


def split_name(text):
    name, _, offset = text.partition("+")
    return name, int(offset or "0", 0)


def split_fields(text):
    """What stands before the first field, and (offset, argument) of each: a field begins with
    :NUMBER= outside of parentheses."""
    starts = [
        match
        for match in re.finditer(r":(\d+)=", text)
        if text.count("(", 0, match.start()) == text.count(")", 0, match.start())
    ]
    ends = [match.start() for match in starts[1:]] + [len(text)]
    fields = [(int(m[1]), text[m.end() : end]) for m, end in zip(starts, ends)]
    return text[: starts[0].start()] if starts else text, fields


def without_parentheses(text):
    return text[1:-1] if text.startswith("(") and text.endswith(")") else text


class Buffers:
    """The tensors of a launch in a GPU's memory, each once. What starts unwritten is zero."""

    def __init__(self, driver, launch):
        self.driver, self.launch, self.pointers, self.others = driver, launch, {}, []
        self.named = flag(launch, "buffers", "")
        said = " ".join([*launch.args, self.named])
        self.unwritten = set(re.findall(r"\bout:(\w+)", said))

    def address(self, name):
        if name not in self.pointers:
            raw = bits_of(self.launch.tensors[name]).tobytes()
            self.pointers[name] = (self.driver.allocate(len(raw)), len(raw))
        return self.pointers[name][0]

    def hold(self, raw):
        """The address of memory with these bytes."""
        self.others.append(self.driver.allocate(len(raw)))
        self.driver.write(self.others[-1], raw)
        return self.others[-1]

    def fill(self):
        """As they are before a run."""
        contents = {}
        for named in self.named.split(",") if self.named else ():
            name, fields = split_fields(without_parentheses(named).removeprefix("out:"))
            self.address(name)
            contents[name] = bytearray(bits_of(self.launch.tensors[name]).tobytes())
            self.put(contents[name], fields)
        for name, (pointer, size) in self.pointers.items():
            if name in self.unwritten:
                self.driver.fill(pointer, size)
            else:
                raw = contents.get(name) or bits_of(self.launch.tensors[name]).tobytes()
                self.driver.write(pointer, bytes(raw))

    def put(self, raw, fields):
        for offset, argument in fields:
            part = self.parameter(without_parentheses(argument), None)
            raw[offset : offset + len(part)] = part

    def read(self):
        """Raw bytes by name."""
        return {name: self.driver.read(*place) for name, place in self.pointers.items()}

    def free(self):
        for pointer, _ in self.pointers.values():
            self.driver.free(pointer)
        for pointer in self.others:
            self.driver.free(pointer)

    def tensor_map(self, text):
        place, *options = text.split(":")
        name, offset = split_name(place)
        given = dict(option.split("=", 1) for option in options)

        def numbers(key):
            return [int(x, 0) for x in given.get(key, "").split("x") if x]

        dims = numbers("dims")
        element = given.get("elem") or OF_TENSOR[dtype_name(self.launch.tensors[name])]
        return self.driver.encode_tensor_map(
            self.address(name) + offset,
            ELEMENTS[element],
            dims,
            numbers("strides"),
            numbers("box"),
            numbers("elementstrides") or [1] * len(dims),
            SWIZZLES[given.get("swizzle", "none")],
            given.get("oob", "zero") == "nan",
        )

    def parameter(self, argument, size):
        """The bytes of one argument; `size`: of its parameter."""
        kind, _, rest = argument.partition(":")
        if kind == "null":
            return bytes(8)
        if kind == "bytes":
            return bytes.fromhex(rest)
        if kind == "at":
            return struct.pack("<Q", self.hold(self.parameter(rest, None)))
        if kind == "struct":
            length, fields = split_fields(rest)
            raw = bytearray(int(length))
            self.put(raw, fields)
            return bytes(raw)
        if kind == "tma":
            raw = self.tensor_map(rest)
            if size != 8:
                return raw
            return struct.pack("<Q", self.hold(raw))
        if kind == "bf16":
            return np.float32(float(rest)).tobytes()[2:]
        if kind in NUMBERS:
            is_float = kind.startswith("f")
            return struct.pack(NUMBERS[kind], float(rest) if is_float else int(rest, 0))
        name, offset = split_name(rest if kind == "out" else argument)
        return struct.pack("<Q", self.address(name) + offset)

    def parameters(self, sizes):
        sizes = sizes or [None] * len(self.launch.args)
        return [self.parameter(*pair) for pair in zip(self.launch.args, sizes)]


def extents(text):
    """Three numbers of a --grid, --block or --cluster."""
    numbers = [int(x) for x in text.split(",")]
    return tuple(numbers + [1] * (3 - len(numbers)))


def flag(launch, name, default=None):
    """The value of a flag of the launch."""
    found = [f.split("=", 1)[1] for f in launch.flags if f.startswith(f"--{name}=")]
    return found[-1] if found else default
