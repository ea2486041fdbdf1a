"""Random problems over every rule, schedule, penalty and batch: what derive proves against loops that know only books.

A loop takes its gradients by complex steps through a forward pass of its own, and the rules from the papers that the
recipes name; where PyTorch is installed, its autograd and its optimisers work the same problems.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import derive
from derive.given.loading import problem_named

Vector = NDArray[Any]
NAMES = ("w1", "w2", "w3", "w4", "w5", "w6", "b_H1", "b_H2", "b_y")
RULES = ("descent", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw")
SCHEDULES: dict[str, Callable[[float, int, int], float]] = {
    "{}": lambda eta, k, epoch: eta,
    "{}/(1 + k)": lambda eta, k, epoch: eta / (1 + k),
    "{}*0.5**epoch": lambda eta, k, epoch: eta * 0.5**epoch,
    "{}*0.5**floor(k/2)": lambda eta, k, epoch: eta * 0.5 ** (k // 2),
    "{}/sqrt(k + 1)": lambda eta, k, epoch: eta / math.sqrt(k + 1),
    "{}*exp(-k/4)": lambda eta, k, epoch: eta * math.exp(-k / 4),
}
UPDATES = 5


@dataclass(frozen=True, kw_only=True)
class Case:
    """A network of 2-2-1 with tanh and a linear output, its samples, and how it is trained."""

    rule: str
    schedule: str
    batch: int
    mean: bool
    eta: float
    penalties: dict[str, float]
    options: dict[str, float]
    rows: list[list[float]]
    start: list[float]
    loss: str = "half_squared_error"

    @property
    def mapping(self) -> dict[str, Any]:
        """The problem file."""
        rate = self.schedule.format(self.eta)
        w = [str(each) for each in self.start]
        return {
            "title": "Random rule", "loss": self.loss,
            "samples": {"inputs": ["x1", "x2"], "targets": ["y"], "rows": self.rows},
            "layers": [
                {"units": ["H1", "H2"], "activation": "tanh", "weights": [w[0:2], w[2:4]], "bias": w[6:8]},
                {"units": ["y"], "activation": "identity", "weights": [w[4:6]], "bias": [w[8]]},
            ],
            "conventions": {"batch": "mean" if self.mean else "sum"},
            "update": {"rule": self.rule, "learning_rate": rate if self.schedule != "{}" else self.eta,
                       **self.penalties, **self.options},
            "training": {"batch": self.batch, "rounds": UPDATES},
        }  # fmt: skip

    def on_turn(self, k: int) -> list[list[float]]:
        """The samples of an update, counted from 0."""
        turns = -(-len(self.rows) // self.batch)
        return self.rows[k % turns * self.batch :][: self.batch]

    def rate(self, k: int) -> float:
        """The learning rate of an update, counted from 0."""
        turns = -(-len(self.rows) // self.batch)
        return SCHEDULES[self.schedule](self.eta, k, k // turns)

    def error(self, w: Vector, rows: Sequence[Sequence[float]], *, mean: bool) -> Any:
        """The error of some samples."""
        total: Any = 0.0
        for x1, x2, t in rows:
            h1, h2 = np.tanh(w[0] * x1 + w[1] * x2 + w[6]), np.tanh(w[2] * x1 + w[3] * x2 + w[7])
            total = total + (w[4] * h1 + w[5] * h2 + w[8] - t) ** 2 * (0.5 if self.loss.startswith("half") else 1.0)
        return total / len(rows) if mean else total

    def gradient(self, w: Vector, k: int) -> Vector:
        """By complex steps, with the penalties' own slopes; biases have no penalty."""
        found = np.zeros(9)
        for place in range(9):
            moved = w.astype(complex)
            moved[place] += 1e-30j
            found[place] = self.error(moved, self.on_turn(k), mean=self.mean).imag / 1e-30
        weights = np.array([1.0] * 6 + [0.0] * 3)
        return found + weights * (self.penalties.get("l2", 0.0) * w + self.penalties.get("l1", 0.0) * np.sign(w))


