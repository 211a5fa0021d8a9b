"""Writes lossy WebP files of 61 x 45 pixels and what Pillow (libwebp) decodes them to, as a reference for the decoder.

    python3 webp.py .

lossy.webp has colours alone, lossy_alpha.webp has transparency too, which torchvision's ImageFolder drops; each .rgb
file has the pixels as rows of RGB bytes.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

out = Path(sys.argv[1])
y, x = np.mgrid[:45, :61]
disc = (x - 40) ** 2 + (y - 24) ** 2 < 300
red = 128 + 100 * np.sin(x / 5 + y / 11)
green = np.where(disc, 220, 3 * y)
blue = np.where(disc, 30, 128 + 90 * np.cos(x * y / 90))
alpha = np.where(disc, 255, 4 * x)
pixels = np.stack([red, green, blue, alpha], axis=-1).clip(0, 255).astype(np.uint8)
Image.fromarray(pixels[..., :3]).save(out / "lossy.webp", quality=75)
Image.fromarray(pixels).save(out / "lossy_alpha.webp", quality=75)
for name in ["lossy", "lossy_alpha"]:
    (out / f"{name}.rgb").write_bytes(Image.open(out / f"{name}.webp").convert("RGB").tobytes())
