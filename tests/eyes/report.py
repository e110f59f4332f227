#!/usr/bin/env python3
"""The report's HTML on paper: Chromium prints it, poppler makes grey pictures of the pages, tesseract
reads them. It is A4; each chart is whole on one page, its labels legible without colour; no word of
the log became an element.

    report.py HTML-DEMO ONEWINDOW-CHART [FOLDER for the pictures]"""
import os
import re
import subprocess
import sys
import tempfile

from look import Seen, expect, run

DPI = 160
# at the top, at the bottom and beside the lines of each chart
CHARTS = [['share of visits', 'waited at most, minutes', 'baseline (n 10800)', 'n 8100)', 'target 15'],
          ['wait, minutes', 'hour of issue', '17:00', 'baseline', 'period'],
          ['mean wait, minutes', 'service day', 'baseline mean 13.37', 'period mean 0.93', 'change', '2026-01-01']]
MAX_SECONDS = 120


def print_page(folder, text):
    """Grey PNGs of the pages."""
    page, pdf = os.path.join(folder, 'report.html'), os.path.join(folder, 'report.pdf')
    with open(page, 'wb') as file:
        file.write(text)
    done = subprocess.run(['chromium', '--headless', '--no-sandbox', '--disable-gpu', '--no-pdf-header-footer',
                           f'--user-data-dir={folder}/profile', f'--print-to-pdf={pdf}', f'file://{page}'],
                          capture_output=True, check=False, timeout=MAX_SECONDS)
    if done.returncode or not os.path.exists(pdf):
        raise Seen(f'Chromium: {done.returncode} {done.stderr.decode(errors="replace")}')
    _, info, _ = run('pdfinfo', pdf)
    sizes = re.findall(r'Page size: +([\d.]+) x ([\d.]+)', info.decode())
    if [round(float(size)) for size in sizes[0]] != [595, 842]:
        raise Seen(f'no A4: {sizes}')
    run('pdftoppm', '-r', str(DPI), '-gray', '-png', pdf, os.path.join(folder, 'page'))
    return sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.startswith('page'))


def read(picture):
    """Sparse text, in no order; blanks and letter case do not count."""
    _, text, _ = run('tesseract', picture, '-', '-l', 'eng', '--psm', '11')
    return squeeze(text.decode())


def squeeze(text):
    return re.sub(r'\s+', '', text).lower()


def look(folder, demo, chart):
    done = subprocess.run([demo, 'compared'], capture_output=True, check=True,
                          env={**os.environ, 'ONEWINDOW_CHART': chart})
    pages = [read(picture) for picture in print_page(folder, done.stdout)]
    for words in CHARTS:
        on = [[i for i, text in enumerate(pages) if squeeze(word) in text] for word in words]
        whole = set.intersection(*map(set, on))
        if len(whole) != 1:
            raise Seen(f'not on one page: {dict(zip(words, on))}')
    first = pages[0]
    for word in ('93.0% shorter', '95% interval 91.3% to 94.3%', '13.37', '<b>&'):
        if squeeze(word) not in first:
            raise Seen(f'"{word}" is not on the first page: {first}')
    expect('pages', 5, len(pages))


def main():
    if len(sys.argv) > 3:
        look(sys.argv[3], *sys.argv[1:3])
        return 0
    with tempfile.TemporaryDirectory(prefix='onewindow-eyes-') as folder:
        look(folder, *sys.argv[1:3])
    return 0


if __name__ == '__main__':
    try:
        sys.exit(main())
    except Seen as error:
        sys.exit(f'FAILED {error}')