def trained(case: Case) -> tuple[list[Vector], Vector]:
    """The parameters before the first update and after each, by the books; and where the error stands after all."""
    w, of = np.array(case.start), case.options
    m, v = np.zeros(9), np.zeros(9)
    found = [w]
    for k in range(UPDATES):
        eta, beta = case.rate(k), of.get("beta", 0.9)
        g = case.gradient(w + beta * v if case.rule == "nesterov" else w, k)
        tiny = of.get("epsilon", 1e-8)
        if case.rule in ("momentum", "nesterov"):
            v = beta * v - eta * g
            w = w + v
        elif case.rule in ("adagrad", "rmsprop"):
            v = v + g**2 if case.rule == "adagrad" else beta * v + (1 - beta) * g**2
            w = w - eta * g / (np.sqrt(v) + tiny)
        elif case.rule in ("adam", "adamw"):
            one, two = of.get("beta1", 0.9), of.get("beta2", 0.999)
            m, v = one * m + (1 - one) * g, two * v + (1 - two) * g**2
            step = eta * (m / (1 - one ** (k + 1))) / (np.sqrt(v / (1 - two ** (k + 1))) + tiny)
            w = w - step - (eta * of.get("decay", 0.01) * w if case.rule == "adamw" else 0.0)
        else:
            w = w - eta * g
        found.append(w)
    return found, w + of.get("beta", 0.9) * v if case.rule == "nesterov" else w


OPTIONS = {
    "momentum": ("beta",), "nesterov": ("beta",), "adagrad": ("epsilon",), "rmsprop": ("beta", "epsilon"),
    "adam": ("beta1", "beta2", "epsilon"), "adamw": ("beta1", "beta2", "epsilon", "decay"),
}  # fmt: skip


def drawn(rule: str, number: int) -> Case:
    """One of the cases of a rule: schedules, batches, penalties and options in turn, numbers at random."""
    chance = random.Random(f"{rule} {number}")
    a_number = lambda: chance.choice((-1, 1)) * chance.randint(11, 95) / 100  # noqa: E731
    options = {"epsilon": 1e-3, "decay": 0.05}
    chosen = {
        each: options.get(each, chance.randint(5, 95) / 100) for each in OPTIONS.get(rule, ()) if chance.random() < 0.6
    }
    samples = 1 + number % 4
    return Case(
        rule=rule,
        schedule=list(SCHEDULES)[number % len(SCHEDULES)],
        batch=chance.randint(1, samples),
        mean=bool(chance.randrange(2)),
        eta=chance.randint(5, 30) / 100,
        penalties=({}, {"l2": 0.05}, {"l1": 0.02}, {"l1": 0.01, "l2": 0.1})[chance.randrange(4)],
        options=chosen,
        rows=[[a_number(), a_number(), a_number()] for _ in range(samples)],
        start=[a_number() for _ in range(9)],
        loss=("half_squared_error", "squared_error")[number % 2],
    )


CASES = [(rule, number) for rule in RULES for number in range(7)]


def _agrees(case: Case, found: Callable[[str], float], wanted: Sequence[Vector], last: Vector) -> None:
    for k, w in enumerate(wanted):
        for name, value in zip(NAMES, w, strict=True):
            assert found(f"{name}@{k}") == pytest.approx(value, rel=1e-9, abs=1e-12), (name, k)
    assert found(f"E_total@{UPDATES}") == pytest.approx(float(case.error(last, case.rows, mean=case.mean)), rel=1e-9)


@pytest.mark.parametrize(("rule", "number"), CASES)
def test_every_rule_with_every_schedule_penalty_and_batch(rule: str, number: int) -> None:
    """Five updates by the books' tables; all routes of the proof agree, the compiled twin's among them."""
    case = drawn(rule, number)
    solution = derive.solve(problem_named(case.mapping, "p"))
    assert all(check.ok for check in solution.checks)
    _agrees(case, solution.value, *trained(case))
    for k in range(UPDATES):
        assert solution.value(f"eta@{k}") == pytest.approx(case.rate(k), rel=1e-12)


