#!/usr/bin/env python3
"""`onewindow ticket render` of every model, read by npos, zbar and tesseract:

    rendered.py ONEWINDOW MODELS

MODELS is the driver's models.conf: which model has codes and a knife of its own is read from there."""
import re
import sys

from look import Reading, Seen, check_qr, expect, han, read_bytes, read_text, run, text_errors

MOST_WRONG = 0.03  # measured: 7 of 446 characters; one line unreadable in each ticket would be 60
SAMPLE_BYTES = 600
KINDS = [[], ['--reprint'], ['--large'], ['--class', 'priority', '--item', 'mortgage'],
         # characters of four bytes, another script and an emoji: pictures
         ['--set', 'hall.zh=政务大厅𠮷🙂 กรุง'], ['--reprint', '--set', 'item.zh=𬶏𩾃鱼', '--item', 'mortgage']]


def read_models(path):
    """{model: facts}"""
    models, facts = {}, None
    with open(path, encoding='utf-8') as file:
        for line in file:
            section, fact = re.match(r'\[([\w-]+)\]', line), re.match(r'(\w+)\s*=\s*([^|]*?)\s*(\||$)', line)
            if section:
                facts = models.setdefault(section.group(1), {})
            elif fact and facts is not None:
                facts[fact.group(1)] = fact.group(2)
    return {name: facts for name, facts in models.items() if 'paper_mm' in facts}


class Eyes:
    def __init__(self, program, models):
        self.program, self.models, self.wrong, self.count, self.pictures = program, models, 0, 0, 0

    def render(self, *words):
        code, seen, errors = run(self.program, 'ticket', 'render', *words)
        expect(f'ticket render {" ".join(words)} exits ({errors.strip()})', 0, code)
        return seen

    def check(self, model, kind, reading):
        facts, what = self.models[model], f'{model} {" ".join(kind)}'
        text, pictures = '\n'.join(reading.texts()), reading.kind('picture')
        expect(f'{what}: number', True, 'A013' in text or '--large' in kind)
        if facts['cjk'] != 'none':  # else the mark is drawn
            expect(f'{what}: marked as reprint', '--reprint' in kind, 'REPRINT' in text)
        expect(f'{what}: codes', int(facts['qr'] == 'yes'), len(reading.kind('qr')))
        expect(f'{what}: cuts', int(facts['cutter'] != 'none'), len(reading.kind('cut')))
        if facts['cjk'] == 'none':
            expect(f'{what}: Han as text', '', han(text))
        if facts['cjk'] != 'gbk' or '--set' in kind or facts['qr'] == 'no':
            expect(f'{what}: pictures', True, bool(pictures))
        self.pictures += len(pictures)

    def look(self, model, kind, texts):
        """texts: what a printer that has Han prints as text of the same document."""
        png = self.render('--model', model, '--format', 'png', *kind)
        check_qr(png, 'https://hall.example/t/0000000000000000000000000000000c')
        expect(f'{model} {" ".join(kind)}: 补打 on the paper', '--reprint' in kind, '补打' in ''.join(read_text(png)))
        wrong, count = text_errors(png, texts)
        self.wrong, self.count = self.wrong + wrong, self.count + count

    def all(self):
        pairs = [(model, kind) for model in self.models for kind in KINDS]
        jobs = [self.render('--model', model, *kind) for model, kind in pairs]
        readings = {}
        for (model, kind), tokens in zip(pairs, read_bytes(jobs)):
            reading = Reading(tokens, self.models[model]['cjk'] != 'none')
            self.check(model, kind, reading)
            readings[model, ' '.join(kind)] = reading
        # The paper of two models, one of which draws all Han: the others' is the same, in part.
        for model, like in (('generic-58', 'generic-58'), ('epson-tm-t88v', 'generic-80')):
            for kind in KINDS:
                self.look(model, kind, readings[like, ' '.join(kind)].texts())
        sample = self.render()
        expect(f'the sample ticket has {len(sample)} bytes, more than {SAMPLE_BYTES}', True, len(sample) <= SAMPLE_BYTES)
        print(f'{len(self.models)} models, {len(jobs)} jobs, {self.pictures} pictures; the sample has {len(sample)} '
              f'bytes; {self.wrong} of {self.count} characters wrong')
        if self.wrong > MOST_WRONG * self.count:
            raise Seen(f'{self.wrong} of {self.count} characters are read wrong')


def main():
    try:
        models = read_models(sys.argv[2])
        expect('there are models', True, len(models) >= 10)
        Eyes(sys.argv[1], models).all()
    except Seen as seen:
        print(f'FAILED: {seen}')
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
