"""The twin of torch that the exercise pages run in MicroPython, beside torch itself."""

import importlib.util
import sys
import textwrap
from fractions import Fraction
from pathlib import Path

import pytest
import torch
import yaml

FOLDER = Path(__file__).parents[1] / "web/practice/python"
pytestmark = pytest.mark.filterwarnings("ignore")


def module(name, path):
    """Import a file of the twin under a name of its own, beside the module it stands for."""
    spec = importlib.util.spec_from_file_location(name, path)
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


twin = module("twin", FOLDER / "torch/__init__.py")
for part in "nn", "nn.functional", "nn.init", "optim", "func", "autograd", "distributions":
    importlib.import_module(f"twin.{part}")
SHAPES = (), (3,), (1,), (2, 3), (2, 1), (4, 1, 3)
KINDS = "float32", "float64", "int64", "uint8", "bool", "float16", "bfloat16"
TABLES = yaml.safe_load((Path(__file__).parent / "twin.yml").read_text("utf-8"))
# In place of torch's own vmap and jacrev, which take seconds to import
HELP = {
    twin: {"many": twin.func.vmap, "slopes": twin.func.jacrev},
    torch: {"many": lambda f: lambda x: torch.stack([f(row) for row in x])},
}
HELP[torch]["slopes"] = lambda f: lambda x: torch.autograd.functional.jacobian(f, x)


def cases(*names):
    """Return the expressions of some tables; a space in lambda t is written as _."""
    return [c.replace("lambda_", "lambda ") for name in names for c in TABLES[name].split()]


def run(lib, expression, **given):
    """Return the value of an expression with torch or the twin, or the error it stops with."""
    try:
        return eval(expression, {"torch": lib, "F": lib.nn.functional, **HELP[lib], **given})
    except Exception as error:
        return error


def both(expression, digits=12, **inputs):
    """Compare the twin's value or error with torch's; inputs are name=(dtype, nested lists)."""
    found = []
    for lib in torch, twin:
        given = {n: lib.tensor(v, dtype=getattr(lib, kind)) for n, (kind, v) in inputs.items()}
        found.append(run(lib, expression, **given))
    same(*found, f"{expression} for {inputs}", digits)


def same(due, own, what, digits=12):
    """Compare two tensors to so many digits (or what the dtype has), or all; or two errors."""
    if isinstance(due, Exception) or isinstance(own, Exception):
        due, own = ((type(error).__name__, str(error).split("\n")[0]) for error in (due, own))
        assert own == due, what
        return
    assert str(own.dtype) == str(due.dtype) and tuple(own.shape) == tuple(due.shape), what
    assert own.requires_grad == due.requires_grad, what
    a, b = due.detach().double(), torch.tensor(own.tolist(), dtype=torch.float64).view(due.shape)
    size = max([1.0, *a[a.isfinite()].abs().flatten().tolist()])
    eps = torch.finfo(due.dtype).eps if due.is_floating_point() else 0
    near = 0 if digits == "all" else max(16 * eps, 10.0**-digits)
    assert torch.allclose(a, b, near, near * size, equal_nan=True), f"{what}: {b}, not {a}"


@pytest.mark.parametrize("kind", KINDS)
def test_elementwise(kind):  # values, rounding, promotion of dtypes, broadcasting
    def numbers(kind, shape, seed):
        x = torch.randn(shape, generator=torch.Generator().manual_seed(seed)) * 3
        return kind, (x.abs() if kind == "uint8" else x).to(getattr(torch, kind)).tolist()

    for seed, shape in enumerate(SHAPES):
        x = numbers(kind, shape, seed)
        for name in cases("exact", "unary"):
            both(f"x.{name}()", "all" if name in cases("exact") else 12, x=x)
        for other in KINDS:
            y = numbers(other, SHAPES[(5 * seed + 3) % 6], seed + 9)
            for expression in cases("binary") if seed < 2 or "16" not in kind + other else ():
                both(expression, "all", x=x, y=y)


@pytest.mark.parametrize("expression", cases("single", "faults"))
def test_operations_and_errors(expression):
    for kind in "float32", "float64":
        both(expression, x=(kind, [[-4.75, 0.7, 0.3], [2.5, 3.6, -1.2]]))


@pytest.mark.parametrize("expression", cases("smooth"))
def test_first_and_second_derivatives(expression):
    slopes = f"torch.autograd.grad(({expression}).sum(), x, create_graph=True)[0]"
    curve = f"torch.autograd.grad(({slopes} * torch.arange(6.).view(2, 3)).sum(), x)[0]"
    for wanted in slopes, curve:
        due, own = (run(lib, wanted, x=lib.tensor([[0.5, 1.5, 0.9], [1.1, 0.6, 2]])
                        .double().requires_grad_()) for lib in (torch, twin))  # fmt: skip
        if not isinstance(due, Exception):  # else nothing depends on x any more
            same(due.detach(), own.detach(), wanted)


@pytest.mark.parametrize("expression", cases("shown"))
def test_printed_form(expression):
    x, y = (lib.tensor([[1, -2.5, 0.125], [100, 3, 7]]) for lib in (torch, twin))
    assert repr(run(twin, expression, x=y)) == repr(run(torch, expression, x=x))


def test_random_numbers_by_seed():  # one after the other, which shows the generator's state too
    g, h = (lib.Generator().manual_seed(7) for lib in (torch, twin))
    for expression in cases("drawn", "normal"):
        due, own = run(torch, expression, g=g), run(twin, expression, g=h)
        same(due, own, expression, 6 if expression in cases("normal") else "all")


@pytest.mark.parametrize("kind", ["SGD", "Adam", "AdamW"])
def test_training(kind):
    options = {"momentum": 0.9, "weight_decay": 0.1, "nesterov": True} if kind == "SGD" else {}
    ends = []
    for lib in torch, twin:
        lib.manual_seed(1)
        net = lib.nn.Sequential(lib.nn.Linear(3, 4), lib.nn.Linear(4, 1))
        X, params = lib.rand(8, 3), list(net.parameters())
        optimizer = getattr(lib.optim, kind)(params, 0.05, **options)
        for _ in range(5):
            optimizer.zero_grad()
            lib.nn.MSELoss()(net(X), X[:, :1]).backward()
            optimizer.step()
        ends.append(params)
    for due, own in zip(*ends):
        same(due, own, kind, 5)


def test_small_modules(monkeypatch):
    monkeypatch.setitem(sys.modules, "fractions", module("own", FOLDER / "fractions.py"))
    text, own = module("twin_textwrap", FOLDER / "textwrap.py"), sys.modules["own"].Fraction
    for turn in "x/3+1", "x*x-x", "float(x)", "x<0.5", "x**-2", "-x%3", "2.5*x":
        for x in 0.1, -1000, 2500:
            due = str(run(torch, turn, x=Fraction(x)))
            assert due == str(run(torch, turn, x=own(x))), turn
    for words in Path(__file__).read_text(), "a soft-max -- or-so; " * 9:
        assert text.fill(words, 72) == textwrap.fill(words, 72)
        assert text.shorten(words, 40) == textwrap.shorten(words, 40)
