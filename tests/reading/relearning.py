"""The experiment `relearning`: steps of an attack until the forget loss is back."""

from intervals import across, judged_mean, summary
from runs import FILTER, SGTM, find
from tables import loss, row

SIZE = "0.1M"
SEEDS = range(1, 4)
ATTACK = {"relearn_rate": 0.002, "relearn_steps": 5000}
LONGEST = 5000
HALF = "filter, 0.5 of the tokens"
RMU = {"unlearn": "rmu", "rmu_rate": 0.06, "rmu_strength": 4.0, "relearn_rate": 0.002, "relearn_steps": 1000}

# The forget loss counts as back within this of the unfiltered model's.
NEAR = {"near-loss": 0.5, "loss": 0.1}
UNTIL = {"near-loss": "until all but half a nat of the forget loss is back", "loss": "until the forget loss is back"}

LEAKY, PERFECT = "filter, 20 % missed", "perfect filter"
ENGLISH = ", of SGTM's English"


def read(runs):
    def attacked(**own):
        return find(runs, SIZE, SEEDS, **{**ATTACK, **own})

    unfiltered = find(runs, SIZE, SEEDS)
    models = {
        PERFECT: attacked(**FILTER),
        LEAKY: attacked(undiscovered=0.2, **FILTER),
        "sgtm, all labeled": attacked(**SGTM),
        "sgtm, 20 % missed": attacked(undiscovered=0.2, **SGTM),
        "rmu": attacked(**RMU),
    }
    halves = {
        PERFECT: attacked(tokens=1500000.0, **FILTER),
        LEAKY: attacked(tokens=1500000.0, undiscovered=0.2, **FILTER),
    }
    named = [("none", unfiltered), ("filter", models[PERFECT]), ("filter", models[LEAKY]), ("sgtm", models["sgtm, all labeled"]),
             ("sgtm", models["sgtm, 20 % missed"]), ("rmu", models["rmu"]), (HALF, halves[PERFECT]), (HALF, halves[LEAKY])]
    rows = [row(SIZE, method, run) for method, by_seed in named for run in by_seed.values()]

    back = {}
    for goal, near in NEAR.items():
        goals = {seed: loss(unfiltered[seed], "trained", "forget") + near for seed in SEEDS}
        for name, by_seed in models.items():
            back[name, goal] = [until(by_seed[seed], goals[seed]) for seed in SEEDS]
        for name, by_seed in halves.items():
            back[name + ENGLISH, goal] = [
                between(by_seed[seed], models[name][seed], models["sgtm, 20 % missed"][seed], goals[seed]) for seed in SEEDS]
    names = dict.fromkeys(name for name, _ in back)
    document = {name: {goal: entry(back[name, goal]) for goal in NEAR} for name in names}
    return rows, {SIZE: document, "verdicts": verdicts(back)}


def until(run, goal):
    """Steps and forget tokens of the attack until the forget loss is down at the goal, and whether it came there.

    Straight lines between the points of the attack's course. A run that doesn't get there counts with all its steps.
    The tokens are those steps' share of the whole attack's (inferred)."""
    course = run["relearning"]
    if course[0]["forget"] <= goal:
        return 0.0, 0.0, True
    steps, came = float(course[-1]["step"]), False
    for before, after in zip(course, course[1:]):
        if after["forget"] <= goal:
            steps, came = across(((before["forget"], before["step"]), (after["forget"], after["step"])), goal), True
            break
    return steps, steps * course[-1]["forget_tokens"] / course[-1]["step"], came


def between(half, whole, sgtm, goal):
    """The same of a filter as good at English as SGTM: on the straight line between the run on half of
    the tokens and the whole run, by their calibrated English (inferred)."""
    first, last = until(half, goal), until(whole, goal)
    half_english, whole_english, english = (loss(run, "calibrated", "retain") for run in (half, whole, sgtm))
    steps, tokens = (across(((half_english, first[i]), (whole_english, last[i])), english) for i in (0, 1))
    return steps, tokens, first[2] and last[2]


def entry(back):
    return {"steps": summary([steps for steps, _, _ in back]), "forget_tokens": summary([tokens for _, tokens, _ in back]),
            "reached": sum(came for _, _, came in back)}


def verdicts(back):
    result = []
    for goal, words in UNTIL.items():
        for claim, other, threshold in (
                ("takes more steps than RMU", "rmu", 0.0),
                ("takes more than the filter that missed 20 %", LEAKY, 0.0),
                ("takes more than that filter of its own English", LEAKY + ENGLISH, 0.0),
                ("takes no fewer than the perfect filter (by 100 steps)", PERFECT, -100.0),
                ("takes no fewer than the perfect filter of its own English (by 100 steps)", PERFECT + ENGLISH, -100.0)):
            more = [mine[0] - its[0] for mine, its in zip(back["sgtm, 20 % missed", goal], back[other, goal])]
            result.append(judged_mean(f"{SIZE}: {words}, SGTM with 20 % missed {claim}", more, "above", threshold))
    return result
