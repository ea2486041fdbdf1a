"""What is asked for alone is worked and checked alone, with what it rests on; formulas as they stand and as code."""

from __future__ import annotations

from dataclasses import replace

import pytest

from derive.arithmetic.code import FLOATS, Arithmetic, compile_quantities
from derive.arithmetic.exact import BALLS, Cut, precision, rounding
from derive.arithmetic.interpreting import worked_out
from derive.errors import CrosscheckError
from derive.given.loading import load
from derive.proof import crosscheck
from derive.proof.crosscheck import derivations
from derive.proof.values import given_numbers
from derive.solved.solution import solve, solve_for

BUILT_IN = ("2-2-2", "cs231n-2-2-3", "deeplearning-ai-2-4-1", "micrograd-readme", "ng-graph-J")


@pytest.mark.parametrize("name", BUILT_IN)
@pytest.mark.parametrize("kind", ["floats", "balls", "figures"])
def test_formulas_as_they_stand_give_what_their_code_gives(name: str, kind: str) -> None:
    """Bit by bit, ends of balls included."""
    problem = load(name)
    derivation = derivations(problem)(1)
    arithmetic: Arithmetic = {  # type: ignore[type-arg]
        "floats": FLOATS,
        "balls": BALLS,
        "figures": replace(BALLS, wrap=rounding(Cut(digits=5))),
    }[kind]
    ids = [quantity.id for quantity in derivation.quantities]
    with precision(128):
        given = {name: arithmetic.constant(number.value) for name, number in given_numbers(problem).items()}
        code = compile_quantities(derivation.quantities, inputs=list(given), outputs=ids, arithmetic=arithmetic)
        compiled = dict(zip(ids, code(list(given.values())), strict=True))
        found = worked_out(derivation.quantities, given, arithmetic)
    assert {each: repr(found[each]) for each in ids} == {each: repr(value) for each, value in compiled.items()}
    assert len(ids) > 5


def test_what_is_asked_and_what_it_rests_on() -> None:
    """Net inputs and outputs of the hidden layer are no business of the output layer."""
    problem = load("2-2-2")
    hidden = solve_for(problem, ["out_H2"])
    assert {check.quantity for check in hidden.checks} == {"net_H2", "out_H2"}
    assert {route for check in hidden.checks for route in check.routes} == {
        "proved", "compiled formulas", "NumPy matrices",
    }  # fmt: skip
    everything = solve(problem)
    for name in ("E_total", "out_H2", "w5", "dE_total/dw5", "E_total@3"):
        asked = solve_for(problem, [name])
        assert asked.figure(name) == everything.figure(name)
        assert asked.value(name) == everything.value(name)
    assert len(solve_for(problem, ["dE_total/dw5"]).checks) == len(everything.checks)


def test_a_wrong_figure_on_the_way_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of another way it is none of ours."""
    honest = crosscheck.matrix_values
    monkeypatch.setattr(crosscheck, "matrix_values", lambda problem: {**honest(problem), "net_H1": 0.3774})
    problem = load("2-2-2")
    with pytest.raises(CrosscheckError, match="net_H1"):
        solve_for(problem, ["E_total"])
    assert solve_for(problem, ["out_H2"]).figure("out_H2").ascii.startswith("0.5968")
