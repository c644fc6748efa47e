#!/usr/bin/env python3
"""check_bench.py BENCH.json REPORT.json: is what sluice-bench says of the step form over 20
tokens what sluice-run reports of it?"""

import json
import math
import sys


def main():
    bench, report = (json.load(open(path)) for path in sys.argv[1:])
    rows = bench["rows"]
    print(bench["command"])
    print(bench["device"], bench["target"], bench["dtype"], end=" ")
    print(*(rows[0].get(key) for key in ("variant", "form", "chunk", "tokens")), end=" ")
    print(*(rows[3].get(key) for key in ("variant", "form", "chunk", "tokens")))
    row = rows[1]
    print("minimum", row["minimum_bytes"])
    simulated, counts = row["simulated"], report["launches"][0]["counts"]
    expected = {
        "loaded_sector_bytes": 32 * counts["global_load_sectors"],
        "warp_instructions": sum(each["warp"] for each in counts["instructions"].values()),
        "barriers": counts["barriers"],
        "shared_wavefronts": counts["shared_wavefronts"],
        "shared_ideal_wavefronts": counts["shared_ideal_wavefronts"],
        "tensor_flop": counts["tensor_flop"],
        "device_bytes": report["launches"][0]["estimate"]["device_bytes"],
    }
    found = {key: simulated[key] for key in expected}
    print("the same as the report" if found == expected else f"{found}, expected {expected}")
    agree = True
    for chip, bandwidth in (("h200", 4300e9), ("a100", 1830e9)):
        time = simulated["chips"][chip]
        floor = 1e6 * row["minimum_bytes"] / bandwidth
        agree &= math.isclose(time["floor_microseconds"], floor, rel_tol=1e-6)
        agree &= math.isclose(time["ratio"], time["microseconds"] / floor, rel_tol=1e-6)
        agree &= time["microseconds"] > floor
    print("floors and ratios agree" if agree else simulated["chips"])
    flop = [each["simulated"]["tensor_flop"] for each in rows]
    products = [each["simulated"].get("product_flop") for each in rows]
    # Two chunks of 4 heads; a read, a solution, scores and their application at the least.
    multiply = flop[1] == 0 and products[1] is None and flop[3] >= 0.9 * products[3] > 0
    print("chunks multiply on tensor cores" if multiply else (flop, products))


main()
