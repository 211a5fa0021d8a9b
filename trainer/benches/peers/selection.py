"""The kernels of benches/selection.rs with the libraries people use, on the same inputs, and the ratios.

    selection.py inputs FOLDER      writes the inputs
    selection.py peers FOLDER       times the peers, writes peers.json
    selection.py compare FOLDER     prints both sides; ours from ours.csv and the KERNEL.csv beside it

compare.sh does all of it. What counts is the fastest of a few runs on either side. Values are computed here from
what was *returned*: the residual from indices and weights, the objective from indices.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from scipy.spatial.distance import cdist

N, D = 4500, 513
POINTS, CHOSEN = 5000, 500


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def inputs(folder):
    rng = np.random.default_rng(7)
    save = lambda name, values: np.save(folder / f"{name}.npy", values)
    # The rows of one class, as GradMatch per class-gradient sees them: (p - 1) [1; h].
    h = np.maximum(rng.normal(0.2, 1, (N, D - 1)), 0)
    r = -rng.beta(1, 3, (N, 1))
    save("omp", (r * np.hstack([np.ones((N, 1)), h])).astype(np.float32))
    save("facility_10", (softmax(3 * rng.normal(size=(POINTS, 10))) - np.eye(10)[0]).astype(np.float32))
    save("facility_512", np.maximum(rng.normal(size=(POINTS, 512)), 0).astype(np.float32))
    for name, rows in (("glister", 45_000), ("glister_out", 5_000)):
        labels = rng.integers(0, 10, rows)
        logits = 2 * rng.normal(size=(rows, 10)) + 2 * np.eye(10)[labels]
        save(name, softmax(logits).astype(np.float32))
        save(name.replace("glister", "glister_labels"), labels)
    save("moderate", np.maximum(rng.normal(size=(50_000, 512)), 0).astype(np.float32))
    save("moderate_labels", rng.integers(0, 10, 50_000))
    save("el2n", softmax(2 * rng.normal(size=(50_000, 100))).astype(np.float32))
    save("el2n_labels", rng.integers(0, 100, 50_000))


def best(run, repeats):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = run()
        times.append(time.perf_counter() - start)
    return min(times), result


def residual(rows, indices, weights):
    target = rows.sum(0)
    return float(np.linalg.norm(target - weights @ rows[indices]) / np.linalg.norm(target))


def objective(points, indices):
    distances = cdist(points, points)
    return float((distances.max() - distances[indices].min(0)).sum())


def omp(folder, budget):
    from cords.selectionstrategies.helpers.omp_solvers import OrthogonalMP_REG_Parallel_V1

    np.seterr(all="warn")  # the module turns every warning into an exception
    rows = np.load(folder / "omp.npy")
    a, b = torch.from_numpy(rows.T.copy()), torch.from_numpy(rows.sum(0))
    solve = lambda: OrthogonalMP_REG_Parallel_V1(a, b, tol=1e-100, nnz=budget, positive=True, lam=0.5, device="cpu")
    seconds, x = best(solve, 2 if budget < 1000 else 1)
    x = x.numpy().astype(np.float64)
    return seconds, residual(rows.astype(np.float64), np.flatnonzero(x), x[x != 0])


def similarities(points):
    from sklearn.metrics import pairwise_distances

    distances = pairwise_distances(points)
    return distances.max() - distances


def submodlib(folder, width):
    from submodlib import FacilityLocationFunction

    points = np.load(folder / f"facility_{width}.npy")

    def select():
        s = similarities(points).astype(np.float32)
        f = FacilityLocationFunction(n=POINTS, mode="dense", sijs=s, separate_rep=False)
        return f.maximize(budget=CHOSEN, optimizer="LazyGreedy", stopIfZeroGain=False, stopIfNegativeGain=False,
                          verbose=False, show_progress=False)

    seconds, chosen = best(select, 2)
    return seconds, objective(points.astype(np.float64), [index for index, _ in chosen])


def apricot(folder, width):
    from apricot import FacilityLocationSelection

    points = np.load(folder / f"facility_{width}.npy")
    fit = lambda s, k: FacilityLocationSelection(k, metric="precomputed", optimizer="lazy", random_state=0).fit(s)
    start_up, _ = best(lambda: fit(similarities(points[:50]), 10), 3)
    seconds, model = best(lambda: fit(similarities(points), CHOSEN), 2)
    return seconds - start_up, objective(points.astype(np.float64), model.ranking)


def glister_inputs(folder):
    load = lambda name: np.load(folder / f"{name}.npy")
    errors = load("glister") - np.eye(10, dtype=np.float32)[load("glister_labels")]
    p, y = load("glister_out"), np.eye(10, dtype=np.float32)[load("glister_labels_out")]
    return errors, np.log(p), y


def glister(folder, stochastic):
    """GLISTER-Online on bias gradients, vectorised; every step takes the softmax of the validation logits again."""
    errors, logits, y = glister_inputs(folder)
    k, rate = 4500, 0.05
    pool = int(len(errors) / k * np.log(100))

    def select():
        rng = np.random.default_rng(1)
        total, left = np.zeros(10, np.float32), np.arange(len(errors))
        v, chosen = (softmax(logits) - y).mean(0), []
        for _ in range(k):
            places = rng.choice(len(left), pool, replace=False, shuffle=False) if stochastic else slice(None)
            best = int(np.argmax(errors[left[places]] @ v))
            place = places[best] if stochastic else best
            chosen.append(left[place])
            total += errors[left[place]]
            left[place] = left[-1]
            left = left[:-1]
            v = (softmax(logits - rate * total) - y).mean(0)
        return chosen

    return best(select, 2)[0], None


def moderate(folder):
    features, labels = np.load(folder / "moderate.npy"), np.load(folder / "moderate_labels.npy")

    def select():
        centres = np.stack([np.median(features[labels == c], axis=0) for c in range(10)])
        distances = np.linalg.norm(features - centres[labels], axis=1)
        return np.argsort(distances)[22_500:27_500]

    return best(select, 3)[0], None


def el2n(folder):
    p, labels = np.load(folder / "el2n.npy"), np.load(folder / "el2n_labels.npy")
    select = lambda: np.argsort(-np.linalg.norm(p - np.eye(100, dtype=np.float32)[labels], axis=1))[:5000]
    return best(select, 5)[0], None


KERNELS = {
    "omp_450": [("CORDS V1", lambda f: omp(f, 450))],
    "omp_1350": [("CORDS V1", lambda f: omp(f, 1350))],
    "facility_10": [("submodlib", lambda f: submodlib(f, 10)), ("apricot", lambda f: apricot(f, 10))],
    "facility_512": [("submodlib", lambda f: submodlib(f, 512)), ("apricot", lambda f: apricot(f, 512))],
    "glister_stochastic": [("NumPy", lambda f: glister(f, True))],
    "glister_naive": [("NumPy", lambda f: glister(f, False))],
    "moderate": [("NumPy", moderate)],
    "el2n": [("NumPy", el2n)],
}


def peers(folder):
    found = {}
    for kernel, others in KERNELS.items():
        for peer, run in others:
            seconds, value = run(folder)
            found.setdefault(kernel, []).append((peer, seconds, value))
            print(f"{kernel:<20} {peer:<10} {seconds:9.4f} s", file=sys.stderr)
    (folder / "peers.json").write_text(json.dumps(found))


def own_value(folder, kernel):
    rows = np.loadtxt(folder / f"{kernel}.csv", delimiter=",", skiprows=1)
    indices, weights = rows[:, 0].astype(int), rows[:, 1]
    if kernel.startswith("omp"):
        return residual(np.load(folder / "omp.npy").astype(np.float64), indices, weights)
    if kernel.startswith("facility"):
        return objective(np.load(folder / f"{kernel}.npy").astype(np.float64), indices)
    return None


def compare(folder):
    found = json.loads((folder / "peers.json").read_text())
    print(f"{'kernel':<20} {'ours':>10}   beside")
    for line in (folder / "ours.csv").read_text().splitlines()[1:]:
        kernel, seconds = line.split(",")[0], float(line.split(",")[1])
        value = own_value(folder, kernel)
        shown = "" if value is None else f"  ({value:.8g})"
        others = []
        for peer, time_s, peer_value in found[kernel]:
            beside = "" if peer_value is None else f" ({peer_value:.8g})"
            others.append(f"{peer} {time_s:.4f} s{beside}: {time_s / seconds:.1f}x")
        print(f"{kernel:<20} {seconds:9.4f} s{shown}   {'; '.join(others)}")
    print("in brackets: relative residual of the returned weights (omp), objective of the returned rows (facility)")


if __name__ == "__main__":
    command, folder = sys.argv[1], Path(sys.argv[2])
    {"inputs": inputs, "peers": peers, "compare": compare}[command](folder)
