#!/usr/bin/env python3
"""Logs of every released format and payload version, as that release left them: this software reads
them as they are, says of them what that release said, and brings them to the newest format.

    golden.py ONEWINDOW GOLDEN NAME"""
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, '../integration'))
from hall import StepError, expect, serve  # noqa: E402
from make_golden import CONFIG  # noqa: E402


def run(*words):
    done = subprocess.run(words, capture_output=True, check=False)
    if done.returncode:
        raise StepError(f'{words}: exit {done.returncode}: '
                        f'{(done.stdout + done.stderr).decode()}')
    return done.stdout.decode()


def within(what, old, new):
    """Whatever the old release said is said still; there may be more."""
    if isinstance(old, dict):
        for name, value in old.items():
            if name not in new:
                raise StepError(f'{what}: "{name}" is gone')
            within(f'{what}.{name}', value, new[name])
    elif isinstance(old, list):
        expect(f'{what}: length', len(old), len(new))
        for number, (one, other) in enumerate(zip(old, new)):
            within(f'{what}[{number}]', one, other)
    else:
        expect(what, old, new)


def digest(path):
    with open(path, 'rb') as file:
        return hashlib.sha256(file.read()).hexdigest()


def user_version(path):
    connection = sqlite3.connect(f'file:{path}?mode=ro', uri=True)
    try:
        return connection.execute('PRAGMA user_version').fetchone()[0]
    finally:
        connection.close()


def one(onewindow, golden, name, folder):
    with open(os.path.join(here, name + '.json'), encoding='utf-8') as file:
        expected = json.load(file)
    log = os.path.join(folder, 'golden.db')
    shutil.copy(os.path.join(here, name + '.db'), log)
    shutil.copy(os.path.join(here, name + '.key'), log[:-3] + '.key')
    shutil.copy(os.path.join(here, name + '.key'), log + '.key')
    before = digest(log)
    # as it is
    run(onewindow, 'log', 'verify', log, '--head', expected['head'])
    expect('head', expected['head'], run(onewindow, 'log', 'head', log).strip())
    report = json.loads(run(onewindow, 'report', '--log', log, '--by', 'day', '--by', 'hour',
                            '--by', 'queue', '--by', 'window', '--format', 'json'))
    # Whether the days were counted anew is not of the log: digests of that release may be none any more.
    expected['report'].pop('all_kept', None)
    within('report', expected['report'], report)
    # What was frozen is found as it was, and its rows still have the hash that was written.
    listed = json.loads(run(onewindow, 'baseline', 'list', '--log', log, '--format', 'json'))['baselines']
    for baseline in listed:
        run(onewindow, 'baseline', 'show', baseline['name'], '--log', log, '--check')
    expect('baselines', expected.get('baselines', []), [
        {**{k: b[k] for k in ('name', 'days', 'visits', 'control', 'frozen_at_ms', 'frozen_seq', 'by', 'rows')},
         **{k: f'{b[k] // 10000}-{b[k] // 100 % 100:02d}-{b[k] % 100:02d}' for k in ('from', 'to')}}
        for b in listed])
    # log verify, above, has compared a snapshot with what the events lead to: should this software
    # make another state of them, it has to be another HALL_STATE_VERSION too.
    events = run(onewindow, 'log', 'export', log)
    expect('the file', before, digest(log))
    expect('the format', expected['format'], user_version(log))
    # to the newest format through faults, on a disk in memory
    if expected['format'] < 2:
        print('  ', run(golden, 'faults', log).strip())
    expect('the file', before, digest(log))
    # opened
    tickets = json.loads(run(golden, 'state', log))
    wanted = expected['tickets']
    expect('tickets', [{k: t[k] for k in tickets[0]} for t in wanted], tickets)
    if user_version(log) < 2:
        raise StepError('the format is still the old one')
    run(onewindow, 'log', 'verify', log, '--head', expected['head'])
    expect('the events', events, run(onewindow, 'log', 'export', log))
    # gone on with
    config = os.path.join(folder, 'hall.conf')
    with open(config, 'w', encoding='utf-8') as file:
        file.write(CONFIG.format(log=log))
    process, url = serve(onewindow, config)
    if not url:
        raise StepError('the daemon does not open it')
    process.terminate()
    expect('exit', 0, process.wait())
    run(onewindow, 'log', 'verify', log, '--head', expected['head'])
    after = run(onewindow, 'log', 'export', log)
    if not after.startswith(events) or len(after) == len(events):
        raise StepError('the events are others, or none came')
    # A log that did not say what its queues are for says so now; no other log has to.
    said = 'intake' in events
    kinds = {p['queue']: p['kind'] for p in (json.loads(line)['payload'] for line in
             after[len(events):].splitlines()) if 'kind' in p}
    expect('kinds of queues', {} if said else
           {'general': 'intake', 'issue': 'issue', 'guide': 'guide'}, kinds)


def main():
    folder = tempfile.mkdtemp(prefix='onewindow-golden-')
    try:
        one(*sys.argv[1:], folder)
    finally:
        shutil.rmtree(folder)


if __name__ == '__main__':
    main()
