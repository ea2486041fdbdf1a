"""Mistakes in update rules, worked over two updates by plain decimals of our own, are named where they are made."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import pytest

import derive
from derive.errors import ProblemError
from derive.given.loading import problem_named
from derive.given.program import recipes
from derive.judging.model import FAULTLESS

CHAIN: dict[str, Any] = {
    "title": "Two updates", "given": {"a": "0.7", "b": "-1.3"}, "define": {"u": "a*b + 0.4", "J": "u**2 + 0.3*a"},
    "objective": "J", "wrt": ["a", "b"], "training": {"rounds": 2}, "learning_rate": "0.15",
}  # fmt: skip
ETA, EPSILON = 0.15, 0.03
#: With an ε that shows, and shares that are far from each other.
OPTIONS: Mapping[str, Mapping[str, str]] = {
    "momentum": {"beta": "0.8"}, "nesterov": {"beta": "0.8"}, "adagrad": {"epsilon": "0.03"},
    "rmsprop": {"beta": "0.8", "epsilon": "0.03"},
    "adam": {"beta1": "0.8", "beta2": "0.9", "epsilon": "0.03"},
    "adamw": {"beta1": "0.8", "beta2": "0.9", "epsilon": "0.03", "decay": "0.2"},
}  # fmt: skip
MADE: Mapping[str, str] = {
    "momentum": "old-velocity sign-in-velocity old-velocity-forgotten rate-left-out beta-left-out velocity-subtracted",
    "nesterov": "gradient-at-parameter whole-velocity-ahead old-velocity beta-left-out",
    "adagrad": "sum-not-kept not-squared root-forgotten old-sum ascent missing-learning-rate",
    "rmsprop": "mean-not-kept shares-exchanged share-forgotten root-forgotten ascent",
    "adam": "first-correction-left-out second-correction-left-out moment-shares-exchanged square-shares-exchanged "
    "root-forgotten gradient-for-moment bias-correction-left-out ascent",
    "adamw": "decay-left-out decay-without-rate bias-correction-left-out",
}


class Lines:
    """Six digits a line, gone on with."""

    def __init__(self) -> None:
        self.written: dict[str, str] = {}

    def __call__(self, name: str, value: float) -> float:
        cut = Context(prec=6, rounding=ROUND_HALF_EVEN).create_decimal(Decimal(value))
        self.written[name] = format(cut, "f")
        return float(cut)


def _slopes(a: float, b: float) -> tuple[float, float]:
    u = a * b + 0.4
    return 2 * u * b + 0.3, 2 * u * a


def _new(rule: str, wrong: str, w: float, g: float, state: dict[str, float], k: int, line: Any, name: str) -> float:
    """One parameter after one update; what the rule keeps is noted down."""

    def kept(head: str, value: float) -> float:
        state[head] = line(f"{head}_{name}_new" if k == 0 else f"{head}_{name}@{k + 1}", value)
        return state[head]

    sign = 1 if wrong == "ascent" else -1
    rate = 1.0 if wrong == "missing-learning-rate" else ETA
    if rule in ("momentum", "nesterov"):
        old = state.get("v", 0.0)
        share = {"beta-left-out": 1.0, "old-velocity-forgotten": 0.0}.get(wrong, 0.8)
        own = {"rate-left-out": -g, "sign-in-velocity": ETA * g}.get(wrong, -ETA * g)
        v = kept("v", share * old + own)
        return w + {"old-velocity": old, "velocity-subtracted": -v}.get(wrong, v)
    square = abs(g) if wrong == "not-squared" else g * g
    if rule in ("adagrad", "rmsprop"):
        old = state.get("s", 0.0)
        first, second = (1.0, 1.0) if rule == "adagrad" else (0.8, 0.2)
        if wrong == "shares-exchanged":
            first, second = second, first
        first = 0.0 if wrong in ("sum-not-kept", "mean-not-kept") else first
        s = kept("s", first * old + (1.0 if wrong == "share-forgotten" else second) * square)
        below = s if wrong == "root-forgotten" else math.sqrt(old if wrong == "old-sum" else s)
        return w + sign * rate * g / (below + EPSILON)
    b1, b2 = (0.2 if wrong == "moment-shares-exchanged" else 0.8), (0.1 if wrong == "square-shares-exchanged" else 0.9)
    m = kept("m", b1 * state.get("m", 0.0) + (1 - b1) * g)
    v = kept("v", b2 * state.get("v", 0.0) + (1 - b2) * g * g)
    called = (lambda head: f"{head}_{name}@{k}") if k else (lambda head: f"{head}_{name}")
    m_hat = line(called("m_hat"), m if wrong == "first-correction-left-out" else m / (1 - 0.8 ** (k + 1)))
    v_hat = line(called("v_hat"), v if wrong == "second-correction-left-out" else v / (1 - 0.9 ** (k + 1)))
    along, size = (m, v) if wrong == "bias-correction-left-out" else (m_hat, v_hat)
    along = g if wrong == "gradient-for-moment" else along
    step = sign * ETA * along / ((size if wrong == "root-forgotten" else math.sqrt(size)) + EPSILON)
    if rule == "adamw" and wrong != "decay-left-out":
        step -= (1.0 if wrong == "decay-without-rate" else ETA) * 0.2 * w
    return w + step


def worked(rule: str, wrong: str) -> dict[str, str]:
    """Gradients, what is kept, and new values, of two updates."""
    line, point, states = Lines(), {"a": 0.7, "b": -1.3}, dict[str, dict[str, float]](a={}, b={})
    for k in range(2):
        at = dict(point)
        if rule == "nesterov":
            share = {"gradient-at-parameter": 0.0, "whole-velocity-ahead": 1.0}.get(wrong, 0.8)
            for name in at:
                ahead = point[name] + share * states[name].get("v", 0.0)
                at[name] = line(f"ahead_{name}@{k}" if k else f"ahead_{name}", ahead)
        slopes = _slopes(at["a"], at["b"])
        for name, slope in zip("ab", slopes, strict=True):
            g = line(f"dJ/d{name}@{k}" if k else f"dJ/d{name}", slope)
            new = _new(rule, wrong, point[name], g, states[name], k, line, name)
            point[name] = line(f"{name}_new" if k == 0 else f"{name}@2", new)
    return line.written


def _report(rule: str, wrong: str, update: Mapping[str, Any] | None = None) -> Any:
    mapping = {**CHAIN, "update": update or {"rule": rule, **OPTIONS[rule]}}
    report = derive.verify(problem_named(mapping, "p"), worked(rule, wrong)).report
    assert not report.rejected
    return report


@pytest.mark.parametrize("rule", MADE)
def test_honest_updates_are_not_faulted(rule: str) -> None:
    """Two updates, every line of them."""
    assert [each for each in _report(rule, "").judgements if each.verdict not in FAULTLESS] == []


@pytest.mark.parametrize(("rule", "wrong"), [(rule, wrong) for rule, ids in MADE.items() for wrong in ids.split()])
def test_each_mistake_of_a_rule_is_named(rule: str, wrong: str) -> None:
    """Every figure at fault bears its name, of the first update or of the second."""
    report = _report(rule, wrong)
    at_fault = [each for each in report.judgements if each.verdict not in FAULTLESS | {"carried"}]
    assert at_fault
    assert all(wrong in each.diagnosis for each in at_fault), [(each.quantity, each.diagnosis) for each in at_fault]


def _copied(rule: str) -> dict[str, Any]:
    recipe = recipes.shipped("rules", rule)
    own = {key: recipe[key] for key in ("steps", "state", "ahead", "mistakes") if key in recipe}
    return {**own, **OPTIONS[rule]}


@pytest.mark.parametrize(("rule", "wrong"), [(rule, ids.split()[0]) for rule, ids in MADE.items()])
def test_a_copy_of_a_rule_is_judged_alike(rule: str, wrong: str) -> None:
    """The same verdicts and words, to the letter."""
    own, shipped = _report(rule, wrong, _copied(rule)), _report(rule, wrong)
    assert own.judgements == shipped.judgements


@pytest.mark.parametrize("rule", [name for name in recipes.names("rules") if name != "descent"])
def test_each_rule_has_mistakes_of_its_own(rule: str) -> None:
    """Two at least; those of plain descent stand in the tables."""
    assert len(recipes.shipped("rules", rule)["mistakes"]) >= 2


GOOD = {"at": "parameter", "instead": "parameter", "says": "no step", "advice": "Take it."}


@pytest.mark.parametrize(
    ("entry", "key", "expected"),
    [
        ({**GOOD, "at": "v"}, "update.mistakes.none.at", "parameter"),
        ({**GOOD, "instead": "parameter + q"}, "update.mistakes.none.instead", "'q' is neither given"),
        ({"at": "parameter", "held": "g", "says": "x", "advice": "x"}, "update.mistakes.none.held", "no way back"),
    ],
)
def test_mistakes_that_are_none_are_refused(entry: dict[str, str], key: str, expected: str) -> None:
    """One plain line, at the key."""
    update = {"steps": {"parameter": "parameter - eta*g*2"}, "mistakes": {"none": entry}}
    with pytest.raises(ProblemError) as caught:
        problem_named({**CHAIN, "update": update}, "p")
    assert caught.value.key == key
    assert expected in caught.value.message


def _penalised(wrong: str) -> dict[str, float]:
    """Cost, gradient and new weight of a sigmoid neuron with l2 = 0.1, by the books' formulas."""
    w1, w2, x1, x2 = 0.8, -0.6, 0.5, -0.3
    out = 1 / (1 + math.exp(-(w1 * x1 + w2 * x2 + 0.1)))
    error, gradient = (1 - out) ** 2 / 2, (out - 1) * out * (1 - out) * x1
    share = {"penalty-left-out": 0.0, "penalty-taken-away": -1.0}.get(wrong, 1.0)
    slope = gradient + share * 0.1 * w1
    return {"cost": error + share * 0.05 * (w1**2 + w2**2), "dcost/dw1": slope, "w1_new": w1 - 0.5 * slope}


@pytest.mark.parametrize(
    ("wrong", "name"),
    [("penalty-left-out", "cost"), ("penalty-left-out", "dcost/dw1"), ("penalty-left-out", "w1_new"),
     ("penalty-taken-away", "dcost/dw1"), ("", "cost"), ("", "dcost/dw1"), ("", "w1_new")],
)  # fmt: skip
def test_mistakes_with_a_penalty(wrong: str, name: str) -> None:
    """A penalty that is left out, or whose slope is taken away, is named where it first shows."""
    neuron = {"units": ["y"], "activation": "sigmoid", "weights": [["0.8", "-0.6"]], "bias": ["0.1"]}
    problem = problem_named(
        {"title": "Decay", "loss": "half_squared_error", "learning_rate": "0.5", "layers": [neuron],
         "inputs": {"x1": "0.5", "x2": "-0.3"}, "targets": {"y": "1"}, "update": {"l2": "0.1"}},
        "decay",
    )  # fmt: skip
    (row,) = derive.verify(problem, {name: f"{_penalised(wrong)[name]:.6f}"}).report.judgements
    assert (wrong in row.diagnosis) == bool(wrong)
    assert (row.verdict in FAULTLESS) == (not wrong)
