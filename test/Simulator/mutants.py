"""Mutants of PTX: programs that lack one barrier, fence, commit, wait or arrival, or
whose one ordered access is relaxed. What an instruction would have written is defined
all the same."""

import bisect
import dataclasses
import re

# Directives that end with their line; all others end with ; or a block.
LINES = {".loc", ".file", ".version", ".target", ".address_size"}

TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:[^"\\]|\\.)*"|\s+|[\w$%.]+(?:::[\w.]+)*|.', re.DOTALL)


@dataclasses.dataclass
class Statement:
    begin: int  # of the guard, if it has one
    end: int  # after the ;
    entry: str
    line: int
    guard: str
    opcode: str
    operands: list

    def __str__(self):
        guard = f"{self.guard} " if self.guard else ""
        return f"{guard}{self.opcode} {', '.join(self.operands)}".strip() + ";"


@dataclasses.dataclass
class Mutant:
    kind: str
    statement: Statement
    replacement: str

    def apply(self, text):
        return text[: self.statement.begin] + self.replacement + text[self.statement.end :]


def split_operands(text):
    """At the commas outside of brackets."""
    operands, depth, current = [], 0, ""
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        if char == "," and depth == 0:
            operands.append(current.strip())
            current = ""
        else:
            current += char
    return operands + ([current.strip()] if current.strip() else [])


def statements(text):
    """The instructions of all functions; directives are left out."""
    lines = [match.start() for match in re.finditer("\n", text)]
    entry, depth = "", 0  # of blocks
    words, begin = [], 0  # of the statement so far
    inner = 0  # brackets open in it
    section = False  # inside of a .section, which has no statements
    tokens = list(TOKEN.finditer(text))
    skip_to = 0
    for match in tokens:
        token = match.group()
        if match.start() < skip_to or token.isspace() or token.startswith(("//", "/*")):
            continue
        if not words:
            begin = match.start()
            if token in LINES:
                skip_to = text.find("\n", begin) % (len(text) + 1)
                continue
        # Of a block: not of a vector operand, nor of an initialiser.
        opens = not words or (words[0].startswith(".") and "=" not in words)
        if token == "{" and opens and inner == 0:
            depth += 1
            if words[:1] == [".section"]:
                section = True
            names = [word for word in words if word in (".entry", ".func")]
            if names and depth == 1:
                # The name: before the parameters, after those of the result.
                header = re.sub(r"\(.*?\)", " ", " ".join(words[words.index(names[0]) + 1 :]))
                entry = header.split()[0]
            words = []
        elif token == "}" and not words:
            depth -= 1
            section = section and depth > 0
        elif token == ":" and len(words) == 1 and depth > 0:
            words = []  # a label
        elif token == ";":
            if words and not words[0].startswith(".") and depth > 0 and not section:
                yield make_statement(text, begin, match.end(), entry, lines)
            words = []
        elif not section:
            inner += (token in "([{") - (token in ")]}")
            words.append(token)


def make_statement(text, begin, end, entry, lines):
    body = re.sub(r"//[^\n]*|/\*.*?\*/", " ", text[begin : end - 1], flags=re.DOTALL)
    guard, opcode, operands = re.match(r"(@!?\S+)?\s*(\S+)\s*(.*)", body, re.DOTALL).groups()
    line = bisect.bisect_left(lines, begin) + 1
    operands = split_operands(" ".join(operands.split()))
    return Statement(begin, end, entry, line, guard or "", opcode, operands)


def is_register(operand):
    return operand != "_" and not operand.startswith("[")


def mutants_of(statement):
    op, operands = statement.opcode, statement.operands
    parts = op.split(".")
    guard = f"{statement.guard} " if statement.guard else ""

    def without(kind, definition=""):
        return Mutant(kind, statement, guard + definition if definition else "")

    if parts[0] in ("bar", "barrier"):
        if "arrive" in parts:
            yield without("arrive")
        elif "red" in parts and "popc" in parts:
            yield without("barrier", f"mov.b32 {operands[0]}, 0;")
        elif "red" in parts:
            negated = operands[-1].startswith("!")
            copy = "not.pred" if negated else "mov.pred"
            yield without("barrier", f"{copy} {operands[0]}, {operands[-1].lstrip('!')};")
        else:
            yield without("barrier")
    elif parts[0] == "membar" or "fence" in parts[:2]:
        yield without("fence")
    elif "commit_group" in parts:
        yield without("commit")
    elif "wait_group" in parts or "wait_all" in parts:
        yield without("wait")
    elif parts[0] == "mbarrier" and parts[1] in ("try_wait", "test_wait"):
        yield without("wait", f"setp.eq.u32 {operands[0]}, 0, 0;")
    elif "mbarrier" in parts and any(part.startswith("arrive") for part in parts):
        state = operands[0] if is_register(operands[0]) else ""
        yield without("arrive", f"mov.b64 {state}, 0;" if state else "")
    elif parts[0] in ("ld", "st", "atom", "red"):
        for order in ("acquire", "release", "acq_rel"):
            if order in parts:
                lowered = ".".join("relaxed" if part == order else part for part in parts)
                yield Mutant("order", statement, f"{guard}{lowered} {', '.join(operands)};")


def mutants(text, entry):
    """All mutants of what an entry's own body says."""
    return [
        mutant
        for statement in statements(text)
        if statement.entry == entry
        for mutant in mutants_of(statement)
    ]
