"""Training steps of pruned networks by SparseProp 0.1.14 (github.com/IST-DASLab/sparseprop), whose unstructured sparse
convolutions are the only others published for CPUs.

    CFLAGS=-march=native pip install --no-build-isolation sparseprop==0.1.14    # with torch, pybind11 and scipy
    python sparseprop_step.py --model resnet18 --threads 2 [--batch-size 128] [--repetitions 5]

Random masks at one prune rate in every convolution but the first. SparseProp replaces each convolution by the faster of its
two kernels, or leaves it dense, by what it measures beforehand (`swap_modules_with_sparse`). Random mini-batches lie ready.
Prints a CSV row per prune rate, 0 being the dense network: median and least milliseconds of a step.
"""

import argparse
import contextlib
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from sparseprop.utils import swap_modules_with_sparse

from train_throughput import MODELS, ResNet


def pruned(model, rate, shape):
    network = ResNet(*MODELS[model])
    convs = [m for m in network.modules() if isinstance(m, torch.nn.Conv2d)]
    with torch.no_grad():
        for conv in convs[1:]:
            kept = torch.randperm(conv.weight.numel())[: round((1 - rate) * conv.weight.numel())]
            mask = torch.zeros(conv.weight.numel()).index_fill(0, kept, 1.0)
            conv.weight.mul_(mask.view_as(conv.weight))
    if rate == 0:
        return network
    with contextlib.redirect_stdout(sys.stderr):
        return swap_modules_with_sparse(network, shape)


def steps(network, shape, repetitions):
    images, labels = torch.randn(shape), torch.randint(10, shape[:1])
    parameters = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(parameters, lr=1e-3, momentum=0.9, nesterov=True, weight_decay=5e-4)
    network.train()
    for repetition in range(1 + repetitions):
        begun = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(network(images), labels).backward()
        optimizer.step()
        if repetition > 0:
            yield 1e3 * (time.perf_counter() - begun)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=MODELS, default="resnet18")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--repetitions", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    shape = (options.batch_size, 3, 32, 32)
    print("model,prune_rate,step_ms,best_ms,threads", flush=True)
    for rate in (0, 0.9, 0.95, 0.98):
        times = list(steps(pruned(options.model, rate, shape), shape, options.repetitions))
        print(options.model, rate, f"{statistics.median(times):.1f}", f"{min(times):.1f}", options.threads, sep=",", flush=True)


if __name__ == "__main__":
    main()