@pytest.mark.parametrize(("rule", "number"), CASES)
def test_the_optimisers_of_pytorch_give_the_same(rule: str, number: int) -> None:
    """torch.optim with torch.autograd, where its rule is the book's."""
    torch = pytest.importorskip("torch")
    case = drawn(rule, number)
    if rule == "nesterov":
        pytest.skip("PyTorch moves the point where it looks ahead into the parameter: another sequence of figures")
    if rule == "momentum" and case.schedule != "{}":
        pytest.skip(
            "PyTorch multiplies the whole velocity by the rate of the moment, the book each gradient by its own"
        )
    of = case.options
    adam = {"betas": (of.get("beta1", 0.9), of.get("beta2", 0.999)), "eps": of.get("epsilon", 1e-8)}
    kinds = {
        "descent": (torch.optim.SGD, {}),
        "momentum": (torch.optim.SGD, {"momentum": of.get("beta", 0.9)}),
        "adagrad": (torch.optim.Adagrad, {"eps": of.get("epsilon", 1e-8)}),
        "rmsprop": (torch.optim.RMSprop, {"alpha": of.get("beta", 0.9), "eps": of.get("epsilon", 1e-8)}),
        "adam": (torch.optim.Adam, adam),
        "adamw": (torch.optim.AdamW, {**adam, "weight_decay": of.get("decay", 0.01)}),
    }
    make, options = kinds[rule]
    w = torch.tensor(case.start, dtype=torch.float64, requires_grad=True)
    optimiser = make([w], lr=case.eta, **options)
    found = [w.detach().numpy().copy()]
    for k in range(UPDATES):
        optimiser.param_groups[0]["lr"] = case.rate(k)
        optimiser.zero_grad()
        rows = torch.tensor(case.on_turn(k), dtype=torch.float64)
        hidden = torch.tanh(rows[:, :2] @ w[:4].reshape(2, 2).T + w[6:8])
        off = (hidden @ w[4:6] + w[8] - rows[:, 2]) ** 2 * (0.5 if case.loss.startswith("half") else 1.0)
        error = off.mean() if case.mean else off.sum()
        cost = error + case.penalties.get("l2", 0.0) / 2 * (w[:6] ** 2).sum()
        (cost + case.penalties.get("l1", 0.0) * w[:6].abs().sum()).backward()
        optimiser.step()
        found.append(w.detach().numpy().copy())
    solution = derive.solve(problem_named(case.mapping, "p"))
    _agrees(case, solution.value, found, found[-1])


ONE_LAYER = {
    "perceptron": ("step", lambda t, out, net: t - out), "delta": ("identity", lambda t, out, net: t - net),
    "hebb": ("identity", lambda t, out, net: t),
}  # fmt: skip


@pytest.mark.parametrize("rule", ONE_LAYER)
@pytest.mark.parametrize("batch", [1, 2, 4])
def test_rules_that_are_no_gradient(rule: str, batch: int) -> None:
    """One layer, samples in turn, in pairs or all at once, weights of the update's start for all of them."""
    chance = random.Random(f"{rule} {batch}")
    activation, push = ONE_LAYER[rule]
    inputs = [[chance.randint(-90, 90) / 100, chance.randint(-90, 90) / 100] for _ in range(4)]
    rows = [[*x, float(chance.randrange(2))] for x in inputs]
    w = [0.31, -0.27, 0.13]
    mapping = {
        "title": "No gradient", "samples": {"inputs": ["x1", "x2"], "targets": ["y"], "rows": rows},
        "layers": [{"units": ["y"], "activation": activation, "weights": [w[:2]], "bias": [w[2]]}],
        "update": {"rule": rule, "learning_rate": "0.4/(k + 1)"}, "conventions": {"batch": "sum"},
        "training": {"batch": batch, "rounds": UPDATES},
    }  # fmt: skip
    solution = derive.solve(problem_named(mapping, "p"))
    for k in range(UPDATES + 1):
        for name, value in zip(("w1", "w2", "b_y"), w, strict=True):
            assert solution.value(f"{name}@{k}") == pytest.approx(value, rel=1e-12, abs=1e-14), (name, k)
        start = k % (4 // batch) * batch
        moved = [0.0, 0.0, 0.0]
        for x1, x2, t in rows[start : start + batch]:
            net = w[0] * x1 + w[1] * x2 + w[2]
            out = float(net > 0) if activation == "step" else net
            moved = [each + push(t, out, net) * x for each, x in zip(moved, (x1, x2, 1.0), strict=True)]
        w = [each + 0.4 / (k + 1) * by for each, by in zip(w, moved, strict=True)]
