"""Turns a text file into a C string: embed.py NAME INPUT OUTPUT."""
import sys

name, source, target = sys.argv[1:4]
with open(source, 'rb') as file:
    data = file.read() + b'\0'
with open(target, 'w', encoding='ascii') as file:
    file.write(f'extern const char {name}[];\nconst char {name}[] = {{\n')
    for i in range(0, len(data), 16):
        file.write('\t' + ' '.join(f'(char)0x{byte:02x},' for byte in data[i:i + 16]) + '\n')
    file.write('};\n')
