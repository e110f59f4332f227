#!/usr/bin/env python3
"""The log's own tools on a log that the real daemon writes meanwhile, and on damaged ones.

    log_tools.py ONEWINDOW"""
import csv
import fcntl
import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import termios
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hall import StepError, expect, wait_for  # noqa: E402
from rules import CONFIG, RulesHall  # noqa: E402


class Tools:
    def __init__(self, hall):
        self.hall = hall
        self.log = os.path.join(hall.folder, 'rules.log.db')
        self.key = self.log + '.key'
        self.copy = os.path.join(hall.folder, 'copy.db')

    def run(self, *words):
        return subprocess.run([self.hall.onewindow, 'log', *words], capture_output=True,
                              check=False)

    def good(self, *words):
        done = self.run(*words)
        if done.returncode != 0:
            raise StepError(f'{words}: exit {done.returncode}: {done.stderr.decode()}')
        return done.stdout.decode()

    def wrong(self, code, says, *words):
        done = self.run(*words)
        error = done.stderr.decode(errors='replace')
        if done.returncode != code or says not in error or error.count('\n') != 1:
            raise StepError(f'{words}: expected exit {code} and "{says}", saw '
                            f'{done.returncode}: {error}')


def digest(path):
    with open(path, 'rb') as file:
        return hashlib.sha256(file.read()).hexdigest()


def backup_under_load(tools):
    """Copies made while tickets are issued: each is whole and verifies."""
    stop = threading.Event()

    def load():
        for _ in range(800):  # the queue has room for that many
            if stop.is_set():
                return
            tools.hall.issue(queue='general', origin='desk')

    tools.hall.stop()
    tools.hall.start(CONFIG.replace('last = 40;', 'last = 899;'))
    thread = threading.Thread(target=load)
    thread.start()
    try:
        for number in range(5):
            to = os.path.join(tools.hall.folder, f'backup-{number}.db')
            tools.good('backup', tools.log, to)
            expect('files of the copy', [f'backup-{number}.db'],
                   [name for name in os.listdir(tools.hall.folder)
                    if name.startswith(f'backup-{number}')])
            tools.good('verify', to, '--key', tools.key)
    finally:
        stop.set()
        thread.join()
    os.rename(to, tools.copy)
    tools.wrong(1, 'never overwrites', 'backup', tools.log, tools.copy)


def heads(tools):
    """A head kept elsewhere shows a tail that was cut off, and another log."""
    head = tools.good('head', tools.copy).strip()
    tools.good('verify', tools.copy, '--key', tools.key, '--head', head)
    tools.good('verify', tools.log, '--head', head)
    cut = os.path.join(tools.hall.folder, 'cut.db')
    shutil.copy(tools.copy, cut)
    with sqlite3.connect(cut) as connection:
        last = connection.execute('SELECT max(seq) FROM event').fetchone()[0]
        connection.execute('DELETE FROM event WHERE seq > ?', (last - 3,))
    connection.close()
    tools.good('verify', cut, '--key', tools.key)
    tools.wrong(5, 'its tail was cut off', 'verify', cut, '--key', tools.key, '--head', head)
    seq, value = head.split(':')
    other = f'{seq}:{value[:-1]}{"0" if value[-1] != "0" else "1"}'
    tools.wrong(5, f'event {seq}: is not the one', 'verify', tools.copy, '--key', tools.key,
                '--head', other)
    for bad in ('', 'x', '1', '0:' + '0' * 64, '1:' + 'g' * 64, '1:' + '0' * 63):
        done = tools.run('verify', tools.copy, '--head', bad)
        expect(f'--head "{bad}"', 2, done.returncode)


def exports(tools):
    """JSON lines and CSV hold the same events, which are those of the table."""
    with sqlite3.connect(f'file:{tools.copy}?mode=ro', uri=True) as connection:
        rows = connection.execute('SELECT seq, version, payload FROM event ORDER BY seq').fetchall()
    connection.close()
    lines = [json.loads(line) for line in tools.good('export', tools.copy).splitlines()]
    expect('JSON lines', [(s, v, json.loads(p)) for s, v, p in rows],
           [(e['seq'], e['version'], e['payload']) for e in lines])
    done = tools.run('export', tools.copy, '--format', 'csv')
    table = list(csv.DictReader(io.StringIO(done.stdout.decode(), newline='')))
    expect('CSV', [(s, v, p) for s, v, p in rows],
           [(int(e['seq']), int(e['version']), e['payload']) for e in table])
    some = tools.good('export', tools.copy, '--from', '3', '--to', '5').splitlines()
    expect('from 3 to 5', [3, 4, 5], [json.loads(line)['seq'] for line in some])


