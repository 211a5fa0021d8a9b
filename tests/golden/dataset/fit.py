"""Writes fit.rgb: what torchvision's Resize(side) and CenterCrop(side) make of two pictures, side by side.

Run with Pillow 13.0.0 and NumPy: python fit.py
"""

import numpy as np
from PIL import Image


def picture(width, height):
    y, x, c = np.mgrid[0:height, 0:width, 0:3]
    return Image.fromarray(((x * 7 + y * 13 + c * 50 + x * y) % 256).astype(np.uint8))


def fit(image, side):
    width, height = image.size
    short = min(width, height)
    if short != side:
        size = (int(side * width / short), int(side * height / short))
        image = image.resize(size, Image.BILINEAR)
    width, height = image.size
    left, top = int(round((width - side) / 2.0)), int(round((height - side) / 2.0))
    return image.crop((left, top, left + side, top + side))


with open("fit.rgb", "wb") as file:
    for size in [(31, 23), (23, 30)]:
        for side in [10, 23, 40]:
            file.write(np.asarray(fit(picture(*size), side)).tobytes())
