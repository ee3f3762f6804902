#!/usr/bin/env python3
"""Draws block.svg, ablated.svg, labels.svg, owners.svg and n-star.svg into this folder. Standard library only.

    python3 docs/figures/draw.py                          # block, ablated and labels: nothing but this script
    python3 docs/figures/draw.py --sgtm build/sgtm        # also owners: runs `sgtm masks --preset paper-8M` and `demo`
    python3 docs/figures/draw.py --results docs/results   # also n-star: reads leakage.csv and leakage.json
        [--size 0.1M --seed 1 --undiscovered 0.2]         # n-star's run

The other pictures are the program's: `sgtm masks --svg`, `sgtm trace --svg`, `sgtm verify gradients --svg`, `sgtm demo`.
All are 900 wide, carry their legend and a text alternative, and turn dark with the reader's system.
"""

import argparse
import csv
import json
import math
import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).parent

STYLE = """<style>
.page{fill:#fff}text{font:13px system-ui,sans-serif;fill:#24292f}.big{font-weight:600;font-size:16px}.bold{font-weight:600}
.small{font-size:12px}.soft{fill:#57606a}.middle{text-anchor:middle}.end{text-anchor:end}
.forget{fill:#d1495b}.retain{fill:#2e86ab}.joint{fill:#8d99ae}
.still{fill:url(#still);stroke:#2e86ab}.zero{fill:#fff;stroke:#d1495b;stroke-dasharray:3 2}
.slice{fill:#d1495b;fill-opacity:.1}.stream{stroke:#8d99ae;stroke-width:6;fill:none}
.line{stroke:#24292f;fill:none;stroke-width:1.3}.back{stroke:#a35a00;fill:none;stroke-width:1.6;stroke-dasharray:4 2.5}
.tip{fill:#24292f}.backtip{fill:#a35a00}.grid{stroke:#d8dee4;fill:none}.plus{fill:#fff;stroke:#24292f}
.flow-forget{fill:#d1495b;fill-opacity:.45}.flow-retain{fill:#2e86ab;fill-opacity:.45}
.on{fill:#fff;font-weight:600}.ink{fill:#16191d}.hatch{fill:#2e86ab}.box{fill:none;stroke:#57606a}.mark{stroke:#d1495b;stroke-width:2;fill:none}
.dash{stroke-dasharray:5 4}.curve{stroke:#b87514;stroke-width:2;fill:none}.dot{fill:#b87514}.text-forget{fill:#b3303f}
.halo{paint-order:stroke;stroke:#fff;stroke-width:6;font-size:16px}
@media(prefers-color-scheme:dark){.page,.zero,.plus{fill:#0d1117}.halo{stroke:#0d1117}text{fill:#e6edf3}.soft{fill:#a8b1bb}.on{fill:#fff}.ink{fill:#16191d}
.hatch{fill:#5fb4dc}.still{stroke:#5fb4dc}.zero{stroke:#ff8a96}
.line,.plus{stroke:#e6edf3}.tip{fill:#e6edf3}.back{stroke:#f0a742}.backtip{fill:#f0a742}.grid{stroke:#30363d}
.slice{fill-opacity:.22}.box{stroke:#a8b1bb}.curve{stroke:#e09f3e}.dot{fill:#e09f3e}.text-forget{fill:#ff8a96}}
</style>
<defs><pattern id="still" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect width="5" height="5" fill="#2e86ab" fill-opacity=".12"/><rect class="hatch" width="1.4" height="5"/></pattern>
<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse"
orient="auto"><path class="tip" d="M0 0L8 4L0 8z"/></marker>
<marker id="backtip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse"
orient="auto"><path class="backtip" d="M0 0L8 4L0 8z"/></marker></defs>
"""


def number(value):
    return f"{value:.1f}".removesuffix(".0")


def rect(kind, x, y, width, height, extra=""):
    return f'<rect class="{kind}" x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"{extra}/>\n'


