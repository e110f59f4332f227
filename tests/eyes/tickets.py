#!/usr/bin/env python3
"""Many tickets through the driver and the virtual printer, looked at by zbar, tesseract and npos:

    tickets.py PAPER

And each kind of spoilt bytes must be seen by one of them: eyes that never find anything are none."""
import os
import sys
import tempfile

from look import Reading, Seen, check_qr, expect, read_bytes, read_text, run, text_errors

TOKEN = '0123456789abcdef0123456789abcdef'
# Measured over the 569 characters of each paper: none is read wrong. One of sixteen wrong is 10 of 140.
MOST_WRONG = 0.01

LINES = """
市民服务中心 综合受理窗口 统一出证窗口 咨询引导台 帮办代办台 办不成事反映窗口 户口登记 居民身份证申领 社会保障卡申领
失业登记 居民医保登记 个体工商户设立登记 不动产抵押登记 购房提取住房公积金 前面等候人数 请在窗口等候 过号请到导办台
优先 预约 补打 企业名称变更 食品经营许可 卫生许可证延续 道路运输证年审 机动车驾驶证补发 出入境证件办理 婚姻登记预约
老年人优待证 残疾人证换领 生育服务登记 就业困难人员认定 养老保险转移接续 工伤认定申请 职业资格证书补办 建设工程规划许可
施工许可证核发 消防设计审查 税务登记注销 发票领用 专利资助申报 高新技术企业认定 农村宅基地审批 林木采伐许可
取水许可 排污许可证变更 特种设备使用登记 药品零售企业筹建 医疗机构执业登记 民办学校办学许可 文物拍卖许可 广告发布登记
公章刻制备案 烟花爆竹经营许可 网络文化经营许可 旅行社设立审批 劳务派遣许可 律师执业核准 法律援助申请 公证预约办理
慈善组织认定 社会团体成立登记 殡葬服务许可 退役军人优抚 供水报装 燃气过户 电力增容 宽带迁移 公交卡挂失 图书借阅证办理
""".split()


def centred(text, width=1, height=1, bold=0):
    return f'text 1 {width} {height} {bold} {text}'


def ticket(number, url, extra=(), dots=0, cut=True):
    """Lines as paper.c takes them: the ordinary ticket."""
    return [centred('市民服务中心', bold=1), centred('Citizen Service Centre'), *extra, centred('综合受理 General'),
            centred('个体工商户设立登记'), centred(number, 6, 6, 1), centred('前面等候 12 人  12 ahead of you'),
            centred('请在 1-6 号窗口等候  Window 1-6'), 'feed 1', f'qr 1 {dots} {url}', 'feed 1',
            centred('过号请到导办台  Missed call: guide desk'), centred('2026-03-02 09:15:00'), *(['cut'] if cut else [])]


def documents():
    """{name: lines}; those of QR contents from short to nearly a kilobyte among them."""
    papers = {'ordinary': ticket('A001', 'https://hall.example/t/' + TOKEN),
              'reprint': ticket('A001', 'https://hall.example/t/' + TOKEN, [centred('补打 REPRINT 1', bold=1)]),
              'double': [centred('综合受理 A001 号', 2, 2), 'text 0 1 2 0 高 tall', 'text 2 2 1 0 宽 wide', 'rule', 'cut'],
              'picture': ['picture 384 300', 'feed 1', 'picture 120 40', centred('图 picture'), 'cut']}
    for size in (1, 20, 60, 110, 200, 330, 520, 900):
        papers[f'long-{size}'] = ticket('X999', ('https://hall.example/t/' + TOKEN + 'x' * size)[:size])
    for dots in (4, 5, 6, 7):
        papers[f'dots-{dots}'] = ticket('B012', f'https://h/t/{dots}' + TOKEN, dots=dots)
    for i in range(24):
        papers[f'many-{i}'] = ticket(f'C{i:03d}', 'https://hall.example/t/%032x' % (0x9e3779b97f4a7c15f39cc0605cedc835 * (i + 1) % 2**128))
    for i in range(0, len(LINES), 24):
        papers[f'text-{i}'] = [f'text {i // 24 % 3} 1 1 0 {line}' for line in LINES[i:i + 24]] + ['cut']
    papers['bold'] = [centred(line, bold=1) for line in LINES[:24]] + ['cut']
    return papers


