#!/usr/bin/env python3
"""`onewindow ticket why`: a day with each reason for a call, and what is said of it.

    why.py ONEWINDOW"""
import json
import os
import subprocess
import sys

import jsonschema

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hall import StepError, expect  # noqa: E402
from rules import CONFIG, RulesHall  # noqa: E402

SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      '../../docs/schema/ticket-why.json')


class Why:
    def __init__(self, hall):
        self.hall = hall
        self.log = os.path.join(hall.folder, 'rules.log.db')
        with open(SCHEMA, encoding='utf-8') as file:
            self.schema = json.load(file)

    def run(self, *words):
        return subprocess.run([self.hall.onewindow, 'ticket', 'why', *words, '--log', self.log],
                              capture_output=True, text=True, check=False)

    def says(self, reason, zh, en, number, before=None):
        words = [number] + (['--before', before] if before else [])
        done = self.run(*words, '--format', 'json')
        if done.returncode != 0:
            raise StepError(f'{words}: exit {done.returncode}: {done.stderr}')
        answer = json.loads(done.stdout)
        jsonschema.validate(answer, self.schema)
        expect(f'{words}: reason', reason, answer['reason'])
        if zh not in answer['zh'] or en not in answer['en']:
            raise StepError(f'{words}: {answer["zh"]} | {answer["en"]}')
        text = self.run(*words).stdout
        expect(f'{words}: text', f'{answer["zh"]}\n{answer["en"]}\n', text)

    def wrong(self, code, says, *words):
        done = self.run(*words)
        if done.returncode != code or says not in done.stderr:
            raise StepError(f'{words}: exit {done.returncode}: {done.stderr}')


def play_day(hall):
    """A001 deed, A002 and A003 plain, A004 priority; then the calls."""
    hall.act(1, 'sign-in', clerk='li')
    hall.act(2, 'sign-in', clerk='wang')
    deed = hall.issue(item='deed')['number']
    plain = [hall.issue(queue='general')['number'] for _ in range(2)]
    fast = hall.issue(queue='general', **{'class': 'priority'})['number']
    other = hall.issue(queue='few')['number']
    for wanted in (fast, plain[0]):
        expect('Li calls', wanted, hall.act(1, 'call-next')['number'])
        hall.act(1, 'start')
    expect('few', other, hall.act(3, 'call-next')['number'])
    hall.act(1, 'park')
    gone = hall.issue(queue='general')
    hall.api.post(f'/api/v1/tickets/{gone["token"]}/cancel')
    expect('Li goes on', plain[1], hall.act(1, 'call-next')['number'])
    hall.act(1, 'start')
    hall.act(1, 'finish')
    late = hall.issue(queue='general')['number']
    hall.act(1, 'resume', ticket=plain[0])
    expect('Wang calls', deed, hall.act(2, 'call-next')['number'])
    return deed, plain[0], plain[1], fast, other, late, gone['number']


def play_more(hall):
    """A window of two queues, the bound, and a second call: numbers behind those of the morning."""
    hall.act(2, 'start')
    hall.act(2, 'finish')
    hall.act(1, 'start')
    hall.act(1, 'finish')
    waits = hall.issue(queue='general')['number']
    few = hall.issue(queue='few')['number']
    expect('window 4 calls', few, hall.act(4, 'call-next')['number'])
    fast = [hall.issue(queue='general', **{'class': 'priority'})['number'] for _ in range(3)]
    called = []
    for _ in range(4):
        called.append(hall.act(1, 'call-next')['number'])
        hall.act(1, 'start')
    hall.act(1, 'park')
    # the day's own latecomer of the morning is still there, and came before all of these
    expect('the one of the morning is first', 4, len(set(called)))
    back = called[-1]
    newer = hall.issue(queue='general')['number']
    hall.act(1, 'resume', ticket=back)
    return waits, few, fast, called, back, newer


