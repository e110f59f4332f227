"""A USB/IP client without a kernel: it lists and imports devices and sends transfers, as the kernel's
Documentation/usb/usbip_protocol.rst (version 1.1.1) has them on the wire."""
import socket
import struct

from hall import StepError

VERSION = 0x0111
SUBMIT, UNLINK, RET_SUBMIT, RET_UNLINK = 1, 2, 3, 4
OUT, IN = 0, 1
HEADER = struct.Struct('>IIIII')
SUBMITTED = struct.Struct('>IIIII8s')  # flags, length, start frame, packets, interval, setup
RETURNED = struct.Struct('>iIIII8x')   # status, actual length, start frame, packets, errors


def receive(connection, size):
    got = b''
    while len(got) < size:
        part = connection.recv(size - len(got))
        if not part:
            raise EOFError('the server closed')
        got += part
    return got


def text(field):
    return field.split(b'\0', 1)[0].decode()


class Device:
    """What both replies tell of a device."""

    def __init__(self, raw):
        self.path, self.bus_id = text(raw[:256]), text(raw[256:288])
        self.bus, self.device, self.speed, self.vendor, self.product, self.release = \
            struct.unpack('>IIIHHH', raw[288:306])
        (self.device_class, _, _, self.configuration, self.configurations,
         self.interfaces) = raw[306:312]


def connect(address):
    return socket.create_connection(address, timeout=20)


def list_devices(address):
    """[(device, [(class, subclass, protocol)])]"""
    with connect(address) as connection:
        connection.sendall(struct.pack('>HHI', VERSION, 0x8005, 0))
        version, code, status, count = struct.unpack('>HHII', receive(connection, 12))
        if (version, code, status) != (VERSION, 0x0005, 0):
            raise StepError(f'list: {version:#x} {code:#x} {status}')
        found = []
        for _ in range(count):
            device = Device(receive(connection, 312))
            found.append((device, [tuple(receive(connection, 4)[:3])
                                   for _ in range(device.interfaces)]))
        if connection.recv(1):
            raise StepError('more than the list')
    return found


class Refused(Exception):
    """The status of a refused import."""


class Imported:
    """A device whose transfers go over this connection."""

    def __init__(self, address, bus_id):
        self.connection = connect(address)
        self.connection.sendall(struct.pack('>HHI32s', VERSION, 0x8003, 0, bus_id.encode()))
        version, code, status = struct.unpack('>HHI', receive(self.connection, 8))
        if (version, code) != (VERSION, 0x0003):
            raise StepError(f'import: {version:#x} {code:#x}')
        if status:
            self.connection.close()
            raise Refused(status)
        self.device = Device(receive(self.connection, 312))
        self.id = self.device.bus << 16 | self.device.device
        self.sequence = 0
        self.sizes = {}    # of IN transfers that are out
        self.returned = {}  # sequence -> (status, actual length, bytes)
        self.unlinked = {}  # sequence -> status

    def close(self):
        self.connection.close()

    def submit(self, endpoint, direction, data=b'', size=0, setup=bytes(8)):
        self.sequence += 1
        length = len(data) if direction == OUT else size
        self.connection.sendall(
            HEADER.pack(SUBMIT, self.sequence, self.id, direction, endpoint) +
            SUBMITTED.pack(0, length, 0, 0xffffffff, 0, setup) + data)
        self.sizes[self.sequence] = direction
        return self.sequence

    def unlink(self, sequence):
        self.sequence += 1
        self.connection.sendall(HEADER.pack(UNLINK, self.sequence, self.id, 0, 0) +
                                struct.pack('>I24x', sequence))
        return self.sequence

    def read_one(self):
        command, sequence, *_ = HEADER.unpack(receive(self.connection, HEADER.size))
        status, actual, _, _, _ = RETURNED.unpack(receive(self.connection, RETURNED.size))
        if command == RET_UNLINK:
            self.unlinked[sequence] = status
        elif command == RET_SUBMIT:
            data = receive(self.connection, actual) if self.sizes.pop(sequence) == IN else b''
            self.returned[sequence] = (status, actual, data)
        else:
            raise StepError(f'a reply {command}')

    def wait(self, sequence):
        while sequence not in self.returned:
            self.read_one()
        return self.returned.pop(sequence)

    def wait_unlinked(self, sequence):
        while sequence not in self.unlinked:
            self.read_one()
        return self.unlinked.pop(sequence)

    def control(self, kind, request, value=0, index=0, size=0):
        """(status, bytes)"""
        setup = struct.pack('<BBHHH', kind, request, value, index, size)
        status, _, data = self.wait(self.submit(0, kind >> 7, size=size if kind >> 7 else 0,
                                                setup=setup))
        return status, data
