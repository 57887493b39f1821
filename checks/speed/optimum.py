"""Time to the optimum of softmax regression: the page's solver beside other libraries'.

    python -m checks.speed.optimum            all ways; writes checks/results/speed-optimum.csv
    python -m checks.speed.optimum --limit 60 --rounds 1
    python -m checks.speed.optimum --way WAY --threads 1 --goal F    one run, as JSON

All start from zeros, minimise the same objective on the same images, and stop as soon as it
is within a millionth of the optimum. Each run is a process of its own. Loading the images and
the libraries happens before the clock starts.
"""

import argparse
import contextlib
import json
import subprocess
import sys
import time
import warnings

import torch
from torch.nn.functional import cross_entropy

from checks.speed import measure, ways
from generator.notebooks import ROOT, definitions

PAGE = definitions(ROOT / "chapters/how-good.md")
LAMBDA = PAGE["LAMBDA"]
OURS = "ours, with its proof"
CLOSE = 1e-6  # how near to the optimum, as a share of it


class Reached(Exception):
    """The objective is near enough."""


class Trace:
    """What a run has done so far: passes over the data, the lowest objective, seconds."""

    def __init__(self, goal):
        self.goal, self.passes, self.value, self.start = goal, 0, 9.0, time.perf_counter()

    def saw(self, value):
        """Note a value of the objective; raise Reached if it is near enough."""
        self.value = min(self.value, float(value))
        if self.value <= self.goal:
            raise Reached


def ours(X, y, trace):
    """The solver of the page, until its own bound says that it is near enough; then certify."""
    V, steps = PAGE["minimise"](X, y, LAMBDA, torch.zeros(10, 785), CLOSE * trace.goal)
    trace.value, gap = PAGE["certify"](V, X, y, LAMBDA)
    if gap > CLOSE * trace.value:
        raise RuntimeError(f"not certified: the gap may be {gap:.1e}")
    trace.passes = steps + 2
    return V


def torch_lbfgs(X, y, trace):
    """PyTorch's own L-BFGS, on the whole set."""
    V = torch.zeros(10, 785, requires_grad=True)
    options = {"history_size": 10, "line_search_fn": "strong_wolfe"}
    options |= {"max_iter": 10**5, "tolerance_grad": 0, "tolerance_change": 0}
    optimizer = torch.optim.LBFGS([V], **options)

    def closure():
        trace.passes += 1
        optimizer.zero_grad()
        loss = cross_entropy(X @ V.T, y) + LAMBDA / 2 * V[:, 1:].square().sum()
        trace.saw(loss.item())
        loss.backward()
        return loss

    with contextlib.suppress(Reached):
        optimizer.step(closure)
    return V.detach()


def counted(trace):
    """Make scikit-learn's loss count passes and stop: it has no callback of its own."""
    from sklearn.linear_model._linear_loss import LinearModelLoss

    def wrap(name, cost, position):
        inner = getattr(LinearModelLoss, name)

        def outer(self, *args, **kwargs):
            result = inner(self, *args, **kwargs)
            trace.passes += cost
            trace.last = args[0] if args else kwargs["coef"]
            if position is not None:
                trace.saw(result[0] if position else result)
            return result

        setattr(LinearModelLoss, name, outer)

    for name, cost, position in (("loss", 0.5, 0), ("loss_gradient", 1, 1), ("gradient", 1, None)):
        wrap(name, cost, position)
    inner = LinearModelLoss.gradient_hessian_product

    def with_products(self, *args, **kwargs):
        gradient, product = inner(self, *args, **kwargs)
        trace.passes += 1

        def counting(vector):
            trace.passes += 1
            return product(vector)

        return gradient, counting

    LinearModelLoss.gradient_hessian_product = with_products


def scikit(solver, dtype, X, y, trace):
    """scikit-learn's LogisticRegression, whose C is 1 / (n lambda)."""
    from sklearn.linear_model import LogisticRegression

    warnings.simplefilter("ignore")  # that it has not converged
    images, labels = X[:, 1:].to(dtype).numpy(), y.numpy()
    counted(trace)
    epochs, stochastic = 8, solver in ("sag", "saga")
    while True:  # sag and saga show no value on the way: they start anew, with more epochs
        limit = epochs if stochastic else 10**5
        options = {"C": 1 / len(y) / LAMBDA, "tol": 1e-12, "max_iter": limit, "random_state": 0}
        model = LogisticRegression(solver=solver, **options)
        trace.start = time.perf_counter()
        try:
            model.fit(images, labels)
            V = torch.cat([torch.as_tensor(t) for t in (model.intercept_[:, None], model.coef_)], 1)
        except Reached:
            coefficients = trace.last.reshape(10, 785, order="F")  # the bias last
            V = torch.as_tensor(coefficients).roll(1, 1)
        if not stochastic:
            return V
        trace.passes, epochs = epochs, 2 * epochs
        value = PAGE["certify"](V, X, y, LAMBDA)[0]
        print(json.dumps({"value": value}), flush=True)
        if value <= trace.goal:
            return V


