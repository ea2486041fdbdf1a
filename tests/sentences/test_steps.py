"""Sentences are tied to the mathematics: what a step's words say is worked out with its figures."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import assume, given, settings

import derive
from derive.given.problem import Problem
from derive.solved.explanation import Explanation
from derive.telling.build import steps_of
from derive.telling.model import Step, Text
from tests.sentences.claims import check
from tests.sentences.scene import Figures, Scene
from tests.steps.trees import spelled
from tests.strategies import LAYERED, UNSHRUNK, known_defects_aside, problems


def said(text: Text) -> str:
    """Running text with its mathematics between brackets."""
    return "".join(part if isinstance(part, str) else f"⟦{spelled(part)}⟧" for part in text)


def scenes(step: Step, explanation: Explanation, figures: Figures) -> list[Scene]:
    """Where a step's words must hold: at its quantity, or at every entry of a line in matrices."""
    solution = explanation.solution
    if step.quantity is not None:
        return [Scene(solution, figures, step.quantity, step.formula)]
    return [Scene(solution, figures, quantity, formula) for quantity, formula in step.entries]


def complaints(explanation: Explanation) -> list[str]:
    figures = Figures(explanation.solution)
    return [
        complaint
        for step in steps_of(explanation.document)
        for scene in scenes(step, explanation, figures)
        for complaint in check(said(step.explanation), scene)
    ]


def in_full(problem: Any) -> Any:
    """The problem with full figures carried: a rounded one is what a formula comes to but for its rounding."""
    return replace(problem, display=replace(problem.display, carry="full"))


@pytest.mark.parametrize("name", LAYERED)
@pytest.mark.parametrize("style", ["chain", "all"])
def test_what_steps_say_holds(name: str, style: Any) -> None:
    """Every sentence of every step of a built-in network, told in every style, is true of its figures."""
    assert complaints(told(name, style)) == []


@cache
def told(name: str, style: Any = "all") -> Explanation:
    return derive.explain(in_full(derive.load(name)), style=style, rounds=0)


@settings(max_examples=15, phases=UNSHRUNK)
@given(problems(carry="full"))
def test_what_steps_of_any_network_say_holds(problem: Problem) -> None:
    """The same for any network: biases taken away, means, turns, updates layer by layer, all functions and losses."""
    # A unit may be called new; the readings take what ends so for an updated parameter.
    assume(all("new" not in layer.units for layer in problem.layers))
    with known_defects_aside():
        explanation = derive.explain(problem, style="all", rounds=0)
    assert complaints(explanation) == []


@pytest.mark.parametrize(
    ("name", "step", "right", "wrong"),
    [
        ("2-2-2", "net_H1", "plus the bias", "minus the bias"),
        ("2-2-2", "net_H1", "times its weight", "plus its weight"),
        ("2-2-2", "net_H1", "added up", "multiplied"),
        ("2-2-2", "net_H1", "Every input", "Every activation of the layer below"),
        ("hmkcode-2-2-1", "net_h1", "added up", "added up, plus the bias"),
        ("2-2-2", "E_y1", "Half the square", "The square"),
        ("deepml-neuron", "E_p[1]", "The square", "Half the square"),
        ("2-2-2", "dE_total/dout_y1", "error of y1", "error of y2"),
        ("2-2-2", "dE_total/dout_y1", "is −1", "is 1"),
        ("2-2-2", "delta_y1", "their product", "their sum"),
        ("2-2-2", "delta_y1", "weight into y1", "weight into y2"),
        ("2-2-2", "dnet_y1/dw5", "the activation it multiplies", "its input"),
        ("2-2-2", "dnet_y1/dw5", "w5", "w6"),
        ("2-2-2", "dE_total/dw5", "multiplies the factors", "adds the factors"),
        ("2-2-2", "dE_total/dw6", "the activation it multiplies", "its input"),
        ("2-2-2", "dE_total/dw6", "times the", "plus the"),
        ("2-2-2", "dE_y1/dout_H1", "delta of y1", "delta of y2"),
        ("2-2-2", "dE_total/dout_H1", "adds them up", "multiplies them"),
        ("2-2-2", "dE_total/dout_H1", "2 paths", "3 paths"),
        ("raglend-2-2-1", "dE_total/dout_p1", "by one path only",
         "by 2 paths, one through each unit above it, and the chain rule adds them up"),
        ("2-2-2", "w1_new", "taken away", "added"),
        ("2-2-2", "w1_new", "the partial derivative times", "the partial derivative plus"),
        ("2-2-2", "w1_new", "the partial derivative times", "the partial derivative divided by"),
        ("2-3-2-2", "dE_total/db3", "add up", "add up with a minus sign, since it is subtracted"),
        ("2-3-2-2", "dE_total/db3", "deltas add up", "deltas are averaged"),
        ("mazur-own-biases", "dE_total/db_y1", "= 1", "= −1"),
        ("mazur-own-biases", "delta:dE_total/db_y1", "is the delta", "is the delta with its sign turned"),
        ("deepml-neuron", "dE_total/dw0", "mean over the samples", "sum over the samples"),
        ("cs231n-2-2-3", "delta_s1", "a sum over all of them", "a product of all of them"),
        ("cs231n-2-2-3", "out_h1", "The relu keeps a positive net input and turns a negative one into 0",
         "The sigmoid function turns the net input into an activation between 0 and 1"),
        ("2-2-2", "delta:delta_H1", "times the slope", "plus the slope"),
        ("2-2-2", "delta:delta_H1", "What comes back through the weights", "The delta"),
        ("2-2-2", "delta:delta_y1", "times the slope", "divided by the slope"),
        ("2-2-2", "delta:dE_total/dw1", "its input", "the activation it multiplies"),
        ("2-2-2", "delta:dE_total/dw1", "times its input", "plus its input"),
        ("2-2-2", "matrix:layer-1-delta", "then times the slopes", "then plus the slopes"),
        ("2-2-2", "matrix:layer-2-delta", "times the slope", "plus the slope"),
        ("mazur-own-biases", "matrix:layer-2-bias-gradient", "is the delta", "is the delta times its weight"),
    ],
)  # fmt: skip
def test_a_wrong_word_is_heard(name: str, step: str, right: str, wrong: str) -> None:
    """A step whose sentence says another operation, or names another factor, is complained of."""
    explanation = told(name, "chain" if step.endswith("_new") else "all")
    figures = Figures(explanation.solution)
    found = next(each for each in steps_of(explanation.document) if each.id == step)
    text = said(found.explanation)
    assert right in text
    heard = [each for scene in scenes(found, explanation, figures) for each in check(text.replace(right, wrong), scene)]
    assert heard