def holes(tools):
    """Where an event is missing or unknown nobody is given figures: it is named."""
    path = os.path.join(tools.hall.folder, 'hole.db')
    for sql, says in (('DELETE FROM event WHERE seq = 1', 'event 1: is missing'),
                      ('DELETE FROM event WHERE type = 10', 'event 14: is missing'),
                      ('UPDATE event SET version = 9 WHERE seq = 15', 'event 15 is of type'),
                      ("UPDATE event SET payload = 'x' WHERE seq = 15", 'event 15 is damaged')):
        shutil.copy(tools.copy, path)
        with sqlite3.connect(path) as connection:
            expect(sql, 1, connection.execute(sql).rowcount)
        connection.close()
        for words in (('report', '--log'), ('ticket', 'why', 'A001', '--log'), ('log', 'export')):
            done = subprocess.run([tools.hall.onewindow, *words, path], capture_output=True,
                                  text=True, check=False)
            if done.returncode != 5 or says not in done.stderr:
                raise StepError(f'{sql}: {words}: exit {done.returncode}: {done.stderr}')
    os.unlink(path)


def nothing_beside(tools):
    """The daemon's own file, copied to where nothing can be written beside it, says what to do."""
    path = os.path.join(tools.hall.folder, 'beside.db')
    shutil.copy(tools.log, path)
    os.symlink('nowhere/at-all', path + '-shm')
    tools.wrong(1, 'has to write beside it; copy it', 'verify', path, '--key', tools.key)
    os.unlink(path + '-shm')


def full_output(tools):
    """Where stdout takes nothing, nobody is told that all is well."""
    for words in (('log', 'verify'), ('log', 'head'), ('log', 'show'), ('log', 'export'),
                  ('report', '--log'), ('ticket', 'why', 'A001', '--log')):
        with open('/dev/full', 'wb') as full:
            done = subprocess.run([tools.hall.onewindow, *words, tools.log], stdout=full,
                                  stderr=subprocess.PIPE, check=False)
        if done.returncode != 1 or b'not all could be written' not in done.stderr:
            raise StepError(f'{words}: exit {done.returncode}: {done.stderr.decode()}')


def commands_of(path):
    with sqlite3.connect(f'file:{path}?mode=ro', uri=True) as connection:
        rows = connection.execute('SELECT seq, command_id, hex(command_hash), command_events '
                                  'FROM event ORDER BY seq').fetchall()
    connection.close()
    return rows


