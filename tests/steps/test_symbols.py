"""Every right-hand side in symbols has the value of its left-hand side, at full precision."""

from __future__ import annotations

from typing import Any

import mpmath
import pytest
from flint import fmpq
from hypothesis import given, settings

import derive
from derive.display.tree import Digits, Partial, Row, slots
from derive.given.naming import QuantityId, sample_indices, weight_ids, with_sample
from derive.given.problem import Problem
from derive.network.unrolled import unrolled
from derive.solved.explanation import Explanation
from derive.solved.solution import Solution
from derive.telling.build import blocks_of, steps_of
from derive.telling.later_turns import worked_turns
from derive.telling.model import Formula, Remark
from derive.telling.terms import Terms
from tests.steps.trees import spelled, value
from tests.strategies import LAYERED, UNSHRUNK, known_defects_aside, problems

TOLERANCE = mpmath.mpf("1e-15")


def precise(solution: Solution, quantity: str) -> Any:
    """A quantity with 60 digits."""
    found = solution.proved.value(quantity, bits=256)
    if isinstance(found, fmpq):
        return mpmath.mpf(int(found.p)) / int(found.q)
    return mpmath.mpf(found.mid().str(70, radius=False))


def symbols(solution: Solution) -> dict[str, Any]:
    """The value of every symbol and derivative of a problem, by its plain text."""
    derivation, notation = solution.derivation, solution.problem.display.notation
    if derivation.turns > 1:
        derivation = unrolled(solution.proved.rounds.derivation_of_turn, worked_turns(derivation))
    terms = Terms(notation=notation, givens=frozenset(derivation.givens))
    known: dict[str, Any] = {}
    for quantity in (*derivation.givens, *derivation.by_id):
        found = precise(solution, quantity)
        known[spelled(terms.name(quantity))] = found
        parsed = QuantityId.parse(quantity)
        assert parsed is not None
        if parsed.base.startswith("delta_"):
            unit, sample = parsed.base.removeprefix("delta_"), parsed.sample
            net = str(QuantityId(base=f"net_{unit}", sample=sample))
            for error in ("E_total", f"E_{unit}"):
                upper = str(QuantityId(base=error, sample=sample))
                if upper in derivation.by_id:
                    known.setdefault(spelled(Partial(terms.name(upper), terms.name(net))), found)
    return known | backward_weights(solution, terms)


def backward_weights(solution: Solution, terms: Terms) -> dict[str, Any]:
    """∂net/∂out from unit to unit: the weight between them, updated already where updates are sequential."""
    structure = solution.problem.structure
    new = "_new" if structure.conventions.update == "sequential" else ""
    tables, found = weight_ids(structure), {}
    for depth in range(1, len(structure.layers)):
        for unit, row in zip(structure.layers[depth].units, tables[depth], strict=True):
            for source, weight in zip(structure.layers[depth - 1].units, row, strict=True):
                for sample in sample_indices(structure):
                    net, out = (terms.name(with_sample(name, sample)) for name in (f"net_{unit}", f"out_{source}"))
                    found[spelled(Partial(net, out))] = precise(solution, weight + new)
    return found


def unequal(explanation: Explanation) -> list[str]:
    """Rows in symbols, of steps and their workings, that differ from the value of the step."""
    solution = explanation.solution
    known = symbols(solution)
    wrong = []
    for step in steps_of(explanation.document):
        expected = precise(solution, step.id)
        rows: list[Row] = [row for row in step.line.rows if not any(slots(row.tree))]
        own = [line for line in step.working if spelled(line.left) in known]
        for line in own:
            assert known[spelled(line.left)] == expected or line.left != step.line.left
            rows += line.rows
        for row in rows:
            if isinstance(row.tree, Digits):
                continue
            found = value(row.tree, known)
            if abs(found - expected) > TOLERANCE * max(1, abs(expected)):
                wrong.append(f"{step.id}: {spelled(row.tree)} = {mpmath.nstr(found)}, not {mpmath.nstr(expected)}")
    for block in blocks_of(explanation.document):
        if isinstance(block, Remark):
            for line in (line for inner in block.blocks if isinstance(inner, Formula) for line in inner.lines):
                for row in line.rows:
                    if abs(value(row.tree, known) - known[spelled(line.left)]) > TOLERANCE:
                        wrong.append(f"remark {block.title}: {spelled(row.tree)}")
    return wrong


@settings(max_examples=15, phases=UNSHRUNK)
@given(problems(carry="full"))
def test_symbols_equal_their_value(problem: Problem) -> None:
    """Chain rules, formulas and worked derivatives in symbols all come to the value of their step."""
    with known_defects_aside():
        explanation = derive.explain(problem, rounds=0)
    wrong = unequal(explanation)
    assert not wrong, wrong


@pytest.mark.parametrize("name", LAYERED)
def test_built_in_symbols_equal_their_value(name: str) -> None:
    """The same for every built-in problem that carries full figures."""
    explanation = derive.explain(derive.load(name), rounds=0)
    if explanation.solution.problem.display.carry == "full":
        wrong = unequal(explanation)
        assert not wrong, wrong
