"""The kept runs: docs/results/runs/*.json, and which of them has which settings."""

import json
from pathlib import Path

PRESETS = Path(__file__).resolve().parents[2] / "data" / "presets"

# What a run has where neither its preset nor its row in a table says otherwise.
ORDINARY = {
    "attention": "gl", "beta-1": 0.9, "epsilon": 1e-8, "scaled-scores": False, "window": 256, "steps": 0,
    "strategy": "none", "filter": "none", "optimizer": "joint", "refill": False,
    "mask-embeddings": False, "mask-joint": False, "masked-blocks": [],
    "undiscovered": 0.0, "precision": 1.0, "fpr": None, "false-positives": "paper", "label-noise": "document",
    "forget-as-retain": 0.0, "forget-upsampling": 1.0, "retain-labeled": 0.25, "labels-from": 0.0, "labels-until": 1.0,
    "calibration-adjacent": 1.0, "calibration-retain": 100.0, "calibration-steps": 200, "calibration-documents": 16,
    "evaluate-every": 0.0, "gradient-documents": 0, "relearn-rate": 0.004, "relearn-steps": 0,
    "unlearn": "none", "rmu-rate": 5e-05, "rmu-retain": 100.0, "rmu-steps": 250, "rmu-strength": 1.0,
}

# Older runs don't say these settings.
SAID_LATER = {"calibration-documents"}

STORIES = {"0.1M": "two-scripts-20000", "0.25M": "two-scripts-20000", "0.5M": "two-scripts-40000", "1M": "two-scripts-90000"}

# The own settings of the methods on stories.
FILTER = {"filter": "weak"}
SGTM = {"strategy": "sgtm", "optimizer": "split"}
GRADIENT_ROUTING = {"strategy": "gradient_routing", "optimizer": "split"}


def read_runs(folder):
    return [json.loads(path.read_text()) for path in sorted(Path(folder).glob("*.json"))]


def preset(size):
    """The settings in data/presets/SIZE.toml, whose values are written as JSON writes them."""
    lines = [line for line in (PRESETS / f"{size}.toml").read_text().splitlines() if line and not line.startswith("#")]
    return {name.strip(): json.loads(value) for name, value in (line.split("=") for line in lines)}


def has_settings(run, wanted):
    """True if the run has exactly the wanted settings, whatever its seed."""
    said = {name: value for name, value in run["settings"].items() if name != "seed"}
    left_out = wanted.keys() - said.keys()
    return left_out <= SAID_LATER and said == {name: value for name, value in wanted.items() if name not in left_out}


def find(runs, size, seeds, data=None, **own):
    """The one run of every seed that has the preset's settings and its own: {seed: run}."""
    own = {name.replace("_", "-"): value for name, value in own.items()}
    wanted = {**ORDINARY, **preset(size), **own}
    data = data or STORIES[size]
    found = {}
    for run in runs:
        if run["data"].split("/")[-1] == data and run["seed"] in seeds and has_settings(run, wanted):
            if run["seed"] in found:
                raise LookupError(f"two kept runs of {size}, seed {run['seed']}, have the settings {own}")
            if run["settings"]["seed"] != run["seed"]:
                raise LookupError(f"a kept run of {size} has seed {run['seed']}, and another among its settings")
            found[run["seed"]] = run
    if missing := sorted(set(seeds) - found.keys()):
        raise LookupError(f"no kept run of {size}, seed {missing[0]}, has the settings {own}")
    return found
