#!/usr/bin/env python3
"""check_ratios.py BENCH.json VARIANT=MOST...: does a variant take at most MOST times as long
as the first, by the estimate for an H200?"""

import json
import sys


def main(path, *bars):
    times = {
        row["variant"]: row["simulated"]["chips"]["h200"]["microseconds"]
        for row in json.load(open(path))["rows"]
    }
    first = next(iter(times))
    failures = 0
    for bar in bars:
        variant, most = bar.split("=")
        ratio = times[variant] / times[first]
        print(f"{variant} / {first}: {ratio:.3f}, at most {most}")
        failures += ratio > float(most)
    sys.exit(1 if failures or not bars else 0)


main(*sys.argv[1:])
