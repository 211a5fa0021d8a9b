"""Training throughput of PyTorch on the networks of `swast-trainer bench`, as people write it and at its best.

    python train_throughput.py --model resnet8 --threads 2 [--device cuda] [--modes eager,eager-cl,loader,compile,
        captured,compile-captured]

Modes: `eager` and `eager-cl` take random mini-batches that lie on the device, channels-first and channels-last;
`loader` crops, flips and normalises image by image in two DataLoader workers, as in most published training
scripts (channels-last on CUDA); `compile` is torch.compile of the faster layout. `captured` is the whole step of
`eager-cl` with the fused optimizer in a CUDA graph, `compile-captured` that of `compile`, the fastest that PyTorch has;
both on CUDA alone. On CUDA all of them use autocast to bfloat16 unless --precision fp32. Prints a CSV row per mode: the
median and the best step in samples a second, and the median rate of evaluation: loss and hits of ready-made batches of
500 in inference mode, batch norm not folded (`loader` trains only).
"""

import argparse
import contextlib
import csv
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

EVALUATED = 500
CIFAR, IMAGENET = (16, 32, 64), (64, 128, 256, 512)
MODELS = {
    "resnet8": (CIFAR, (1, 1, 1), False),
    "resnet20": (CIFAR, (3, 3, 3), False),
    "resnet18": (IMAGENET, (2, 2, 2, 2), False),
    "resnet101": (IMAGENET, (3, 4, 23, 3), True),
}


class Block(nn.Module):
    def __init__(self, inputs, width, stride, bottleneck):
        super().__init__()
        outputs = 4 * width if bottleneck else width
        shapes = [(inputs, width, 3, stride), (width, width, 3, 1)]
        if bottleneck:
            shapes = [(inputs, width, 1, 1), (width, width, 3, stride), (width, outputs, 1, 1)]
        self.convs = nn.ModuleList(nn.Conv2d(i, o, k, s, k // 2, bias=False) for i, o, k, s in shapes)
        self.norms = nn.ModuleList(nn.BatchNorm2d(o) for _, o, _, _ in shapes)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x):
        y = x
        for conv, norm in zip(self.convs[:-1], self.norms[:-1]):
            y = F.relu(norm(conv(y)), inplace=True)
        y = self.norms[-1](self.convs[-1](y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)), inplace=True)


class ResNet(nn.Module):
    def __init__(self, widths, blocks, bottleneck, classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, widths[0], 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        layers, inputs = [], widths[0]
        for stage, (width, count) in enumerate(zip(widths, blocks)):
            for block in range(count):
                layers.append(Block(inputs, width, 2 if stage > 0 and block == 0 else 1, bottleneck))
                inputs = 4 * width if bottleneck else width
        self.layers = nn.Sequential(*layers)
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        return self.fc(self.layers(x).mean((2, 3)))


class RandomImages(torch.utils.data.Dataset):
    """Images of bytes, augmented one at a time."""

    def __init__(self, count):
        generator = torch.Generator().manual_seed(0)
        self.images = torch.randint(0, 256, (count, 3, 32, 32), dtype=torch.uint8, generator=generator)

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = F.pad(self.images[index], (4, 4, 4, 4))
        row, column = torch.randint(0, 9, (2,)).tolist()
        image = image[:, row : row + 32, column : column + 32]
        if torch.rand(()) < 0.5:
            image = image.flip(2)
        return (image.float() / 255 - 0.5) / 0.29, index % 10


def batches(mode, options, device, layout):
    if mode != "loader":
        images = torch.randn(options.batch_size, 3, 32, 32, device=device).to(memory_format=layout)
        labels = torch.randint(0, 10, (options.batch_size,), device=device)
        while True:
            yield images, labels
    while True:
        loader = torch.utils.data.DataLoader(
            RandomImages(4096),
            options.batch_size,
            shuffle=True,
            drop_last=True,
            num_workers=2,
            pin_memory=device.type == "cuda",
        )
        for images, labels in loader:
            yield images.to(device, memory_format=layout, non_blocking=True), labels.to(device, non_blocking=True)


def measure(mode, options):
    device = torch.device(options.device)
    cuda = device.type == "cuda"
    captured, compiled = mode.endswith("captured"), mode.startswith("compile")
    last = mode in ("eager-cl", "captured") or mode != "eager" and (cuda or options.model != "resnet18")
    layout = torch.channels_last if last else torch.contiguous_format
    torch.manual_seed(0)
    torch.backends.cudnn.benchmark = True
    network = ResNet(*MODELS[options.model]).to(device, memory_format=layout)
    fused = True if captured else None
    optimizer = torch.optim.SGD(network.parameters(), 1e-3, 0.9, weight_decay=5e-4, nesterov=True, fused=fused)
    run = torch.compile(network) if compiled else network
    half = cuda and options.precision == "bf16"
    source = batches(mode, options, device, layout)

    def step():
        images, labels = next(source)
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            loss = F.cross_entropy(run(images), labels)
        loss.backward()
        optimizer.step()

    def evaluate(images, labels):
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=half):
            logits = run(images)
            loss = F.cross_entropy(logits.float(), labels, reduction="sum")
            return loss.item(), (logits.argmax(1) == labels).sum().item()

    group = 20 if cuda else 1
    for _ in range(3 * group):
        step()
    if captured:
        graph = torch.cuda.CUDAGraph()
        torch.cuda.synchronize()
        graph.capture_begin(capture_error_mode="thread_local")
        step()
        graph.capture_end()
        step = graph.replay
    times = []
    for _ in range(options.repetitions):
        start = time.perf_counter()
        for _ in range(group):
            step()
        if cuda:
            torch.cuda.synchronize()
        times.append((time.perf_counter() - start) / group)
    times.sort()
    rates = [options.batch_size / times[(len(times) - 1) // 2], options.batch_size / times[0]]
    if mode == "loader":
        return rates + [None]
    network.eval()
    images = torch.randn(EVALUATED, 3, 32, 32, device=device).to(memory_format=layout)
    labels = torch.randint(0, 10, (EVALUATED,), device=device)
    evaluate(images, labels)
    times = []
    for _ in range(8):
        start = time.perf_counter()
        evaluate(images, labels)
        times.append(time.perf_counter() - start)
    return rates + [EVALUATED / sorted(times)[3]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=MODELS, default="resnet18")
    parser.add_argument("--modes", default="eager,eager-cl,loader,compile")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="bf16", help="on CUDA")
    parser.add_argument("--repetitions", type=int, default=20)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    writer = csv.writer(sys.stdout)
    rates = ["train_samples_s", "train_samples_s_best", "evaluate_samples_s"]
    writer.writerow(["model", "mode", "device", "threads", *rates])
    for mode in options.modes.split(","):
        captured = mode.endswith("captured")
        # A capture wants what comes before it on its own stream.
        with torch.cuda.stream(torch.cuda.Stream()) if captured else contextlib.nullcontext():
            rates = ["" if rate is None else round(rate, 1) for rate in measure(mode, options)]
        writer.writerow([options.model, mode, options.device, torch.get_num_threads(), *rates])
        sys.stdout.flush()


if __name__ == "__main__":
    main()
