"""The same round told in three ways: with the same figures, each line true by what is printed in it."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings

import derive
from derive.cli import main
from derive.display.tree import Line, slots
from derive.errors import CrosscheckError, UnsupportedError
from derive.formula.expression import Neg, Product, Ref, Sum
from derive.given.problem import Problem
from derive.network import backward
from derive.proof.crosscheck import _derived as derived
from derive.proof.crosscheck import crosscheck, crosscheck_deltas, require_agreement
from derive.solved.explanation import Explanation
from derive.telling.build import STYLES, blocks_of, steps_of
from derive.telling.model import Paragraph, Step
from tests.steps.matrix_reading import entries, evaluate_matrices
from tests.steps.reading import evaluate, printed, read_number, rounded
from tests.strategies import known_defects_aside, problems

NETWORKS = [name for name in derive.builtin_names() if isinstance(derive.load(name), Problem)]


def explained(problem: Problem, style: Any) -> Explanation:
    return derive.explain(problem, style=style, rounds=0)


def results(explanation: Explanation) -> dict[str, set[str]]:
    """Every figure that some line gives as its result, by quantity."""
    found: dict[str, set[str]] = {}
    for slot, figure in explanation.filling.figures.items():
        if slot.role == "result":
            found.setdefault(slot.quantity, set()).add(figure.ascii)
    return found


def marked(step: Step, explanation: Explanation) -> bool:
    return step.line.mark in explanation.filling.marks


def symbols(explanation: Explanation, identity: str, row: int = 0) -> str:
    """A row of a step in plain text, in one piece."""
    step = next(step for step in steps_of(explanation.document) if step.id == identity)
    return " ".join(printed(step.line, explanation).rows[row].alternatives)


def wrong_lines(explanation: Explanation) -> list[str]:
    """Lines of numbers and of matrices whose printed figures do not give the printed result, and do not say so."""
    display = explanation.solution.problem.display
    wrong = []
    for step in steps_of(explanation.document):
        shown = step.line.rows
        if marked(step, explanation) or len(shown) < 2 or not any(slots(shown[-2].tree)):
            continue  # full figures carried, or a value that is no more than looked up
        rows = printed(step.line, explanation).rows
        used, result = (" ".join(row.alternatives) for row in rows[-2:])
        if step.entries:
            given_table = evaluate_matrices(used)
            pairs = list(zip([e for row in given_table.rows for e in row], entries(result), strict=True))
        else:
            pairs = [(evaluate(used), read_number(result))]
        for value, figure in pairs:
            if rounded(value, digits=display.digits, decimals=display.decimals) != figure:
                wrong.append(f"{step.id}: {used} is not {result}")
                break
    return wrong


@pytest.mark.parametrize("name", NETWORKS)
def test_every_style_has_the_same_figures(name: str) -> None:
    """A quantity that two styles work out has the same printed figure in both, and in the document of all styles."""
    problem = derive.load(name)
    found = {style: results(explained(problem, style)) for style in STYLES}
    gradients = {quantity for quantity in found["chain"] if quantity.startswith(("delta_", "dE_total/d", "net_"))}
    shared = {quantity for quantity in gradients if all(quantity in each for each in found.values())}
    assert any(quantity.startswith("delta_") for quantity in shared)
    assert any(quantity.startswith("dE_total/dw") or "/dv" in quantity for quantity in shared)
    for quantity in set().union(*found.values()):
        assert len(set().union(*(each.get(quantity, set()) for each in found.values()))) == 1


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("style", ["delta", "matrix", "all"])
def test_a_reader_recomputes_every_line(name: str, style: str) -> None:
    """Every unmarked line, of numbers or of matrices, gives its result to a reader with its printed figures alone."""
    explanation = explained(derive.load(name), style)
    assert wrong_lines(explanation) == []
    assert all(check.ok for check in explanation.checks)


@settings(max_examples=25)
@given(problems())
def test_random_networks_in_all_styles(problem: Problem) -> None:
    """Any network is told in all three ways in one document, its ids unique and its lines true."""
    with known_defects_aside():
        explanation = explained(problem, "all")
    assert wrong_lines(explanation) == []
    ids = [step.id for step in steps_of(explanation.document)]
    assert len(ids) == len(set(ids))
    assert {identity.partition(":")[0] for identity in ids if ":" in identity} == {"delta", "matrix"}


@settings(max_examples=15)
@given(problems(carry="rounded"))
def test_rounded_figures_are_one_rounding_a_line(problem: Problem) -> None:
    """Where printed values are the ones used next, each line by deltas and each whole matrix gives its own result."""
    for style in ("delta", "matrix", "all"):
        with known_defects_aside():
            explanation = explained(problem, style)
        assert wrong_lines(explanation) == []
        assert not [s.id for s in steps_of(explanation.document) if s.quantity and marked(s, explanation)]


def test_a_delta_is_one_formula() -> None:
    """Loss and slope stand in one line, and a hidden delta is the weighted sum of those above times its slope."""
    explanation = explained(derive.load("mazur-own-biases"), "delta")
    assert symbols(explanation, "delta_y1", 1) == "(out_y1 − t_y1) · out_y1 · (1 − out_y1)"
    assert symbols(explanation, "delta_H1", 1) == "(δ_y1 · w5 + δ_y2 · w7) · out_H1 · (1 − out_H1)"
    assert symbols(explanation, "dE_total/dw5") == "δ_y1 · out_H1"
    assert symbols(explanation, "dE_total/db_y1") == "δ_y1"
    # Mazur, A Step by Step Backpropagation Example (2015), prints 0.138498562.
    assert results(explanation)["delta_y1"] == {"0.138498562"}


def test_softmax_with_cross_entropy_is_a_difference() -> None:
    """δ = o − t, derived over all pairs once and then used for every output."""
    explanation = explained(derive.load("cs231n-2-2-3"), "delta")
    deltas = [step for step in steps_of(explanation.document) if step.rule == "softmax_delta"]
    assert [len(step.working) for step in deltas] == [1, 0, 0]
    assert symbols(explanation, deltas[1].id) == "out_s2 − t_s2"
    assert not [step for step in steps_of(explanation.document) if step.rule == "softmax_slope"]


def test_targets_that_nearly_sum_to_one_keep_the_pairs() -> None:
    """Where the targets of a cross-entropy sum to 1 but for rounding, o − t is not exact and the pairs are summed."""
    explanation = explained(small_softmax("0.333333333"), "delta")
    assert [step for step in steps_of(explanation.document) if step.rule == "softmax_slope"]
    assert wrong_lines(explanation) == []
    assert wrong_lines(explained(small_softmax("0.333333333"), "matrix")) == []


def small_softmax(target: str) -> Problem:
    return derive.load(
        {
            "title": "Thirds", "loss": "cross_entropy", "learning_rate": "0.5", "inputs": {"x": "0.4"},
            "targets": dict.fromkeys(("a", "b", "c"), target),
            "layers": [{"units": ["a", "b", "c"], "activation": "softmax", "weights": [["0.1"], ["0.2"], ["0.5"]]}],
        }
    )  # fmt: skip


def test_a_wrong_delta_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The formulas by deltas are held against the other routes: one with a turned sign fails, by name."""
    problem = derive.load("mazur-own-biases")
    checks = crosscheck(problem)
    require_agreement(crosscheck_deltas(problem, checks))
    right = backward.output_delta

    def turned(*arguments: Any) -> Any:
        return Product((Neg(Sum((Ref("out"), Neg(Ref("target"))))), *right(*arguments).factors[1:]))

    monkeypatch.setattr(backward, "output_delta", turned)
    # The right derivation is kept; past what keeps it.
    monkeypatch.setattr("derive.proof.crosscheck._derived", derived.__wrapped__)
    with pytest.raises(CrosscheckError, match="delta_y1"):
        require_agreement(crosscheck_deltas(problem, checks))


