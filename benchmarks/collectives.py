"""How long two processes take to add up a tensor; torchrun starts this file twice.

Prints, as JSON, for each size: bytes, seconds, and the bytes that the system
counted on its loopback device (Linux; else 0).
"""

import json
import statistics
import time
from pathlib import Path

import torch
import torch.distributed as dist


def loopback_bytes():
    """Return the bytes that the loopback device has received so far, or 0."""
    try:
        lines = Path("/proc/net/dev").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.strip().startswith("lo:"))
    except (OSError, StopIteration):
        return 0


def adding_up(numbers, repeats):
    """Return bytes, median seconds, and bytes sent by both, of all_reduce."""
    tensor, times = torch.zeros(numbers), []
    dist.all_reduce(tensor)
    before = loopback_bytes()
    for _ in range(repeats):
        dist.barrier()
        start = time.perf_counter()
        dist.all_reduce(tensor)
        times.append(time.perf_counter() - start)
    sent = (loopback_bytes() - before) / repeats
    return tensor.nbytes, statistics.median(times), sent


def main():
    """Measure sizes from one number to 64 MB."""
    dist.init_process_group("gloo")
    plan = (1, 500), (2**14, 200), (2**20, 30), (2**24, 10)
    results = [adding_up(numbers, repeats) for numbers, repeats in plan]
    if dist.get_rank() == 0:
        print(json.dumps(results))
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
