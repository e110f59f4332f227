#!/usr/bin/env python3
"""What the images take of flash and RAM, and that it is within the chip they are for.

    sizes.py SIZE IMAGE…        SIZE is arm-none-eabi-size

RAM is all of it: data, what is zero at first, both stacks."""
import os
import subprocess
import sys

KIB = 1024
RAM = 64 * KIB
# the chip that an image has to fit into
FLASH = {'keypad': 64 * KIB, 'lihe-board-small': 64 * KIB}
LARGEST = 256 * KIB


def sections(program, image):
    out = subprocess.run([program, '-A', '-d', image], capture_output=True, text=True, check=True)
    found = {}
    for line in out.stdout.splitlines():
        words = line.split()
        if len(words) == 3 and words[0].startswith('.'):
            found[words[0]] = int(words[1])
    return found


def main(program, images):
    good = True
    print(f'{"image":22}{"text":>9}{"data":>7}{"bss":>7}{"stack":>7}{"flash":>9} of{"RAM":>9} of')
    for image in images:
        name = os.path.basename(image)[:-len('.elf')]
        found = sections(program, image)
        text = found['.text'] + found.get('.ARM.exidx', 0)
        data, stack = found.get('.data', 0), found['.stack']
        bss = found['.bss'] + found.get('.noinit', 0)
        flash, ram, chip = text + data, data + bss + stack, FLASH.get(name, LARGEST)
        print(f'{name:22}{text:9}{data:7}{bss:7}{stack:7}{flash:9} {chip // KIB}K{ram:9} '
              f'{RAM // KIB}K')
        good = good and flash <= chip and ram <= RAM
    return 0 if good and images else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1], sys.argv[2:]))
