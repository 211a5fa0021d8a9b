"""Writes small JPEG files in many forms to jpeg/, and the CRC-32 of what Pillow decodes each to, in RGB.

    python3 jpeg_forms.py [SAMPLE]

jpeg/pillow.csv has a line for each of them; jpeg/reduced.csv has one with the CRC-32 at 1/2, 1/4 and 1/8 of the size, which
libjpeg decodes without the whole, but for those with half the colours along one side only, of which it loses half along
the other as well; with SAMPLE, the folder unpacked from imagenet-sample.tar, imagenet.csv has
one for each of its photographs. Made with Pillow 13.0.0 (libjpeg-turbo).
"""

import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

here = Path(__file__).parent
forms = here / "jpeg"


def picture(width, height):
    y, x = np.mgrid[:height, :width]
    disc = (x - 20) ** 2 + (y - 12) ** 2 < 90
    red = 128 + 110 * np.sin(x / 4 + y / 7)
    green = np.where(disc, 235, 5 * y)
    blue = np.where(disc, 15, 128 + 110 * np.cos(x * y / 60))
    rgb = np.stack([red, green, blue], axis=-1) + np.random.default_rng(7).normal(0, 12, (height, width, 3))
    return Image.fromarray(rgb.clip(0, 255).astype(np.uint8))


def line(path):
    rgb = Image.open(path).convert("RGB").tobytes()
    return f"{path.name},{zlib.crc32(rgb)}\n"


def reduced(path):
    checksums = []
    for reduction in 2, 4, 8:
        image = Image.open(path)
        # As Image.draft() does it, which does not reduce an image to less than a pixel.
        image._size = tuple(-(-length // reduction) for length in image.size)
        image.tile = [image.tile[0]._replace(extents=(0, 0, *image.size))]
        image.decoderconfig = (reduction, 0)
        checksums.append(str(zlib.crc32(image.convert("RGB").tobytes())))
    return f"{path.name},{','.join(checksums)}\n"


large, odd, thin = picture(48, 32), picture(37, 27), picture(3, 19)
cases = {
    "444": (large, dict(subsampling=0, quality=90)),
    "422": (odd, dict(subsampling=1, quality=85)),
    "420": (odd, dict(subsampling=2, quality=85)),
    "420-thin": (thin, dict(subsampling=2, quality=85)),
    "422-thin": (thin, dict(subsampling=1, quality=85)),
    "rough": (large, dict(subsampling=2, quality=5)),
    "finest": (odd, dict(subsampling=0, quality=100)),
    "grey": (odd.convert("L"), dict(quality=85)),
    "progressive": (odd, dict(progressive=True, quality=85, subsampling=2)),
    "progressive-grey": (odd.convert("L"), dict(progressive=True, quality=95)),
    "progressive-rough": (large, dict(progressive=True, quality=10)),
    "restarts": (odd, dict(restart_marker_blocks=2, quality=85)),
    "restarts-progressive": (odd, dict(restart_marker_rows=1, progressive=True, quality=85)),
    "optimized": (odd, dict(optimize=True, quality=70)),
    "cmyk": (odd.convert("CMYK"), dict(quality=85)),
    "cmyk-progressive": (odd.convert("CMYK"), dict(quality=85, progressive=True)),
    "rgb": (odd, dict(keep_rgb=True, quality=85)),
    "turned": (odd, dict(quality=85, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0")),
}
for name, (image, options) in cases.items():
    image.save(forms / f"{name}.jpg", **options)
# Forms that Pillow does not write: other sampling factors, and inks as luminance and chrominances.
frame = b"\xff\xc0\x00\x11\x08"
data = (forms / "422.jpg").read_bytes()
at = data.index(frame)
tall = bytearray((forms / "422.jpg").read_bytes())
# Luminance 1 x 2 instead of 2 x 1 on a turned size: the blocks of a unit are as many.
tall[at + 5 : at + 9] = (37).to_bytes(2, "big") + (27).to_bytes(2, "big")
tall[at + 11] = 0x12
(forms / "440.jpg").write_bytes(tall)
inks = bytearray((forms / "cmyk.jpg").read_bytes())
inks[inks.index(b"Adobe") + 11] = 2
(forms / "ycck.jpg").write_bytes(inks)

(forms / "pillow.csv").write_text("".join(line(path) for path in sorted(forms.glob("*.jpg"))))
even = [path for path in sorted(forms.glob("*.jpg")) if not path.name.startswith(("422", "440"))]
(forms / "reduced.csv").write_text("".join(map(reduced, even)))
if len(sys.argv) > 1:
    photographs = sorted(Path(sys.argv[1]).glob("*/*.JPEG"))
    (here / "imagenet.csv").write_text("".join(line(path) for path in photographs))
