#!/usr/bin/env python3
"""The SVG of onewindow-chart: well-formed, ids of their own, without text, scripts or anything from
outside, small; the two sides apart without colour; labels where there is nothing.

    chart_check.py ONEWINDOW-CHART"""
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

SVG, XLINK = '{http://www.w3.org/2000/svg}', '{http://www.w3.org/1999/xlink}'
MAX_BYTES = 100000


class Failed(Exception):
    pass


def expect(what, wanted, got):
    if wanted != got:
        raise Failed(f'{what}: wanted {wanted!r}, got {got!r}')


def draw(program, charts, code=0):
    text = charts if isinstance(charts, bytes) else json.dumps(charts).encode()
    done = subprocess.run([program], input=text, capture_output=True, check=False)
    errors = done.stderr.decode()
    if done.returncode != code or bool(errors) != bool(code):
        raise Failed(f'exit {done.returncode}, not {code}: {errors}')
    return errors if code else json.loads(done.stdout)


def chart(name, **more):
    wait = [10 * (1 + (i * 7919 % 101) / 101) for i in range(60)]
    before = {'side': 'before', 'label': '基期 baseline', 'x': list(range(60)), 'y': wait}
    after = {'side': 'after', 'label': '本期 period', 'x': list(range(60, 120)), 'y': [w / 10 for w in wait]}
    return {'id': name, 'title': 'A <title> & "more"', 'description': '等候 wait', 'width': 680, 'height': 300,
            'x': {'label': '日 day', 'from': 0, 'to': 120}, 'y': {'label': '分 min', 'from': 0, 'to': 20},
            'marks': [{'at': 60, 'label': '变化 change'}], 'series': [before, after]} | more


def drawn(series, **how):
    return [one | how for one in series]


def ids_of(svg):
    return [element.get('id') for element in ElementTree.fromstring(svg).iter() if element.get('id')]


def well_formed(svg, name):
    root = ElementTree.fromstring(svg)
    expect('root', SVG + 'svg', root.tag)
    expect('role', 'img', root.get('role'))
    ids = ids_of(svg)
    expect('ids', len(ids), len(set(ids)))
    for one in ids:
        if not one.startswith(name + '-'):
            raise Failed(f'id {one} does not begin with {name}-')
    used = re.findall(r'(?:href="|url\()#([^")]+)', svg) + root.get('aria-labelledby').split()
    for one in used:
        if one not in ids:
            raise Failed(f'#{one} is not there')
    expect('title', 'A <title> & "more"', root.find(SVG + 'title').text)
    expect('description', '等候 wait', root.find(SVG + 'desc').text)
    allowed = {'svg', 'title', 'desc', 'defs', 'g', 'symbol', 'path', 'use', 'clipPath', 'rect'}
    seen = {element.tag.replace(SVG, '') for element in root.iter()}
    if not seen <= allowed:
        raise Failed(f'elements {seen - allowed}')
    outside = [value for element in root.iter() for key, value in element.attrib.items()
               if key.endswith('href') and not value.startswith('#')]
    expect('what comes from outside', [], outside)
    long = re.findall(r'\d+\.\d{3,}', svg)
    expect('long decimals', [], long)
    if len(svg) > MAX_BYTES:
        raise Failed(f'{len(svg)} bytes')


def drawings(program):
    """Each kind, all on one page."""
    base = chart('a')
    band = [{**one, 'low': [y / 2 for y in one['y']], 'high': [y * 2 for y in one['y']]} for one in base['series']]
    shares = [{**one, 'x': [i / 5000 for i in range(50000)], 'y': [i / 50000 for i in range(50000)]}
              for one in base['series']]
    charts = [chart('points', series=drawn(base['series'], markers=True)),
              chart('lines', series=drawn(band, line=True, markers=True)),
              chart('steps', series=drawn(shares, steps=True), x={'from': 0, 'to': 10},
                    y={'from': 0, 'to': 1, 'percent': True}),
              chart('empty', series=[]), chart('none', series=drawn([{**base['series'][0], 'x': [], 'y': []}], line=True)),
              chart('gaps', series=drawn([{**base['series'][0], 'y': [None] * 60}], line=True, markers=True))]
    svgs = draw(program, charts)
    expect('how many', len(charts), len(svgs))
    for one, svg in zip(charts, svgs):
        well_formed(svg, one['id'])
    every = [one for svg in svgs for one in ids_of(svg)]
    expect('ids on the page', len(every), len(set(every)))
    print('bytes:', {one['id']: len(svg) for one, svg in zip(charts, svgs)})
    return dict(zip((one['id'] for one in charts), svgs))


