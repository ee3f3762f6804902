"""Comparing what was recomputed with what is kept; every difference becomes a sentence."""

import math

from intervals import Ends

# What tells the elements of a list apart; none of these is counted as a number. A list without them goes by position.
IDENTITY = ("claim", "figure", "size", "method", "state", "undiscovered", "seed")


class Comparison:
    def __init__(self):
        self.numbers = 0
        self.differences = []

    def differ(self, where, kept, recomputed):
        self.differences.append(f"{where}: kept {kept}, recomputed {recomputed}")

    def compare(self, where, kept, mine):
        """Compares two parts of a JSON document, the second of which may have Ends in place of an interval."""
        if isinstance(mine, Ends):
            self.compare_ends(where, kept, mine)
        elif isinstance(mine, dict) and isinstance(kept, dict):
            for name in dict.fromkeys([*kept, *mine]):
                self.compare(f"{where}, {name}", kept.get(name, "nothing"), mine.get(name, "nothing"))
        elif isinstance(mine, list) and isinstance(kept, list):
            self.compare(where, self.by_identity(where, kept), self.by_identity(where, mine))
        elif is_number(mine) and is_number(kept):
            self.numbers += where.split(", ")[-1] not in IDENTITY
            if not math.isclose(kept, mine, rel_tol=1e-9, abs_tol=1e-12):
                self.differ(where, kept, mine)
        elif kept != mine:
            self.differ(where, brief(kept), brief(mine))

    def compare_ends(self, where, kept, mine):
        if not isinstance(kept, list) or len(kept) != 2:
            self.differ(where, brief(kept), [mine.low, mine.high])
            return
        for name, kept_end, end in (("low", kept[0], mine.low), ("high", kept[1], mine.high)):
            self.numbers += 1
            if not is_number(kept_end) or abs(kept_end - end) > mine.slack + 1e-9 * abs(end) + 1e-12:
                self.differ(f"{where}, {name} end", kept_end, end)

    def by_identity(self, where, elements):
        result = {}
        for position, element in enumerate(elements):
            named = [str(element[name]) for name in IDENTITY if isinstance(element, dict) and name in element]
            key = " / ".join(named) or f"number {position + 1}"
            if key in result:
                self.differences.append(f"{where}: {key} is there twice")
            result[key] = element
        return result

    def compare_table(self, kept, mine):
        """Compares the rows of two tables cell by cell, as text: the program writes numbers to a fixed number of decimals."""
        kept, mine = self.by_name(kept), self.by_name(mine)
        for name in dict.fromkeys([*kept, *mine]):
            kept_row, row = kept.get(name, {}), mine.get(name, {})
            if not kept_row or not row:
                self.differ(f"row {name}", "yes" if kept_row else "no", "yes" if row else "no")
                continue
            for column in dict.fromkeys([*kept_row, *row]):
                kept_cell, cell = kept_row.get(column, "no column"), row.get(column, "no column")
                self.numbers += cell != "" and column not in (*IDENTITY, "version")
                if kept_cell != cell:
                    self.differ(f"row {name}, {column}", kept_cell or "nothing", cell or "nothing")

    def by_name(self, table):
        result = {}
        for row in table:
            name = " / ".join(row[column] for column in ("size", "method", "undiscovered", "seed"))
            if name in result:
                self.differences.append(f"row {name} is there twice")
            result[name] = row
        return result


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def brief(value):
    if isinstance(value, dict):
        return "an entry"
    return f"{len(value)} elements" if isinstance(value, list) else value