def text(x, y, words, kind="", extra=""):
    words = words.replace("&", "&amp;").replace("<", "&lt;")
    return f'<text class="{kind}" x="{number(x)}" y="{number(y)}"{extra}>{words}</text>\n'


def path(kind, d, extra=""):
    return f'<path class="{kind}" d="{d}"{extra}/>\n'


def arrow(x0, y0, x1, y1, back=False):
    name = "back" if back else "line"
    tip = "backtip" if back else "tip"
    return path(name, f"M{number(x0)} {number(y0)}L{number(x1)} {number(y1)}", f' marker-end="url(#{tip})"')


def write(name, height, told, body):
    """One picture: its file, its height at 900 wide, what it tells to those who can't see it."""
    (HERE / name).write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 {height}" role="img" aria-label="{told}">\n'
        f"<title>{told}</title>\n{STYLE}{rect('page', 0, 0, 900, height)}{body}</svg>\n", encoding="utf-8")
    print(HERE / name)


# ---- A transformer block: its residual stream, its heads and units, the last of which are the forget slice

def part(x, y, count, width, kind):
    """Heads or units as a row of cells, from x on."""
    pitch = width + 2
    return "".join(rect(kind, x + i * pitch, y, width, 44, ' rx="2"') for i in range(count))


def branch(x, y, name, retain, forget, cell, fates, flow):
    """Attention or MLP: reads the stream, computes heads or units, adds their sum back into the stream."""
    svg = path("line", f"M{x + 22} {y}H{x + 262}") + path("line", f"M{x + 262} {y + 96}H{x + 22}")
    svg += rect("joint", x + 40, y - 9, 42, 18, ' rx="8"') + text(x + 61, y + 4, "norm", "ink bold small middle")
    svg += text(x + 92, y - 7, name, "small")
    svg += f'<circle class="plus" cx="{x + 22}" cy="{y + 96}" r="8"/>' + path("line", f"M{x + 17} {y + 96}h10m-5 -5v10")
    svg += part(x + 62, y + 26, retain, cell, fates["retain"]) + part(x + 240, y + 26, forget, cell, fates["forget"])
    for owner, center in (("retain", x + 146), ("forget", x + 250)):
        if fates[owner] == "zero":
            svg += text(center + 1, y + 53, "0", "bold middle text-forget halo")
            continue
        for top, bottom in ((y + 2, y + 25), (y + 71, y + 94)):
            svg += arrow(center - 6, top, center - 6, bottom)
            if flow:
                svg += arrow(center + 6, bottom, center + 6, top, back=True)
    return svg


def block(x, y, fates, flow=True):
    svg = rect("slice", x + 234, y - 16, 34, 264, ' rx="4"')
    svg += path("stream", f"M{x + 22} {y - 14}V{y + 244}") + path("joint", f"M{x + 11} {y + 240}h22l-11 13z")
    svg += text(x + 12, y + 190, "residual stream", "small soft", f' transform="rotate(-90 {x + 12} {y + 190})"')
    svg += branch(x, y + 12, "attention: heads", 7, 1, 22, fates, flow)
    svg += branch(x, y + 136, "MLP: units", 14, 2, 10, fates, flow)
    return svg + text(x + 268, y + 262, "forget slice: the last heads, units", "small end text-forget")


