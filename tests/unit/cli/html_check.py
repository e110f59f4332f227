#!/usr/bin/env python3
"""onewindow report --format html of made-up figures (html_demo.c): one well-formed file, as XML and
as HTML, without scripts and without anything from outside; what the log says is escaped; ids are
there once; figures, sentence, charts, findings, tables and method are there; without the program that
draws it is refused. How it looks was looked at.

    html_check.py HTML-DEMO ONEWINDOW-CHART ONEWINDOW WRITE-LOG"""
import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

HTML, SVG = '{http://www.w3.org/1999/xhtml}', '{http://www.w3.org/2000/svg}'
NAME = '政务<b>&"大厅 Hall <b>&" \'one\'  \ufffd end'
MAX_BYTES = 400000
ORDER = ('呼叫 calls', '越过先到者的呼叫', '被越过', '一次最多', '窗口优先', '优先号', '预约', '回呼', '按号', '先到保障，按次数', '先到保障，按时间')


class Failed(Exception):
    pass


def expect(what, wanted, got):
    if wanted != got:
        raise Failed(f'{what}: wanted {wanted!r}, got {got!r}')


def run(demo, chart, kind, code=0):
    done = subprocess.run([demo, kind], capture_output=True, check=False,
                          env={**os.environ, 'ONEWINDOW_CHART': chart, 'LC_ALL': 'C'})
    errors = done.stderr.decode()
    if done.returncode != code or bool(errors) != bool(code) or bool(done.stdout) == bool(code):
        raise Failed(f'{kind}: exit {done.returncode}, not {code}: {errors}')
    return errors if code else done.stdout.decode()


class Tags(HTMLParser):
    """As a browser reads it: every element that is opened is closed, in order."""
    VOID = {'meta', 'br'}

    def __init__(self, text):
        super().__init__()
        self.open, self.seen = [], set()
        self.feed(text)
        self.close()
        expect('open elements', [], self.open)

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.add(tag)

    def handle_endtag(self, tag):
        expect('closed element', self.open.pop(), tag)


def words(element):
    return re.sub(r'\s+', ' ', ''.join(element.itertext())).strip()


def well_formed(text):
    root = ElementTree.fromstring(text)
    tags = Tags(text)
    forbidden = {'script', 'link', 'img', 'iframe', 'object', 'embed', 'text', 'image', 'foreignobject', 'a', 'b'}
    expect('elements', set(), tags.seen & forbidden)
    ids = [e.get('id') for e in root.iter() if e.get('id')]
    expect('ids', len(ids), len(set(ids)))
    for element in root.iter():
        for name, value in element.attrib.items():
            if re.search(r'https?:|data:|javascript:|file:', value) or name.startswith('on'):
                raise Failed(f'{element.tag} {name}="{value}"')
    style, = root.iter(HTML + 'style')
    if re.search(r'url\(|@import|@font-face', style.text):
        raise Failed(style.text)
    if len(text) > MAX_BYTES:
        raise Failed(f'{len(text)} bytes')
    return root


def tables(root):
    """{class: [[cells]]}, and the tables by dimension by the word of their heading."""
    found = {}
    for table in root.iter(HTML + 'table'):
        rows = [[words(cell) for cell in row] for row in table.iter(HTML + 'tr')]
        if len({len(row) for row in rows}) != 1:
            raise Failed(f'rows of unlike length: {rows}')
        kind = table.get('class')
        found[rows[0][0] if kind == 'groups' else kind] = rows
    return found


def row_of(rows, name):
    found = [row for row in rows if row[0].startswith(name)]
    if len(found) != 1:
        raise Failed(f'rows {name}: {found}')
    return found[0][1:]


