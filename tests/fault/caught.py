#!/usr/bin/env python3
"""A harness that cannot fail proves nothing: a program that is broken on purpose must end with
status 1 and say what is wrong.

    caught.py WHAT PROGRAM [ARGUMENT...]
"""
import subprocess
import sys


def main():
    what, command = sys.argv[1], sys.argv[2:]
    done = subprocess.run(command, capture_output=True, text=True, errors='replace', check=False)
    print('\n'.join(done.stdout.splitlines()[-4:]))
    if done.returncode != 1 or what not in done.stdout + done.stderr:
        sys.exit(f'not caught: exit {done.returncode}, wanted "{what}"\n{done.stderr}')


if __name__ == '__main__':
    main()