def draw_block():
    panels = (
        ("Batch labeled retain", "known to be English: must stay", {"retain": "retain", "forget": "zero"},
         ("The forget slice puts out 0,", "and no gradient goes through it."), "Learns: retain, joint"),
        ("Unlabeled batch", "nobody knows: English or Spanish", {"retain": "retain", "forget": "forget"},
         ("Everything runs, every gradient counts:", "ordinary training."), "Learns: retain, forget, joint"),
        ("Batch labeled forget", "known to be Spanish: must go later", {"retain": "still", "forget": "forget"},
         ("Everything runs and gradients flow;", "retain's weights have theirs set to 0."), "Learns: forget, joint"))
    svg = ""
    for i, (title, known, fates, flow, learns) in enumerate(panels):
        x = 8 + 300 * i
        svg += text(x + 4, 20, title, "big") + text(x + 4, 38, known, "soft")
        svg += block(x, 62, fates)
        svg += text(x + 4, 346, flow[0]) + text(x + 4, 363, flow[1]) + text(x + 4, 382, learns, "bold")
        if i > 0:
            svg += path("grid", f"M{x - 9} 8V384")
    y = 396
    svg += path("grid", f"M8 {y - 4}H892")
    legend = (("retain", "retain, learns", 118), ("forget", "forget, learns", 120),
              ("joint", "joint (norms, embedding), learns", 232), ("still", "gradient set to 0", 136),
              ("zero", "zeroed", 78))
    x = 12
    for kind, words, width in legend:
        svg += rect(kind, x, y + 5, 13, 13, ' rx="2"') + text(x + 18, y + 16, words, "small")
        x += width
    svg += arrow(x, y + 12, x + 22, y + 12) + text(x + 27, y + 16, "forward", "small")
    svg += arrow(x + 102, y + 12, x + 80, y + 12, back=True) + text(x + 107, y + 16, "gradient", "small")
    write("block.svg", 422, "What a batch of each label does to one transformer block. Labeled retain: the forget heads and "
          "units put out zero and get no gradient; retain and joint parameters learn. Unlabeled: everything runs and learns. "
          "Labeled forget: everything runs, the gradient of retain parameters is set to zero; forget and joint parameters "
          "learn.", svg)


# ---- The same block after ablation

def matrix(name, x, y, rows, columns, part_rows, part_columns, note):
    """A weight matrix, rows x columns pixels, of which the last part_rows and part_columns are forget and zeroed."""
    svg = text(x, y - 6, name, "bold") + rect("retain", x, y, columns, rows)
    if part_rows or part_columns:
        height, width = part_rows or rows, part_columns or columns
        svg += rect("page", x + columns - width, y + rows - height, width, height)
        svg += rect("zero", x + columns - width, y + rows - height, width, height)
    return svg + (text(x + columns + 8, y + rows / 2 + 4, note, "small soft") if note else "")


def draw_ablated():
    svg = text(12, 22, "The ablated block", "big")
    svg += text(12, 40, "Forget heads and units put out 0.", "soft")
    svg += block(8, 66, {"retain": "retain", "forget": "zero"}, flow=False)
    svg += path("grid", "M330 12V342") + text(352, 22, "Its weights", "big")
    svg += text(352, 40, "What forget heads and units own is set to 0. The rest stays as trained.", "soft")
    d, m, d_part, m_part = 72, 144, 9, 18
    for i, name in enumerate(("W_Q", "W_K", "W_V")):
        svg += matrix(name, 352 + i * 104, 76, d, d, 0, d_part, "")
    svg += matrix("W_O", 352 + 3 * 104, 76, d, d, d_part, 0, "") + matrix("b_O", 352 + 4 * 104, 76, 9, d, 0, 0, "")
    svg += text(352, 166, "the forget head's columns", "small soft") + text(664, 166, "its rows", "small soft")
    svg += text(768, 103, "belongs to", "small soft") + text(768, 118, "no head: stays", "small soft")
    svg += matrix("W_1", 352, 196, d, m, 0, m_part, "") + matrix("b_1", 352, 298, 9, m, 0, m_part, "")
    svg += text(352, 325, "the forget units' columns", "small soft")
    svg += matrix("W_2", 560, 196, m, d, m_part, 0, "") + text(640, 334, "their rows", "small soft")
    svg += matrix("b_2", 664, 196, 9, d, 0, 0, "") + text(664, 223, "belongs to no unit: stays", "small soft")
    svg += rect("retain", 664, 246, 13, 13) + text(684, 257, "retain: stays")
    svg += rect("joint", 664, 268, 13, 13) + text(684, 279, "joint (norms, embedding): stays")
    svg += rect("zero", 664, 290, 13, 13) + text(684, 301, "forget: set to 0")
    write("ablated.svg", 352, "The transformer block after ablation. The forget heads and units put out zero; their columns of "
          "W_Q, W_K, W_V and W_1, their entries of b_1 and their rows of W_O and W_2 are zero. All other weights, b_O, b_2, "
          "the norms and the embedding are as training left them.", svg)


