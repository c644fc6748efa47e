"""Every test of ctest belongs to one suite, and `tools/check --help` describes each.

Usage: check_suites.py ROOT < (ctest --show-only=json-v1)
"""

import json
import re
import subprocess
import sys

usage = subprocess.run(
    [f"{sys.argv[1]}/tools/check", "--help"], check=True, capture_output=True, text=True
).stdout
suites = re.search(r"^  --suite=NAME .*\n((?:    .*\n)+)", usage, re.M).group(1)
described = set(re.findall(r"^    (\w+)", suites, re.M))
failures = []
used = set()
for test in json.load(sys.stdin)["tests"]:
    properties = {p["name"]: p["value"] for p in test.get("properties", [])}
    labels = properties.get("LABELS", [])
    used.update(labels)
    if len(labels) != 1:
        failures.append(f"{test['name']} is in {len(labels)} suites")
for suite in sorted(used ^ described):
    failures.append(f"suite {suite} has no {'line in --help' if suite in used else 'test'}")
for failure in failures:
    print(failure)
sys.exit(1 if failures or not used else 0)
