"""Holds the comparison of `onewindow report --baseline --format json` to compare.py: integers and words
exactly, numbers to 1e-9 of their size."""
import math

from figures import Different, expect, total_of, visits_of
from survival import kaplan_meier

CLOSE = 1e-9


def is_close(expected, seen, size):
    return abs(expected - seen) <= CLOSE * max(abs(expected), abs(seen), size)


def near(what, expected, seen, size=0.0):
    """size: of what the number was subtracted from."""
    if isinstance(expected, (list, tuple)):
        if not isinstance(seen, list) or len(seen) != len(expected):
            raise Different(f'{what}: expected {expected!r}, the report has {seen!r}')
        for one, other in zip(expected, seen):
            near(what, one, other, size)
        return
    finite = expected is not None and math.isfinite(expected)
    if finite != (seen is not None) or (finite and not is_close(expected, seen, size)):
        raise Different(f'{what}: expected {expected!r}, the report has {seen!r}')


def scaled(ends, scale):
    """No ends are infinite ones, and null."""
    return [math.inf if end is None else end * scale for end in ends or (None, None)]


def interval(what, hull, seen, scale=1.0):
    size = abs((hull['theta'] or 0) * scale)
    near(f'{what} point', hull['theta'] and hull['theta'] * scale, seen['point'])
    near(f'{what} interval', scaled(hull['ends'], scale), seen['interval'], size)
    nothing = {'se': 0, 'low': None, 'high': None, 'undefined': 0}
    for name, part in zip(('by_days', 'by_blocks'), hull['parts'] or [nothing, nothing]):
        near(f'{what} {name} se', part['se'] * scale, seen[name]['se'])
        near(f'{what} {name}', scaled((part['low'], part['high']), scale), seen[name]['interval'], size)
        expect(f'{what} {name} undefined', part['undefined'], seen[name]['undefined'])


def reduction(theta):
    return None if theta is None or not math.isfinite(theta) else 1 - math.exp(theta)


def reductions(what, hull, shown, seen):
    ends = hull['ends'] if shown and hull['ends'] else (None, None)
    near(f'{what} reduction', reduction(hull['theta']) if shown else None, seen['reduction'], 1)
    near(f'{what} interval', [reduction(ends[1]), reduction(ends[0])], seen['interval'], 1)


def figure(what, means, pair, relative, verdict, seen):
    near(f'{what} before, after', [mean and mean / 60000 for mean in means],
         [seen['before_min'], seen['after_min']])
    expect(f'{what} verdict', verdict, seen['verdict'])
    expect(f'{what} relative', relative, seen['relative'])
    known = verdict not in ('no-waits', 'overlap')
    reductions(what, pair[0], known and relative, seen)
    if not known:
        expect(f'{what} intervals', (None, None), (seen['log_ratio'], seen['difference_min']))
        return
    interval(f'{what} log', pair[0], seen['log_ratio'])
    interval(f'{what} difference', pair[1], seen['difference_min'], 1 / 60000)


def in_ms(hull):
    """Of differences in s."""
    times = 1000
    return {'theta': hull['theta'] and hull['theta'] * times,
            'ends': hull['ends'] and [end * times for end in hull['ends']],
            'parts': [part | {name: part[name] if part[name] is None else part[name] * times
                              for name in ('se', 'low', 'high')} for part in hull['parts']]}


def share(comparison, seen):
    verdict = comparison.share_verdict()
    known = verdict != 'no-waits'
    near('share', [sum(side.within) / sum(side.decided) if known else None for side in comparison.sides],
         [seen['before'], seen['after']])
    expect('share verdict', verdict, seen['verdict'])
    if known:
        interval('share', comparison.share, seen['difference_points'], 100)
    else:
        expect('share interval', None, seen['difference_points'])


def survivals(comparison, which):
    side = comparison.sides[which]
    called, left = side.flat('totals'), side.flat('ages')
    bands = comparison.bands[which]
    seconds = {}
    for percent in (50, 90):
        seconds[f'p{percent}_min'] = kaplan_meier(called, left, percent)
        seconds[f'p{percent}_band'] = bands[percent] if bands else [None, None]
    return {name: [None if s is None else s / 60 for s in value] if isinstance(value, list)
            else None if value is None else value / 60 for name, value in seconds.items()}


