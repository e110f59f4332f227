"""Requests that an operation has to refuse, made from its schema: wrong types, unknown and missing
fields, values out of range and too long, bodies that are no objects, foreign hosts and origins,
headers that are doubled or wrong, queries and paths that are none. Seeded, so that a run repeats."""
import json
import random

SEED = 20251126
RANDOM_BODIES = 40
TOO_LONG = 'x' * 65536

VALUES = (None, True, False, 0, 1, -1, 9999, 10000, 1.5, 1e300, 9223372036854775808, '', 'x', 'x' * 31,
          'x' * 32, 'x' * 47, 'x' * 48, 'x' * 8000, 'general', 'a\u0001b', 'a\nb', 'a\u007fb', 'a\u0000b',
          '窗' * 60, 'A001', 'Z999', '24:01', '9:00', '09:60', '0900', '12:30', '2026-13-45', '2026-1-1',
          'ordinary', 'Ordinary', 'paper', 'true', '1', [], {}, ['general'], {'queue': 'general'})

BODIES = (b'null', b'true', b'1', b'"queue"', b'[]', b'[{}]', b'{', b'}', b'{}x', b'{}{}', b'{"a"}',
          b'{"a":}', b"{'queue':'general'}", b'{"queue":"general",}', b'queue=general', b'\x00',
          b'\xef\xbb\xbf{}', b'{"queue":"\xff"}', b'{"queue":"\xed\xa0\x80"}', b'\xff\xfe{\x00}\x00',
          b'{"x":1,"x":1}', b'[' * 3000, b'{"a":' * 2000, b' ' * 16000 + b'x')

TYPES = ('', 'text/plain', 'text/json', 'application/jsonx', 'application/json; charset=gbk',
         'application/json, text/plain', 'application/x-www-form-urlencoded',
         'multipart/form-data; boundary=x')

KEYS = ('', ' ', 'k' * 97, 'k' * 8000, 'a b', 'a\tb', '\xe9', '\x7f')

NUMBERS = ('', 'x', '-1', '+1', '01', '1.0', '1e3', '%31', '0x1', '18446744073709551616',
           '99999999999999999999999999')


def dump(body):
    return json.dumps(body, ensure_ascii=False).encode('utf-8', 'surrogatepass')


class Request:
    """statuses: those with which it may be refused."""

    def __init__(self, label, statuses, target, body=None, headers=(), host=''):
        self.label, self.statuses, self.target = label, statuses, target
        self.body, self.headers, self.host = body, list(headers), host


JSON = ('Content-Type', 'application/json')


def hosts(address, make):
    own = f'{address[0]}:{address[1]}'
    for host in ('evil.example', f'evil.example:{address[1]}', address[0], f'{address[0]}:1',
                 own + '.', f'{own}@evil.example', f'[::1]:{address[1]}', 'x' * 8000):
        yield make(f'Host {host[:40]}', {403}, host=host)
    yield make('Host twice', {400}, headers=[('Host', own)])


def queries(operation, document, make):
    """Unknown parameters, and known ones whose value the schema forbids."""
    yield make('an unknown parameter', {400}, query='x=1')
    yield make('an unknown parameter without a value', {400}, query='x')
    yield make('a parameter of 8 KiB', {400}, query='x' * 8000 + '=1')
    for (place, name), parameter in operation.parameters.items():
        if place != 'query':
            continue
        schema = document.resolve(parameter['schema'])
        for text in NUMBERS + ('0', '501', '1-', '1-xyz', '1-0123456', '1-012345678'):
            value = int(text) if schema['type'] == 'integer' and text.isdigit() and \
                str(int(text)) == text else text
            if document.errors(schema, value):
                yield make(f'{name}={text}', {400}, query=f'{name}={text}')
        if schema['type'] == 'integer':
            yield make(f'{name} without a value', {400}, query=name)


def paths(operation, values):
    """Parameters of the path that name nothing."""
    if 'window' in values:
        for text in ('0', '999', '1000', 'x', '01', '-1', '1.0', '%31', '1' * 60):
            yield {**values, 'window': text}
    if 'token' in values:
        for text in ('0' * 32, 'x', 'A' * 32, '0' * 31, '0' * 33, '%30', '~', '0' * 63):
            yield {**values, 'token': text}


