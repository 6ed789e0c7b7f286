"""Makes a large baseline JPEG by tiling a photo, for runs over pictures that do not fit in memory.

    python Scripts/large_picture.py --width 30000 --height 20000 PHOTO OUTPUT
    detect --model centerface --pyramid tiles --seam-exact --max-pixels 700000000 OUTPUT

Needs Pillow, and three bytes of memory a pixel.
"""

import argparse

from PIL import Image


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photo")
    parser.add_argument("output")
    parser.add_argument("--width", type=int, default=30000)
    parser.add_argument("--height", type=int, default=20000)
    parser.add_argument("--quality", type=int, default=85)
    arguments = parser.parse_args()

    tile = Image.open(arguments.photo).convert("RGB")
    picture = Image.new("RGB", (arguments.width, arguments.height))
    for y in range(0, arguments.height, tile.height):
        for x in range(0, arguments.width, tile.width):
            picture.paste(tile, (x, y))
    picture.save(arguments.output, quality=arguments.quality, subsampling="4:2:0")


if __name__ == "__main__":
    main()