def bounds(comparison, seen):
    (lower_b, upper_b), (lower_a, upper_a) = comparison.bounds
    censored = [sum(day.count['censored'] for day in side.days) for side in comparison.sides]
    expect('censored', censored, [seen['before_censored'], seen['after_censored']])
    near('bounds', [mean and mean / 60000 for mean in (lower_b, upper_b, lower_a, upper_a)],
         [seen[name] for name in ('before_lower_min', 'before_upper_min', 'after_lower_min',
                                  'after_upper_min')])
    for name, before, after in (('lower', lower_b, lower_a), ('upper', upper_b, upper_a),
                                ('worst', lower_b, upper_a)):
        near(f'reduction {name}', 1 - after / before if before and after is not None else None,
             seen[f'reduction_{name}'], 1)
    if None not in comparison.means('mean'):
        expect('turns', not comparison.bounds_agree(), seen['turns'])


def differences(comparison, seen):
    did = comparison.did
    if did is None:
        expect('difference in differences', None, seen)
        return
    verdict, hull, drift = comparison.did_verdict(), did['interval'], did['drift']
    expect('common days', did['days'], [seen['before_days'], seen['after_days']])
    expect('difference in differences: verdict', verdict, seen['verdict'])
    known = verdict not in ('few-days', 'no-waits')
    part = hull['parts'][0] if hull['parts'] else {'se': None, 'undefined': 0}
    reductions('difference in differences', hull, known, seen)
    near('difference in differences', [hull['theta'] if known else None, part['se'] if known else None],
         [seen['log_ratio'], seen['se']])
    near('difference in differences: interval', scaled(hull['ends'] if known else None, 1),
         seen['log_ratio_interval'])
    expect('difference in differences: undefined', part['undefined'], seen['undefined'])
    near('slope', drift['slope'] if known and drift else None, seen['slope'])
    near('slope interval', drift['ends'] if known and drift else [None, None], seen['slope_interval'],
         abs(drift['slope']) if drift else 0)


def compare_comparison(seen, comparison):
    """All of `comparison` in the report's JSON."""
    sides = comparison.sides
    expect('baseline total wait', total_of(sides[0].days), seen['baseline']['total_wait'])
    expect('baseline visits', visits_of(sides[0].days, comparison.target), seen['baseline']['visits'])
    expect('resamples, block', (1999, 5), (seen['resamples'], seen['block_days']))
    expect('seed', int.from_bytes(bytes.fromhex(seen['baseline']['rows'])[:8], 'little'), int(seen['seed'], 16))
    shown = comparison.verdict() in ('shorter', 'longer') and comparison.is_relative('mean')
    reductions('headline', comparison.mean[0], shown, seen)
    hold_comparison(seen, comparison)


def hold_comparison(seen, comparison):
    """What compare() says."""
    sides = comparison.sides
    expect('days', [side.size for side in sides], [seen['before_days'], seen['after_days']])
    expect('visits', [sum(side.n) for side in sides], [seen['before_visits'], seen['after_visits']])
    expect('verdict', comparison.verdict(), seen['verdict'])
    figure('mean', comparison.means('mean'), comparison.mean, comparison.is_relative('mean'),
           comparison.verdict(), seen['mean'])
    figure('p90', comparison.means('p90'), [comparison.p90[0], in_ms(comparison.p90[1])],
           comparison.is_relative('p90'), comparison.verdict('p90'), seen['p90'])
    figure('per case', comparison.means('per_case'), comparison.per_case, comparison.is_relative('per_case'),
           comparison.verdict('per_case'), seen['per_case'])
    for name, values in (('cases', 'cases'), ('filings', 'filings')):
        expect(name, [sum(getattr(day, values) for day in side.days) for side in sides],
               [seen['per_case'][f'before_{name}'], seen['per_case'][f'after_{name}']])
    share(comparison, seen['share_within'])
    near('overlap', comparison.overlap, seen['standardised']['overlap'])
    expect('cells', len(comparison.cells), seen['standardised']['cells'])
    figure('standardised', comparison.means('standard'), comparison.standard,
           comparison.is_relative('standard'), comparison.verdict('standard'), seen['standardised'])
    bounds(comparison, seen['bounds'])
    differences(comparison, seen['difference_in_differences'])
    for which, name in enumerate(('before', 'after')):
        for key, value in survivals(comparison, which).items():
            near(f'Kaplan-Meier {name} {key}', value, seen['kaplan_meier'][name][key])
