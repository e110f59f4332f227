#!/usr/bin/env python3
"""Asks a device of ours for its settings and gives it others, by the service frames of PROTOCOL.md.

    service.py PORT who                            one device alone on the line: its serial and settings
    service.py PORT set SERIAL NAME=VALUE ...      changes what is named

PORT is a serial port (/dev/ttyUSB0 or /dev/ttyUSB0@19200) or tcp://ADDRESS:PORT. Names: address, kind,
acknowledges, counts-end, width, height, host-lost (seconds), baud. Exit 0 done, 1 refused or no
answer, 2 usage.

问设备的序列号和设置，或更改之：地址、波特率、屏幕尺寸等。"""
import os
import select
import socket
import struct
import sys
import termios
import time
import zlib

SIGNATURE = b'\xffOWS\x01'
WHO, SET, IS, DONE, REFUSED = 0x01, 0x02, 0x81, 0x82, 0x9f
ANYBODY = b'\xff' * 6
KINDS = {1: 'keypad', 2: 'panel', 3: 'lihe-board', 4: 'modbus-board', 5: 'onbon-board',
         6: 'alpha-board'}
REASONS = {1: 'the token is old: ask again 令牌已过期', 2: 'a value it cannot have 数值无效',
           3: 'it could not be stored 未能保存'}
FLAGS = {'acknowledges': 1, 'counts-end': 2}


def frame(op, serial, data=b''):
    body = SIGNATURE + bytes([op]) + serial + bytes([len(data)]) + data
    return body + struct.pack('>I', zlib.crc32(body))


def find_frame(received):
    """(op, serial, data) of the first good frame, or None."""
    at = received.find(SIGNATURE)
    while at >= 0:
        rest = received[at:]
        if len(rest) >= 17:
            whole = 17 + rest[12]
            if len(rest) >= whole and \
                    struct.unpack('>I', rest[whole - 4:whole])[0] == zlib.crc32(rest[:whole - 4]):
                return rest[5], rest[6:12], rest[13:whole - 4]
        at = received.find(SIGNATURE, at + 1)
    return None


def pack_settings(settings):
    flags = sum(bit for name, bit in FLAGS.items() if settings.get(name))
    return struct.pack('>BBBBHHHIH', 1, settings['kind'], settings['address'], flags,
                       settings.get('width', 0), settings.get('height', 0),
                       settings.get('host-lost', 0), settings['baud'], 0)


def unpack_settings(data):
    _, kind, address, flags, width, height, lost, baud, _ = struct.unpack('>BBBBHHHIH', data)
    settings = {'kind': kind, 'address': address, 'width': width, 'height': height,
                'host-lost': lost, 'baud': baud}
    settings.update({name: bool(flags & bit) for name, bit in FLAGS.items()})
    return settings


def open_serial(name):
    path, _, baud = name.partition('@')
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
    speed = getattr(termios, 'B' + (baud or '9600'))
    attributes = termios.tcgetattr(fd)
    attributes[0:4] = [0, 0, termios.CS8 | termios.CREAD | termios.CLOCAL, 0]
    attributes[4:6] = [speed, speed]
    termios.tcsetattr(fd, termios.TCSANOW, attributes)
    return fd


def open_port(name):
    if not name.startswith('tcp://'):
        return open_serial(name)
    host, _, port = name[len('tcp://'):].rpartition(':')
    return socket.create_connection((host.strip('[]'), int(port)), timeout=5).detach()


def ask(fd, request, patience_s=2.0):
    """The answer's (op, serial, data), or None."""
    os.write(fd, request)
    received, end = b'', time.monotonic() + patience_s
    while time.monotonic() < end:
        if select.select([fd], [], [], max(0, end - time.monotonic()))[0]:
            more = os.read(fd, 256)
            if not more:
                return None
            # where the line echoes, the first frame is the question
            received += more
            answer = find_frame(received.replace(request, b''))
            if answer:
                return answer
    return None


def show(serial, settings, boots):
    print('serial', serial.hex())
    for name, value in settings.items():
        print(name, KINDS.get(value, value) if name == 'kind' else int(value))
    print('boots', boots)


def who(fd, serial):
    answer = ask(fd, frame(WHO, serial))
    if not answer or answer[0] != IS:
        print('service: no answer 无应答', file=sys.stderr)
        return None
    _, serial, data = answer
    return serial, data[:4], unpack_settings(data[4:20]), struct.unpack('>I', data[20:])[0]


def change(settings, words):
    for word in words:
        name, _, value = word.partition('=')
        if name not in settings or not value:
            raise ValueError(f'没有这个设置 no such setting: {word}; 可用 there are {" ".join(settings)}')
        numbers = {text: number for number, text in KINDS.items()} if name == 'kind' else {}
        settings[name] = numbers[value] if value in numbers else int(value)


def main(arguments):
    if len(arguments) < 2 or arguments[1] not in ('who', 'set') or \
            (arguments[1] == 'set' and len(arguments) < 4):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        serial = bytes.fromhex(arguments[2]) if len(arguments) > 2 else ANYBODY
        fd = open_port(arguments[0])
    except (OSError, ValueError, AttributeError, termios.error) as error:
        print('service: 端口或序列号有误 wrong port or serial:', error, file=sys.stderr)
        return 1
    found = who(fd, serial)
    if not found:
        return 1
    serial, token, settings, boots = found
    if arguments[1] == 'who':
        show(serial, settings, boots)
        return 0
    try:
        change(settings, arguments[3:])
        request = frame(SET, serial, token + pack_settings(settings))
    except (ValueError, struct.error) as error:
        print('service: 设置有误 wrong setting:', error, file=sys.stderr)
        return 2
    answer = ask(fd, request)
    if answer and answer[0] == DONE:
        return 0
    print('service:', REASONS.get(answer[2][0], '拒绝 refused') if answer else 'no answer 无应答',
          file=sys.stderr)
    return 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
