#!/usr/bin/env python3
"""What tickets are told of their wait against a computation of its own: the rules of docs/rules.md,
as plainly as can be, in Python. Random halls with classes, skills, preferences, both ageing bounds and
times learnt from a history; and the closed cases.

    expected_waits.py ESTIMATE_TELL [SEEDS]"""
import bisect
import math
import random
import statistics
import subprocess
import sys

NORMAL = statistics.NormalDist()
DRAWS = 2000
WALL = 1767571200000
RANKS = {1: 0, 2: 1, 0: 2}  # priority, appointment without a slot, ordinary


class Hall:
    """A script of commands, and what follows from it by the document."""

    def __init__(self, prior_ms=600000, overtakes=-1, age_ms=0):
        self.lines, self.windows, self.clerks, self.items = [], {}, {}, {}
        self.waiting, self.serving, self.history = [], {}, []
        self.prior_ms, self.overtakes, self.age_ms = prior_ms, overtakes, age_ms
        self.tickets, self.now = 0, 0
        self.say('define-policy', overtakes=overtakes, age_ms=age_ms, expect=1, expect_service_ms=prior_ms)

    def say(self, verb, at=None, **fields):
        self.now = self.now if at is None else at
        words = [verb, 'off=480', f'at={self.now}', f'wall={WALL + self.now}', 'by=test']
        self.lines.append(' '.join(words + [f'{k}={v}' for k, v in fields.items() if v != '']))

    def queue(self, name):
        self.say('define-queue', queue=name, zh='队', en='Q', prefix=chr(64 + len(name)), first=1, last=9999, work=1)

    def window(self, number, queues, clerk=''):
        self.say('define-window', window=number, zh='窗', en='W', queues=','.join(queues))
        self.windows[number] = {'queues': queues, 'clerk': clerk}

    def sign_in(self):
        for number, window in self.windows.items():
            if window['clerk']:
                self.say('sign-in', window=number, clerk=window['clerk'])

    def clerk(self, name, skills):
        self.say('define-clerk', clerk=name, zh='员', en='C', skills=','.join(skills))
        self.clerks[name] = skills

    def item(self, name, queue, skill=''):
        self.say('define-item', item=name, zh='项', en='I', department='局', queue=queue, skill=skill)
        self.items[name] = {'queue': queue, 'skill': skill}

    def issue(self, at, queue, item='', ticket_class=0):
        self.tickets += 1
        self.say('issue', at, queue=queue, item=item, **{'class': ticket_class}, arrival_ms=at,
                 token=f'{self.tickets:032x}')
        ticket = {'id': self.tickets, 'queue': queue, 'item': item, 'class': ticket_class, 'came': at,
                  'overtaken': 0}
        self.waiting.append(ticket)
        return ticket

    def may(self, window, ticket):
        skill = self.items[ticket['item']]['skill'] if ticket['item'] else ''
        return ticket['queue'] in window['queues'] and (
            not skill or skill in self.clerks.get(window['clerk'], []))

    def choose(self, window, waiting, now, counts):
        able = [t for t in waiting if self.may(window, t)]
        if not able:
            return None
        plain = min(able, key=lambda t: (window['queues'].index(t['queue']), RANKS[t['class']], t['id']))
        guarded = [t for t in able if t['id'] < plain['id'] and (
            (self.age_ms and now - t['came'] >= self.age_ms) or
            (self.overtakes >= 0 and counts[t['id']] >= self.overtakes))]
        chosen = min(guarded, key=lambda t: t['id']) if guarded else plain
        for ticket in able:
            if ticket['id'] < chosen['id']:
                counts[ticket['id']] += 1
        return chosen

    def call(self, at, number):
        """Whoever is at the window leaves; the next is called, if anybody waits."""
        if number in self.serving:
            self.leave(at, number)
        counts = {t['id']: t['overtaken'] for t in self.waiting}
        ticket = self.choose(self.windows[number], self.waiting, at, counts)
        if not ticket:
            return
        self.say('call-next', at, window=number)
        self.say('start', window=number)
        self.waiting.remove(ticket)
        for other in self.waiting:
            other['overtaken'] = counts[other['id']]
        self.serving[number] = (ticket, at)

    def leave(self, at, number):
        ticket, since = self.serving.pop(number)
        self.say('finish', at, window=number)
        self.history.append((ticket['queue'], self.own(ticket), at - since))

    def own(self, ticket):
        item = ticket['item']
        return item if item and self.items[item]['queue'] == ticket['queue'] else ''

    # ---- what is learnt

    def times(self, queue, item=None):
        return [ms for q, i, ms in self.history if q == queue and item in (None, i)]

    def spread(self, groups):
        total = 10 * .36
        freedom = 10
        for times in groups:
            if len(times) > 1 and sum(times):
                mean = statistics.fmean(times)
                total += sum((ms / mean - 1) ** 2 for ms in times)
            freedom += max(0, len(times) - 1)
        return min(9, total / freedom)

    def holding(self, ticket):
        """Mean and sigma of the logarithm."""
        queue, item = ticket['queue'], self.own(ticket)
        every, mine = self.times(queue), self.times(queue, item)
        mean = (5 * self.prior_ms + sum(every)) / (5 + len(every))
        mean = (5 * mean + sum(mine)) / (5 + len(mine))
        within = self.spread([self.times(queue, i) for i in ['', *self.items]])
        between = max(0, self.spread([every]) - within)
        variance = math.log1p(within + between * 5 / (5 + len(mine)))
        return math.log(mean) - variance / 2, math.sqrt(variance)

    # ---- what is to come

    def draw(self, own, holdings, chance):
        free = []
        for number in self.windows:
            if number not in self.serving:
                free.append((self.now, number))
                continue
            ticket, since = self.serving[number]
            mu, sigma = holdings[ticket['id']]
            passed = NORMAL.cdf((math.log(self.now - since) - mu) / sigma) if self.now > since else 0
            free.append((since + math.exp(mu + sigma * NORMAL.inv_cdf(passed + (1 - passed) * chance())), number))
        free.sort()
        waiting = list(self.waiting)
        counts = {t['id']: t['overtaken'] for t in waiting}
        while free:
            at, number = free.pop(0)
            ticket = self.choose(self.windows[number], waiting, at, counts)
            if ticket is own:
                return at - self.now
            if ticket:
                waiting.remove(ticket)
                mu, sigma = holdings[ticket['id']]
                bisect.insort(free, (at + math.exp(mu + sigma * NORMAL.inv_cdf(chance())), number))
        raise AssertionError('never called')

    def expect(self, own, seed):
        dice = random.Random(seed)
        holdings = {t['id']: self.holding(t) for t in
                    self.waiting + [ticket for ticket, _ in self.serving.values()]}
        waits = sorted(self.draw(own, holdings, dice.random) for _ in range(DRAWS))
        return statistics.fmean(waits), waits[DRAWS // 10], waits[DRAWS * 9 // 10], statistics.stdev(waits)


def told(tell, hall):
    done = subprocess.run([tell], input='\n'.join(hall.lines) + '\n', capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f'{tell}: {done.stderr}')
    return [float(word) for word in done.stdout.split()]


def near(what, wanted, got, by):
    if not abs(wanted - got) <= by:
        sys.exit(f'{what}: {got:.0f} ms, and should be {wanted:.0f} within {by:.0f}')


def random_hall(seed):
    """Some hours of a hall, and one more who comes."""
    dice = random.Random(seed)
    hall = Hall(overtakes=dice.choice([-1, 0, 1, 2]), age_ms=dice.choice([0, 0, 900000, 2400000]))
    queues = ['a', 'bb', 'ccc'][:dice.randint(1, 3)]
    for name in queues:
        hall.queue(name)
    hall.clerk('li', ['tax'])
    for number in range(5):
        hall.item(f'item-{number}', dice.choice(queues), 'tax' if number == 4 else '')
    for number in range(1, dice.randint(2, 5)):
        hall.window(number, dice.sample(queues, dice.randint(1, len(queues))),
                    'li' if number == 1 else f'clerk-{number}')
    hall.window(9, queues, 'clerk-9')
    hall.say('open-day', 1, date=20260105)
    hall.sign_in()
    mean = {queue: dice.uniform(120000, 1200000) for queue in queues}
    gap = statistics.fmean(mean.values()) / len(hall.windows) * dice.uniform(.5, .9)
    leaves, at = dict.fromkeys(hall.windows, 0), 1000
    for _ in range(dice.randint(20, 60)):
        item = dice.choice(['', *hall.items])
        queue = hall.items[item]['queue'] if item else dice.choice(queues)
        if item == 'item-4' and queue not in hall.windows[1]['queues']:
            item = ''
        hall.issue(at, queue, item, dice.choice([0, 0, 0, 1, 2]))
        at += int(dice.expovariate(1 / gap)) + 1
        for number in sorted(leaves, key=leaves.get):
            if leaves[number] <= at:
                hall.call(max(hall.now, at), number)
                at = hall.now + 1
                if number in hall.serving:
                    leaves[number] = at + int(mean[hall.serving[number][0]['queue']] *
                                              dice.lognormvariate(-.15, .55))
    # the one who asks comes where windows are taken
    for number in hall.windows:
        if number not in hall.serving and dice.random() < .8:
            hall.call(at, number)
    return hall, hall.issue(at + dice.randint(0, 200000), dice.choice(queues), '', dice.choice([0, 0, 1]))


def test_random_halls(tell, seeds):
    compared = waits = idle = 0
    for seed in seeds:
        hall, own = random_hall(seed)
        got = told(tell, hall)
        mean, low, high, deviation = hall.expect(own, seed)
        slack = 1 + 5 * deviation / math.sqrt(DRAWS)
        near(f'hall {seed}: mean', mean, got[0], slack)
        near(f'hall {seed}: low', low, got[1], 2.5 * slack)
        near(f'hall {seed}: high', high, got[2], 3.5 * slack)
        free = any(n not in hall.serving and hall.may(w, own) for n, w in hall.windows.items())
        if bool(got[3]) == free:
            sys.exit(f'hall {seed}: a window is free or not')
        compared += 1
        idle += free
        waits += len(hall.waiting) > 3
    print(f'{compared} halls, {waits} of them with more than three in line, {idle} with a free window')
    if waits < compared / 3 or not 0 < idle < compared:
        sys.exit('hardly anybody waited, or no window was free')


def one_window(served_ms, waiting=0, windows=1):
    """So many windows that have called just now, or served_ms ago; nothing is learnt."""
    hall = Hall()
    hall.queue('a')
    for number in range(1, windows + 1):
        hall.window(number, ['a'])
    hall.say('open-day', 1, date=20260105)
    for number in range(1, windows + 1):
        hall.issue(1000, 'a')
        hall.call(1000, number)
    for _ in range(waiting):
        hall.issue(1000 + served_ms, 'a')
    hall.issue(1000 + served_ms, 'a')
    return hall


def integral(function, start, end, steps=20000):
    """Simpson."""
    width = (end - start) / steps
    inner = sum((4 if i % 2 else 2) * function(start + i * width) for i in range(1, steps))
    return (function(start) + inner + function(end)) * width / 3


def test_what_is_left_of_a_service(tell):
    """A lognormal time of mean 10 min and coefficient .6, of which some have passed: the mean of what
    is left is the integral of the share that lasts longer, its quantiles are those of the tail."""
    sigma = math.sqrt(math.log(1.36))
    mu = math.log(600000) - sigma * sigma / 2
    longer = lambda ms: NORMAL.cdf((mu - math.log(ms)) / sigma)  # noqa: E731
    for served_ms in (60000, 600000, 1800000, 7200000):
        got = told(tell, one_window(served_ms))
        share = longer(served_ms)
        mean = integral(lambda u, a=served_ms: longer(a + math.exp(u)) * math.exp(u), -5, 18) / share
        low, high = (math.exp(mu - sigma * NORMAL.inv_cdf(share * (1 - p))) - served_ms for p in (.1, .9))
        near(f'{served_ms} ms served, mean', mean, got[0], .01 * mean)
        near(f'{served_ms} ms served, low', low, got[1], .02 * low + 500)
        near(f'{served_ms} ms served, high', high, got[2], .02 * high)


def test_closed_forms(tell):
    """One window: means add up, and so do variances. Windows side by side: the least of them."""
    hall = one_window(0, waiting=9)
    got = told(tell, hall)
    near('nine in line at one window, mean', 10 * 600000, got[0], 30000)
    deviation = math.sqrt(10 * .36) * 600000
    near('nine in line, 80 %', 2 * 1.2816 * deviation, got[2] - got[1], .06 * 2 * 1.2816 * deviation)
    sigma = math.sqrt(math.log(1.36))
    mu = math.log(600000) - sigma * sigma / 2
    longer = lambda ms: NORMAL.cdf((mu - math.log(ms)) / sigma)  # noqa: E731
    got = told(tell, one_window(0, windows=4))
    near('the first of four windows, mean', integral(lambda u: longer(math.exp(u)) ** 4 * math.exp(u), -5, 18),
         got[0], 3000)
    near('the first of four windows, low', math.exp(mu - sigma * NORMAL.inv_cdf(.9 ** .25)), got[1], 3000)


def test_an_item_nobody_knows(tell):
    """Where items are unlike each other, one without a past may be any of them: the interval is wide."""
    hall = Hall()
    hall.queue('a')
    hall.window(1, ['a'])
    for name in ('short', 'long', 'new'):
        hall.item(name, 'a')
    hall.say('open-day', 1, date=20260105)
    at = 1000
    for _ in range(25):
        for item, ms in (('short', 120000), ('long', 1800000)):
            hall.issue(at, 'a', item)
            hall.call(at, 1)
            at += ms
    for item in ('new', 'new', 'new'):
        hall.issue(at, 'a', item)
    hall.call(at, 1)
    own = hall.issue(at, 'a')
    got = told(tell, hall)
    mean, low, high, deviation = hall.expect(own, 1)
    near('behind new items, mean', mean, got[0], 5 * deviation / math.sqrt(DRAWS))
    near('behind new items, 80 %', high - low, got[2] - got[1], .08 * (high - low))


def test_who_is_there(tell):
    """Which windows count where nobody signs in. A service is 10 min, nothing is learnt: behind one who was
    called this moment at one window the wait is 10 min."""
    def begin():
        hall = Hall()
        hall.queue('a')
        for number in (1, 2, 3):
            hall.window(number, ['a'])
        hall.say('open-day', 1, date=20260105)
        return hall

    def called(hall, at, numbers):
        for _ in numbers:
            hall.issue(at, 'a')
        for number in numbers:
            hall.call(at, number)
        return hall

    def expect(what, hall, at, mean, busy):
        hall.issue(at, 'a')
        got = told(tell, hall)
        near(what, mean, got[0], .01 * mean)
        if bool(got[3]) != busy:
            sys.exit(f'{what}: {"a" if busy else "no"} window was to be free')

    minutes = 60000
    expect('the first of all', begin(), 1000, 0, False)
    expect('windows of which nothing is known', called(begin(), 1000, [1]), 2000, 0, False)
    for waited_ms, mean in ((59999, 0), (60000, 20 * minutes)):
        hall = begin()
        for _ in range(2):
            hall.issue(1000, 'a')
        hall.call(1000 + waited_ms, 1)
        expect(f'somebody was left waiting for {waited_ms} ms', hall, 1000 + waited_ms, mean, mean > 0)

    def next_day(hall, day):
        hall.say('close-day')
        hall.serving = {}
        hall.say('open-day', day * morning, date=20260105 + day)
        return hall

    def second_day():
        return next_day(called(begin(), 1000, [1, 2]), 1)

    morning = 86400000
    two = 600000 * 2 * (1 - NORMAL.cdf(math.sqrt(math.log(1.36) / 2)))  # the mean of the least of two
    expect('the second day', called(second_day(), morning, [1]), morning, 0, False)
    expect('those of the day before', called(second_day(), morning, [1, 2]), morning, two, True)
    hall = next_day(called(second_day(), morning, [1]), 2)
    expect('those of two days before', called(hall, 2 * morning, [1]), 2 * morning, 10 * minutes, True)
    hall = next_day(next_day(second_day(), 2), 3)
    expect('a day with nobody between', called(hall, 3 * morning, [1, 2]), 3 * morning, two, True)
    hall = second_day()
    hall.say('pause', morning, window=3)
    hall.say('reopen', morning, window=3)
    expect('one that was reopened', called(hall, morning, [1, 2]), morning, 0, False)
    hall = second_day()
    hall.say('sign-in', morning, window=3, clerk='wu')
    expect('one where somebody signed in', called(hall, morning, [1, 2]), morning, 0, False)
    hall.lines.pop()
    hall.say('sign-out', morning, window=3)
    expect('and signed out', hall, morning, two, True)
    hall = called(second_day(), morning, [1])
    hall.say('sign-in', morning, window=2, clerk='wu')
    hall.say('sign-out', morning, window=2)
    expect('one who has been there', hall, morning, 10 * minutes, True)


def test_a_crowd(tell):
    """More than are drawn, of 10 min each and nothing learnt: 1,100 in line, and one more."""
    def crowd(queues, item='', skilled=False, taken=(1, 2), age_ms=0):
        hall = Hall(age_ms=age_ms)
        hall.queue('a')
        hall.queue('bb')
        hall.clerk('li', ['tax'])
        hall.item('deed', 'a', 'tax')
        for number in (1, 2):
            hall.window(number, queues, 'li' if skilled and number == 1 else '')
        hall.say('open-day', 1, date=20260105)
        hall.sign_in()
        for number in (1, 2):
            if number in taken:
                hall.issue(1000, 'a')
                hall.call(1000, number)
            else:  # somebody was there
                hall.say('pause', 1000, window=number)
                hall.say('reopen', 1000, window=number)
        for _ in range(1100):
            hall.issue(1000, 'a', item)
        return hall

    def expect(what, hall, mean, low, high, busy=True, **ticket):
        hall.issue(1000, ticket.pop('queue', 'a'), **ticket)
        got = told(tell, hall)
        for name, wanted, value in (('mean', mean, got[0]), ('low', low, got[1]), ('high', high, got[2])):
            near(f'{what}: {name}', wanted, value, .02 * wanted)
        if bool(got[3]) != busy:
            sys.exit(f'{what}: busy')

    minute = 60000
    sigma = math.sqrt(math.log(1.36))
    mu = math.log(600000) - sigma * sigma / 2
    # the least of two times that have just begun; one of them
    two = (1200000 * (1 - NORMAL.cdf(sigma / math.sqrt(2))),
           *(math.exp(mu - sigma * NORMAL.inv_cdf((1 - p) ** .5)) for p in (.1, .9)))
    one = (600000, *(math.exp(mu - sigma * NORMAL.inv_cdf(1 - p)) for p in (.1, .9)))
    spread = 1.2816 * math.sqrt(1100 * .36) * 5 * minute
    mean = 1100 * 5 * minute
    expect('in the order of arrival', crowd(['a']), mean, mean - spread, mean + spread)
    expect('a priority', crowd(['a']), *two, ticket_class=1)
    expect('a priority where tickets age', crowd(['a'], age_ms=3600000), mean, mean - spread, mean + spread,
           ticket_class=1)
    expect('a queue that is preferred', crowd(['bb', 'a']), *two, queue='bb')
    expect('a queue that comes after', crowd(['a', 'bb']), mean, mean - spread, mean + spread, queue='bb')
    expect('all others at the other window', crowd(['a'], 'deed', True), *one)
    expect('and this one is free', crowd(['a'], 'deed', True, (1,)), 0, 0, 0, False)


def main():
    tell = sys.argv[1]
    seeds = range(int(sys.argv[2]) if len(sys.argv) > 2 else 24)
    test_what_is_left_of_a_service(tell)
    test_closed_forms(tell)
    test_an_item_nobody_knows(tell)
    test_random_halls(tell, seeds)
    test_who_is_there(tell)
    test_a_crowd(tell)


if __name__ == '__main__':
    main()
