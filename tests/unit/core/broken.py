#!/usr/bin/env python3
"""A property test that cannot fail proves nothing: against a core that is broken on purpose it must
fail, shrink what it found to a few commands, and show it again from the script; the sound core must
pass the same script.

    broken.py SOUND BROKEN MOST_COMMANDS WHAT
"""
import os
import subprocess
import sys
import tempfile


def run(*args):
    return subprocess.run(args, capture_output=True, text=True, check=False)


def main():
    sound, broken, most, what = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        script = os.path.join(folder, 'script')
        found = run(broken, '--out', script)
        if found.returncode != 1 or not os.path.exists(script):
            sys.exit(f'nothing was found: exit {found.returncode}\n{found.stdout}{found.stderr}')
        with open(script, encoding='utf-8') as file:
            lines = file.read().splitlines()
        commands = [line for line in lines if not line.startswith('#')]
        if what not in lines[0]:
            problems.append(f'another failure was found than "{what}"')
        if len(commands) > most:
            problems.append(f'{len(commands)} commands are left, wanted at most {most}')
        again = run(broken, '--replay', script)
        if again.returncode != 1 or what not in again.stdout:
            problems.append(f'the script does not show it again: {again.stdout}{again.stderr}')
        passed = run(sound, '--replay', script)
        if passed.returncode != 0:
            problems.append(f'the sound core fails too: {passed.stdout}{passed.stderr}')
        print('\n'.join(lines))
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
