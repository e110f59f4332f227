#!/usr/bin/env python3
"""onewindow plan as people call it: the examples of docs/plan.md word by word, JSON by its schema, the
chart, a scenario learnt from a log that onewindow simulate wrote, what is told of one that a scenario
cannot express, and what is refused.

    plan.py ONEWINDOW SOURCE-ROOT SCRIPT-LOG [ONEWINDOW-CHART]"""
import datetime
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

import jsonschema

QUICK = ['--days', '20', '--seeds', '4']
BAD_OPTIONS = [
    ['{small}', '--target', 'p90<=1 5'], ['{small}', '--target', 'p90<15'], ['{small}', '--target', 'P 90<=15'],
    [], ['{small}'], ['--target', 'p90<=15'], ['{small}', '{small}', '--target', 'p90<=15'],
    ['{small}', '--log', '{log}', '--target', 'p90<=15'], ['{small}', '--target', 'p90>=15'],
    ['{small}', '--target', 'p91<=15'], ['{small}', '--target', 'share>=95'],
    ['{small}', '--target', 'p90<=15', '--days', '0'], ['{small}', '--target', 'p90<=15', '--days', '1e3'],
    ['{small}', '--target', 'p90<=15', '--seeds', '1001'], ['{small}', '--target', 'p90<=15', '--seed', '-1'],
    ['{small}', '--target', 'p90<=15', '--seeds', '1000', '--days', '101'],
    ['{small}', '--target', 'p90<=15', '--days', '5001'],
    ['{small}', '--target', 'p90<=15', '--confidence', '0'], ['{small}', '--target', 'p90<=15', '--confidence', '1.1'],
    ['{small}', '--target', 'p90<=15', '--confidence', 'most'], ['{small}', '--target', 'p90<=15', '--max', '0'],
    ['{small}', '--target', 'p90<=15', '--per', 'day'], ['{small}', '--target', 'p90<=15', '--format', 'csv'],
    ['{small}', '--target', 'p90<=15', '--from', '2026-01-05'], ['--log', '{log}', '--target', 'p90<=15', '--to', '5'],
    ['--log', '{log}', '--target', 'p90<=15', '--from', '2026-02-05', '--to', '2026-01-05'],
]


class Failed(Exception):
    pass


def expect(what, wanted, got):
    if wanted != got:
        raise Failed(f'{what}: wanted\n{wanted}\ngot\n{got}')


def both_languages(text):
    return re.search('[\u4e00-\u9fff]', text) and re.search('[a-z]{3}', text)


