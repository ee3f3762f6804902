"""Reference values for src/eval/statistics, made with SciPy. Writes statistics.json beside this file:

    python3 -m venv /tmp/scipy && /tmp/scipy/bin/pip install scipy
    /tmp/scipy/bin/python tests/eval/reference/make_statistics.py

The inputs are drawn by a fixed seed, so the file changes only with SciPy. tests/eval/statistics_test.cpp reads it.
"""

import json
import pathlib

import numpy as np
import scipy
from scipy import interpolate, optimize, stats

draw = np.random.default_rng(1)
level = 0.975  # both tails of a 95 % interval


def rounded(values):
    """What JSON keeps of an input: short, and the same for SciPy and for the test."""
    return [float(f"{v:.6g}") for v in values]


def quantile(degrees):
    return float(stats.t.ppf(level, degrees))


def mean(count, location, scale):
    values = rounded(draw.normal(location, scale, count))
    error = stats.sem(values)
    high = stats.t.interval(0.95, count - 1, np.mean(values), error)[1]
    deviation = np.std(values, ddof=1)
    return {
        "values": values,
        "mean": float(np.mean(values)),
        "deviation": float(deviation),
        "half": float(high - np.mean(values)),
    }


def power_law(count, factor, exponent, noise):
    x = rounded(np.exp(draw.uniform(np.log(1e6), np.log(1e10), count)))
    y = rounded(factor * np.power(x, exponent) * np.exp(draw.normal(0, noise, count)))
    fit = stats.linregress(np.log(x), np.log(y))
    law = lambda c: np.exp(fit.intercept + fit.slope * np.log(c))
    loss, spent = float(np.median(y)) * 1.01, 3e8
    equal = np.exp(optimize.brentq(lambda log_c: np.log(law(np.exp(log_c)) / loss), -200, 200, xtol=1e-13, rtol=1e-14))
    return {
        "points": list(zip(x, y)),
        "slope": float(fit.slope),
        "stderr": float(fit.stderr),
        "half": quantile(count - 2) * float(fit.stderr),
        "factor": float(np.exp(fit.intercept)),
        "at 12345678": float(law(12345678.0)),
        "loss": loss,
        "spent": spent,
        "equal compute": float(equal),
        "penalty": float(1 - equal / spent),
    }


def density(values):
    """At some of the hundred places, from three widths below the least value to three above the largest."""
    factor = 1.06 * len(values) ** -0.2
    width = factor * np.std(values, ddof=1)
    places = np.linspace(min(values) - 3 * width, max(values) + 3 * width, 100)
    kernels = stats.gaussian_kde(values, bw_method=factor)
    at = [[i, float(places[i]), float(kernels(places[i])[0])] for i in (0, 1, 20, 50, 77, 99)]
    return {"values": values, "at": at}


def fall(points, target):
    """The first place where the broken line through the points' x has fallen to the target."""
    line = interpolate.interp1d(range(len(points)), np.transpose(points))
    last = next(i for i, (x, _) in enumerate(points) if x <= target)
    place = optimize.brentq(lambda i: line(i)[0] - target, last - 1, last, xtol=1e-14)
    return {"points": points, "target": target, "y": float(line(place)[1])}


samples = [(2, 3, 1), (3, -5, 0.1), (5, 0, 20), (12, 1e3, 1), (31, 2, 0.5), (32, 0, 1), (40, 7, 3)]
laws = [(3, 40, -0.1, 0.05), (4, 7, -0.05, 0.01), (6, 2e3, -0.35, 0.3), (12, 0.01, 0.2, 0.1), (40, 5, -0.07, 0.02)]
wandering = [[9.0, 0.0], [6.5, 10.0], [7.25, 25.0], [4.0, 45.0], [4.5, 60.0], [1.5, 100.0]]
reference = {
    "made with": f"SciPy {scipy.__version__}",
    "quantiles": [[n, quantile(n)] for n in [*range(1, 61), 100, 1000]],
    "means": [mean(*of) for of in samples],
    "power laws": [power_law(*of) for of in laws],
    "densities": [density(rounded(draw.normal(*of))) for of in [(0, 1, 2), (5, 0.2, 7), (-3, 4, 40)]],
    "falls": [fall(wandering, target) for target in (8.0, 6.75, 5.0, 4.25, 2.0)],
}


def lines(value, depth=0):
    """One line per entry: small, and readable as a diff."""
    if depth == 2 or not isinstance(value, (dict, list)):
        return json.dumps(value)
    if isinstance(value, dict):
        return "{\n" + ",\n".join(f"{json.dumps(k)}: {lines(v, depth + 1)}" for k, v in value.items()) + "\n}"
    return "[\n" + ",\n".join(lines(v, depth + 1) for v in value) + "\n]"


pathlib.Path(__file__).with_name("statistics.json").write_text(lines(reference) + "\n")
