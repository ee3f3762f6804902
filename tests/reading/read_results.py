#!/usr/bin/env python3
"""A second reading of five experiments: recomputes their tables and verdicts from the kept runs, and compares.

    read_results.py [FOLDER]      FOLDER is docs/results of this project if not given

It shares no code with the program, and uses only Python's own library. It was written from docs/ and data/presets/.
What these don't tell was inferred from kept numbers, and says so where it is used.
"""

import csv
import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import fields
import leakage
import relearning
import undiscovered
from comparing import Comparison
from runs import read_runs

RESULTS = Path(__file__).resolve().parents[2] / "docs" / "results"
EXPERIMENTS = {
    "undiscovered": undiscovered.read,
    "leakage": leakage.read_leakage,
    "scaling": leakage.read_scaling,
    "relearning": relearning.read,
    "fields": fields.read,
}


def kept(folder, name):
    with open(folder / f"{name}.csv", newline="") as table:
        rows = list(csv.DictReader(table))
    return rows, json.loads((folder / f"{name}.json").read_text())


def compare(name, runs, kept_rows, kept_document):
    """The line that says how much was held, and the differences."""
    comparison = Comparison()
    try:
        rows, document = EXPERIMENTS[name](runs)
    except LookupError as error:
        return f"{name}: can't be recomputed", [str(error)]
    comparison.compare_table(kept_rows, rows)
    comparison.compare(name, kept_document, document)
    outcome = f"differences: {len(comparison.differences)}" if comparison.differences else "equal"
    line = f"{name}: {len(rows)} rows, {comparison.numbers} numbers, {len(document['verdicts'])} verdicts: {outcome}"
    return line, comparison.differences


def main(arguments):
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        print(__doc__.strip())
        return 2
    folder = Path(arguments[0]) if arguments else RESULTS
    runs = read_runs(folder / "runs")
    failed = False
    for name in EXPERIMENTS:
        line, differences = compare(name, runs, *kept(folder, name))
        print(line)
        for difference in differences:
            print(f"  {difference}")
        failed = failed or bool(differences)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