def test_matrix_lines_have_their_entries_in_json() -> None:
    """A line in matrices lists what it works out, entry by entry, in its order."""
    content = json.loads(explained(derive.load("2-2-2"), "matrix").to_json())
    step = next(step for step in content["steps"] if step["id"] == "layer-2-delta")
    assert step["quantity"] is None
    assert [entry["quantity"] for entry in step["entries"]] == ["delta_y1", "delta_y2"]
    assert step["entries"][0]["printed"] == "0.138498562"
    assert step["symbolic"].count(r"\odot") == 2


def test_one_parameter_alone_has_no_matrix() -> None:
    """A single weight is no matter for matrices: the refusal says which styles work it."""
    with pytest.raises(UnsupportedError, match="chain or delta"):
        derive.explain(derive.load("2-2-2"), style="matrix", wrt="w5")
    only = derive.explain(derive.load("2-2-2"), style="delta", wrt="w5")
    assert "dE_total/dw5" in results(only)
    assert "dE_total/dw6" not in results(only)


def test_an_unknown_style_is_refused() -> None:
    """A style that there is not is named with those there are; the command leaves with 2."""
    with pytest.raises(UnsupportedError, match="chain, delta, matrix, all"):
        derive.explain(derive.load("2-2-2"), style="vector")  # type: ignore[arg-type]
    with pytest.raises(SystemExit) as left:
        main(["explain", "2-2-2", "--style", "vector"])
    assert left.value.code == 2


