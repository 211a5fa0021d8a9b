"""Writes fits.json: minimum-norm fits, pruned fits and losses, by NumPy. Run: python make_fits.py"""

import json
from pathlib import Path

import numpy as np

BASES = {
    "monomial": lambda x, d: np.vander(x, d + 1, increasing=True),
    "chebyshev": np.polynomial.chebyshev.chebvander,
    "legendre": np.polynomial.legendre.legvander,
}


def runge(x):
    return 1 / (1 + 25 * x**2)


def solve(matrix, y):
    cutoff = np.finfo(float).eps * max(matrix.shape)
    by_pinv = np.linalg.pinv(matrix, rcond=cutoff) @ y
    c, _, rank, _ = np.linalg.lstsq(matrix, y, rcond=cutoff)
    assert np.allclose(by_pinv, c, rtol=1e-7, atol=1e-9 * np.abs(c).max())
    return c, int(rank)


def case(name, x, y, degree, basis, pruned):
    matrix = BASES[basis](x, degree)
    c, rank = solve(matrix, y)
    gone = sorted(np.argsort(np.abs(c), kind="stable")[:pruned].tolist())
    plain = c.copy()
    plain[gone] = 0
    kept = [i for i in range(degree + 1) if i not in gone]
    refit = np.zeros_like(c)
    refit[kept] = solve(matrix[:, kept], y)[0]
    grid = np.linspace(-1, 1, 401)
    on_grid = BASES[basis](grid, degree)
    loss = lambda c: float(np.mean((on_grid @ c - runge(grid)) ** 2))
    train_loss = lambda c: float(np.mean((matrix @ c - y) ** 2))
    return {
        "name": name, "x": x.tolist(), "y": y.tolist(), "degree": degree, "basis": basis, "pruned": pruned,
        "coefficients": c.tolist(), "rank": rank, "pruned_coefficients": plain.tolist(),
        "refit_coefficients": refit.tolist(), "loss": [loss(c), loss(plain)], "train_loss": [train_loss(c), train_loss(plain)],
    }


def main():
    rng = np.random.default_rng(2024)
    ten = np.linspace(-1, 1, 10)
    noise = np.zeros(10)
    noisy = np.sort(rng.permutation(10)[:5])
    noise[noisy] = 0.1 * rng.standard_normal(5)
    clean = np.setdiff1d(np.arange(10), noisy)
    many = rng.uniform(-1, 1, 24)
    twice = np.concatenate([many[:6], many[:6]])
    sets = [
        ("full", ten, runge(ten) + noise, 10, 3),
        ("coreset", ten[clean], runge(ten[clean]), 10, 3),
        ("overdetermined", many, runge(many) + 0.1 * rng.standard_normal(24), 6, 2),
        ("duplicated", twice, runge(twice) + 0.1 * rng.standard_normal(12), 8, 3),
    ]
    cases = [case(name, x, y, d, basis, k) for name, x, y, d, k in sets for basis in BASES]
    text = ",\n".join(json.dumps(c) for c in cases)
    Path(__file__).with_name("fits.json").write_text(f"[\n{text}\n]\n")


if __name__ == "__main__":
    main()