def with_value(base, name, value):
    return {**base, name: value}


def bodies(operation, document, base):
    """(label, body, statuses) for bodies that the schema forbids."""
    schema = operation.body
    properties = document.properties(document.resolve(schema))
    for name in properties:
        for value in VALUES:
            body = with_value(base, name, value)
            if document.errors(schema, body):
                yield f'{name} = {value!r}'[:60], dump(body), {400, 422}
        yield f'{name} of 64 KiB', dump(with_value(base, name, TOO_LONG)), {413}
    for name in document.required(document.resolve(schema)):
        yield f'without {name}', dump({k: v for k, v in base.items() if k != name}), {400}
    for name in ('x', '', 'Queue', 'queue ', 'tickets', 'x' * 15000, '窗口', 'at', 'token'):
        yield f'unknown field {name[:20]!r}', dump(with_value(base, name, 1)), {400}
    yield 'a name of 64 KiB', dump(with_value(base, TOO_LONG, 1)), {413}
    for body in BODIES:
        yield f'body {body[:30]!r}', body, {400}
    # A name twice is refused even where both say the same.
    if base:
        yield 'every field twice', dump(base)[:-1] + b',' + dump(base)[1:], {400}
    draw = random.Random(f'{SEED} {operation.id}')
    names = list(properties) + ['x', 'windows']
    for number in range(RANDOM_BODIES):
        body = {draw.choice(names): draw.choice(VALUES) for _ in range(draw.randint(1, 5))}
        if document.errors(schema, body):
            yield f'random body {number}', dump(body), {400, 422}


def posts(operation, document, address, values, base):
    target = operation.url(**values)

    def make(label, statuses, body=dump(base), headers=(), host='', query='', kind=JSON):
        return Request(label, statuses, target + ('?' + query if query else ''), body,
                       ([kind] if kind else []) + list(headers), host)

    yield from hosts(address, make)
    for origin in ('http://evil.example', 'null', '', f'https://{address[0]}:{address[1]}',
                   f'http://{address[0]}', 'x' * 8000):
        yield make(f'Origin {origin[:40]}', {403}, headers=[('Origin', origin)])
    own = f'http://{address[0]}:{address[1]}'
    yield make('Origin twice', {400}, headers=[('Origin', own), ('Origin', own)])
    for kind in TYPES:
        yield make(f'Content-Type {kind}', {415}, kind=('Content-Type', kind))
    yield make('no Content-Type', {415}, kind=None)
    yield make('Content-Type twice', {400}, headers=[JSON])
    for key in KEYS:
        yield make(f'Idempotency-Key {key[:40]!r}', {400}, headers=[('Idempotency-Key', key)])
    yield make('Idempotency-Key twice', {400}, headers=[('Idempotency-Key', 'twice')] * 2)
    yield from queries(operation, document, make)
    for label, body, statuses in bodies(operation, document, base):
        yield make(label, statuses, body)
    yield make('a body of 16 KiB and a byte', {413}, dump(base) + b' ' * (16385 - len(dump(base))))
    for other in paths(operation, values):
        yield Request(f'path {other}', {404}, operation.url(**other), dump(base), [JSON])


def reads(operation, document, address, values):
    target = operation.url(**values)

    def make(label, statuses, body=None, headers=(), host='', query=''):
        return Request(label, statuses, target + ('?' + query if query else ''), body, headers, host)

    yield from hosts(address, make)
    yield from queries(operation, document, make)
    yield make('a body of 16 KiB and a byte', {413}, b' ' * 16385)
    for other in paths(operation, values):
        yield Request(f'path {other}', {404}, operation.url(**other))
    if ('header', 'Last-Event-ID') in operation.parameters:
        for text in ('', 'x', '-1', '01', '1-', '1-0123456', '1-012345678', '1-01234567', '1-xyz12345',
                     '999999999', '18446744073709551615', '18446744073709551616', '1,2', 'x' * 8000):
            yield make(f'Last-Event-ID {text[:40]}', {400}, headers=[('Last-Event-ID', text)])
        yield make('Last-Event-ID twice', {400}, headers=[('Last-Event-ID', '1')] * 2)


def requests(operation, document, address, values, base):
    if operation.method == 'POST':
        yield from posts(operation, document, address, values, base)
    else:
        yield from reads(operation, document, address, values)
