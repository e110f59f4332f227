"""Plays the examples of firmware-host/PROTOCOL.md to a device."""
import os
import re

import device
import eyes

DOCUMENT = os.path.join(os.path.dirname(__file__), '..', '..', 'firmware-host', 'PROTOCOL.md')


def read_examples():
    """Lists of (line number, word, rest)."""
    examples, inside = [], False
    with open(DOCUMENT, encoding='utf-8') as file:
        for number, line in enumerate(file, 1):
            line = line.split('#')[0].rstrip()
            if not inside:
                inside = line == '```example'
                if inside:
                    examples.append([])
            elif line == '```':
                inside = False
            elif line:
                word, _, rest = line.partition(' ')
                examples[-1].append((number, word, rest.strip()))
    return examples


def settings_of(words):
    kind, address = words[0], int(words[1])
    settings = {'kind': device.KINDS[kind], 'address': address, 'baud': 9600}
    for word in words[2:]:
        size = re.fullmatch(r'(\d+)x(\d+)', word)
        if size:
            settings.update({'width': int(size[1]), 'height': int(size[2]), 'host-lost': 60})
        elif word in ('acknowledges', 'counts-end'):
            settings[word] = True
    return settings


class Player:
    def __init__(self, place, folder):
        self.place, self.folder, self.device = place, folder, None

    def stop(self):
        if self.device:
            self.device.stop()

    def power(self, rest):
        words = rest.split()
        self.stop()
        memory = os.path.join(self.folder, 'document')
        device.make_memory(memory, settings_of(words))
        self.device = device.Device(self.place, words[0], memory)
        self.device.start()
        self.device.hold()
        if 'nonce' in words:
            self.device.ask('nonce ' + words[words.index('nonce') + 1].lower())

    def restart(self):
        self.device.stop()
        self.device.start()
        self.device.hold()

    def shown(self):
        if not self.device.kind.endswith('board'):
            return self.device.display()
        _, rows, width = self.device.dots()
        return eyes.read(rows, width)

    def play_line(self, number, word, rest):
        if word != '<' and self.device:
            said = self.device.said()
            if said:
                raise device.Failed(f'before line {number} the device said {said.hex(" ")}')
        if word == 'power':
            self.power(rest)
        elif word == 'restart':
            self.restart()
        elif word == 'key':
            self.device.key(*(int(n) for n in rest.split()))
        elif word == 'wait':
            self.device.wait(int(rest))
        elif word == '>':
            self.device.give(bytes.fromhex(rest.replace('bad', '')))
        elif word == '<':
            said = self.device.said()
            if said != bytes.fromhex(rest):
                raise device.Failed(f'line {number}: the device said {said.hex(" ")}')
        elif word == 'shows':
            # what is drawn is drawn with the next tick of the loop, as on paper
            if self.shown() != rest:
                raise device.Failed(f'line {number}: it shows {self.shown()}')
        else:
            raise device.Failed(f'line {number}: not understood: {word}')

    def play(self, example):
        for number, word, rest in example:
            self.play_line(number, word, rest)
        said = self.device.said()
        if said:
            raise device.Failed(f'behind line {example[-1][0]} the device said {said.hex(" ")}')


def played_here(example):
    """Whether the first device of an example is one that there is an image of."""
    return example[0][2].split()[0] in device.KINDS
