#!/usr/bin/env python3
"""Boots Debian's kernel in QEMU and has guest.py print in it:

    rig.py KERNEL ONEWINDOW VIRTUAL_HALL UDEV_RULES [SCENARIO...]
    rig.py --serial KERNEL ONEWINDOW VIRTUAL_HALL UDEV_RULES RIG_LINE [SCENARIO...]

KERNEL is a folder that kernel.sh filled. Prints a line a scenario; exit 0 only if each held. With
--serial the guest has serial adapters instead of printers."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '../integration'))
from hall import read_qr  # noqa: E402
from far_end import FarEnd  # noqa: E402

LIMIT = 540  # s; bounds a failure only
NOT_SHOWN = '''not shown here: real host controllers (xhci) and their errors, cables, the time between two NAKs,
full speed's pace, printers' own firmware, USB hubs, suspend; the guest has one processor'''
NOT_SHOWN_SERIAL = '''not shown here: the pace of a wire (QEMU's adapter takes bytes as fast as they come) and a full buffer,
modem signals, other chips than FTDI's, RS-485 by the kernel (its drivers of these adapters and of a PC's lines have none)'''
# What stands between the initramfs and the host's root.
BOOT_MODULES = ('virtio_pci', '9pnet_virtio', '9p', 'overlay')


class RigError(Exception):
    """What the rig cannot do without."""


def cpio(files):
    """An archive in the format newc that the kernel unpacks (kernel's
    Documentation/driver-api/early-userspace/buffer-format.rst). files: name -> (mode, bytes)."""
    archive = bytearray()

    def add(name, mode, content, number):
        fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
        archive.extend(b'070701' + b''.join(b'%08X' % field for field in fields))
        archive.extend(name.encode() + b'\0')
        archive.extend(bytes(-len(archive) % 4))
        archive.extend(content)
        archive.extend(bytes(-len(archive) % 4))
    for number, (name, (mode, content)) in enumerate(files.items(), 1):
        add(name, mode, content, number)
    add('TRAILER!!!', 0, b'', 0)
    return bytes(archive)


def read(path):
    with open(path, 'rb') as file:
        return file.read()


def find(program, package):
    path = shutil.which(program, path=os.environ.get('PATH', '') + ':/sbin:/usr/sbin')
    if not path:
        raise RigError(f'{program} is not there (package {package}): scripts/setup test')
    return path


def modules_in_order(kernel, version):
    """The files to load, each behind those that it needs."""
    files = []
    for module in BOOT_MODULES:
        shown = subprocess.run([find('modprobe', 'kmod'), '--dirname', kernel, '--set-version',
                                version, '--show-depends', module], capture_output=True, text=True,
                               check=True).stdout
        for line in shown.splitlines():
            if line.startswith('insmod '):
                path = line.split()[1]
                if path not in files:
                    files.append(path)
    return files


def initramfs(kernel, version, guest):
    files = {name: (0o040755, b'') for name in ('bin', 'modules', 'dev')}
    files['bin/busybox'] = (0o100755, read(find('busybox', 'busybox-static')))
    files['init'] = (0o100755, read(os.path.join(HERE, 'init')))
    files['guest'] = (0o100644, guest.encode())
    for number, path in enumerate(modules_in_order(kernel, version)):
        files[f'modules/{number:02}-{os.path.basename(path)}'] = (0o100644, read(path))
    return cpio(files)


def boot(qemu, kernel, folder, out, more):
    """Runs the guest to its end; its console goes to stdout."""
    share = 'local,security_model=none,multidevs=remap'
    # Software emulation everywhere: /dev/kvm may be there and not work.
    words = [
        qemu, '-accel', 'tcg', '-cpu', 'max', '-M', 'q35', '-m', '384', '-smp', '1',
        '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot',
        '-kernel', os.path.join(kernel, 'vmlinux'), '-initrd', os.path.join(folder, 'initramfs'),
        '-append', 'console=ttyS0 quiet loglevel=3 panic=-1 oops=panic random.trust_cpu=on',
        '-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console',
        '-virtfs', f'{share},path=/,mount_tag=host,readonly=on,id=host',
        '-virtfs', f'{share},path={out},mount_tag=out,id=out', *more]
    sys.stdout.flush()
    try:
        code = subprocess.run(words, stdin=subprocess.DEVNULL, check=False, timeout=LIMIT).returncode
    except subprocess.TimeoutExpired:
        raise RigError(f'the guest did not end within {LIMIT} s') from None
    if code != 0:
        raise RigError(f'QEMU ended with {code}')


def check_papers(papers, out):
    """The QR code on each paper is that of its ticket; a torn one has none. True if all are so."""
    good = True
    for paper in papers:
        seen = read_qr(read(os.path.join(out, paper['file'])))
        if not seen.endswith(paper['token']) if paper['token'] else seen:
            print(f'{paper["scenario"]}: FAILED\n   {paper["file"]}: its QR code says {seen!r}, '
                  f'expected {paper["token"]}')
            good = False
    return good


def run(task):
    kernel = task['kernel']
    if not os.path.exists(os.path.join(kernel, 'version')):
        raise RigError('the guest\'s kernel is not there: scripts/setup test')
    qemu = find('qemu-system-x86_64', 'qemu-system-x86')
    find('zbarimg', 'zbar-tools')
    find('usbip', 'usbip')
    far_end = None
    version = read(os.path.join(kernel, 'version')).decode().strip()
    begin = time.monotonic()
    folder = tempfile.mkdtemp(prefix='onewindow-rig-')
    try:
        out = os.path.join(folder, 'out')
        os.mkdir(out)
        with open(os.path.join(out, 'task.json'), 'w', encoding='utf-8') as file:
            json.dump(task, file)
        with open(os.path.join(folder, 'initramfs'), 'wb') as file:
            file.write(initramfs(kernel, version, os.path.join(HERE, 'guest.py')))
        print(f'Debian {version} in QEMU, emulated', flush=True)
        if 'line' in task:
            far_end = FarEnd(task['virtual_hall'], folder)
        boot(qemu, kernel, folder, out, far_end.words if far_end else [])
        if not os.path.exists(os.path.join(out, 'result.json')):
            raise RigError('the guest ended without a result')
        result = json.loads(read(os.path.join(out, 'result.json')))
        good = check_papers(result['papers'], out)
        if os.environ.get('RIG_KEEP'):
            shutil.copytree(out, os.environ['RIG_KEEP'], dirs_exist_ok=True)
        papers = '' if far_end else f'{len(result["papers"])} papers looked at; '
        print(f'{papers}{time.monotonic() - begin:.0f} s')
    finally:
        if far_end:
            far_end.close()
        shutil.rmtree(folder, ignore_errors=True)
    print(NOT_SHOWN_SERIAL if far_end else NOT_SHOWN)
    return 0 if good and result['count'] and result['held'] == result['count'] else 1


def main():
    words = sys.argv[1:]
    names = ['kernel', 'onewindow', 'virtual_hall', 'rules']
    scenarios = 'scenarios'
    if words[:1] == ['--serial']:
        words = words[1:]
        names.append('line')
        scenarios = 'serial_scenarios'
    if len(words) < len(names):
        print(__doc__)
        return 2
    task = {name: os.path.abspath(word) for name, word in zip(names, words)}
    task.update(scenarios=scenarios, only=words[len(names):])
    try:
        return run(task)
    except RigError as error:
        print(f'rig: {error}')
        return 1


if __name__ == '__main__':
    sys.exit(main())
