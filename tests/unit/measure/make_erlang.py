#!/usr/bin/env python3
"""Writes erlang_vectors.csv: Erlang B, C and A from their definitions as sums over the states of a
birth-death process, in decimals of 60 digits and more, 25 of which are kept. It shares no formula
with src/measure/erlang.c, which has a recursion.

    make_erlang.py > erlang_vectors.csv"""
import sys
from decimal import Context, Decimal, setcontext

DIGITS, KEPT = 80, 25
setcontext(Context(prec=DIGITS, Emin=-999999999, Emax=999999999))
SMALL = Decimal(10) ** -(DIGITS + 5)
QUARTER, HOUR = Decimal(1) / 4, 60


def states(c, load):
    """a^k / k! for k = 0..c."""
    weights = [Decimal(1)]
    for k in range(1, c + 1):
        weights.append(weights[-1] * load / k)
    return weights


def erlang_b(c, arrivals, service):
    """The share of time with all c busy, of a system that has the states 0..c."""
    weights = states(c, arrivals / service)
    return [weights[c] / sum(weights), None, None, None, None]


def erlang_c(c, arrivals, service):
    """States 0, 1, 2, ... without end; behind c each is arrivals/(c service) of the one before. Who
    finds j waiting waits for j + 1 departures, which come at the rate c service."""
    weights = states(c, arrivals / service)
    ratio = arrivals / (c * service)
    busy = weights[c] / (1 - ratio)
    total = sum(weights[:c]) + busy
    waiting = weights[c] * ratio / (1 - ratio) ** 2 / total  # sum of j times the share of c + j
    share = busy / total
    late = share * (-(c * service - arrivals) * QUARTER).exp()
    return [weights[c] / sum(weights), share, waiting / arrivals * HOUR, 1 - late, None]


def erlang_a(c, arrivals, service, patience):
    """Behind c a state is left downwards at c service + j patience; the sums end where what is left
    is less than the digits that are kept."""
    weights = states(c, arrivals / service)
    tail, waiting, weight, j = weights[c], Decimal(0), weights[c], 0
    while True:
        j += 1
        ratio = arrivals / (c * service + j * patience)
        weight *= ratio
        tail += weight
        waiting += j * weight
        if ratio < 1 and weight * (j + 1) / (1 - ratio) ** 2 < waiting * SMALL:
            break
    total = sum(weights[:c]) + tail
    queue = waiting / total
    return [None, tail / total, queue / arrivals * HOUR, None, queue * patience / arrivals]


def rows():
    for c in (1, 2, 3, 6, 8, 33, 100, 300, 1000):
        for load in ('.1', '.3', '.5', '.8', '.95', '1', '1.2', '1.5'):
            yield 'b', c, load, '6', None
        for load in ('.1', '.3', '.5', '.8', '.95', '.99', '.9999'):
            yield 'c', c, load, '6', None
    # exact as doubles: hardly anybody is served within 15 minutes
    yield 'c', 2, 1 - Decimal(2) ** -20 - Decimal(2) ** -40, '.001007080078125', None
    for c in (1, 2, 6, 33, 100, 1000):
        for load in ('.1', '.5', '.9', '1', '1.1', '1.5'):
            for patience in ('.02', '2', '60'):
                yield 'a', c, load, '5.7', patience
    for load in ('.1', '.9', '1', '1.5'):
        yield 'b', 100000, load, '4', None
    for load in ('.1', '.9', '.999', '.99999'):
        yield 'c', 100000, load, '4', None
    for load in ('.1', '.99', '1.01'):
        yield 'a', 100000, load, '4', '3'


def text(value):
    return '' if value is None else f'{value:.{KEPT - 1}e}'


def main():
    models = {'b': erlang_b, 'c': erlang_c, 'a': erlang_a}
    print('# Written by make_erlang.py: model, servers, rates an hour, and the figures.')
    print('model,servers,arrivals,service,patience,blocking,p_wait,mean_wait_min,p_wait_le_15min,p_abandon')
    for model, c, load, service, patience in rows():
        arrivals = (c * Decimal(load) * Decimal(service)).normalize()
        words = [arrivals, Decimal(service)] + ([Decimal(patience)] if patience else [])
        figures = models[model](c, *words)
        print(','.join([model, str(c), f'{arrivals:f}', service, patience or '', *map(text, figures)]))
    return 0


if __name__ == '__main__':
    sys.exit(main())
