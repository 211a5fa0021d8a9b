"""Writes meta.mat: an array of structs like that of ImageNet's development kit, compressed as MATLAB does.

Run with SciPy 1.17: python meta.py
"""

import numpy as np
from scipy.io import savemat

fields = [("ILSVRC2012_ID", "O"), ("WNID", "O"), ("words", "O"), ("gloss", "O"), ("children", "O")]
rows = [
    (1, "n02119789", "kit fox, Vulpes macrotis", "small grey fox", np.zeros(0)),
    (2, "n02100735", "English setter", "an English breed", np.zeros(0)),
    (300, "n02110185", "Siberian husky", "breed of sled dog", np.array([1.0, 2.0])),
]
synsets = np.array(rows, dtype=fields).reshape(-1, 1)
savemat("meta.mat", {"other": np.eye(2), "synsets": synsets}, do_compression=True)
