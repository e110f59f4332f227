#!/usr/bin/env python3
"""One call as a WAV file, by a folder that espeak-ng made: which recordings stand in it, in which
order, with which pauses; how long and how loud it is, by two readers. The file stays in FOLDER.

    voice_call.py ONEWINDOW FOLDER
"""
import json
import math
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hall import StepError, expect  # noqa: E402
from sounds import active, find_all, level, loudness, pitch, read_wav, sine  # noqa: E402

# A012 to window 12, as docs/voice.md reads it; the pause before each in ms.
CALL = [('chime', 0), ('zh/please', 500), ('zh/letter-a', 40), ('zh/digit-0', 40), ('zh/digit-1', 40),
        ('zh/digit-2', 40), ('zh/number-to', 40), ('zh/number-10', 40), ('zh/number-2', 40),
        ('zh/at-window', 40), ('en/ticket', 500), ('en/letter-a', 40), ('en/digit-0', 40),
        ('en/digit-1', 40), ('en/digit-2', 40), ('en/please-proceed-to-window', 290),
        ('en/number-12', 40)]
MARGIN_MS = 30  # of each recording, kept at both ends


def between(what, low, seen, high):
    if not low <= seen <= high:
        raise StepError(f'{what}: {seen:.2f} is not within {low} to {high}')


def run(*words, code=0):
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != code:
        raise StepError(f'{words}: exit {done.returncode}\n{done.stdout}{done.stderr}')
    return done.stdout + done.stderr


def recording(folder, name):
    rate, samples = read_wav(os.path.join(folder, name + '.wav'))
    expect(f'rate of {name}', 22050, rate)
    return samples


def check_tones(folder):
    """Pinyin is spoken with its tones: 三 level, 零 rising, 五 low, 四 and 二 falling."""
    tones = {name: pitch(22050, recording(folder, f'zh/{name}'))
             for name in ('number-3', 'digit-0', 'number-5', 'number-4', 'number-2')}
    moved = {name: hertz[-1] - hertz[0] for name, hertz in tones.items()}
    between('三 in Hz', -4, moved['number-3'], 4)
    between('零 in Hz', 8, moved['digit-0'], 40)
    between('五 in Hz, against 三', -40, min(tones['number-5']) - min(tones['number-3']), -10)
    between('四 in Hz', -40, moved['number-4'], -8)
    between('二 in Hz', -40, moved['number-2'], -8)
    print('tones: ' + ', '.join(f'{name} {hertz[0]:.0f} to {hertz[-1]:.0f} Hz'
                                for name, hertz in tones.items()))


def check_folder(onewindow, folder):
    """Every recording is there, is no click and no lecture, and not overdriven."""
    said = run(onewindow, 'voice', 'make', '--out', folder)
    rows = [line.split('\t') for line in said.splitlines() if '\t' in line]
    expect('recordings', 122, len(rows))
    for row in rows:
        samples = recording(folder, row[0][:-4])
        begin, end = active(22050, samples)
        peak, _ = level(samples[begin:end])
        between(f'{row[0]}: seconds', .12, (end - begin) / 22050, 1.9)
        between(f'{row[0]}: peak', -16, peak, -.1)
        # the program's own figures are those of this reader
        between(f'{row[0]}: seconds told', -.02, (end - begin) / 22050 - float(row[2].split()[0]), .02)
        between(f'{row[0]}: peak told', -.06, peak - float(row[3].split()[1]), .06)
    print(f'{folder}: {len(rows)} recordings, each .12 to 1.9 s, peak -16 to -.1 dB')


def check_loudness_meter():
    """A sine of 997 Hz at full scale is -3.01 LUFS on one channel; 20 dB less is 20 less."""
    for rate in (22050, 48000):
        between('LUFS of the reference', -3.06, loudness(rate, sine(rate, 997, 2, 1)), -2.96)
        between('LUFS of it, -20 dB', -23.06, loudness(rate, sine(rate, 997, 2, .1)), -22.96)


def check_call(onewindow, folder, path):
    said = run(onewindow, 'voice', 'say', 'A012', '12', '--out', path, '--folder', folder)
    rate, heard = read_wav(path)
    expect('rate', 22050, rate)
    seconds = len(heard) / rate
    between('seconds of the call', 8, seconds, 14)
    found = find_all(rate, heard, [(name, recording(folder, name)) for name, _ in CALL])
    for (name, first, _), before, (_, pause) in zip(found[1:], found, CALL[1:]):
        gap_ms = (first - before[2]) * 1000 / rate
        between(f'pause before {name} in ms', pause + MARGIN_MS - 1, gap_ms, pause + 2 * MARGIN_MS + 1)
    peak, rms = level(heard)
    between('peak of the call', -12, peak, -1)
    between('rms of the call', -28, rms, -18)
    chinese = heard[found[1][1]:found[9][2]]
    english = heard[found[10][1]:found[-1][2]]
    lufs = [loudness(rate, part) for part in (heard, chinese, english)]
    between('LUFS of the call', -26, lufs[0], -16)
    between('Chinese against English in LU', -3, lufs[1] - lufs[2], 3)
    check_clicks(rate, heard, found)
    # a second reader
    stat = run('sox', path, '-n', 'stat')
    between('seconds by sox', -.001, float(re.search(r'Length.*: +([\d.]+)', stat)[1]) - seconds, .001)
    between('rms by sox', -.1, 20 * math.log10(
        float(re.search(r'RMS +amplitude: +([\d.]+)', stat)[1])) - rms, .1)
    # and the program's own word
    told = re.search(r'([\d.]+) s, 22050 Hz, peak (-[\d.]+) dB', said)
    between('seconds told', -.01, float(told[1]) - seconds, .01)
    between('peak told', -.1, float(told[2]) - peak, .1)
    print(f'{path}: {seconds:.2f} s, peak {peak:.1f} dBFS, rms {rms:.1f} dBFS, {lufs[0]:.1f} LUFS '
          f'(Chinese {lufs[1]:.1f}, English {lufs[2]:.1f}), {len(found)} recordings in order')
    with open(path + '.json', 'w', encoding='utf-8') as file:
        json.dump([(name, first / rate, last / rate) for name, first, last in found], file)


