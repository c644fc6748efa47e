"""Gives texts that MLIR's parser cannot bear to every tool that parses MLIR.

hostile_text.py FOLDER TOOLS: exits with 1 and names what crashed, took it, or said
something else than its place and the rule.
"""

import json
import pathlib
import re
import subprocess
import sys

DEEP = 100_000
NESTS = "nests deeper than 256 levels, or an alias expands to more than 65536 others"
TEXTS = {
    "regions": ("builtin.module {" * DEEP, NESTS),
    "generic_regions": ('"x.y"() ({' * DEEP, NESTS),
    "attributes": ("module attributes {x = " + "[" * DEEP + "]" * DEEP + "} {}", NESTS),
    "types": ("module attributes {x = " + "tuple<" * DEEP + ">" * DEEP + "} {}", NESTS),
    "elements": ("module attributes {x = dense<" + "[" * DEEP, NESTS),
    "locations": ("module {} loc(" + "fused[" * DEEP + "]" * DEEP + ")", NESTS),
    "expressions": ("#m = affine_map<(d0) -> (" + "-" * DEEP + "d0)>", NESTS),
    "aliases": (
        "!a0 = i1\n" + "".join(f"!a{i} = tuple<!a{i - 1}>\n" for i in range(1, 1000)),
        NESTS,
    ),
    "wide_aliases": (
        "!a0 = i1\n" + "".join(f"!a{i} = tuple<!a{i - 1}, !a{i - 1}>\n" for i in range(1, 40)),
        NESTS,
    ),
    "number": ("module attributes {x = " + "9" * 200_000 + " : i64} {}", "a number has at most 1000 characters"),
    "metadata": (
        '{-# dialect_resources: { builtin: { x: "0x' + "0" * 1000 + '" } } #-}',
        "metadata of a file, {-# … #-}, is not read",
    ),
    "bytecode": ("ML\udcefR\r\x01" + "\udcff" * 100, "this is MLIR bytecode, expected MLIR text"),
    "long": (" " * ((16 << 20) + 1), "has at most 16777216 bytes"),
}


def run(command, data=None):
    return subprocess.run(command, input=data, capture_output=True, timeout=60, check=False)


def check_tool(command, file, rule):
    result = run([*command, str(file)])
    first = result.stderr.decode(errors="replace").split("\n")[0]
    place = re.fullmatch(re.escape(str(file)) + r":\d+:\d+: error: (.*)", first)
    long = rule.endswith("bytes") and rule in first
    if result.returncode == 1 and (long or (place and rule in place[1])):
        return True
    print(f"{' '.join(command)} {file.name}: status {result.returncode}: {first[:200]!r}")
    return False


def frame(body):
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


def message(method, **rest):
    return frame(json.dumps({"jsonrpc": "2.0", "method": method, **rest}).encode())


def check_messages(server):
    """A message that nests without end is passed over."""
    result = run(
        [server],
        message("initialize", id=0, params={"capabilities": {}})
        + frame(b"[" * DEEP)
        + message("shutdown", id=1)
        + message("exit"),
    )
    if result.returncode == 0 and b'"id":1' in result.stdout:
        return True
    print(f"{server}: a message that nests: status {result.returncode}")
    return False


def check_server(server, file, text, rule):
    document = {"uri": file.as_uri(), "languageId": "mlir", "version": 1, "text": text}
    result = run(
        [server],
        message("initialize", id=0, params={"capabilities": {}})
        + message("textDocument/didOpen", params={"textDocument": document})
        + message("shutdown", id=1)
        + message("exit"),
    )
    answers = re.findall(rb'"message":"((?:[^"\\]|\\.)*)"', result.stdout)
    if result.returncode == 0 and len(answers) == 1 and rule in answers[0].decode():
        return True
    print(f"{server} {file.name}: status {result.returncode}: {answers}")
    return False


def main():
    folder, tools = map(pathlib.Path, sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    right = check_messages(str(tools / "sluice-lsp-server"))
    for name, (text, rule) in TEXTS.items():
        file = folder / f"{name}.mlir"
        file.write_bytes(text.encode(errors="surrogateescape"))
        for command in (
            ["sluice-opt", "--allow-unregistered-dialect"],
            ["sluicec"],
            ["sluice-run", "--generate", "--timing"],
        ):
            right &= check_tool([str(tools / command[0]), *command[1:]], file, rule)
        if name != "bytecode":  # no text of an editor
            right &= check_server(str(tools / "sluice-lsp-server"), file, text, rule)
    sys.exit(not right)


if __name__ == "__main__":
    main()