class Paper:
    def __init__(self, program, model, folder):
        self.program, self.width, self.folder = program, 384 if '58' in model else 576, folder
        self.cutter, self.trailer = '58' not in model, [] if 'oneway' in model else ['GS (H', 'GS r']
        self.papers = documents()
        lines = [line for name, paper in self.papers.items() for line in [f'ticket {name}', *paper]]
        code, _, errors = run(program, 'print', model, folder, given=('\n'.join(lines) + '\n').encode())
        expect(f'paper print {model} exits ({errors.strip()})', 0, code)

    def load(self, name, ending):
        with open(os.path.join(self.folder, f'{name}.{ending}'), 'rb') as file:
            return file.read()

    def draw(self, job):
        """What a printer makes of these bytes."""
        png = os.path.join(self.folder, 'spoilt.png')
        code, _, errors = run(self.program, 'read', str(self.width), png, given=job)
        expect(f'paper read exits ({errors.strip()})', 0, code)
        return self.load('spoilt', 'png')


def wanted_texts(lines):
    return [line.split(' ', 5)[5] for line in lines if line.startswith('text ')]


def check_reading(what, reading, lines, cutter, trailer):
    """What the bytes say is what the document said."""
    def joined(texts):
        return ''.join(texts).replace(' ', '').replace('-', '')
    expect(f'{what}: text', joined(wanted_texts(lines)), joined(reading.texts()))
    expect(f'{what}: QR codes', [line.split(' ', 3)[3] for line in lines if line.startswith('qr ')],
           [item[1] for item in reading.kind('qr')])
    expect(f'{what}: rows of pictures', sum(int(line.split()[2]) for line in lines if line.startswith('picture ')),
           sum(item[2] for item in reading.kind('picture')))
    expect(f'{what}: cuts', int(cutter and 'cut' in lines), len(reading.kind('cut')))
    if reading.kind('cut'):
        expect(f'{what}: the cut is last', ('cut',), reading.items[-1])
    expect(f'{what}: what proves it', trailer, reading.trailer)


def check_model(program, model):
    with tempfile.TemporaryDirectory() as folder:
        paper = Paper(program, model, folder)
        names = list(paper.papers)
        tokens = read_bytes([paper.load(name, 'bytes') for name in names])
        for name, read in zip(names, tokens):
            check_reading(f'{model} {name}', Reading(read), paper.papers[name], paper.cutter, paper.trailer)
        if not paper.trailer:
            print(f'{model}: {len(names)} jobs, {sum(map(len, tokens))} tokens', flush=True)
            return None  # the same paper
        codes = 0
        for name in names:
            for line in paper.papers[name]:
                if line.startswith('qr '):
                    try:
                        check_qr(paper.load(name, 'png'), line.split(' ', 3)[3])
                    except Seen as seen:
                        raise Seen(f'{model} {name}: {seen}') from seen
                    codes += 1
        wrong = count = 0
        for name in names:
            if name.startswith(('text-', 'bold')):
                more = text_errors(paper.load(name, 'png'), wanted_texts(paper.papers[name]))
                wrong, count = wrong + more[0], count + more[1]
        print(f'{model}: {len(names)} jobs, {sum(map(len, tokens))} tokens, {codes} codes, '
              f'{wrong} of {count} characters wrong', flush=True)
        if wrong > MOST_WRONG * count:
            raise Seen(f'{model}: {wrong} of {count} characters are read wrong')
        return paper.load('ordinary', 'bytes'), paper.load('text-0', 'bytes')


# ---- spoilt on purpose -----------------------------------------------------------------------

def each_han(job, change):
    """change(two bytes) of each Han, in the text alone."""
    out = b''
    for name, token in read_bytes([job])[0]:
        at = 0
        while name == '' and at < len(token):
            size = 2 if token[at] >= 0x80 else 1
            out += change(token[at:at + 2]) if size == 2 else token[at:at + 1]
            at += size
        out += b'' if name == '' else token
    return out


