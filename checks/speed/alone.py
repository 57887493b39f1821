"""What is measured in a fresh process: python alone.py TASK ARGUMENT prints one JSON object."""

import json
import statistics
import sys
import threading
from pathlib import Path

import psutil
import torch
from torch.utils.data import DataLoader
from torchvision.datasets import FakeData
from torchvision.transforms import ToTensor

import usual
import ways
from measure import seconds

torch.set_num_threads(1)


def resident(field):
    """Return VmRSS (now) or VmHWM (the most so far) of this process in bytes; Linux only."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return 1024 * int(line.split()[1])


def workers_memory():
    """Return the bytes that the child processes have for themselves alone."""
    total = 0
    for child in psutil.Process().children(recursive=True):
        try:
            total += child.memory_full_info().uss
        except psutil.Error:  # it has just ended
            pass
    return total


def peak_memory(action):
    """Return the most bytes that action() took on top: in this process, in its workers.

    The system keeps the peak of this process. The workers are looked at ten
    times a second, and those looks cost time: so no clock runs here.
    """
    Path("/proc/self/clear_refs").write_text("5")  # VmHWM starts anew
    before, workers, done = resident("VmRSS"), [0], threading.Event()

    def watch():
        while not done.wait(0.1):
            workers.append(workers_memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    action()
    done.set()
    watcher.join()
    return {"main": resident("VmHWM") - before, "workers": max(workers)}


def warm_up():
    """Take a few steps on invented data, so that all libraries are loaded and used."""
    net, optimizer = usual.new_net()
    images = FakeData(512, (1, 28, 28), 10, ToTensor())
    usual.train_epoch(net, DataLoader(images, 256), optimizer)
    W, b = ways.SWEEP["draw_models"](1, 0)
    X, y = torch.rand(512, 784), torch.zeros(512, dtype=torch.int64)
    list(ways.SWEEP["sgd_epochs"](W, b, X, y, 0.1, 1))
    ways.SWEEP["score_models"](W, b, X, y)


def train_usual():
    """Load the data and train and test for one epoch, the usual way."""
    train, test = ways.usual_way(None, 256)
    train(), test()


def train_ours():
    """The same with the trainer of exercise 3.7.1."""
    train, test = ways.batched_way(ways.load(), 256)
    train(), test()


def train_bytes():
    """The same from images kept as bytes and converted a batch at a time."""
    train, test = ways.bytes_way()
    train(), test()


def training_memory(way):
    """Return the peak memory of loading, one epoch and a test."""
    warm_up()
    return peak_memory({"usual": train_usual, "ours": train_ours, "bytes": train_bytes}[way])


def classes_memory(name):
    """Return the peak memory of one loss over 100,000 classes and its gradient."""
    small = torch.rand(4, 8, requires_grad=True), torch.rand(9, 8, requires_grad=True), torch.arange(4)
    ways.loss_and_gradient(name, *small)  # libraries are loaded
    inputs = ways.large_softmax()
    return peak_memory(lambda: ways.loss_and_gradient(name, *inputs))


def compiled(name):
    """Return the median seconds of an epoch as it is and compiled, and of compiling."""
    data, draw = ways.load(), torch.Generator().manual_seed(0)
    order = lambda: torch.randperm(len(data.y_train), generator=draw)
    pixels = (data.X_train * 255).round_().to(torch.uint8)
    kernel = ways.SWEEP["logit_gradients"]

    def reading(wrap):
        convert = wrap(lambda rows: pixels.index_select(0, rows) / 255)
        return lambda: [convert(rows) for rows in order().split(256)]

    def sliced(wrap):
        return ways.sliced_way(data, 256, wrap=wrap)[0]

    def ours(wrap):
        function, (train, _) = wrap(kernel), ways.batched_way(data, 256)

        def epoch():
            ways.SWEEP["logit_gradients"] = function  # the trainer calls it by this name
            train()

        return epoch

    make = {"reading": reading, "sliced": sliced, "ours": ours}[name]
    plain, fused = make(lambda function: function), make(torch.compile)
    plain()
    first = seconds(fused)
    rounds = [(seconds(plain), seconds(fused)) for _ in range(5)]
    before, after = map(statistics.median, zip(*rounds))
    return {"plain": before, "compiled": after, "compiling": first - after}


if __name__ == "__main__":
    tasks = {task.__name__: task for task in (training_memory, classes_memory, compiled)}
    print(json.dumps(tasks[sys.argv[1]](*sys.argv[2:])))
