"""What the page says its figures mean is true of them, worked out by other ways: other problems, and 60 digits."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

import mpmath
import pytest

import derive
from derive.display.tree import Slot
from derive.given.naming import sample_indices, trained_ids, weight_ids, with_sample
from derive.given.problem import Number, Problem
from derive.network.consequences import descends
from derive.solved.explanation import Explanation
from derive.telling.build import blocks_of
from derive.telling.document_slots import block_slots
from derive.telling.model import Told
from tests.sentences.scene import Figures
from tests.sentences.test_steps import said
from tests.strategies import LAYERED


@cache
def told(name: str) -> Explanation:
    """A built-in problem, with full figures and twelve digits of them."""
    problem = derive.load(name)
    display = replace(problem.display, carry="full", digits=12, decimals=None)
    return derive.explain(replace(problem, display=display), rounds=0)  # type: ignore[arg-type]


def sentences(explanation: Explanation) -> dict[str, str]:
    """What is said, by the id of its place; nothing where no case is proved."""
    assert explanation.told is not None
    blocks = [block for block in blocks_of(explanation.told) if isinstance(block, Told)]
    return {block.id: "" if block.chosen is None else said(block.cases[block.chosen].text) for block in blocks}


def printed(explanation: Explanation, place: str, quantity: str) -> Any:
    """The figure that stands in a sentence."""
    assert explanation.told is not None
    slots = (slot for block in blocks_of(explanation.told) for slot in block_slots(block))
    slot = next(each for each in slots if each.place == place and each.quantity == f"further:{quantity}")
    return explanation.filling.figures[slot].value


def agrees(figure: Any, value: Any) -> bool:
    """To the digits that twelve printed ones settle, with what an error of nearly the same size leaves of them."""
    return bool(abs(mpmath.mpf(figure.numerator) / figure.denominator - value) <= mpmath.mpf("1e-7") * abs(value))


@pytest.mark.parametrize("name", LAYERED)
def test_what_is_said_of_outputs_and_deltas_holds(name: str) -> None:
    """Too high, too low, by how much; and what the sign of the first delta says."""
    explanation = told(name)
    figures, found = Figures(explanation.solution), sentences(explanation)
    structure = explanation.solution.problem.structure
    online = structure.conventions.batch == "online" and structure.sample_count > 1
    for sample in sample_indices(structure)[: 1 if online else None]:
        for unit in structure.outputs:
            place = with_sample(f"gap-{unit}", sample)
            if place not in found:
                continue
            gap = figures[with_sample(f"out_{unit}", sample)] - figures[with_sample(f"t_{unit}", sample)]
            word = re.search(r"it is too (high|low) by", found[place])
            assert (word[1] if word else "") == ("high" if gap > 0 else "low" if gap < 0 else "")
            if gap:
                assert agrees(printed(explanation, place, with_sample(f"miss.{unit}", sample)), abs(gap))
    signs = {place: text for place, text in found.items() if place.startswith("sign-")}
    for place, text in signs.items():
        delta = figures[place.removeprefix("sign-")]
        assert ("positive" in text and "larger" in text) == (delta > 0)
        assert ("negative" in text and "smaller" in text) == (delta < 0)


@pytest.mark.parametrize("name", LAYERED)
def test_the_largest_and_the_smallest_are(name: str) -> None:
    """Named are the weights whose partial derivatives are larger, or smaller, in size than all others."""
    explanation = told(name)
    structure, figures, found = (
        explanation.solution.problem.structure,
        Figures(explanation.solution),
        sentences(explanation),
    )
    if "most" not in found:
        assert not descends(structure) or len(trained_ids(structure)) > 40
        return
    sizes = {name: abs(figures[f"dE_total/d{name}"]) for name in trained_ids(structure)}
    for place, best in (("most", max), ("least", min)):
        extreme = [name for name, size in sizes.items() if size == best(sizes.values())]
        if len(extreme) == 1:
            assert explanation.told is not None
            block = next(each for each in blocks_of(explanation.told) if isinstance(each, Told) and each.id == place)
            assert block.chosen == list(sizes).index(extreme[0])
            case = block.cases[block.chosen]
            assert [part.quantity for part in case.text if isinstance(part, Slot)] == [f"dE_total/d{extreme[0]}"]
        else:
            assert found[place] == ""


@pytest.mark.parametrize("name", [name for name in LAYERED if descends(derive.load(name).structure)])  # type: ignore[arg-type]
def test_a_nudge_and_an_update_are_worked_anew(name: str) -> None:
    """The error with another weight is that of another problem; the foretold changes are those of the gradient."""
    explanation = told(name)
    solution = explanation.solution
    problem, figures = solution.problem, Figures(solution)
    assert isinstance(problem, Problem)
    last = problem.layers[-1]
    moved = Number.of(last.weights[0][0].value + Fraction(1, 100))
    weights = ((moved, *last.weights[0][1:]), *last.weights[1:])
    other = replace(problem, layers=(*problem.layers[:-1], replace(last, weights=weights)))
    after = Figures(derive.solve(other))["E_total"]
    before = figures["E_total"]
    slope = figures[f"dE_total/d{weight_ids(problem.structure)[-1][0][0]}"]
    assert agrees(printed(explanation, "nudge", "nudged.E_total"), after)
    assert agrees(printed(explanation, "nudge", "change.real"), after - before)
    assert agrees(printed(explanation, "nudge", "change.foretold"), slope / 100)
    square = mpmath.fsum(figures[f"dE_total/d{each}"] ** 2 for each in trained_ids(problem.structure))
    fall = before - figures["E_total@1"]
    assert agrees(printed(explanation, "fall", "fall.foretold"), figures["eta"] * square)
    assert agrees(printed(explanation, "fall", "fall.real"), fall)
    text = sentences(explanation)["really"]
    assert ("actually fell" in text, "error rose" in text) == (fall > 0, fall < 0)


def test_what_is_said_of_the_default_problem() -> None:
    """Mazur's network gives 0.75 for 0.01 and 0.77 for 0.99; w6 matters most, w1 least; the error falls."""
    explanation = derive.explain(derive.load("2-2-2"), rounds=0)
    found = sentences(explanation)
    assert "too high" in found["gap-y1"]
    assert "too low" in found["gap-y2"]
    assert "most sensitive to ⟦w6⟧" in found["most"]
    assert "least sensitive to ⟦w1⟧" in found["least"]
    assert "more than 100 times" in found["which-matters"]
    assert "actually fell" in found["really"]


