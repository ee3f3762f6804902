"""The experiment `fields`: the encyclopedia, of which biology is to go."""

from intervals import judged_mean, summary
from runs import find
from tables import loss, row

SIZE = "0.25M"
SEEDS = range(1, 4)
BIOLOGY = {"data": "biology-240-20160-0.57", "tokens": 6750000.0, "evaluate_every": 0.25,
           "calibration_steps": 500, "calibration_adjacent": 100.0, "calibration_documents": 8}
LABELED = {"retain_labeled": 0.1, "relearn_rate": 0.0008, "relearn_steps": 3000}
METHODS = {
    "none": {},
    "weak": {**LABELED, "filter": "weak", "refill": True},
    "strict": {**LABELED, "filter": "strict", "refill": True},
    "sgtm": {**LABELED, "strategy": "sgtm", "optimizer": "split", "mask_embeddings": True},
}
# What is told of which method: the word for its state, and the name of that state in a kept run.
SHOWN = (("none", "calibrated", "calibrated"), ("weak", "calibrated", "calibrated"), ("strict", "calibrated", "calibrated"),
         ("sgtm", "before", "trained"), ("sgtm", "after", "calibrated"))
LOSSES = {"general": "retain", "adjacent": "adjacent", "forget": "forget"}
RECALLS = {**LOSSES, "told nowhere else": "forget, told nowhere else",
           "also in adjacent": "forget, told also in adjacent", "also in general": "forget, told also in retain"}
FIELDS = ("astronomy", "biography", "biology", "chemistry", "cuisine", "earth",
          "history", "medicine", "military", "music", "sport", "transportation")


def recall(run, state, part):
    return run["recall"][state][part]["accuracy"]


def short_of(unfiltered, sgtm, state):
    """How much less of biology SGTM's model recalls than the unfiltered one, as trained. Inferred from the kept interval."""
    return recall(unfiltered, "trained", "forget") - recall(sgtm, state, "forget")


def read(runs):
    found = {method: find(runs, SIZE, SEEDS, **BIOLOGY, **own) for method, own in METHODS.items()}
    rows = [row(SIZE, method, run, with_recall=True) for method, by_seed in found.items() for run in by_seed.values()]
    methods = []
    for method, word, state in SHOWN:
        by_seed = found[method].values()
        methods.append({"size": SIZE, "method": method, "state": word,
                        "loss": {name: summary([loss(run, state, source) for run in by_seed]) for name, source in LOSSES.items()},
                        "recall": {name: summary([recall(run, state, part) for run in by_seed]) for name, part in RECALLS.items()}})
    return rows, {"methods": methods, "verdicts": verdicts(found)}


def verdicts(found):
    def more(of, than, what, source):
        """SGTM's number minus another method's, seed by seed, both calibrated."""
        return [what(found[of][seed], "calibrated", source) - what(found[than][seed], "calibrated", source) for seed in SEEDS]

    worst = [min(recall(found["none"][seed], "trained", field) for field in FIELDS) for seed in SEEDS]
    not_before = [short_of(found["none"][seed], found["sgtm"][seed], "trained")
                  / short_of(found["none"][seed], found["sgtm"][seed], "calibrated") for seed in SEEDS]
    claims = (
        ("the unfiltered model answers 80 % and more of its worst field", worst, "above", 0.8),
        ("SGTM's forget loss is above the weak filter's", more("sgtm", "weak", loss, "forget"), "above", 0.0),
        ("SGTM's forget loss is below the strict filter's", more("sgtm", "strict", loss, "forget"), "below", 0.0),
        ("SGTM recalls less of the forget field than the weak filter", more("sgtm", "weak", recall, "forget"), "below", 0.0),
        ("SGTM's adjacent loss is below the strict filter's", more("sgtm", "strict", loss, "adjacent"), "below", 0.0),
        ("SGTM recalls more of the neighbours than the strict filter", more("sgtm", "strict", recall, "adjacent"), "above", 0.0),
        ("SGTM's general loss is above the weak filter's", more("sgtm", "weak", loss, "retain"), "above", 0.0),
        ("SGTM's adjacent loss is above the weak filter's", more("sgtm", "weak", loss, "adjacent"), "above", 0.0),
        ("most of what SGTM's model does not recall of the field, it did not before ablation", not_before, "above", 0.5),
    )
    return [judged_mean(f"{SIZE}: {claim}", *rest) for claim, *rest in claims]
