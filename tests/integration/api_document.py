#!/usr/bin/env python3
"""docs/api.yaml as data, and what can be held against it without a daemon: the OpenAPI 3.1 schema
(openapi-3.1.json, published by the OpenAPI Initiative under its $id, Apache-2.0), JSON Schema, the
tables in the sources, and docs/api.md.

    api_document.py ROOT"""
import copy
import json
import os
import re
import sys

import jsonschema
import yaml

METHODS = ('get', 'head', 'post', 'put', 'delete', 'patch', 'options', 'trace')


class Mismatch(Exception):
    """Two places say different things."""


def same(what, expected, seen):
    if expected == seen:
        return
    if isinstance(expected, (set, dict)) and isinstance(seen, (set, dict)):
        differ = [f'only in the first: {sorted(set(expected) - set(seen), key=str)}',
                  f'only in the second: {sorted(set(seen) - set(expected), key=str)}']
        if isinstance(expected, dict):
            differ += [f'{key}: {expected[key]!r} and {seen[key]!r}' for key in expected
                       if key in seen and expected[key] != seen[key]]
        raise Mismatch(f'{what}: ' + '; '.join(differ))
    raise Mismatch(f'{what}: {expected!r} and {seen!r}')


class Operation:
    def __init__(self, document, path, method, item):
        node = item[method]
        self.path, self.method, self.id = path, method.upper(), node['operationId']
        self.node = node
        parameters = [document.resolve(p) for p in item.get('parameters', []) +
                      node.get('parameters', [])]
        self.parameters = {(p['in'], p['name']): p for p in parameters}
        body = node.get('requestBody')
        self.body = body['content']['application/json']['schema'] if body else None
        self.responses = {int(status): document.resolve(answer)
                          for status, answer in node['responses'].items()}
        self.events = node.get('x-events', [])

    def url(self, **values):
        return re.sub(r'\{(\w+)\}', lambda match: str(values[match.group(1)]), self.path)


class Document:
    def __init__(self, root):
        with open(os.path.join(root, 'docs/api.yaml'), encoding='utf-8') as file:
            self.data = yaml.safe_load(file)
        self.resolver = jsonschema.RefResolver('', self.data)
        self.schemas = self.data['components']['schemas']
        self.operations = [Operation(self, path, method, item)
                           for path, item in self.data['paths'].items()
                           for method in METHODS if method in item]

    def operation(self, name):
        return next(o for o in self.operations if o.id == name)

    def at(self, ref):
        node = self.data
        for part in ref[2:].split('/'):
            node = node[part]
        return node

    def resolve(self, node):
        return self.at(node['$ref']) if '$ref' in node else node

    def validator(self, schema):
        return jsonschema.Draft202012Validator(schema, resolver=self.resolver)

    def errors(self, schema, instance):
        return [f'{"/".join(map(str, e.absolute_path)) or "."}: {e.message[:300]}'
                for e in self.validator(schema).iter_errors(instance)]

    def properties(self, schema):
        """The properties of an object's schema, those of a $ref beside them included."""
        mine = dict(self.properties(self.at(schema['$ref'])) if '$ref' in schema else {})
        mine.update(schema.get('properties', {}))
        return mine

    def required(self, schema):
        mine = list(self.required(self.at(schema['$ref'])) if '$ref' in schema else [])
        return mine + schema.get('required', [])

    def codes(self, answer):
        """The codes that a problem's response may have; empty for what is no problem."""
        content = answer.get('content', {}).get('application/problem+json')
        return content['schema']['properties']['code']['enum'] if content else []


def walk(node, where=''):
    yield where, node
    if isinstance(node, dict):
        for key, value in node.items():
            yield from walk(value, f'{where}/{key}')
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from walk(value, f'{where}/{index}')


# ---- the document by itself ---------------------------------------------------------------------