def large(inputs: int, hidden: int, outputs: int) -> Problem:
    """A network with weights that differ from each other."""

    def number(seed: int) -> Fraction:
        return Fraction(seed * 7919 % 199 - 99, 100)

    layers = []
    for below, count, letter in ((inputs, hidden, "h"), (hidden, outputs, "y")):
        rows = [[str(number(below * row + column + 1)) for column in range(below)] for row in range(count)]
        units = [f"{letter}{index + 1}" for index in range(count)]
        layers.append({"units": units, "activation": "sigmoid", "weights": rows, "bias": ["0.1"] * count})
    return derive.load(
        {
            "title": "Large", "loss": "half_squared_error", "learning_rate": "0.5", "layers": layers,
            "inputs": {f"x{index + 1}": str(number(3 * index + 1)) for index in range(inputs)},
            "targets": {f"y{index + 1}": "0.5" for index in range(outputs)},
        }
    )  # fmt: skip


def test_large_matrices_are_shortened_and_say_so() -> None:
    """Of a large matrix the corners stand, with its size; what cannot be recomputed from them is marked."""
    explanation = explained(large(9, 8, 2), "matrix")
    texts = [part for block in blocks_of(explanation.document) if isinstance(block, Paragraph) for part in block.text]
    assert any(isinstance(part, str) and "8 × 9, then 2 × 8" in part for part in texts)
    by_id = {step.id: step for step in steps_of(explanation.document)}
    assert [name for name, _ in by_id["layer-1-net"].entries] == ["net_h1", "net_h2", "net_h3", "net_h8"]
    assert {step.id for step in by_id.values() if marked(step, explanation)} == {"layer-1-net", "layer-2-net"}
    line = by_id["layer-1-gradient"].line
    assert "⋮" in plain(line, explanation)
    assert len(by_id["layer-1-gradient"].entries) == 16


def plain(line: Line, explanation: Explanation) -> str:
    return " ".join(printed(line, explanation).rows[-1].alternatives)


def test_a_large_network_keeps_its_page_short() -> None:
    """Twice the units make the page hardly longer, while every weight's figures stand in the JSON."""
    small, big = (explained(large(n, n, 10), "chain") for n in (16, 32))
    assert len(big.to_html()) < 1.3 * len(small.to_html())
    values = json.loads(big.to_json())["values"]
    assert sum(name.startswith("dE_total/dw") for name in values) == 32 * 32 + 32 * 10
