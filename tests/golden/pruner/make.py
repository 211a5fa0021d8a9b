"""Reference values for the pruners, computed in PyTorch and NumPy in double precision without any of this project's code.

    python make.py          # writes the *.json beside this file; needs torch 2.11, numpy

The formulas are those of the authors' ProbMask code (soft masks by the Gumbel-sigmoid trick, differentiated by
autograd; torch.optim.Adam on the scores), the projection the closed form from sorted scores.
"""

import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).parent
TINY = 1e-20
CEILING = 1 - 2**-21


def write(name, values):
    (HERE / f"{name}.json").write_text(json.dumps(values) + "\n")


def soft_mask(scores, noise, sharpness):
    """The sigmoid as exp(logsigmoid): its derivative keeps its digits where the mask is near 1."""
    logit = torch.log(scores + TINY) - torch.log(1 - scores + TINY)
    return torch.exp(F.logsigmoid((logit + noise) * sharpness))


def project(x, ceiling, budget):
    """Onto {0 <= s <= ceiling, sum s <= budget}: the sum of clamp(x - v, 0, ceiling) is piecewise linear in v."""
    if np.clip(x, 0, ceiling).sum() <= budget:
        return np.clip(x, 0, ceiling)
    knots = np.sort(np.concatenate([x, x - ceiling]))[::-1]
    total = lambda v: np.clip(x - v, 0, ceiling).sum()
    # From the highest knot downwards the sum grows: the first knot at which it meets the budget ends the piece.
    low = next(k for k in knots if total(k) >= budget)
    high = min(k for k in knots if k > low)
    slope = (total(low) - total(high)) / (high - low)
    v = low + (total(low) - budget) / slope if slope else low
    return np.clip(x - v, 0, ceiling)


def relaxation():
    """Soft masks and their slopes, at the ends of the scores too."""
    rng = np.random.default_rng(11)
    fixed = [0.0, 1e-6, 1e-3, 0.5, 0.999, 1 - 1e-5, CEILING]
    # Rounded to single precision, as the project stores them: near 1 the slope depends on the last bit.
    scores = np.float32(np.repeat(fixed + rng.random(5).tolist(), 5)).astype(np.float64)
    scores = np.minimum(scores, CEILING)
    noise = np.tile(np.float32([-9.0, -1.5, 0.25, 2.0, 9.0]), 12).astype(np.float64)
    cases = []
    for sharpness in [1.0, 1.9417475728155342, 30.0]:
        leaf = torch.tensor(scores, requires_grad=True)
        mask = soft_mask(leaf, torch.tensor(noise), sharpness)
        (slope,) = torch.autograd.grad(mask.sum(), leaf)
        cases.append({"sharpness": sharpness, "mask": mask.tolist(), "slope": slope.tolist()})
    write("relaxation", {"scores": scores.tolist(), "noise": noise.tolist(), "cases": cases})


def search():
    """Three steps of a search over 12 weights: two draws a step, gradients clipped to 3 apart, Adam, projection.

    The loss is half the squared distance of `matrix` times the masked weights from `target`.
    """
    count, rows, active, left, rate = 12, 6, 4, [1.0, 0.5, 0.0], 0.2
    rng = np.random.default_rng(12)
    weights = rng.normal(size=count)
    matrix, target = 3 * rng.normal(size=(rows, count)), 3 * rng.normal(size=rows)
    noise = rng.logistic(size=(3, 2, count))
    sharpness = [1.0, 1.5, 3.0]
    scores = torch.full((count,), CEILING, dtype=torch.float64).requires_grad_()
    optimizer = torch.optim.Adam([scores], lr=rate)
    m, y = torch.tensor(matrix), torch.tensor(target)
    steps = []
    for step in range(3):
        leaf = torch.tensor(weights, requires_grad=True)
        optimizer.zero_grad()
        for draw in range(2):
            mask = soft_mask(scores, torch.tensor(noise[step, draw]), sharpness[step])
            (0.5 * ((m @ (leaf * mask) - y) ** 2).sum() / 2).backward()
        before = scores.grad.norm().item()
        torch.nn.utils.clip_grad_norm_([leaf], 3.0)
        torch.nn.utils.clip_grad_norm_([scores], 3.0)
        optimizer.step()
        budget = active + (count - active) * left[step]
        with torch.no_grad():
            scores.copy_(torch.from_numpy(project(scores.numpy(), CEILING, budget)))
        steps.append({
            "noise": noise[step].flatten().tolist(),
            "sharpness": sharpness[step],
            "left": left[step],
            "weight_gradient": leaf.grad.tolist(),
            "score_gradient_norm": before,
            "scores": scores.detach().tolist(),
        })
    write("search", {
        "active": active,
        "rate": rate,
        "weights": weights.tolist(),
        "matrix": matrix.flatten().tolist(),
        "target": target.tolist(),
        "steps": steps,
    })


relaxation()
search()
