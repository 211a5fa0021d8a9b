"""The work of benches/epsilon.rs with NumPy and SciPy, timed: 200 draws, degrees 1..20, 50 noisy and 20 clean points.

Set up:  python3 -m venv .venv && .venv/bin/pip install -r requirements.txt      (in this folder)
Run:     ./compare.sh, or .venv/bin/python epsilon_scipy.py [--criterion TARGET/criterion]

Two ways, both per degree: `svd` is QR of [basis | y] in the Legendre basis, a triangular solve and singular values; `eigh`
is the textbook generalised eigenproblem on the Gram matrices (Chebyshev basis), which loses digits as the degree rises.
Both are first checked against 60-digit values. With --criterion the times of the Rust benchmark are printed beside.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import scipy.linalg as la
from numpy.polynomial import chebyshev, legendre

DEGREES = range(1, 21)
GOLDEN = Path(__file__).resolve().parents[3] / "tests/golden/analysis"


def by_svd(full, coreset, degree):
    w, wc = (np.column_stack([legendre.legvander(x, degree), y]) / np.sqrt(len(x)) for x, y in (full, coreset))
    r = la.qr(w, mode="r", check_finite=False)[0][: degree + 2]
    z = la.solve_triangular(r, wc.T, trans="T", check_finite=False)
    sigma = la.svd(z, compute_uv=False, check_finite=False)
    low = 0.0 if len(coreset[0]) < degree + 2 else sigma[-1] ** 2
    return max(sigma[0] ** 2 - 1, 1 - low)


def by_eigh(full, coreset, degree):
    w, wc = (np.column_stack([chebyshev.chebvander(x, degree), y]) / np.sqrt(len(x)) for x, y in (full, coreset))
    values = la.eigh(wc.T @ wc, w.T @ w, eigvals_only=True, check_finite=False)
    return max(values[-1] - 1, 1 - values[0])


def draw(rng, n, noise):
    x = rng.uniform(-1, 1, n)
    return x, 1 / (1 + 25 * x * x) + noise * rng.standard_normal(n)


def error(solve):
    read = lambda name: np.loadtxt(GOLDEN / name, delimiter=",", skiprows=1).T
    noisy, clean = read("epsilon_noisy50.csv"), read("epsilon_clean20.csv")
    worst = 0.0
    for line in (GOLDEN / "epsilon_expected.csv").read_text().splitlines()[1:]:
        pairing, degree, expected = line.split(",")[:3]
        full = noisy if pairing == "disjoint" else np.hstack([noisy, clean])
        worst = max(worst, abs(solve(full, clean, int(degree)) / float(expected) - 1))
    return worst


def best_time(solve, draws, repeats=5):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        for full, coreset in draws:
            for degree in DEGREES:
                solve(full, coreset, degree)
        times.append(time.perf_counter() - start)
    return min(times)


def rust_times(folder):
    for name in ("one_thread", "all_cores"):
        path = folder / "epsilon_200x20" / name / "new" / "estimates.json"
        if path.exists():
            yield name, json.loads(path.read_text())["median"]["point_estimate"] * 1e-9


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--criterion", type=Path)
    parser.add_argument("--trials", type=int, default=200)
    args = parser.parse_args()
    rng = np.random.default_rng(1)
    draws = [(draw(rng, 50, 0.1), draw(rng, 20, 0.0)) for _ in range(args.trials)]
    peers = {name: best_time(solve, draws) for name, solve in (("svd", by_svd), ("eigh", by_eigh))}
    for name, solve in (("svd", by_svd), ("eigh", by_eigh)):
        print(f"scipy {name:<10} {peers[name] * 1e3:8.1f} ms   worst relative error {error(solve):.0e}")
    for name, seconds in rust_times(args.criterion) if args.criterion else ():
        ratios = ", ".join(f"{time / seconds:.1f}x {peer}" for peer, time in peers.items())
        print(f"rust  {name:<10} {seconds * 1e3:8.1f} ms   {ratios}")


if __name__ == "__main__":
    main()
