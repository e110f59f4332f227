#!/usr/bin/env python3
"""Calls of a real daemon, said by real libasound into files: the PCM "speaker" of a configuration of
the test's own is ALSA's plugin "file" before its plugin "null".

    voice_hall.py ONEWINDOW VIRTUAL_HALL
"""
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hall import Hall, StepError, expect, play, wait_for  # noqa: E402
from sounds import find_all, read_raw, read_wav  # noqa: E402

RATE = 22050
VOICES = '''
voices = (
  { id = "hall"; output = "alsa:speaker"; folder = "recordings"; languages = [ "zh" ]; stale_s = 120; },
  { id = "desk"; output = "file:desk"; folder = "recordings"; languages = [ "en" ]; windows = [ 2 ];
    template_en = "Ticket {number}"; repeat = 2; }
);
'''


def chinese(number, window):
    return (['chime', 'zh/please'] +
            [f'zh/letter-{sign.lower()}' if sign.isalpha() else f'zh/digit-{sign}' for sign in number] +
            ['zh/number-to', f'zh/number-{window}', 'zh/at-window'])


class Voices:
    def __init__(self, hall):
        self.hall = hall
        self.folder = hall.folder
        self.recordings = os.path.join(self.folder, 'recordings')
        self.heard = 0  # files of the speaker that were looked at
        done = hall.run('voice', 'make', '--out', self.recordings)
        expect('voice make', 0, done.returncode)
        with open(hall.config, 'a', encoding='utf-8') as file:
            file.write(VOICES)
        os.environ['ALSA_CONFIG_PATH'] = os.path.join(self.folder, 'asound.conf')
        self.plug()
        hall.start()

    # ---- the device -------------------------------------------------------------------------

    def write_alsa(self, text):
        with open(os.environ['ALSA_CONFIG_PATH'] + '.new', 'w', encoding='ascii') as file:
            file.write(text)
        os.rename(os.environ['ALSA_CONFIG_PATH'] + '.new', os.environ['ALSA_CONFIG_PATH'])

    def plug(self, name='speaker', file='said.raw', truncate='false'):
        self.write_alsa(f'pcm.{name} {{ type file\n slave.pcm {{ type null }}\n format raw\n'
                        f' truncate {truncate}\n file "{self.folder}/{file}" }}\n')

    def said(self):
        """Files in the order of opening: said.raw, said.raw.0001, ..."""
        return sorted(glob.glob(os.path.join(self.folder, 'said.raw*')))

    def check_said(self, number, window):
        """The next file of the speaker is this call, whole, and nothing else."""
        path = wait_for(f'{number} is heard', lambda: (self.said()[self.heard:] or [None])[0])
        self.heard += 1
        heard = read_raw(path)
        names = chinese(number, window)
        found = find_all(RATE, heard, [(name, read_wav(os.path.join(self.recordings, name + '.wav'))[1])
                                       for name in names])
        tail_ms = (len(heard) - found[-1][2]) * 1000 / RATE
        expect(f'{number}: nothing behind it', True, 200 <= tail_ms <= 265)

    # ---- what the daemon says ----------------------------------------------------------------

    def metric(self, name, voice='hall', why=None):
        _, body = self.hall.api.raw('GET', '/metrics')
        label = f'voice="{voice}"' + (f',why="{why}"' if why else '')
        return int(re.search(rf'^onewindow_voice_{name}\{{{label}\}} (\d+)$', body.decode(), re.M)[1])

    def announced(self, count, voice='hall'):
        wait_for(f'{count} calls announced by {voice}',
                 lambda: self.metric('announced_total', voice) >= count, 60)
        expect(f'calls announced by {voice}', count, self.metric('announced_total', voice))

    def health(self, health, detail='', voice='hall', timeout=60):
        wait_for(f'{voice} is {health} {detail}', lambda: (
            self.hall.device(voice)['health'] == health and
            detail in self.hall.device(voice)['detail']), timeout)

    def helpers(self):
        pid = self.hall.daemon.pid
        with open(f'/proc/{pid}/task/{pid}/children', encoding='ascii') as file:
            return [int(word) for word in file.read().split()]

    def stop_helpers(self):
        """As a device that hangs: they are there and do nothing."""
        stopped = self.helpers()
        expect('helpers', 2, len(stopped))
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
            wait_for(f'{pid} has stopped', lambda pid=pid: open(
                f'/proc/{pid}/stat', encoding='ascii').read().rsplit(') ', 1)[1][0] == 'T')
        return stopped

    def take(self):
        return self.hall.api.post('/api/v1/tickets', {'queue': 'general'})['number']

    def call(self, window):
        reply = self.hall.api.post(f'/api/v1/windows/{window}/call-next', {})
        return reply['number']

    def action(self, window, what):
        self.hall.api.post(f'/api/v1/windows/{window}/{what}', {})

    def free(self, window):
        """Whoever stands called there is served and goes."""
        self.hall.api.raw('POST', f'/api/v1/windows/{window}/start', {})
        self.action(window, 'finish')

    def on_board(self, window, text):
        wait_for(f'board {window} shows {text}', lambda: self.hall.virtual.board(
            window, self.hall.glyphs)[0] == text)

    # ---- steps ------------------------------------------------------------------------------

    def opens(self):
        self.health('ok')
        self.health('ok', voice='desk')
        device = self.hall.device('hall')
        expect('the voice among devices', ('voice', 'alsa', 'zh', 'alsa:speaker'),
               (device['class'], device['driver'], device['model'], device['url']))
        said = self.hall.run('devices', '--url', self.hall.url).stdout
        expect('onewindow devices', True, '语音 voice' in said or 'voice' in said)

    def one_call(self):
        number = self.take()
        expect('called', number, self.call(3))
        self.announced(1)
        self.check_said(number, 3)
        self.on_board(3, f'请{number}到3号窗口')
        self.action(3, 'recall')
        self.announced(2)
        self.check_said(number, 3)

    def a_burst(self):
        """Calls at once are said one after the other, in their order, each whole."""
        for _ in range(4):
            self.take()
        calls = [(self.call(window), window) for window in (1, 2, 4, 5)]
        self.announced(6)
        for number, window in calls:
            self.check_said(number, window)
        expect('files of the speaker', 6, len(self.said()))
        # the other voice says window 2 only, in its own words, twice
        self.announced(1, 'desk')
        wait_for('two rounds', lambda: len(glob.glob(os.path.join(self.folder, 'desk', '*.wav'))) == 2)
        for name in ('000001.wav', '000002.wav'):
            rate, heard = read_wav(os.path.join(self.folder, 'desk', name))
            names = ['chime', 'en/ticket', 'en/letter-a'] + [f'en/digit-{sign}' for sign in calls[1][0][1:]]
            find_all(rate, heard, [(one, read_wav(os.path.join(self.recordings, one + '.wav'))[1])
                                   for one in names])

    def a_helper_that_hangs(self):
        """The call is on its board while the voice says nothing; it is said when a new helper is
        there."""
        before = self.metric('announced_total')
        stopped = self.stop_helpers()
        self.free(3)
        number = self.take()
        expect('called', number, self.call(3))
        self.on_board(3, f'请{number}到3号窗口')
        expect('announced meanwhile', before, self.metric('announced_total'))
        expect('helpers that hang', True, set(stopped) <= set(self.helpers()))
        self.health('failed', '语音程序无应答')
        self.announced(before + 1)
        self.check_said(number, 3)
        self.health('ok')
        expect('started', 2, self.metric('starts_total'))
        wait_for('the old one is gone', lambda: not set(stopped) & set(self.helpers()) or
                 len(self.helpers()) == 3, 90)

    def a_device_that_is_gone(self):
        before = self.metric('announced_total')
        self.write_alsa('# nothing is plugged in\n')
        self.free(4)
        number = self.take()
        expect('called', number, self.call(4))
        self.on_board(4, f'请{number}到4号窗口')
        self.health('failed', '音频设备打不开 the audio device does not open: speaker')
        expect('announced meanwhile', before, self.metric('announced_total'))
        self.plug()
        self.announced(before + 1)
        self.check_said(number, 4)
        self.health('ok')

    def a_device_that_hangs(self):
        """libasound itself hangs: its file is a pipe that nobody reads. That costs this call."""
        before = self.metric('announced_total')
        os.mkfifo(os.path.join(self.folder, 'pipe'))
        self.plug(file='pipe', truncate='true')
        self.free(5)
        number = self.take()
        expect('called', number, self.call(5))
        self.on_board(5, f'请{number}到5号窗口')
        wait_for('the call is given up', lambda: self.metric('dropped_total', why='broken') == 1, 90)
        expect('announced meanwhile', before, self.metric('announced_total'))
        self.plug()
        self.health('ok')
        self.action(5, 'recall')
        self.announced(before + 1)
        self.check_said(number, 5)

    def a_call_that_is_over(self):
        """Whoever came to the window before the voice began is not called any more."""
        self.stop_helpers()
        self.free(1)
        first = self.take()
        expect('called', first, self.call(1))
        self.action(1, 'start')
        self.free(3)
        second = self.take()
        expect('called', second, self.call(3))
        before = self.metric('announced_total')
        wait_for('it is dropped', lambda: self.metric('dropped_total', why='over') == 1, 60)
        self.announced(before + 1)
        self.check_said(second, 3)

    def a_restart(self):
        """kill -9: what was begun is not said again, what was not is said once."""
        self.health('ok')
        self.stop_helpers()
        self.free(4)
        number = self.take()
        expect('called', number, self.call(4))
        said = len(self.said())
        helpers = self.helpers()
        self.hall.kill()
        for pid in helpers:
            os.kill(pid, signal.SIGKILL)  # stopped, they would not notice that it is gone
        self.hall.start()
        self.announced(1)
        self.check_said(number, 4)
        self.hall.kill()
        self.hall.start()
        self.health('ok')
        expect('queued', 0, self.metric('queued'))
        expect('announced again', 0, self.metric('announced_total'))
        expect('files of the speaker', said + 1, len(self.said()))

    def a_recording_that_is_gone(self):
        os.rename(os.path.join(self.recordings, 'zh/number-5.wav'), os.path.join(self.folder, 'five'))
        before = self.metric('announced_total')
        self.free(5)
        self.take()
        self.call(5)
        self.health('warning', 'zh/number-5.wav: 没有此录音 is not there')
        expect('announced', before, self.metric('announced_total'))
        expect('dropped', 1, self.metric('dropped_total', why='refused'))
        checked = self.hall.run('config', 'check', self.hall.config)
        expect('config check', True, checked.returncode == 3 and
               'recordings are missing in' in checked.stderr and 'zh: number-5.wav' in checked.stderr)
        os.rename(os.path.join(self.folder, 'five'), os.path.join(self.recordings, 'zh/number-5.wav'))
        self.action(5, 'recall')
        self.announced(before + 1)
        self.check_said(self.hall.api.get('/api/v1/hall')['windows'][4]['number'], 5)
        self.health('ok')

    def the_end(self):
        pids = self.helpers()
        expect('exit', 0, self.hall.stop())
        wait_for('helpers end', lambda: not any(
            'onewindow-voice' in open(f'/proc/{pid}/cmdline', encoding='utf-8').read()
            for pid in pids if os.path.exists(f'/proc/{pid}')))
        errors = self.hall.daemon_errors()
        expect('sanitizers', False, 'Sanitizer' in errors)


def main():
    hall = Hall(sys.argv[1], sys.argv[2])
    voices = Voices(hall)
    sys.exit(play(hall, [
        ('the voices open', voices.opens),
        ('one call, and again', voices.one_call),
        ('four at once', voices.a_burst),
        ('a helper that hangs', voices.a_helper_that_hangs),
        ('a device that is gone', voices.a_device_that_is_gone),
        ('a device that hangs', voices.a_device_that_hangs),
        ('a call that is over', voices.a_call_that_is_over),
        ('kill -9, twice', voices.a_restart),
        ('a recording that is gone', voices.a_recording_that_is_gone),
        ('the end', voices.the_end),
    ]))


if __name__ == '__main__':
    main()
