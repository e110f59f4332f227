#!/usr/bin/python3
"""The rule for USB printers: every line is one that udev understands, and what it makes of devices.

    udev_rules.py FILE

udev 252 has no `udevadm verify`; this reads what udev(7) says a rule may be, as far as the file
goes, and refuses the rest.
"""
import fnmatch
import re
import sys

KEY = re.compile(r'\s*([A-Z]+)(?:\{([^}]*)\})?\s*(==|!=|\+=|:=|=)\s*"([^"]*)"\s*(?:,|$)')
MATCH = {'ACTION', 'SUBSYSTEM', 'ENV', 'ATTR'}
ASSIGN = {'GROUP', 'MODE', 'GOTO', 'LABEL'}


def parse(text):
    rules = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith('#'):
            continue
        keys, at = [], 0
        while at < len(line):
            found = KEY.match(line, at)
            if not found:
                sys.exit(f'line {number}: not a key: {line[at:]}')
            key, name, operator, value = found.groups()
            allowed = MATCH if operator in ('==', '!=') else ASSIGN
            if key not in allowed or operator in ('+=', ':='):
                sys.exit(f'line {number}: {key} does not take {operator}')
            keys.append((key, name, operator, value))
            at = found.end()
        rules.append((number, keys))
    return rules


def matches(device, key, name, operator, value):
    have = device.get(f'{key}{{{name}}}' if name else key, '')
    hit = any(fnmatch.fnmatchcase(have, part) for part in value.split('|'))
    return hit == (operator == '==')


def apply(rules, device):
    """What the rules make of a device: group and mode."""
    result, skip = {}, None
    for number, keys in rules:
        labels = [value for key, _, _, value in keys if key == 'LABEL']
        if skip:
            if skip not in labels:
                continue
            skip = None
        if not all(matches(device, *k) for k in keys if k[2] in ('==', '!=')):
            continue
        for key, _, operator, value in keys:
            if key == 'GOTO':
                skip = value
            elif key in ('GROUP', 'MODE'):
                result[key] = value
    if skip:
        sys.exit(f'GOTO="{skip}" without its LABEL')
    return result


def device(interfaces, vendor='1234', product='5678', **more):
    made = {'ACTION': 'add', 'SUBSYSTEM': 'usb', 'ENV{DEVTYPE}': 'usb_device',
            'ENV{ID_USB_INTERFACES}': interfaces, 'ATTR{idVendor}': vendor,
            'ATTR{idProduct}': product}
    made.update({key.replace('_DEVTYPE', '{DEVTYPE}'): value for key, value in more.items()})
    return made


def main():
    with open(sys.argv[1], encoding='utf-8') as file:
        rules = parse(file.read())
    wanted = [
        ('two-way printer', device(':070102:'), True),
        ('one-way printer', device(':070101:'), True),
        ('printer among others', device(':080650:070102:070104:'), True),
        ("Epson's vendor mode", device(':ff0000:', '04b8', '0202'), True),
        ('bound again', device(':070102:', ACTION='bind'), True),
        ('storage', device(':080650:'), False),
        ('a camera that says 07 elsewhere', device(':0e0701:ff0000:'), False),
        ("Epson's scanner", device(':ff0000:', '04b8', '0142'), False),
        ("another maker's 0202", device(':ff0000:', '1234', '0202'), False),
        ('an interface', device(':070102:', ENV_DEVTYPE='usb_interface'), False),
        ('not on USB', device(':070102:', SUBSYSTEM='usbmisc'), False),
        ('leaving', device(':070102:', ACTION='remove'), False),
    ]
    wrong = 0
    for name, what, given in wanted:
        result = apply(rules, what)
        ok = (result.get('MODE') == '0660' and bool(result.get('GROUP'))) if given else not result
        if not ok:
            print(f'{name}: {result}')
            wrong += 1
    sys.exit(1 if wrong else 0)


if __name__ == '__main__':
    main()
