#!/usr/bin/env python3
"""The parts of docs/scenarios/founding-*.conf that formulas give, on stdout.

    founding.py items      founding-items.conf, all of it
    founding.py queues     the queues of founding-before.conf, one a department
    founding.py windows    its windows

tests/unit/simulate holds the files to the formulas by a computation of its own."""
import math
import sys
from statistics import NormalDist

ITEMS, DEPARTMENTS, EXTRA_WINDOWS = 977, 31, 6

HEAD = '''\
# 创始案例的 977 个事项，由 scripts/founding.py 按公式生成；founding-before.conf 与
# founding-after.conf 共用。报道只给出 977 与 31 两个数，其余均为假设：
# The 977 items of the founding example, made by scripts/founding.py from formulas; shared by
# founding-before.conf and founding-after.conf. The article gives the numbers 977 and 31 and nothing
# more of them; all else is assumed:
#   share       齐夫定律，第 r 个事项的份额为 1/(r+1)，r = 0..976
#               Zipf's law: item r has the share 1/(r+1), r = 0..976
#   department  第 r mod 31 个部门 the department r mod 31
#   factor      exp(0.4 z)，z 为标准正态分布在 (((389 r + 194) mod 977) + 0.5) / 977 处的分位数，
#               再归一，使办件的平均为 1
#               exp(.4 z), z the standard normal quantile at (((389 r + 194) mod 977) + .5) / 977,
#               scaled so that its mean over cases is 1
#   skill       r mod 28 = 27 的事项只由具备该技能的窗口办理
#               the items with r mod 28 = 27 are served only where a window has the skill
#   online      r mod 22 = 21 及 r = 976 不能网上申报；其余 932 项为 95.4%，与报道相符
#               not for r mod 22 = 21 and r = 976; the other 932 are 95.4%, as the article has it
'''


def factors():
    normal = NormalDist()
    raw = [math.exp(.4 * normal.inv_cdf(((389 * r + 194) % ITEMS + .5) / ITEMS)) for r in range(ITEMS)]
    shares = [1 / (r + 1) for r in range(ITEMS)]
    mean = math.fsum(s * f for s, f in zip(shares, raw)) / math.fsum(shares)
    return [f / mean for f in raw]


def print_items():
    print(HEAD)
    print('items = (')
    for r, factor in enumerate(factors()):
        skill = ' skill = "special";' if r % 28 == 27 else ''
        online = 'false' if r % 22 == 21 or r == ITEMS - 1 else 'true'
        print(f'  {{ id = "item-{r:03}"; zh = "事项{r:03}"; en = "Item {r:03}"; '
              f'department = "部门{r % DEPARTMENTS + 1:02}"; share = {1 / (r + 1)!r}; '
              f'factor = {factor!r};{skill} online = {online}; }}{"," if r < ITEMS - 1 else ""}')
    print(');')


def windows():
    """How many each department has: one, then six more, each to the highest load a window."""
    load = [0.] * DEPARTMENTS
    for r, factor in enumerate(factors()):
        load[r % DEPARTMENTS] += factor / (r + 1)
    count = [1] * DEPARTMENTS
    for _ in range(EXTRA_WINDOWS):
        count[max(range(DEPARTMENTS), key=lambda d: load[d] / count[d])] += 1
    return count


def print_rows(name, rows):
    print(f'{name} = (')
    print(',\n'.join(f'  {{ {row} }}' for row in rows))
    print(');')


def prefix(d):
    return chr(ord('A') + d) if d < 26 else 'Z' + chr(ord('A') + d - 26)


def main():
    what = sys.argv[1] if len(sys.argv) == 2 else ''
    if what == 'items':
        print_items()
    elif what == 'queues':
        print_rows('queues', (
            f'id = "dept-{d + 1:02}"; zh = "部门{d + 1:02}"; en = "Department {d + 1:02}"; '
            f'kind = "intake"; prefix = "{prefix(d)}"; first = 1; last = 999; work = true; '
            f'departments = [ "部门{d + 1:02}" ];' for d in range(DEPARTMENTS)))
    elif what == 'windows':
        print_rows('windows', (
            f'count = {count}; queues = [ "dept-{d + 1:02}" ]; skills = [ "special" ];'
            for d, count in enumerate(windows())))
    else:
        sys.exit(__doc__)


if __name__ == '__main__':
    main()
