"""Writes safety.json: the supremum and minimum-norm fits where rank and range are in danger, by mpmath in 120 digits on
the very numbers that are stored (every float is taken as the rational it is). Run: python make_safety.py (mpmath 1.3)"""

import json
import random
from pathlib import Path

from mpmath import chop, cos, eigsy, inf, lu_solve, matrix, mp, mpf, pi, sqrt

mp.dps = 120
ZERO = mpf(10) ** -60  # rounding of 120 digits lies far below, what is not 0 far above


def values(basis, x, degree):
    p = [mpf(1), x]
    for n in range(1, degree):
        if basis == "monomial":
            p.append(x * p[n])
        elif basis == "chebyshev":
            p.append(2 * x * p[n] - p[n - 1])
        else:
            p.append(((2 * n + 1) * x * p[n] - n * p[n - 1]) / (n + 1))
    return p[: degree + 1]


def columns(points, degree, middle, half):
    """Rows [y, P0, ..., Pk] / sqrt(n) over the range of the full set."""
    n = sqrt(mpf(len(points)))
    rows = [[y] + values("legendre", (x - middle) / half, degree) for x, y in points]
    return matrix([[v / n for v in row] for row in rows])


def epsilon(full, coreset, degree):
    full, coreset = ([(mpf(x), mpf(y)) for x, y in s] for s in (full, coreset))
    low, high = min(x for x, _ in full), max(x for x, _ in full)
    middle, half = (low + high) / 2, (high - low) / 2 or mpf(1)
    w, wc = (columns(s, degree, middle, half) for s in (full, coreset))
    values, vectors = eigsy(w.T * w)
    largest = max(values)
    regular = [i for i in range(len(values)) if values[i] > ZERO * largest]
    null = [i for i in range(len(values)) if values[i] <= ZERO * largest]
    image = wc * vectors
    for i in null:
        if max(abs(image[r, i]) for r in range(image.rows)) > mpf(10) ** -25:
            return inf, len(regular)
    z = matrix(image.rows, len(regular))
    for c, i in enumerate(regular):
        for r in range(image.rows):
            z[r, c] = image[r, i] / sqrt(values[i])
    lam = eigsy(z * z.T, eigvals_only=True) if z.rows < z.cols else eigsy(z.T * z, eigvals_only=True)
    smallest = mpf(0) if z.rows < z.cols else min(lam)
    return max(max(lam) - 1, 1 - smallest), len(regular)


def fit(points, degree, basis):
    a = matrix([values(basis, mpf(x), degree) for x, _ in points])
    y = matrix([mpf(v) for _, v in points])
    # The pseudoinverse by the smaller Gram matrix, without its null directions.
    wide = a.rows < a.cols
    d, v = eigsy(a * a.T if wide else a.T * a)
    right = y if wide else a.T * y
    along = v.T * right
    for i in range(len(d)):
        along[i] = along[i] / d[i] if d[i] > ZERO * max(d) else 0
    c = v * along
    c = a.T * c if wide else c
    residual = a * c - y
    loss = sum(r * r for r in residual) / len(points)
    return c, loss, sum(1 for value in d if value > ZERO * max(d))


def scaled(points):
    """The points in u = (x - centre) / half_width, and both numbers as floats."""
    low, high = min(x for x, _ in points), max(x for x, _ in points)
    centre, half = (low + high) / 2, 0.5 * high - 0.5 * low
    return [((mpf(x) - mpf(centre)) / mpf(half), y) for x, y in points], centre, half


def noisy(xs, seed, noise=0.1, centre=0.0, half=1.0):
    rng = random.Random(seed)
    runge = lambda x: 1 / (1 + 25 * ((x - centre) / half) ** 2)
    return [[round(x, 6), round(runge(x) + noise * rng.gauss(0, 1), 6)] for x in xs]


def nodes(n):
    return [float(cos(pi * (2 * i + 1) / (2 * n))) for i in range(n)]


