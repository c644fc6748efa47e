#!/usr/bin/env python3
"""Writes a safetensors file of zeros, or of given integers.

    make_tensors.py OUT.safetensors q:F32:1x5x1x4 cu_seqlens:I64:2=0,5
"""

import sys

import numpy as np
from tensors import BF16, DTYPES, save


def parse(text):
    name, dtype, rest = text.split(":")
    shape, _, numbers = rest.partition("=")
    shape = [int(size) for size in shape.split("x") if size]
    array = np.zeros(shape, np.float64)
    if numbers:
        array[...] = np.reshape([float(number) for number in numbers.split(",")], shape)
    return name, BF16(array) if dtype == "BF16" else array.astype(DTYPES[dtype])


save(sys.argv[1], dict(parse(text) for text in sys.argv[2:]))
