"""Writes JPEG files of 64 x 64 pixels and what Pillow decodes them to, as a reference for the decoder.

    python3 jpeg.py .

colour.JPEG has halved colours, sharp.JPEG has not, grey.JPEG is grey-scale; each .rgb file has the pixels as rows of
RGB bytes, grey-scale converted as torchvision's ImageFolder does. short.JPEG has another size.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

out = Path(sys.argv[1])
y, x = np.mgrid[:64, :64]
disc = (x - 40) ** 2 + (y - 24) ** 2 < 300
red = 128 + 100 * np.sin(x / 5 + y / 11)
green = np.where(disc, 220, 3 * y)
blue = np.where(disc, 30, 128 + 90 * np.cos(x * y / 90))
image = Image.fromarray(np.stack([red, green, blue], axis=-1).clip(0, 255).astype(np.uint8))
image.save(out / "colour.JPEG", quality=80, subsampling=2)
image.rotate(90).save(out / "sharp.JPEG", quality=90, subsampling=0)
image.convert("L").save(out / "grey.JPEG", quality=80)
image.crop((0, 0, 64, 48)).save(out / "short.JPEG", quality=50)
for name in ["colour", "sharp", "grey"]:
    (out / f"{name}.rgb").write_bytes(Image.open(out / f"{name}.JPEG").convert("RGB").tobytes())
