"""Draws who holds which block of 4 × 4 elements, as warp:lane.

Usage: draw_holders.py NAME < IR

NAME is the layout's alias in the IR, without '#'. Fails if two threads share a block.
"""

import re
import sys
from itertools import product

text = re.search(rf"^#{sys.argv[1]} = #tile\.layout<(.*)>$", sys.stdin.read(), re.M)[1]
places = {
    name: [tuple(map(int, place.split(","))) for place in re.findall(r"\[(\d+, \d+)\]", list_)]
    for name, list_ in re.findall(r"(\w+) = \[(.*?)\](?=, \w| *$)", text)
}


def bits(name):
    return [range(2)] * len(places[name])


holders = {}
for register, lane, warp in product(*(product(*bits(n)) for n in ("register", "lane", "warp"))):
    row = column = 0
    for bit, place in zip(register + lane + warp, sum(places.values(), [])):
        row ^= bit * place[0]
        column ^= bit * place[1]
    number = lambda word: sum(bit << i for i, bit in enumerate(word))
    holders.setdefault((row // 4, column // 4), set()).add(f"{number(warp)}:{number(lane)}")

rows, columns = (1 + max(block[axis] for block in holders) for axis in (0, 1))
print("columns   " + "".join(f"{4 * j:6}" for j in range(columns)))
for i in range(rows):
    names = []
    for j in range(columns):
        (name,) = holders[i, j]
        names.append(f"{name:>6}")
    print(f"rows {4 * i:2}–{4 * i + 3:<2}" + "".join(names))