class Plan:
    def __init__(self, onewindow, root, script_log, chart, folder):
        self.onewindow, self.root, self.script_log = onewindow, root, script_log
        self.chart, self.folder = chart, folder
        self.small = os.path.join(root, 'docs/scenarios/small.conf')
        self.after = os.path.join(root, 'docs/scenarios/founding-after.conf')
        with open(os.path.join(root, 'docs/schema/plan.json'), encoding='utf-8') as file:
            self.schema = json.load(file)

    def call(self, *words, code=0):
        env = {**os.environ, 'LC_ALL': 'C'}
        if self.chart:
            env['ONEWINDOW_CHART'] = self.chart
        done = subprocess.run([self.onewindow, *words], capture_output=True, text=True, cwd=self.root, env=env,
                              check=False)
        if done.returncode != code or bool(done.stderr) != bool(code):
            raise Failed(f'{words}: exit {done.returncode}, not {code}: {done.stdout[:400]}{done.stderr}')
        return done

    def run(self, *words, code=0):
        done = self.call('plan', *words, code=code)
        if code and not both_languages(done.stderr):
            raise Failed(f'{words}: not in both languages: {done.stderr}')
        return done

    def json(self, *words, code=0):
        done = self.run(*words, '--format', 'json', code=code)
        plan = json.loads(done.stdout)
        jsonschema.validate(plan, self.schema)
        return plan, done.stderr

    def changed(self, name, *replacements):
        with open(self.small, encoding='utf-8') as file:
            text = file.read()
        for old, new in replacements:
            expect(f'{old} in small.conf', 1, text.count(old))
            text = text.replace(old, new)
        path = os.path.join(self.folder, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path


def document(plan):
    with open(os.path.join(plan.root, 'docs/plan.md'), encoding='utf-8') as file:
        text = file.read()
    examples = re.findall(r'^    \$ onewindow plan (.*)\n((?:    (?!\$).*\n)+)', text, re.M)
    if len(examples) < 2:
        raise Failed('no examples in docs/plan.md')
    for command, output in examples:
        got = plan.run(*shlex.split(command)).stdout
        expect(command, output, ''.join(f'    {line}\n' for line in got.splitlines()))


def figures(plan):
    found, _ = plan.json(plan.small, '--target', 'p90<=15', '--per', 'hour', *QUICK)
    expect('outcome', 'found', found['outcome'])
    enough = [level['windows'] for level in found['curve'] if level['met'] >= .8]
    expect('windows', enough[0], found['windows'])
    expect('assumed', (True, None), (found['assumed'], found['learnt']))
    for level in found['curve']:
        for name, spread in level.items():
            if isinstance(spread, dict) and not spread['min'] <= spread['mean'] + 1e-9 <= spread['max'] + 2e-9:
                raise Failed(f'{name} of {level["windows"]} windows: {spread}')
    roster = found['roster']
    # the hall opens at 13:30
    expect('periods', ['09:00-10:00', '10:00-11:00', '11:00-12:00', '13:30-14:00', '14:00-15:00', '15:00-16:00',
                       '16:00-17:00'], [f'{row["from"]}-{row["to"]}' for row in roster['periods']])
    hours = [1, 1, 1, .5, 1, 1, 1]
    expect('window-hours', sum(h * row['windows'] for h, row in zip(hours, roster['periods'])),
           roster['window_hours'])
    if min(row['met'] for row in roster['periods']) < .8:
        raise Failed(f'a period of the roster does not meet the target: {roster}')
    apart = found['issuing_apart']
    expect('apart', (1, found['windows']), (apart['issuing_windows'], apart['intake_windows']))
    again, _ = plan.json(plan.small, '--target', 'p90<=15', '--per', 'hour', *QUICK)
    expect('the same once more', found, again)
    other, _ = plan.json(plan.small, '--target', 'p90<=15', '--seed', '100', *QUICK)
    if other['curve'] == found['curve']:
        raise Failed('another seed has the same curve')
    for target, measure in (('mean<=4', 'mean'), ('p50<=1', 'p50'), ('p95<=20', 'p95'), ('within 10>=.9', 'share')):
        got, _ = plan.json(plan.small, '--target', target, *QUICK)
        expect(target, ('found', measure), (got['outcome'], got['target']['measure']))


def kinds(plan):
    """Which windows each number is; the hall's own number is the hall, with simulate's figures."""
    own = [(['general', 'estate'], [], True, 2), (['general', 'estate'], ['notary'], True, 1),
           (['estate', 'general', 'issue'], [], True, 1), (['issue'], [], False, 1)]
    words = [plan.small, '--target', 'p90 <= 15', '--max', '8', '--days', '40', '--seeds', '1', '--per', 'half-hour']
    got, _ = plan.json(*words)
    expect('kinds', own, [(kind['queues'], kind['skills'], kind['intake'], kind['now']) for kind in got['kinds']])
    least = [0] * len(own)
    for level in got['curve']:
        expect('windows that count', level['windows'], sum(level['kinds'][:3]))
        expect('windows that stay', 1, level['kinds'][3])
        if any(now < then for now, then in zip(level['kinds'], least)):
            raise Failed(f'{level["windows"]} windows have not those of one less: {level["kinds"]}, {least}')
        least = level['kinds']
        if level['windows'] == 4:
            expect('as it is', [kind['now'] for kind in got['kinds']], level['kinds'])
        if level['windows'] == got['windows']:
            expect('the answer', [kind['windows'] for kind in got['kinds']], level['kinds'])
    for row in got['roster']['periods']:
        expect('on duty', row['windows'], sum(row['kinds'][:3]))
    simulated = json.loads(plan.call('simulate', plan.small, '--days', '40', '--seed', '1', '--format', 'json').stdout)
    now, = (level for level in got['curve'] if level['windows'] == 4)
    for planned, name in (('mean_wait_min', 'mean_wait_min'), ('p50_wait_min', 'p50_wait_min'),
                          ('p90_wait_min', 'p90_wait_min'), ('p95_wait_min', 'p95_wait_min'),
                          ('share_within', 'share_within_target'), ('abandon_rate', 'abandon_rate'),
                          ('utilisation', 'utilisation')):
        expect(f'{name} of the hall as it is', simulated[name], now[planned]['mean'])
    text = plan.run(*words).stdout
    change = got['windows'] - 4
    for part in (f'needed: {got["windows"]}（现有 now 4: ', '1 × estate, general, issue', '1 × issue',
                 '× general, estate 技能 skill notary', 'A: general, estate; B: general, estate 技能 skill notary; C: '):
        if part not in text or not change:
            raise Failed(f'{part} is not in {text}')
    # the windows in another order
    rows = re.search(r'windows = \(\n(.*?)\n\);', open(plan.small, encoding='utf-8').read(), re.S).group(1)
    lines = [line.rstrip(',') for line in rows.splitlines()]
    path = plan.changed('order.conf', (rows, ',\n'.join(reversed(lines))))
    other, _ = plan.json(path, *words[1:])
    def levels(one):
        return [{str(kind['queues']) + str(kind['skills']): count for kind, count in zip(one['kinds'], level['kinds'])}
                for level in one['curve']]
    expect('in another order', levels(got), levels(other))


def hall_of_many_kinds(plan):
    """37 windows of 31 departments: no more than six are named, and all of them in JSON."""
    before = os.path.join(plan.root, 'docs/scenarios/founding-before.conf')
    words = [before, '--target', 'p90<=12', '--per', 'hour', '--days', '5', '--seeds', '2']
    got, _ = plan.json(*words)
    expect('kinds', (31, 37), (len(got['kinds']), sum(kind['now'] for kind in got['kinds'])))
    changed = sum(kind['now'] != kind['windows'] for kind in got['kinds'])
    text = plan.run(*words).stdout
    needed = re.search(r'^需要受理窗口.*needed: (\d+)（现有 now 37: (.*)）\n  窗口 windows: (.*)$', text, re.M)
    if not needed or changed <= 6:
        raise Failed(f'{changed} kinds change: {text}')
    for line in needed.group(2, 3):
        expect(line, (6, True), (line.count(' × '), f'另有 and {changed - 6} 种 more' in line))
    expect('the others', True, f'{31 - changed} 种不变 kinds as now' in needed.group(3))
    legend = re.search(r'^  A: .*$', text, re.M).group(0)
    expect('kinds that the roster names', 6, len(re.findall(r'[A-F]: ', legend)))
    if '其余 25 种窗口见 the other 25 kinds' not in text:
        raise Failed(text)


def hall_of_one_kind(plan):
    """All in one queue: the load has one row, and half an hour is as long as the hall is open in it."""
    path = os.path.join(plan.folder, 'hall-scenario.conf')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(f'hall = "{plan.root}/docs/hall.conf";\nhours = ( {{ from = "08:40"; to = "16:50"; }} );\n'
                   'cases = { a_day = 120; };\nservice = { mean_min = 12; cv = 0.7; };\n')
    text = plan.run(path, '--target', 'p90<=15', '--per', 'hour', *QUICK).stdout
    for row in (r'^  general +- +2\.94 +2\.94 +\d$', r'^08:40–09:00 ', r'^16:00–16:50 '):
        if not re.search(row, text, re.M):
            raise Failed(f'{row} is not in {text}')


def curve_to(plan):
    got, why = plan.json(plan.after, '--target', 'p90<=1', '--max', '5', *QUICK, code=1)
    expect('levels', [3, 4, 5], [level['windows'] for level in got['curve']])
    expect('outcome', ('not-met', None), (got['outcome'], got['windows']))
    expect('apart, where there is no answer', None, got['issuing_apart'])
    text = plan.run(plan.after, '--target', 'p90<=1', '--max', '5', *QUICK, code=1).stdout
    if 'issuing apart' in text or 'needed' in text:
        raise Failed(text)
    if not got['worst'] or 'p90<=1' not in why or '5' not in why:
        raise Failed(f'{got["worst"]}: {why}')


def bounded_by_leaving(plan):
    """400 citizens of 10 min in eight hours are work for 8.3 windows; they stay for 5 min on the mean, and one
    window has a short line."""
    path = os.path.join(plan.folder, 'leave.conf')
    with open(path, 'w', encoding='utf-8') as file:
        file.write('scenario = { id = "t"; zh = "厅"; en = "Hall"; zone = "Asia/Shanghai"; target_min = 15; };\n'
                   'hours = ( { from = "09:00"; to = "17:00"; } );\ncases = { a_day = 400; };\n'
                   'service = { mean_min = 10; cv = 0.6; };\npatience = { mean_min = 5; };\npolicy = "pooled";\n'
                   'queues = ( { id = "g"; zh = "综"; en = "G"; kind = "intake"; prefix = "A"; work = true;'
                   ' departments = [ "d" ]; } );\nwindows = ( { queues = [ "g" ]; } );\n'
                   'items = ( { id = "a"; department = "d"; } );\n')
    got, _ = plan.json(path, '--target', 'p90<=15', *QUICK)
    expect('answer', (1, 9, ['overload', 'many-left']), (got['windows'], got['carrying'], got['warnings']))
    said = plan.run(path, '--target', 'p90<=15', *QUICK).stdout
    for words in ('9 个受理窗口才承担得了 intake windows would carry the load', '% left uncalled: the waits'):
        if words not in said:
            raise Failed(said)
    got, _ = plan.json(path, '--target', 'p90<=15', '--max', '3', *QUICK)
    expect('not with three', (1, None), (got['windows'], got['carrying']))
    got, _ = plan.json(plan.after, '--target', 'p90<=15', *QUICK)
    expect('no warning', (got['windows'], []), (got['carrying'], got['warnings']))


def impossible(plan):
    got, why = plan.json(plan.after, '--target', 'p90<=15', '--max', '2', *QUICK, code=1)
    expect('overloaded', 'overloaded', got['outcome'])
    expect('with', 2, got['load']['overloaded']['windows'])
    if not 2.8 < got['load']['overloaded']['load'] < 2.95 or '2.87' not in why:
        raise Failed(f'the load: {got["load"]["overloaded"]}: {why}')
    # a skill of one window, four in five cases need it; nobody leaves
    path = plan.changed('skill.conf', ('patience = { mean_min = 90; };', ''),
                        ('skill = "notary"; share = 1.0', 'skill = "notary"; share = 40.0'))
    got, why = plan.json(path, '--target', 'p90<=15', '--max', '4', *QUICK, code=1)
    over = [(one['queue'], one['skill']) for one in got['load']['classes'] if one['overloaded']]
    expect('skill', [('general', 'notary')], over)
    if 'notary' not in why:
        raise Failed(why)
    # more of those that have it
    got, _ = plan.json(path, '--target', 'p90<=15', *QUICK)
    if got['kinds'][1]['skills'] != ['notary'] or got['kinds'][1]['windows'] < 4:
        raise Failed(f'windows with the skill: {got["kinds"]}')
    # no number of intake windows helps the line for results
    path = plan.changed('issue.conf', ('mean_min = 4.0; cv', 'mean_min = 9.0; cv'),
                        ('"estate", "general", "issue"', '"estate", "general"'))
    got, why = plan.json(path, '--target', 'p90<=1', *QUICK, code=1)
    expect('queue', ('not-met', 'issue'), (got['outcome'], got['worst']['queue']))
    path = plan.changed('intake.conf', ('policy = "priority"', 'policy = "hall"'),
                        ('en = "General"; kind = "intake"', 'en = "General"; kind = "trouble"'),
                        ('en = "Real estate"; kind = "intake"', 'en = "Real estate"; kind = "trouble"'))
    why = plan.run(path, '--target', 'p90<=15', code=1).stderr
    if 'intake' not in why:
        raise Failed(why)


FIRST_MS = 1767571200000  # the script's moment 0: eight o'clock of 2026-01-05 in Shanghai
FILERS = '''start-daemon at=1 boot=one software=test
define-hall at=1 id=hall zh=厅 en=Hall zone=Asia/Shanghai target_ms=900000
define-queue at=1 queue=general zh=综合 en=General prefix=A first=1 last=99 work=1 kind=3
define-queue at=1 queue=issue zh=出证 en=Issuing prefix=B first=1 last=99 work=1 kind=4
define-window at=1 window=1 zh=一号 en=One queues=general
define-window at=1 window=2 zh=二号 en=Two queues=issue
define-item at=1 item=permit zh=许可证 en=Permit department=d queue=general
'''


def filers_log():
    """Ten days of 10 first visits, of which 8 name their case, and 15 pick-ups, of which 12 were filed online."""
    lines = FILERS
    for day in range(10):
        t = day * 86400000 + 3600000
        date = datetime.date(2026, 1, 5) + datetime.timedelta(days=day)
        lines += f'open-day at={t} date={date:%Y%m%d} operator_word=1\n'
        for n in range(25):
            t += 600000
            reference = f'case_ref=v{day}-{n}' if n < 8 else f'case_ref=f{day}-{n}' if n >= 10 else ''
            if n >= 13:
                lines += f'file-online at={t} item=permit {reference} filed={FIRST_MS + t}\n'
            window, place = (1, 'queue=general item=permit') if n < 10 else (2, 'queue=issue')
            lines += f'issue at={t} {place} {reference}\ncall-next at={t} window={window}\n'
            lines += f'start at={t} window={window}\nfinish at={t + 240000} window={window}\n'
        lines += f'close-day at={t + 300000}\n'
    return lines


def warned(plan):
    """What the log has and a scenario cannot say is told, in both languages."""
    log = os.path.join(plan.folder, 'filers')
    subprocess.run([plan.script_log, log, '2'], input=filers_log(), text=True, check=True)
    got, _ = plan.json('--log', log, '--target', 'p90<=15', *QUICK)
    facts = got['learnt']
    expect('simulated', False, facts['simulated'])
    expect('rates', (1.5, 1, 0, .8, 120), tuple(facts[name] for name in (
        'pick_up_rate', 'pick_up_chance', 'rework_rate', 'case_ref_share', 'pick_ups_filed')))
    text = plan.run('--log', log, '--target', 'p90<=15', *QUICK).stdout
    for words in ('领件每件 1.50 次', '1.50 pick-ups for each first visit', '仅 80% 的到访有办件号',
                  'only 80% of visits name their case', 'cases filed online: 120'):
        if words not in text:
            raise Failed(f'no "{words}": {text}')
    if 'reworks for each' in text:
        raise Failed(text)


def learnt(plan):
    log = os.path.join(plan.folder, 'log')
    plan.call('simulate', plan.small, '--days', '40', '--log', log)
    got, _ = plan.json('--log', log, '--target', 'p90<=15', *QUICK)
    expect('source', ('log', False, 'small'), (got['source'], got['assumed'], got['scenario']))
    facts = got['learnt']
    expect('days', (40, 20260105, True), (facts['days'], facts['first_day'], facts['simulated']))
    for name, wanted, tolerance in (('cases_a_day', 90, 12), ('service_cv', .8, .1), ('pick_up_mean_min', 4, .5),
                                    ('rework_chance', .2, .04), ('walk_s', 15, .1), ('no_show_s', 60, .1),
                                    ('no_show_chance', .03, .01), ('patience_min', 90, 25)):
        if abs(facts[name] - wanted) > tolerance:
            raise Failed(f'{name}: {facts[name]}, made from {wanted}')
    assumed, _ = plan.json(plan.small, '--target', 'p90<=15', *QUICK)
    if abs(assumed['windows'] - got['windows']) > 1:
        raise Failed(f'{got["windows"]} windows of the log, {assumed["windows"]} of its scenario')
    text = plan.run('--log', log, '--target', 'p90<=15', *QUICK).stdout
    if not both_languages(text):
        raise Failed(text)
    picture = os.path.join(plan.folder, 'learnt.svg')
    plan.run('--log', log, '--target', 'p90<=15', '--svg', picture, *QUICK)
    title = ElementTree.parse(picture).getroot().find('{http://www.w3.org/2000/svg}title').text
    if '学自含模拟日的日志' not in title or 'learnt from a log with simulated days' not in title:
        raise Failed(title)
    got, _ = plan.json('--log', log, '--target', 'p90<=15', '--from', '2026-01-12', '--to', '2026-02-06', *QUICK)
    expect('period', (20, 20260112, 20260206), tuple(got['learnt'][n] for n in ('days', 'first_day', 'last_day')))
    why = plan.run('--log', log, '--target', 'p90<=15', '--from', '2026-02-20', code=1).stderr
    for words in ('closed service days', '10'):
        if words not in why:
            raise Failed(why)
    plan.run('--log', os.path.join(plan.folder, 'none'), '--target', 'p90<=15', code=1)


def drawn(plan):
    path = os.path.join(plan.folder, 'plan.svg')
    for target in ('p90<=15', 'share>=.9'):
        plan.run(plan.small, '--target', target, '--svg', path, *QUICK)
        root = ElementTree.parse(path).getroot()
        expect('root', '{http://www.w3.org/2000/svg}svg', root.tag)
        title = root.find('{http://www.w3.org/2000/svg}title').text
        if not both_languages(title) or '小厅 Small hall' not in title or 'model estimate' not in title:
            raise Failed(title)
    # a picture that cannot be written is known before anything is simulated
    many = ['--days', '5000', '--seeds', '20']
    for bad in (os.path.join(plan.folder, 'no/such/plan.svg'), plan.folder):
        done = plan.run(plan.small, '--target', 'p90<=15', '--svg', bad, *many, code=2)
        expect('stdout', '', done.stdout)
        if '--svg' not in done.stderr or bad not in done.stderr:
            raise Failed(done.stderr)
    # a longer one that is there is replaced; where nothing is drawn it stays, and no new one is left
    with open(path, 'w', encoding='utf-8') as file:
        file.write('x' * 1000000)
    none = os.path.join(plan.folder, 'none.svg')
    for where in (path, none):
        plan.run(plan.after, '--target', 'p90<=15', '--max', '2', '--svg', where, *QUICK, code=1)
    expect('left', (1000000, False), (os.path.getsize(path), os.path.exists(none)))
    plan.run(plan.small, '--target', 'p90<=15', '--svg', path, *QUICK)
    ElementTree.parse(path)


def refused(plan):
    log = os.path.join(plan.folder, 'log')
    for words in BAD_OPTIONS:
        done = plan.run(*(word.format(small=plan.small, log=log) for word in words), code=2)
        expect(f'{words}: stdout', '', done.stdout)
    expect('stdout', '', plan.call('plan', '/no/such.conf', '--target', 'p90<=15', code=3).stdout)
    plan.run(plan.changed('key.conf', ('walk_s = 15;', 'walk = 15;')), '--target', 'p90<=15', code=3)


def main():
    with tempfile.TemporaryDirectory() as folder:
        onewindow, root, script_log, *chart = (os.path.abspath(path) for path in sys.argv[1:])
        plan = Plan(onewindow, root, script_log, chart[0] if chart else None, folder)
        checks = (document, figures, kinds, hall_of_many_kinds, hall_of_one_kind, curve_to, bounded_by_leaving, impossible, learnt, warned,
                  refused)
        for check in checks + ((drawn,) if plan.chart else ()):
            check(plan)
            print('ok', check.__name__)
    return 0


if __name__ == '__main__':
    try:
        sys.exit(main())
    except Failed as failed:
        print(failed)
        sys.exit(1)