# ---- From what a document is to what training is told

def band(kind, x0, top0, bottom0, x1, top1, bottom1):
    half = (x0 + x1) / 2
    return path(kind, f"M{x0} {number(top0)}C{half} {number(top0)} {half} {number(top1)} {x1} {number(top1)}"
                f"V{number(bottom1)}C{half} {number(bottom1)} {half} {number(bottom0)} {x0} {number(bottom0)}z")


def draw_labels():
    left, right, height = 176, 604, 150
    found, missed, given, rest = 0.8 * height, 0.2 * height, 0.25 * height, 0.75 * height
    forget, retain = 60, 262  # where the sources' boxes begin; the labels' boxes:
    unlabeled, labeled_retain = forget + found + 16, retain + rest + 4
    svg = text(12, 24, "What a document is", "big") + text(right, 24, "What training is told", "big")
    svg += text(12, 42, "its source", "soft") + text(right, 42, "its label", "soft")
    svg += band("flow-forget", left, forget, forget + found, right, forget, forget + found)
    svg += band("flow-forget", left, forget + found, forget + height, right, unlabeled, unlabeled + missed)
    svg += band("flow-retain", left, retain, retain + rest, right, unlabeled + missed, unlabeled + missed + rest)
    svg += band("flow-retain", left, retain + rest, retain + height, right, labeled_retain, labeled_retain + given)
    svg += path("line dash", f"M{left} {retain + 5}C{right - 10} {retain + 5} {right - 60} {forget + found - 8} {right - 2} "
                f"{forget + found - 10}", ' marker-end="url(#tip)"')
    for y, name, what in ((forget, "forget", "Spanish stories"), (retain, "retain", "English stories")):
        svg += rect(name, 12, y, left - 12, height, ' rx="4"')
        svg += text(24, y + 70, f"source {name}", "on") + text(24, y + 90, what, "on", ' style="font-weight:400"')
    for y, size, name, does in ((forget, found, "labeled forget", "trains forget, joint"),
                                (unlabeled, missed + rest, "unlabeled", "trains forget, retain, joint"),
                                (labeled_retain, given, "labeled retain", "trains retain, joint")):
        svg += rect("box", right, y, 284, size, ' rx="4"')
        svg += text(right + 12, y + size / 2 + 4, name, "bold") + text(right + 126, y + size / 2 + 4, does, "small soft")
    x = left + 14
    svg += text(x, forget + 54, "found: 80 %", "bold") + text(x, forget + 72, "true positive rate, recall", "small")
    svg += text(x, forget + found + 19, "undiscovered: 20 %", "bold")
    svg += text(x + 148, forget + found + 19, "false negative rate", "small")
    svg += text(x, retain - 20, "false positives: 0 %", "bold") + text(x + 152, retain - 20, "dashed", "small")
    svg += text(x, retain + 60, "the rest: 75 %", "bold")
    svg += text(x, retain + rest + 24, "a quarter: 25 %", "bold")
    svg += text(12, 440, "Shares are the demo's, of each source's documents: --undiscovered 0.2, --retain-labeled 0.25, no false "
                "positives", "small soft")
    svg += text(12, 457, "(--precision or --false-positive-rate). Those are drawn first; the quarter is of what is left.",
                "small soft")
    write("labels.svg", 468, "How labels are drawn from the truth. Of the forget documents 80 percent are found and labeled forget; "
          "20 percent, the false negative rate, stay unlabeled. Of the retain documents a quarter is labeled retain, the rest "
          "stays unlabeled; false positives, none in the demo, would be labeled forget.", svg)


