"""Softmax regression the usual way: the tools and the steps of the official chapter.

A DataLoader with four workers asks torchvision for one image at a time and
ToTensor converts it; autograd finds the gradient and an optimiser takes the
step; three running totals are kept.
"""

import warnings

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import FashionMNIST
from torchvision.transforms import ToTensor

WORKERS = 4  # as the official chapter has it, also where there are fewer cores
warnings.filterwarnings("ignore", "This DataLoader will create")


def open_set(root, train):
    """Return the training or the test set, images converted at each access."""
    return FashionMNIST(root, train=train, transform=ToTensor(), download=True)


def train_batches(dataset, batch_size, sampler=None):
    """Return a loader in random order, or in the order of a sampler."""
    return DataLoader(dataset, batch_size, shuffle=sampler is None, sampler=sampler, num_workers=WORKERS)


def test_batches(dataset, batch_size):
    """Return a loader in the order of the set."""
    return DataLoader(dataset, batch_size, num_workers=WORKERS)


def new_net(weight=None):
    """Return the model and its optimiser; weight (10, 784) or normal draws."""
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    nn.init.zeros_(net[1].bias)
    if weight is None:
        nn.init.normal_(net[1].weight, std=0.01)
    else:
        net[1].weight.data.copy_(weight)
    return net, torch.optim.SGD(net.parameters(), lr=0.1)


def count_correct(scores, y):
    """Return how many rows of scores (n, 10) are largest at y (n,)."""
    return (scores.argmax(dim=1) == y).sum().item()


def train_epoch(net, batches, optimizer):
    """Train for one epoch; return mean loss and accuracy while the weights move."""
    loss = nn.CrossEntropyLoss(reduction="none")
    loss_sum, correct, count = 0.0, 0, 0
    net.train()
    for X, y in batches:
        scores = net(X)
        losses = loss(scores, y)
        optimizer.zero_grad()
        losses.mean().backward()
        optimizer.step()
        loss_sum += losses.sum().item()
        correct += count_correct(scores, y)
        count += y.numel()
    return loss_sum / count, correct / count


def test_accuracy(net, batches):
    """Return the accuracy of the model on all batches."""
    correct, count = 0, 0
    net.eval()
    with torch.no_grad():
        for X, y in batches:
            correct += count_correct(net(X), y)
            count += y.numel()
    return correct / count
