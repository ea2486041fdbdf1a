"""Problems written as mappings come back equal, digit by digit."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings

from derive.given.loading import builtin_names, load, problem_named
from derive.given.problem import Problem
from derive.given.problem_file import problem_mapping
from derive.handouts.people.forms import form_id
from tests.strategies import problems


@pytest.mark.parametrize("name", builtin_names())
def test_built_in_problems(name: str) -> None:
    """Every built-in problem, formulas included, survives JSON."""
    problem = load(name)
    assert problem_named(json.loads(json.dumps(problem_mapping(problem))), name) == problem


@given(problems())
@settings(max_examples=100)
def test_random_problems(problem: Problem) -> None:
    """Any layered problem survives JSON, and `derive.load` reads the mapping."""
    assert load(json.loads(json.dumps(problem_mapping(problem)))) == problem


def test_digits_as_typed() -> None:
    """0.10 is kept as 0.10, and a fraction as a fraction."""
    mapping = problem_mapping(load("2-2-2"))
    assert mapping["inputs"] == {"x1": "0.05", "x2": "0.10"}
    assert mapping["layers"][1]["weights"] == [["0.40", "0.45"], ["0.50", "0.55"]]
    mapping["inputs"]["x1"] = "1/3"
    assert problem_mapping(load(mapping))["inputs"] == {"x1": "1/3", "x2": "0.10"}


def test_form_of_the_default() -> None:
    """The form id of the default problem is what it was when sheets with it were printed."""
    assert form_id(load("2-2-2"), asked=["net_H1"], digits=4) == "P5ZFM7JT"


def test_forms_hang_on_parameters_alone() -> None:
    """Another number, figure or number of digits is another form; another title or source is not."""
    problem = load("2-2-2")
    mapping = problem_mapping(problem)
    form = form_id(problem, asked=["net_H1"])
    assert form_id(load(mapping | {"title": "Another", "source": ""}), asked=["net_H1"]) == form
    others = {
        form_id(load(mapping | {"learning_rate": "0.6"}), asked=["net_H1"]),
        form_id(load(mapping | {"loss": "squared_error"}), asked=["net_H1"]),
        form_id(problem, asked=["net_H2"]),
        form_id(problem, asked=["net_H1"], digits=5),
    }
    assert len(others | {form}) == 5


def test_forms_cannot_be_misread() -> None:
    """A form id begins with a letter and has no vowel and none of 0, 1, 8 and B: no number, date or word arises."""
    for name in builtin_names():
        form = form_id(load(name))
        assert len(form) == 8
        assert form[0].isalpha()
        assert not set(form) & set("AEIOUYB018")