def compared(root, text):
    expect('heading', NAME, ''.join(root.find(f'.//{HTML}h1').itertext()))
    expect('title', True, root.find(f'.//{HTML}title').text.startswith(NAME))
    said, = [p for p in root.iter(HTML + 'p') if p.get('class') == 'said']
    expect('sentence', '等候时间缩短了 93.0%，95% 区间 91.3%–94.3%。The wait has become 93.0% shorter, 95% '
           'interval 91.3% to 94.3%.', words(said))
    found = tables(root)
    figures = found['figures']
    expect('heads', ['总等候（分） total wait, minutes', '基期 before', '本期 after', '变化 change', '95% 区间 interval',
                     '结论 verdict'], figures[0])
    expect('days', ['60', '45', '–', '–', '–'], row_of(figures, '天数'))
    expect('visits', ['10800', '8100', '–', '–', '–'], row_of(figures, '人次'))
    expect('mean', ['13.37', '0.93', '-93.0%', '-94.3% … -91.3%', '缩短 shorter'], row_of(figures, '平均 mean'))
    expect('standardised', ['13.50', '0.97', '-93.0%'], row_of(figures, '标准化')[:3])
    expect('P90', ['43.40', '2.76', '-93.0%'], row_of(figures, 'P90')[:3])
    expect('within', ['+21.5 pt', '+19.0 pt … +24.0 pt', '提高 higher'], row_of(figures, '15 分钟以内')[2:])
    expect('against the control queues', ['–', '–', '-93.0%', '-94.3% … -91.3%', '缩短 shorter'], row_of(figures, '与对照'))
    for name, before, after in (
            ('P50', '3.33', '1.00'), ('P95', '60.00', '10.00'), ('最长', '150.00', '20.00'), ('放弃率', '2.0%', '3.9%'),
            ('到窗口平均', '15.60', '2.17'), ('未等到呼叫', '31', '17'), ('15 分钟以内', '77.3%', '98.9%')):
        expect(name, [before, after], row_of(figures, name)[:2])
    expect('per case', ['16.00', '0.67'], row_of(figures, '每件等候')[:2])
    expect('worst queue', '综合 general <script>alert(1)</script> 13.37', row_of(figures, '最慢队列')[0])
    expect('findings', ['12', '11'], row_of(found['findings'], '未按办结'))
    expect('what is kept', [], [p for p in root.iter(HTML + 'p') if p.get('class') == 'kept'])
    expect('findings', 10, len(found['findings']))
    expect('order heads', ['次序 order', '基期 before', '本期 after'], found['order'][0])
    for n, name in enumerate(ORDER):
        expect(f'order: {name}', [str(100 + n), str(200 + n)], row_of(found['order'], name))
    expect('tables', {'figures', 'findings', 'order', '全部 all', '日 day', '时 hour', '队列 queue'}, set(found))
    expect('days', 46, len(found['日 day']))
    expect('nobody came', ['0', '0'] + ['–'] * 9, found['队列 queue'][3][1:])
    expect('not reached', 'n/r', found['队列 queue'][1][-1])
    for word in ('657d4c8881d0869f', '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', '2026-spring',
                 'xoshiro256**', '1999', '98.0%', '412', '4500', 'docs/measurement.md',
                 '2 openings, 345 tickets, on neither side', '2 次，取号 345 个，两期都不计', '2026-04-07 – 2026-05-23'):
        if word not in text:
            raise Failed(f'"{word}" is not said')


def charts(root):
    svgs = list(root.iter(SVG + 'svg'))
    expect('charts', ['waits-title', 'hours-title', 'days-title'], [svg.find(SVG + 'title').get('id') for svg in svgs])
    for svg in svgs:
        for part in ('title', 'desc'):
            if not re.search('[\u4e00-\u9fff].*[a-z]{3}', svg.find(SVG + part).text):
                raise Failed(f'{part} is not in both languages')
    expect('figures with captions', 3, len([f for f in root.iter(HTML + 'figure') if f.find(HTML + 'figcaption') is not None]))


