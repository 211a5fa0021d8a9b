"""Expected coresets from the older solver of GradMatch's authors (v1=False), which stops when a row would be chosen twice.

    pip install torch==2.11.0 numpy scipy && pip install --no-deps cords==0.0.4
    python tests/golden/selector/make_cords.py

Reads labels.npy and gradients.npy, which make.py writes.
"""

import math
from pathlib import Path

import numpy as np
import torch
from cords.selectionstrategies.helpers.omp_solvers import OrthogonalMP_REG_Parallel

HERE = Path(__file__).parent


def main():
    labels, gradients = np.load(HERE / "labels.npy"), np.load(HERE / "gradients.npy")
    lines = ["index,weight"]
    for label in range(labels.max() + 1):
        members = np.flatnonzero(labels == label)
        rows = torch.from_numpy(np.ascontiguousarray(gradients[members]))
        quota = math.ceil(12 * len(members) / len(labels))
        x = OrthogonalMP_REG_Parallel(rows.T, rows.sum(0), tol=1e-100, nnz=quota, positive=True, lam=0.5, device="cpu")
        lines += [f"{members[i]},{float(x[i])!r}" for i in torch.nonzero(x).ravel()]
    (HERE / "gradmatch_cords.csv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
