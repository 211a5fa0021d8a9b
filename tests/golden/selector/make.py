"""Inputs and expected coresets for the selectors' tests, computed with NumPy and SciPy alone.

    python tests/golden/selector/make.py        # numpy >= 1.26, scipy >= 1.11

The pursuit here shares nothing with ours: it refits by least squares on the explicit rows (SVD) at every
step, ridge as extra rows, and checks every fit against scipy.optimize.nnls on the same support.
"""

import math
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


def per_class(choose, labels, budget, rounded=None):
    """`choose(rows of the class, quota)` in each class, joined; quotas by largest remainder, or `rounded`."""
    members = [np.flatnonzero(labels == c) for c in range(labels.max() + 1)]
    chosen, weights = [], []
    sizes = [len(m) for m in members]
    shares = [rounded(size * budget / len(labels)) for size in sizes] if rounded else quotas(sizes, budget)
    for member, quota in zip(members, shares):
        if quota:
            local, weight = choose(member, quota)
            chosen += [int(member[i]) for i in local]
            weights += list(weight)
    return chosen, weights


def band(distance, budget):
    order = np.argsort(distance, kind="stable")
    start = round((len(distance) - budget) / 2)
    return order[start : start + budget], np.ones(budget)


def facilities(distance, budget):
    """Naive greedy facility location and the sizes of the clusters; lower index first among equals."""
    chosen, nearest = [], np.full(len(distance), distance.max())
    for _ in range(budget):
        gain = np.maximum(nearest[None, :] - distance, 0).sum(1)
        gain[chosen] = -np.inf
        chosen.append(int(np.argmax(gain)))
        nearest = np.minimum(nearest, distance[chosen[-1]])
    sizes = np.bincount(np.argmin(distance[chosen], axis=0), minlength=budget)
    return chosen, sizes


def look_ahead(errors, features, probabilities, targets, budget, rate):
    """GLISTER with every candidate in every step, on a training set that is its own validation set."""
    inputs = np.ones((len(errors), 1)) if features is None else np.hstack([np.ones((len(errors), 1)), features])
    chosen, total = [], np.zeros((errors.shape[1], inputs.shape[1]))
    for _ in range(budget):
        moved = np.exp(np.log(probabilities) - rate * inputs @ total.T)
        moved /= moved.sum(1, keepdims=True)
        direction = (moved - targets).T @ inputs / len(errors)
        gain = np.einsum("nc,ce,ne->n", errors, direction, inputs)
        gain[chosen] = -np.inf
        chosen.append(int(np.argmax(gain)))
        total += np.outer(errors[chosen[-1]], inputs[chosen[-1]])
    return chosen, np.ones(budget)


def farthest(points, budget):
    chosen = [int(np.argmin(np.linalg.norm(points - points.mean(0), axis=1)))]
    while len(chosen) < budget:
        nearest = np.linalg.norm(points[:, None] - points[chosen][None], axis=2).min(1)
        nearest[chosen] = -np.inf
        chosen.append(int(np.argmax(nearest)))
    return chosen, np.ones(budget)


def herd(points, budget):
    chosen = []
    while len(chosen) < budget:
        means = (points[chosen].sum(0) + points) / (len(chosen) + 1)
        gap = np.linalg.norm(means - points.mean(0), axis=1)
        gap[chosen] = np.inf
        chosen.append(int(np.argmin(gap)))
    return chosen, np.ones(budget)


def ridge_then_nnls(rows, budget, ridge):
    """DeepCore's pursuit of the mean: signed argmax, weights of any sign, NNLS of the normal equations at the end."""
    target = rows.mean(0)
    chosen, residual = [], target
    for _ in range(min(budget, len(rows))):
        correlation = rows @ residual
        correlation[chosen] = -np.inf
        chosen.append(int(np.argmax(correlation)))
        held = rows[chosen]
        system = held @ held.T + ridge * np.eye(len(chosen))
        weights = held @ target / (held @ held.T) if len(chosen) == 1 else np.linalg.solve(system, held @ target)
        residual = target - held.T @ np.ravel(weights)
    weights = nnls(system, held @ target)[0] if budget > 1 else np.ones(1)
    keep = weights > 0
    return [row for row, kept in zip(chosen, keep) if kept], weights[keep]


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

    distances = lambda points: np.linalg.norm(points[:, None] - points[None], axis=2)
    bias, full = distances(errors), distances(gradients)
    within = lambda d: lambda rows, quota: facilities(d[np.ix_(rows, rows)], quota)
    store("craig", facilities(full, 12))
    store("craig_bias_per_class", per_class(within(bias), labels, 15))
    store("craig_squared_per_class", per_class(within(bias**2), labels, 15, math.ceil))
    store("craig_full_per_class", per_class(within(full), labels, 15))

    onehot = np.eye(4)[labels]
    store("glister_bias", look_ahead(errors, None, probabilities.astype(np.float64), onehot, 12, 0.5))
    store("glister_full", look_ahead(errors, wide, probabilities.astype(np.float64), onehot, 12, 0.5))
    store("k_center", farthest(wide, 12))
    store("herding_per_class", per_class(lambda rows, quota: herd(wide[rows], quota), labels, 15))
    store("grand", (np.argsort(-np.linalg.norm(gradients, axis=1), kind="stable")[:15], np.ones(15)))
    entropy = -(probabilities * np.log(probabilities.astype(np.float64))).sum(1)
    store("entropy", (np.argsort(-entropy, kind="stable")[:15], np.ones(15)))

    own = lambda rows: gradients.reshape(60, 4, 7)[rows, labels[rows[0]]]
    store("gradmatch_per_class_gradient", per_class(lambda rows, quota: pursue(own(rows), quota, 0.5), labels, 15))
    store("gradmatch_deepcore", per_class(lambda rows, quota: ridge_then_nnls(gradients[rows], quota, 1.0), labels, 18, round))
    means = np.stack([gradients[start : start + 7].mean(0) for start in range(0, 60, 7)])
    batches, weights = pursue(means, 3, 0.0)
    members = [list(range(7 * b, min(7 * b + 7, 60))) for b in batches]
    store("gradmatch_per_batch", (sum(members, [])[:20], np.repeat(weights, [len(m) for m in members])[:20]))

    score = np.linalg.norm(errors, axis=1)
    store("el2n_highest", (np.argsort(-score, kind="stable")[:15], np.ones(15)))
    store("el2n_lowest", (np.argsort(score, kind="stable")[:15], np.ones(15)))


if __name__ == "__main__":
    main()
