"""What a document works in full: large networks stay readable, one parameter alone is complete, brief leaves out."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings

import derive
from derive.display.tree import Relation, Slot
from derive.formula.expression import references
from derive.given.naming import QuantityId, parameter_ids, trained_ids, weight_ids, with_sample
from derive.given.problem import Problem
from derive.network.unrolled import unrolled
from derive.solved.explanation import Explanation
from derive.solved.solution import Solution
from derive.telling.build import blocks_of, steps_of
from derive.telling.document_slots import block_slots
from derive.telling.later_turns import worked_turns
from derive.telling.model import Paragraph, Step, Table
from tests.steps.test_formats import page_faults
from tests.strategies import LAYERED, UNSHRUNK, known_defects_aside, problems


def network(*sizes: int, activation: str, output: str, loss: str) -> Problem:
    """A network of the given sizes with seeded short decimals."""
    seeded = random.Random(7)

    def row(count: int) -> list[str]:
        return [f"{seeded.uniform(-0.5, 0.5):.2f}" for _ in range(count)]

    layers: list[dict[str, Any]] = []
    for depth, (below, count) in enumerate(pairwise(sizes)):
        last = depth == len(sizes) - 2
        layers.append(
            {
                "units": [f"{'y' if last else f'h{depth}_'}{j + 1}" for j in range(count)],
                "activation": output if last else activation,
                "weights": [row(below) for _ in range(count)],
                "bias": row(count),
            }
        )
    return derive.load(
        {
            "title": "A large network",
            "loss": loss,
            "learning_rate": "0.1",
            "inputs": {f"x{i + 1}": value for i, value in enumerate(row(sizes[0]))},
            "targets": {unit: "1" if j == 0 else "0" for j, unit in enumerate(layers[-1]["units"])},
            "layers": layers,
        }
    )


def unexplained(explanation: Explanation) -> list[str]:
    """What steps use that is neither given nor printed above them, in reading order."""
    solution = explanation.solution
    standing, missing = set(solution.derivation.givens), []
    for block in blocks_of(explanation.document):
        if isinstance(block, Step):
            absent = [name for name in block.uses if name not in standing]
            missing += [f"{block.id} uses {name}" for name in absent if not is_constant(solution, name)]
        standing |= {slot.quantity for slot in block_slots(block) if slot.role in ("operand", "result")}
    return missing


def is_constant(solution: Solution, quantity: str) -> bool:
    """Whether it is a number of the formula itself, such as the −1 of a bias that is subtracted."""
    derivation = solution.derivation
    if derivation.turns > 1:
        derivation = unrolled(solution.proved.rounds.derivation_of_turn, worked_turns(derivation))
    return not list(references(derivation.by_id[quantity].expression))


@pytest.mark.parametrize(
    ("sizes", "activation", "output", "loss"),
    [
        ((10, 10, 10), "tanh", "sigmoid", "half_squared_error"),
        ((5, 20, 3), "relu", "softmax", "cross_entropy"),
    ],
)
def test_large_networks_stay_readable(sizes: tuple[int, ...], activation: str, output: str, loss: str) -> None:
    """One unit of each layer is worked, the rest stands in tables that end somewhere, and a line says so."""
    explanation = derive.explain(network(*sizes, activation=activation, output=output, loss=loss), rounds=0)
    steps = list(steps_of(explanation.document))
    tables = [block for block in blocks_of(explanation.document) if isinstance(block, Table)]
    assert len(steps) <= 12 * len(sizes)
    assert max(len(table.rows) for table in tables if table.id != "checks-table") <= 40
    page = explanation.to_html()
    assert page_faults(page) == []
    assert page.count("worked in the same way") >= 2 * (len(sizes) - 1)
    assert "more rows" in page
    figures = {
        slot.quantity
        for table in tables
        for cell in table.rows
        for text in cell
        for slot in text
        if isinstance(slot, Slot)
    }
    last = explanation.solution.problem.outputs[-1]
    assert {f"net_{last}", f"out_{last}", f"E_{last}", f"delta_{last}"} <= figures
    assert unexplained(explanation) == []


def test_small_networks_are_worked_whole() -> None:
    """Every gradient and every update of the default problem has a step of its own."""
    explanation = derive.explain(derive.load("2-2-2"), rounds=0)
    worked = {step.id for step in steps_of(explanation.document)}
    for name in trained_ids(explanation.solution.problem.structure):
        assert {f"dE_total/d{name}", f"{name}_new"} <= worked


@pytest.mark.parametrize("name", [f"w{number}" for number in range(1, 9)])
def test_one_parameter_of_the_default(name: str) -> None:
    """The document about one weight has its gradient, its update, all that they use, and no other gradient."""
    assert faults_of_one("2-2-2", name) == []


def test_several_parameters() -> None:
    """Those and no others have a gradient and an update; what they share stands once, in the order of the pass."""
    solution = derive.solve(derive.load("2-2-2"))
    steps = [step.id for step in steps_of(derive.explain(solution, wrt=("w2", "w8", "w7")).document)]
    assert [each for each in steps if each.startswith("dE_total/dw")] == [f"dE_total/d{w}" for w in ("w7", "w8", "w2")]
    assert [each for each in steps if each.endswith("_new")] == ["w2_new", "w7_new", "w8_new"]
    assert len(steps) == len(set(steps))
    assert unexplained(derive.explain(solution, wrt=("w2", "w8", "w7"))) == []
    chain = derive.explain(derive.load("ng-graph-J"), wrt=["a", "c"])
    assert {"dJ/da", "dJ/dc"} <= {step.id for step in steps_of(chain.document)}
    assert "dJ/db" not in {step.id for step in steps_of(chain.document)}


@pytest.mark.parametrize("problem", LAYERED)
def test_one_deep_parameter_of_each_built_in(problem: str) -> None:
    """The last weight into the last unit of the first layer can be explained alone in every built-in problem."""
    structure = derive.load(problem).structure
    assert faults_of_one(problem, weight_ids(structure)[0][-1][-1]) == []


@pytest.mark.parametrize("problem", LAYERED)
def test_one_bias_of_each_built_in(problem: str) -> None:
    """So can the first trained bias, where there is one."""
    structure = derive.load(problem).structure
    weights = {name for table in weight_ids(structure) for row in table for name in row}
    biases = [name for name in trained_ids(structure) if name not in weights]
    assert [faults_of_one(problem, name) for name in biases[:1]] in ([], [[]])


def faults_of_one(problem: str, name: str) -> list[str]:
    solution = derive.solve(derive.load(problem))
    structure = solution.problem.structure
    online = structure.conventions.batch == "online" and structure.sample_count > 1
    gradient = with_sample(f"dE_total/d{name}", 1 if online else None)
    explanation = derive.explain(solution, wrt=name)
    worked = [step.id for step in steps_of(explanation.document)]
    faults = [f"no step {wanted}" for wanted in (gradient, f"{name}_new") if wanted not in worked]
    # A sequential update sends the error back through the new weights of the layers above, which are worked first.
    own = name in {weight for row in weight_ids(structure)[-1] for weight in row}
    above = weight_ids(structure)[1:] if structure.conventions.update == "sequential" and not own else ()
    needed = {weight for table in above for row in table for weight in row}
    others = [other for other in parameter_ids(structure) if other != name and other not in needed]
    for other in others:
        for step in worked:
            parsed = QuantityId.parse(step)
            if parsed is not None and parsed.base in (f"dE_total/d{other}", f"{other}_new"):
                faults.append(f"{step} is not about {name}")
    return faults + unexplained(explanation)


@settings(max_examples=12, phases=UNSHRUNK)
@given(problems())
def test_everything_used_stands_above(problem: Problem) -> None:
    """Whatever a step of a random document uses is given, or printed in an earlier step or table."""
    with known_defects_aside():
        explanation = derive.explain(problem, rounds=3)
    missing = unexplained(explanation)
    assert not missing, missing


@pytest.mark.parametrize("name", ["2-2-2", "mazur-own-biases", "macleod-2-2-1", "deeplearning-ai-2-4-1"])
def test_in_brief_every_figure_stands_and_one_step_of_each_kind(name: str) -> None:
    """Each figure of a step of the whole document; lines of those told for the first time; one chain rule in words."""
    solution = derive.solve(derive.load(name))
    full, brief = (derive.explain(solution, rounds=0, brief=short) for short in (False, True))
    whole = full.document
    figures = {slot.quantity for block in blocks_of(brief.document) for slot in block_slots(block)}
    assert {step.quantity for step in steps_of(whole)} <= figures
    first = {step.rule: step.id for step in reversed(list(steps_of(whole)))}
    assert set(first.values()) <= {step.id for step in steps_of(brief.document)}
    assert [step.rule for step in steps_of(brief.document) if step.explanation] == ["weight_gradient"]
    listed = [
        part
        for block in blocks_of(brief.document)
        if isinstance(block, Paragraph)
        for part in block.text
        if isinstance(part, Relation) and isinstance(part.sign, Slot) and part.sign.place.startswith("brief:")
    ]
    assert listed
    lines = {step.quantity: step.line.rows[-1] for step in steps_of(whole)}
    for each in listed:
        assert isinstance(each.right, Slot)
        line = lines[each.right.quantity]
        assert (brief.filling.relations[each.sign], brief.filling.figures[each.right].ascii) == (
            full.filling.relations[line.relation], full.filling.figures[line.tree].ascii,
        )  # fmt: skip


def test_each_tool_stands_where_it_is_used_first() -> None:
    """Matrices after the first layer, the chain rule and the slope before the backward pass, the gradient after it."""
    document = derive.explain(derive.load("2-2-2"), rounds=3).document
    parts = [part.id for section in document.sections for part in (section, *section.subsections)]
    assert parts.index("forward-1") < parts.index("tools-algebra") < parts.index("backward")
    assert parts.index("tools-calculus") < parts.index("tools-sigmoid") < parts.index("backward-2")
    assert parts.index("backward-2") < parts.index("tools-gradient")


def test_it_begins_with_the_goal_and_ends_with_what_is_looked_up() -> None:
    """What comes out and is wanted stands first, before any step; conventions last; the checks are not for paper."""
    document = derive.explain(derive.load("2-2-2"), rounds=3).document
    assert [section.id for section in document.sections] == [
        "given", "forward", "backward", "updates", "training", "checks", "conventions-section",
    ]  # fmt: skip
    tables = {block.id: block for block in blocks_of(document) if isinstance(block, Table)}
    assert [slot.quantity for slot in block_slots(tables["in-short"])] == [
        "t_y1", "out_y1", "out_y1@1", "out_y1@3",
        "t_y2", "out_y2", "out_y2@1", "out_y2@3",
        "E_total", "E_total@1", "E_total@3",
    ]  # fmt: skip
    assert {name for name, table in tables.items() if table.folded} == {"numbers", "checks-table", "conventions"}
    assert {name for name, table in tables.items() if not table.on_paper} == {
        "numbers",
        "final-outputs",
        "checks-table",
    }


def test_what_is_worked_as_one_above_is_folded() -> None:
    """The first of each kind is told in full; every other has its line alone, and updates their row in the table."""
    document = derive.explain(derive.load("2-2-2"), rounds=0).document
    alike = {step.id: step.alike for step in steps_of(document)}
    for first, again in (("net_H1", "net_H2"), ("out_H1", "out_H2"), ("E_y1", "E_y2"), ("delta_y1", "delta_y2"),
                         ("dE_total/dw6", "dE_total/dw8"), ("dE_total/dw2", "dE_total/dw4")):  # fmt: skip
        assert (alike[first], alike[again]) == ("", "line")
    assert (alike["net_y1"], alike["E_total"], alike["w1_new"]) == ("", "", "")  # explained anew, or the only one
    assert {alike[f"w{number}_new"] for number in range(2, 9)} == {"table"}
