"""check_numbers.py REPORT BOUND: gpu-check's numbers are those of Chips.def, but for BOUND."""

import json
import sys

# Of the shortest loop and of one copy only a part is what the number says.
LOOSE = {"branchLatency": 0.25, "bulkLatency": 0.3, "bulkIssue": 0.3}
MOST_MISSING = {"l2Rate", "tensorSustained", "dramBandwidth"}

report, bound = json.load(open(sys.argv[1])), float(sys.argv[2])
failures = set(report["not_measured"]) - MOST_MISSING
for field, number in report["numbers"].items():
    ratio = number["value"] / number["listed"]
    if abs(ratio - 1) > LOOSE.get(field, bound):
        failures.add(f"{field}: {number['value']:.4g} where {number['listed']:g} is listed")
for failure in sorted(failures):
    print(f"error: {failure}", file=sys.stderr)
assert len(report["numbers"]) > 25
sys.exit(bool(failures))
