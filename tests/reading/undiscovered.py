"""The experiment `undiscovered`: losses against the share of forget documents that the classifier missed."""

from intervals import judged_mean, summary
from runs import FILTER, GRADIENT_ROUTING, SGTM, find
from tables import loss, row

SIZE = "0.1M"
SEEDS = range(1, 6)
SHARES = (0.0, 0.002, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
METHODS = {"filter": FILTER, "sgtm": SGTM, "gradient_routing": GRADIENT_ROUTING}


def read(runs):
    found = {("none", 0.0): find(runs, SIZE, SEEDS)}
    for method, own in METHODS.items():
        for share in SHARES:
            found[method, share] = find(runs, SIZE, SEEDS, undiscovered=share, **own)
    rows = [row(SIZE, method, run) for (method, _), by_seed in found.items() for run in by_seed.values()]
    losses = [entry(method, share, by_seed.values()) for (method, share), by_seed in found.items()]
    return rows, {"losses": losses, "verdicts": verdicts(found)}


def entry(method, share, runs):
    def over_seeds(state, source):
        return summary([loss(run, state, source) for run in runs])

    return {"size": SIZE, "method": method, "undiscovered": share,
            "retain": over_seeds("calibrated", "retain"), "forget": over_seeds("calibrated", "forget"),
            "retain before ablation": over_seeds("trained", "retain"),
            "forget before ablation": over_seeds("trained", "forget")}


def verdicts(found):
    """Every claim is on SGTM's calibrated loss minus the other method's, seed by seed, where some but not all is missed."""
    result = []
    for other, retain_side in (("filter", "above"), ("gradient_routing", "below")):
        for share in SHARES[1:-1]:
            for source, side in (("forget", "above"), ("retain", retain_side)):
                more = [loss(found["sgtm", share][seed], "calibrated", source)
                        - loss(found[other, share][seed], "calibrated", source) for seed in SEEDS]
                claim = f"{SIZE}, {100 * share:g} % undiscovered: SGTM's {source} loss is {side} that of {other}"
                result.append(judged_mean(claim, more, side))
    return result