def openapi(document, _root):
    """By the OpenAPI Initiative's schema; and that schema sees five mistakes."""
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, 'openapi-3.1.json'), encoding='utf-8') as file:
        meta = json.load(file)
    check = jsonschema.Draft202012Validator(meta)
    errors = [e.message[:200] for e in check.iter_errors(document.data)]
    same('errors against OpenAPI 3.1', [], errors)
    for spoil in (lambda d: d.pop('info'),
                  lambda d: d['components']['responses']['Issued'].pop('description'),
                  lambda d: d['components']['parameters']['Host'].pop('schema'),
                  lambda d: d['paths']['/healthz']['get'].update(answers={}),
                  lambda d: d['paths']['/healthz']['get']['responses'].update({'2000': {}})):
        spoilt = copy.deepcopy(document.data)
        spoil(spoilt)
        if not list(check.iter_errors(spoilt)):
            raise Mismatch('the schema of OpenAPI 3.1 lets a mistake pass')


def references(document, _root):
    """Every $ref leads somewhere, and every component is led to."""
    used = set()
    for where, node in walk(document.data):
        if isinstance(node, dict) and isinstance(node.get('$ref'), str):
            try:
                document.at(node['$ref'])
            except KeyError as error:
                raise Mismatch(f'{where}: {node["$ref"]} is not there') from error
            used.add(node['$ref'])
    every = {f'#/components/{kind}/{name}' for kind, names in document.data['components'].items()
             for name in names}
    same('components and their use', every, used)


def json_schema(document, _root):
    """Every schema is one; objects that are asked for or answered have no field but their own."""
    for where, node in walk(document.data):
        if where.endswith('/schema') and isinstance(node, dict):
            jsonschema.Draft202012Validator.check_schema(node)
    for name, schema in document.schemas.items():
        jsonschema.Draft202012Validator.check_schema(schema)
        for where, node in walk(schema, name):
            if isinstance(node, dict) and node.get('type') == 'object' and \
                    name != 'EventHead' and node.get('additionalProperties', True) is not False \
                    and node.get('unevaluatedProperties', True) is not False:
                raise Mismatch(f'{where}: takes any field')


def two_languages(document, _root):
    """What a person reads stands in Chinese beside the English."""
    for where, node in walk(document.data):
        if not isinstance(node, dict) or '/schemas/' in where or '/schema/' in where:
            continue
        for word in ('summary', 'description'):
            chinese = node.get('x-' + word + '-zh')
            if isinstance(node.get(word), str) and not re.search(r'/(headers|servers)/', where) \
                    and not re.search('[\u4e00-\u9fff]', chinese or ''):
                raise Mismatch(f'{where}: {word} has no Chinese')
    for code, row in document.data['x-codes'].items():
        if not re.search('[\u4e00-\u9fff]', row['title_zh']):
            raise Mismatch(f'{code}: no Chinese')
    same('ids of operations', len(document.operations), len({o.id for o in document.operations}))


# ---- the sources --------------------------------------------------------------------------------

def read(root, name):
    with open(os.path.join(root, name), encoding='utf-8') as file:
        return file.read()


def strings(text):
    """The C string literals of an initializer, neighbours joined."""
    joined = re.sub(r'"\s*\n\s*"', '', text)
    return re.findall(r'"((?:[^"\\]|\\.)*)"', joined)


