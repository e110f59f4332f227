#!/usr/bin/env python3
"""Numbers as the voice reads them, against tables made here in another way: Chinese by rewriting
the figures, English by a list that is built up from words.

    voice_numbers.py PROGRAM
"""
import re
import subprocess
import sys

FIGURES = '零一二三四五六七八九'


def chinese(number):
    """1050 -> 一千零五十: a rank behind each figure, then the zeros are put right."""
    text = ''.join(FIGURES[int(figure)] + rank
                   for figure, rank in zip(f'{number:04}', ('千', '百', '十', '')))
    text = re.sub('零[千百十]', '零', text)
    text = re.sub('零+', '零', text)
    text = text.strip('零') or '零'
    return re.sub('^一十', '十', text)


def english_list():
    """All of them in order: ones, then what stands before them."""
    ones = 'one two three four five six seven eight nine'.split()
    teens = ('ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen '
             'nineteen').split()
    below = [''] + ones + teens
    for ten in 'twenty thirty forty fifty sixty seventy eighty ninety'.split():
        below += [ten] + [f'{ten} {one}' for one in ones]
    words = list(below)
    for one in ones:
        words += [f'{one} hundred'] + [f'{one} hundred and {rest}' for rest in below[1:]]
    whole = list(words)
    for one in ones:
        whole += [f'{one} thousand'] + [f'{one} thousand and {rest}' for rest in below[1:]] + \
            [f'{one} thousand {rest}' for rest in words[100:]]
    whole[0] = 'zero'
    return whole


def main():
    lines = subprocess.run([sys.argv[1]], capture_output=True, text=True,
                           check=True).stdout.splitlines()
    texts = dict(line.split('=') for line in lines if '=' in line)
    rows = [line.split('\t') for line in lines if '=' not in line]
    english = english_list()
    if [int(row[0]) for row in rows] != list(range(10000)):
        sys.exit('not every number was read')
    wrong = 0
    for number, zh, en in rows:
        seen = (''.join(texts[f'zh/{name}'] for name in zh.split(' ')),
                ' '.join(texts[f'en/{name}'] for name in en.split(' ')))
        wanted = (chinese(int(number)), english[int(number)])
        if seen != wanted:
            wrong += 1
            if wrong <= 5:
                print(f'{number}: wanted {wanted}, read as {seen}')
    print(f'{len(rows)} numbers, {wrong} wrong')
    sys.exit(1 if wrong else 0)


if __name__ == '__main__':
    main()