def test_a_step_too_long_is_told() -> None:
    """With a learning rate that throws the error up, nothing is said to have fallen; ties name no weight."""
    mapping = {
        "title": "Too long", "loss": "squared_error", "learning_rate": "2", "inputs": {"x": 1, "z": 1},
        "targets": {"y": 1},
        "layers": [{"units": ["y"], "activation": "identity", "weights": [["3", "3"]]}],
    }  # fmt: skip
    found = sentences(derive.explain(derive.load(mapping), rounds=0))
    assert "error rose" in found["really"]
    assert found["most"] == found["least"] == ""
    mapping["inputs"] = {"x": 1, "z": -2}
    found = sentences(derive.explain(derive.load(mapping), rounds=0))
    assert "too low" in found["gap-y"]
    assert "most sensitive to ⟦w2⟧" in found["most"]


def test_figures_that_are_carried_rounded_say_nothing() -> None:
    """Their differences are not those of the network."""
    problem = derive.load("2-2-2")
    assert isinstance(problem, Problem)
    rounded = replace(problem, display=replace(problem.display, carry="rounded"))
    assert not any(isinstance(block, Told) for block in blocks_of(derive.explain(rounded, rounds=0).document))


def test_a_nudge_beyond_every_float_is_told() -> None:
    """Where a weight greater by 1/100 makes an error that no float holds, the page is written all the same."""
    problem = derive.load(
        {
            "title": "Large", "loss": "squared_error", "learning_rate": "1e-200", "inputs": {"x": "1e160"},
            "targets": {"y": 1}, "layers": [{"units": ["y"], "activation": "identity", "weights": [[0]]}],
        }
    )  # fmt: skip
    explanation = derive.explain(problem, rounds=0)
    # (1 − 1e158)² is 1e316 to nine digits.
    assert printed(explanation, "nudge", "nudged.E_total") == 10**316
