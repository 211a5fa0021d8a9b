"""Reference values for the trainer's tests, computed in PyTorch and NumPy without any of this project's code.

    python make.py          # writes the *.json beside this file; needs torch 2.11, numpy

Weights are not stored: both sides compute them from the formula of `pattern`.
"""

import json
import pathlib

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

HERE = pathlib.Path(__file__).parent
torch.use_deterministic_algorithms(True)


def pattern(count, salt):
    """Values in [-0.5, 0.5) from a multiplicative hash: exact in any language with 64-bit integers."""
    index = np.arange(count, dtype=np.uint64) + np.uint64(salt) * np.uint64(1_000_003)
    mixed = (index * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)
    return (mixed.astype(np.float64) / 2**24 - 0.5).astype(np.float32)


class Basic(nn.Module):
    """torchvision's BasicBlock."""

    def __init__(self, inputs, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = None
        if stride != 1 or inputs != width:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    """torchvision's Bottleneck (stride on the 3x3)."""

    def __init__(self, inputs, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.downsample = None
        if stride != 1 or inputs != 4 * width:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, 4 * width, 1, stride, bias=False), nn.BatchNorm2d(4 * width)
            )

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    """torchvision's ResNet, with the CIFAR stem unless `imagenet`."""

    def __init__(self, block, widths, counts, classes, imagenet=False):
        super().__init__()
        expansion = 4 if block is Bottleneck else 1
        stem = dict(kernel_size=7, stride=2, padding=3) if imagenet else dict(kernel_size=3, padding=1)
        self.conv1 = nn.Conv2d(3, widths[0], bias=False, **stem)
        self.bn1 = nn.BatchNorm2d(widths[0])
        self.pool = nn.MaxPool2d(3, 2, 1) if imagenet else nn.Identity()
        inputs = widths[0]
        self.stages = []
        for stage, (width, count) in enumerate(zip(widths, counts)):
            blocks = []
            for position in range(count):
                blocks.append(block(inputs, width, 2 if stage and position == 0 else 1))
                inputs = width * expansion
            name = f"layer{stage + 1}"
            setattr(self, name, nn.Sequential(*blocks))
            self.stages.append(name)
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = self.pool(F.relu(self.bn1(self.conv1(x))))
        for stage in self.stages:
            x = getattr(self, stage)(x)
        return self.fc(x.mean((2, 3)))


def fill(model):
    """Fills every tensor by `pattern`; its salt is its place among the names in alphabetical order."""
    state = model.state_dict()
    names = sorted(n for n in state if "num_batches" not in n)
    for salt, name in enumerate(names):
        tensor = state[name]
        values = pattern(tensor.numel(), salt).reshape(tensor.shape)
        if name.endswith("running_var"):
            values = 1 + values
        elif tensor.dim() > 1:
            values = values * np.float32(np.sqrt(24.0 / np.prod(tensor.shape[1:])))
        elif name.endswith("weight"):
            values = 1 + values / 2
        tensor.copy_(torch.from_numpy(values.astype(np.float32)))


def network(name, model, side):
    fill(model)
    images = torch.from_numpy(pattern(2 * 3 * side * side, 777).reshape(2, 3, side, side) * 4)
    with torch.no_grad():
        evaluated = model.eval()(images)
        trained = model.train()(images)
    running = model.state_dict()
    write(name, {
        "side": side,
        "evaluate": evaluated.flatten().tolist(),
        "train": trained.flatten().tolist(),
        "running_mean": running["bn1.running_mean"][:8].tolist(),
        "running_var": running["bn1.running_var"][:8].tolist(),
    })