def replaced(job, what, by):
    expect(f'{what.hex()} is there', True, what in job)
    return job.replace(what, by)


def caught(what, look):
    try:
        look()
    except Seen as seen:
        print(f'{what}: seen ({str(seen)[:90]})')
        return
    raise Seen(f'{what}: nobody saw it')


def check_breaks(program, ordinary, text):
    url, lines = 'https://hall.example/t/' + TOKEN, ticket('A001', 'https://hall.example/t/' + TOKEN)
    leave, enter = b'\x1c\x2e', b'\x1c\x26'
    with tempfile.TemporaryDirectory() as folder:
        paper = Paper(program, 'generic-80', folder)

        def read(job):
            check_reading('spoilt', Reading(read_bytes([job])[0]), lines, True, paper.trailer)

        def look(job):
            check_qr(paper.draw(job), url)

        def characters(job):
            wrong, count = text_errors(paper.draw(job), LINES[:24])
            if wrong > MOST_WRONG * count:
                raise Seen(f'{wrong} of {count} characters')
        for job, eye in ((ordinary, read), (ordinary, look), (text, characters)):
            eye(job)  # as it is, nobody complains
        swapped = each_han(text, lambda han: han[::-1])
        neighbour = each_han(text, lambda han: bytes([han[0], han[1] - 1 if han[1] > 0xa1 else han[1] + 1]))
        utf8 = each_han(text, lambda han: han.decode('gbk').encode())
        caught('the bytes of each Han swapped, paper', lambda: characters(swapped))
        caught('the bytes of each Han swapped, bytes', lambda: read(each_han(ordinary, lambda han: han[::-1])))
        caught('each Han the next one of the code', lambda: characters(neighbour))
        caught('UTF-8 in place of GBK', lambda: characters(utf8))
        one_off = each_han(text, lambda han: han if han[1] % 16 else bytes([han[0], han[1] ^ 1]))
        caught('one Han of sixteen wrong', lambda: characters(one_off))
        # The printer starts in Chinese mode, so that only leaving it matters to the bytes.
        caught('FS . is not sent before Latin', lambda: read(replaced(ordinary, leave, b'')))
        caught('FS & is not sent before Han', lambda: characters(replaced(text, enter, b'')))
        size = b'\x1d\x28\x6b\x03\x00\x31\x43'
        caught('QR of one dot a module', lambda: look(replaced(ordinary, size + b'\x06', size + b'\x01')))
        caught('QR of two dots a module', lambda: look(replaced(ordinary, size + b'\x06', size + b'\x02')))
        caught('QR without its margin', lambda: look(replaced(ordinary, b'\x1b\x64\x01', b'\x1b\x33\x18')))
        caught('another QR', lambda: look(replaced(ordinary, TOKEN.encode(), TOKEN[::-1].encode())))
        caught('no cut', lambda: read(replaced(ordinary, b'\x1d\x56\x42\x00', b'')))
        caught('a cut before the end', lambda: read(replaced(ordinary, b'\x1d\x28\x6b\x04', b'\x1d\x56\x42\x00\x1d\x28\x6b\x04')))
        caught('no proof is asked for', lambda: read(replaced(ordinary, b'\x1d\x72\x01', b'')))
        caught('a length that is one short', lambda: read(replaced(ordinary, b'\x1d\x28\x6b\x04\x00', b'\x1d\x28\x6b\x03\x00')))
        caught('a NUL too many', lambda: read(replaced(ordinary, b'\x1b\x45\x01', b'\x1b\x45\x01\x00')))
        caught('half of the job', lambda: read(ordinary[:len(ordinary) // 2]))


def main():
    if '--text' in sys.argv:  # what tesseract makes of a picture, for people
        with open(sys.argv[2], 'rb') as file:
            print('\n'.join(read_text(file.read())))
        return 0
    try:
        ordinary, text = check_model(sys.argv[1], 'generic-80')
        for model in ('generic-80-oneway', 'generic-58', 'generic-58-oneway'):
            check_model(sys.argv[1], model)
        check_breaks(sys.argv[1], ordinary, text)
    except Seen as seen:
        print(f'FAILED: {seen}')
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
