#!/usr/bin/env python3
"""Holds the source that a page quotes to the source: for README.md and docs/*.md, every ```cpp block whose line above links to
a file of src or tests, as in

    [src/sgtm/plan.cpp](../src/sgtm/plan.cpp)
    ```cpp

must stand in that file line by line. The block may be indented less than the file, by the same amount in every line. A line
"..." stands for any lines left out. What docs/words.md places in a file, as `name`, path, must stand there. Prints each mistake
with its page and line; exits 1 where there is one.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\(([^)#\s]+\.(?:hpp|cpp))(?:#[^)]*)?\)")
PLACE = re.compile(r"\| `([^`]+)`, ((?:src|tests|data)/\S+) \|$")
DEEPEST = 40  # spaces of indentation


def quotes(page):
    """(line of its first line, linked file, lines) of every quote; the file is None where a page ends within a block."""
    lines = page.read_text(encoding="utf-8").split("\n")
    at = 0
    while at < len(lines):
        if not lines[at].startswith("```"):
            at += 1
            continue
        opening, begin = at, at + 1
        at = begin
        while at < len(lines) and lines[at].rstrip() != "```":
            at += 1
        links = LINK.findall(lines[opening - 1]) if opening > 0 else []
        if lines[opening].startswith("```cpp") and links:
            yield begin + 1, (page.parent / links[-1]).resolve() if at < len(lines) else None, lines[begin:at]
        at += 1


def quoted(quote, source, indentation):
    """How many lines of the quote stand in the source, in order, when each is indented by so much; all, if it is right."""
    wanted = [" " * indentation + line if line.strip() else "" for line in quote]
    pieces, piece = [], []  # of (number in the quote, line): what stands between lines "..."
    for number, line in enumerate(wanted):
        if line.strip() == "...":
            pieces.append(piece)
            piece = []
        else:
            piece.append((number, line))
    pieces.append(piece)
    start = 0
    for piece in filter(None, pieces):
        longest, found = 0, None
        for first in range(start, len(source)):
            same = 0
            while same < len(piece) and first + same < len(source) and source[first + same] == piece[same][1]:
                same += 1
            longest = max(longest, same)
            if same == len(piece):
                found = first
                break
        if found is None:
            return piece[longest][0]
        start = found + len(piece)
    return len(quote)


def mistakes(page):
    for line, file, quote in quotes(page):
        name = page.relative_to(ROOT)
        if file is None:
            yield f"{name}, line {line - 1}: this block never ends"
        elif not file.is_file():
            yield f"{name}, line {line - 2}: there is no {file.relative_to(ROOT) if file.is_relative_to(ROOT) else file}"
        else:
            source = [s.rstrip() for s in file.read_text(encoding="utf-8").split("\n")]
            right = max(quoted([q.rstrip() for q in quote], source, n) for n in range(DEEPEST))
            if right < len(quote):
                yield f"{name}, line {line + right}: {file.relative_to(ROOT)} does not go on like this: {quote[right].strip()}"


def misplaced(page):
    for number, line in enumerate(page.read_text(encoding="utf-8").split("\n"), 1):
        for name, path in PLACE.findall(line):
            file = ROOT / path
            words = [] if not file.is_file() else re.findall(r"\w+", file.read_text(encoding="utf-8"))
            if name.split("::")[-1] not in words:
                yield f"{page.relative_to(ROOT)}, line {number}: {path} has no {name}"


found = [m for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))] for m in mistakes(page)]
found += misplaced(ROOT / "docs/words.md")
print("\n".join(found), end="\n" if found else "")
sys.exit(1 if found else 0)
