"""A frozen baseline's events against the log: docs/log-format.md, baseline-frozen and baseline-part."""
from collections import Counter

from figures import expect
from journal import BASELINE_FROZEN, hash_of
from visits import days_of


def hold_frozen(journal, path, name):
    """Returns the payload of baseline-frozen."""
    seq, frozen = next((seq, e) for seq, kind, e in journal.baselines
                       if kind == BASELINE_FROZEN and e['name'] == name)
    openings = [opening for opening in journal.openings
                if opening.is_within(frozen['from'], frozen['to']) and opening.last < seq and not opening.open]
    days = days_of(openings)
    expect('frozen', {'days': len(days), 'visits': sum(day.n for day in days), 'first_seq': openings[0].first,
                      'last_seq': max(opening.last for opening in openings), 'rows': hash_of(path, openings)},
           {key: frozen[key] for key in ('days', 'visits', 'first_seq', 'last_seq', 'rows')})
    parts = [e for _, kind, e in journal.baselines if kind != BASELINE_FROZEN and e['name'] == name]
    expect('parts', list(range(1, frozen['parts'] + 1)), [part['part'] for part in parts])
    lists = {about: [entry.rsplit('=', 1) for part in parts if part['about'] == about
                     for entry in part['text'].split(';')] for about in ('windows', 'items')}
    hold_windows(journal, frozen, lists['windows'])
    hold_items(openings, frozen, lists['items'])
    return frozen


def hold_windows(journal, frozen, seen):
    layout = {}
    for seq, e in journal.layouts:
        if seq <= frozen['last_seq']:
            layout[e['window']] = e
    wanted = [[str(number), e['queues'].replace(',', '+')] for number, e in sorted(layout.items())
              if not e['retired']]
    expect('layout', wanted, seen)
    expect('windows', len(wanted), frozen['windows'])


def hold_items(openings, frozen, seen):
    """Most frequent first."""
    visits = Counter(visit.item or '(unknown)' for opening in openings for visit in opening.visits)
    counts = [int(count) for _, count in seen]
    expect('items', (dict(visits), len(visits)), ({item: int(count) for item, count in seen}, frozen['items']))
    expect('order of items', sorted(counts, reverse=True), counts)
