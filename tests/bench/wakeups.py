#!/usr/bin/env python3
"""Wake-ups a second of a daemon that has nothing to do: voluntary context switches of all its
threads. One hall without devices, one with a printer on TCP (the virtual hall's), no polled line.

    wakeups.py ONEWINDOW [VIRTUAL-HALL [SECONDS]]"""
import glob
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bench import Bench, VirtualHall, cpu_s, hall_config, main, table, verdict, wait_for  # noqa: E402


def switches(pid):
    total = 0
    for path in glob.glob(f'/proc/{pid}/task/*/status'):
        with open(path, encoding='ascii') as file:
            total += sum(int(line.split()[1]) for line in file
                         if line.startswith('voluntary_ctxt_switches:'))
    return total


def count(onewindow, printer, seconds):
    with Bench(onewindow, hall_config(queues=5, windows=11, printers=[printer] if printer else [])) as bench:
        bench.start()
        if printer:
            wait_for('the printer is well', lambda: any(
                device['health'] == 'ok' for device in bench.api.get('/api/v1/hall')['devices']))
        bench.api.post('/api/v1/tickets', {'queue': 'q0', 'print': bool(printer)})
        time.sleep(15)  # the connections of these requests are over then, and the ticket's print
        pid = bench.process.pid
        before, cpu = switches(pid), cpu_s(pid)
        time.sleep(seconds)
        rates = (switches(pid) - before) / seconds, 1000 * (cpu_s(pid) - cpu) / seconds
        bench.stop()
    return rates


def run():
    seconds = int(sys.argv[3]) if len(sys.argv) > 3 else 30
    rows = [['idle hall', 'wake-ups a second', 'processor ms a second', 'bar', '']]
    kinds = [('no devices', None)]
    virtual = VirtualHall(sys.argv[2]) if len(sys.argv) > 2 else None
    try:
        if virtual:
            kinds.append(('a printer on TCP', virtual.state['printer']))
        for name, printer in kinds:
            rate, cpu = count(sys.argv[1], printer, seconds)
            rows.append([name, f'{rate:.2f}', f'{cpu:.2f}', '2', verdict(rate <= 2)])
    finally:
        if virtual:
            virtual.stop()
    table(rows)


main(run)
