"""Inputs and expected coresets for the selectors' tests, computed with NumPy and SciPy alone.

    python tests/golden/selector/make.py        # numpy >= 1.26, scipy >= 1.11

The pursuit here shares nothing with ours: it refits by least squares on the explicit rows (SVD) at every
step, ridge as extra rows, and checks every fit against scipy.optimize.nnls on the same support.
"""

from pathlib import Path

import numpy as np
from scipy.optimize import nnls

HERE = Path(__file__).parent


def fit(rows, target, ridge):
    """Weights of the least squares on `rows` with a ridge, and the same with weights >= 0."""
    matrix = np.vstack([rows.T, np.sqrt(ridge) * np.eye(len(rows))])
    right = np.concatenate([target, np.zeros(len(rows))])
    return np.linalg.lstsq(matrix, right, rcond=None)[0], nnls(matrix, right)[0]


def pursue(rows, budget, ridge):
    """Greedy signed argmax over rows not held; the most negative weight leaves; weight-0 rows last."""
    target = rows.sum(0)
    held, weights, once = [], np.zeros(0), set()
    objective = target @ target
    while len(held) < budget:
        correlation = rows @ (target - rows[held].T @ weights)
        correlation[held] = -np.inf
        best = int(np.argmax(correlation))
        if correlation[best] <= 1e-10 * np.linalg.norm(rows[best]) * np.linalg.norm(target):
            break
        held.append(best)
        strength = ridge if len(held) > 1 or once else 0.0
        once.add(best)
        weights, _ = fit(rows[held], target, strength)
        while weights.min() <= 0:
            held.pop(int(np.argmin(weights)))
            weights, _ = fit(rows[held], target, strength)
        assert np.allclose(weights, fit(rows[held], target, strength)[1], rtol=1e-8)
        residual = target - rows[held].T @ weights
        lower = residual @ residual + ridge * weights @ weights
        assert len(once) == 1 or lower < objective, "this instance needs the Lawson-Hanson step"
        objective = lower
    correlation = rows @ (target - rows[held].T @ weights)
    correlation[np.abs(correlation) <= 1e-10 * np.linalg.norm(rows, axis=1) * np.linalg.norm(target)] = 0
    spare = [row for row in range(len(rows)) if row not in held]
    spare.sort(key=lambda row: (row not in once, -correlation[row]))
    spare = spare[: budget - len(held)]
    return held + spare, np.concatenate([weights, np.zeros(len(spare))])


def quotas(sizes, budget):
    due = [size * budget for size in sizes]
    quota = [d // sum(sizes) for d in due]
    order = sorted(range(len(sizes)), key=lambda c: (-(due[c] % sum(sizes)), c))
    for c in order[: budget - sum(quota)]:
        quota[c] += 1
    return quota


def per_class(choose, labels, budget):
    """`choose(rows of the class, quota)` in each class, joined."""
    members = [np.flatnonzero(labels == c) for c in range(labels.max() + 1)]
    chosen, weights = [], []
    for member, quota in zip(members, quotas([len(m) for m in members], budget)):
        if quota:
            local, weight = choose(member, quota)
            chosen += [int(member[i]) for i in local]
            weights += list(weight)
    return chosen, weights


def band(distance, budget):
    order = np.argsort(distance, kind="stable")
    start = round((len(distance) - budget) / 2)
    return order[start : start + budget], np.ones(budget)


def store(name, coreset):
    with open(HERE / f"{name}.csv", "w") as file:
        file.write("index,weight\n")
        for index, weight in zip(*coreset):
            file.write(f"{index},{float(weight)!r}\n")


def main():
    rng = np.random.default_rng(20240607)
    labels = rng.choice(4, 60, p=[0.4, 0.3, 0.2, 0.1]).astype(np.int64)
    centres = rng.normal(size=(4, 6))
    features = np.maximum(centres[labels] + rng.normal(size=(60, 6)), 0).astype(np.float32)
    logits = features @ rng.normal(size=(6, 4)) + 1.5 * np.eye(4)[labels]
    exponents = np.exp(logits - logits.max(1, keepdims=True))
    probabilities = (exponents / exponents.sum(1, keepdims=True)).astype(np.float32)
    np.save(HERE / "labels.npy", labels)
    np.save(HERE / "features.npy", features)
    np.save(HERE / "probabilities.npy", probabilities)

    errors = probabilities.astype(np.float64) - np.eye(4)[labels]
    ones = np.hstack([np.ones((60, 1)), features.astype(np.float64)])
    gradients = np.einsum("nc,ne->nce", errors, ones).reshape(60, -1)
    np.save(HERE / "gradients.npy", np.asfortranarray(gradients))

    for ridge, name in [(0.0, "0"), (0.5, "half")]:
        store(f"gradmatch_ridge_{name}", pursue(gradients, 20, ridge))
        grouped = lambda rows, quota: pursue(gradients[rows], quota, ridge)
        store(f"gradmatch_per_class_ridge_{name}", per_class(grouped, labels, 26))
    # More than the pursuit can use: weight-0 rows complete the budget.
    store("gradmatch_exhausted", pursue(gradients, 50, 0.0))

    wide = features.astype(np.float64)
    for name, middle in [("median", np.median), ("mean", np.mean)]:
        centre = np.stack([middle(wide[labels == c], axis=0) for c in range(4)])
        distance = np.linalg.norm(wide - centre[labels], axis=1)
        store(f"moderate_{name}", band(distance, 15))
        grouped = lambda rows, quota: band(distance[rows], quota)
        store(f"moderate_{name}_per_class", per_class(grouped, labels, 15))

    score = np.linalg.norm(errors, axis=1)
    store("el2n_highest", (np.argsort(-score, kind="stable")[:15], np.ones(15)))
    store("el2n_lowest", (np.argsort(score, kind="stable")[:15], np.ones(15)))


if __name__ == "__main__":
    main()
