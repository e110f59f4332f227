"""Quantiles of waits: nearest rank, and Kaplan-Meier with those who left or still wait as censorings."""
from collections import Counter


def nearest_rank(waits, percent):
    """In whole seconds; None of no waits. A quantile's rank is in integers, never rounded."""
    if not waits:
        return None
    return sorted(waits)[max(-(-len(waits) * percent // 100), 1) - 1] // 1000


def kaplan_meier(called, censored, percent):
    """Both in ms; the least second at which the curve has fallen to 1 - p, None: not reached."""
    calls, left = Counter(ms // 1000 for ms in called), Counter(ms // 1000 for ms in censored)
    at_risk, survive = len(called) + len(censored), 1.0
    for second in sorted(calls.keys() | left.keys()):
        if calls[second]:
            survive *= 1 - calls[second] / at_risk
            if survive <= 1 - percent / 100 + 1e-12:
                return second
        at_risk -= calls[second] + left[second]
    return None
