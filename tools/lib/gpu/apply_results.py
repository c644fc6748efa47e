"""What gpu-check measured, into Chips.def and docs/performance."""

import json
import re
import textwrap

import chip_numbers

# Rates and latencies are compared before they are believed: a number this far from the
# listed one is shown, and taken only when somebody edits Chips.def.
DOUBTFUL = 3


def show(value):
    return str(int(value)) if float(value).is_integer() else f"{value:.4g}"


def row(match, column, value, source):
    """The row of Chips.def with another number in the column."""
    numbers = [match[2], match[3], match[4]]
    numbers[column] = value
    texts = re.findall(r'"((?:[^"\\]|\\.)*)"', match[5])
    text = "".join(texts)
    mark = source.split(":")[0]
    if mark not in text:
        text = f"{source}; {text}"
    pieces = textwrap.wrap(text, 70, drop_whitespace=False, break_long_words=False)
    quoted = "\n    ".join(f'"{piece}"' for piece in pieces)
    return f"SLUICE_CHIP_NUMBER({match[1]}, {', '.join(numbers)},\n    {quoted})"


def apply(path, root):
    """0, or what is wrong with the file."""
    try:
        report = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        return f"gpu-check: {path}: {error}"
    if report.get("format") != 1 or "numbers" not in report:
        return f"gpu-check: {path}: no report of gpu-check of format 1 with numbers in it"
    chip, date = report["machine"]["chip"], report["date"]
    if report["device"] != "cuda":
        return f"gpu-check: {path} is of the simulator, not of a chip: nothing is applied"
    column = chip_numbers.COLUMNS.index(chip)
    text = chip_numbers.CHIPS.read_text()
    source = f"measured on {report['machine']['name']}, {date}: docs/performance/{date}-{chip}.json"
    changed, doubtful = [], []

    def replace(match):
        number = report["numbers"].get(match[1])
        if number is None:
            return match[0]
        value, listed = number["value"], float(match[2 + column])
        if not listed or not 1 / DOUBTFUL < value / listed < DOUBTFUL:
            doubtful.append(f"{match[1]}: {show(value)} where {show(listed)} is listed")
            return match[0]
        if show(value) == match[2 + column]:
            return match[0]
        changed.append(f"{match[1]}: {show(listed)} -> {show(value)}")
        return row(match, column, show(value), source)

    chip_numbers.CHIPS.write_text(chip_numbers.ROW.sub(replace, text))
    copy = root / f"docs/performance/{date}-{chip}.json"
    copy.write_text(path.read_text())
    print(f"{chip_numbers.CHIPS.relative_to(root)}: {len(changed)} numbers of {chip}")
    for line in changed:
        print(f"  {line}")
    for line in doubtful:
        print(f"  not taken, look at it: {line}")
    print(f"{copy.relative_to(root)}: the report")
    print("\n| kernel | measured, us | estimate, us | estimate ÷ measured |\n|---|---|---|---|")
    for name, item in report["items"].items():
        if item.get("measured_us") and item.get("estimate_us"):
            measured, estimate = item["measured_us"], item["estimate_us"]
            print(f"| {name.removeprefix('times ')} | {measured:.2f} | {estimate:.2f} | {estimate / measured:.2f} |")
    return 0
