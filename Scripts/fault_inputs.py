"""Pictures and models made from nothing, for the scripts that disturb runs."""

import os
import struct
import zlib

SIDE = 32


def chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))


def png(width, height, rows, depth=8, color=2):
    """A PNG file; `rows` are its filtered rows or anything else to compress."""
    header = struct.pack('>IIBBBBB', width, height, depth, color, 0, 0, 0)
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + chunk(b'IDAT', zlib.compress(rows))
            + chunk(b'IEND', b''))


def red_square(x, y, side=SIDE):
    """A black picture with a red square of 10 pixels: what the red model finds."""
    rows = bytearray()
    for row in range(side):
        rows.append(0)
        for column in range(side):
            inside = x <= column < x + 10 and y <= row < y + 10
            rows += b'\xff\0\0' if inside else b'\0\0\0'
    return png(side, side, bytes(rows))


def blank(width, height):
    """A large picture in few bytes: one bit a pixel, all black."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    data = b''.join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack('>IIBBBBB', width, height, 1, 0, 0, 0, 0)
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + chunk(b'IDAT', data)
            + chunk(b'IEND', b''))


CONFIGURATION = """[net]
width={side}
height={side}
channels=3
[convolutional]
filters=6
size=1
stride=1
pad=0
activation=linear
[yolo]
mask=0
anchors=10,10
classes=1
num=1
"""


def red_model(folder, red=20.0, bias=-10.0, side=SIDE):
    """A Darknet network whose objectness is high where a pixel is red."""
    path = os.path.join(folder, 'red.cfg')
    with open(path, 'w') as file:
        file.write(CONFIGURATION.format(side=side))
    biases = [0, 0, 0, 0, bias, 10]
    weights = [0.0] * 12 + [red, -red, -red] + [0.0] * 3
    with open(os.path.join(folder, 'red.weights'), 'wb') as file:
        file.write(struct.pack('<5I', 0, 2, 0, 0, 0))
        file.write(struct.pack('<24f', *biases, *weights))
    return path


def pictures(folder, count):
    """`count` different small pictures named by number."""
    os.makedirs(folder, exist_ok=True)
    made = {}
    for index in range(count):
        place = (index % 20, index // 20 % 20)
        if place not in made:
            made[place] = red_square(*place)
        with open(os.path.join(folder, f'{index:06d}.png'), 'wb') as file:
            file.write(made[place])
    return folder