# ---- Who owns how much of a model

def owners_of(program, preset):
    """What `sgtm masks` prints of a preset: entries by owner, and those of the embedding."""
    printed = subprocess.run([program, "masks", "--preset", preset], check=True, capture_output=True, text=True).stdout
    entries = {owner: int(n) for owner, n in re.findall(r"^(\w+): (\d+) entries", printed, re.M)}
    rows, columns = map(int, re.search(r"^embedding +(\d+) x (\d+)", printed, re.M).groups())
    return entries, rows * columns


def draw_owners(program):
    svg, y, told = text(12, 24, "Who owns a model's parameters", "big"), 56, []
    for preset in ("paper-8M", "demo"):
        entries, embedding = owners_of(program, preset)
        total, x = sum(entries.values()), 12
        svg += text(12, y, f"{preset}: {total:,} parameters", "bold")
        for owner, at in (("forget", 12), ("retain", 150), ("joint", 294)):
            share = entries[owner] / total
            svg += rect(owner, x, y + 10, 876 * share, 36)
            x += 876 * share
            words = f"{owner} {100 * share:.1f} %"
            if owner == "joint":
                words += f" (the embedding alone {100 * embedding / total:.1f} %)"
            svg += rect(owner, at, y + 54, 13, 13) + text(at + 19, y + 65, words)
            told.append(f"{preset} {words}")
        y += 100
    y += 6
    svg += path("grid", f"M12 {y - 24}H888")
    for i, (owner, words) in enumerate((("forget", "forget: zeroed by ablation"),
                                        ("retain", "retain: labeled forget must not train it"),
                                        ("joint", "joint: every batch trains it; it stays"))):
        x = (12, 230, 540)[i]
        svg += rect(owner, x, y - 17, 13, 13) + text(x + 19, y - 6, words)
    svg += text(12, y + 16, "Printed by sgtm masks --preset paper-8M and sgtm masks --preset demo.", "small soft")
    write("owners.svg", y + 30, "Shares of all parameters by owner. " + "; ".join(told) + ".", svg)


# ---- How leakage is read off

def read_run(results, size, seed, undiscovered):
    """The standard curve of a seed, and SGTM's run on it, from what the experiment `leakage` kept."""
    with open(results / "leakage.csv", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["size"] == size and int(row["seed"]) == seed]
    curve = sorted((float(row["unlabeled_forget_tokens"]), float(row["trained_forget"]))
                   for row in rows if row["method"] == "filter")
    leaks = json.loads((results / "leakage.json").read_text(encoding="utf-8"))[size]["leaks"]
    leak, = [l for l in leaks if (l["method"], l["seed"], l["undiscovered"]) == ("sgtm", seed, undiscovered)]
    return curve, leak


