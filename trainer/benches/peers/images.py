"""Random resized crops of 224 pixels and flips, by torchvision: `ImageFolder` and `DataLoader` on 1, 2, ... workers.

    images.py read FOLDER IMAGES       # CSV workers,images,seconds; bytes [B, 3, 224, 224], as ours are bytes
    images.py centre FOLDER FILE       # mean absolute difference of FILE (ours, bytes [N, 224, 224, 3]) to Resize(256), CenterCrop(224)

FOLDER holds a folder of images for each class.
"""

import os
import sys
import time
import warnings

import numpy as np
import torch
from torchvision.datasets import ImageFolder
from torchvision.transforms import CenterCrop, Compose, PILToTensor, RandomHorizontalFlip, RandomResizedCrop, Resize

torch.set_num_threads(1)
# More workers than cores are tried on purpose.
warnings.filterwarnings("ignore", message=".*worker processes.*")


def read(folder, images):
    transform = Compose([RandomResizedCrop(224), RandomHorizontalFlip(), PILToTensor()])
    found = ImageFolder(folder, transform)
    repeated = torch.utils.data.ConcatDataset([found] * -(-images // len(found)))
    print("workers,images,seconds")
    for workers in range(1, 2 * os.cpu_count() + 1):
        loader = torch.utils.data.DataLoader(repeated, batch_size=128, num_workers=workers)
        batches = iter(loader)
        # The workers have started, and what they have made ahead is used up.
        for _ in range(2 * workers + 1):
            next(batches)
        start = time.perf_counter()
        count = sum(len(batch) for batch, _ in batches)
        print(f"{workers},{count},{time.perf_counter() - start}", flush=True)


def centre(folder, file):
    transform = Compose([Resize(256), CenterCrop(224), PILToTensor()])
    theirs = [image.permute(1, 2, 0).numpy() for image, _ in ImageFolder(folder, transform)]
    ours = np.fromfile(file, np.uint8).reshape(-1, 224, 224, 3)
    # Ours come in an order of their own.
    worst, total = 0, 0
    for image in ours:
        differences = [np.abs(image.astype(int) - other).mean() for other in theirs]
        worst, total = max(worst, min(differences)), total + min(differences)
    print(f"images,mean_difference,largest_mean_difference\n{len(ours)},{total / len(ours)},{worst}")


what, folder, more = sys.argv[1:]
read(folder, int(more)) if what == "read" else centre(folder, more)
