"""Writes cifar10.csv: what NumPy reads from the CIFAR-10 binary archive, as a reference for the reader.

    python3 cifar10.py cifar-10-binary.tar.gz > cifar10.csv

Columns: part (train, test), images, sum of the labels times (index + 1), CRC-32 of the labels (one byte each),
CRC-32 of the pixels as images x rows x columns x RGB.
"""

import sys
import tarfile
import zlib

import numpy as np

PARTS = {"train": [f"data_batch_{i}.bin" for i in range(1, 6)], "test": ["test_batch.bin"]}

with tarfile.open(sys.argv[1]) as archive:
    files = {m.name.split("/")[-1]: archive.extractfile(m).read() for m in archive if m.isfile()}

print("part,images,label_sum,labels_crc32,pixels_crc32")
for part, names in PARTS.items():
    records = np.concatenate([np.frombuffer(files[n], np.uint8).reshape(-1, 3073) for n in names])
    labels = records[:, 0]
    pixels = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    label_sum = int((labels.astype(np.int64) * np.arange(1, len(labels) + 1)).sum())
    crc = [zlib.crc32(np.ascontiguousarray(a).tobytes()) for a in (labels, pixels)]
    print(part, len(labels), label_sum, *crc, sep=",")
