"""What the guest's kernel offers: the bus that USB/IP devices are plugged into (vhci_hcd), the
printer gadget of the kernel's own (dummy_hcd, configfs), and the places to look at."""
import os
import socket
import struct
import subprocess
import threading
import time

from hall import StepError, wait_for

VHCI = '/sys/devices/platform/vhci_hcd.0'
GADGET = '/sys/kernel/config/usb_gadget/rig'
GADGET_ID = ('1d6b', '0104')
FREE = 4  # VDEV_ST_NULL of a port in vhci's status


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def write(path, text):
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StepError(f'{" ".join(words)}: exit {done.returncode}: {done.stderr.strip()}')
    return done.stdout


def receive(connection, size):
    got = b''
    while len(got) < size:
        part = connection.recv(size - len(got))
        if not part:
            raise StepError('the USB/IP server closed')
        got += part
    return got


def port_state(port):
    """The state of a full-speed port of vhci, by its number from 0."""
    for line in read(f'{VHCI}/status').splitlines()[1:]:
        fields = line.split()
        if fields[0] == 'hs' and int(fields[1]) == port:
            return int(fields[2])
    raise StepError(f'vhci has no port {port}')


def device_at(port):
    """The folder in sysfs of what is plugged into that port; None while nothing is."""
    for bus in sorted(os.listdir(VHCI)):
        if not bus.startswith('usb'):
            continue
        folder = f'{VHCI}/{bus}/{bus[3:]}-{port + 1}'
        if os.path.exists(f'{folder}/devnum') and read(f'{VHCI}/{bus}/speed').strip() == '480':
            return folder
    return None


def plug_in(server, bus_id, port):
    """What `usbip attach` does: the request, then the connection is the kernel's. Returns the name
    by which the kernel calls the device, once it can be opened."""
    with socket.create_connection((server['address'], server['port'])) as connection:
        connection.sendall(struct.pack('>HHI32s', 0x0111, 0x8003, 0, bus_id.encode()))
        version, code, status = struct.unpack('>HHI', receive(connection, 8))
        if (version, code, status) != (0x0111, 3, 0):
            raise StepError(f'import of {bus_id}: {version:#x} {code:#x} {status}')
        described = receive(connection, 312)
        bus, device, speed = struct.unpack('>III', described[288:300])
        write(f'{VHCI}/attach', f'{port} {connection.fileno()} {bus << 16 | device} {speed}')
    folder = wait_for(f'{bus_id} on the bus', lambda: device_at(port))
    wait_for('its interface', lambda: os.path.exists(interface_of(folder)))
    run('udevadm', 'settle')
    return os.path.basename(folder)


def wait_for_unplugged(port):
    wait_for(f'port {port} of vhci is free', lambda: port_state(port) == FREE)


def interface_of(folder):
    return f'{folder}/{os.path.basename(folder)}:1.0'


def node_of(folder):
    """The file by which programs reach the device."""
    return f'/dev/bus/usb/{int(read(folder + "/busnum")):03}/{int(read(folder + "/devnum")):03}'


def driver_of(folder):
    """The kernel's driver of the first interface: usblp, usbfs (a program has it), or None."""
    link = f'{interface_of(folder)}/driver'
    return os.path.basename(os.readlink(link)) if os.path.exists(link) else None


class Gadget:
    """The kernel's printer gadget (usb_f_printer) on a host controller of the same kernel
    (dummy_hcd). What arrives is kept byte for byte; a printer's questions are answered here, from
    the printer's manual: DLE EOT n, GS a n, GS r n and GS ( H; unless it is silent."""

    def __init__(self):
        self.bytes = b''
        self.looked = 0
        self.silent = False
        self.file = None
        self.lock = threading.Lock()  # of the file

    def make(self):
        os.makedirs(f'{GADGET}/strings/0x409')
        write(f'{GADGET}/idVendor', '0x' + GADGET_ID[0])
        write(f'{GADGET}/idProduct', '0x' + GADGET_ID[1])
        write(f'{GADGET}/strings/0x409/manufacturer', 'Kernel')
        write(f'{GADGET}/strings/0x409/product', 'Gadget')
        write(f'{GADGET}/strings/0x409/serialnumber', 'GADGET01')
        os.makedirs(f'{GADGET}/functions/printer.0')
        write(f'{GADGET}/functions/printer.0/pnp_string', 'MFG:Kernel;MDL:Gadget;CLS:PRINTER;')
        os.makedirs(f'{GADGET}/configs/c.1/strings/0x409')
        write(f'{GADGET}/configs/c.1/strings/0x409/configuration', 'printer')
        os.symlink(f'{GADGET}/functions/printer.0', f'{GADGET}/configs/c.1/printer.0')
        threading.Thread(target=self.serve, daemon=True).start()

    def plug(self):
        """Into the socket; what it has seen is forgotten."""
        if not os.path.exists(GADGET):
            self.make()
        self.bytes, self.looked = b'', 0
        write(f'{GADGET}/UDC', 'dummy_udc.0\n')
        wait_for('the gadget on the bus', self.folder)
        run('udevadm', 'settle')
        wait_for('the gadget\'s file opens', self.open)

    def open(self):
        """It does once the host has configured the device."""
        try:
            file = os.open('/dev/g_printer0', os.O_RDWR | os.O_NONBLOCK)
        except OSError:
            return False
        with self.lock:
            self.file = file
        return True

    def pull(self):
        """Its file is closed first: 6.1 frees the gadget's device under an open one."""
        with self.lock:
            os.close(self.file)
            self.file = None
        write(f'{GADGET}/UDC', '\n')
        wait_for('the gadget has left the bus', lambda: not self.folder())

    def folder(self):
        base = '/sys/bus/usb/devices'
        for name in os.listdir(base):
            path = f'{base}/{name}/serial'
            if os.path.exists(path) and read(path).strip() == 'GADGET01':
                return f'{base}/{name}'
        return None

    def serve(self):
        """To the end of the guest."""
        while True:
            part = b''
            with self.lock:
                try:
                    part = os.read(self.file, 8192) if self.file is not None else b''
                except OSError:  # nothing there
                    pass
                self.bytes += part
                if part and not self.silent:
                    self.answer()
            if not part:
                time.sleep(0.01)

    def answer(self):
        """Questions in what has arrived since the last look."""
        while self.looked < len(self.bytes):
            at = self.bytes[self.looked:]
            reply, used = b'', 1
            for head, size in ((b'\x10\x04', 3), (b'\x1d\x61', 3), (b'\x1d\x72', 3),
                               (b'\x1d\x28\x48\x06\x00\x30\x30', 11)):
                if at[:len(head)] == head[:len(at)] and len(at) < size:
                    return  # the rest is still to come
                if at.startswith(head):
                    used = size
                    reply = {b'\x10\x04': b'\x12', b'\x1d\x61': b'\x10\0\0\0',
                             b'\x1d\x72': b'\0'}.get(head, b'\x37\x22' + at[7:11] + b'\0')
            self.looked += used
            if reply:
                os.write(self.file, reply)
