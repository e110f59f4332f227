#!/usr/bin/env python3
"""Runs in the guest: starts udevd, loads the kernel's modules, plays the scenarios. rig.py has put
task.json into the folder that it shares with the guest; what is asked for there comes back.

    guest.py FOLDER"""
import json
import os
import re
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '../integration'))
import bus  # noqa: E402
from hall import StepError  # noqa: E402
from scenarios import SCENARIOS, Rig  # noqa: E402

RULES = '/usr/lib/udev/rules.d'
MODULES = ('configfs', 'usblp', 'vhci-hcd', 'dummy_hcd', 'libcomposite', 'usb_f_printer')


def access(rules):
    """Group and mode that printers get by this project's rule."""
    group = re.search(r'\bGROUP="([^"]+)"', rules).group(1)
    mode = int(re.search(r'\bMODE="([0-7]+)"', rules).group(1), 8)
    if f'\n{group}:' not in bus.read('/etc/group'):
        bus.write('/etc/group', f'{bus.read("/etc/group")}{group}:x:990:\n')
    return group, mode


def prepare(task):
    """Modules and udev, as on a machine that has booted."""
    os.makedirs('/usr/lib/modules', exist_ok=True)
    bus.run('mount', '--bind', os.path.join(task['kernel'], 'lib/modules'), '/usr/lib/modules')
    bus.run('ip', 'link', 'set', 'lo', 'up')
    bus.run('modprobe', '--all', *MODULES)
    bus.run('mount', '-t', 'configfs', 'none', '/sys/kernel/config')
    # Of the rules only those that are about USB devices: the others are for disks and sound.
    kept = {path: bus.read(path) for path in (f'{RULES}/50-udev-default.rules', task['rules'])}
    bus.run('mount', '-t', 'tmpfs', 'rules', RULES)
    for path, text in kept.items():
        bus.write(f'{RULES}/{os.path.basename(path)}', text)
    task['group'], task['mode'] = access(bus.read(task['rules']))
    bus.run('/usr/lib/systemd/systemd-udevd', '--daemon', '--resolve-names=early')
    bus.run('udevadm', 'trigger', '--subsystem-match=usb')
    bus.run('udevadm', 'settle')


def play(rig, only):
    held = 0
    by_name = {scenario.__name__.replace('_', '-'): scenario for scenario in SCENARIOS}
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
    prepare(task)
    rig = Rig(task, folder)
    print(f'booted after {begin:.1f} s, ready after {time.monotonic():.1f} s', flush=True)
    try:
        held, count = play(rig, task['only'])
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