def without_colour(svgs):
    """Take the colours away, and the sides still differ: dashes, and the white in the markers."""
    def strokes(svg):
        return [style for style in re.findall(r'<path style="([^"]*)"', svg) if 'stroke-width:1.8' in style]
    dashed = ['stroke-dasharray:6,4' in style for style in strokes(svgs['lines'])]
    expect('lines, and the pieces before their labels: dashed, not', [True, False] * 2, dashed)
    dots = [style for style in re.findall(r'<path style="([^"]*)"', svgs['points']) if 'linecap:round' in style]
    expect('markers: dark, white in it; dark', [False, True, False],
           ['stroke:rgb(100%,100%,100%)' in style for style in dots])


def written(svg):
    """Left and lowest places of all writing."""
    glyphs = [element for element in ElementTree.fromstring(svg).iter(SVG + 'use')
              if 'glyph' in element.get(XLINK + 'href', '')]
    return [(float(element.get('x')), float(element.get('y'))) for element in glyphs]


def heading(program):
    """Lines above all else, which gives way; nothing is written at the edge."""
    plain, headed = draw(program, [chart('a', marks=[]), chart('b', marks=[], heading=['WWWW', 'MMMMMM'])])
    places = [sorted(written(svg), key=lambda place: place[1]) for svg in (plain, headed)]
    expect('more is written', 10, len(places[1]) - len(places[0]))
    lines = sorted({y for _, y in places[1][:10]})
    expect('lines', 2, len(lines))
    if places[1][10][1] < lines[1] + 10:
        raise Failed(f'the heading is too close to {places[1][10]}')
    expect('what stands lowest', places[0][-1][1], places[1][-1][1])
    for list_of in places:
        if min(x for x, _ in list_of) < 4 or min(y for _, y in list_of) < 8:
            raise Failed(f'written at the edge: {sorted(list_of)[:3]}')


def gaps(program):
    """A null parts the line in two."""
    base = chart('a')['series'][0] | {'line': True}
    cut = base | {'y': [None if i == 30 else y for i, y in enumerate(base['y'])]}
    moves = []
    for series in (base, cut):
        svg, = draw(program, [chart('a', series=[series | {'label': ''}])])
        path, = re.findall(r'<path style="[^"]*stroke-width:1.8[^"]*" d="([^"]*)"', svg)
        moves.append(path.count('M '))
    expect('pieces of the line', [1, 2], moves)


def refused(program):
    for charts in (b'', b'{}', b'[', b'[1]', [chart('a b')], [chart('a', width=1e9)],
                   [chart('a', x={'from': 1, 'to': 0})], [chart(f'c{i}') for i in range(33)],
                   b'[' + b'[' * 5000):
        errors = draw(program, charts, code=1)
        if not re.search('[\u4e00-\u9fff]', errors) or len(errors.splitlines()) != 1:
            raise Failed(f'{errors}')
    if 'chart 2' not in draw(program, [chart('a'), chart('')], code=1):
        raise Failed('which chart is wrong is not said')


def main():
    svgs = drawings(sys.argv[1])
    without_colour(svgs)
    heading(sys.argv[1])
    gaps(sys.argv[1])
    refused(sys.argv[1])
    return 0


if __name__ == '__main__':
    try:
        sys.exit(main())
    except Failed as error:
        sys.exit(f'FAILED {error}')
