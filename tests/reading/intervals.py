"""Means, deviations, 95 % intervals and straight lines, from their definitions."""

import functools
import math
from collections import namedtuple

# The program has Student's quantiles to three decimals, so it may be off by this.
QUANTILE_ROUNDING = 0.0005

# The ends of an interval, and how far the rounded quantile may move them.
Ends = namedtuple("Ends", "low high slack")


def incomplete_beta(a, b, x):
    """The regularized incomplete beta function, for x < (a + 1) / (a + b + 2), by its continued fraction (Lentz)."""
    front = math.exp(a * math.log(x) + b * math.log1p(-x) + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)) / a
    d = 1 / (1 - (a + b) * x / (a + 1))
    c, fraction = 1.0, d
    for m in range(1, 300):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for numerator in (even, odd):
            d = 1 / (1 + numerator * d)
            c = 1 + numerator / c
            fraction *= c * d
    return front * fraction


@functools.cache
def quantile(freedom):
    """The t that Student's t exceeds with probability 2.5 %, by bisection. It is above 1.9, where the fraction is good."""
    low, high = 1.9, 100.0
    for _ in range(60):
        middle = (low + high) / 2
        if incomplete_beta(freedom / 2, 0.5, freedom / (freedom + middle * middle)) > 0.05:
            low = middle
        else:
            high = middle
    return low


def ends(middle, error, freedom):
    half = quantile(freedom) * error
    return Ends(middle - half, middle + half, QUANTILE_ROUNDING * error)


def summary(values):
    """Mean, deviation over n - 1, and the mean's 95 % interval. One value has neither deviation nor interval."""
    n = len(values)
    mean = math.fsum(values) / n
    if n == 1:
        return {"mean": mean, "deviation": None, "seeds": 1, "interval": None}
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
    return {"mean": mean, "deviation": deviation, "seeds": n, "interval": ends(mean, deviation / math.sqrt(n), n - 1)}


def power_law(points):
    """y = a x^b by least squares through the logarithms, with the 95 % interval of b."""
    x = [math.log(point[0]) for point in points]
    y = [math.log(point[1]) for point in points]
    n = len(points)
    mean_x, mean_y = math.fsum(x) / n, math.fsum(y) / n
    spread = math.fsum((xi - mean_x) ** 2 for xi in x)
    b = math.fsum((xi - mean_x) * (yi - mean_y) for xi, yi in zip(x, y)) / spread
    log_a = mean_y - b * mean_x
    error = math.sqrt(math.fsum((yi - log_a - b * xi) ** 2 for xi, yi in zip(x, y)) / (n - 2) / spread)
    return {"a": math.exp(log_a), "b": b, "interval of b": ends(b, error, n - 2), "points": n}


def judged(claim, interval, n, side, threshold):
    """A claim's verdict. It shows where the whole interval is on its side of the threshold."""
    above, below = interval.low > threshold, interval.high < threshold
    shows, fails = (above, below) if side == "above" else (below, above)
    answer = "supported" if shows else "not supported" if fails else "inconclusive"
    return {"claim": claim, "verdict": answer, "interval": interval, "n": n, side: threshold}


def judged_mean(claim, values, side, threshold=0.0):
    return judged(claim, summary(values)["interval"], len(values), side, threshold)


def across(line, x):
    """The y at x of the straight line through two points."""
    (x0, y0), (x1, y1) = line
    return y0 + (x - x0) / (x1 - x0) * (y1 - y0)