def rigl():
    """One RigL update with the semantics of the authors' TF code, by plain sorting in NumPy."""
    count, active, fraction = 60, 24, 0.3
    rng = np.random.default_rng(5)
    mask = np.zeros(count, bool)
    mask[rng.permutation(count)[:active]] = True
    weight = np.where(mask, rng.normal(size=count), 0).astype(np.float32)
    momentum = np.where(mask, rng.normal(size=count), 0).astype(np.float32)
    gradient = rng.normal(size=count).astype(np.float32)
    # Two active weights with tiny magnitude and large gradients: dropped, and grown back at once.
    first, second = np.flatnonzero(mask)[:2]
    weight[[first, second]] = [1e-3, -2e-3]
    gradient[[first, second]] = [9, -8]
    dropped = int(np.float32(active) * np.float32(fraction))
    score = np.where(mask, np.abs(weight), -1)
    kept = np.argsort(-score, kind="stable")[: active - dropped]
    grow = np.abs(gradient)
    grow[kept] = -1
    grown = np.argsort(-grow, kind="stable")[:dropped]
    after = np.zeros(count, bool)
    after[kept] = after[grown] = True
    new = after & ~mask
    write("rigl", {
        "fraction": fraction,
        "active": active,
        "mask": mask.astype(int).tolist(),
        "weight": weight.tolist(),
        "momentum": momentum.tolist(),
        "gradient": gradient.tolist(),
        "mask_after": after.astype(int).tolist(),
        "weight_after": np.where(new | ~after, 0, weight).tolist(),
        "momentum_after": np.where(new | ~after, 0, momentum).tolist(),
    })


def sgd():
    """Ten steps of torch.optim.SGD (Nesterov) with masked gradients, masked before the decay is added."""
    count = 24
    rng = np.random.default_rng(6)
    mask = torch.from_numpy((rng.random(count) < 0.6).astype(np.float32))
    start = torch.from_numpy(rng.normal(size=count).astype(np.float32)) * mask
    gradients = rng.normal(size=(10, count)).astype(np.float32)
    weight = nn.Parameter(start.clone())
    optimizer = torch.optim.SGD([weight], lr=0.05, momentum=0.9, nesterov=True, weight_decay=5e-4)
    for gradient in gradients:
        weight.grad = torch.from_numpy(gradient) * mask
        optimizer.step()
    write("sgd", {
        "mask": mask.tolist(),
        "weight": start.tolist(),
        "gradients": gradients.flatten().tolist(),
        "weight_after": weight.detach().tolist(),
        "momentum_after": optimizer.state[weight]["momentum_buffer"].tolist(),
    })


def loss():
    """Weighted cross-entropy and the KL term of Eq. 3, with their gradient by the logits."""
    rows, classes = 5, 4
    logits = torch.from_numpy(pattern(rows * classes, 1).reshape(rows, classes) * 6).requires_grad_()
    recorded = torch.from_numpy(pattern(rows * classes, 2).reshape(rows, classes) * 6)
    weights = torch.tensor([3.0, 0.5, 0.0, 1.0, 7.5])
    labels = torch.tensor([0, 3, 1, 2, 2])
    kl = F.kl_div(logits.log_softmax(1), recorded.softmax(1), reduction="batchmean")
    each = F.cross_entropy(logits, labels, reduction="none")
    batch = (each * weights).sum() / weights.sum()
    total = batch + 0.1 * kl
    (gradient,) = torch.autograd.grad(total, logits)
    write("loss", {
        "rows": rows,
        "classes": classes,
        "weights": weights.tolist(),
        "labels": labels.tolist(),
        "kl": kl.item(),
        "batch": batch.item(),
        "coreset": (each * weights / weights.mean()).mean().item(),
        "gradient": gradient.flatten().tolist(),
    })


def write(name, values):
    (HERE / f"{name}.json").write_text(json.dumps(values) + "\n")


if __name__ == "__main__":
    cifar, imagenet = [16, 32, 64], [64, 128, 256, 512]
    network("resnet18_cifar", ResNet(Basic, imagenet, [2, 2, 2, 2], 10), 32)
    network("resnet8", ResNet(Basic, cifar, [1, 1, 1], 10), 32)
    network("resnet50_imagenet", ResNet(Bottleneck, imagenet, [3, 4, 6, 3], 10, imagenet=True), 96)
    rigl()
    sgd()
    loss()