def routes(document, root):
    """Every row of src/web/route.c is here, and the reverse."""
    text = read(root, 'src/web/route.c')
    table = text[text.index('routes[] = {'):]
    table = table[:table.index('\n};')]
    short = re.findall(r'\b(WINDOW|TICKET|SHOW)\("([^"]+)"', table)
    full = re.findall(r'\{\.pattern = "([^"]+)",([^}]*)\}', table)
    same('rows understood', table.count('"') // 2, len(short) + len(full))
    rows = set()
    for kind, path in short:
        rows |= ({('GET', path), ('HEAD', path)} if kind == 'SHOW' else
                 {('POST', f'/api/v1/{kind.lower()}s/*/{path}')})
    for path, rest in full:
        rows.add(('POST' if '.changes = true' in rest else 'GET', path))
        if '.changes' not in rest and '.streams' not in rest:
            rows.add(('HEAD', path))
    same('routes', rows, {(o.method, re.sub(r'\{\w+\}', '*', o.path))
                          for o in document.operations})


def source_codes(root):
    """code -> status, title, title_zh, as the daemon has them."""
    problems = read(root, 'src/web/problem.c')
    codes = {}
    for row in re.findall(r'\[PROBLEM_(?!COUNT)\w+\] =\s*\{([^}]*)\}', problems):
        code, english, chinese = strings(row)
        codes[code] = (int(re.match(r'\s*(\d+)', row).group(1)), english, chinese)
    names = read(root, 'src/core/names.c')
    words = dict(re.findall(r'\[(REFUSAL_(?!COUNT)\w+)\] =\s*\{([^}]*)\}', names))
    switch = problems[problems.index('static unsigned int refusal_status'):]
    switch = switch[:switch.index('\n}')]
    for status_words, status in re.findall(r'((?:\s*case REFUSAL_\w+:)+) return (\d+);', switch):
        for name in re.findall(r'REFUSAL_\w+', status_words):
            code, chinese, english = strings(words.pop(name))
            codes[code] = (int(status), english, chinese)
    words.pop('REFUSAL_NONE')
    for row in words.values():
        code, chinese, english = strings(row)
        codes[code] = (409, english, chinese)
    listed = re.findall(r'^\tREFUSAL_(?!COUNT|NONE)\w+', read(root, 'src/core/command.h'), re.M)
    asked = re.findall(r'^\tPROBLEM_(?!COUNT)\w+', read(root, 'src/web/internal.h'), re.M)
    same('codes understood', len(listed) + len(asked), len(codes))
    return codes


def codes(document, root):
    """Every refusal code with its status and titles; each is in a response of that status."""
    known = {code: (row['status'], row['title'], row['title_zh'])
             for code, row in document.data['x-codes'].items()}
    same('codes of the sources and of the document', source_codes(root), known)
    placed = {}
    for name, answer in document.data['components']['responses'].items():
        for code in document.codes(answer):
            status = answer['content']['application/problem+json']['schema']['properties'][
                'status']['const']
            same(f'{name}: status of {code}', known[code][0], status)
            placed[code] = True
    same('codes in responses', set(known), set(placed))
    for operation in document.operations:
        for status, answer in operation.responses.items():
            for code in document.codes(answer):
                same(f'{operation.id}: status of {code}', known[code][0], status)


def words(document, root):
    text = read(root, 'src/core/names.c')
    for name, array in (('Class', 'class_names'), ('Origin', 'origin_names'),
                        ('Outcome', 'outcome_names'), ('Cause', 'cause_names'),
                        ('Condition', 'condition_names'), ('Reason', 'reason_names'),
                        ('QueueKind', 'kind_names'), ('EventBaselineList', 'list_names'),
                        ('State', 'ticket_state_name')):
        part = text[text.index(array):]
        same(name, strings(part[:part.index('};')]), document.schemas[name]['enum'])


def source_events(root):
    """name -> fields in order as (key, kind), and how many of them the first version had."""
    text = read(root, 'src/core/fields.c')
    text = re.sub(r'\bTICKET\(\w+\)(?=,)', 'F("ticket", FIELD_INT, _), F("number", FIELD_TEXT, _)',
                  text)
    text = re.sub(r'\bAT_WINDOW\(\w+\)(?=[,}])',
                  'F("ticket", FIELD_INT, _), F("number", FIELD_TEXT, _), '
                  'F("leg", FIELD_INT, _), F("window", FIELD_INT, _)', text)
    tables = {name: re.findall(r'F\("(\w+)", FIELD_(\w+),', rows) for name, rows in
              re.findall(r'static const struct field (\w+)\[\] = \{(.*?)\};', text, re.S)}
    events = {}
    for kind, name in re.findall(r'\{(EVENT_\w+), "([\w-]+)"\}', read(root, 'src/core/names.c')):
        row = re.search(rf'TABLES?(?:_3)?\({kind}, (\w+)(?:, \d+)??(?:, (\d+))?\)|'
                        rf'\{{{kind}, 1, (\w+), (\d+)\}}', text)
        table, first, short, count = row.groups()
        fields = tables[table or short][:int(count) if count else None]
        events[name] = fields, int(first) if first else len(fields)
    return events


def events(document, root):
    """Every type of event with its fields in order, their kinds, and which came later."""
    kinds = {'BOOL': {'$ref': '#/components/schemas/Bit'}}
    for kind in ('Class', 'Origin', 'Outcome', 'Cause', 'Condition', 'Reason'):
        kinds[kind.upper()] = {'$ref': f'#/components/schemas/{kind}'}
    kinds['REASON_2'] = kinds['REASON']
    kinds['KIND'] = {'$ref': '#/components/schemas/QueueKind'}
    kinds['LIST'] = {'$ref': '#/components/schemas/EventBaselineList'}
    source = source_events(root)
    stream = document.operation('listen').responses[200]['content']['text/event-stream']
    same('events of a stream', {name: {'$ref': f'#/components/schemas/event.{name}'}
                                for name in source}, stream['x-events'])
    for name, (fields, first) in source.items():
        schema = document.schemas[f'event.{name}']
        same(f'{name}: fields', [key for key, _ in fields], list(schema['properties']))
        same(f'{name}: fields of the first version', [key for key, _ in fields[:first]],
             schema['required'])
        same(f'{name}: added', [key for key, _ in fields[first:]], schema.get('x-added', []))
        for key, kind in fields:
            given = schema['properties'][key]
            kind_given = document.resolve(given).get('type')
            if not (given == kinds.get(kind) or (kind, kind_given) in (('INT', 'integer'),
                                                                       ('TEXT', 'string'))):
                raise Mismatch(f'{name}.{key}: {kind} and {given}')
    answered = {re.sub('.*event.', '', row['$ref'])
                for row in document.schemas['Event']['oneOf']}
    same('events of answers', answered, {name for o in document.operations for name in o.events})


def limits(document, root):
    """The numbers of src/web, and the keys of the configuration."""
    defaults = dict(re.findall(r'limits->(\w+) = (\d+);', read(root, 'src/web/web.c')))
    keys = {key: member for member, key in re.findall(
        r'struct web_limits, (\w+), "(\w+)"', read(root, 'src/daemon/config.c'))}
    constants = dict(re.findall(r'\b(WEB_\w+) = (\d+)', read(root, 'src/web/internal.h')))
    rows = {row.get('setting', row['name']): row['default'] for row in document.data['x-limits']}
    wanted = {key: int(defaults.get(member, constants['WEB_RING']))
              for key, member in keys.items()}
    wanted['bytes of request line and headers'] = int(constants['WEB_REQUEST_MEMORY'])
    wanted['bytes of a body'] = int(constants['WEB_MAX_BODY'])
    same('limits', wanted, rows)
    same('a page of tickets', (int(constants['WEB_LIST_DEFAULT']), int(constants['WEB_LIST_MAX'])),
         tuple(document.data['components']['parameters']['Limit']['schema'][key]
               for key in ('default', 'maximum')))
    text = read(root, 'docs/api.md')
    for row in document.data['x-limits']:
        words = {30000: '30 s', 10000: '10 s', 15: '15 s', 32768: '32 KiB',
                 16384: '16 KiB'}.get(row['default'], str(row['default']))
        if words not in text:
            raise Mismatch(f'docs/api.md does not tell the limit {row["name"]}: {words}')


# ---- the prose ----------------------------------------------------------------------------------

def prose_addresses(document, root):
    """The headings and the table of actions of docs/api.md name the same addresses."""
    text = read(root, 'docs/api.md')
    named = set()
    for line in re.findall(r'^### .*$', text, re.M):
        for method, path in re.findall(r'(GET|POST|,) (/[\w/{}.-]+)', line):
            method = line.split()[1] if method == ',' else method
            if '{action}' not in path:
                named.add((method, path))
                continue
            section = text[text.index(line) + len(line):]
            section = section[:section.index('\n### ')]
            said = re.findall(r'^\| ((?:`[\w-]+` ?)+)\|', section, re.M)
            if not said: # a sentence instead of a table
                said = [section[:section.index('\n### ')] if '\n### ' in section else section]
            for action in re.findall(r'`([\w-]+)`', ' '.join(said)):
                named.add((method, path.replace('{action}', action)))
    named -= {('POST', f'/api/v1/tickets/{{token}}/{word}')
              for word in ('queue', 'printer', 'large_print')}
    same('addresses of docs/api.md and of the document', named,
         {(o.method, o.path) for o in document.operations if o.method != 'HEAD'})


def prose_codes(document, root):
    """The table of codes in docs/api.md, status by status."""
    text = read(root, 'docs/api.md')
    table = text[text.index('| status | codes |'):]
    table = table[:table.index('\n\n')]
    said = {}
    for status, row in re.findall(r'^\| (\d{3}) \| (.*) \|$', table, re.M):
        for code in re.findall(r'`([a-z]+(?:-[a-z]+)*)`', row):
            if code in document.data['x-codes']:
                said[code] = int(status)
    same('codes of docs/api.md and of the document', said,
         {code: row['status'] for code, row in document.data['x-codes'].items()})


def prose_fields(document, root):
    """Every field, parameter, header, type of ticket and figure of the document has its word."""
    text = re.sub('```.*?```', '', read(root, 'docs/api.md'), flags=re.S)
    words = set(re.findall(r'[\w-]+', ' '.join(re.findall(r'`([^`]+)`', text))))
    wanted = set()
    for name, schema in document.schemas.items():
        if not name.startswith('Event') and not name.startswith('event.'):
            wanted |= {key for _, node in walk(schema) if isinstance(node, dict)
                       for key in node.get('properties', {})}
            wanted |= {str(word) for word in schema.get('enum', [])}
    wanted -= {'0', '1'} | set(document.schemas['Outcome']['enum']) | set(
        document.schemas['Reason']['enum'])
    # Devices say it themselves, and docs/schema/devices.json with them.
    wanted -= set(document.schemas['Device']['properties'])
    # The rules are those of the event.
    wanted -= set(document.schemas['Policy']['properties'])
    wanted |= {name for o in document.operations for place, name in o.parameters
               if place != 'path'}
    wanted |= {name for o in document.operations for answer in o.responses.values()
               for name in answer.get('headers', {})} - {
                   'Cache-Control', 'X-Content-Type-Options', 'Content-Security-Policy'}
    metrics = document.operation('show-metrics').responses[200]['content'][
        'text/plain; version=0.0.4']['x-metrics']
    wanted |= {name[len('onewindow_'):] for name in metrics if '_device_' not in name}
    same('words that docs/api.md lacks', set(), wanted - words)
    fields = set(re.findall(r'`(\w+)`', ' '.join(re.findall(
        r'^\| ((?:`\w+` ?)+)\| [^|]*\| [^|]*\|$', text[text.index('### POST /api/v1/tickets →'):
                                                   text.index('Answer: also `token`')], re.M))))
    same('fields of a new ticket', set(document.schemas['Issue']['properties']), fields)


CHECKS = (openapi, references, json_schema, two_languages, routes, codes, words, events, limits,
          prose_addresses, prose_codes, prose_fields)


def main():
    root = sys.argv[1]
    document = Document(root)
    failed = 0
    for check in CHECKS:
        try:
            check(document, root)
        except Mismatch as error:
            failed += 1
            print(f'{check.__name__}: FAILED\n   {error}')
        else:
            print(f'{check.__name__}: ok')
    sys.exit(1 if failed else 0)


if __name__ == '__main__':
    main()
