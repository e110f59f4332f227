#!/usr/bin/env python3
"""A second verifier of the log, by docs/log-format.md alone: Python's standard library, no code of
onewindow. verify_log.py LOG FORMAT.MD [DAYS]: so many days are kept; verify_log.py --doc FORMAT.MD
checks the document's own vector."""
import hashlib
import json
import re
import sqlite3
import struct
import sys


def chain(key, previous, seq, kind, version, payload):
    data = previous + struct.pack('<QII', seq, kind, version) + payload.encode()
    return hashlib.blake2b(data, key=key, digest_size=32).digest()


def seal(key, stored, command_id, command_hash, events):
    data = b'onewindow command' + stored + struct.pack('<I', events or 0) + \
        (command_hash or bytes(32)) + (command_id or '').encode()
    return hashlib.blake2b(data, key=key, digest_size=16).digest()


def hash_of_rows(rows):
    state = hashlib.blake2b(digest_size=32)
    for seq, kind, version, payload in rows:
        data = payload.encode()
        state.update(struct.pack('<QIII', seq, kind, version, len(data)) + data)
    return state.digest()


def canonical(value):
    """The one spelling, written anew."""
    def text(value):
        out = ''.join(f'\\u{ord(c):04x}' if c in '"\\' or ord(c) < 0x20 else c for c in value)
        return f'"{out}"'
    return '{' + ','.join(f'{text(k)}:{text(v) if isinstance(v, str) else int(v)}'
                          for k, v in value.items()) + '}'


def document_keys(path):
    keys = {}
    with open(path, encoding='utf-8') as file:
        for line in file:
            match = re.match(r'\| (\d+) \| [a-z-]+ \| ([a-z0-9_, ]+) \|', line)
            if match:
                keys[int(match.group(1))] = match.group(2).split(', ')
    return keys


def verify_document(path):
    with open(path, encoding='utf-8') as file:
        text = file.read()
    key, previous = bytes(range(32)), bytes(32)
    vectors = re.findall(r' {4}seq (\d+)  type (\d+)  version (\d+)\n {4}(\{.*\})\n {4}([0-9a-f]{64})', text)
    assert len(vectors) == 2, 'the vector is missing'
    for seq, kind, version, payload, expected in vectors:
        previous = chain(key, previous, int(seq), int(kind), int(version), payload)
        assert previous.hex() == expected, f'event {seq}: {previous.hex()} is not {expected}'
    macs = re.findall(r'^ {4}([0-9a-f]{32})$', text, re.M)
    hashes = [bytes.fromhex(vector[4]) for vector in vectors]
    assert macs == [seal(key, hashes[0], None, None, None).hex(),
                    seal(key, hashes[1], '0:open-1', b'\x5a' * 32, 1).hex()], 'the seals'
    rows = hash_of_rows((int(seq), int(kind), int(version), payload)
                        for seq, kind, version, payload, _ in vectors)
    assert f'`rows` of the two events:\n\n    {rows.hex()}\n' in text, 'the rows'


def verify(path, document):
    keys = document_keys(document)
    with open(path + '.key', encoding='ascii') as file:
        key = bytes.fromhex(file.read().strip())
    connection = sqlite3.connect(f'file:{path}?mode=ro', uri=True)
    check = connection.execute("SELECT value FROM meta WHERE key = 'key_check'").fetchone()[0]
    assert check == hashlib.blake2b(b'onewindow key check', key=key, digest_size=32).digest(), 'key'
    previous, count = bytes(32), 0
    for row in connection.execute('SELECT seq, type, version, payload, hash, at_ms, wall_ms, ticket, '
                                  'window, command_id, command_hash, command_events, command_mac '
                                  'FROM event ORDER BY seq'):
        seq, kind, version, payload, stored, at_ms, wall_ms, ticket, window = row[:9]
        assert row[12] == seal(key, stored, *row[9:12]), f'event {seq}: its command'
        count += 1
        assert seq == count, f'event {count} is missing'
        previous = chain(key, previous, seq, kind, version, payload)
        assert previous == stored, f'event {seq}: hash'
        value = json.loads(payload)
        assert canonical(value) == payload, f'event {seq}: not canonical: {payload}'
        assert list(value) == ['at', 'wall', 'off', 'by'] + keys[kind], f'event {seq}: keys {list(value)}'
        assert (at_ms, wall_ms) == (value['at'], value['wall']), f'event {seq}: columns'
        assert (ticket or 0, window or 0) == (value.get('ticket', 0), value.get('window', 0)), \
            f'event {seq}: columns'
    return count, verify_kept(connection)


def verify_kept(connection):
    """The list of definitions, and each kept day: its bounds, its date and the hash of its rows."""
    rows, days, definitions = [], {}, []
    for row in connection.execute('SELECT seq, type, version, payload FROM event ORDER BY seq'):
        seq, kind, _, payload = row
        rows.append(row)
        if kind < 9 or kind in (90, 91):
            definitions.append(seq)
        if kind == 11:
            days[rows[0][0]] = (seq, json.loads(payload)['date'], hash_of_rows(rows))
            rows = []
    if connection.execute("SELECT 1 FROM projection WHERE name = 'context'").fetchone():
        listed = [row[0] for row in connection.execute('SELECT seq FROM context ORDER BY seq')]
        assert listed == definitions, f'definitions: {listed} are not {definitions}'
    kept = connection.execute('SELECT first_seq, last_seq, date, rows FROM kept_day').fetchall()
    for first, *day in kept:
        assert days.get(first) == tuple(day), f'kept day {day}: not what its rows lead to'
    return len(kept)


def main():
    if sys.argv[1] == '--doc':
        verify_document(sys.argv[2])
        print('the vector holds')
        return 0
    document = sys.argv[2]
    verify_document(document)
    count, days = verify(sys.argv[1], document)
    print(f'{count} events and {days} kept days hold')
    return 0 if count and days == int(sys.argv[3] if len(sys.argv) > 3 else 0) else 1


if __name__ == '__main__':
    sys.exit(main())
