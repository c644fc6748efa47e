#!/usr/bin/env python3
"""check_calls.py LOG: what the driver was asked for by a measurement of kda."""

import sys


def main():
    calls = [line.split()[0] for line in open(sys.argv[1])]
    launches = []
    for call in calls:
        if call == "cuEventRecord":
            launches.append(0)
        if call == "cuLaunchKernel" and launches:
            launches[-1] += 1
    # Begin and end of each: a launch behind an end is that of the next kind of gates.
    spans = launches[0::2]
    half = len(spans) // 2
    sets = spans[0]
    copies = calls.count("cuMemcpyHtoDAsync")
    # q, k, v, g, beta and the state, of each set and kind.
    if copies == 2 * 6 * sets and spans[half] == sets:
        print(f"{sets} sets of memory, twice")
    passes = [span / sets for span in spans[1:half]]
    if half == 4 and passes == [int(0.02 / 0.0015) + 1] * 3:
        print(f"launches between events: {sets}, and then as many as take 20 ms")
    if calls.count("cuMemAlloc") == calls.count("cuMemFree"):
        print("all is freed")


main()
