"""Quantiles of Student's t, from the regularised incomplete beta function as a continued fraction
(Abramowitz and Stegun 26.5.8, 26.7.1), evaluated from its tail."""
import math


def incomplete_beta(x, a, b):
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(1 - x, b, a)
    fraction = 0.0
    for m in range(300, 0, -1):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        fraction = even / (1 + odd / (1 + fraction))
    first = -(a + b) * x / (a + 1)
    fraction = 1 + first / (1 + fraction)
    front = math.exp(a * math.log(x) + b * math.log1p(-x) + math.lgamma(a + b) - math.lgamma(a) -
                     math.lgamma(b))
    return front / a / fraction


def student_quantile(p, freedom):
    """p above one half."""
    low, high = 0.0, 1e9
    for _ in range(200):
        t = (low + high) / 2
        below = 1 - incomplete_beta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2
        low, high = (t, high) if below < p else (low, t)
    return (low + high) / 2


# Closed forms for 1 and 2; any printed table to its three digits.
TABLE = {1: math.tan(0.475 * math.pi), 2: 0.95 / math.sqrt(2 * 0.975 * 0.025), 10: 2.2281388519649385,
         30: 2.0422724563012373}


def vectors_hold():
    for freedom, expected in TABLE.items():
        seen = student_quantile(0.975, freedom)
        if abs(seen / expected - 1) > 1e-9:
            raise SystemExit(f'Student {freedom}: {seen}')
