#!/usr/bin/env python3
"""`onewindow devices identify` against the virtual hall's printer and printers that answer oddly.

    identify.py ONEWINDOW VIRTUAL_HALL"""
import json
import os
import re
import subprocess
import sys

import jsonschema

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from odd_printer import OddPrinter, SILENT, TM_T88V  # noqa: E402
from hall import Hall, StepError, expect, play  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
CHINESE = re.compile('[\u4e00-\u9fff]')


def both(text):
    if not CHINESE.search(text) or not re.search('[a-z]{3}', text):
        raise StepError(f'not in both languages: {text}')


class Identify:
    def __init__(self, hall):
        self.hall = hall
        with open(os.path.join(HERE, '../../docs/schema/devices-identify.json'),
                  encoding='utf-8') as file:
            self.schema = json.load(file)

    def run(self, *words, code=0):
        url = getattr(self.hall, 'url', None) or 'http://127.0.0.1:1'
        done = subprocess.run([self.hall.onewindow, 'devices', 'identify', *words, '--url', url],
                              capture_output=True, text=True, check=False, timeout=120)
        expect(f'{words}: {done.stdout}{done.stderr}', code, done.returncode)
        if 'AddressSanitizer' in done.stderr or 'runtime error' in done.stderr:
            raise StepError(done.stderr)
        return done.stdout if code == 0 else done.stderr

    def json(self, *words):
        answer = json.loads(self.run(*words, '--format', 'json'))
        jsonschema.validate(answer, self.schema)
        return answer[0]

    def proposed(self, printer, model, certainty, *codes):
        seen = self.json(printer.url)
        proposal = seen['proposal']
        expect(f'{printer.url}: {seen}', (model, certainty, set(codes)),
               (proposal['model'], proposal['certainty'], {r['code'] for r in proposal['reasons']}))
        return seen

    def snippet_holds(self, text):
        """What is printed to be pasted can be pasted."""
        snippet = re.search(r'^ *(\{ id = .*\})$', text, re.M).group(1)
        with open(self.hall.config, encoding='utf-8') as file:
            config = re.sub(r'printers = \(.*?\);\n', lambda _: f'printers = ( {snippet} );\n',
                            file.read(), flags=re.S)
        path = os.path.join(self.hall.folder, 'pasted.conf')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(config)
        done = self.hall.run('config', 'check', path)
        expect(f'{snippet}: {done.stderr}', 0, done.returncode)
        return snippet

    def virtual(self):
        url = self.hall.virtual.state['printer']
        text = self.run(url)
        for line in text.splitlines():
            if line.startswith(('GS I 67', '建议 proposal')):
                both(line)
        snippet = self.snippet_holds(text)
        if url not in snippet or 'generic-80' not in snippet:
            raise StepError(snippet)
        seen = self.json(url)
        expect('its name', 'VH-80', seen['answers']['GS I 67'])
        expect('certainty', 'guess', seen['proposal']['certainty'])
        expect('papers', [], self.hall.virtual.tickets())

    def by_name(self):
        """A printer of the configuration by its id."""
        seen = self.json('dispenser', '--config', self.hall.config)
        expect('url', self.hall.virtual.state['printer'], seen['url'])
        error = self.run('nosuch', '--config', self.hall.config, code=1)
        both(error)
        if 'dispenser' not in error:
            raise StepError(error)
        self.run('dispenser', '--config', '/nonexistent.conf', code=3)

    def epson(self):
        printer = OddPrinter(TM_T88V)
        seen = self.proposed(printer, 'epson-tm-t88v', 'certain', 'name', 'fonts')
        expect('settings', {'cjk': 'gbk'}, seen['proposal']['settings'])
        expect('bytes', b'\x1b@', printer.got[-2:])
        text = self.run(printer.url)
        snippet = self.snippet_holds(text)
        if 'settings = { cjk = "gbk"; };' not in snippet:
            raise StepError(snippet)
        if 'unverified' not in text:
            raise StepError(text)
        printer.close()

    def odd(self):
        printer = OddPrinter(SILENT)
        self.proposed(printer, None, 'unknown', 'no-answer')
        if b'\x1b@' not in printer.got:
            raise StepError(printer.got)
        printer.close()
        for garbage in (b'\x00', b'\x12', b'\xff' * 100, b'_A\0', bytes(range(256)),
                        b'HTTP/1.1 400 Bad Request\r\n'):
            printer = OddPrinter(SILENT, garbage=garbage)
            self.proposed(printer, None, 'unknown', 'garbage')
            printer.close()
        # It answers status and nothing else.
        printer = OddPrinter({b'\x10\x04': b'\x12'})
        self.proposed(printer, 'generic-80', 'guess', 'nameless')
        printer.close()
        printer = OddPrinter({b'\x10\x04': b'\x3a'})
        self.proposed(printer, 'generic-80', 'guess', 'nameless', 'offline')
        printer.close()
        # Names that are none.
        printer = OddPrinter({**TM_T88V, b'\x1dIC': b'_\x7f\xe9 POS \0'})
        seen = self.proposed(printer, 'generic-80', 'guess', 'name-unknown')
        expect('its name', '?? POS', seen['answers']['GS I 67'])
        printer.close()
        printer = OddPrinter({**TM_T88V, b'\x1dIC': b'_\x1b[31m' + b'x' * 200 + b'\0'})
        self.proposed(printer, None, 'unknown', 'garbage')
        printer.close()

    def lost(self):
        """It hangs up in the middle, it does not take calls, there is none."""
        printer = OddPrinter(TM_T88V, hang_up=12)
        seen = self.json(printer.url)
        if not seen['reached'] or 'went down' not in seen['problem']['en']:
            raise StepError(seen)
        printer.close()
        for url in (printer.url, 'tcp://127.0.0.1:1', 'usb:04b8:0e28', 'serial:/dev/nosuch'):
            error = self.run(url, code=1)
            both(error)
            if url not in error:
                raise StepError(error)
        answer = json.loads(self.run(printer.url, '--format', 'json', code=1) or '[]')
        expect('nothing on stderr', [], answer)
        for url in ('bogus:x', 'tcp://nowhere.local:9100', 'usb:zz', 'tcp://' + 'x' * 600):
            both(self.run(url, code=2 if len(url) > 256 else 1))
        for words in (('a', 'b'), ('--format', 'csv')):
            both(self.run(*words, code=2).split('\n', maxsplit=1)[0])
        # No bus here, or nothing on it.
        both(self.run(code=1))

    def held(self):
        """The daemon has it: it is not disturbed, and it is said what to do."""
        self.hall.start()
        for words in ((self.hall.virtual.state['printer'],), ('dispenser', '--config', self.hall.config)):
            error = self.run(*words, code=1)
            for line in error.splitlines():
                both(line)
            if '"dispenser"' not in error or self.hall.url not in error:
                raise StepError(error)
        expect('stop', 0, self.hall.stop())
        self.json(self.hall.virtual.state['printer'])


def main():
    hall = Hall(sys.argv[1], sys.argv[2])
    identify = Identify(hall)
    return play(hall, [
        ('the virtual hall\'s printer', identify.virtual),
        ('by its name in the configuration', identify.by_name),
        ('a TM-T88V for China', identify.epson),
        ('silence, garbage, half answers', identify.odd),
        ('links that fail', identify.lost),
        ('while the daemon has it', identify.held),
    ])


if __name__ == '__main__':
    sys.exit(main())