def draw_n_star(results, size, seed, undiscovered):
    curve, leak = read_run(results, size, seed, undiscovered)
    loss, n_star, tokens = leak["forget_loss"], leak["n_star"], leak["unlabeled_tokens"]
    if leak["kind"] != "measured":
        raise SystemExit(f"draw.py: this run's n* is no crossing ({leak['kind']}); choose another --seed")
    left, right, top, bottom = 70, 880, 56, 380
    low, high, most = 300, 2e6, 25  # n = 0 stands left of `low`, where the axis begins

    def at(n):
        return left + 50 + (right - left - 50) * (math.log(n) - math.log(low)) / (math.log(high) - math.log(low))

    def level(nats):
        return bottom - (bottom - top) * nats / most

    svg = text(12, 24, "How leakage is read off the standard curve", "big")
    for nats in range(0, most + 1, 5):
        svg += path("grid", f"M{left} {number(level(nats))}H{right}") + text(left - 8, level(nats) + 4, str(nats), "small end")
    for n in (1000, 10000, 100000, 1000000):
        svg += path("grid", f"M{number(at(n))} {top}V{bottom}") + text(at(n), bottom + 17, f"{n:,}", "small middle")
    svg += text(left + 14, bottom + 17, "0", "small middle") + path("box", f"M{left + 32} {bottom - 5}l-6 10m10 -10l-6 10")
    svg += path("box", f"M{left} {top}V{bottom}H{right}")
    svg += text((left + right) / 2, bottom + 38, "forget tokens that ordinary training has seen", "middle")
    svg += text(20, (top + bottom) / 2, "forget loss, nats per token", "middle",
                f' transform="rotate(-90 20 {(top + bottom) / 2})"')
    # Between its points the curve is straight in n, which this axis bends.
    points = []
    for (n_0, y_0), (n_1, y_1) in zip(curve[1:], curve[2:]):
        points += [(n_0 + (n_1 - n_0) * i / 12, y_0 + (y_1 - y_0) * i / 12) for i in range(12)]
    points.append(curve[-1])
    svg += path("curve", "M" + "L".join(f"{number(at(n))} {number(level(y))}" for n, y in points))
    svg += path("curve dash", f"M{left + 14} {number(level(curve[0][1]))}L{number(at(curve[1][0]))} {number(level(curve[1][1]))}")
    for n, y in curve:
        x = left + 14 if n == 0 else at(n)
        svg += f'<circle class="dot" cx="{number(x)}" cy="{number(level(y))}" r="4"/>\n'
    svg += path("mark", f"M{left} {number(level(loss))}H{right}")
    svg += path("mark dash", f"M{number(at(n_star))} {number(level(loss))}V{bottom}")
    svg += path("line dash", f"M{number(at(tokens))} {number(level(loss))}V{bottom}")
    svg += f'<circle class="forget" cx="{number(at(n_star))}" cy="{number(level(loss))}" r="6"/>\n'
    svg += text(right - 6, level(loss) - 8, f"SGTM after ablation, not calibrated: {loss:.2f}", "bold end text-forget")
    svg += text(at(n_star) + 8, bottom - 10, f"n* = {n_star:,.0f}", "bold text-forget")
    svg += text(at(tokens) - 8, bottom - 10, f"undiscovered tokens: {tokens:,.0f}", "bold end")
    svg += text(at(curve[1][0]) + 12, level(curve[1][1]) - 2, "standard training: the loss falls with each forget token", "bold")
    svg += text(right - 6, level(loss) - 40, f"leakage = n* / undiscovered tokens = {n_star:,.0f} / {tokens:,.0f} = {leak['leakage']:.4f}", "bold end")
    svg += text(12, bottom + 62, f"One run of sgtm experiment run leakage: {size} parameters, seed {seed}, {100 * undiscovered:g} % "
                "undiscovered. The curve is of the same seed;", "small soft")
    svg += text(12, bottom + 79, "at 0 stands the perfect filter. The axis is logarithmic from 300 on, and leakage reads the curve "
                "linearly in n.", "small soft")
    write("n-star.svg", bottom + 90, f"Forget loss of ordinary training against the forget tokens it has seen, falling from "
          f"{curve[0][1]:.1f} nats at 0 tokens to {curve[-1][1]:.1f} at {curve[-1][0]:,.0f}. SGTM's loss after ablation, {loss:.2f}, "
          f"crosses it at n* = {n_star:,.0f}. Divided by {tokens:,.0f} undiscovered tokens: leakage {leak['leakage']:.4f}.", svg)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sgtm", help="the program, for owners.svg")
    parser.add_argument("--results", type=pathlib.Path, help="the kept results, for n-star.svg")
    parser.add_argument("--size", default="0.1M")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--undiscovered", type=float, default=0.2)
    o = parser.parse_args()
    draw_block()
    draw_ablated()
    draw_labels()
    if o.sgtm:
        draw_owners(o.sgtm)
    if o.results:
        draw_n_star(o.results, o.size, o.seed, o.undiscovered)


if __name__ == "__main__":
    main()
