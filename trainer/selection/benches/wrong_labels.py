#!/usr/bin/env python3
"""What selectors choose where labels are wrong: the table of trainer/selection/README.md.

20,000 rows of 10 classes, Gaussian in 32 dimensions, 5 % of the labels flipped, and the probabilities of a linear
classifier trained on all of them. Each method chooses rows; a linear classifier trained on these with their weights,
and once more without, is judged on 10,000 other rows with right labels. Needs NumPy:

    trainer/selection/benches/wrong_labels.py target/release/swast-select 2000
"""

import csv
import io
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROWS, CLASSES, FEATURES, TEST_ROWS, WRONG = 20_000, 10, 32, 10_000, 0.05
METHODS = [
    "moderate", "moderate --per-class", "herding --per-class", "full", "random", "herding", "k-center", "margin",
    "entropy", "least-confidence", "glister", "gradmatch", "gradmatch --per-class", "craig", "craig --per-class",
    "el2n", "grand",
]


def softmax(logits):
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def with_bias(x):
    return np.c_[x, np.ones(len(x))]


def fit(x, y, weights, steps=500, rate=0.5):
    """A linear classifier, by gradient descent with momentum on the weighted cross-entropy."""
    x, weights = with_bias(x), weights / weights.sum()
    matrix, velocity = np.zeros((x.shape[1], CLASSES)), 0
    for _ in range(steps):
        error = softmax(x @ matrix)
        error[np.arange(len(y)), y] -= 1
        velocity = 0.9 * velocity + x.T @ (error * weights[:, None])
        matrix -= rate * velocity
    return matrix


def predict(matrix, x):
    return softmax(with_bias(x) @ matrix)


def draw(rng):
    """Rows with their given labels and which of these are wrong, and test rows with right labels."""
    means = rng.normal(size=(CLASSES, FEATURES))

    def rows(count):
        y = rng.integers(CLASSES, size=count)
        return means[y] + rng.normal(size=(count, FEATURES)), y

    (x, y), test = rows(ROWS), rows(TEST_ROWS)
    wrong = np.zeros(ROWS, bool)
    wrong[rng.choice(ROWS, int(WRONG * ROWS), replace=False)] = True
    given = np.where(wrong, (y + rng.integers(1, CLASSES, size=ROWS)) % CLASSES, y)
    return x, given, wrong, test


def choose(program, method, budget, folder):
    """Indices and weights that `program` chooses by `method`."""
    size = [] if method == "full" else ["--budget", budget]
    files = [f"--{name}={folder / name}.npy" for name in ("labels", "features", "probabilities")]
    command = [program, "--method", *method.split(), *size, *files]
    text = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    table = list(csv.DictReader(io.StringIO(text)))
    return np.array([int(row["index"]) for row in table]), np.array([float(row["weight"]) for row in table])


def main(program, budget):
    x, given, wrong, (test_x, test_y) = draw(np.random.default_rng(0))
    probabilities = predict(fit(x, given, np.ones(ROWS)), x)
    print("| method | wrong labels among the chosen | accuracy | accuracy without the weights |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.save(folder / "labels.npy", given)
        np.save(folder / "features.npy", x.astype("f4"))
        np.save(folder / "probabilities.npy", probabilities.astype("f4"))
        for method in METHODS:
            index, weight = choose(program, method, budget, folder)

            def accuracy(weights):
                found = predict(fit(x[index], given[index], weights), test_x).argmax(1)
                return f"{100 * (found == test_y).mean():.1f} %"

            unweighted = "" if np.ptp(weight) == 0 else accuracy(np.ones(len(index)))
            name = f"all {ROWS:,} rows" if method == "full" else f"`{method}`"
            print(f"| {name} | {100 * wrong[index].mean():.1f} % | {accuracy(weight)} | {unweighted} |", flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: wrong_labels.py SWAST-SELECT BUDGET")
    main(*sys.argv[1:])
