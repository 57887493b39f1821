"""The ways to train that are compared: the usual one, and the book's own functions.

Each takes the training and the test set and a batch size, and returns two functions: train
one epoch and return its loss; return test accuracy. All start from the same weights and see
the same minibatches.
"""

from functools import cache, partial

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, SubsetRandomSampler
from torchvision.datasets import FashionMNIST
from torchvision.transforms import ToTensor

from generator.notebooks import ROOT, definitions

# What the pages define. Their functions read some globals, which are set below.
LADDER = definitions(ROOT / "solutions/3-5-2-faster-reading.md")
CONCISE = definitions(ROOT / "chapters/softmax-concise.md")
SWEEP = definitions(ROOT / "chapters/batch-size-and-learning-rate.md")
SCALE = definitions(ROOT / "chapters/many-classes.md")
# The official chapter has four, also where there are fewer cores; then PyTorch warns of it.
WORKERS = 0, 1, 2, 4


def load(count=None):
    """Return the training and the test set, or a copy of the first count images of each."""
    sets = [FashionMNIST(ROOT / "data", part, ToTensor(), download=True) for part in (True, False)]
    for part in sets if count else []:
        part.data, part.targets = part.data[:count].clone(), part.targets[:count].clone()
    return sets


@cache
def floats(part):
    """Return the images of a set as rows, converted in place to save memory."""
    return part.data.flatten(1).float().div_(255)


def trained(net, batches, test, size, seed):
    """Return the two functions for a net that sees batches(order) an epoch."""
    order, weight = torch.Generator().manual_seed(seed), SWEEP["draw_models"](1, seed)[0][0]
    net[-1].load_state_dict({"weight": weight, "bias": torch.zeros(10)})
    sgd, loss = torch.optim.SGD(net.parameters(), lr=0.1), nn.CrossEntropyLoss(reduction="none")
    correct = lambda X, y: (net(X).argmax(dim=1) == y).sum().item()

    @torch.no_grad()
    def accuracy():
        counts = [(correct(X, y), len(y)) for X, y in test()]
        return sum(right for right, _ in counts) / sum(count for _, count in counts)

    return lambda: CONCISE["train_epoch"](net, batches(order), loss, sgd, size)[0], accuracy


def usual_way(train, test, size=256, seed=0, workers=4):
    """The official chapter's: a DataLoader asks for one image at a time, ToTensor converts it."""

    def batches(order):
        # It draws an order at each epoch as DataLoader's own shuffling does.
        sampler = SubsetRandomSampler(range(len(train)), generator=order)
        return DataLoader(train, size, sampler=sampler, num_workers=workers)

    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    return trained(net, batches, lambda: DataLoader(test, size, num_workers=workers), size, seed)


def getitems_way(train, test, size=256, seed=0):
    """A DataLoader as usual, of 3.5.2's data set that gives whole batches by `__getitems__`."""
    LADDER.update(X_train=floats(train), y_train=train.targets)
    dataset = LADDER["RowsAtOnce"]()

    def batches(order):
        sampler = SubsetRandomSampler(range(len(train)), generator=order)
        return DataLoader(dataset, size, sampler=sampler, collate_fn=lambda batch: batch)

    net = nn.Sequential(nn.Linear(784, 10))
    return trained(net, batches, lambda: [(floats(test), test.targets)], size, seed)


def sliced_way(train, test, size=256, seed=0):
    """The loop of chapter 3.7: tensors cut up, the rest as usual."""
    batches = lambda order: CONCISE["minibatches"](floats(train), train.targets, size, order)
    net = nn.Sequential(nn.Linear(784, 10))
    return trained(net, batches, lambda: [(floats(test), test.targets)], size, seed)


def bytes_way(train, test, seed=0):
    """The same, fed by the bytes and buffers of the answer to 3.5.2, which are for 256 images."""
    LADDER["batch_buffer"] = torch.empty(256, 784)
    LADDER["byte_buffer"] = torch.empty(256, 28, 28, dtype=torch.uint8)

    def batches(order, part=train):
        LADDER.update(pixels=part.data, y_train=part.targets)
        return LADDER["bytes_into_buffers"](torch.randperm(len(part), generator=order))

    net = nn.Sequential(nn.Linear(784, 10))
    return trained(net, batches, lambda: batches(None, test), 256, seed)


def batched_way(train, test, size=256, seed=0, models=1):
    """The trainer of the page on batch size and learning rate; the values are those of model 0."""
    W, b = SWEEP["draw_models"](models, seed)
    epochs = SWEEP["sgd_epochs"](W, b, train.data.flatten(1), train.targets, 0.1, 10**6, size, seed)
    accuracy = lambda: SWEEP["score_models"](W, b, floats(test), test.targets)[1][0].item()
    return lambda: next(epochs)[0].item(), accuracy


USUAL = {f"usual, {n} workers": partial(usual_way, workers=n) for n in WORKERS}
WAYS = {**USUAL, "whole batches": getitems_way, "sliced": sliced_way, "ours": batched_way}
LOSSES = {
    "whole": SCALE["plain_cross_entropy"],
    "in blocks": lambda H, W, y: SCALE["chunked_cross_entropy"](H, W, y, 2048),
}
for count in (16, 64, 128):  # its own choice would be single rows here
    options = nn.LinearCrossEntropyOptions(batch_chunk_size=count)
    LOSSES[f"PyTorch, {count} rows"] = partial(F.linear_cross_entropy, options=options)


def large_softmax(rows=512, width=128, classes=100_000):
    """Return features (rows, width), weights (classes, width) and labels."""
    draw = torch.Generator().manual_seed(0)
    H = torch.randn(rows, width, generator=draw).requires_grad_()
    W = (0.1 * torch.randn(classes, width, generator=draw)).requires_grad_()
    return H, W, torch.randint(classes, (rows,), generator=draw)


def loss_and_gradient(name, H, W, y):
    """Compute one of LOSSES and its gradients."""
    H.grad = W.grad = None
    LOSSES[name](H, W, y).backward()
