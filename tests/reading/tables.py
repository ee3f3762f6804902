"""The CSV that every experiment writes: a row for every run."""

STATES = ("trained", "ablated", "calibrated")
SOURCES = ("retain", "adjacent", "forget")


def decimals(value):
    return "" if value is None else f"{value:.6f}"


def loss(run, state, source):
    return run["losses"].get(state, {}).get(source)


def row(size, method, run, with_recall=False):
    undiscovered = run["settings"]["undiscovered"]
    cells = {"size": size, "method": method, "undiscovered": f"{undiscovered:g}", "seed": str(run["seed"]),
             "parameters": str(run["parameters"]), "version": run["version"],
             "unlabeled_forget_tokens": f"{unlabeled_forget_tokens(run):.0f}"}
    for state in STATES:
        for source in SOURCES if with_recall else ("retain", "forget"):
            cells[f"{state}_{source}"] = decimals(loss(run, state, source))
    if with_recall:
        for state in STATES:
            for source in SOURCES:
                recall = run["recall"].get(state)
                cells[f"{state}_{source}_recall"] = decimals(recall and recall[source]["accuracy"])
    return cells


def unlabeled_forget_tokens(run):
    return run["tokens"]["forget"]["unlabeled"]


def final_loss(run, source):
    """The loss, not calibrated, of the model as it is handed out: after the cut, if it has one."""
    ablated = loss(run, "ablated", source)
    return loss(run, "trained", source) if ablated is None else ablated
