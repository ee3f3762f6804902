"""The experiments `leakage` and `scaling`: how much of what was not labeled is known after ablation.

A standard curve is the forget loss of filters that missed more and more, against the forget tokens that they let through.
Every run is read on the curve of its own size and seed.
"""

from intervals import across, judged, judged_mean, power_law, summary
from runs import FILTER, GRADIENT_ROUTING, SGTM, find
from tables import final_loss, loss, row, unlabeled_forget_tokens

RATES = (0.05, 0.1, 0.2, 0.4)

# The shares missed that make a curve, and the seeds. docs/results/scaling.json tells how many shares, not which: inferred.
DENSE = (0.0, 0.0006, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 1.0)
CURVES = {
    "0.1M": DENSE,
    "0.25M": DENSE,
    "0.5M": (0.0, 0.0003, 0.001, 0.002, 0.005, 0.01, 0.05, 0.2),
    "1M": (0.0, 0.00015, 0.0003, 0.001, 0.002, 0.005, 0.01, 0.05, 0.2),
}
SEEDS = {"0.1M": range(1, 6), "0.25M": range(1, 6), "0.5M": range(1, 4), "1M": range(1, 2)}

CONSTANT = "sgtm, constant counts"
CONSTANT_COUNTS = {**SGTM, "forget_heads": 1, "forget_units": 24}


class Size:
    """The runs of one size: its curves, and its methods at all rates."""

    def __init__(self, runs, name, methods):
        self.name = name
        self.seeds = SEEDS[name]
        self.filters = {share: find(runs, name, self.seeds, undiscovered=share, **FILTER) for share in CURVES[name]}
        self.runs = {(method, rate): find(runs, name, self.seeds, undiscovered=rate, **own)
                     for method, own in methods.items() for rate in RATES}
        self.leaks = [self.leak(method, rate, run) for (method, rate), by_seed in self.runs.items() for run in by_seed.values()]

    def curve(self, seed):
        """Points (forget tokens, forget loss), from no tokens on."""
        return [(unlabeled_forget_tokens(by_seed[seed]), loss(by_seed[seed], "trained", "forget"))
                for by_seed in self.filters.values()]

    def leak(self, method, rate, run):
        forget_loss = final_loss(run, "forget")
        tokens, kind = equal_tokens(self.curve(run["seed"]), forget_loss)
        unlabeled = unlabeled_forget_tokens(run)
        return {"method": method, "undiscovered": rate, "seed": run["seed"], "unlabeled_tokens": unlabeled,
                "forget_loss": forget_loss, "n_star": tokens, "leakage": tokens / unlabeled, "kind": kind}

    def rows(self):
        result = [row(self.name, "filter", run) for by_seed in self.filters.values() for run in by_seed.values()]
        return result + [row(self.name, method, run) for (method, _), by_seed in self.runs.items() for run in by_seed.values()]

    def leaks_of(self, method, rate):
        return [leak for leak in self.leaks if (leak["method"], leak["undiscovered"]) == (method, rate)]

    def document(self):
        curves = [self.curve(seed) for seed in self.seeds]
        points = [{"n": sum(n for n, _ in points) / len(points), "forget_loss": summary([y for _, y in points])}
                  for points in zip(*curves)]
        means = [{"method": method, "undiscovered": rate,
                  **{what: summary([leak[what] for leak in self.leaks_of(method, rate)]) for what in ("n_star", "leakage")}}
                 for method, rate in self.runs]
        return {"standard_curve": points, "means": means, "leaks": self.leaks}


def equal_tokens(curve, forget_loss):
    """The tokens at which the curve comes down to a loss, on the straight line between the two points about it."""
    if forget_loss >= curve[0][1]:
        return 0.0, "censored"
    for (n0, above), (n1, below) in zip(curve, curve[1:]):
        if above >= forget_loss >= below:
            return across(((above, n0), (below, n1)), forget_loss), "measured" if n0 > 0 else "bound"
    raise LookupError(f"a forget loss of {forget_loss} is below its whole standard curve")


def read_leakage(runs):
    size = Size(runs, "0.1M", {"sgtm": SGTM, "gradient_routing": GRADIENT_ROUTING})
    verdicts = [judged_mean(f"0.1M, {100 * rate:g} % undiscovered: SGTM's leakage is below 0.1",
                            [leak["leakage"] for leak in size.leaks_of("sgtm", rate)], "below", 0.1) for rate in RATES]
    return size.rows(), {"0.1M": size.document(), "verdicts": verdicts}


def read_scaling(runs):
    both = {"sgtm": SGTM, CONSTANT: CONSTANT_COUNTS}
    sizes = [Size(runs, name, both if name != "0.1M" else {"sgtm": SGTM}) for name in CURVES]
    fits, verdicts = [], []
    for figure, words, method, measure in (
            ("scaling", "size, an eighth is forget", "sgtm", all_parameters),
            ("scaling-without-embeddings", "size without embeddings, an eighth is forget", "sgtm", without_embeddings),
            ("scaling-constant-counts", "size, 1 head and 24 units are forget", CONSTANT, all_parameters)):
        for rate in RATES:
            leaks = [(size.runs[method, rate][leak["seed"]], leak) for size in sizes for leak in size.leaks_of(method, rate)]
            points = [(measure(run), leak["leakage"]) for run, leak in leaks if leak["kind"] == "measured"]
            left_out = len(leaks) - len(points)
            law = power_law(points)
            fits.append({"figure": figure, "undiscovered": rate, "law": law, "left out, not measured": left_out})
            claim = (f"Leakage against {words}, {100 * rate:g} % undiscovered: its exponent is below 0 "
                     f"(of a line through all measured runs; {left_out} left out)")
            verdicts.append(judged(claim, law["interval of b"], len(points), "below", 0.0))
    rows = [cells for size in sizes for cells in size.rows()]
    return rows, {**{size.name: size.document() for size in sizes}, "fits": fits, "verdicts": verdicts}


def all_parameters(run):
    return run["parameters"]


def without_embeddings(run):
    """Parameters but those of tokens, of positions and of the logits' bias."""
    settings = run["settings"]
    return run["parameters"] - (settings["vocabulary"] + settings["context"]) * settings["width"] - settings["vocabulary"]