def spoilt(tools):
    """One byte changed, anywhere: found, or of no consequence; and nothing is written."""
    with open(tools.copy, 'rb') as file:
        whole = file.read()
    before = tools.good('export', tools.copy)
    ids = commands_of(tools.copy)
    path = os.path.join(tools.hall.folder, 'spoilt.db')
    found = harmless = 0
    for offset in list(range(0, 100, 5)) + list(range(100, len(whole), len(whole) // 150)):
        spoiled = bytearray(whole)
        spoiled[offset] ^= 0x10
        with open(path, 'wb') as file:
            file.write(spoiled)
        done = tools.run('verify', path, '--key', tools.key)
        if done.returncode not in (0, 5) or (done.returncode and not done.stderr):
            raise StepError(f'byte {offset}: exit {done.returncode}: {done.stderr.decode()}')
        if done.returncode == 0:
            expect(f'byte {offset}: the events', before, tools.good('export', path))
            expect(f'byte {offset}: the commands', ids, commands_of(path))
            harmless += 1
        else:
            found += 1
        expect(f'byte {offset}: the file', hashlib.sha256(spoiled).hexdigest(), digest(path))
        os.unlink(path)
    print(f'   {found} changed bytes were found, {harmless} changed no event')
    if found < 50:
        raise StepError('that finds too little')


def no_logs(tools):
    """What is no log, or not one for this software: each its own error, nothing is changed."""
    path = os.path.join(tools.hall.folder, 'strange.db')
    with open(tools.copy, 'rb') as file:
        whole = file.read()
    newer = bytearray(whole)
    newer[60:64] = (99).to_bytes(4, 'big')  # user_version in SQLite's header
    foreign = bytearray(whole)
    foreign[68:72] = b'GPKG'  # application_id
    cases = (('nothing', b''), ('a text', b'hello, this is no log\n' * 100),
             ('cut off', whole[:len(whole) // 2]), ('a newer format', bytes(newer)),
             ('another program\'s', bytes(foreign)))
    errors = {}
    for what, content in cases:
        with open(path, 'wb') as file:
            file.write(content)
        done = tools.run('verify', path, '--key', tools.key)
        error = done.stderr.decode().replace(path, 'PATH')
        expect(what, 5, done.returncode)
        if error in errors:
            raise StepError(f'{what} and {errors[error]} have the same error: {error}')
        errors[error] = what
        expect(f'{what}: the file', hashlib.sha256(content).hexdigest(), digest(path))
        tools.wrong(5, '', 'backup', path, path + '.copy')
        os.unlink(path)
    tools.wrong(1, 'there is no log', 'verify', path)


def paged(tools):
    """Somebody looks at the log page by page and takes his time: the daemon starts all the same."""
    while len(tools.good('show', tools.log)) < 300000:
        for _ in range(50):
            tools.hall.act(3, 'pause')
            tools.hall.act(3, 'reopen')
    pager = subprocess.Popen([tools.hall.onewindow, 'log', 'show', tools.log],
                             stdout=subprocess.PIPE)
    try:
        wait_for('the first page', lambda: int.from_bytes(
            fcntl.ioctl(pager.stdout, termios.FIONREAD, b'\0' * 4), sys.byteorder) >= 60000)
        tools.hall.act(3, 'pause')
        tools.hall.act(3, 'reopen')
        tools.hall.process.kill()
        tools.hall.process.wait()
        tools.hall.start(CONFIG)
        last = pager.stdout.read().splitlines()[-1]
        expect('the pager\'s end', 0, pager.wait())
        if int(last.split()[0]) < 300:
            raise StepError(f'that is not all: {last}')
    finally:
        pager.kill()
        pager.wait()


def held(tools):
    """Another program reads an old state for long: the daemon starts, says so, claims nothing that
    may not be on the disk, and goes on when that program has ended."""
    def health():
        status, body = tools.hall.api.raw('GET', '/healthz')
        return status, json.loads(body)['log']['health']

    def repeat():
        return tools.hall.api.raw('POST', '/api/v1/windows/3/pause', {}, {'Idempotency-Key': 'held'})

    reader = sqlite3.connect(tools.log, isolation_level=None)
    try:
        reader.execute('BEGIN')
        reader.execute('SELECT count(*) FROM event').fetchone()
        expect('the press', 200, repeat()[0])
        tools.hall.process.kill()
        tools.hall.process.wait()
        tools.hall.start(CONFIG)
        expect('health', (503, 'refused'), health())
        status, body = repeat()
        expect('the press again', (503, 'outcome-unknown'), (status, json.loads(body)['code']))
        status, body = tools.hall.api.raw('POST', '/api/v1/tickets', {'queue': 'few'})
        expect('a number', (503, 'log-unavailable'), (status, json.loads(body)['code']))
        reader.execute('ROLLBACK')
    finally:
        reader.close()
    wait_for('the log takes writes', lambda: health() == (200, 'ok'))
    expect('the press a third time', 200, repeat()[0])
    tools.hall.act(3, 'reopen')


def rebuilt(tools):
    """All that is derived, made wrong by hand, comes back from the events."""
    tools.wrong(1, 'another daemon', 'rebuild', tools.log)
    path = os.path.join(tools.hall.folder, 'derived.db')
    shutil.copy(tools.copy, path)
    shutil.copy(tools.key, path + '.key')
    before = tools.good('export', path)
    rows = 'SELECT * FROM ticket JOIN leg USING(ticket) ORDER BY ticket, leg'
    with sqlite3.connect(path) as connection:
        wanted = connection.execute(rows).fetchall()
        connection.execute('UPDATE event SET wall_ms = 1, ticket = 77 WHERE seq = 20')
        connection.execute("UPDATE ticket SET state = 'nowhere'")
        connection.execute('DELETE FROM leg WHERE ticket % 3 = 0')
        connection.execute('UPDATE snapshot SET state = zeroblob(10)')
    connection.close()
    if len(wanted) < 20:
        raise StepError('too few tickets to tell')
    tools.wrong(5, 'event 20: its columns', 'verify', path)
    tools.good('rebuild', path)
    tools.good('verify', path)
    expect('the events', before, tools.good('export', path))
    with sqlite3.connect(path) as connection:
        expect('the rows', wanted, connection.execute(rows).fetchall())
        expect('snapshots', [(before.count('\n'),)],
               connection.execute('SELECT seq FROM snapshot').fetchall())
        connection.execute('UPDATE event SET payload = replace(payload, \'"at":\', \'"at":1\') '
                           'WHERE seq = 30')
    connection.close()
    damaged = digest(path)
    tools.wrong(5, 'event 30', 'rebuild', path)
    expect('the damaged log', damaged, digest(path))


def restored(tools):
    """Put back under a new epoch, the daemon goes on with it; the old log stays as it was."""
    to = os.path.join(tools.hall.folder, 'new.db')
    tools.wrong(5, 'key', 'restore', tools.copy, to)
    expect('nothing is left of that', [], [n for n in os.listdir(tools.hall.folder)
                                           if n.startswith('new.db')])
    before = digest(tools.copy)
    tools.good('restore', tools.copy, to, '--key', tools.key)
    expect('the copy', before, digest(tools.copy))
    expect('files', ['new.db', 'new.db.key'], sorted(
        n for n in os.listdir(tools.hall.folder) if n.startswith('new.db')))
    tools.wrong(1, 'move the old log', 'restore', tools.copy, to, '--key', tools.key)
    tools.good('verify', to, '--head', tools.good('head', tools.copy).strip())
    last = json.loads(tools.good('export', to).splitlines()[-1])
    expect('the last event', 'log-restored', last['type'])
    epochs = []
    for path in (tools.copy, to):
        connection = sqlite3.connect(f'file:{path}?mode=ro', uri=True)
        epochs.append(connection.execute('SELECT hex(value) FROM meta WHERE key = ?',
                                         ('epoch',)).fetchone()[0].lower())
        connection.close()
    expect('epochs', [last['payload']['before'], last['payload']['epoch']], epochs)
    if epochs[0] == epochs[1]:
        raise StepError('the epoch is the old one')
    tools.hall.stop()
    tools.hall.start(CONFIG.replace('rules.log.db', 'new.db').replace('last = 40;', 'last = 899;'))
    tools.hall.issue(queue='general')


def audited(tools):
    """The daemon starts from its snapshot and walks the whole log meanwhile: what was damaged long
    ago is named, and the hall goes on."""
    def health():
        return json.loads(tools.hall.api.raw('GET', '/healthz')[1])

    def walked():
        audit = health()['audit']
        return audit['seq'] or audit['damaged']

    log = os.path.join(tools.hall.folder, 'new.db')
    config = CONFIG.replace('rules.log.db', 'new.db').replace('last = 40;', 'last = 899;')
    wait_for('the walk over a good log', walked)
    expect('damage', (False, None, 'ok'), (health()['audit']['damaged'],
                                           health()['audit']['detail'], health()['status']))
    tools.hall.stop()
    with sqlite3.connect(log) as connection:
        connection.execute('UPDATE event SET payload = replace(payload, \'"at":\', \'"at":1\') '
                           'WHERE seq = 9')
    connection.close()
    tools.hall.start(config)
    wait_for('the walk over a damaged log', walked)
    audit = health()
    expect('damage', (True, 'degraded'), (audit['audit']['damaged'], audit['status']))
    if 'event 9:' not in audit['audit']['detail'] or '日志受损' not in audit['audit']['detail']:
        raise StepError(f'the event is not named: {audit}')
    if 'onewindow_log_damaged 1' not in tools.hall.api.raw('GET', '/metrics')[1].decode():
        raise StepError('/metrics does not tell of the damage')
    tools.hall.issue(queue='general')
    tools.hall.stop()


def moved(tools):
    """The log's file is taken away under the daemon: it says so, and that it is back."""
    def damaged():
        audit = json.loads(tools.hall.api.raw('GET', '/healthz')[1])['audit']
        return audit['damaged'] and audit['detail']

    log = os.path.join(tools.hall.folder, 'moved.db')
    tools.hall.start(CONFIG.replace('rules.log.db', 'moved.db'))
    expect('in its place', False, damaged())
    os.rename(log, log + '.away')
    said = wait_for('word of the move', damaged)
    if 'was moved or deleted' not in said or '移走' not in said:
        raise StepError(f'it says: {said}')
    tools.hall.issue(queue='general')
    os.rename(log + '.away', log)
    wait_for('word of the return', lambda: not damaged())


def kept(tools):
    """A day that was closed is kept behind it; whoever alters what is kept is found, and whoever
    counts the events is not misled."""
    log = os.path.join(tools.hall.folder, 'days.db')
    copy = os.path.join(tools.hall.folder, 'altered.db')

    def count(path, table):
        connection = sqlite3.connect(f'file:{path}?mode=ro', uri=True)
        rows = connection.execute(f'SELECT count(*) FROM {table}').fetchone()[0]
        connection.close()
        return rows

    def report(path, *words):
        done = subprocess.run([tools.hall.onewindow, 'report', '--log', path, '--format', 'json', *words],
                              capture_output=True, text=True, check=False)
        expect(f'report {words}', 0, done.returncode)
        return json.loads(done.stdout)

    def figures(path, *words):
        return {key: value for key, value in report(path, *words).items() if key != 'all_kept'}

    tools.hall.start(CONFIG.replace('rules.log.db', 'days.db').replace('last = 40;', 'last = 899;'))
    api = tools.hall.api
    for number in range(6):
        tools.hall.issue(queue='general', origin='desk', item='' if number % 2 else 'deed')
    expect('kept days while it is open', 0, count(log, 'kept_day'))
    api.post('/api/v1/day/close', {})
    wait_for('the kept day', lambda: count(log, 'kept_day') == 1)
    api.post('/api/v1/day/open', {'operator_word': True})
    tools.hall.issue(queue='general', origin='desk')
    expect('the report', figures(log, '--recount'), figures(log))
    tools.hall.stop()
    tools.good('verify', log)
    shutil.copy(log + '.key', copy + '.key')
    wanted = figures(log, '--recount')
    for sql in ("UPDATE kept_part SET bytes = zeroblob(length(bytes)) WHERE part = 0",
                'UPDATE kept_day SET rows = zeroblob(32)', 'DELETE FROM kept_day',
                'INSERT INTO kept_day SELECT 3, last_seq, date, version, rows FROM kept_day',
                'DELETE FROM kept_part WHERE part = 2'):
        shutil.copy(log, copy)
        with sqlite3.connect(copy) as connection:
            connection.execute(sql)
        connection.close()
        tools.wrong(5, 'log rebuild', 'verify', copy)
        expect(f'{sql}: counted', wanted, figures(copy, '--recount'))
        tools.good('rebuild', copy)
        expect('kept again', 1, count(copy, 'kept_day'))
        tools.good('verify', copy)
        expect(f'{sql}: kept anew', wanted, figures(copy))
        os.unlink(copy)
    with sqlite3.connect(log) as connection:  # as older software left it
        connection.executescript('DROP TABLE kept_day; DROP TABLE kept_part; DROP TABLE context;'
                                 "DELETE FROM projection WHERE name = 'context'")
    connection.close()
    expect('of an older log', wanted, figures(log))
    tools.good('verify', log)
    tools.hall.start(CONFIG.replace('rules.log.db', 'days.db').replace('last = 40;', 'last = 899;'))
    wait_for('the day of older software', lambda: count(log, 'kept_day') == 1)
    tools.hall.stop()
    tools.good('verify', log)


def main():
    hall = RulesHall(sys.argv[1])
    try:
        hall.start(CONFIG)
        tools = Tools(hall)
        for step in (backup_under_load, heads, exports, holes, nothing_beside, full_output, spoilt,
                     no_logs, paged, held, rebuilt, restored, audited, kept, moved):
            step(tools)
            print(f'{step.__name__}: ok', flush=True)
        hall.stop()
    finally:
        hall.close()


if __name__ == '__main__':
    main()