def check_clicks(rate, heard, found):
    """Between recordings is silence to the last bit, and no recording begins or ends with a jump."""
    for before, after in zip(found, found[1:]):
        middle = (before[2] + after[1]) // 2
        half = rate * 18 // 1000
        expect(f'silence before {after[0]}', {0}, set(heard[middle - half:middle + half]))
        edge = heard[before[2] + 1:middle]
        jump = max((abs(a - b) for a, b in zip(edge, edge[1:])), default=0)
        between(f'largest step behind {before[0]}', 0, jump, 1500)


def check_refusals(onewindow, folder, path):
    """Nothing is written where a recording is missing, is of another rate or the template has a word
    without one."""
    bad = folder + '-bad'
    shutil.rmtree(bad, ignore_errors=True)
    shutil.copytree(folder, bad)
    say = (onewindow, 'voice', 'say', 'A012', '12', '--out', path, '--folder', bad)
    os.unlink(os.path.join(bad, 'zh/digit-0.wav'))
    expect('a missing recording', True, 'zh/digit-0.wav: 没有此录音' in run(*say, code=1))
    run('sox', os.path.join(folder, 'zh/digit-0.wav'), '-r', '44100',
        os.path.join(bad, 'zh/digit-0.wav'))
    expect('another rate', True, '44100 Hz，其他录音为 the others have 22050' in run(*say, code=1))
    run('sox', os.path.join(folder, 'zh/digit-0.wav'), '-c', '2',
        os.path.join(bad, 'zh/digit-0.wav'))
    expect('two channels', True, 'zh/digit-0.wav: 2 声道' in run(*say, code=1))
    run('sox', '-n', '-r', '22050', '-c', '1', '-b', '16', os.path.join(bad, 'zh/digit-0.wav'),
        'trim', '0', '0.5')
    expect('silence', True, '录音无声 the recording is silent' in run(*say, code=1))
    expect('a word without recording', True, '号柜台' in run(
        *say, '--template-zh', '请{number}号到{window}号柜台', code=1))
    expect('a file was written', False, os.path.exists(path))
    said = run(onewindow, 'voice', 'check', bad, code=1)
    expect('check', True, '121 个可用 good, 1 个有误或缺少' in said and 'digit-0' in said)
    run(onewindow, 'voice', 'say', 'A012', 'twelve', '--out', path, '--folder', folder, code=2)
    run(onewindow, 'voice', 'say', 'A-12', '12', '--out', path, '--folder', folder, code=1)
    shutil.rmtree(bad)
    # a hall's own words: written first, made like the others
    own = folder + '-own'
    shutil.rmtree(own, ignore_errors=True)
    os.makedirs(os.path.join(own, 'zh'))
    with open(os.path.join(own, 'zh/words.txt'), 'w', encoding='utf-8') as file:
        file.write('please = 请 | qing3\nto = 号到 | hao4 dao4\ndesk = 号柜台 | hao4 gui4 tai2\n')
    run(onewindow, 'voice', 'make', '--languages', 'zh', '--out', own)
    run(onewindow, 'voice', 'say', 'B7', '21', '--languages', 'zh', '--out', path, '--folder', own,
        '--template-zh', '请{number}号到{window}号柜台')
    rate, heard = read_wav(path)
    names = ['chime', 'zh/please', 'zh/letter-b', 'zh/digit-7', 'zh/to', 'zh/number-2', 'zh/number-10',
             'zh/number-1', 'zh/desk']
    find_all(rate, heard, [(name, recording(own, name)) for name in names])
    os.unlink(path)
    shutil.rmtree(own)


def main():
    onewindow, folder = sys.argv[1], os.path.abspath(sys.argv[2])
    os.makedirs(folder, exist_ok=True)
    recordings = os.path.join(folder, 'recordings')
    shutil.rmtree(recordings, ignore_errors=True)
    try:
        check_loudness_meter()
        check_folder(onewindow, recordings)
        check_tones(recordings)
        check_call(onewindow, recordings, os.path.join(folder, 'call-A012-12.wav'))
        check_refusals(onewindow, recordings, os.path.join(folder, 'refused.wav'))
    except StepError as error:
        print(f'FAILED: {error}')
        sys.exit(1)
    print('every step held')


if __name__ == '__main__':
    main()
