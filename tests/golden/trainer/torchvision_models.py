"""What torchvision's own residual networks give, at three sizes of images, with the weights of `fill` in `make.py`.

    python torchvision_models.py    # writes torchvision.json beside this file; needs torch 2.11, torchvision 0.26, numpy

Below 224 pixels the stem is that for small images: a 3 x 3 convolution of stride 1 and no pooling.
"""

import hashlib
import json

import torch
import torchvision
from make import HERE, fill, pattern

CLASSES, IMAGES = 10, 2


def network(name, side):
    model = getattr(torchvision.models, name)(num_classes=CLASSES)
    if side < 224:
        model.conv1 = torch.nn.Conv2d(3, 64, 3, 1, 1, bias=False)
        model.maxpool = torch.nn.Identity()
    fill(model)
    return model.eval()


def operations(model, images):
    """Two for each multiply-add of convolutions and classifier, of one image."""
    total = 0

    def count(module, _, output):
        nonlocal total
        total += 2 * module.weight[0].numel() * output[0].numel()

    kinds = torch.nn.Conv2d, torch.nn.Linear
    hooks = [m.register_forward_hook(count) for m in model.modules() if isinstance(m, kinds)]
    logits = model(images)
    for hook in hooks:
        hook.remove()
    return total, logits


def main():
    found = []
    for model_name in "resnet18", "resnet34", "resnet50", "resnet101":
        for side in 32, 64, 224:
            model = network(model_name, side)
            shape = IMAGES, 3, side, side
            images = torch.from_numpy(pattern(IMAGES * 3 * side * side, 777)).reshape(shape) * 4
            with torch.no_grad():
                flops, logits = operations(model, images)
            tensors = sorted((n, t.shape) for n, t in model.state_dict().items() if "num_batches" not in n)
            text = "".join(f"{name} {'x'.join(map(str, shape))}\n" for name, shape in tensors)
            found.append({
                "model": model_name,
                "side": side,
                "parameters": sum(p.numel() for p in model.parameters()),
                "flops": flops,
                "logits": logits.flatten().tolist(),
                # Names and shapes; the stem for small images is not torchvision's.
                **({"tensors": hashlib.sha256(text.encode()).hexdigest()} if side == 224 else {}),
            })
    (HERE / "torchvision.json").write_text(json.dumps(found, separators=(",", ":")) + "\n")


main()