def main():
    rng = random.Random(5)
    few = sorted(rng.uniform(-1, 1) for _ in range(12))
    twice = noisy(few + few, 1)
    far = [100 + 30 * rng.random() for _ in range(40)]
    far = noisy(far, 2, centre=115, half=15)
    eight = noisy(sorted(rng.uniform(-1, 1) for _ in range(8)), 3)
    apart = noisy([rng.uniform(-1, 1) for _ in range(9)], 4, 0)
    smooth = noisy(nodes(80), 6)
    sets = [
        ("degree 60", smooth, noisy([rng.uniform(-1, 1) for _ in range(25)], 7, 0), [20, 40, 60]),
        ("degree 60, C part of D", smooth, smooth[::2], [30, 60]),
        ("doubled abscissae, C apart", twice, apart, [3, 10, 11, 12, 30]),
        ("doubled abscissae, C part of D", twice, twice[3:12], [3, 11, 20, 60]),
        ("far from the origin", far, far[5:25], [1, 6, 12]),
        ("D smaller than the degree, C part of D", eight, eight[2:6], [5, 6, 7, 40, 60]),
        ("D smaller than the degree, C apart", eight, apart, [5, 6, 7, 20]),
        ("C of two points", smooth, apart[:2], [1, 10, 50]),
    ]
    suprema = []
    for name, full, coreset, degrees in sets:
        for degree in degrees:
            value, rank = epsilon(full, coreset, degree)
            suprema.append({"set": name, "degree": degree, "rank": rank, "epsilon": "inf" if value == inf else mp.nstr(value, 20)})
            print(name, suprema[-1], flush=True)
    fits = []
    for name, points, degree, basis in [
        ("ten points, degree 60", noisy(nodes(10), 8), 60, "chebyshev"),
        ("ten points, degree 60", noisy(nodes(10), 8), 60, "legendre"),
        ("eighty points, degree 60", smooth, 60, "chebyshev"),
        ("five points, degree 20", noisy(few[:5], 9), 20, "monomial"),
        ("doubled abscissae, degree 8", twice, 8, "monomial"),
        ("doubled abscissae, degree 30", twice, 30, "legendre"),
        ("outside the interval", noisy([3.0, 4.5, 5.0, 6.25, 7.0, 9.0], 10, centre=6, half=3), 3, "monomial"),
        ("one point", [[0.5, 2.0]], 10, "monomial"),
    ]:
        c, loss, rank = fit(points, degree, basis)
        case = {"name": name, "degree": degree, "basis": basis, "rank": rank, "loss": mp.nstr(chop(loss, ZERO), 20)}
        case["points"] = "smooth" if points is smooth else "twice" if points is twice else points
        case["coefficients"] = [float(mp.nstr(chop(v, ZERO), 13)) for v in c]
        fits.append(case)
        print(name, basis, rank, loss, flush=True)
    wide = noisy([-5000.0, -4100.0, -3900.0, -2000.0, -350.0, 10.0, 12.0, 1500.0, 2999.0, 3000.0], 11, centre=-1000, half=4000)
    for name, points, degree, basis in [
        ("rescaled", far, 12, "chebyshev"),
        ("rescaled", far, 8, "monomial"),
        ("rescaled, forty points, degree 60", far, 60, "legendre"),
        ("rescaled, doubled abscissae", noisy([x for x, _ in far[:6]] * 2, 12, centre=115, half=15), 4, "monomial"),
        ("rescaled, doubled abscissae, degree 20", noisy([x for x, _ in far[:4]] * 2, 13, centre=115, half=15), 20, "chebyshev"),
        ("rescaled, wide", wide, 6, "monomial"),
    ]:
        u, centre, half = scaled(points)
        c, loss, rank = fit(u, degree, basis)
        case = {"name": name, "degree": degree, "basis": basis, "rank": rank, "loss": mp.nstr(chop(loss, ZERO), 20)}
        case |= {"points": "far" if points is far else points, "centre": centre, "half_width": half}
        case["coefficients"] = [float(mp.nstr(chop(v, ZERO), 13)) for v in c]
        # Values of the polynomial at places x of which only the middle one may be an abscissa.
        places = [centre + half * t for t in (-0.8125, 0.0, 0.59375)]
        at = lambda x: sum(a * p for a, p in zip(c, values(basis, (mpf(x) - mpf(centre)) / mpf(half), degree)))
        case["predictions"] = [[x, float(mp.nstr(at(x), 15))] for x in places]
        fits.append(case)
        print(name, basis, rank, loss, flush=True)
    data = {"sets": {name: {"full": f, "coreset": c} for name, f, c, _ in sets}}
    # Points that several sets share are stored once.
    for name, s in data["sets"].items():
        for side in ("full", "coreset"):
            for known, points in (("smooth", smooth), ("twice", twice), ("eight", eight), ("apart", apart), ("far", far)):
                if s[side] is points:
                    s[side] = known
    data["points"] = {"smooth": smooth, "twice": twice, "eight": eight, "apart": apart, "far": far}
    data |= {"suprema": suprema, "fits": fits}
    text = json.dumps(data).replace("}, {", "},\n{")
    Path(__file__).with_name("safety.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
