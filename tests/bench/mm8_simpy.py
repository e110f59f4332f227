#!/usr/bin/env python3
"""Eight windows, Poisson arrivals, exponential services of 10 minutes, load .9, by SimPy: as its own
documentation writes such a hall, a process for each citizen and one resource.

    mm8_simpy.py CITIZENS SEED

One line of JSON: citizens, processor microseconds, mean wait in minutes of all of them."""
import json
import random
import sys
import time

import simpy

WINDOWS, SERVICE_MIN, LOAD = 8, 10.0, .9


def main(citizens, seed):
    rng = random.Random(seed)
    env = simpy.Environment()
    windows = simpy.Resource(env, capacity=WINDOWS)
    waited = 0.0

    def citizen():
        nonlocal waited
        arrived = env.now
        with windows.request() as turn:
            yield turn
            waited += env.now - arrived
            yield env.timeout(rng.expovariate(1 / SERVICE_MIN))

    def door():
        for _ in range(citizens):
            yield env.timeout(rng.expovariate(LOAD * WINDOWS / SERVICE_MIN))
            env.process(citizen())

    begin = time.process_time_ns()
    env.process(door())
    env.run()
    took_us = (time.process_time_ns() - begin) // 1000
    print(json.dumps({'citizens': citizens, 'us': took_us, 'mean_min': waited / citizens,
                      'simpy': simpy.__version__}))


if __name__ == '__main__':
    main(int(sys.argv[1]), int(sys.argv[2]))