def scikit_way(solver, dtype=torch.float32):
    """Return the way of a solver of scikit-learn in a precision."""
    return lambda *task: scikit(solver, dtype, *task)


WAYS = {OURS: ours, "PyTorch, LBFGS": torch_lbfgs}
for name in ("lbfgs", "newton-cg", "newton-cholesky", "sag", "saga"):
    WAYS[f"scikit-learn, {name}"] = scikit_way(name)
for name in ("lbfgs", "newton-cg"):
    WAYS[f"scikit-learn, {name}, float64"] = scikit_way(name, torch.float64)


def run(way, threads, goal):
    """Print as JSON the seconds, passes, objective and test accuracy of one run."""
    torch.set_num_threads(threads)
    (train, test) = ways.load()
    X, X_test = (PAGE["with_ones"](part.data) for part in (train, test))
    if "scikit" in way:  # loaded before the clock starts
        import sklearn.linear_model  # noqa: F401
        from threadpoolctl import threadpool_limits

        threadpool_limits(threads)
    trace = Trace(goal)
    V = WAYS[way](X, train.targets, trace)
    seconds = time.perf_counter() - trace.start
    accuracy = PAGE["judge"](V, X_test, test.targets)[1].double().mean().item()
    value = PAGE["certify"](V, X, train.targets, LAMBDA)[0]
    print(json.dumps({"seconds": seconds, "passes": trace.passes, "value": value,
                      "accuracy": accuracy}))  # fmt: skip


def in_process(way, threads, goal, limit):
    """Return the result of one run in a process of its own; None beyond limit seconds."""
    command = [sys.executable, "-m", "checks.speed.optimum", "--way", way]
    command += ["--threads", str(threads), "--goal", repr(goal)]
    try:
        lines = subprocess.check_output(command, cwd=ROOT, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return None
    return json.loads(lines.splitlines()[-1])


def optimum():
    """Return F*, by the page's solver in float64."""
    train, _ = ways.load()
    X, y = PAGE["with_ones"](train.data), train.targets
    V, _ = PAGE["minimise"](X, y, LAMBDA, torch.zeros(10, 785))
    V, _ = PAGE["minimise"](X.double(), y, LAMBDA, V.double(), 1e-12)
    return PAGE["certify"](V, X, y, LAMBDA)[0]


def table(rounds, limit):
    """Run all ways in turn, rounds times with each number of threads; write the table."""
    goal = optimum() * (1 + CLOSE)
    found = {way: {} for way in WAYS}
    for _ in range(rounds):
        for column, threads in measure.THREADS.items():
            for way, results in found.items():
                result = in_process(way, threads, goal, limit)
                print(way, threads, result, flush=True)
                if result and result["value"] <= goal * (1 + CLOSE / 10):
                    kept = min(result, results.get(column, result), key=lambda r: r["seconds"])
                    results[column] = kept
    rows = []
    best = {c: found[OURS][c]["seconds"] for c in measure.THREADS}
    for way, results in found.items():
        times = {c: results[c]["seconds"] if c in results else None for c in measure.THREADS}
        shown = {c: f"{t:#.3g}" if t else f"not in {limit:.0f}" for c, t in times.items()}
        any_run = next(iter(results.values()), None)
        row = {"way": way} | shown
        row["passes"] = f"{any_run['passes']:,.0f}" if any_run else ""
        row["test accuracy"] = f"{any_run['accuracy']:.3f}" if any_run else ""
        ratios = [times[c] / best[c] for c in times if times[c]]
        row["times ours"] = " / ".join(f"{ratio:#.3g}" for ratio in ratios)
        rows.append(row)
    measure.tables.write("speed-optimum", rows)


def main():
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=float, default=300.0, help="seconds a run")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--way", choices=WAYS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--goal", type=float)
    asked = parser.parse_args()
    if asked.way:
        run(asked.way, asked.threads, asked.goal)
    else:
        table(asked.rounds, asked.limit)


if __name__ == "__main__":
    main()
