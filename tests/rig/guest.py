#!/usr/bin/env python3
"""Runs in the guest: starts udevd, loads the kernel's modules, plays the scenarios. rig.py has put
task.json into the folder that it shares with the guest; what is asked for there comes back.

    guest.py FOLDER"""
import importlib
import json
import os
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '../integration'))
import bus  # noqa: E402
from hall import StepError  # noqa: E402

RULES = '/usr/lib/udev/rules.d'


def prepare(task, plan):
    """Modules and udev, as on a machine that has booted."""
    os.makedirs('/usr/lib/modules', exist_ok=True)
    bus.run('mount', '--bind', os.path.join(task['kernel'], 'lib/modules'), '/usr/lib/modules')
    bus.run('ip', 'link', 'set', 'lo', 'up')
    bus.run('modprobe', '--all', *plan.MODULES)
    # Of the rules only those that are about these devices: the others are for disks and sound.
    kept = {path: bus.read(path) for path in (*(f'{RULES}/{name}' for name in plan.DEBIANS_RULES),
                                              task['rules'])}
    bus.run('mount', '-t', 'tmpfs', 'rules', RULES)
    for path, text in kept.items():
        bus.write(f'{RULES}/{os.path.basename(path)}', text)
    plan.prepare(task)
    bus.run('/usr/lib/systemd/systemd-udevd', '--daemon', '--resolve-names=early')
    os.environ['SYSTEMD_IGNORE_CHROOT'] = '1'  # or udevadm does nothing here, and says nothing
    bus.run('udevadm', 'trigger', '--subsystem-match=usb')
    bus.run('udevadm', 'settle')


def play(rig, plan, only):
    held = 0
    by_name = {scenario.__name__.replace('_', '-'): scenario for scenario in plan.SCENARIOS}
    for name in only:
        if name not in by_name:
            raise StepError(f'no scenario {name}; there are: {" ".join(by_name)}')
    chosen = only or list(by_name)
    for name in chosen:
        scenario = by_name[name]
        begin = time.monotonic()
        rig.begin(name)
        try:
            scenario(rig)
            held += 1
            print(f'{name}: held, {time.monotonic() - begin:.1f} s', flush=True)
        except Exception as error:  # one that fails in any way is one that did not hold
            print(f'{name}: FAILED\n   {type(error).__name__}: {error}')
            if not isinstance(error, StepError):
                traceback.print_exc(file=sys.stdout)
            print('   the daemon said:\n' + rig.daemon_errors())
            print('   the kernel said:\n' + '\n'.join(bus.run('dmesg').splitlines()[-12:]),
                  flush=True)
        finally:
            try:
                rig.end()
            except Exception as error:
                held -= 1
                print(f'{name}: FAILED at its end\n   {error}', flush=True)
    return held, len(chosen)


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, 'task.json'), encoding='utf-8') as file:
        task = json.load(file)
    begin = time.monotonic()
    plan = importlib.import_module(task['scenarios'])
    prepare(task, plan)
    rig = plan.Rig(task, folder)
    print(f'booted after {begin:.1f} s, ready after {time.monotonic():.1f} s', flush=True)
    try:
        held, count = play(rig, plan, task['only'])
    finally:
        rig.close()
    memory = dict(line.split(':') for line in bus.read('/proc/meminfo').splitlines())
    print(f'{held} of {count} scenarios held; {time.monotonic():.1f} s since the boot; memory left '
          f'{memory["MemAvailable"].strip()} of {memory["MemTotal"].strip()}', flush=True)
    with open(os.path.join(folder, 'result.json'), 'w', encoding='utf-8') as file:
        json.dump({'held': held, 'count': count, 'papers': rig.papers}, file)


if __name__ == '__main__':
    try:
        main()
    except StepError as error:
        print(f'rig: {error}')
