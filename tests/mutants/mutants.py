"""Which mutants there are: sources with one line changed, by hand or by a tool."""

import hashlib
import pathlib
import random
import re
import subprocess
import sys
import tempfile
from typing import NamedTuple

# What only prints, draws or times.
NOT_COVERED = re.compile(r"src/lab/(report|bench)/|core/(figure|progress)\.cpp|cli/(bench|masks|trace)\.cpp")
# Lines that only word a message or a help text, only include, or only comment.
ONLY_WORDS = re.compile(
    r'Error\(|fmt::print|print_out\(|\bsay\(|Progress progress|progress\.update|#include|^\s*"|^\s*//|add_(option|flag|subcommand)|footer\('
)
STRING = re.compile(r'"(?:\\.|[^"\\])*"')
JUNK = re.compile(r"===|[+-]%|%[+-]|\w[|%] [\[\w]")  # of ==, ++ and auto&
COUNTS_UP = re.compile(r"^\s*for \(.*; (\S+) < .*; \+\+\1\)")  # where < may as well be !=
DECLARATION = re.compile(r"^\s*(const|constexpr|auto|static|template|class|struct|namespace|void|return)\b|\{$")


class Mutant(NamedTuple):
    file: str  # below the project's root
    line: int  # counted from 1
    old: str  # the line as it is
    new: str  # what takes its place
    by_hand: bool

    @property
    def name(self):
        """Tells it apart from others, wherever its line moves to."""
        return hashlib.sha256("\t".join([self.file, self.old, self.new]).encode()).hexdigest()[:12]

    def applied_to(self, text):
        lines = text.split("\n")
        assert lines[self.line - 1] == self.old
        lines[self.line - 1] = self.new
        return "\n".join(lines)


def by_hand(root):
    """Those of by_hand/*.tsv: file below src, what stands there, what is put in its place. The quote must stand in its
    file exactly once."""
    mutants, unclear = [], []
    for table in sorted((root / "tests/mutants/by_hand").glob("*.tsv")):
        for number, row in enumerate(table.read_text().splitlines(), 1):
            if not row:
                continue
            file, quote, by = row.split("\t")
            path = root / "src" / file
            text = path.read_text() if path.is_file() else ""
            if text.count(quote) != 1:
                unclear.append(f'{table.name}, line {number}: {file} has "{quote}" {text.count(quote)} times, not once')
                continue
            line = text[: text.index(quote)].count("\n") + 1
            old = text.split("\n")[line - 1]
            mutants.append(Mutant(f"src/{file}", line, old, old.replace(quote, by), True))
    if unclear:
        sys.exit("\n".join(unclear))
    return list({m.name: m for m in mutants}.values())


def by_tool(root, mutate, seed):
    """All that universalmutator makes of the sources that are covered, in an order drawn by the seed."""
    files = sorted(str(p.relative_to(root)) for p in (root / "src").rglob("*.cpp"))
    mutants = {}
    for file in files:
        if not NOT_COVERED.search(file):
            for m in changed_lines(root, file, mutate):
                mutants[m.name] = m
    drawn = sorted(mutants.values())
    random.Random(seed).shuffle(drawn)
    return drawn


def changed_lines(root, file, mutate):
    original = (root / file).read_text().split("\n")
    with tempfile.TemporaryDirectory() as folder:
        command = [pathlib.Path(mutate).absolute(), root / file, "cpp", "--noCheck", "--mutantDir", folder]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        for made in sorted(pathlib.Path(folder).glob("*.mutant.*")):
            lines = made.read_text().split("\n")
            line = next((i for i, (a, b) in enumerate(zip(original, lines)) if a != b), None)
            if line is None or ONLY_WORDS.search(statement_before(original, line) + original[line]):
                continue
            new = lines[line]
            if len(lines) == len(original) and not is_hopeless(original[line], new):
                yield Mutant(file, line + 1, original[line], new, False)


def statement_before(lines, line):
    """What stands before a line in its statement."""
    first = line
    while first > 0 and not lines[first - 1].rstrip().endswith((";", "{", "}", ":")):
        first -= 1
    return "".join(lines[first:line])


def is_hopeless(old, new):
    """What hardly ever compiles, or only changes a string of several words."""
    taken_out = new.strip().startswith("/*")
    junk = JUNK.search(new) and not JUNK.search(old)
    same = without_prose(old) == without_prose(new) or (COUNTS_UP.search(old) and new == old.replace(" < ", " != ", 1))
    return breaks_template(old, new) or junk or (taken_out and DECLARATION.search(old)) or same


def without_prose(line):
    return STRING.sub(lambda string: '""' if " " in string[0] else string[0], line)


def breaks_template(old, new):
    """The tool takes the brackets of Matrix<Real> for comparisons; what it makes of them does not compile."""
    at = next((i for i, (a, b) in enumerate(zip(old, new)) if a != b), None)
    if at is None:
        return False
    bracket = at - 1 if old[at] not in "<>" and at > 0 and old[at - 1] in "<>" else at
    return old[bracket] in "<>" and not (old[bracket - 1] == " " and old[bracket + 1 : bracket + 2] in (" ", "="))
