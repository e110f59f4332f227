#!/usr/bin/env python3
"""Unpacks the kernel that is inside a bzImage, so that QEMU starts it at once (PVH) instead of having
it unpack itself, slowly, in emulation:

    vmlinux.py BZIMAGE VMLINUX

Where the payload lies is in the header of the kernel's Documentation/arch/x86/boot.rst."""
import lzma
import struct
import sys


def main():
    with open(sys.argv[1], 'rb') as file:
        image = file.read()
    if image[0x202:0x206] != b'HdrS':
        sys.exit(f'{sys.argv[1]}: no bzImage')
    begin = (image[0x1f1] + 1) * 512
    offset, length = struct.unpack_from('<II', image, 0x248)
    payload = image[begin + offset:begin + offset + length]
    if not payload.startswith(b'\xfd7zXZ\0'):
        sys.exit(f'{sys.argv[1]}: not packed with xz')
    with open(sys.argv[2], 'wb') as file:
        file.write(lzma.LZMADecompressor().decompress(payload))


if __name__ == '__main__':
    main()
