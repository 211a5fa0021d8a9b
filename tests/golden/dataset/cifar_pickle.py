"""Writes data_batch_1: three made-up images in the version of CIFAR-10 for Python, as a reference for the reader.

    python3 cifar_pickle.py data_batch_1

Python 2 wrote the official files: its texts are strings of bytes, its NumPy is the one of `numpy.core`.
"""

import io
import pickle
import struct
import sys

import numpy as np


class Python2(pickle._Pickler):
    """Protocol 2 with texts as Python 2 writes them."""

    dispatch = dict(pickle._Pickler.dispatch)

    def save_text(self, text):
        data = text if isinstance(text, bytes) else text.encode()
        self.write(b"U" + bytes([len(data)]) + data if len(data) < 256 else b"T" + struct.pack("<i", len(data)) + data)
        self.memoize(text)

    dispatch[str] = dispatch[bytes] = save_text

    def save_global(self, obj, name=None):
        module, name = obj.__module__.replace("_core", "core"), name or obj.__qualname__
        self.write(f"c{module}\n{name}\n".encode())
        self.memoize(obj)

    dispatch[type] = dispatch[type(len)] = dispatch[type(lambda: 0)] = save_global


column = np.arange(3072)
data = np.stack([(image * 89 + column * 7 + column // 256) % 256 for image in range(3)]).astype(np.uint8)
batch = {
    "batch_label": "training batch 1 of 1",
    "labels": [6, 9, 4],
    "data": data,
    "filenames": [f"made_up_s_{image:06}.png" for image in range(3)],
}
buffer = io.BytesIO()
Python2(buffer, protocol=2).dump(batch)
with open(sys.argv[1], "wb") as file:
    file.write(buffer.getvalue())
loaded = pickle.loads(buffer.getvalue(), encoding="latin1")
assert loaded["labels"] == batch["labels"] and (loaded["data"] == data).all()
