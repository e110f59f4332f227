#!/usr/bin/env python3
"""`onewindow devices test`: the page on the virtual hall's printer, the questions to a person, and
what is concluded; printers that do not print.

    test_page.py ONEWINDOW VIRTUAL_HALL"""
import json
import os
import pty
import re
import select
import subprocess
import sys

import jsonschema

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from odd_printer import OddPrinter, SILENT  # noqa: E402
from hall import Hall, StepError, expect, play, read_qr, wait_for  # noqa: E402
from identify import HERE, both  # noqa: E402

QUESTIONS = ('paper', 'ascii', 'gb2312', 'gbk', 'mixed', 'rare', 'ruler', 'columns', 'sizes', 'qr',
             'raster-v', 'raster-l', 'partial', 'full')


class TestPage:
    def __init__(self, hall):
        self.hall = hall
        self.url = hall.virtual.state['printer']
        with open(os.path.join(HERE, '../../docs/schema/devices-test.json'), encoding='utf-8') as file:
            self.schema = json.load(file)

    def words(self, *words):
        url = getattr(self.hall, 'url', None) or 'http://127.0.0.1:1'
        return [self.hall.onewindow, 'devices', 'test', *words, '--url', url]

    def run(self, *words, code=0):
        done = subprocess.run(self.words(*words), capture_output=True, text=True, check=False,
                              timeout=120, stdin=subprocess.DEVNULL)
        expect(f'{words}: {done.stdout}{done.stderr}', code, done.returncode)
        if 'Sanitizer' in done.stderr or 'runtime error' in done.stderr:
            raise StepError(done.stderr)
        return done

    def answers(self, text):
        path = os.path.join(self.hall.folder, 'answers')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path

    def json(self, answers, *words, code=0):
        done = self.run(*words, '--answers', self.answers(answers), '--format', 'json', code=code)
        answer = json.loads(done.stdout)
        jsonschema.validate(answer, self.schema)
        return answer, {f['fact']: (f['verdict'], f['found']) for f in answer['facts']}

    def holds(self, text):
        """The line for the configuration, which can be pasted into one."""
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

    def nobody(self):
        """Without a terminal: the page, the questions, and nothing is made up."""
        before = len(self.hall.virtual.tickets())
        text = self.run(self.url, '--model', 'generic-80').stdout
        for key in QUESTIONS:
            question = re.search(rf'^{key}: .*\n.*$', text, re.M).group(0)
            both(question)
            if '未回答 not answered' not in question:
                raise StepError(question)
        if 'stairs' in text or '{ id =' in text or '有误' in text:
            raise StepError(text)
        for fact, verdict in (('cjk', 'open'), ('cutter', 'open'), ('status', 'confirmed'),
                              ('completion', 'confirmed'), ('one_way', 'confirmed')):
            if not re.search(rf'^{fact} .* {verdict}', text, re.M):
                raise StepError(f'{fact}: {text}')
        tickets = self.hall.virtual.tickets()[before:]
        expect('cuts', 2, len(tickets))
        expect('QR', 'ONEWINDOW-TEST', read_qr(self.hall.virtual.ticket_png(tickets[0]['number'])))
        # It is no ticket: there is no log, and none was begun.
        expect('log', False, os.path.exists(self.hall.log))

    def no_helper(self):
        """Nobody draws the rare characters: they are not asked about."""
        os.environ['ONEWINDOW_RENDER'] = '/nonexistent'
        text = self.run(self.url, '--model', 'generic-80').stdout
        del os.environ['ONEWINDOW_RENDER']
        if 'rare: ' in text or 'mixed: ' not in text:
            raise StepError(text)

    def all_good(self):
        answer, facts = self.json(''.join(f'{key} = y\n' for key in QUESTIONS), self.url,
                                  '--model', 'generic-80')
        expect('facts', {('confirmed', None), ('open', None)}, set(facts.values()))
        expect('open', ('open', None), facts['raster_rows'])
        expect('settings', {}, answer['settings'])
        # Not named: the printer is asked for its model.
        answer, _ = self.json('', self.url)
        expect('model', 'generic-80', answer['model'])

    def found_wrong(self):
        text = self.run(self.url, '--model', 'generic-80', '--answers', self.answers(
            '# what came out\npaper = 80\ngb2312 = 是\ngbk = n\nruler = n\nstairs = 512\n'
            'columns = 42\n\nqr = n   # garbage\npartial = 否\nfull = n\n'), code=1).stdout
        snippet = self.holds(text)
        for setting in ('width_dots = "512"', 'columns = "42"', 'cjk = "gb2312"', 'qr = "no"',
                        'cutter = "none"'):
            if setting not in snippet:
                raise StepError(snippet)
        if 'completion' in snippet or 'paper_mm' in snippet:
            raise StepError(snippet)

    def by_name(self):
        """With the settings of the configuration, which stay where nothing speaks against them."""
        with open(self.hall.config, encoding='utf-8') as file:
            text = file.read()
        path = os.path.join(self.hall.folder, 'set.conf')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text.replace('model = "generic-80";',
                                    'model = "generic-80"; settings = { width_dots = "512"; '
                                    'columns = "42"; completion = "processed"; };'))
        answer, facts = self.json('ruler = y\ncolumns = 40\n', 'dispenser', '--config', path, code=1)
        expect('id', 'dispenser', answer['id'])
        expect('width', ('confirmed', None), facts['width_dots'])
        expect('settings', {'width_dots': '512', 'columns': '40', 'completion': 'printed'},
               answer['settings'])
        text = self.run('dispenser', '--config', path, '--answers',
                        self.answers('ruler = y\ncolumns = 40\n'), code=1).stdout
        expect('columns', 1, self.holds(text).count('columns'))
        answer, _ = self.json('', 'dispenser', '--config', path, '--set', 'cutter=full', code=1)
        expect('settings', {'width_dots': '512', 'columns': '42', 'cutter': 'full',
                            'completion': 'printed'}, answer['settings'])

    def paper_out(self):
        """Somebody must act: it is said, and it goes on by itself."""
        self.hall.virtual.printer(paper_out=True)
        with subprocess.Popen(self.words(self.url, '--model', 'generic-80'), stdout=subprocess.PIPE,
                              stdin=subprocess.DEVNULL, text=True) as process:
            line = process.stdout.readline()
            both(line)
            if 'paper out' not in line:
                raise StepError(line)
            self.hall.virtual.printer(paper_out=False)
            rest = process.stdout.read()
            expect(rest, 0, process.wait(timeout=120))
        if 'completion' not in rest:
            raise StepError(rest)

    def person(self):
        """At a terminal: nonsense is asked again, Enter leaves it open, and the stairs come up."""
        master, slave = pty.openpty()
        process = subprocess.Popen(self.words(self.url, '--model', 'generic-80'), stdin=slave,
                                   stdout=slave, stderr=slave)
        os.close(slave)
        seen = ''

        def read_until(what):
            nonlocal seen
            while what not in seen:
                ready, _, _ = select.select([master], [], [], 60)
                if not ready:
                    raise StepError(f'no {what}: {seen}')
                try:
                    seen += os.read(master, 4096).decode()
                except OSError as error:
                    raise StepError(f'no {what}: {seen}') from error

        replies = {'paper': '', 'gbk': 'perhaps\rn', 'ruler': 'n', 'stairs': '512', 'columns': '42',
                   'full': 'n'}
        for key in QUESTIONS[:7] + ('stairs',) + QUESTIONS[7:]:
            read_until(f'\n{key}: ' if key != 'paper' else 'paper: ')
            for reply in replies.get(key, 'y').split('\r'):
                read_until('] ' if reply != 'n' or key != 'gbk' else 'just Enter: ')
                seen = ''
                os.write(master, reply.encode() + b'\n')
        read_until('}; }')
        both(seen)
        for part in ('width_dots = "512"', 'columns = "42"', 'cjk = "gb2312"'):
            if part not in seen:
                raise StepError(seen)
        os.close(master)
        expect('exit', 1, process.wait(timeout=60))

    def odd(self):
        printer = OddPrinter(SILENT)
        answer, facts = self.json('gb2312 = y\n', printer.url, '--model', 'generic-80', code=1)
        expect('status', ('wrong', 'none'), facts['status'])
        expect('settings', {'status': 'none', 'completion': 'none'}, answer['settings'])
        printer.close()
        printer = OddPrinter(SILENT)
        both(self.run(printer.url, code=1).stderr)
        printer.close()
        printer = OddPrinter(SILENT, garbage=b'garbage')
        error = self.run(printer.url, '--model', 'generic-80', code=1).stderr
        both(error)
        if 'not ESC/POS' not in error:
            raise StepError(error)
        printer.close()
        printer = OddPrinter({b'\x10\x04': b'\x12'}, hang_up=100)
        both(self.run(printer.url, '--model', 'generic-80', code=1).stderr)
        printer.close()

    def refused(self):
        for code, words in ((1, (self.url, '--model', 'nosuch')), (1, ('tcp://127.0.0.1:1', '-m', 'generic-80')),
                            (1, (self.url, '-m', 'generic-80', '--set', 'cutter=half')),
                            (1, (self.url, '-m', 'generic-80', '--set', 'colour=red')),
                            (1, ('nosuch', '--config', self.hall.config)), (3, ('x', '--config', '/nonexistent')),
                            (2, ()), (2, ('a', 'b')), (1, (self.url, '--answers', '/nonexistent')),
                            (2, (self.url, '--answers', self.answers('colour = y\n'))),
                            ):
            both(self.run(*words, code=code).stderr)
        for text in ('colour = y', 'gbk y', 'gbk = maybe', 'gbk = 12', 'gbk = y z', 'paper = 200',
                     'x' * 300, '\x01'):
            error = self.run(self.url, '--answers', self.answers('ascii = y\n' + text + '\n'), code=2)
            both(error.stderr)
            if 'answers:2: ' not in error.stderr:
                raise StepError(error.stderr)
        error = self.run(self.url, '--model', 'nosuch', code=1).stderr
        if 'epson-tm-t88v ' not in error:
            raise StepError(error)

    def tickets(self):
        """What was found is kept to by the daemon: a QR code goes as a picture."""
        config = self.hall.config
        with open(config, encoding='utf-8') as file:
            text = file.read()
        self.hall.config = os.path.join(self.hall.folder, 'found.conf')
        with open(self.hall.config, 'w', encoding='utf-8') as file:
            file.write(text.replace('model = "generic-80";', 'model = "generic-80"; settings = '
                                    '{ cjk = "none"; qr = "no"; width_dots = "384"; columns = "32"; };'))
        self.hall.start()
        before = len(self.hall.virtual.tickets())
        token = self.hall.api.post('/api/v1/tickets', {'queue': 'general'})['token']
        ticket = wait_for('the paper', lambda: self.hall.virtual.tickets()[before:])[0]
        seen = read_qr(self.hall.virtual.ticket_png(ticket['number']))
        if token not in seen:
            raise StepError(f'no {token} in "{seen}"')
        expect('stop', 0, self.hall.stop())
        self.hall.config = config

    def held(self):
        self.hall.start()
        before = len(self.hall.virtual.tickets())
        for words in ((self.url,), ('dispenser', '--config', self.hall.config)):
            error = self.run(*words, code=1).stderr
            for line in error.splitlines():
                both(line)
            if '"dispenser"' not in error:
                raise StepError(error)
        expect('papers', before, len(self.hall.virtual.tickets()))
        wait_for('the printer', lambda: self.hall.device('dispenser')['health'] == 'ok')
        expect('stop', 0, self.hall.stop())


def main():
    hall = Hall(sys.argv[1], sys.argv[2])
    page = TestPage(hall)
    hall.virtual.printer(speed_mm_s=500)
    return play(hall, [
        ('nobody answers', page.nobody),
        ('without the render helper', page.no_helper),
        ('all is as the model says', page.all_good),
        ('what is wrong becomes settings', page.found_wrong),
        ('by name, with settings', page.by_name),
        ('paper out in between', page.paper_out),
        ('a person at a terminal', page.person),
        ('silence, garbage, a hang-up', page.odd),
        ('refusals', page.refused),
        ('tickets by what was found', page.tickets),
        ('while the daemon has it', page.held),
    ])


if __name__ == '__main__':
    sys.exit(main())
