"""Every answer of the running daemon against docs/api.yaml: its status, headers and body are among
those declared, and what is declared was met."""
import json
import re

from api_client import Client
from hall import StepError, expect

# What HTTP itself and libmicrohttpd add.
OF_HTTP = {'date', 'connection', 'content-length', 'transfer-encoding', 'content-type'}


class Contract:
    def __init__(self, document):
        self.document = document
        self.client = self.address = None
        self.statuses, self.codes, self.properties, self.events = set(), set(), set(), set()
        self.answers = 0
        self.number = 0

    def point(self, address):
        """At a daemon that was started (again)."""
        if self.client:
            self.client.close()
        self.address = address
        self.client = Client(address)

    # ---- asking ---------------------------------------------------------------------------------

    def ask(self, operation, target, body=None, headers=(), host=''):
        answer = self.client.ask(operation.method, target, body, headers, host)
        self.check(operation, answer)
        return answer

    def head(self):
        """Seq and chain hash of the newest event: the same ones, the same hall."""
        log = self.client.ask('GET', '/healthz').json()['log']
        return log['seq'], log['head']

    # ---- checking -------------------------------------------------------------------------------

    def check(self, operation, answer):
        response = operation.responses.get(answer.status)
        if response is None:
            raise StepError(f'{operation.id}: undeclared status {answer}')
        self.check_response(operation.id, response, answer, operation)
        self.statuses.add((operation.id, answer.status))

    def check_response(self, what, response, answer, operation=None):
        self.answers += 1
        self.check_headers(what, response, answer)
        content = response.get('content')
        if not content:
            expect(f'{what}: a body where none is declared', b'', answer.body)
            return
        kind, media = next(iter(content.items()))
        expect(f'{what}: Content-Type', kind, answer.header('Content-Type'))
        if kind == 'text/plain; version=0.0.4':
            self.check_metrics(media['x-metrics'], answer.body.decode())
            return
        body = answer.json()
        errors = self.document.errors(media['schema'], body)
        if errors:
            raise StepError(f'{what}: {answer.status}: {errors[:3]}')
        if kind == 'application/problem+json':
            self.check_problem(what, body)
        else:
            self.cover(media['schema'], body)
        for event in body.get('events', []):
            if event['type'] not in operation.events:
                raise StepError(f'{what}: undeclared event {event["type"]}')
            self.events.add((what, event['type']))

    def check_headers(self, what, response, answer):
        declared = response.get('headers', {})
        known = OF_HTTP | {name.lower() for name in declared}
        for name, _ in answer.headers:
            if name.lower() not in known:
                raise StepError(f'{what}: {answer.status}: undeclared header {name}')
        for name, header in declared.items():
            header = self.document.resolve(header)
            value = answer.header(name)
            if value is None and header.get('required'):
                raise StepError(f'{what}: {answer.status}: no {name}')
            errors = [] if value is None else self.document.errors(header['schema'], value)
            if errors:
                raise StepError(f'{what}: {answer.status}: {name}: {errors}')

    def check_problem(self, what, problem):
        """As the table of codes has it, in both languages."""
        row = self.document.data['x-codes'][problem['code']]
        expect(f'{what}: {problem["code"]}',
               (row['status'], row['title'], row['title_zh'],
                f'urn:onewindow:problem:{problem["code"]}'),
               (problem['status'], problem['title'], problem['title_zh'], problem['type']))
        self.codes.add((what, problem['code']))

    def check_metrics(self, declared, text):
        """Every line of the text format is a declared figure with the declared labels."""
        seen, types = set(), {}
        for line in text.splitlines():
            if line.startswith('# TYPE '):
                _, _, name, kind = line.split(' ')
                types[name] = kind
            elif not line.startswith('# HELP '):
                name, labels = re.fullmatch(r'(\w+)(?:\{(.*)\})? [-+.\de]+', line).groups()
                if name not in declared:
                    raise StepError(f'undeclared figure: {line}')
                expect(f'labels of {name}', declared[name]['labels'],
                       re.findall(r'(\w+)="[^"]*"', labels or ''))
                expect(f'type of {name}', declared[name]['type'], types.get(name))
                seen.add(name)
        expect('figures that are missing', set(),
               {name for name in declared if not declared[name].get('optional')} - seen)

    def check_block(self, block):
        """One event of a stream."""
        listen = self.document.operation('listen').responses[200]['content']['text/event-stream']
        identity, kind, data = block
        errors = self.document.errors(listen['x-id'], identity)
        if kind not in listen['x-events']:
            raise StepError(f'undeclared event {kind}')
        payload = json.loads(data)
        schema = {**listen['x-events'][kind], 'unevaluatedProperties': False}
        errors += self.document.errors(schema, payload)
        if errors:
            raise StepError(f'stream: {block}: {errors[:3]}')
        expect(f'order of fields in {kind}', ['at', 'wall', 'off', 'by'] +
               [key for key in self.document.properties(self.document.resolve(schema))
                if key in payload and key not in ('at', 'wall', 'off', 'by')], list(payload))
        self.events.add(('listen', kind))
        self.cover(listen['x-events'][kind], payload)

    # ---- what was met ---------------------------------------------------------------------------

    def cover(self, schema, body, name=None):
        """Notes each field that a component's object had."""
        if '$ref' in schema:
            self.cover(self.document.at(schema['$ref']), body, schema['$ref'].rsplit('/', 1)[1])
        for choice in schema.get('oneOf', []):
            if not self.document.errors(choice, body):
                self.cover(choice, body, name)
        if isinstance(body, list):
            for one in body:
                self.cover(schema.get('items', {}), one, name)
        if not isinstance(body, dict):
            return
        for key, part in schema.get('properties', {}).items():
            if key in body:
                self.properties.add((name, key))
                self.cover(part, body[key], f'{name}.{key}')

    def unmet(self, without):
        """What is declared and was not met; without: {what: reason}, each of which must be so."""
        declared = {(o.id, status) for o in self.document.operations for status in o.responses}
        missing = {f'{name} {status}' for name, status in declared - self.statuses}
        codes = {(o.id, code) for o in self.document.operations
                 for answer in o.responses.values() for code in self.document.codes(answer)}
        missing |= {f'{name} {code}' for name, code in codes - self.codes}
        events = {(o.id, name) for o in self.document.operations for name in o.events} | {
            ('listen', name) for name in self.document.operation('listen').responses[200][
                'content']['text/event-stream']['x-events']}
        missing |= {f'{name} {event}' for name, event in events - self.events}
        fields = set()
        for name in ('Issued', 'AtWindow', 'Cancelled', 'WindowChanged', 'AtDesk', 'DayChanged',
                     'Ticket', 'TicketList', 'TicketPage', 'Names', 'HallPage', 'Policy', 'Queue',
                     'WindowPage', 'Device', 'Health', 'Job', 'JobList'):
            fields |= {(name, key) for key in self.document.schemas[name]['properties']}
        for name in self.document.schemas:
            if name.startswith('event.') and ('listen', name[6:]) in self.events:
                fields |= {(name, key) for key in self.document.schemas[name]['properties']}
        missing |= {f'{name}.{key}' for name, key in fields - self.properties}
        expect('declared and never met', sorted(without), sorted(missing))
