"""The peaks of memory, each in a fresh process: `python -m checks.speed.alone WHAT NAME`.

Prints one JSON list: the bytes of this process, and of its workers. Linux only.
"""

import json
import sys
import threading
from contextlib import suppress
from pathlib import Path

import psutil
import torch

from checks.speed import ways


def resident(field):
    """Return VmRSS (now) or VmHWM (the most so far) of this process in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(field))


def workers_memory():
    """Return the bytes that the child processes have for themselves alone."""
    total = 0
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # it has just ended
            total += child.memory_full_info().uss
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
    return resident("VmHWM") - before, max(workers)


def train_and_test(way, count=None):
    """Load all images, or count of them, train for one epoch and test once."""
    make = {**ways.WAYS, "bytes": ways.bytes_way}[way]
    for step in make(*ways.load(count)):
        step()


def main(what, name):
    """Print the peak of training in a way, or of one of the losses over 100,000 classes."""
    torch.set_num_threads(1)
    # A few steps first, so that all libraries are loaded and used.
    if what == "training":
        train_and_test(name, 512)
        peak = peak_memory(lambda: train_and_test(name))
    else:
        ways.loss_and_gradient(name, *ways.large_softmax(4, 8, 9))
        inputs = ways.large_softmax()
        peak = peak_memory(lambda: ways.loss_and_gradient(name, *inputs))
    print(json.dumps(peak))


if __name__ == "__main__":
    main(*sys.argv[1:])