def play_between(hall):
    """The reason of a call is about all who waited; what is told is about the two."""
    before = hall.issue(queue='general')['number']
    first, second = (hall.issue(queue='few')['number'] for _ in range(2))
    expect('window 4 calls its few', first, hall.act(4, 'call-next')['number'])
    hall.act(4, 'start')
    fast = [hall.issue(queue='general', **{'class': 'priority'})['number'] for _ in range(2)]
    few = hall.issue(queue='few', **{'class': 'priority'})['number']
    expect('then the priority one of them', few, hall.act(4, 'call-next')['number'])
    expect('window 1 calls', fast[0], hall.act(1, 'call-next')['number'])
    hall.act(1, 'start')
    late = hall.issue(queue='general')['number']
    expect('by its number', late, hall.act(1, 'call-number', number=late.lstrip('A0'))['number'])
    return before, first, second, fast, few, late


def between(onewindow):
    hall = RulesHall(onewindow)
    try:
        hall.start(CONFIG.replace('overtakes = 2', 'overtakes = -1').replace(
            '  { number = 3;', '  { number = 4; zh = "四号"; en = "Four"; '
            'queues = [ "few", "general" ]; },\n  { number = 3;'))
        before, first, second, fast, few, late = play_between(hall)
        why = Why(hall)
        why.says('preference', '该窗口优先叫它的队列', 'calls its queue', before, first)
        why.says('order', f'原因：{first} 比 {second} 先到。',
                 f'The reason: {first} came before {second}.', second, first)
        why.says('order', f'原因：{fast[0]} 比 {fast[1]} 先到。',
                 f'The reason: {fast[0]} came before {fast[1]}.', fast[1], fast[0])
        why.says('priority', '它是优先号', 'it is a priority ticket', before, fast[0])
        why.says('priority', '它是优先号', 'it is a priority ticket', second, few)
        why.says('preference', '该窗口优先叫它的队列', 'calls its queue', before, few)
        why.says('chosen', '按号码点了它', 'a clerk called it by its number', before, late)
        why.says('not-called', '最近一次是', 'The last was', before)
        hall.stop()
    finally:
        hall.close()


def main():
    between(sys.argv[1])
    hall = RulesHall(sys.argv[1])
    try:
        hall.start(CONFIG.replace(
            '  { number = 3;', '  { number = 4; zh = "四号"; en = "Four"; '
            'queues = [ "few", "general" ]; },\n  { number = 3;'))
        deed, first, second, fast, other, late, gone = play_day(hall)
        why = Why(hall)
        why.says('priority', '它是优先号', 'it is a priority ticket', first, fast)
        why.says('order', f'{first} 比 {second} 先到', f'{first} came before {second}', second,
                 first)
        why.says('skill', '须由有相应技能的职员', 'needs a skill', deed, first)
        why.says('other-queue', '3 号窗口不办理', 'window 3 does not serve', deed, other)
        why.says('not-there-yet', '还没有取号', 'had not taken a number yet', late, second)
        why.says('not-waiting', '不在等候', 'was not waiting then', gone, second)
        why.says('called-earlier', f'{first} 先被叫', f'{first} was called first', first, second)
        why.says('not-called', '还没有被叫过', 'has not been called', first, late)
        why.says('not-called', '仍在等候', 'still waits', late)
        why.says('called', '1 个后来的号先被叫', '1 that came later', first)
        why.wrong(1, 'there is no ticket Z999', 'Z999')
        why.wrong(1, 'there is no ticket Z999', first, '--before', 'z999')
        why.wrong(2, 'the same ticket', first, '--before', first.lower())
        why.wrong(2, 'is no date', first, '--date', 'monday')
        for date in ('20200101', '2020-01-01'):
            why.wrong(1, 'on that day (20200101)', first, '--date', date)
        waits, few, fast, called, back, newer = play_more(hall)
        why.says('preference', '该窗口优先叫它的队列', 'calls its queue before the others', waits,
                 few)
        guarded = called[[n not in fast for n in called].index(True)]
        late_fast = [n for n in fast if called.index(n) > called.index(guarded)] if all(
            n in called for n in fast) else [n for n in fast if n not in called]
        why.says('ageing-count', '已到上限', 'as often as the rules allow', late_fast[0], guarded)
        why.says('resumed', '由职员回呼', 'a clerk took it back', newer, back)
        hall.stop()
        print('every sentence was right')
    finally:
        hall.close()


if __name__ == '__main__':
    main()
