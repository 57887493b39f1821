"""The ways to train that are compared: the usual one, and the book's own functions."""

import sys
from pathlib import Path
from types import SimpleNamespace

import torch
from torch import nn
from torch.utils.data import SubsetRandomSampler

import usual

sys.path.insert(0, str(Path(__file__).parents[1]))
from notebooks import ROOT, definitions  # noqa: E402

# What the pages define. Their functions read some globals, which are set below.
LADDER = definitions(ROOT / "solutions/fashion-mnist.md")
SWEEP = definitions(ROOT / "solutions/softmax-concise.md")
SCALE = definitions(ROOT / "chapters/softmax-at-scale.md")


def load():
    """Return the data of the book's pages, converted in place to save memory."""
    train, test = SWEEP["load_fashion_mnist"](ROOT / "data")
    return SimpleNamespace(
        X_train=train.data.flatten(1).float().div_(255),
        y_train=train.targets,
        X_test=test.data.flatten(1).float().div_(255),
        y_test=test.targets,
    )


def usual_way(data, batch_size, seed=None):
    """Return two functions: train one epoch and return its loss; return test accuracy.

    With a seed, weights and minibatches are those of batched_way.
    """
    sets = [usual.open_set(ROOT / "data", train) for train in (True, False)]
    weight = sampler = None
    if seed is not None:
        weight = SWEEP["draw_models"](1, seed)[0][0]
        order = torch.Generator().manual_seed(seed)
        sampler = SubsetRandomSampler(range(len(sets[0])), generator=order)
    net, optimizer = usual.new_net(weight)
    train = usual.train_batches(sets[0], batch_size, sampler)
    test = usual.test_batches(sets[1], batch_size)
    return (
        lambda: usual.train_epoch(net, train, optimizer)[0],
        lambda: usual.test_accuracy(net, test),
    )


def sliced_way(data, batch_size, seed=0, wrap=lambda function: function):
    """Return the same for the loop of chapter 3.7: tensors cut up, the rest as usual.

    wrap is applied to the model and the loss, for instance torch.compile.
    """
    net = nn.Linear(784, 10)
    net.load_state_dict({"weight": SWEEP["draw_models"](1, seed)[0][0], "bias": torch.zeros(10)})
    sgd = torch.optim.SGD(net.parameters(), lr=0.1)
    model, loss = wrap(net), wrap(nn.CrossEntropyLoss(reduction="none"))
    order = torch.Generator().manual_seed(seed)

    def train():
        batches = SWEEP["minibatches"](data.X_train, data.y_train, batch_size, order)
        return SWEEP["train_epoch"](model, batches, loss, sgd)[0]

    @torch.no_grad()
    def test():
        return SWEEP["accuracy"](net(data.X_test), data.y_test)

    return train, test


def batched_way(data, batch_size, seed=0, models=1):
    """Return the same for the trainer of exercise 3.7.1; values are those of model 0."""
    W, b = SWEEP["draw_models"](models, seed)
    epochs = SWEEP["sgd_epochs"](W, b, data.X_train, data.y_train, 0.1, 10**6, batch_size, seed)
    return (
        lambda: next(epochs)[0].item(),
        lambda: SWEEP["score_models"](W, b, data.X_test, data.y_test)[1][0].item(),
    )


def bytes_way(batch_size=256, seed=0):
    """Return the same for sliced_way, fed by the bytes and buffers of exercise 3.5.2."""
    train_set, test_set = SWEEP["load_fashion_mnist"](ROOT / "data")
    net, loss = nn.Linear(784, 10), nn.CrossEntropyLoss(reduction="none")
    sgd, draw = torch.optim.SGD(net.parameters(), lr=0.1), torch.Generator().manual_seed(seed)
    LADDER["batch_buffer"] = torch.empty(batch_size, 784)
    LADDER["byte_buffer"] = torch.empty(batch_size, 784, dtype=torch.uint8)

    def batches(part):
        LADDER.update(pixels=part.data.flatten(1), y_train=part.targets)
        return LADDER["bytes_into_buffers"](torch.randperm(len(part), generator=draw))

    @torch.no_grad()
    def test():
        return sum((net(X).argmax(1) == y).sum().item() for X, y in batches(test_set)) / len(test_set)

    return lambda: SWEEP["train_epoch"](net, batches(train_set), loss, sgd)[0], test


WAYS = {"usual": usual_way, "sliced": sliced_way, "ours": batched_way}


LOSSES = {
    "whole": SCALE["plain_cross_entropy"],
    "in blocks": lambda H, W, y: SCALE["chunked_cross_entropy"](H, W, y, 2048),
}


def large_softmax():
    """Return features (512, 128), weights of 100,000 classes (100000, 128) and labels."""
    draw = torch.Generator().manual_seed(0)
    H = torch.randn(512, 128, generator=draw).requires_grad_()
    W = (0.1 * torch.randn(100_000, 128, generator=draw)).requires_grad_()
    return H, W, torch.randint(100_000, (512,), generator=draw)


def loss_and_gradient(name, H, W, y):
    """Return one of LOSSES after its backward pass."""
    H.grad = W.grad = None
    loss = LOSSES[name](H, W, y)
    loss.backward()
    return loss.item()