def others(demo, chart):
    """One period alone, a log without tickets, too few days."""
    single = well_formed(run(demo, chart, 'single'))
    figures = tables(single)['figures']
    expect('one column', 2, len(figures[0]))
    expect('mean', ['0.93'], row_of(figures, '平均'))
    charts(single)
    expect('no sentence', [], [p for p in single.iter(HTML + 'p') if p.get('class') == 'said'])
    empty = well_formed(run(demo, chart, 'empty'))
    expect('no mean', ['–'], row_of(tables(empty)['figures'], '平均'))
    charts(empty)
    short = well_formed(run(demo, chart, 'short'))
    said, = [p for p in short.iter(HTML + 'p') if p.get('class') == 'said']
    expect('too few days', True, 'not enough days: 3 of 20' in words(said))
    expect('no interval', ['-93.0%', '–', '天数不足 not enough days'], row_of(tables(short)['figures'], '平均 mean')[2:])
    kept, = [p for p in short.iter(HTML + 'p') if p.get('class') == 'kept']
    expect('what is kept', True, '已非冻结时的' in words(kept) and 'is not what was frozen' in words(kept))
    expect('no difference', ['–', '–', '–', '–', '天数不足 not enough days'], row_of(tables(short)['figures'], '与对照'))
    charts(short)


def refused(demo):
    for chart in ('', '/nowhere/onewindow-chart'):
        errors = run(demo, chart, 'compared', code=1)
        if '-Drender' not in errors or not re.search('[\u4e00-\u9fff]', errors) or len(errors.splitlines()) != 1:
            raise Failed(errors)
    for broken in ('/bin/false', '/bin/true', '/bin/cat'):  # it dies, says nothing, or something else
        if 'charts could not be drawn' not in run(demo, broken, 'compared', code=1):
            raise Failed(broken)


def real(onewindow, writer, chart):
    """The log of a random session: the page's figures are those of the JSON."""
    with tempfile.TemporaryDirectory(prefix='onewindow-html-') as folder:
        log = os.path.join(folder, 'log.db')
        subprocess.run([writer, log, '3', '3000'], check=True)
        command = [onewindow, 'report', '--log', log, '--by', 'queue', '--format']
        env = {**os.environ, 'ONEWINDOW_CHART': chart}
        page = subprocess.run([*command, 'html'], capture_output=True, check=True, env=env).stdout.decode()
        report = json.loads(subprocess.run([*command, 'json'], capture_output=True, check=True).stdout)
    root = well_formed(page)
    charts(root)
    found, wait = tables(root), report['total_wait']
    expect('days', [str(report['days'])], row_of(found['figures'], '天数'))
    for name, key in (('平均', 'mean_min'), ('P90', 'p90_min'), ('最长', 'max_min')):
        expect(name, [f'{wait[key]:.2f}'], row_of(found['figures'], name))
    expect('tables', {'figures', 'findings', 'order', '队列 queue'}, set(found))
    order, reasons = report['order'], report['order']['reasons']
    expect('order of calls', [str(n) for n in (
        order['calls'], order['out_of_order'], order['overtakings'], order['most_by_one_call'], reasons['preference'],
        reasons['priority'], reasons['appointment'], reasons['resumed'], reasons['chosen'], reasons['ageing-count'],
        reasons['ageing-time'])], [row_of(found['order'], name)[0] for name in ORDER])
    expect('queues', [str(group['called']) for group in report['groups']], [row[2] for row in found['队列 queue'][1:]])


def main():
    demo, chart, onewindow, writer = sys.argv[1:]
    text = run(demo, chart, 'compared')
    root = well_formed(text)
    compared(root, text)
    charts(root)
    others(demo, chart)
    refused(demo)
    real(onewindow, writer, chart)
    print(f'{len(text)} bytes')
    return 0


if __name__ == '__main__':
    try:
        sys.exit(main())
    except Failed as error:
        sys.exit(f'FAILED {error}')
